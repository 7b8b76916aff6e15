"""臨時休業を読む: which days a closure takes, and whether one is there already."""

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Protocol
from uuid import UUID

from django.db.models import Q

from minamo.attendance.models import Closure
from minamo.attendance.notice_content import LessonDays
from minamo.curriculum.api import calendar_periods, days_of, school_days
from minamo.kernel.age import Grade


class Taught(Protocol):
    """What must be known of a child to say when there are lessons: a pupil, or the card of one."""

    @property
    def school_id(self) -> UUID:
        """The school."""

    @property
    def homeroom_id(self) -> UUID | None:
        """The homeroom, if there is one yet."""

    @property
    def grade(self) -> str:
        """The grade."""


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


def lesson_days(child: "Taught", begins: dt.date, ends: dt.date) -> LessonDays:
    """授業のある日 of a child in [begins, ends], closures looked at. Two queries."""
    open_days = school_days(child.school_id, begins, ends, child.grade)
    if not open_days:
        return LessonDays(())
    mine = Q(scope=Closure.Scope.SCHOOL) | Q(scope=Closure.Scope.GRADE, grade=child.grade)
    if child.homeroom_id is not None:
        mine |= Q(scope=Closure.Scope.CLASS, school_class=child.homeroom_id)
    rows = Closure.objects.filter(
        mine, school=child.school_id, withdrawn_at__isnull=True, begins__lte=ends, ends__gte=begins
    ).values_list("begins", "ends", "scope")
    shut = {
        day: "学級閉鎖" if scope == Closure.Scope.CLASS else "臨時休業"
        for first, last, scope in rows
        for day in open_days
        if first <= day <= last
    }
    return LessonDays(tuple(day for day in open_days if day not in shut), tuple(sorted(shut.items())))


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
