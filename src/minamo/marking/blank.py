"""解答用紙を受け取る: one file becomes a page of PDF, its picture at 200 dpi, and questions as the eye proposes them.

Pure, and run in a process of its own (`apart.py`). A picture is laid on a page of its true size, so that everything later speaks of 200 dpi.
"""

import io
import re
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from itertools import accumulate
from pathlib import Path

import cv2
import numpy as np
import pikepdf
from PIL import Image

from minamo.marking.giveback.backing import put
from minamo.marking.leaves import MOST, Leaf, leaves_of
from minamo.marking.setup import ALPHABETS, ASPECTS, SHORT, SIGN, SYMBOL, WRITING, Box, Question
from minamo.marking.sheet_values import Blank
from minamo.marking.vision.align import is_empty
from minamo.marking.vision.boxes import Found, find_boxes
from minamo.marking.vision.errors import BrokenFile, PageError, TooLarge, TooSmall
from minamo.marking.vision.images import opened
from minamo.marking.vision.ink import Gray, Points, ink
from minamo.marking.vision.letters import Letter, letters_of
from minamo.marking.vision.order import Proposal, propose
from minamo.marking.vision.outline import flat, outline
from minamo.marking.vision.page import DPI, Page
from minamo.marking.vision.pages import count_pages, is_pdf, read_page
from minamo.marking.vision.sections import heading

MM = DPI / 25.4
LONG_SIDES = (60 * MM, 530 * MM)  # from a card to B3
USUAL = 297.0  # millimetres of the long side when a picture does not say how large it is
KANJI = "一二三四五六七八九十"
HUGE, TALL, WIDE = 90_000, 240, 430  # pixels at 200 dpi: what is larger is written in sentences, what is wider in words
LINES, LONG = 130, 1000  # 16 mm and 127 mm: two lines, and so long that sentences go in
RIGHT, WRONG, SENTENCES = re.compile("[○〇◯]"), re.compile("[×✕✖]"), re.compile("説明|理由|わけを|考えを|文で|述べ")
SLIM = 3.5  # long side to short side: room for several characters (boxes for one symbol were seen up to 3.1)


class ManyPages(PageError):
    """何枚もある用紙."""

    code = "many_pages"
    words = "解答用紙は2ページまでです。"


def take_in(path: Path) -> Blank:
    """受け取る. Raises PageError with words for the teacher; the file's own name stands in them."""
    whole = count_pages(path)
    pages = whole if not is_pdf(path) else _printed(path, whole)
    if pages > (MOST if is_pdf(path) else 1):
        raise ManyPages(
            path.name,
            None,
            f"{whole}ページあります。解答用紙は2ページ（表と裏、または2枚）までです。問題のページが入っていれば除いて、解答用紙だけをPDFに保存してください。解答用紙が3ページより多いときは、2ページずつ別のテストとして用意してください。",
        )
    if is_pdf(path):
        return replace(_of(_first(path, pages, whole), path, pages), unused=whole - pages)
    with tempfile.TemporaryDirectory() as folder:
        laid = Path(folder) / path.name
        laid.write_bytes(as_page(path))
        return _of(laid.read_bytes(), laid, 1)


def _printed(path: Path, pages: int) -> int:
    """How many pages there are up to the last one that bears print or a place for an answer: a word processor leaves empty ones at the
    end, with no more than a page number on them."""
    while pages > 1:
        last = at_200(read_page(path, pages - 1), path.name)
        if not is_empty(ink(last)) or find_boxes(last):
            return pages
        pages -= 1
    return pages


def _first(path: Path, pages: int, whole: int) -> bytes:
    """The file; without its last pages when those are not used."""
    if pages == whole:
        return path.read_bytes()
    with pikepdf.open(path) as book:
        del book.pages[pages:]
        book.remove_unreferenced_resources()
        out = io.BytesIO()
        book.save(out, deterministic_id=True)
    return out.getvalue()


def as_page(path: Path) -> bytes:
    """画像をページにする: the picture on a page of its true size, as the printer that made it says or as A4. A photograph of a
    sheet on a darker table is laid flat first."""
    seen = read_page(path, 0)
    corners = outline(seen.gray)
    return _page_of(path, seen) if corners is None else _laid_flat(path, corners, seen)


def _laid_flat(path: Path, corners: Points, seen: Page) -> bytes:
    """The sheet of a photograph as a page of its own, evenly lit, with the long side of A4 (a photograph does not say how large
    paper is)."""
    matrix, size = flat(corners, round(USUAL * MM))
    sheet = cv2.warpPerspective(seen.gray, matrix, size, flags=cv2.INTER_AREA, borderMode=cv2.BORDER_REPLICATE)
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder) / f"{path.stem}.png"
        Image.fromarray(cv2.bitwise_not(ink(np.asarray(sheet, np.uint8)))).save(place, dpi=(DPI, DPI))
        return _page_of(place, read_page(place, 0))


def _page_of(path: Path, seen: Page) -> bytes:
    """The picture as it is on a page of its size."""
    size = (round(seen.gray.shape[1] * seen.stored[0, 0]), round(seen.gray.shape[0] * seen.stored[1, 1]))
    scale = dots(path, size) / DPI
    book = pikepdf.new()
    put(book, path, 0, np.diag([scale, scale, 1.0]), (round(size[0] / scale), round(size[1] / scale)))
    out = io.BytesIO()
    book.save(out, deterministic_id=True)
    return out.getvalue()


def dots(path: Path, size: tuple[int, int]) -> float:
    """画素の細かさ: dots per inch that the file names when paper of that size exists, else so that the long side is A4's."""
    with opened(path) as image:
        named = image.info.get("dpi", (0, 0))[0]
    longest = max(size)
    if 90 <= float(named) <= 1200 and 120 <= longest / float(named) * 25.4 <= 450:
        return float(named)
    return longest / USUAL * 25.4


def _of(pdf: bytes, path: Path, pages: int) -> Blank:
    sheets = [at_200(read_page(path, index), path.name) for index in range(pages)]
    sizes = tuple((sheet.shape[1], sheet.shape[0]) for sheet in sheets)
    whole = _under_each_other(sheets)
    # A photograph is full of noise: the last tenth of its size would cost ten times as long (2 to 4 s a page).
    ok, coded = cv2.imencode(".png", whole // 17 * 17, [cv2.IMWRITE_PNG_COMPRESSION, 6])
    if not ok:
        raise BrokenFile(path.name)
    letters = [letters_of(path, index) for index in range(pages)]
    found = [propose(find_boxes(sheet), sheet, words) for sheet, words in zip(sheets, letters, strict=True)]
    leaves = leaves_of(sizes, *sizes[0])
    headed = next(
        (at for at, one in enumerate(found) if one.number or one.name), 0
    )  # number and name stand on one page
    number, name = (_moved(box, leaves[headed]) if box else None for box in (found[headed].number, found[headed].name))
    size = (whole.shape[1], whole.shape[0])
    questions = proposed(found, leaves, letters)
    return Blank(pdf, coded.tobytes(), size, found[0].vertical, questions, number, name, sizes if pages > 1 else ())


def _under_each_other(sheets: Sequence[Gray]) -> Gray:
    """The pages as one tall sheet."""
    width = max(sheet.shape[1] for sheet in sheets)
    wide = [np.pad(sheet, ((0, 0), (0, width - sheet.shape[1])), constant_values=255) for sheet in sheets]
    return np.asarray(np.vstack(wide), np.uint8)


def _moved(box: Sequence[float], leaf: Leaf) -> Box:
    """A box of a page on the tall sheet."""
    return float(box[0]), float(box[1] + leaf.top), float(box[2]), float(box[3] + leaf.top)


def at_200(page: Page, name: str) -> Gray:
    """200 dpiの絵: the page as everything later measures it. Raises TooLarge, TooSmall for paper nobody writes on."""
    height, width = page.gray.shape
    corner = page.frame @ np.array([width - 0.5, height - 0.5, 1.0])
    size = (round(corner[0] / corner[2] + 0.5), round(corner[1] / corner[2] + 0.5))
    if max(size) > LONG_SIDES[1]:
        raise TooLarge(name, None, "用紙が大きすぎます。A3・B4までの大きさにして保存しなおしてください。")
    if max(size) < LONG_SIDES[0]:
        raise TooSmall(name, None, "用紙が小さすぎます。はがきより大きい紙にして保存しなおしてください。")
    if np.allclose(page.frame, np.eye(3)):
        return page.gray
    shrinking = size[0] < width
    smooth = cv2.GaussianBlur(page.gray, (0, 0), 0.45 * width / size[0]) if shrinking else page.gray
    return np.asarray(cv2.warpPerspective(smooth, page.frame, size, flags=cv2.INTER_LINEAR, borderValue=255), np.uint8)


def proposed(
    found: Sequence[Proposal], leaves: Sequence[Leaf], letters: Sequence[Sequence[Letter]]
) -> tuple[Question, ...]:
    """設問の案, page after page: numbered within each 大問, with the kind that the shape of the box and the words of the 大問 suggest."""
    rows: list[Question] = []
    before = [0, *accumulate(len(one.answers) for one in found)]
    parts = [(page, group) for page, one in enumerate(found) for group in one.groups]
    for part, (page, group) in enumerate(parts):
        one = found[page]
        section = KANJI[part] if one.vertical and part < len(KANJI) else str(part + 1)
        words = words_of(one, group, letters[page])
        for place, at in enumerate(group):
            kind = likely(one.answers[at], one.vertical, words)
            full, aspect = (5, ASPECTS[1]) if kind == WRITING else (2, ASPECTS[0])
            box = _moved(one.answers[at].box, leaves[page])
            label, alphabet = f"({place + 1})", ALPHABETS[kind]
            rows.append(Question(f"q{before[page] + at + 1}", label, box, kind, alphabet, (), full, section, aspect))
    return tuple(rows)


def words_of(one: Proposal, group: Sequence[int], letters: Sequence[Letter]) -> str:
    """大問のことば, where the file has words."""
    others = [box for at, box in enumerate(one.answers) if at not in group]
    boxes = [one.answers[at] for at in group]
    return heading(boxes, others, (*one.answers, *one.labels), letters, vertical=one.vertical) if letters else ""


def likely(one: Found, vertical: bool, words: str = "") -> str:
    """ありそうな種類: manuscript grids, boxes of several lines and large boxes are 記述, and long ones where the `words` of the 大問 ask for
    sentences; long or slim ones, underlines and boxes with a place for each character 短い語; the rest 記号, or ○× where the words say so."""
    along, across = (one.height, one.width) if vertical else (one.width, one.height)
    large = (across >= TALL and along * across >= HUGE) or (across >= LINES and along >= LONG)
    if one.kind == "grid" or large or (one.cells > 1 and along >= WIDE) or (along >= WIDE and SENTENCES.search(words)):
        return WRITING
    slim = max(along, across) > SLIM * min(along, across)
    if one.kind == "line" or one.divided or along >= WIDE or slim:
        return SHORT
    return SIGN if RIGHT.search(words) and WRONG.search(words) else SYMBOL
