"""和暦 in and out (trap 3)."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from minamo.kernel.wareki import (
    DateTextError,
    ParsedDate,
    excel_serial,
    format_ja,
    format_time,
    format_wareki,
    parse_date,
)

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
        "㋿8年4月1日",
        "r8/4/1",
        "R8-04-01",
        "2026-04-01 00:00:00",
        "2026/4/1 0:00",
        "2026/4/1 00:00",
        "2026-04-01T00:00:00",
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
    assert parse_date("1", allow_serial=True).date == dt.date(1900, 1, 1)
    assert parse_date("43639.0", allow_serial=True).notes == ("SERIAL",)
    for text in ("60", "0"):
        with pytest.raises(DateTextError) as caught:
            parse_date(text, allow_serial=True)
        assert caught.value.code == "INVALID_DATE"


def test_as_screens_show_it() -> None:
    assert format_ja(dt.date(2026, 11, 24)) == "11月24日（火）"
    assert format_time(dt.time(8, 20)) == "8:20"


def test_a_moment_is_shown_in_japanese_time() -> None:
    assert format_time(dt.datetime(2026, 11, 23, 23, 5, tzinfo=dt.UTC)) == "8:05"
    with pytest.raises(ValueError, match="time zone"):
        format_time(dt.datetime(2026, 11, 24, 8, 5))


def test_the_tenth_is_not_read_out_of_a_midnight() -> None:
    assert parse_date("2026/4/10 0:00").date == dt.date(2026, 4, 10)
    with pytest.raises(DateTextError):
        parse_date("2026/4/1 8:20")


@pytest.mark.parametrize(
    ("day", "written"),
    [
        ("1926-12-24", "大正15年12月24日"),
        ("1926-12-25", "昭和元年12月25日"),
        ("1989-01-07", "昭和64年1月7日"),
        ("1989-01-08", "平成元年1月8日"),
        ("2019-04-30", "平成31年4月30日"),
        ("2019-05-01", "令和元年5月1日"),
    ],
)
def test_eras_turn_on_their_day(day: str, written: str) -> None:
    """昭和 parents and 大正 great-grandparents are in the registers."""
    assert format_wareki(dt.date.fromisoformat(day)) == written
    assert parse_date(written) == ParsedDate(dt.date.fromisoformat(day))


@given(st.text(max_size=20))
def test_any_text_is_a_day_or_refused_in_words(text: str) -> None:
    try:
        assert parse_date(text, default_era="令和", allow_serial=True).date
    except DateTextError as error:
        assert error.code in {"EMPTY", "UNREADABLE", "ERA_MISSING", "INVALID_DATE"}
        assert error.message_ja


def test_an_unknown_default_era_is_a_mistake_of_the_program() -> None:
    with pytest.raises(ValueError, match="no such era"):
        parse_date("8/4/1", default_era="慶応")
