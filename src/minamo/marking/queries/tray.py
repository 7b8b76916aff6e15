"""見てほしいページを読む: what waits for a person, by reason and a screenful at a time; what may go together; what was put aside.

A pile may hold hundreds of such pages: no page of the screen grows with it. The caller has been authorised.
"""

import datetime as dt
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from minamo.marking.models import Binding, ScanPage, Sitting, Stroke
from minamo.marking.page_rules import (
    DUPLICATE,
    LOOSE,
    NO_SECOND,
    ON_THE_WAY,
    REASONS,
    TOGETHER,
    Why,
    group_of,
    reasons_of,
    why,
)
from minamo.marking.queries.scans import counted_pages, current, place

SCREEN = 24  # pages on one screen of the tray
SHEET = 60  # small pictures on one screen of those that may go together
STRANGE = 3  # so many pages that all wait are a pile one may have sent by mistake
ACTS, NEWEST = 30, 5  # lines of what was put aside: on its own page, and below the tray


@dataclass(frozen=True)
class Waiting:
    """見てほしいページ: the row, why, and what it can be."""

    page: ScanPage
    why: Why
    place: str
    copy: ScanPage | None = None
    fixed: str = ""  # why the other one cannot give way to this one


@dataclass(frozen=True)
class Group:
    """まとまり: pages that wait for the same reason."""

    code: str
    title: str
    count: int

    @property
    def bulk(self) -> bool:
        """Whether they may be decided about together (more than one, and the likeliest way on)."""
        return self.code in TOGETHER and self.count > 1

    @property
    def alone(self) -> bool:
        """表だけの答案: what is decided is to use them as they are, not to put them aside."""
        return self.code == NO_SECOND


@dataclass(frozen=True)
class Tray:
    """見てほしいもの: groups with their counts; of the one that is open, or of all, one screen; pages on their way; what was put aside."""

    groups: Sequence[Group]
    shown: str  # the group that is open; "" for all
    pages: Sequence[Waiting]
    at: int
    screens: int
    on_the_way: int
    aside: "Acts"
    strange: Sequence["Strange"] = ()

    @property
    def waiting(self) -> int:
        """How many wait."""
        return sum(group.count for group in self.groups)

    @property
    def bulks(self) -> Sequence[Group]:
        """Groups that may go in one go."""
        return [group for group in self.groups if group.bulk]


@dataclass(frozen=True)
class Strange:
    """まちがえて送ったかもしれない山: not one of its pages could be used."""

    pile: UUID
    filename: str
    count: int


@dataclass(frozen=True)
class Act:
    """いっしょに除いたページ: when, by whom, why; how many, and which is the first of them."""

    at: dt.datetime
    by: str
    why: str
    count: int
    first: str
    page: UUID


@dataclass(frozen=True)
class Bulk:
    """まとめて決めるもの: the ids of a group, one screen of its pages, and what stands for having seen just these."""

    group: str
    title: str
    ids: Sequence[UUID]
    pages: Sequence[Waiting] = ()
    at: int = 1
    screens: int = 1

    @property
    def alone(self) -> bool:
        """表だけの答案: to be used as they are, not put aside."""
        return self.group == NO_SECOND

    @property
    def seen(self) -> str:
        """The same for the same pages."""
        return hashlib.sha256(" ".join(sorted(str(one) for one in self.ids)).encode()).hexdigest()[:24]


def tray(sitting: Sitting, shown: str = "", at: int = 1) -> Tray:
    """見てほしいページ. Five queries."""
    waiting = counted_pages(sitting).filter(status="review", said=False)
    counts = dict(waiting.order_by().values("reason").annotate(n=Count("pk")).values_list("reason", "n"))
    groups = groups_of({reason: count for reason, count in counts.items() if reason not in ON_THE_WAY})
    shown = shown if any(group.code == shown for group in groups) else ""
    # What goes in one go stands in a line of its own, and not among the pages that need a look each.
    apart = {group.code for group in groups if group.bulk} if not shown else set()
    wanted = [reason for reason in counts if reason not in ON_THE_WAY and group_of(reason) not in apart
              and shown in {"", group_of(reason)}]  # fmt: skip
    screens = _screens(sum(counts[reason] for reason in wanted), SCREEN)
    at = max(1, min(at, screens))
    return Tray(
        groups, shown, _pages(waiting.filter(reason__in=wanted), at, SCREEN), at, screens,
        sum(counts.get(reason, 0) for reason in ON_THE_WAY), acts_of(sitting, most=NEWEST),
        _strange(sitting) if sum(counts.values()) >= STRANGE else (),
    )  # fmt: skip


def _strange(sitting: Sitting) -> list[Strange]:
    """Piles of which no page is in use and several wait. One query."""
    odd = Q(status="review", said=False) & ~Q(reason__in=(*ON_THE_WAY, LOOSE, NO_SECOND, DUPLICATE))
    counts = {
        "n": Count("pk"),
        "waits": Count("pk", filter=odd),
        "aside": Count("pk", filter=Q(said=True, owner__isnull=True)),
    }
    rows = counted_pages(sitting).order_by().values("pile", "pile__filename").annotate(**counts)
    return [
        Strange(row["pile"], row["pile__filename"], row["n"])
        for row in rows
        if row["waits"] >= STRANGE and row["waits"] + row["aside"] == row["n"]
    ]


def groups_of(counts: Mapping[str, int]) -> list[Group]:
    """まとまり, in the order of the reasons. Pure."""
    found: dict[str, int] = {}
    for reason, count in counts.items():
        found[group_of(reason)] = found.get(group_of(reason), 0) + count
    order = {code: at for at, code in enumerate(REASONS)}
    return [
        Group(code, "白い紙" if code == "blank" else why(code).title, found[code])
        for code in sorted(found, key=lambda code: order.get(code, len(order)))
    ]


def bulk_of(sitting: Sitting, group: str, at: int = 1) -> Bulk:
    """まとめて決めるもの of a group; nothing for a group whose pages need a look each. Two queries."""
    if group not in TOGETHER:
        return Bulk(group, "", ())
    rows = counted_pages(sitting).filter(status="review", said=False, reason__in=reasons_of(group))
    ids = list(rows.values_list("pk", flat=True))
    screens = _screens(len(ids), SHEET)
    at = max(1, min(at, screens))
    return Bulk(group, groups_of({group: 1})[0].title, ids, _pages(rows, at, SHEET), at, screens)


@dataclass(frozen=True)
class Acts:
    """除いたページ: how many pages, and one screen of the acts that put them aside, newest first."""

    pages: int
    lines: Sequence[Act]
    at: int
    screens: int


def acts_of(sitting: Sitting, at: int = 1, most: int = ACTS) -> Acts:
    """除いたページ; whole piles stand with the piles. Two queries."""
    rows = current().filter(sitting=sitting, pupil__isnull=True, page__pile__removed_at__isnull=True)
    acts = list(
        rows.order_by().values("bound_at", "bound_by_label", "why").annotate(n=Count("pk")).order_by("-bound_at", "why")
    )
    screens = _screens(len(acts), most)
    at = max(1, min(at, screens))
    screen = acts[(at - 1) * most : at * most]
    firsts: dict[Any, Binding] = {}
    for one in rows.filter(bound_at__in=[act["bound_at"] for act in screen]).select_related("page__pile").defer(
        "page__trace", "page__readings", "page__places").order_by("page__pile__sent_at", "page__index"):  # fmt: skip
        firsts.setdefault((one.bound_at, one.bound_by_label, one.why), one)
    lines = [
        Act(act["bound_at"], act["bound_by_label"], act["why"], act["n"], place(first.page), first.page_id)
        for act in screen
        if (first := firsts.get((act["bound_at"], act["bound_by_label"], act["why"]))) is not None
    ]
    return Acts(sum(act["n"] for act in acts), lines, at, screens)


def _screens(count: int, most: int) -> int:
    return max(1, -(-count // most))


def _pages(rows: "QuerySet[Any]", at: int, most: int) -> list[Waiting]:
    """One screen of them, in the order of the piles. One query."""
    marked = Stroke.objects.filter(page=OuterRef("copy_of"))
    found = (
        rows.annotate(copy_marked=Exists(marked)).select_related("pile", "copy_of__pile").order_by("pile__sent_at", "pile_id", "index")
        .defer("trace", "readings", "copy_of__trace", "copy_of__readings")[(at - 1) * most : at * most]
    )  # fmt: skip
    return [
        Waiting(row, why(row.reason), place(row), row.copy_of,
                f"{row.copy_of.index + 1}ページ目には、もう採点がついています。採点は答案から離れないので、こちらには替えられません。"
                if row.copy_marked else "")
        if row.reason == DUPLICATE and row.copy_of else Waiting(row, why(row.reason), place(row))
        for row in found
    ]  # fmt: skip
