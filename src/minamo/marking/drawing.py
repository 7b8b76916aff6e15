"""返却用の答案を描く: pages of a settled sitting as pictures and marked PDFs. Files in, bytes out; the job writes the rows."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from minamo.kernel import files
from minamo.marking.giveback import Heading, Marked, Placed, give_back
from minamo.marking.queries.giving import Drawing, Drawn
from minamo.marking.seats import verdict
from minamo.marking.stamps import parted
from minamo.marking.vision.align import OK, Alignment
from minamo.marking.vision.crops import crop, packed
from minamo.marking.vision.pages import read_page

LONG_SIDE = 1754  # pixels: A4 at 150 dpi, enough to read pencil on a phone at twice its size
QUALITY = 72


@contextmanager
def scans(drawing: Drawing) -> Iterator[dict[str, Path]]:
    """The piles of a drawing as files, for as long as the block runs."""
    with tempfile.TemporaryDirectory(prefix="minamo-marked-") as folder:
        found: dict[str, Path] = {}
        for content in sorted({paper.page.pile.content for paper in drawing.papers}):
            found[content] = Path(folder) / content
            found[content].write_bytes(files.read(content))
        yield found


def marked(drawing: Drawing, paper: Drawn, paths: dict[str, Path]) -> Marked:
    """一人分の印: ○ △ ×, points, comments; the total with 観点 and whose it is."""
    marks = tuple(
        Placed(question.box, verdict(paper.points.get(question.id), drawing.full[question.id]), paper.points.get(question.id),
               rest, stamps)
        for question in drawing.questions
        if question.id in drawing.full
        for stamps, rest in [parted(paper.comments.get(question.id, ""))]
    )  # fmt: skip
    index, page = paper.page.index, paper.page
    matrix = np.array(page.homography, float).reshape(3, 3)
    return Marked(paths[page.pile.content], index, matrix, drawing.size, marks, heading(drawing, paper))


def heading(drawing: Drawing, paper: Drawn) -> Heading | None:
    """合計の欄; none while an answer is not marked: half a total is no total."""
    name = f"{f'{paper.paper.number}番　' if paper.paper.number else ''}{paper.name}"
    if any(points is None for points in paper.points.values()):
        return None
    parts: dict[str, tuple[int, int]] = {}
    for item in drawing.result.items:
        if item["aspect"]:
            points, full = parts.get(item["aspect"], (0, 0))
            parts[item["aspect"]] = (points + (paper.points[item["id"]] or 0), full + item["full"])
    total = sum(points or 0 for points in paper.points.values())
    shown = tuple((aspect, points, full) for aspect, (points, full) in parts.items()) if len(parts) > 1 else ()
    return Heading(total, sum(drawing.full.values()), shown, name)


def single(drawing: Drawing, paper: Drawn, paths: dict[str, Path]) -> bytes:
    """採点済みPDF of one pupil."""
    return give_back([marked(drawing, paper, paths)], title=drawing.result.title)


def whole(drawing: Drawing, paths: dict[str, Path]) -> bytes:
    """採点済みPDF of a class, in class order, with a bookmark for every pupil."""
    names = [f"{paper.paper.number or '—'}番 {paper.name}" for paper in drawing.papers]
    return give_back(
        [marked(drawing, paper, paths) for paper in drawing.papers], title=drawing.result.title, names=names
    )


def picture(drawing: Drawing, paper: Drawn, paths: dict[str, Path]) -> bytes:
    """答案の画像: the page laid back onto its blank, as a JPEG; nothing is drawn on it."""
    page = read_page(paths[paper.page.pile.content], paper.page.index)
    there = np.linalg.inv(page.stored) @ np.array(paper.page.homography, float).reshape(3, 3)
    width, height = drawing.size
    scale = min(1.0, LONG_SIDE / max(width, height))
    seen = crop(page.gray, Alignment(OK, None, there, 1.0), (0, 0, width, height), margin=0, scale=scale)
    return packed(seen, QUALITY)
