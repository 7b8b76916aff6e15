"""Reads of the school calendar."""

import datetime as dt
from functools import lru_cache
from uuid import UUID

from django.db import connection

from minamo.curriculum.rules import CalendarPeriod, is_school_day, school_days_between
from minamo.kernel.businessdays import is_national_holiday

# The calendar of one school as JSON, for a caller that reads it in the same statement as its own tables.
# Parameters: school, last day, first day.
CALENDAR_JSON = """(
    SELECT coalesce(json_agg(json_build_array(begins, ends, kind, grades, position, title)), '[]')
    FROM curriculum_calendarentry WHERE school_id = %s AND begins <= %s AND ends >= %s
)"""
# The same of every school of a municipality, each row with its school in front.
TOWN_CALENDAR_JSON = """(
    SELECT coalesce(json_agg(json_build_array(school_id, begins, ends, kind, grades, position, title)), '[]')
    FROM curriculum_calendarentry WHERE municipality_id = %(town)s AND begins <= %(day)s AND ends >= %(day)s
)"""


@lru_cache(maxsize=4096)
def national_holiday(day: dt.date) -> bool:
    """国民の祝日・休日, remembered (the calendar library works it out anew each time)."""
    return is_national_holiday(day)


def calendar_periods(school_id: UUID, first: dt.date, last: dt.date) -> list[CalendarPeriod]:
    """行事予定 that touches [first, last]. One query."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {CALENDAR_JSON}", [school_id, last, first])
        return periods_from_json(cursor.fetchone()[0])


def periods_from_json(rows: list[list[object]]) -> list[CalendarPeriod]:
    """行事予定 from the JSON of `CALENDAR_JSON`."""
    return [
        CalendarPeriod(
            dt.date.fromisoformat(str(row[0])), dt.date.fromisoformat(str(row[1])), str(row[2]),
            tuple(row[3]) if isinstance(row[3], list) else (), int(str(row[4])), str(row[5]),
        )
        for row in rows
    ]  # fmt: skip


def open_on(day: dt.date, periods: list[CalendarPeriod], grade: str = "") -> bool:
    """授業日か, from periods already read."""
    return is_school_day(day, periods, national_holiday(day), grade)


def days_of(first: dt.date, last: dt.date, periods: list[CalendarPeriod], grade: str = "") -> list[dt.date]:
    """授業日 in [first, last], from periods already read."""
    return list(school_days_between(first, last, periods, national_holiday, grade))


def school_days(school_id: UUID, first: dt.date, last: dt.date, grade: str = "") -> list[dt.date]:
    """授業日 of a school (of one grade, or of the school as a whole) in [first, last]. One query."""
    return days_of(first, last, calendar_periods(school_id, first, last), grade)
