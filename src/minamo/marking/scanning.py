"""読み取りの仕事: a pile becomes pages, in small batches that are kept as they are ready.

A worker that is killed loses the batch it had in hand and nothing else: the next run leaves out what is there. Two runs at
once do the work twice and keep it once. Images are opened here and in the processes of the pool, never by the web.
"""

import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar
from uuid import UUID

from django.conf import settings
from django.db.models import Q

from minamo.access.api import system_scope
from minamo.kernel import clock, files
from minamo.kernel.memory import hand_back
from minamo.marking.actions import pages as keeping
from minamo.marking.bubbles import bubbles_on
from minamo.marking.cutting import Cut, Start, Task, cut_pages
from minamo.marking.leaves import Leaf, leaf_at, within
from minamo.marking.models import Edition, Pile, ScanPage, Sitting
from minamo.marking.page_rules import AGAIN, DUPLICATE, LOOSE, NO_SECOND, ON_THE_WAY, PLACING
from minamo.marking.pile import Box, Codes, Exam
from minamo.marking.pile import Question as Cell
from minamo.marking.reading.model import facts
from minamo.marking.setup import questions_of
from minamo.marking.sheet_codes import code_of, words_of
from minamo.marking.sheet_values import Asked
from minamo.marking.sheets import Face, faces_of
from minamo.marking.vision.errors import PageError
from minamo.marking.vision.pages import close_files, count_pages, read_page
from minamo.people.api import roster_of_class

BATCH, SECONDS = 6, 2.0  # pages, and how long one that is ready waits for the others
LOOK = 1.0  # seconds between two looks whether somebody has stopped the pile
T = TypeVar("T")
GONE = "ファイルが見つかりません。もう一度送ってください。読み取ったページは、そのままです。"


@dataclass(frozen=True)
class Setting:
    """読み取る支度: whose pages, by which edition."""

    town: UUID
    sitting: UUID
    edition: UUID
    exams: tuple[tuple[Exam, Box | None], ...]


def read_pile(town: UUID, pile_id: UUID) -> int:
    """山を読む: every page that is not there yet; returns how many were read in this run."""
    with system_scope(town):
        pile = Pile.objects.select_related("sitting__assessment").filter(pk=pile_id).first()
        if pile is None or pile.stopped_at is not None or pile.refusal:
            return 0
        done = frozenset(ScanPage.objects.filter(pile=pile).values_list("index", flat=True))
    with tempfile.TemporaryDirectory(prefix="minamo-pile-") as folder:
        try:
            scan = written(Path(folder), pile.filename, pile.content)
            pages = count_pages(scan)
            setting = prepared(Path(folder), town, pile)
        except PageError as problem:
            return _refused(town, pile, str(problem))
        except (OSError, ValueError):
            return _refused(town, pile, GONE)
        with system_scope(town):
            keeping.pages_counted(pile=pile, pages=pages)
        read = 0
        tasks = [Task(scan, index) for index in range(pages)]
        found = cut_pages(
            setting.exams, tasks, done=done, processes=settings.MARKING_PROCESSES,
            cancelled=stopped(town, pile_id),
        )  # fmt: skip
        for batch in batches(cut for _, cut in found):
            kept = [_kept(cut) for cut in batch]
            with system_scope(town):
                keeping.pages_read(pile=pile, edition=setting.edition, reader=facts().name, pages=kept, now=clock.now())
            read += len(batch)
    with system_scope(town):
        keeping.pile_finished(pile_id=pile_id, read=read, now=clock.now())
    close_files()
    hand_back()
    return read


def read_again(town: UUID, page_ids: Sequence[UUID]) -> int:
    """もう一度読む: pages a person asked for: anew, or from the corners that were set by hand."""
    with system_scope(town):
        rows = list(ScanPage.objects.filter(pk__in=page_ids, reason__in=ON_THE_WAY).select_related(
            "pile__sitting__assessment").order_by("pile_id", "index"))  # fmt: skip
    return sum(_again(town, list(one), forced=False) for one in _by_pile(rows))


def compare(town: UUID, sitting: UUID) -> None:
    """くらべる: the pages of a sitting with each other, as after the last page of a pile."""
    with system_scope(town):
        held = Sitting.objects.select_for_update().get(pk=sitting)
        keeping.compared(held)
        keeping.tell(held.pk)


def recut(town: UUID, sittings: Sequence[UUID], edition: str = "") -> int:
    """切り直す: pages cut by an edition with other boxes, from where they were found; their marks and owners stay. `edition`:
    only when this is still the newest one."""
    usable = Q(status__in=("ok", "leaf")) | Q(reason__in=(DUPLICATE, NO_SECOND, LOOSE))
    with system_scope(town):
        rows = list(
            ScanPage.objects.filter(usable, sitting__in=sittings, homography__isnull=False)
            .select_related("pile__sitting__assessment", "edition").order_by("pile_id", "index")
        )  # fmt: skip
        newest = {row.pile.sitting.assessment_id: latest(row.pile.sitting.assessment_id) for row in rows}
    old = []
    for row in rows:
        now = newest[row.pile.sitting.assessment_id]
        if edition in {"", str(now.pk)} and (row.edition is None or cells_of(row.edition) != cells_of(now)):
            old.append(row)
    return sum(_again(town, list(one), forced=True) for one in _by_pile(old))


def cells_of(edition: Edition) -> tuple[object, ...]:
    """What of an edition a page's pictures and readings depend on."""
    asked = tuple(
        (one["id"], tuple(one["box"]), one["alphabet"], bool(one.get("bubbles"))) for one in edition.questions
    )
    return asked, edition.number_box, edition.name_box


def _again(town: UUID, rows: Sequence[ScanPage], *, forced: bool) -> int:
    """Pages of one pile once more. `forced`: they stay where they are, only boxes and readings are new."""
    pile = rows[0].pile
    with tempfile.TemporaryDirectory(prefix="minamo-pile-") as folder:
        try:
            scan = written(Path(folder), pile.filename, pile.content)
            setting = prepared(Path(folder), town, pile)
        except (PageError, OSError, ValueError) as problem:
            words = str(problem) if isinstance(problem, PageError) else GONE
            with system_scope(town):
                keeping.pages_failed(pages=rows, message=words)
            return 0
        tasks = [Task(scan, row.index, _start(row, forced=forced), row.leaf) for row in rows]
        changed = 0
        for batch in batches(cut_pages(setting.exams, tasks, processes=settings.MARKING_PROCESSES)):
            kept = [(rows[at], _kept(cut)) for at, cut in batch]
            with system_scope(town):
                changed += keeping.pages_read_again(
                    pages=kept, edition=setting.edition, reader=facts().name, now=clock.now(), forced=forced
                )
    return changed


def _start(row: ScanPage, *, forced: bool) -> Start | None:
    if not row.homography or (not forced and row.reason == AGAIN):
        return None
    return Start(tuple(row.homography), unit=row.reason == PLACING)


def _by_pile(rows: Iterable[ScanPage]) -> Iterator[list[ScanPage]]:
    piles: dict[UUID, list[ScanPage]] = {}
    for row in rows:
        piles.setdefault(row.pile_id, []).append(row)
    yield from piles.values()


def _refused(town: UUID, pile: Pile, words: str) -> int:
    with system_scope(town):
        keeping.pile_refused(pile=pile, words=words)
    return 0


def _kept(cut: Cut) -> keeping.Read:
    """The pictures go into the storage before the row that names them."""
    return keeping.Read(cut.sheet, files.keep(cut.crops) if cut.crops else "", dict(cut.places or {}), cut.leaf)


def prepared(folder: Path, town: UUID, pile: Pile) -> Setting:
    """The blank and the questions by the newest edition. Raises PageError when the blank cannot be opened any more."""
    sheet = pile.sitting.assessment
    with system_scope(town):
        edition = latest(sheet.pk)
    blank = written(folder / "blank", sheet.blank_name, sheet.blank)
    for leaf in sheet.pages:  # here, where the reason can be told, and not in each process
        read_page(blank, leaf.number)
    faces = faces_of(files.read(sheet.picture), sheet.pages) if sheet.picture else ()
    codes = codes_of(town, pile.sitting, faces)
    exams = [exam_of(edition, blank, leaf, sheet.pages, faces) for leaf in sheet.pages]
    return Setting(
        town, pile.sitting_id, edition.pk,
        tuple((replace(exam, codes=codes[exam.leaf] if codes else None), strip) for exam, strip in exams),
    )  # fmt: skip


def exam_of(
    edition: Edition, blank: Path, leaf: Leaf, leaves: Sequence[Leaf], faces: Sequence[Face] = ()
) -> tuple[Exam, Box | None]:
    """A page of an edition as the eye takes it: questions, the box of the number, the strip of number and name."""
    cells = tuple(
        Cell(
            one.id,
            within(leaf, one.box),
            one.alphabet,
            bubbles_on(faces[leaf.number].gray, Asked(within(leaf, one.box), one.alphabet))
            if one.bubbles and faces
            else None,
        )
        for one in questions_of(edition.questions)
        if leaf_at(leaves, one.box) == leaf
    )
    number, name = (
        within(leaf, box) if box and leaf_at(leaves, box) == leaf else None
        for box in (edition.number_box, edition.name_box)
    )
    boxes = [box for box in (number, name) if box]
    low, high = ([edge(box[at] for box in boxes) for at in range(4)] if boxes else [] for edge in (min, max))
    strip = (low[0], low[1], high[2], high[3]) if boxes else None
    return Exam(blank, cells, number, (), leaf=leaf.number), strip


def codes_of(town: UUID, sitting: Sitting, faces: Sequence[Face]) -> list[Codes]:
    """What the codes of this sitting's printed sheets say, page by page; empty for a test without a picture of its blank."""
    if not faces:
        return []
    with system_scope(town):
        roster = roster_of_class(sitting.school_class_id, sitting.held_on)
    found = []
    for leaf, face in enumerate(faces):
        numbers = {word: one.number for one in roster for word in words_of(sitting.pk, one.pupil_id, leaf)}
        found.append(Codes(numbers, code_of(sitting.pk, None, leaf), face.placed))
    return found


def latest(assessment: UUID) -> Edition:
    """The edition that holds."""
    return Edition.objects.filter(assessment_id=assessment).order_by("-number")[0]


def written(folder: Path, name: str, digest: str) -> Path:
    """Content of the storage as a file under a name that messages may show."""
    folder.mkdir(exist_ok=True)
    short = name.replace("/", "_").strip(". ")[-60:] or "答案"
    path = folder / short
    files.copy(digest, path)
    return path


def stopped(town: UUID, pile_id: UUID) -> Callable[[], bool]:
    """Whether somebody has stopped the pile; asked of the database now and then."""
    state = {"asked": 0.0, "stopped": False}

    def look() -> bool:
        now = time.monotonic()
        if not state["stopped"] and now - state["asked"] >= LOOK:
            state["asked"] = now
            with system_scope(town):
                state["stopped"] = Pile.objects.filter(pk=pile_id, stopped_at__isnull=False).exists()
        return bool(state["stopped"])

    return look


def batches(found: Iterable[T]) -> Iterator[list[T]]:
    """Small batches, so that what is ready is soon kept."""
    batch: list[T] = []
    began = time.monotonic()
    for one in found:
        batch.append(one)
        if len(batch) >= BATCH or time.monotonic() - began > SECONDS:
            yield batch
            batch, began = [], time.monotonic()
    if batch:
        yield batch
