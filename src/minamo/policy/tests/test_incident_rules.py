"""期限: what the law asks after a leak."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from minamo.kernel.businessdays import is_business_day
from minamo.policy.rules.deadlines import Assessment, confirm_due, deadlines, reasons, unmarked
from minamo.policy.rules.incidents import REPORTS, handed_in, last_handed_in, open_steps, wrong_sending

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
    assert (due.preliminary_first - known).days == 3 - 1  # the day of knowing is the first, for both reports
    assert (due.preliminary_last - known).days == 5 - 1
    assert due.final == final


@pytest.mark.parametrize(
    ("found", "number"),
    [(Assessment(), 0), (Assessment(people=100), 0), (Assessment(people=101), 1), (Assessment(sensitive=True), 1),
     (Assessment(property_damage=True, improper=True), 2), (Assessment(leaked=False, sensitive=True, people=500), 0), (Assessment(sensitive=True, improper=True, people=0), 0)],
)  # fmt: skip
def test_what_must_be_reported(found, number):
    assert len(reasons(found)) == number
    assert (deadlines(dt.date(2026, 11, 24), found, is_business_day) is None) == (number == 0)


@pytest.mark.parametrize(
    ("found", "number"),
    [(Assessment(leaked=False, sensitive=True, people=500), 2), (Assessment(leaked=True, sensitive=True), 0),
     (Assessment(leaked=False, people=3), 0), (Assessment(leaked=False, sensitive=True, people=0), 0)],
)  # fmt: skip
def test_what_only_the_first_mark_keeps_from_being_reported(found, number):
    assert len(unmarked(found)) == number


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


steps = st.sampled_from(["preliminary", "final"])


@given(st.lists(st.tuples(st.booleans(), steps, days), max_size=8), days)
def test_reports_stand_in_order_and_never_backwards(tried, known):
    """Whatever is tried in whatever order: 確報 stands only with 速報, on the same day or later, never before the day of knowing."""
    today, entries = dt.date.max, [("assessed", {"leaked": True, "sensitive": True})]
    for sends, report, day in tried:
        if sends and report not in handed_in(entries) and not wrong_sending(report, day, entries, known, today):
            entries.append((report, {"sent_on": day.isoformat()}))
        elif not sends and report == last_handed_in(entries):
            entries.append(("withdrawn", {"report": report}))
        stands = handed_in(entries)
        assert all(day >= known for day in stands.values())
        assert "final" not in stands or stands["preliminary"] <= stands["final"]
        assert open_steps(entries) == [label for report, label in REPORTS.items() if report not in stands]
