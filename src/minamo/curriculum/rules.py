"""授業日の決まり (which days are school days): pure, no clock and no database.

Source: 学校教育法施行規則 61条 (国民の祝日・日曜日・土曜日・教育委員会が定める日は休業日).
"""

import datetime as dt
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

SCHOOL_DAY = "school_day"


@dataclass(frozen=True, slots=True)
class CalendarPeriod:
    """行事予定の1件 as the rules need it; `grades` empty means all grades. Both days are included."""

    begins: dt.date
    ends: dt.date
    kind: str
    grades: tuple[str, ...] = ()
    position: int = 0
    title: str = ""

    def covers(self, day: dt.date, grade: str) -> bool:
        """Whether it speaks of this day for this grade (an empty grade asks for the school as a whole)."""
        return self.begins <= day <= self.ends and (not self.grades or grade in self.grades)


def is_school_day(day: dt.date, entries: Sequence[CalendarPeriod], holiday: bool, grade: str = "") -> bool:
    """授業日か: the entry of the highest `position` decides (the later begun one among equals), else the plain week."""
    spoken = [entry for entry in entries if entry.covers(day, grade)]
    if spoken:
        return max(spoken, key=lambda entry: (entry.position, entry.begins)).kind == SCHOOL_DAY
    return day.weekday() < 5 and not holiday


def school_days_between(
    first: dt.date,
    last: dt.date,
    entries: Sequence[CalendarPeriod],
    is_holiday: Callable[[dt.date], bool],
    grade: str = "",
) -> Iterator[dt.date]:
    """授業日 in [first, last], in order."""
    for offset in range((last - first).days + 1):
        day = first + dt.timedelta(days=offset)
        if is_school_day(day, entries, is_holiday(day), grade):
            yield day
