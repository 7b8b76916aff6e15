"""`bin/bench marking`, a page from the file to what is kept of it: the product's own `Cutter.cut`, stage by stage.

What a page goes through, of a teacher's own sheet as of one that minamo printed: the picture is taken out of the PDF and decoded
(`opened`), laid onto the blank and proved there (`laid`), every answer is cut out and looked at whether it is empty (`blanks`), the pupil's
ink is noted for second scans (`trace`), code or number say whose it is (`owner`), and every answer, the name and the small page are packed as
JPEG (`pictures`). Reading by machine (`readings`) has a budget of its own and is shown beside it; the database is not here.
"""

import time
import uuid
from collections import Counter
from collections.abc import Callable, Sequence
from multiprocessing import active_children
from pathlib import Path
from typing import Any
from unittest.mock import patch

import cv2
import numpy as np
import pikepdf

from minamo.marking.blank import take_in
from minamo.marking.cutting import Cutter, Task, cut_pages
from minamo.marking.leaves import leaves_of
from minamo.marking.pile import Box, Codes, Exam, Question
from minamo.marking.sheet_values import Printed
from minamo.marking.sheets import faces_of, print_sheets
from minamo.marking.tests.papers import BY_NAME, pdf
from minamo.marking.vision import ingest
from minamo.marking.vision.align import OK
from minamo.marking.vision.form import DPI
from minamo.marking.vision.pages import read_page
from tests.fixtures.papers.canvas import Sheet
from tests.fixtures.papers.layouts import FAMILIES
from tests.fixtures.papers.pupils import answer, write
from tests.fixtures.papers.scanner import scan

STAGES = ("opened", "laid", "blanks", "readings", "trace", "owner", "pictures")
PUPILS = 12
LONG, LENGTH = 5000, 100  # pages of a large pile, and of the file it is read from
MOST = 30  # answers of a sheet
MACHINES = ("feeder", "copy98", "feeder", "upside")
ALPHABET = "アイウエオカキクケコ"


class Timed(Cutter):
    """The cutter of the product; where its time goes is noted."""

    spent: Counter[str]

    def __init__(self, test: Exam, strip: Box | None) -> None:
        self.spent = Counter()
        super().__init__(test, strip)


def _noted(name: str) -> Callable[..., Any]:
    def stage(self: Timed, *given: Any) -> Any:
        began = time.process_time()
        try:
            return getattr(Cutter, name)(self, *given)
        finally:
            self.spent[name] += time.process_time() - began

    return stage


for _name in STAGES:
    setattr(Timed, _name, _noted(_name))


def own(folder: Path, sheet: Sheet, *, read: bool) -> tuple[Exam, Box | None, Path]:
    """A teacher's own sheet, and a pile of it."""
    blank = pdf(folder / "own-blank.pdf", [sheet.image])
    shown = [scan(write(sheet, seed)[0], BY_NAME[_machine(seed)], seed)[0] for seed in range(PUPILS)]
    cells = _cells(sheet.answers, read)
    return Exam(blank, cells, _box(sheet.number), ()), _box(sheet.person), pdf(folder / "own.pdf", shown)


def marked(folder: Path, sheet: Sheet, *, read: bool) -> tuple[Exam, Box | None, Path]:
    """The same sheet printed by minamo with squares, code and name, and a pile of it."""
    path = folder / "marked-blank.pdf"
    sheet.page.save(path, "PDF", resolution=DPI)
    blank = take_in(path)
    face = faces_of(blank.picture, leaves_of(blank.leaves, *blank.size))[0]
    words = [f"M1{uuid.UUID(int=seed + 1).hex[-16:].upper()}" for seed in range(PUPILS)]
    printed = folder / "marked-printed.pdf"
    sheets = [Printed(word, f"5年1組　{at + 1}番") for at, word in enumerate(words)]
    printed.write_bytes(print_sheets(blank.pdf, (face,), sheets, "用紙"))
    shown = []
    for seed in range(PUPILS):
        page, dice = np.array(read_page(printed, seed).gray), np.random.default_rng(seed)
        for box in sheet.answers:
            moved = np.array(box) * face.placed.scale + np.array((face.placed.x, face.placed.y) * 2)
            if dice.random() > 0.12:
                answer(page, tuple(np.rint(moved).astype(int).tolist()), dice.uniform(40, 110), dice)
        shown.append(scan(page, BY_NAME[_machine(seed)], seed)[0])
    codes = Codes({word: at + 1 for at, word in enumerate(words)}, "", face.placed)
    cells = _cells(sheet.answers, read)
    return Exam(path, cells, _box(sheet.number), (), codes), _box(sheet.person), pdf(folder / "marked.pdf", shown)


def _machine(seed: int) -> str:
    return MACHINES[seed % len(MACHINES)]


def _box(box: Sequence[float] | None) -> Box | None:
    return None if box is None else (float(box[0]), float(box[1]), float(box[2]), float(box[3]))


def _cells(boxes: Sequence[Sequence[float]], read: bool) -> tuple[Question, ...]:
    found = [box for one in boxes[:MOST] if (box := _box(one)) is not None]
    return tuple(Question(f"q{at}", box, ALPHABET if read else "") for at, box in enumerate(found))


def measured(exam: Exam, strip: Box | None, pile: Path, rounds: int = 3) -> dict[str, Any]:
    """CPU milliseconds a page, by stage; how many of the pages stand where they should, and how many were found by their squares."""
    cutter = Timed(exam, strip)
    tasks = [Task(pile, index) for index in range(PUPILS)]
    with pikepdf.open(pile) as source:
        jpegs = [np.frombuffer(page.images["/image"].read_raw_bytes(), np.uint8) for page in source.pages]
    cutter.cut(tasks[0])
    with patch.object(ingest, "lay", wraps=ingest.lay) as searched:
        good = sum(cutter.cut(task).sheet.status == OK for task in tasks)
    cutter.spent.clear()
    whole = floor = 0.0
    for _ in range(rounds):  # each beside its floor: what the machine does meanwhile, it does to both
        for task, jpeg in zip(tasks, jpegs, strict=True):
            began = time.process_time()
            cutter.cut(task)
            between = time.process_time()
            cv2.imdecode(jpeg, cv2.IMREAD_GRAYSCALE)
            whole, floor = whole + between - began, floor + time.process_time() - between
    count = rounds * PUPILS
    stages = {name: round(1000 * cutter.spent[name] / count, 1) for name in STAGES}
    rest = whole - sum(cutter.spent.values())
    return {
        "answers": len(exam.questions), "pages": PUPILS, "pages_good": good,
        "pages_placed_by_squares": PUPILS - searched.call_count if exam.codes else 0,
        "cpu_ms_by_stage": {**stages, "rest": round(1000 * rest / count, 1)},
        "floor_jpeg_decode_cpu_ms": round(1000 * floor / count, 1), "floors": round(whole / floor, 1),
        "cpu_ms": round(1000 * whole / count, 1), "pages_per_s_per_core": round(count / whole, 1),
    }  # fmt: skip


def resident(process: int | str = "self") -> float:
    """Largest resident memory so far, in MB, by the process's own account (what getrusage says of a child begins with its parent's)."""
    for line in Path(f"/proc/{process}/status").read_text(encoding="ascii", errors="replace").splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) / 1000
    return 0.0


def workers() -> float:
    """Of the processes of the pool that live now, the largest."""
    return max((resident(one.pid) for one in active_children() if one.pid is not None), default=0.0)


def long(folder: Path, seed: int, pages: int = LONG) -> dict[str, Any]:
    """大きな山: so many pages through the product's pool with one worker, stopped on the way and taken up again; each must come once.

    The file is one of a hundred pages that is read over and over: what a page leaves behind adds up all the same.
    """
    exam, strip, pile = marked(folder, FAMILIES["grid"](seed), read=True)
    whole = folder / "long.pdf"
    with pikepdf.open(pile) as source, pikepdf.new() as book:
        for at in range(LENGTH):
            book.pages.append(source.pages[at % PUPILS])
            picture = book.pages[-1].images["/image"]
            book.pages[-1].Resources.XObject["/image"] = book.make_stream(picture.read_raw_bytes(), picture.stream_dict)
        book.save(whole)
    tasks = [Task(whole, at % LENGTH) for at in range(pages)]
    came: Counter[int] = Counter()
    before, parent, kept, peaks = len(tasks) // 3, 0.0, 0, list[float]()
    for cancelled in (lambda: len(came) >= before, lambda: False):
        for at, cut in cut_pages([(exam, strip)], tasks, done=frozenset(came), processes=1, cancelled=cancelled):
            came[at] += 1
            kept += cut.sheet.status == OK
            parent = parent or resident()
            if len(came) % 50 == 0:
                peaks.append(workers())
    return {
        "long_pages": len(came), "long_pages_good": kept, "long_pages_twice": sum(count > 1 for count in came.values()),
        "long_worker_rss_mb": round(peaks[0]), "long_worker_rss_peak_mb": round(max(peaks)),
        "long_parent_growth_mb": round(resident() - parent, 1),
    }  # fmt: skip


def run(folder: Path, seed: int) -> dict[str, Any]:
    """Both kinds of sheet, without and with machine reading of every answer that is not empty."""
    facts: dict[str, Any] = {}
    for name, make in (("own", own), ("marked", marked)):
        sheet = FAMILIES["grid"](seed)
        plain = measured(*make(folder, sheet, read=False))
        facts[f"ingest_{name}"] = plain
        facts[f"ingest_{name}_pages_per_s_per_core"] = plain["pages_per_s_per_core"]
        facts[f"ingest_{name}_with_reading"] = measured(*make(folder, sheet, read=True))
    return facts
