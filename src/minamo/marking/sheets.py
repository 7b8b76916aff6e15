"""用紙を印刷する: the blank with squares, code and a name line, one page per pupil, as one PDF. Pure.

The blank stays what it is (its own vectors or picture, once in the file); what is added lies over it as vectors.
"""

import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pikepdf
import segno
from PIL import Image

from minamo.design.typst import render_pdf
from minamo.marking.bubbles import bubbles_on
from minamo.marking.giveback.bare import bare_pictures
from minamo.marking.giveback.book import draw_over
from minamo.marking.inscribing import lettering
from minamo.marking.leaves import Leaf
from minamo.marking.sheet_values import Asked, Printed, Words
from minamo.marking.vision.form import (
    CODE,
    DPI,
    QUIET,
    RADIUS,
    SQUARE,
    Placing,
    centres,
    code_box,
    kept_free,
    number_marks,
    placing,
)

TEMPLATE = Path(__file__).parent / "typst" / "sheets.typ"
DARK = 170  # gray levels below are print
SPECKS = 12  # dark pixels that are dust
POINT = 72 / DPI


@dataclass(frozen=True)
class Face:
    """面: a page of the blank in gray at 200 dpi, and how it stands on the printed page."""

    gray: Image.Image
    placed: Placing

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in pixels."""
        return self.gray.size

    def inscribed(self, words: Words) -> dict[str, object] | None:
        """How words are written into a box, in points of the printed page; None where the box has no room for them."""
        found = lettering(self.gray, words)
        if found is None:
            return None
        scale, shift = self.placed.scale * POINT, (self.placed.x * POINT, self.placed.y * POINT) * 2
        area = [value * scale + add for value, add in zip(found.area, shift, strict=True)]
        return {"area": area, "text": found.text, "size": found.size * scale, "upright": found.upright}


def faces_of(picture: bytes, leaves: Sequence[Leaf]) -> tuple[Face, ...]:
    """面ごとの置き方 of a blank, from its picture at 200 dpi: who prints and who reads get the same."""
    with Image.open(io.BytesIO(picture)) as image:
        whole = image.convert("L")
    pages = [whole.crop((0, leaf.top, leaf.width, leaf.top + leaf.height)) for leaf in leaves]
    return tuple(Face(page, placing_of(page)) for page in pages)


def placing_of(gray: Image.Image) -> Placing:
    """置き方 of one page of a blank."""
    dark = gray.point([255 if level < DARK else 0 for level in range(256)])
    box = dark.getbbox()
    if box is None:
        return Placing()
    free = all(dark.crop(area).histogram()[255] <= SPECKS for area in kept_free(gray.size))
    return placing(gray.size, free, box)


def print_sheets(blank: bytes, faces: Sequence[Face], sheets: Sequence[Printed], title: str) -> bytes:
    """用紙のPDF: `sheets` one after the other, each over its page of the blank. Raises ValueError without sheets."""
    if not sheets:
        raise ValueError("no sheets to print")
    book = pikepdf.new()
    with pikepdf.open(io.BytesIO(blank)) as source:
        bare_pictures(source)  # of a blank that came as a file of pictures or from a word processor
        forms = [book.copy_foreign(page.as_form_xobject()) for page in source.pages[: len(faces)]]
        shown = [_shown(page) for page in source.pages[: len(faces)]]
    for one in sheets:
        _under(book, forms[one.leaf], shown[one.leaf], faces[one.leaf].placed)
    kinds = list(dict.fromkeys((one.leaf, one.asked) for one in sheets))
    data = {
        "square": SQUARE * POINT, "quiet": QUIET * POINT, "module": CODE * POINT, "radius": RADIUS * POINT,
        "faces": [_geometry(face.size, size) for face, size in zip(faces, shown, strict=True)],
        "bubbles": [_bubbles(faces[leaf], asked) for leaf, asked in kinds],
        "pages": [_page(one, faces[one.leaf], kinds.index((one.leaf, one.asked))) for one in sheets],
    }  # fmt: skip
    with pikepdf.open(io.BytesIO(render_pdf(TEMPLATE, data))) as marks:
        for under, over in zip(book.pages, marks.pages, strict=True):
            draw_over(book, under, over)
        book.docinfo["/Title"] = title
        book.Root.Lang = "ja-JP"
        out = io.BytesIO()
        book.save(out, deterministic_id=True, object_stream_mode=pikepdf.ObjectStreamMode.generate)
    return out.getvalue()


def _shown(page: pikepdf.Page) -> tuple[float, float]:
    """Width and height of a page as it is shown, in points."""
    left, low, right, high = (float(value) for value in page.cropbox)
    return (right - left, high - low) if page.rotation % 180 == 0 else (high - low, right - left)


def _geometry(size: tuple[int, int], shown: tuple[float, float]) -> dict[str, object]:
    """Where things stand on a page, in points."""
    return {
        "width": shown[0], "height": shown[1], "code": [value * POINT for value in code_box(size)],
        "centres": [[x * POINT, y * POINT] for x, y in centres(size)],
        "marks": [[[x * POINT, y * POINT] for x, y in row] for row in number_marks(size)],
    }  # fmt: skip


def _bubbles(face: Face, asked: Sequence[Asked]) -> list[dict[str, object]]:
    """マーク欄 of a page, in points of the printed page: the same on all sheets of a class."""
    scale, found = face.placed.scale * POINT, [bubbles_on(face.gray, one) for one in asked]
    return [
        {"text": circle.text, "x": circle.x * scale + face.placed.x * POINT, "y": circle.y * scale + face.placed.y * POINT, "radius": one.radius * scale}
        for one in found if one is not None for circle in one.circles
    ]  # fmt: skip


def _page(one: Printed, face: Face, kind: int) -> dict[str, object]:
    """What is laid over a page."""
    inscribed = [found for words in one.inscribed if (found := face.inscribed(words)) is not None]
    return {
        "code": _runs(one.code),
        "words": one.words,
        "number": one.number,
        "face": one.leaf,
        "inscribed": inscribed,
        "bubbles": kind,
    }


def _under(book: pikepdf.Pdf, form: pikepdf.Object, shown: tuple[float, float], placed: Placing) -> None:
    """One page with the blank in its place; PDF counts upwards."""
    page = book.add_blank_page(page_size=shown)
    page.add_resource(form, pikepdf.Name.XObject, pikepdf.Name.Blank)
    left, top = placed.x * POINT, shown[1] - placed.y * POINT
    area = pikepdf.Rectangle(left, top - placed.scale * shown[1], left + placed.scale * shown[0], top)
    page.contents_add(
        page.calc_form_xobject_placement(
            form, pikepdf.Name.Blank, area, invert_transformations=True, allow_shrink=True, allow_expand=True
        )
    )


def _runs(code: str) -> dict[str, object]:
    """The code as dark runs [row, from, length] of a square of `side` modules."""
    rows = [[bool(dark) for dark in row] for row in segno.make_qr(code, error="m").matrix]
    runs = []
    for y, row in enumerate(rows):
        x = 0
        while x < len(row):
            length = next((step for step, dark in enumerate(row[x:]) if not dark), len(row) - x)
            if length:
                runs.append([y, x, length])
            x += max(1, length)
    return {"side": len(rows), "runs": runs}
