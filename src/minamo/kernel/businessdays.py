"""営業日: days on which a school office or a board works. Holidays come from jpholiday."""

import datetime as dt

import jpholiday

# 年末年始 of municipal offices (地方自治法4条の2 and the ordinances after it); editable by argument.
YEAR_END = ((12, 29), (12, 30), (12, 31), (1, 1), (1, 2), (1, 3))


def holiday_name(day: dt.date) -> str | None:
    """国民の祝日の名前, or None."""
    name: str | None = jpholiday.is_holiday_name(day)
    return name


def is_national_holiday(day: dt.date) -> bool:
    """国民の祝日・休日 (振替休日を含む)."""
    return bool(jpholiday.is_holiday(day))


def is_business_day(day: dt.date, *, year_end: bool = True) -> bool:
    """Monday to Friday, no national holiday, and (unless `year_end` is False) not 29 December to 3 January."""
    closed = year_end and (day.month, day.day) in YEAR_END
    return day.weekday() < 5 and not closed and not is_national_holiday(day)


def add_business_days(day: dt.date, count: int, *, year_end: bool = True) -> dt.date:
    """The business day `count` business days after (or, negative, before) `day`; zero gives `day` itself."""
    step = dt.timedelta(days=1 if count >= 0 else -1)
    left = abs(count)
    while left:
        day += step
        left -= is_business_day(day, year_end=year_end)
    return day


def business_days_between(first: dt.date, last: dt.date, *, year_end: bool = True) -> int:
    """How many business days lie in [first, last]."""
    days = (first + dt.timedelta(days=n) for n in range((last - first).days + 1))
    return sum(is_business_day(day, year_end=year_end) for day in days)
