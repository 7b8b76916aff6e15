"""山を除く前に: what a pile holds and what hangs on it, so that whoever takes it back has seen what goes. The caller has been
authorised."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any
from uuid import UUID

from django.contrib.postgres.aggregates import ArrayAgg
from django.db.models import Count, Max, Q

from minamo.marking.check_rules import called, in_class_order
from minamo.marking.models import FIRST, AnswerMark, Binding, Pile, ScanPage, Sitting
from minamo.marking.queries.behind import marks_behind
from minamo.marking.queries.marks import SETTLED, settled
from minamo.marking.stamps import counted
from minamo.people.api import pupil_cards

BEHIND = "この山の裏のページが、ほかの山の答案（{}）と組になっていて、裏の設問に採点がついています。先に、表の入った山を除くか、その採点を取り消してください。"
MOST_NAMED = 6


@dataclass(frozen=True)
class Owner:
    """持ち主: whose paper a page is, and how many answers of it have points."""

    number: int | None
    name: str
    marks: int


@dataclass(frozen=True)
class Removal:
    """除くもの: pages of the pile (`papers` of pupils, `waiting` in the tray, `open` nobody's yet, `aside` already), who loses a paper,
    the marks that go out of sight, pages that went to another class and stay there, pairs over two piles that part."""

    pages: int
    waiting: int
    open: int
    aside: int
    elsewhere: int
    owners: Sequence[Owner]
    marks: int
    said: str
    markers: Sequence[str]
    parted: int
    problem: str
    seen: str

    @property
    def loses(self) -> bool:
        """Whether anybody's paper goes."""
        return bool(self.owners)


def pages_here(pile: Pile) -> list[ScanPage]:
    """The pages of a pile that are still with its sitting. One query."""
    rows = ScanPage.objects.filter(pile=pile, sitting=pile.sitting_id).order_by("index")
    return list(rows.only("id", "index", "leaf", "status", "reason", "front_id", "sitting_id"))


def removal_of_pile(pile: Pile) -> Removal:
    """除くものを見る. At most ten queries."""
    pages = pages_here(pile)
    ids = [page.pk for page in pages]
    said = {row.page_id: row for row in Binding.objects.filter(page__in=ids, replaced_at__isnull=True)}
    bound = sorted((row for row in said.values() if row.pupil_id), key=lambda row: in_class_order(row.number))
    marks = _marks(ids)
    counts: dict[UUID, int] = {}
    for one in marks:
        counts[one["page"]] = counts.get(one["page"], 0) + one["answers"]
    cards = pupil_cards({row.pupil_id for row in bound if row.pupil_id})
    owners = [
        Owner(row.number, cards[row.pupil_id].display_name if row.pupil_id in cards else "名簿にいない人", counts.get(row.page_id, 0))
        for row in bound
        if row.pupil_id is not None
    ]  # fmt: skip
    free, over = [page for page in pages if page.pk not in said], _over(pages)
    answers, last = sum(counts.values()), max((one["last"] for one in marks), default=0)
    return Removal(
        len(pages), sum(page.status == "review" for page in free), sum(page.status == "ok" for page in free),
        sum(row.pupil_id is None for row in said.values()),
        ScanPage.objects.filter(pile=pile).exclude(sitting=pile.sitting_id).count(), owners, answers,
        counted(chain.from_iterable(one["said"] for one in marks)), list(dict.fromkeys(one["marker_label"] for one in marks)),
        len(over) + (len(outside(ids)) if pile.sitting.assessment.leaves else 0), _problem(pile.sitting, over),
        f"{len(pages)}-{len(bound)}-{answers}-{last}",
    )  # fmt: skip


def _marks(pages: Sequence[UUID]) -> list[dict[str, Any]]:
    """採点 on these pages, by page and who gave it. One query."""
    rows = AnswerMark.objects.filter(page__in=pages, points__isnull=False).order_by()
    found = rows.values("page", "marker_label").annotate(
        answers=Count("pk", filter=Q(round=FIRST)),
        said=ArrayAgg("comment", filter=~Q(comment=""), default=[]),
        last=Max("stroke"),
    )
    return sorted((dict(one) for one in found), key=lambda one: one["last"])


def _over(pages: Sequence[ScanPage]) -> list[UUID]:
    """Fronts in other piles behind which pages of this one lie."""
    inside = {page.pk for page in pages}
    return [page.front_id for page in pages if page.front_id is not None and page.front_id not in inside]


def outside(pages: Sequence[UUID]) -> list[ScanPage]:
    """裏 that lie behind these pages and came in another pile. One query."""
    return list(ScanPage.objects.filter(front__in=pages).exclude(pk__in=pages).only("id", "front_id"))


def _problem(sitting: Sitting, over: Sequence[UUID]) -> str:
    """なぜ除けないか; empty when the pile may go."""
    if settled(sitting) is not None:
        return SETTLED
    held = marked_behind(sitting, over) if over else []
    return BEHIND.format("、".join(held[:MOST_NAMED]) + ("ほか" if len(held) > MOST_NAMED else "")) if held else ""


def marked_behind(sitting: Sitting, fronts: Sequence[UUID]) -> list[str]:
    """裏の設問に採点がついた答案: those of these first pages, in words. Two queries and the names."""
    pages = set(marks_behind(sitting, fronts).order_by().values_list("page_id", flat=True))
    if not pages:
        return []
    rows = list(
        Binding.objects.filter(page__in=pages, replaced_at__isnull=True, pupil__isnull=False).order_by("number")
    )
    cards = pupil_cards({row.pupil_id for row in rows if row.pupil_id})
    named = [called(row.number, cards[row.pupil_id].display_name) for row in rows
             if row.pupil_id is not None and row.pupil_id in cards]  # fmt: skip
    return named or [f"{len(pages)}人分"]
