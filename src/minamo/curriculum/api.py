"""What other rooms use of 教務 (curriculum): which days are school days."""

from minamo.curriculum.actions import add_entry, remove_entry
from minamo.curriculum.queries import (
    CALENDAR_JSON,
    TOWN_CALENDAR_JSON,
    calendar_periods,
    days_of,
    national_holiday,
    open_on,
    periods_from_json,
    school_days,
)
from minamo.curriculum.rules import CalendarPeriod, is_school_day

__all__ = [
    "CALENDAR_JSON", "TOWN_CALENDAR_JSON", "CalendarPeriod", "add_entry", "calendar_periods", "days_of", "is_school_day", "national_holiday",
    "open_on", "periods_from_json", "remove_entry", "school_days",
]  # fmt: skip
