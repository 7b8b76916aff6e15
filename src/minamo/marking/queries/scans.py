"""答案を読む: how far a sitting is, its piles and questions; pages that wait for a person; pictures of a page.

The caller has been authorised for the sitting (`visible_to` or the route's decision).
"""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import Count, Exists, F, Max, OuterRef, Q, QuerySet, Subquery

from minamo.access.api import Actor
from minamo.kernel import files
from minamo.marking.check_rules import Child, in_class_order
from minamo.marking.models import (
    FIRST,
    SECOND,
    Absence,
    AnswerMark,
    Binding,
    Edition,
    Pile,
    Release,
    ScanPage,
    SecondMarking,
    Settlement,
    Sitting,
)  # fmt: skip
from minamo.marking.page_rules import BACK, DUPLICATE, ON_THE_WAY
from minamo.marking.queries.marks import changes_held
from minamo.people.api import pupil_cards, roster_of_class

SOURCES: Mapping[str, str] = {
    "browser": "画面から", "camera": "写真", "link": "送り先のリンクから", "folder": "フォルダーから",
}  # fmt: skip

QUIET = dt.timedelta(seconds=45)  # without a page: the process that reads has gone, another one takes up its work


def current() -> "QuerySet[Binding]":
    """いまの結びつき."""
    return Binding.objects.filter(replaced_at__isnull=True)


def counted_pages(sitting: Sitting) -> "QuerySet[Any]":
    """ページ with `owner` (a pupil, or none) and `said` (whether a person has decided). Those of a pile that was taken back are none."""
    mine = current().filter(page=OuterRef("pk"))
    gone = mine.filter(pupil__isnull=True, page__pile__removed_at__isnull=False)
    here = ScanPage.objects.filter(sitting=sitting).exclude(Exists(gone))
    return here.annotate(said=Exists(mine), owner=Subquery(mine.values("pupil_id")[:1]))


@dataclass(frozen=True)
class Counts:
    """数: pages of a sitting by what they wait for."""

    pages: int
    tray: int
    on_the_way: int
    open: int
    bound: int
    aside: int


def counts(sitting: Sitting) -> Counts:
    """One query."""
    waiting = Q(status="review", said=False)
    found = counted_pages(sitting).aggregate(
        pages=Count("pk"),
        tray=Count("pk", filter=waiting & ~Q(reason__in=ON_THE_WAY)),
        on_the_way=Count("pk", filter=waiting & Q(reason__in=ON_THE_WAY)),
        open=Count("pk", filter=Q(status="ok", said=False)),
        bound=Count("pk", filter=Q(owner__isnull=False)),
        aside=Count("pk", filter=Q(said=True, owner__isnull=True)),
    )
    return Counts(**found)


@dataclass(frozen=True)
class Chip:
    """設問のチップ: how many of the papers have a mark."""

    id: str
    label: str
    section: str
    done: int
    of: int

    @property
    def state(self) -> str:
        """none, some or all of the papers are marked."""
        return "all" if self.of and self.done >= self.of else "some" if self.done else "none"


@dataclass(frozen=True)
class Overview:
    """一つの実施の見渡し: what it is, how far it is, what is needed now."""

    sitting: Sitting
    edition: Edition | None
    piles: Sequence[Any]
    counts: Counts
    roster: Sequence[Child]
    absent: Sequence[Child]
    chips: Sequence[Chip]
    seconds: tuple[int, int] = (0, 0)  # 2回採点: answers with a second mark, of how many
    changed: int = 0  # 配点が変わった採点: marks that do not fit the setup in force
    final: Settlement | None = None  # 確定 that stands, with `released`: whether it was given back

    @property
    def reading(self) -> Sequence[Any]:
        """Piles that are being read."""
        return [pile for pile in self.piles if pile.going]

    @property
    def unreadable(self) -> Sequence[Any]:
        """読み取れないファイル: nobody has said yet that they may go."""
        return [pile for pile in self.piles if pile.refusal and not pile.aside]

    @property
    def marked(self) -> int:
        """Answers with a mark."""
        return sum(chip.done for chip in self.chips)

    @property
    def to_mark(self) -> int:
        """Answers that need one."""
        return sum(chip.of for chip in self.chips)

    @property
    def missing(self) -> int:
        """Pupils with neither a paper nor an absence."""
        return max(0, len(self.roster) - self.counts.bound - len(self.absent))

    @property
    def step(self) -> str:
        """いましてほしいこと: upload, wait, tray, check, setup, mark, second, settle; settled when that is done."""
        if self.final:
            return "settled"
        if not any(pile.removed_at is None for pile in self.piles):
            return "upload"
        if self.reading and not (self.counts.tray or self.counts.open):
            return "wait"
        if self.counts.tray:
            return "tray"
        if self.counts.open or (self.missing and self.counts.bound):
            return "check"
        if not self.counts.bound:
            return "upload"
        if not self.chips:
            return "setup"
        if self.marked < self.to_mark:
            return "mark"
        return "second" if self.seconds[0] < self.seconds[1] else "settle"


def overview(sitting: Sitting, now: dt.datetime) -> Overview:
    """見渡し. Eight queries, nine with a second marking, two more after the first edition, three where points have changed since."""
    rows = Pile.objects.filter(sitting=sitting).annotate(read=Count("sheets"), last=Max("sheets__read_at"))
    piles = list(rows.order_by("-sent_at"))
    for pile in piles:
        done = pile.pages is not None and pile.read >= pile.pages
        pile.going = not (done or pile.refusal or pile.stopped_at)  # type: ignore[attr-defined]
        pile.aside = bool(pile.refusal and pile.stopped_at)  # type: ignore[attr-defined]
        pile.quiet = now - max(pile.sent_at, pile.last or pile.sent_at) > QUIET  # type: ignore[attr-defined]
        pile.how = SOURCES[pile.source]  # type: ignore[attr-defined]
    roster = children(sitting)
    gone = set(absent(sitting))
    edition = Edition.objects.filter(assessment_id=sitting.assessment_id).order_by("-number").first()
    numbers = counts(sitting)
    settled = final(sitting)
    return Overview(
        sitting, edition, piles, numbers, roster, [child for child in roster if child.pupil in gone],
        chips(sitting, edition, numbers.bound), seconds(sitting, numbers.bound),
        0 if settled else changed(sitting, edition), settled,
    )  # fmt: skip


def changed(sitting: Sitting, edition: Edition | None) -> int:
    """配点が変わった採点 on papers that have an owner."""
    owned = current().filter(sitting=sitting, pupil__isnull=False).values("page_id")
    return len(changes_held(sitting, edition, owned))


def final(sitting: Sitting) -> Settlement | None:
    """確定 of the sitting that stands, with `released`. One query."""
    given = Release.objects.filter(result=OuterRef("result"), withdrawn_at__isnull=True)
    rows = Settlement.objects.filter(sitting=sitting, ended_at__isnull=True).select_related("result__school_class")
    return rows.annotate(released=Exists(given)).first()


def children(sitting: Sitting) -> list[Child]:
    """実施日の名簿, by 出席番号. One query; in a class that gives no numbers (教科の学級) one more for those of the homerooms."""
    rows = roster_of_class(sitting.school_class_id, sitting.held_on)
    bare = {row.pupil_id for row in rows if row.number is None}
    homes = {key: card.number for key, card in pupil_cards(bare).items()} if bare else {}
    found = [
        Child(row.pupil_id, row.number if row.number is not None else homes.get(row.pupil_id), row.display_name)
        for row in rows
    ]
    return sorted(found, key=lambda one: in_class_order(one.number))


def absent(sitting: Sitting) -> list[UUID]:
    """欠席の人. One query."""
    return list(Absence.objects.filter(sitting=sitting, ended_at__isnull=True).values_list("pupil_id", flat=True))


def chips(sitting: Sitting, edition: Edition | None, papers: int) -> list[Chip]:
    """設問ごとの進みぐあい over papers that have an owner. One query."""
    owned = current().filter(sitting=sitting, pupil__isnull=False).values("page_id")
    rows = (
        AnswerMark.objects.filter(sitting=sitting, round=FIRST, points__isnull=False, page__in=owned)
        .values("question").annotate(n=Count("pk")).values_list("question", "n")
    )  # fmt: skip
    done = dict(rows)
    questions = edition.questions if edition else []
    return [Chip(one["id"], one["label"], one["section"], done.get(one["id"], 0), papers) for one in questions]


def seconds(sitting: Sitting, papers: int) -> tuple[int, int]:
    """2回採点の進みぐあい: answers with a second mark, of how many. One query, two with a second marking."""
    twice = list(
        SecondMarking.objects.filter(sitting=sitting, ended_at__isnull=True).values_list("question", flat=True)
    )
    if not twice:
        return 0, 0
    owned = current().filter(sitting=sitting, pupil__isnull=False).values("page_id")
    done = AnswerMark.objects.filter(
        sitting=sitting, round=SECOND, points__isnull=False, question__in=twice, page__in=owned
    )
    return done.count(), len(twice) * papers


def waiting_papers(sitting: Sitting) -> bool:
    """Whether a page that may be somebody's paper still waits for a decision, or is still being read. Two queries."""
    going = Pile.objects.filter(sitting=sitting, stopped_at__isnull=True, refusal="").annotate(there=Count("sheets"))
    if going.filter(Q(pages__isnull=True) | Q(pages__gt=F("there"))).exists():
        return True
    rows = counted_pages(sitting).filter(status="review", said=False)
    return bool(rows.exclude(reason__in=("blank", BACK, DUPLICATE)).exists())


def place(page: ScanPage) -> str:
    """どのページか in words: the file and the page in it."""
    return f"{page.pile.filename} の{page.index + 1}ページ目"


def elsewhere(sitting: Sitting, actor: Actor) -> list[Sitting]:
    """同じテストのほかの学級 the actor may see. One query."""
    rows = Sitting.objects.visible_to(actor).filter(assessment_id=sitting.assessment_id).exclude(pk=sitting.pk)
    return list(rows.select_related("school_class").order_by("school_class__position", "school_class__title"))


def part(page: ScanPage, key: str) -> bytes:
    """一つの切り抜き (JPEG); empty when the page has none of that name, when pictures were removed by the rule
    and when they were damaged on disk."""
    where = page.places.get(key)
    if not where or not page.crops:
        return b""
    try:
        return files.read(page.crops)[where[0] : where[0] + where[1]]
    except files.UNREADABLE:
        return b""


def behind_of(pages: Sequence[UUID]) -> dict[UUID, ScanPage]:
    """うしろのページ by front. One query."""
    rows = ScanPage.objects.filter(front__in=pages).defer("trace")
    return {row.front_id: row for row in rows if row.front_id}
