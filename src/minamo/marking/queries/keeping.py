"""答案の画像の保管を読む: what is kept until when, what was removed. The caller has been authorised."""

import datetime as dt
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db import connection

from minamo.kernel.wareki import format_ja
from minamo.marking.models import ImageRemoval, KeepingRule, MarkedBook, PaperSheet, Pile, Release, ScanPage, Sitting
from minamo.marking.retention import Rule, Said, due_on, rule_for


@dataclass(frozen=True)
class Kept:
    """一つの実施の画像: until when, and (`removal`) that they are gone."""

    sitting: Sitting
    due: dt.date
    removal: ImageRemoval | None
    pages: int

    @property
    def until(self) -> str:
        """期限, with its year: it is rarely this one."""
        return f"{self.due.year}年{format_ja(self.due)}"


def said_in(municipality: UUID) -> list[Said]:
    """決めたこと of a municipality and its schools. One query."""
    rows = KeepingRule.objects.filter(municipality=municipality).values_list("days", "school_id", "set_at")
    return [Said(days, str(school or ""), at) for days, school, at in rows]


def rules_of(municipality: UUID, school: UUID | None) -> list[KeepingRule]:
    """決めた記録, newest first. One query."""
    return list(KeepingRule.objects.filter(municipality=municipality, school=school)[:20])


def rule_of(sitting: Sitting) -> Rule:
    """効いている決まり for a sitting. One query."""
    return rule_for(str(sitting.school_id), said_in(sitting.municipality_id))


def kept(sittings: Sequence[Sitting], said: Sequence[Said]) -> list[Kept]:
    """保管のようす of sittings of one municipality, in their order. Three queries."""
    removals = {row.sitting_id: row for row in ImageRemoval.objects.filter(sitting__in=sittings)}
    until: dict[UUID, list[dt.date]] = defaultdict(list)
    given = Release.objects.filter(result__settlement__sitting__in=sittings, withdrawn_at__isnull=True)
    for sitting, day in given.values_list("result__settlement__sitting_id", "review_until"):
        until[sitting].append(day)
    pages: dict[UUID, int] = defaultdict(int)
    for pile in Pile.objects.filter(sitting__in=sittings).values_list("sitting_id", "pages"):
        pages[pile[0]] += pile[1] or 0
    return [
        Kept(one, due_on(one.held_on, rule_for(str(one.school_id), said), until[one.pk]), removals.get(one.pk), pages[one.pk])
        for one in sittings
    ]  # fmt: skip


def kept_of(sitting: Sitting, until: Sequence[dt.date] = ()) -> Kept:
    """保管のようす of one whose last days for reviews (`until`) are known. One query when `removal` was read along, else two."""
    removal: ImageRemoval | None = getattr(sitting, "removal", None)
    return Kept(
        sitting,
        due_on(sitting.held_on, rule_for(str(sitting.school_id), said_in(sitting.municipality_id)), until),
        removal,
        0,
    )


def removal_of(sitting: Sitting) -> ImageRemoval | None:
    """画像の削除, if they are gone. One query."""
    return ImageRemoval.objects.filter(sitting=sitting).first()


def contents_of(sitting: Sitting) -> set[str]:
    """画像のファイル of a sitting (SHA-256): piles, crops, pages as families see them, marked PDFs. Four queries."""
    ours = {"paper__result__settlement__sitting": sitting}
    found = set(Pile.objects.filter(sitting=sitting).values_list("content", flat=True))
    found |= set(ScanPage.objects.filter(sitting=sitting).values_list("crops", flat=True))
    found |= {one for pair in PaperSheet.objects.filter(**ours).values_list("picture", "pdf") for one in pair}
    found |= set(MarkedBook.objects.filter(result__settlement__sitting=sitting).values_list("content", flat=True))
    return found - {""}


def needed(contents: Sequence[str]) -> set[str]:
    """まだ要るファイル, in any municipality. One query."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT marking_needed(%s)", [list(contents)])
        return {row[0] for row in cursor.fetchall()}
