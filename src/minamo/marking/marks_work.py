"""採点の進み: what is left of a question, the order in which answers are shown, the sample that is looked at again. Pure."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import ceil

from minamo.marking.analysis.values import Item, Paper, Results
from minamo.marking.marks_rules import CHECK, FIRST, SHEETS, Outcome, Slot, Struck, folded
from minamo.marking.setup import Question

SHARE = 0.05  # of the answers that were confirmed as a sheet, looked at again one by one
Reading = tuple[str | None, float]


def to_be_shown(question: Question, reading: Sequence[object] | None, *, pictured: bool = True) -> bool:
    """見てからつける: answers the machine took for empty, or read as no right answer, are marked only by who has them before the
    eyes: one by one or on a sheet, never with 残り全部. Nor is what has no picture (`pictured`): its page is missing, perhaps."""
    if not pictured:
        return True
    text = reading[0] if reading else None
    return text == "" or (question.read and bool(question.keys) and isinstance(text, str) and not question.right(text))


def lot(sitting: object, question: str, page: object) -> int:
    """くじ: the place of an answer in the draw of its question; the same for everybody, on every day."""
    return int.from_bytes(hashlib.sha256(f"{sitting}:{question}:{page}".encode()).digest()[:6], "big")


def sample(sitting: object, question: str, pages: Iterable[str]) -> list[str]:
    """抜き取り: 5 % of the pages (at least one), drawn by lot, in the order of the lots."""
    drawn = sorted(pages, key=lambda page: (lot(sitting, question, page), page))
    return drawn[: ceil(len(drawn) * SHARE)]


@dataclass(frozen=True, slots=True)
class Audit:
    """抜き取りの確かめ of a question: pages drawn, those a person looked at one by one since, and where he said otherwise."""

    drawn: tuple[str, ...]
    checked: tuple[str, ...]
    differed: tuple[str, ...]

    @property
    def waiting(self) -> tuple[str, ...]:
        """まだ見ていないページ."""
        return tuple(page for page in self.drawn if page not in self.checked)


def audit_of(sitting: object, question: str, log: Sequence[Struck]) -> Audit:
    """抜き取り of the first round, from the log of the question."""
    by_order = {one.order: one for one in log}
    first = [one for one in log if one.slot[2] == FIRST and not one.overtaken]
    sheets = {one.slot[0] for one in first if one.how in SHEETS}
    checks = {one.slot[0]: one for one in first if one.how == CHECK}
    holds = {slot[0]: one for slot, one in folded(first).items()}
    drawn = tuple(sample(sitting, question, sheets))
    seen = tuple(
        page for page in drawn if page in checks or (holds[page].how not in SHEETS and holds[page].points is not None)
    )
    differed = [
        page for page, one in checks.items()
        if one.base in by_order and by_order[one.base].points != one.points
    ]  # fmt: skip
    return Audit(drawn, seen, tuple(page for page in drawn if page in differed))


def unmarked(
    pages: Iterable[str], questions: Iterable[str], holds: Mapping[Slot, int | None], turn: int = FIRST
) -> list[Slot]:
    """まだの答え: answers without points in a round (never marked, or taken back)."""
    slots = [(page, question, turn) for question in questions for page in pages]
    return [slot for slot in slots if holds.get(slot) is None]


def groups_by_reading(readings: Mapping[str, Reading], keys: Sequence[str] = ()) -> list[tuple[str | None, list[str]]]:
    """読みのまとまり: right answers first, then the others by size, 空らん ("") and 読めない (None) last; pages in their order."""
    found: dict[str | None, list[str]] = {}
    for page, (text, _) in readings.items():
        found.setdefault(text, []).append(page)
    return sorted(
        found.items(), key=lambda one: (one[0] is None, one[0] == "", one[0] not in keys, -len(one[1]), one[0] or "")
    )


def by_likeness(pages: Sequence[str], bundles: Sequence[Sequence[str]]) -> list[str]:
    """似ている順: bundles as the machine made them, then the pages in no bundle; every page once."""
    wanted = set(pages)
    seen = list(dict.fromkeys(page for bundle in bundles for page in bundle if page in wanted))
    return [*seen, *(page for page in pages if page not in set(seen))]


def results(items: Sequence[Item], papers: Mapping[str, Mapping[str, Outcome]], group: str = "") -> Results:
    """採点の表: papers (by page) as the figures take them, for totals per page, 観点 and 大問 (`analysis.total_of`)."""
    rows = (Paper(page, tuple(points.get(item.id, Outcome(None)).points for item in items), group=group)
            for page, points in papers.items())  # fmt: skip
    return Results(tuple(items), tuple(rows))
