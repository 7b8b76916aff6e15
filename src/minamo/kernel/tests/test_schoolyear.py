"""年度 and 学期: traps 1, 6, 27 of school administration."""

import datetime as dt
import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from minamo.kernel.schoolyear import (
    THREE_TERMS,
    TWO_TERMS,
    SchoolYear,
    SchoolYearError,
    TermPattern,
    format_day,
    jst_date,
    term_of,
    terms,
)

DAYS = st.dates(dt.date(1990, 1, 1), dt.date(2060, 12, 31))


@given(DAYS)
def test_every_day_lies_in_its_own_year_and_in_no_neighbour(day: dt.date) -> None:
    year = SchoolYear.of(day)
    assert year.contains(day)
    assert not year.next.contains(day)
    assert not year.previous.contains(day)


@pytest.mark.parametrize(("day", "year"), [("2027-03-31", 2026), ("2027-04-01", 2027), ("2027-01-01", 2026)])
def test_january_to_march_belong_to_the_year_before(day: str, year: int) -> None:
    assert SchoolYear.of(dt.date.fromisoformat(day)).year == year


def test_business_date_turns_at_japanese_midnight_not_at_utc() -> None:
    before = dt.datetime(2027, 3, 31, 14, 59, 59, tzinfo=dt.UTC)
    assert jst_date(before) == dt.date(2027, 3, 31)
    assert jst_date(before + dt.timedelta(seconds=1)) == dt.date(2027, 4, 1)


def test_a_naive_moment_has_no_business_date() -> None:
    with pytest.raises(ValueError, match="time zone"):
        jst_date(dt.datetime(2027, 4, 1, 0, 0))


@pytest.mark.parametrize(
    ("text", "year"),
    [
        ("令和8年度", 2026),
        ("R8", 2026),
        ("2026年度", 2026),
        ("２０２６", 2026),
        ("令和元年度", 2019),
        ("平成31年度", 2019),
    ],
)
def test_reads_what_people_write(text: str, year: int) -> None:
    assert SchoolYear.parse(text).year == year


@pytest.mark.parametrize("text", ["", "8", "れいわ8", "令和", "26年度", "元年度", "令和0年度", "R9999", "9999"])
def test_refuses_what_is_no_year(text: str) -> None:
    with pytest.raises(SchoolYearError):
        SchoolYear.parse(text)


@given(st.integers(1868, 2060))
def test_label_reads_back(year: int) -> None:
    assert SchoolYear.parse(SchoolYear(year).label()).year == year


def test_first_year_of_reiwa_is_gannen() -> None:
    assert SchoolYear(2019).label() == "令和元年度"
    assert SchoolYear(2020).label() == "令和2年度"
    assert SchoolYear(2018).label() == "平成30年度"
    assert SchoolYear(1989).label() == "平成元年度"
    assert SchoolYear(1988).label() == "昭和63年度"
    assert SchoolYear(1920).label() == "大正9年度"


@given(st.integers(2000, 2060), st.sampled_from([THREE_TERMS, TWO_TERMS]))
def test_terms_cover_the_year_without_gap(year: int, pattern: object) -> None:
    parts = terms(SchoolYear(year), pattern)  # type: ignore[arg-type]
    assert parts[0].begins == SchoolYear(year).begins
    assert parts[-1].ends == SchoolYear(year).ends
    for one, following in itertools.pairwise(parts):
        assert following.begins == one.ends + dt.timedelta(days=1)


def test_term_of_a_january_day() -> None:
    assert term_of(dt.date(2027, 1, 8)).name == "3学期"
    assert term_of(dt.date(2027, 1, 8), TWO_TERMS).name == "後期"


def test_months_run_from_april_to_march() -> None:
    months = list(SchoolYear(2026).months())
    assert months[0] == dt.date(2026, 4, 1)
    assert months[8] == dt.date(2026, 12, 1)
    assert months[-1] == dt.date(2027, 3, 1)


def test_years_stand_in_order() -> None:
    assert sorted([SchoolYear(2027), SchoolYear(2026).previous, SchoolYear(2026)])[0] == SchoolYear(2025)
    assert SchoolYear(2026) < SchoolYear(2026).next


@given(DAYS, st.sampled_from([THREE_TERMS, TWO_TERMS, TermPattern(("前期", "後期"), ((4, 1), (10, 12)))]))
def test_every_day_lies_in_exactly_one_term(day: dt.date, pattern: TermPattern) -> None:
    holding = [term for term in terms(SchoolYear.of(day), pattern) if term.begins <= day <= term.ends]
    assert holding == [term_of(day, pattern)]


@pytest.mark.parametrize(
    ("names", "starts"),
    [
        ((), ()),
        (("前期",), ((4, 1), (10, 1))),
        (("前期", "後期"), ((4, 8), (10, 1))),
        (("1", "2", "3"), ((4, 1), (1, 1), (8, 1))),
        (("1", "2"), ((4, 1), (4, 1))),
        (("1", "2"), ((4, 1), (2, 29))),
        (("1", "2"), ((4, 1), (9, 31))),
    ],
)
def test_a_pattern_that_does_not_part_every_year_is_refused(
    names: tuple[str, ...], starts: tuple[tuple[int, int], ...]
) -> None:
    with pytest.raises(ValueError, match=r"term|day"):
        TermPattern(names, starts)


@pytest.mark.parametrize(
    ("day", "said"),
    [(dt.date(2026, 11, 24), "11月24日（火）"), (dt.date(2026, 4, 1), "4月1日（水）"), (dt.date(2027, 3, 31), "3月31日（水）"),
     (dt.date(2027, 4, 1), "令和9年4月1日（木）"), (dt.date(2027, 11, 17), "令和9年11月17日（水）"),
     (dt.date(2026, 3, 31), "令和8年3月31日（火）"), (dt.date(2019, 5, 1), "令和元年5月1日（水）"), (dt.date(1, 1, 1), "1年1月1日（月）")],
)  # fmt: skip
def test_a_day_of_another_school_year_has_its_year(day: dt.date, said: str) -> None:
    assert format_day(day, dt.date(2026, 11, 24)) == said
