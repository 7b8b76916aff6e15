"""学齢: births on 1 April and 29 February (trap 2)."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from minamo.kernel.age import Grade, age_on, entry_year, expected_grade
from minamo.kernel.schoolyear import SchoolYear


@pytest.mark.parametrize(
    ("birth", "year"),
    [
        ("2019-04-01", 2025),
        ("2019-04-02", 2026),
        ("2020-02-29", 2026),
        ("2020-03-31", 2026),
        ("2020-04-01", 2026),
        ("2020-04-02", 2027),
    ],
)
def test_entry_year(birth: str, year: int) -> None:
    assert entry_year(dt.date.fromisoformat(birth)).year == year


def test_age_is_reached_the_day_before_the_birthday() -> None:
    birth = dt.date(2019, 4, 1)
    assert age_on(birth, dt.date(2025, 3, 30)) == 5
    assert age_on(birth, dt.date(2025, 3, 31)) == 6


def test_leap_day_child_ages_on_28_february() -> None:
    birth = dt.date(2020, 2, 29)
    assert age_on(birth, dt.date(2026, 2, 27)) == 5
    assert age_on(birth, dt.date(2026, 2, 28)) == 6


@given(st.dates(dt.date(2000, 1, 1), dt.date(2040, 12, 31)))
def test_everyone_is_six_on_the_first_day_and_never_seven(birth: dt.date) -> None:
    year = entry_year(birth)
    assert age_on(birth, year.begins - dt.timedelta(days=1)) == 6
    assert age_on(birth, year.begins - dt.timedelta(days=367)) < 6
    assert expected_grade(birth, year) is Grade.P1
    assert expected_grade(birth, SchoolYear(year.year + 9)) is None


def test_a_compulsory_school_counts_through() -> None:
    assert Grade.J1.label_in("compulsory") == "7年"
    assert Grade.J1.label_in("lower_secondary") == "1年"
    assert Grade.J1.label == "中1"
    assert [Grade.of_ordinal(n) for n in (0, 10)] == [None, None]


def test_nobody_has_an_age_before_birth() -> None:
    assert age_on(dt.date(2020, 4, 1), dt.date(2020, 4, 1)) == 0
    with pytest.raises(ValueError, match="before birth"):
        age_on(dt.date(2020, 4, 1), dt.date(2020, 3, 31))


@given(st.dates(dt.date(2000, 1, 1), dt.date(2040, 12, 31)), st.integers(1, 9))
def test_grades_rise_one_by_one(birth: dt.date, number: int) -> None:
    year = SchoolYear(entry_year(birth).year + number - 1)
    grade = expected_grade(birth, year)
    assert grade is not None
    assert grade.ordinal == number
    assert Grade(grade.value) is Grade.of_ordinal(number)
    assert expected_grade(birth, entry_year(birth).previous) is None
