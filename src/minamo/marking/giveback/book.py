"""返却用PDF: one file, pages in the order given (class order is the caller's)."""

import io
from collections.abc import Iterable, Sequence
from contextlib import closing
from pathlib import Path

import numpy as np
import pikepdf

from minamo.design.typst import render_pdf
from minamo.marking.giveback.backing import Files, put
from minamo.marking.giveback.places import inked
from minamo.marking.giveback.shapes import drawing
from minamo.marking.giveback.values import Marked
from minamo.marking.vision.align import OK, Alignment
from minamo.marking.vision.crops import crop
from minamo.marking.vision.ink import Gray
from minamo.marking.vision.page import Page
from minamo.marking.vision.pages import read_page

TEMPLATE = Path(__file__).parents[1] / "typst" / "giveback.typ"


def draw_over(book: pikepdf.Pdf, under: pikepdf.Page, over: pikepdf.Page) -> None:
    """A page of the same size on top of one that is finished; names are fixed, so that the same again is the same file."""
    form = book.copy_foreign(over.as_form_xobject())
    under.add_resource(form, pikepdf.Name.XObject, pikepdf.Name.Marks)
    under.contents_add(b"q /Marks Do Q")


def upright(page: Marked, seen: Page) -> Gray:
    """The page as it lies on its blank, in pixels of the blank."""
    there = np.linalg.inv(seen.stored) @ page.homography
    return crop(seen.gray, Alignment(OK, None, there, 1.0), (0.0, 0.0, *map(float, page.size)), margin=0)


def give_back(pages: Iterable[Marked], *, title: str = "", marks: Sequence[tuple[str, int | None]] = ()) -> bytes:
    """返却用PDFを作る. `title` must name no pupil; `marks` (words, page; no page for who was absent) become bookmarks of a file that stays
    in school.

    Raises ValueError without pages, PageError for a scan that is not readable.
    """
    book = pikepdf.new()
    drawings = []
    with closing(Files()) as files:
        for page in pages:
            seen = read_page(page.scan, page.index)
            laying = put(book, page.scan, page.index, page.homography, page.size, seen, files)
            drawings.append(drawing(page, laying, inked(upright(page, seen))))
    if not drawings:
        raise ValueError("nothing to give back")
    with pikepdf.open(io.BytesIO(render_pdf(TEMPLATE, {"pages": drawings}))) as signs:
        for under, over in zip(book.pages, signs.pages, strict=True):
            draw_over(book, under, over)
        if marks:
            with book.open_outline() as outline:
                outline.root.extend(pikepdf.OutlineItem(words, at) for words, at in marks)
        if title:
            book.docinfo["/Title"] = title
        book.Root.Lang = "ja-JP"
        out = io.BytesIO()
        book.save(out, deterministic_id=True, object_stream_mode=pikepdf.ObjectStreamMode.generate)
    return out.getvalue()
