"""営業日: negative steps, the turn of the year, and the rules every count must keep."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from minamo.kernel.businessdays import (
    add_business_days,
    business_days_between,
    holiday_name,
    is_business_day,
    is_national_holiday,
)

DAYS = st.dates(dt.date(2020, 1, 1), dt.date(2030, 12, 31))


@given(DAYS, st.integers(1, 20))
def test_going_back_and_forth_returns_to_a_business_day(day: dt.date, count: int) -> None:
    start = add_business_days(day, 1)
    assert add_business_days(add_business_days(start, count), -count) == start


@given(DAYS)
def test_a_named_holiday_is_never_a_business_day(day: dt.date) -> None:
    assert (holiday_name(day) is not None) == is_national_holiday(day)
    assert not (is_national_holiday(day) and is_business_day(day, year_end=False))


@given(DAYS, st.integers(0, 40), st.integers(0, 40))
def test_counts_of_parts_add_up(day: dt.date, one: int, other: int) -> None:
    middle = day + dt.timedelta(days=one)
    last = middle + dt.timedelta(days=other + 1)
    parts = business_days_between(day, middle) + business_days_between(middle + dt.timedelta(days=1), last)
    assert parts == business_days_between(day, last)


@pytest.mark.parametrize(("year_end", "expected"), [(True, "2027-01-04"), (False, "2026-12-29")])
def test_the_day_after_the_last_office_day(year_end: bool, expected: str) -> None:
    assert add_business_days(dt.date(2026, 12, 28), 1, year_end=year_end) == dt.date.fromisoformat(expected)


def test_nothing_lies_between_days_in_the_wrong_order() -> None:
    assert business_days_between(dt.date(2026, 11, 25), dt.date(2026, 11, 24)) == 0
    assert add_business_days(dt.date(2026, 11, 22), 0) == dt.date(2026, 11, 22)
