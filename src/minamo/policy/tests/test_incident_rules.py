"""期限: what the law asks after a leak."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from minamo.kernel.businessdays import is_business_day
from minamo.policy.rules.deadlines import Assessment, confirm_due, deadlines, reasons

days = st.dates(dt.date(2024, 1, 1), dt.date(2035, 12, 31))


@pytest.mark.parametrize(
    ("known", "found", "final"),
    [
        (dt.date(2026, 11, 24), Assessment(sensitive=True, people=1), dt.date(2026, 12, 23)),
        (dt.date(2026, 11, 6), Assessment(sensitive=True), dt.date(2026, 12, 7)),  # the 30th day is a Saturday
        (dt.date(2026, 12, 1), Assessment(people=101), dt.date(2027, 1, 4)),  # the 30th day is 30 December
        (dt.date(2026, 11, 24), Assessment(improper=True), dt.date(2027, 1, 22)),
    ],
)
def test_deadlines_of_the_law(known, found, final):
    due = deadlines(known, found, is_business_day)
    assert due is not None
    assert (due.preliminary_first - known).days == 3
    assert (due.preliminary_last - known).days == 5
    assert due.final == final


@pytest.mark.parametrize(
    ("found", "number"),
    [(Assessment(), 0), (Assessment(people=100), 0), (Assessment(people=101), 1), (Assessment(sensitive=True), 1),
     (Assessment(property_damage=True, improper=True), 2), (Assessment(leaked=False, sensitive=True, people=500), 0)],
)  # fmt: skip
def test_what_must_be_reported(found, number):
    assert len(reasons(found)) == number
    assert (deadlines(dt.date(2026, 11, 24), found, is_business_day) is None) == (number == 0)


@given(days, st.booleans())
def test_a_final_report_is_due_on_a_working_day_and_never_early(known, improper):
    due = deadlines(known, Assessment(sensitive=True, improper=improper), is_business_day)
    assert due is not None and is_business_day(due.final)
    assert 0 <= (due.final - known).days - (59 if improper else 29) <= 10


@given(days)
def test_a_confirmation_holds_for_a_year(day):
    assert confirm_due(None, day)
    assert not confirm_due(day, day)
    assert not confirm_due(day, day + dt.timedelta(days=364))
    assert confirm_due(day, day + dt.timedelta(days=366))
