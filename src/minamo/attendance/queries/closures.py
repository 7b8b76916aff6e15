"""臨時休業を読む: which days a closure takes, and whether one is there already."""

import datetime as dt
from collections.abc import Mapping, Sequence
from uuid import UUID

from minamo.attendance.models import Closure
from minamo.curriculum.api import calendar_periods, days_of
from minamo.kernel.age import Grade


def closed_days(school_id: UUID, closures: Sequence[Closure]) -> Mapping[UUID, list[dt.date]]:
    """休みになる授業日 of each closure, by its id: weekends and holidays within the period are no days of it. One query.

    A class or school of several grades is closed on each day that is a school day for one of them.
    """
    if not closures:
        return {}
    first, last = min(c.begins for c in closures), max(c.ends for c in closures)
    periods = calendar_periods(school_id, first, last)
    return {
        closure.pk: sorted(
            {day for grade in _grades(closure) for day in days_of(closure.begins, closure.ends, periods, grade)}
        )
        for closure in closures
    }


def _grades(closure: Closure) -> Sequence[str]:
    """The grades to ask the calendar for; the empty grade is the school as a whole."""
    if closure.scope == Closure.Scope.GRADE:
        return [closure.grade]
    return closure.school_class.grades if closure.school_class else [""]


def covering(closure: Closure) -> Closure | None:
    """すでにある臨時休業: one that already closes the same children on one of the days. A wider closure over a narrower
    one (a grade after one of its classes) is no repetition: the wider one decides how the day counts. One query."""
    rows = Closure.objects.filter(
        school=closure.school_id, withdrawn_at__isnull=True, begins__lte=closure.ends, ends__gte=closure.begins
    )
    return next((row for row in rows.select_related("school_class").order_by("begins") if _covers(row, closure)), None)


def _covers(row: Closure, closure: Closure) -> bool:
    if row.scope == Closure.Scope.SCHOOL:
        return True
    if row.scope == Closure.Scope.GRADE:
        return set(_grades(closure)) == {row.grade}
    return closure.scope == Closure.Scope.CLASS and row.school_class_id == closure.school_class_id


def named(closure: Closure, school_kind: str) -> str:
    """「5年1組の学級閉鎖」「5年の臨時休業」「学校全体の臨時休業」."""
    if closure.school_class is not None:
        return f"{closure.school_class.title}の学級閉鎖"
    if closure.grade:
        return f"{Grade(closure.grade).label_in(school_kind)}の臨時休業"
    return "学校全体の臨時休業"
