"""和暦 in and out (trap 3)."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from minamo.kernel.wareki import DateTextError, excel_serial, format_ja, format_time, format_wareki, parse_date

DAYS = st.dates(dt.date(1926, 12, 25), dt.date(2080, 12, 31))


@given(DAYS, st.sampled_from(["long", "short"]), st.booleans())
def test_what_is_written_is_read_back(day: dt.date, style: str, gannen: bool) -> None:
    assert parse_date(format_wareki(day, style, gannen=gannen)).date == day  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "text",
    [
        "R8.4.1",
        "令和8年4月1日",
        "2026-04-01",
        "2026/4/1",
        "2026年4月1日",
        "20260401",
        "Ｒ８．４．１",
        " 令和 8 年 4 月 1 日 ",
    ],
)
def test_any_reasonable_style_is_accepted(text: str) -> None:
    assert parse_date(text).date == dt.date(2026, 4, 1)


def test_gannen() -> None:
    assert format_wareki(dt.date(2019, 5, 1)) == "令和元年5月1日"
    assert format_wareki(dt.date(2019, 5, 1), gannen=False) == "令和1年5月1日"
    assert format_wareki(dt.date(2019, 4, 30)) == "平成31年4月30日"
    assert parse_date("令和元年5月1日").date == dt.date(2019, 5, 1)


def test_an_era_that_ran_on_is_understood_and_noted() -> None:
    parsed = parse_date("平成32年1月23日")
    assert parsed.date == dt.date(2020, 1, 23)
    assert "ERA_OVERRUN" in parsed.notes


def test_a_year_without_era_needs_one() -> None:
    with pytest.raises(DateTextError) as caught:
        parse_date("8/4/1")
    assert caught.value.code == "ERA_MISSING"
    assert parse_date("8/4/1", default_era="令和").date == dt.date(2026, 4, 1)
    assert parse_date("28.4.7", default_era="平成").date == dt.date(2016, 4, 7)


@pytest.mark.parametrize("text", ["令和8年2月29日", "2026-02-30", "R0.1.1", "令和元年4月30日", "2026-13-01"])
def test_days_that_never_were(text: str) -> None:
    with pytest.raises(DateTextError) as caught:
        parse_date(text)
    assert caught.value.code == "INVALID_DATE"


@pytest.mark.parametrize("text", ["", "あした", "4月1日", "43639"])
def test_no_dates(text: str) -> None:
    with pytest.raises(DateTextError):
        parse_date(text)


def test_excel_serials_with_the_leap_day_that_never_was() -> None:
    assert excel_serial(59) == dt.date(1900, 2, 28)
    assert excel_serial(61) == dt.date(1900, 3, 1)
    assert parse_date("43639", allow_serial=True).date == dt.date(2019, 6, 23)
    with pytest.raises(DateTextError):
        excel_serial(60)


def test_as_screens_show_it() -> None:
    assert format_ja(dt.date(2026, 11, 24)) == "11月24日（火）"
    assert format_time(dt.time(8, 20)) == "8:20"
