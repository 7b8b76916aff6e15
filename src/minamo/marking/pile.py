"""山を読む: a whole pile of scans against one test: places, blanks, readings, and whose sheet each page is.

The eye and the reader meet here. Every page ends as a sheet, or with the reason why a person must look at it.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypedDict

import numpy as np

from minamo.marking.reading.reader import read_cells
from minamo.marking.vision.align import BLANK, OK, REVIEW, Alignment, align
from minamo.marking.vision.crops import MARGIN, crop, outside
from minamo.marking.vision.duplicates import Trace, duplicates, trace
from minamo.marking.vision.emptiness import printing, written
from minamo.marking.vision.errors import PageError
from minamo.marking.vision.form import Placing, kept_free
from minamo.marking.vision.identity import Bound, Seen, bind
from minamo.marking.vision.ink import Gray, Matrix
from minamo.marking.vision.markers import code_at
from minamo.marking.vision.page import Page
from minamo.marking.vision.pages import count_pages, read_page
from minamo.marking.vision.pool import Crashed, Pool
from minamo.marking.vision.printed import filled_number
from minamo.marking.vision.template import Template, prepare

BACK, CURLED, CUT = "back", "curled", "cut_off"
STILL = Alignment(OK, None, np.eye(3), 1.0)
FLAT = 5.0  # pixels of bow a single homography may leave
Box = tuple[float, float, float, float]


@dataclass(frozen=True)
class Question:
    """設問: id, box (pixels of the blank at 200 dpi), alphabet of its reading; "" = not read by machine."""

    id: str
    box: Box
    alphabet: str = ""


@dataclass(frozen=True)
class Codes:
    """符号 of sheets that minamo printed: what the code of a pupil's sheet says → 出席番号 (None where the class gives none);
    `unnamed`: the code of sheets on which the number is filled in; `placing`: how the blank stands on the printed sheet."""

    numbers: Mapping[str, int | None]
    unnamed: str
    placing: Placing = field(default_factory=Placing)


@dataclass(frozen=True)
class Exam:
    """テスト: the blank sheet, its questions, the boxes of number and name, the 出席番号 of the class, codes of printed sheets; `leaf`:
    the page of the blank all this is about."""

    blank: Path
    questions: tuple[Question, ...]
    number: Box | None
    roster: tuple[int, ...]
    codes: Codes | None = None
    leaf: int = 0


@dataclass(frozen=True)
class Answer:
    """解答の読み: `text` "" = blank, None = a person must read; `confidence` 0–1."""

    text: str | None
    confidence: float


@dataclass(frozen=True)
class Sheet:
    """1ページの結果: `homography` in the pixels of the stored image; `answers` by question; `numbers` as read; `code` of a sheet
    that was printed for a pupil."""

    page: int
    status: str
    reason: str | None
    message: str = ""
    homography: np.ndarray | None = None
    score: float = 0.0
    answers: dict[str, Answer] = field(default_factory=dict)
    numbers: tuple[tuple[str, float], ...] = ()
    trace: Trace | None = field(default=None, repr=False)
    code: str = ""


class Owner(TypedDict):
    """What a page says of whose it is."""

    code: str
    numbers: tuple[tuple[str, float], ...]


@dataclass(frozen=True)
class Pile:
    """山の結果: every page in order, whose it is, second scans (page → first page)."""

    sheets: tuple[Sheet, ...]
    bound: Bound
    copies: dict[int, int]


class Reader:
    """一つの作業者: what one process keeps while it reads the pages of a test."""

    def __init__(self, test: Exam) -> None:
        self.test = test
        page = read_page(test.blank, test.leaf)
        self.blank, self.frame = page.gray, page.frame
        self.template: Template = prepare(page.gray)
        boxes = [one.box for one in test.questions] + ([test.number] if test.number else [])
        self.printed = {box: printing(crop(self.blank, STILL, self.inner(box)), MARGIN) for box in boxes}
        self.marks = self.marked_places()

    def read(self, path: Path, index: int) -> Sheet:
        """Read one page; a page that cannot be read is a result too."""
        try:
            page = read_page(path, index)
        except PageError as problem:
            return Sheet(index, REVIEW, problem.code, str(problem))
        return self.sheet(page, index, align(self.template, page.gray))

    def sheet(self, page: Page, index: int, found: Alignment) -> Sheet:
        """A page that was laid onto the blank, as a sheet or as the reason why not."""
        sheet = Sheet(index, found.status, found.reason, found.why, score=found.score)
        if found.homography is None:
            return sheet
        framed = page.stored @ found.homography @ np.linalg.inv(self.frame)
        reason = found.reason or self.unfit(page.gray, found)
        if reason:
            return Sheet(index, REVIEW, reason, found.why, framed / framed[2, 2], found.score)
        return Sheet(
            index, OK, None, "", framed / framed[2, 2], found.score,
            self.answers(page.gray, found), trace=self.trace(page.gray, found), **self.owner(page.gray, found),
        )  # fmt: skip

    def trace(self, gray: Gray, found: Alignment) -> Trace:
        """筆跡の影 of a page, without what is printed on sheets of minamo's own."""
        word = self.code_on(gray, found)
        return trace(self.template, self.blank, gray, found, self.marks if word and self.knows(word) else ())

    def marked_places(self) -> tuple[Box, ...]:
        """印のある所: squares, code and words of a printed sheet, in pixels of the blank that was read."""
        if self.test.codes is None:
            return ()
        placing = self.test.codes.placing
        moved = np.array([placing.x, placing.y] * 2)
        return tuple(self.inner(tuple((np.array(area) - moved) / placing.scale)) for area in kept_free(self.size()))

    def unfit(self, gray: Gray, found: Alignment) -> str | None:
        """Reasons that only show when the boxes are known: one of them lies off the picture, or paper is bowed."""
        if found.mesh is not None and found.mesh.bow > FLAT:
            return CURLED
        size = (gray.shape[1], gray.shape[0])
        return CUT if any(outside(found, self.inner(one.box), size) for one in self.test.questions) else None

    def inner(self, box: Box) -> Box:
        """A box of the key (200 dpi frame) in pixels of the blank that was read."""
        corners = np.array([[box[0], box[1], 1], [box[2], box[3], 1]], np.float64) @ np.linalg.inv(self.frame).T
        return tuple(float(v) for v in corners[:, :2].ravel())  # type: ignore[return-value]

    def answers(self, gray: Gray, found: Alignment) -> dict[str, Answer]:
        """解答を読む: blanks first, then each alphabet in one go."""
        answers: dict[str, Answer] = {}
        groups: dict[str, list[tuple[str, Gray, Gray]]] = {}
        for one in self.test.questions:
            seen, printed = crop(gray, found, self.inner(one.box)), self.printed[one.box]
            if written(seen, printed).blank:
                answers[one.id] = Answer("", 1.0)
            elif one.alphabet:
                groups.setdefault(one.alphabet, []).append((one.id, seen, printed.seen))
        for alphabet, cells in groups.items():
            readings = read_cells([cell[1] for cell in cells], alphabet, blanks=[cell[2] for cell in cells])
            for (name, _, _), reading in zip(cells, readings, strict=True):
                answers[name] = Answer(reading.text, reading.confidence)
        return answers

    def owner(self, gray: Gray, found: Alignment) -> Owner:
        """だれの用紙か as it says itself: the code we printed, and likely 出席番号 with their confidence (none when nothing is written).
        A code is sure of both; without one the number in its box is read."""
        code, printed = self.printed_code(gray, found)
        if code or printed is not None:
            return {"code": code, "numbers": () if printed is None else ((str(printed), 1.0),)}
        return {"code": "", "numbers": self.numbers(gray, found)}

    def numbers(self, gray: Gray, found: Alignment) -> tuple[tuple[str, float], ...]:
        """出席番号を読む in its box."""
        if self.test.number is None:
            return ()
        seen, printed = crop(gray, found, self.inner(self.test.number)), self.printed[self.test.number]
        if written(seen, printed).blank:
            return ()
        return read_cells([seen], "0-99", blanks=[printed.seen])[0].candidates

    def printed_code(self, gray: Gray, found: Alignment) -> tuple[str, int | None]:
        """The code of a sheet that was printed for a pupil of this sitting ("" on all others), and the number that it, or the
        circles filled in on a sheet without a name, say."""
        codes, said = self.test.codes, self.code_on(gray, found)
        if codes is None or said is None or not self.knows(said):
            return "", None
        if said == codes.unnamed:
            return "", filled_number(gray, *self.printed_at(found, codes.placing))
        return said, codes.numbers[said]

    def knows(self, word: str) -> bool:
        """Whether a code is one of this page of the test."""
        codes = self.test.codes
        return codes is not None and (word == codes.unnamed or word in codes.numbers)

    def code_on(self, gray: Gray, found: Alignment) -> str | None:
        """What the code at its place says, whosever it is; None when there is none."""
        codes = self.test.codes
        if codes is None or found.homography is None:
            return None
        return code_at(gray, *self.printed_at(found, codes.placing))

    def printed_at(self, found: Alignment, placing: Placing) -> tuple[Matrix, tuple[int, int]]:
        """Where the printed sheet lies on the page, and its size."""
        there = np.asarray(found.homography) @ np.linalg.inv(self.frame) @ np.linalg.inv(np.array(placing.matrix()))
        return np.asarray(there, np.float64), self.size()

    def size(self) -> tuple[int, int]:
        """The blank's, at 200 dpi."""
        height, width = self.blank.shape
        corner = self.frame @ np.array([width - 0.5, height - 0.5, 1.0])
        return round(corner[0] + 0.5), round(corner[1] + 0.5)


_reader: Reader | None = None


def start(test: Exam) -> None:
    """Prepare one process for a test."""
    global _reader
    _reader = Reader(test)


def work(job: tuple[Path, int]) -> Sheet:
    """One page in a process that was prepared."""
    if _reader is None:
        raise RuntimeError("this process was not prepared for a test")
    return _reader.read(*job)


def read_pile(
    test: Exam,
    scan: Path,
    *,
    workers: int | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Pile:
    """山を読む with one process per core. Raises PageError when the scan or the blank cannot be opened at all."""
    jobs = [(scan, index) for index in range(count_pages(scan))]
    sheets: list[Sheet] = []
    for index, result in results(test, jobs, workers):
        if isinstance(result, Crashed):
            sheets.append(Sheet(index, REVIEW, "crashed", result.words))
        else:
            sheets.append(result)
        if progress is not None:
            progress(len(sheets), len(jobs))
    return gather(sheets, test.roster)


def results(test: Exam, jobs: Sequence[tuple[Path, int]], workers: int | None) -> Iterator[tuple[int, Sheet | Crashed]]:
    """Pages as they become ready; in this process when one worker is asked for or there is little to do."""
    if workers == 1 or len(jobs) < 4:
        start(test)
        yield from enumerate(work(job) for job in jobs)
        return
    pool: Pool[tuple[Path, int], Sheet] = Pool(work, prepare=start, prepared=(test,), workers=workers)
    yield from pool.run(jobs)


def gather(sheets: Sequence[Sheet], roster: Sequence[int]) -> Pile:
    """まとめる: second scans, backs and owners, from results in any order."""
    ordered = sorted(sheets, key=lambda sheet: sheet.page)
    copies = duplicates({sheet.page: sheet.trace for sheet in ordered if sheet.trace is not None})
    backs = empty_backs(ordered)
    named = tuple(
        Sheet(one.page, REVIEW, BACK, "裏の白紙です", score=one.score) if one.page in backs else one for one in ordered
    )
    seen = [Seen(one.page, one.numbers, copies.get(one.page)) for one in named if one.status == OK]
    return Pile(named, bind(seen, roster), copies)


def empty_backs(sheets: Sequence[Sheet]) -> set[int]:
    """裏面: in a pile scanned on both sides every second page is empty."""
    second = [sheet for sheet in sheets if sheet.page % 2 == 1]
    empty = {sheet.page for sheet in second if sheet.reason == BLANK}
    return empty if len(empty) >= 2 and len(empty) >= 0.6 * len(second) else set()
