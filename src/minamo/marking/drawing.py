"""返却用の答案を描く: pages of a settled sitting as pictures and marked PDFs. Files in, bytes out; the job writes the rows."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path

import numpy as np

from minamo.kernel import files
from minamo.kernel.memory import hand_back
from minamo.marking.blank import at_200
from minamo.marking.check_rules import in_class_order
from minamo.marking.giveback import Heading, Marked, Placed, give_back
from minamo.marking.leaves import Leaf, leaf_at, within
from minamo.marking.models import ScanPage
from minamo.marking.queries.giving import Drawing, Drawn
from minamo.marking.reports.names import section_word
from minamo.marking.seats import Box, verdict
from minamo.marking.setup import Question
from minamo.marking.stamps import parted
from minamo.marking.vision.align import OK, Alignment
from minamo.marking.vision.boxes import find_boxes
from minamo.marking.vision.crops import crop, packed
from minamo.marking.vision.errors import PageError
from minamo.marking.vision.ink import Gray
from minamo.marking.vision.letters import letters_of
from minamo.marking.vision.pages import close_files, read_page
from minamo.marking.vision.score import score_box

LONG_SIDE = 1754  # pixels: A4 at 150 dpi, enough to read pencil on a phone at twice its size
QUALITY = 72


@contextmanager
def scans(drawing: Drawing) -> Iterator[dict[str, Path]]:
    """The piles of a drawing as files, for as long as the block runs."""
    with tempfile.TemporaryDirectory(prefix="minamo-marked-") as folder:
        found: dict[str, Path] = {}
        for content in sorted({page.pile.content for paper in drawing.papers for _, page in sheets(drawing, paper)}):
            found[content] = Path(folder) / content
            files.copy(content, found[content])
        try:
            yield found
        finally:
            close_files()
    hand_back()


def sheets(drawing: Drawing, paper: Drawn) -> list[tuple[Leaf, ScanPage]]:
    """The pages of one paper that are there."""
    pages = [page for page in (paper.page, paper.second) if page is not None]
    return [(drawing.assessment.pages[page.leaf], page) for page in pages]


def marked(drawing: Drawing, paper: Drawn, paths: dict[str, Path]) -> list[Marked]:
    """一人分の印, page by page: ○ △ ×, points, comments; on the first the total with 観点 and whose it is."""
    found = []
    for leaf, page in sheets(drawing, paper):
        marks = tuple(
            Placed(within(leaf, question.box), verdict(paper.points.get(question.id), drawing.full[question.id]),
                   paper.points.get(question.id), rest, stamps, question.id in drawing.corners, called(question))
            for question in drawing.questions
            if question.id in drawing.full and leaf_at(drawing.assessment.pages, question.box) == leaf
            for stamps, rest in [parted(paper.comments.get(question.id, ""))]
        )  # fmt: skip
        matrix = np.array(page.homography, float).reshape(3, 3)
        total = heading(drawing, paper) if page is paper.page else None
        found.append(Marked(paths[page.pile.content], page.index, matrix, (leaf.width, leaf.height), marks, total))
    return found


def called(question: Question) -> str:
    """設問の呼び方: 大問1 (3)."""
    return f"{section_word(question.section)} {question.label}".strip()


@lru_cache(maxsize=8)
def score_of(blank: str, size: tuple[int, int]) -> Box | None:
    """得点の枠 on the first page of a blank, by its content. A blank that is gone or cannot be opened any more says nothing: then
    the total stands in the corner of the page."""
    with tempfile.TemporaryDirectory(prefix="minamo-blank-") as folder:
        path = Path(folder) / "blank.pdf"
        try:
            path.write_bytes(files.read(blank))
            letters = letters_of(path, 0)
            sheet = at_200(read_page(path, 0), path.name) if letters else None
        except (PageError, *files.UNREADABLE):
            return None
    found = None if sheet is None else score_box(find_boxes(sheet), letters, vertical=size[0] > size[1])
    return None if found is None else (float(found[0]), float(found[1]), float(found[2]), float(found[3]))


def heading(drawing: Drawing, paper: Drawn) -> Heading:
    """合計の欄; while an answer is not marked it says so instead: half a total is no total."""
    name = f"{f'{paper.paper.number}番　' if paper.paper.number else ''}{paper.name}{'（裏がない）' if paper.backless else ''}"
    left = sum(points is None for points in paper.points.values())
    if left:
        return Heading(None, sum(drawing.full.values()), comment=name, left=left)
    parts: dict[str, tuple[int, int]] = {}
    for item in drawing.result.items:
        if item["aspect"]:
            points, full = parts.get(item["aspect"], (0, 0))
            parts[item["aspect"]] = (points + (paper.points[item["id"]] or 0), full + item["full"])
    total = sum(points or 0 for points in paper.points.values())
    shown = tuple((aspect, points, full) for aspect, (points, full) in parts.items()) if len(parts) > 1 else ()
    first = drawing.assessment.pages[0]
    return Heading(
        total,
        sum(drawing.full.values()),
        shown,
        name,
        box=score_of(drawing.assessment.blank, (first.width, first.height)),
    )


def single(drawing: Drawing, paper: Drawn, paths: dict[str, Path]) -> bytes:
    """採点済みPDF of one pupil."""
    return give_back(marked(drawing, paper, paths), title=drawing.result.title)


def whole(drawing: Drawing, paths: dict[str, Path]) -> bytes:
    """採点済みPDF of a class, in class order, with a bookmark for every pupil; who was absent has one that leads nowhere."""
    pages: list[Marked] = []
    bookmarks: list[tuple[int | None, str, int | None]] = [
        (one.number, f"{one.number or '—'}番 {one.name}（欠席）", None) for one in drawing.away
    ]
    for paper in drawing.papers:
        words = f"{paper.paper.number or '—'}番 {paper.name}{'（裏がない）' if paper.backless else ''}"
        bookmarks.append((paper.paper.number, words, len(pages)))
        pages += marked(drawing, paper, paths)
    in_order = sorted(bookmarks, key=lambda one: in_class_order(one[0]))
    return give_back(pages, title=drawing.result.title, marks=[(words, at) for _, words, at in in_order])


def picture(drawing: Drawing, paper: Drawn, paths: dict[str, Path]) -> bytes:
    """答案の画像: the pages laid back onto their blanks, under each other, as a JPEG; nothing is drawn on it."""
    there = {leaf.number: page for leaf, page in sheets(drawing, paper)}
    leaves = drawing.assessment.pages
    scale = min(1.0, LONG_SIDE / max(max(leaf.width, leaf.height) for leaf in leaves))
    parts = [_upright(leaf, there.get(leaf.number), paths, scale) for leaf in leaves]
    width = max(part.shape[1] for part in parts)
    wide = [np.pad(part, ((0, 0), (0, width - part.shape[1])), constant_values=255) for part in parts]
    return packed(np.asarray(np.vstack(wide), np.uint8), QUALITY)


def _upright(leaf: Leaf, page: ScanPage | None, paths: dict[str, Path], scale: float) -> Gray:
    """One page as it lies on its blank; white where a paper has none."""
    if page is None:
        return np.full((round(leaf.height * scale), round(leaf.width * scale)), 255, np.uint8)
    seen = read_page(paths[page.pile.content], page.index)
    there = np.linalg.inv(seen.stored) @ np.array(page.homography, float).reshape(3, 3)
    box = (0.0, 0.0, float(leaf.width), float(leaf.height))
    return crop(seen.gray, Alignment(OK, None, there, 1.0), box, margin=0, scale=scale)
