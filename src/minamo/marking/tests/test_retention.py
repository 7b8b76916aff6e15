"""答案の画像の保管: whose days hold, when pictures are due, and that nothing goes while a family may still ask."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from minamo.marking.retention import AFTER_REVIEWS, DEFAULT_DAYS, LEAST_DAYS, MOST_DAYS, Said, due_on, refusal, rule_for

DAY, AT = dt.date(2026, 11, 20), dt.datetime(2026, 11, 24, tzinfo=dt.UTC)


def said(days: int | None, school: str = "", minutes: int = 0) -> Said:
    return Said(days, school, AT + dt.timedelta(minutes=minutes))


@pytest.mark.parametrize(
    ("rows", "days", "source"),
    [
        ([], DEFAULT_DAYS, "default"),
        ([said(100)], 100, "town"),
        ([said(100), said(200, minutes=1)], 200, "town"),
        ([said(200, minutes=1), said(100)], 200, "town"),
        ([said(100), said(70, "a1")], 70, "school"),
        ([said(100), said(70, "a2")], 100, "town"),
        ([said(100), said(70, "a1"), said(None, "a1", 1)], 100, "town"),
        ([said(70, "a1"), said(None, "a1", 1)], DEFAULT_DAYS, "default"),
    ],
)
def test_whose_days_hold(rows: list[Said], days: int, source: str) -> None:
    rule = rule_for("a1", rows)
    assert (rule.days, rule.source) == (days, source)


@given(days=st.integers(LEAST_DAYS, MOST_DAYS), until=st.lists(st.integers(-400, 2000), max_size=3))
def test_pictures_outlive_every_review(days: int, until: list[int]) -> None:
    ends = [DAY + dt.timedelta(days=one) for one in until]
    due = due_on(DAY, rule_for("", [said(days)]), ends)
    assert due >= DAY + dt.timedelta(days=days)
    assert all(due >= end + dt.timedelta(days=AFTER_REVIEWS) for end in ends)


@pytest.mark.parametrize(
    ("days", "refused"),
    [(LEAST_DAYS - 1, True), (LEAST_DAYS, False), (MOST_DAYS, False), (MOST_DAYS + 1, True), (None, False)],
)
def test_days_have_bounds(days: int | None, refused: bool) -> None:
    assert bool(refusal(days)) is refused
