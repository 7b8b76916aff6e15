"""切り抜く: one page of a pile read as `pile.Reader` reads it, and the JPEG of every answer cut in the same go. Pure.

The pictures of a page lie one behind the other in one piece of bytes; `places` says where each is. `NAME` is the strip of
number and name, `WHOLE` the page itself, small and upright, `CORNERS` no picture but where the corners of the sheet lie on it. What a page is drawn from never depends on another page.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import numpy as np

from minamo.marking.cover import COLUMNS, CORNERS, LINE, NAME
from minamo.marking.page_rules import WHICH, turned, turns_of
from minamo.marking.pile import Answer, Box, Exam, Look, Owner, Reader, Sheet
from minamo.marking.vision.align import OK, REVIEW, Alignment, Scanned, around, scanned
from minamo.marking.vision.crops import packed, placed
from minamo.marking.vision.errors import PageError
from minamo.marking.vision.ink import Gray, Matrix, resized
from minamo.marking.vision.page import Page
from minamo.marking.vision.pages import read_page
from minamo.marking.vision.pool import Crashed, Pool
from minamo.marking.vision.tall import is_tall, laid

WHOLE = "page"
QUALITY, WHOLE_QUALITY = 80, 60
HEAD = 0.13  # share of the sheet that is shown when nobody marked where the name stands
APART = 90.0  # pixels of the blank (11 mm) a search may move a corner: less than from one box to the next
TOLD = 0.1  # a page that fits two pages of the test is taken for one when it fits it so much better
Places = dict[str, list[int]]
Exams = Sequence[tuple[Exam, Box | None]]  # of each page of the test, with the strip of number and name


@dataclass(frozen=True)
class Start:
    """決めた位置: nine numbers from the blank (200 dpi) to pixels of the stored picture, or (`unit`) to the page as a unit square."""

    numbers: tuple[float, ...]
    unit: bool = False


@dataclass(frozen=True)
class Task:
    """一枚の仕事: file, page, and where the sheet lies when somebody or an earlier reading has said so."""

    path: Path
    index: int
    start: Start | None = None
    leaf: int = 0  # which page of the test it is, where that is known


@dataclass(frozen=True)
class Cut:
    """切り抜いた一枚: the sheet as read, its pictures one behind the other, and where each is; which page of the test it is."""

    sheet: Sheet
    crops: bytes = b""
    places: Mapping[str, list[int]] | None = None
    leaf: int = 0


class Cutter(Reader):
    """切り抜く作業者. `strip`: number and name on the blank (200 dpi); None = the head of the sheet."""

    def __init__(self, test: Exam, strip: Box | None) -> None:
        super().__init__(test)
        height, width = self.blank.shape
        self.strip = self.inner(strip) if strip else (0.0, 0.0, float(width), HEAD * height)

    def cut(self, task: Task) -> Cut:
        """Read and cut one page; a page that cannot be read is a result too."""
        try:
            page = self.opened(task.path, task.index)
        except PageError as problem:
            return Cut(Sheet(task.index, REVIEW, problem.code, str(problem)))
        look = self.laid(page) if task.start is None else self.laid_from(page, task.start)
        sheet = self.sheet(look, task.index)
        if task.start is not None:
            sheet = self.forced(look, sheet)
        return self.pictures(look, sheet)

    def laid_from(self, page: Page, start: Start) -> Look:
        """The sheet where it was said to lie: searched from there, or exactly there when the print leads elsewhere."""
        there = np.array(start.numbers, np.float64).reshape(3, 3)
        height, width = page.gray.shape
        square = np.array([[width, 0, -0.5], [0, height, -0.5], [0, 0, 1.0]])
        given = (square if start.unit else np.linalg.inv(page.stored)) @ there @ self.frame
        given = given / given[2, 2]
        shown = scanned(page.gray)
        found = around(self.template, shown, given)
        if found is None or found.homography is None or self.apart(given, found.homography) > APART:
            return Look(page, shown, Alignment(OK, None, given, 0.0))
        return Look(page, shown, replace(found, status=OK, reason=None))

    def apart(self, one: Matrix, other: Matrix) -> float:
        """How far the corners of the blank lie from each other under two placings, in pixels of the blank."""
        height, width = self.blank.shape
        corners = np.array([[[0, 0]], [[width, 0]], [[width, height]], [[0, height]]], np.float64)
        back = cv2.perspectiveTransform(cv2.perspectiveTransform(corners, other), np.linalg.inv(one))
        return float(np.linalg.norm((back - corners).reshape(-1, 2), axis=1).max())

    def forced(self, look: Look, sheet: Sheet) -> Sheet:
        """A page somebody has decided to use: read all the same; an answer that lies off the picture has no reading."""
        answers = sheet.answers or self.answers(look)
        seen: dict[str, Answer] = {
            one.id: answers[one.id]
            for one, off in zip(self.test.questions, self.off(look), strict=True)
            if one.id in answers and not off
        }
        known: Owner = {"code": sheet.code, "numbers": sheet.numbers}
        owner = known if sheet.code or sheet.numbers else self.owner(look)
        return Sheet(
            sheet.page, OK, None, "", sheet.homography, look.found.score, seen,
            trace=sheet.trace or self.trace(look), **owner,
        )  # fmt: skip

    def pictures(self, look: Look, sheet: Sheet) -> Cut:
        """The JPEGs of a page; one that was not found on the sheet has only the page itself."""
        shown = self.boxes() if look.found.homography is not None else {}
        drawn = {key: look.cut(box) for key, box in shown.items()}
        if NAME in drawn and is_tall(drawn[NAME].shape[1], drawn[NAME].shape[0]) and (lying := laid(drawn[NAME])):
            drawn |= {LINE: lying.line, COLUMNS: lying.columns}
        drawn[WHOLE] = upright(look.shown, self.turns(look.found))
        parts: list[bytes] = []
        places: Places = {}
        at = 0
        for key, image in drawn.items():
            parts.append(packed(image, WHOLE_QUALITY if key == WHOLE else QUALITY))
            places[key] = [at, len(parts[-1]), image.shape[1], image.shape[0]]
            at += len(parts[-1])
        if look.found.homography is not None:
            places[CORNERS] = self.corners(look)
        return Cut(sheet, b"".join(parts), places)

    def corners(self, look: Look) -> list[int]:
        """Where the sheet's corners lie on the small page, in thousandths of its sides: x y of 左上, 右上, 右下, 左下."""
        height, width = self.blank.shape
        high, wide = look.gray.shape
        there = placed(look.found, np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float64))
        shares = [((x + 0.5) / wide, (y + 0.5) / high) for x, y in there.tolist()]
        upright = turned(shares, self.turns(look.found))
        return [round(1000 * max(-9.0, min(9.0, value))) for point in upright for value in point]

    def turns(self, found: Alignment) -> int:
        """Quarter turns that bring the page upright."""
        there = None if found.homography is None else [float(value) for value in found.homography.ravel()]
        return turns_of(there, *self.template.size)

    def boxes(self) -> dict[str, Box]:
        """What is cut from a page that was found: every answer and the strip of the name."""
        return {**{one.id: self.places[one.box].box for one in self.test.questions}, NAME: self.strip}


class Cutters:
    """面ごとの作業者: which page of the test a scanned page is, is told by where it fits: the print is the witness, never its place
    in the pile. The code of a sheet that minamo printed names its page as well: it settles a doubt, and makes one where it says
    otherwise than the print."""

    def __init__(self, exams: Exams) -> None:
        self.each = tuple(Cutter(test, strip) for test, strip in exams)

    def cut(self, task: Task) -> Cut:
        """Read and cut one page as the page of the test it is."""
        if len(self.each) == 1 or task.start is not None:
            return replace(self.each[task.leaf].cut(task), leaf=task.leaf)
        try:
            page = read_page(task.path, task.index)
        except PageError as problem:
            return Cut(Sheet(task.index, REVIEW, problem.code, str(problem)))
        leaf, look, sure = self.laid(page)
        cutter = self.each[leaf]
        sheet = cutter.sheet(look, task.index)
        if not sure:
            sheet = Sheet(task.index, REVIEW, WHICH, "", sheet.homography, sheet.score)
        return replace(cutter.pictures(look, sheet), leaf=leaf)

    def laid(self, page: Page) -> tuple[int, Look, bool]:
        """どの面か: the page laid onto the page of the test it is, and whether that is sure."""
        shown = scanned(page.gray)
        looks: list[Look] = []
        for leaf, one in enumerate(self.each):
            looks.append(one.laid(page, shown))
            if looks[-1].found.score > 1 - TOLD and self.named(looks[-1:], leaf) == leaf:
                # print and code agree, and no other page of the test can fit so much better
                return leaf, looks[-1], True
        leaf, sure = told([look.found for look in looks])
        named = self.named(looks)
        if named is not None:
            leaf, sure = named, not sure or named == leaf
        return leaf, looks[leaf], sure

    def named(self, looks: Sequence[Look], first: int = 0) -> int | None:
        """どの面か by the code on the page as laid onto the pages from `first` on; None when there is none, or when it is no word of this
        sitting."""
        seen = {word for at, look in enumerate(looks, first) if (word := self.each[at].code_on(look))}
        pages = {at for at, one in enumerate(self.each) for word in seen if one.knows(word)}
        return pages.pop() if len(pages) == 1 else None


def told(found: Sequence[Alignment]) -> tuple[int, bool]:
    """どの面か: the one it fits, and whether it fits no other as well."""
    order = sorted(range(len(found)), key=lambda at: (found[at].status != OK, -found[at].score))
    first, second = found[order[0]], found[order[1]]
    return order[0], second.status != OK or first.score - second.score >= TOLD


def upright(shown: Scanned, turns: int) -> Gray:
    """The page upright and small, never larger than it was scanned."""
    picture = resized(shown.small, *shown.size) if max(shown.size) < max(shown.small.shape) else shown.small
    return np.ascontiguousarray(np.rot90(picture, turns))


def slices(crops: bytes, places: Mapping[str, Sequence[int]], key: str) -> bytes:
    """一つの切り抜き; empty when the page has none of that name."""
    place = places.get(key)
    return crops[place[0] : place[0] + place[1]] if place else b""


_cutter: Cutters | None = None


def start(*exams: tuple[Exam, Box | None]) -> None:
    """Prepare one process for a test."""
    global _cutter
    _cutter = Cutters(exams)


def work(task: Task) -> Cut:
    """One page in a process that was prepared."""
    if _cutter is None:
        raise RuntimeError("this process was not prepared for a test")
    return _cutter.cut(task)


def cut_pages(
    exams: Exams,
    tasks: Sequence[Task],
    *,
    done: frozenset[int] = frozenset(),
    processes: int = 1,
    cancelled: Callable[[], bool] = lambda: False,
) -> Iterator[tuple[int, Cut]]:
    """Pages as they become ready: (place in `tasks`, result), each once, `done` left out. `processes` 0 = in this process,
    where a page that brings the process down takes the caller with it."""
    if processes:
        pool: Pool[Task, Cut] = Pool(work, prepare=start, prepared=tuple(exams), workers=processes)
        for at, found in pool.run(tasks, done=done, cancelled=cancelled):
            crashed = isinstance(found, Crashed)
            yield at, Cut(Sheet(tasks[at].index, REVIEW, "crashed", found.words)) if crashed else found  # type: ignore[union-attr,misc]
        return
    cutter = Cutters(exams)
    for at, task in enumerate(tasks):
        if at in done:
            continue
        if cancelled():
            return
        yield at, cutter.cut(task)
