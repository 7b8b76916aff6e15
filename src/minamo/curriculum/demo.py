"""教務のデモ: the school calendar of 令和8年度 (vacations, a Saturday school day with its substitute holiday)."""

import datetime as dt
from collections.abc import Iterable
from uuid import UUID

from minamo.curriculum.models import CalendarEntry

PERIODS = (
    (dt.date(2026, 4, 1), dt.date(2026, 4, 6), "vacation", "春休み"),
    (dt.date(2026, 5, 30), dt.date(2026, 5, 30), "school_day", "運動会"),
    (dt.date(2026, 6, 1), dt.date(2026, 6, 1), "no_school", "振替休業日"),
    (dt.date(2026, 7, 22), dt.date(2026, 8, 25), "vacation", "夏休み"),
    (dt.date(2026, 12, 25), dt.date(2027, 1, 7), "vacation", "冬休み"),
    (dt.date(2027, 3, 26), dt.date(2027, 3, 31), "vacation", "春休み"),
)


def load(municipality: UUID, schools: Iterable[UUID]) -> int:
    """Enter the calendar for each school; returns the number of entries."""
    rows = [
        CalendarEntry(municipality_id=municipality, school_id=school, begins=begins, ends=ends, kind=kind, title=title)
        for school in schools
        for begins, ends, kind, title in PERIODS
    ]
    CalendarEntry.objects.bulk_create(rows)
    return len(rows)
