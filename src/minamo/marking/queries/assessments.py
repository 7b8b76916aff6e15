"""テストを読む: lists, one test with its settings, what a sitting still needs."""

import datetime as dt
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import Count, Exists, IntegerField, OuterRef, Q, Subquery
from django.db.models.expressions import Func

from minamo.access.api import Actor
from minamo.kernel.schoolyear import SchoolYear, SchoolYearError
from minamo.marking.models import (
    FIRST,
    AnswerMark,
    Assessment,
    Binding,
    Edition,
    Release,
    ScanPage,
    Settlement,
    Sitting,
)
from minamo.people.api import SchoolClass

SHOWN = 100
SITTINGS = 30
STRETCH = dt.timedelta(minutes=10)  # saves of one person so close together are one line in the list of editions


@dataclass(frozen=True)
class Waiting:
    """いま要ること of a sitting: papers bound, pages to look at, pages without a pupil, answers without a mark."""

    sitting: Sitting
    papers: int
    review: int
    unbound: int
    answers: int
    unmarked: int
    final: str = ""  # 確定ずみ or 返却ずみ
    away: int = 0  # 欠席

    @property
    def begun(self) -> bool:
        """Whether any page has come in."""
        return bool(self.papers or self.review or self.unbound)


def listed(actor: Actor, words: str = "", *, away: bool = False) -> list[Assessment]:
    """テストの一覧, newest first: own ones, shared ones; every word must be in title, subject, author or 年度. One query."""
    rows = Assessment.objects.visible_to(actor).filter(put_away_at__isnull=not away)
    for word in words.split()[:8]:
        rows = rows.filter(_matching(word))
    last = Edition.objects.filter(assessment=OuterRef("pk")).order_by("-number")
    length = Func("questions", function="jsonb_array_length", output_field=IntegerField())
    return list(
        rows.annotate(
            asked=Subquery(last.annotate(length=length).values("length")[:1]), classes=Count("sittings")
        ).order_by("-made_at")[:SHOWN]
    )


def _matching(word: str) -> Q:
    found = Q(title__icontains=word) | Q(subject__icontains=word) | Q(author_label__icontains=word)
    try:
        return found | Q(year=SchoolYear.parse(word).year)
    except SchoolYearError:
        return found


def in_progress(actor: Actor) -> list[Waiting]:
    """採点しているテスト, what needs somebody first. Five queries, however many there are."""
    rows = Sitting.objects.visible_to(actor).select_related("assessment", "school_class")
    settled = Settlement.objects.filter(sitting=OuterRef("pk"), ended_at__isnull=True)
    given = Release.objects.filter(
        result__settlement__sitting=OuterRef("pk"), result__settlement__ended_at__isnull=True, withdrawn_at__isnull=True
    )
    away = Count("absences", filter=Q(absences__ended_at__isnull=True), distinct=True)
    noted = rows.annotate(settled=Exists(settled), given=Exists(given), away=away)
    sittings = list(noted.filter(assessment__put_away_at__isnull=True)[:SITTINGS])
    if not sittings:
        return []
    ids = [one.pk for one in sittings]
    asked = _asked({one.assessment_id for one in sittings})
    papers = Counter(dict(_papers(ids)))
    pages = {row["sitting"]: row for row in _pages(ids)}
    marks = _marks(ids)
    found = []
    for one in sittings:
        wanted = asked.get(one.assessment_id, frozenset())
        done = sum(count for (sitting, question), count in marks.items() if sitting == one.pk and question in wanted)
        page = pages.get(one.pk, {"review": 0, "unbound": 0})
        answers = papers[one.pk] * len(wanted)
        found.append(
            Waiting(one, papers[one.pk], page["review"], page["unbound"], answers, max(0, answers - done), _final(one), _away(one))
        )  # fmt: skip
    return found


def _final(row: Any) -> str:
    return "返却ずみ" if row.given else "確定ずみ" if row.settled else ""


def _away(row: Any) -> int:
    return int(row.away)


def _current(page: str) -> Any:
    return Binding.objects.filter(page=OuterRef(page), replaced_at__isnull=True)


def _asked(assessments: set[UUID]) -> dict[UUID, frozenset[str]]:
    """Question ids of the last edition of each test."""
    rows = (
        Edition.objects.filter(assessment__in=assessments)
        .order_by("assessment_id", "-number")
        .distinct("assessment_id")
    )
    return {row.assessment_id: frozenset(one["id"] for one in row.questions) for row in rows}


def _papers(ids: Sequence[UUID]) -> list[tuple[UUID, int]]:
    rows = Binding.objects.filter(sitting__in=ids, replaced_at__isnull=True, pupil__isnull=False)
    return list(rows.order_by().values_list("sitting").annotate(count=Count("pk")))


def _pages(ids: Sequence[UUID]) -> list[Any]:
    rows = ScanPage.objects.filter(sitting__in=ids).exclude(Exists(_current("pk"))).order_by()
    return list(
        rows.values("sitting").annotate(
            review=Count("pk", filter=Q(status="review")), unbound=Count("pk", filter=Q(status="ok"))
        )
    )


def _marks(ids: Sequence[UUID]) -> dict[tuple[UUID, str], int]:
    rows = AnswerMark.objects.filter(sitting__in=ids, round=FIRST, points__isnull=False)
    rows = rows.filter(Exists(_current("page").filter(pupil__isnull=False))).order_by()
    return {(one, question): count for one, question, count in
            rows.values_list("sitting", "question").annotate(count=Count("pk"))}  # fmt: skip


def last_edition(assessment: Assessment) -> Edition:
    """いまの設定. The caller has been authorised for the test."""
    return Edition.objects.filter(assessment=assessment).order_by("-number")[0]


def editions_of(assessment: Assessment) -> list[Edition]:
    """版の一覧, newest first: of saves of one person close together only the last. One query, without the questions."""
    rows = Edition.objects.filter(assessment=assessment).order_by("-number").defer("questions")
    shown: list[Edition] = []
    for row in rows[:500]:
        after = shown[-1] if shown else None
        if after and after.saved_by_id == row.saved_by_id and after.saved_at - row.saved_at < STRETCH:
            continue
        shown.append(row)
    return shown


def pages_read(assessment: Assessment) -> int:
    """How many pages of this test were read already (in all classes). One query."""
    return ScanPage.objects.filter(sitting__assessment=assessment).count()


def drawn(assessment_id: UUID, digest: str) -> bool:
    """Whether an edition of the test holds this drawing. One query."""
    wanted = [{"drawing": digest}]
    return Edition.objects.filter(assessment=assessment_id, questions__contains=wanted).exists()


def classes_for(actor: Actor, assessment: Assessment, year: int) -> list[SchoolClass]:
    """この学校の、始められる学級 of a school year. One query."""
    rows = SchoolClass.objects.visible_to(actor, "sitting:open").filter(school=assessment.school_id, year=year)
    return list(rows.order_by("kind", "position", "title"))


def sittings_of(actor: Actor, assessment: Assessment) -> dict[UUID, Sitting]:
    """始めた学級 → sitting. One query."""
    rows = Sitting.objects.visible_to(actor).filter(assessment=assessment)
    return {row.school_class_id: row for row in rows}
