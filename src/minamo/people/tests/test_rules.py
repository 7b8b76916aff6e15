"""在籍の規則: no order of transfers ever leaves a pupil with two schools, or none on the way."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from minamo.people import rules
from minamo.people.rules import Refused, Stay

FIRST = dt.date(2026, 4, 1)


def test_the_transfer_date_is_the_day_before_acceptance() -> None:
    stays = rules.leave([Stay("a", FIRST)], accepted_on=dt.date(2026, 9, 1), last_attended=dt.date(2026, 7, 20))
    assert stays[0].ends == dt.date(2026, 8, 31)


@given(st.lists(st.integers(min_value=-3, max_value=40), min_size=1, max_size=12))
def test_one_school_on_every_day_from_the_first(steps: list[int]) -> None:
    """Any sequence of accepted transfers, also on the day of arrival or with a late acceptance: exactly one school."""
    stays, day = [Stay("s0", FIRST)], FIRST
    for number, step in enumerate(steps, start=1):
        planned = day + dt.timedelta(days=step)
        try:
            left = rules.leave(stays, accepted_on=planned)
            stays = rules.arrive(left, school=f"s{number}", accepted_on=planned + dt.timedelta(days=step % 3))
        except Refused:
            continue
        day = stays[-1].begins
    last = stays[-1].begins + dt.timedelta(days=5)
    for offset in range((last - FIRST).days + 1):
        assert len(rules.schools_on(stays, FIRST + dt.timedelta(days=offset))) == 1


def test_a_pupil_enrolled_elsewhere_cannot_be_taken() -> None:
    with pytest.raises(Refused, match="転学の手続きがまだ"):
        rules.arrive([Stay("a", FIRST)], school="b", accepted_on=dt.date(2026, 9, 1))


def test_leaving_before_arriving_is_refused() -> None:
    with pytest.raises(Refused):
        rules.leave([Stay("a", FIRST)], accepted_on=FIRST)
    with pytest.raises(Refused):
        rules.leave([Stay("a", FIRST)], accepted_on=dt.date(2026, 9, 1), last_attended=dt.date(2026, 9, 1))
    with pytest.raises(Refused):
        rules.finish([Stay("a", FIRST)], on=dt.date(2026, 3, 31))


def test_return_after_withdrawal_may_leave_a_gap_but_never_overlaps() -> None:
    closed = rules.finish([Stay("a", FIRST)], on=dt.date(2026, 6, 30))
    with pytest.raises(Refused):
        rules.arrive(closed, school="a", accepted_on=dt.date(2026, 6, 30))
    back = rules.arrive(closed, school="a", accepted_on=dt.date(2026, 10, 1))
    assert rules.schools_on(back, dt.date(2026, 8, 1)) == []
    assert rules.schools_on(back, dt.date(2026, 10, 1)) == ["a"]


@given(st.lists(st.one_of(st.none(), st.integers(min_value=1, max_value=45))))
def test_a_newcomer_goes_to_the_end_and_gaps_stay(taken: list[int | None]) -> None:
    number = rules.next_number(taken)
    assert number not in taken
    assert all(number > other for other in taken if other is not None)


def test_grades_are_ordered_through_the_nine_years() -> None:
    assert sorted(["J1", "P6", "P1", "??"], key=rules.grade_order) == ["P1", "P6", "J1", "??"]
    assert rules.grade_label("J3") == "中3"
