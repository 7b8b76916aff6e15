"""山を読む: a whole pile of scans against one test: places, blanks, readings, and whose sheet each page is.

The eye and the reader meet here. Every page ends as a sheet, or with the reason why a person must look at it.
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypedDict

import numpy as np

from minamo.marking.reading.ink import Print
from minamo.marking.reading.reader import read_cells
from minamo.marking.vision.align import BLANK, OK, REVIEW, Alignment, Scanned, lay, scanned
from minamo.marking.vision.bubbles import Bubbles, Circle
from minamo.marking.vision.crops import MARGIN, crop, outside
from minamo.marking.vision.duplicates import Trace, digest, duplicates, trace, underlay
from minamo.marking.vision.emptiness import Printing, printing, written
from minamo.marking.vision.errors import PageError
from minamo.marking.vision.filled import Mask, own_print, read_bubbles
from minamo.marking.vision.form import Placing, kept_free
from minamo.marking.vision.identity import Bound, Seen, bind
from minamo.marking.vision.ingest import lay_printed, size_at_200_dpi
from minamo.marking.vision.ink import Gray, Matrix
from minamo.marking.vision.markers import code_at
from minamo.marking.vision.page import Page
from minamo.marking.vision.pages import count_pages, read_page
from minamo.marking.vision.pool import Crashed, Pool
from minamo.marking.vision.printed import filled_number
from minamo.marking.vision.template import Template, prepare

BACK, CURLED, CUT = "back", "curled", "cut_off"
STILL = Alignment(OK, None, np.eye(3), 1.0)
UNREAD = "\0"  # no code says so
DOUBTED = 0.9  # how sure a number counts at most when it is not whole, or was not said
FLAT = 5.0  # pixels of bow a single homography may leave
Box = tuple[float, float, float, float]


@dataclass(frozen=True)
class Question:
    """設問: id, box (pixels of the blank at 200 dpi), alphabet of its reading; "" = not read by machine; `bubbles`: circles that sheets
    printed by minamo have in the box."""

    id: str
    box: Box
    alphabet: str = ""
    bubbles: Bubbles | None = None


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


@dataclass(eq=False)
class Look:
    """置いた紙: a page and where the sheet lies on it; what is cut out of it is cut once, its code is read once."""

    page: Page
    shown: Scanned
    found: Alignment
    cuts: dict[Box, Gray] = field(default_factory=dict)
    word: str | None = UNREAD
    filled: dict[str, Answer] | None = None  # マーク欄, once it was read

    @property
    def gray(self) -> Gray:
        """Pixels of the page."""
        return self.page.gray

    def cut(self, box: Box) -> Gray:
        """A box in pixels of the blank."""
        if box not in self.cuts:
            self.cuts[box] = crop(self.gray, self.found, box)
        return self.cuts[box]


@dataclass(frozen=True, eq=False)
class Place:
    """欄の置き場: a box of the test in pixels of the blank that was read, and what is printed there as the eye and the reader take it."""

    box: Box
    printed: Printing
    under: Print


class Reader:
    """一つの作業者: what one process keeps while it reads the pages of a test."""

    def __init__(self, test: Exam) -> None:
        self.test = test
        page = read_page(test.blank, test.leaf)
        self.blank, self.frame = page.gray, page.frame
        self.template: Template = prepare(page.gray)
        boxes = [one.box for one in test.questions] + ([test.number] if test.number else [])
        self.places = {box: self.place_of(box) for box in boxes}
        self.fields = {one.id: self.field_of(one, one.bubbles) for one in test.questions if one.bubbles is not None}
        self.unders = underlay(self.blank), underlay(self.blank, self.marked_places())

    def place_of(self, box: Box) -> Place:
        """A box of the key, with its print."""
        inner = self.inner(box)
        seen = crop(self.blank, STILL, inner)
        return Place(inner, printing(seen, MARGIN), Print.of(seen))

    def read(self, path: Path, index: int) -> Sheet:
        """Read one page; a page that cannot be read is a result too."""
        try:
            page = self.opened(path, index)
        except PageError as problem:
            return Sheet(index, REVIEW, problem.code, str(problem))
        return self.sheet(self.laid(page), index)

    def opened(self, path: Path, index: int) -> Page:
        """Its pixels. Raises PageError."""
        return read_page(path, index)

    def laid(self, page: Page, shown: Scanned | None = None) -> Look:
        """The page laid onto the blank: by its squares first where minamo printed the sheet."""
        shown = scanned(page.gray) if shown is None else shown
        if self.test.codes is None:
            return Look(page, shown, lay(self.template, shown))
        found = lay_printed(self.template, self.frame, self.test.codes.placing, page.gray, shown)
        return Look(page, shown, found)

    def sheet(self, look: Look, index: int) -> Sheet:
        """A page that was laid onto the blank, as a sheet or as the reason why not."""
        found = look.found
        sheet = Sheet(index, found.status, found.reason, found.why, score=found.score)
        if found.homography is None:
            return sheet
        framed = look.page.stored @ found.homography @ np.linalg.inv(self.frame)
        reason = found.reason or self.unfit(look)
        if reason:
            return Sheet(index, REVIEW, reason, found.why, framed / framed[2, 2], found.score)
        return Sheet(
            index, OK, None, "", framed / framed[2, 2], found.score,
            self.answers(look), trace=self.trace(look), **self.owner(look),
        )  # fmt: skip

    def trace(self, look: Look) -> Trace:
        """筆跡の影 of a page, without what is printed on sheets of minamo's own."""
        word = self.code_on(look)
        return trace(self.unders[bool(word and self.knows(word))], look.gray, look.found, digest(look.shown.small))

    def marked_places(self) -> tuple[Box, ...]:
        """印のある所: squares, code and words of a printed sheet, in pixels of the blank that was read."""
        if self.test.codes is None:
            return ()
        placing = self.test.codes.placing
        moved = np.array([placing.x, placing.y] * 2)
        return tuple(self.inner(tuple((np.array(area) - moved) / placing.scale)) for area in kept_free(self.size()))

    def unfit(self, look: Look) -> str | None:
        """Reasons that only show when the boxes are known: one of them lies off the picture, or paper is bowed."""
        if look.found.mesh is not None and look.found.mesh.bow > FLAT:
            return CURLED
        return CUT if any(self.off(look)) else None

    def off(self, look: Look) -> list[bool]:
        """Which answers lie off the picture."""
        size = (look.gray.shape[1], look.gray.shape[0])
        return outside(look.found, [self.places[one.box].box for one in self.test.questions], size)

    def inner(self, box: Box) -> Box:
        """A box of the key (200 dpi frame) in pixels of the blank that was read."""
        corners = np.array([[box[0], box[1], 1], [box[2], box[3], 1]], np.float64) @ np.linalg.inv(self.frame).T
        return tuple(float(v) for v in corners[:, :2].ravel())  # type: ignore[return-value]

    def answers(self, look: Look) -> dict[str, Answer]:
        """解答を読む: blanks first, then each alphabet in one go."""
        empty = self.blanks(look)
        return {name: Answer("", 1.0) for name in empty} | self.readings(look, empty)

    def blanks(self, look: Look) -> set[str]:
        """空欄: the questions that were left empty; of circles, where none is filled in."""
        filled = self.circles(look)
        return {
            one.id for one in self.test.questions
            if (filled[one.id].text == "" if one.id in filled else self.untouched(look, one.box))
        }  # fmt: skip

    def circles(self, look: Look) -> dict[str, Answer]:
        """マーク欄: what is filled in, of the questions whose circles are printed on this page."""
        if look.filled is None:
            read = {
                name: read_bubbles(look.cut(box), own, bubbles, MARGIN)
                for name, (box, own, bubbles) in self.fields.items()
            }
            look.filled = {name: Answer(one.text, one.confidence) for name, one in read.items() if one is not None}
        return look.filled

    def field_of(self, question: Question, bubbles: Bubbles) -> tuple[Box, Mask, Bubbles]:
        """A box with circles: where it lies, its own print, and the circles from its corner, in pixels of the blank that was read."""
        box = self.places[question.box].box
        factor = (box[2] - box[0]) / (question.box[2] - question.box[0])

        def moved(one: Circle) -> Circle:
            x, y, *_ = self.inner((one.x, one.y, one.x, one.y))
            return Circle(one.text, x - box[0], y - box[1])

        groups = tuple(tuple(moved(one) for one in group) for group in bubbles.groups)
        return box, own_print(crop(self.blank, STILL, box)), Bubbles(groups, bubbles.radius * factor, bubbles.largest)

    def untouched(self, look: Look, box: Box) -> bool:
        """Whether nothing is written in a box of the key."""
        place = self.places[box]
        return written(look.cut(place.box), place.printed).blank

    def readings(self, look: Look, empty: Collection[str]) -> dict[str, Answer]:
        """記号: what the machine reads of the questions that have an alphabet and are not empty."""
        groups: dict[str, list[Question]] = {}
        found: dict[str, Answer] = {name: one for name, one in self.circles(look).items() if name not in empty}
        for one in self.test.questions:
            if one.alphabet and one.id not in empty and one.id not in found:
                groups.setdefault(one.alphabet, []).append(one)
        for alphabet, cells in groups.items():
            places = [self.places[one.box] for one in cells]
            readings = read_cells(
                [look.cut(one.box) for one in places], alphabet, blanks=[one.under for one in places], roomy=True
            )
            for one, reading in zip(cells, readings, strict=True):
                found[one.id] = Answer(reading.text, reading.confidence)
        return found

    def owner(self, look: Look) -> Owner:
        """だれの用紙か as it says itself: the code we printed, and likely 出席番号 with their confidence (none when nothing is written).
        A code is sure of both; without one the number in its box is read."""
        code, printed = self.printed_code(look)
        if code or printed is not None:
            return {"code": code, "numbers": () if printed is None else ((str(printed), 1.0),)}
        return {"code": "", "numbers": self.numbers(look)}

    def numbers(self, look: Look) -> tuple[tuple[str, float], ...]:
        """出席番号を読む in its box. One that is not whole is never sure enough to stand against the order of the pile."""
        box = self.test.number
        if box is None or self.untouched(look, box):
            return ()
        place = self.places[box]
        found = read_cells([look.cut(place.box)], "0-99", blanks=[place.under], roomy=True)[0]
        most = DOUBTED if found.text is None else 1.0
        return tuple((number, min(sure, most)) for number, sure in found.candidates)

    def printed_code(self, look: Look) -> tuple[str, int | None]:
        """The code of a sheet that was printed for a pupil of this sitting ("" on all others), and the number that it, or the
        circles filled in on a sheet without a name, say."""
        codes, said = self.test.codes, self.code_on(look)
        if codes is None or said is None or not self.knows(said):
            return "", None
        if said == codes.unnamed:
            return "", filled_number(look.gray, *self.printed_at(look.found, codes.placing))
        return said, codes.numbers[said]

    def knows(self, word: str) -> bool:
        """Whether a code is one of this page of the test."""
        codes = self.test.codes
        return codes is not None and (word == codes.unnamed or word in codes.numbers)

    def code_on(self, look: Look) -> str | None:
        """What the code at its place says, whosever it is; None when there is none."""
        codes = self.test.codes
        if codes is None or look.found.homography is None:
            return None
        if look.word == UNREAD:
            look.word = code_at(look.gray, *self.printed_at(look.found, codes.placing))
        return look.word

    def printed_at(self, found: Alignment, placing: Placing) -> tuple[Matrix, tuple[int, int]]:
        """Where the printed sheet lies on the page, and its size."""
        there = np.asarray(found.homography) @ np.linalg.inv(self.frame) @ np.linalg.inv(np.array(placing.matrix()))
        return np.asarray(there, np.float64), self.size()

    def size(self) -> tuple[int, int]:
        """The blank's, at 200 dpi."""
        return size_at_200_dpi((self.blank.shape[1], self.blank.shape[0]), self.frame)


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
    traced = [sheet for sheet in ordered if sheet.trace is not None]
    copies = duplicates(
        {one.page: one.trace for one in traced if one.trace is not None}, {one.page: one.code for one in traced}
    )
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
