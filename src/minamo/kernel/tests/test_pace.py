"""The bucket: never more than the rate, never less, whoever asks and in whichever rhythm."""

import math
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from minamo.kernel.pace import TELL_EVERY, Buckets, Rate, rates, taken, wait

RATES = st.builds(Rate, st.integers(1, 200), st.integers(1, 3600))
PAUSES = st.lists(st.floats(0, 100, allow_nan=False), min_size=1, max_size=150)
DEFAULTS = {"pdf": Rate(10, 60), "export": Rate(5, 60)}


def passed(rate: Rate, pauses: Sequence[float]) -> list[float]:
    """The moments at which somebody who asks with these pauses is let through."""
    buckets, now, through = Buckets(), 1_000.0, []
    for pause in pauses:
        now += pause
        if buckets.take("a", rate, now) is None:
            through.append(now)
    return through


@given(RATES, PAUSES)
def test_in_no_stretch_of_time_more_than_the_rate_allows(rate: Rate, pauses: list[float]) -> None:
    through = passed(rate, pauses)
    for first in range(len(through)):
        for last in range(first, len(through)):
            most = rate.count + (through[last] - through[first]) / rate.every
            assert last - first + 1 <= most + 1e-6


@given(RATES, st.lists(st.floats(0, 5, allow_nan=False), max_size=60))
def test_who_keeps_to_the_rate_is_never_stopped(rate: Rate, more: list[float]) -> None:
    pauses = [rate.every * (1 + extra) for extra in more]
    assert len(passed(rate, [0.0] * rate.count)) == rate.count
    assert len(passed(rate, pauses)) == len(pauses)


@given(RATES, PAUSES)
def test_after_the_wait_it_fits_and_before_it_does_not(rate: Rate, pauses: list[float]) -> None:
    buckets, now = Buckets(), 1_000.0
    for pause in pauses:
        now += pause
        refusal = buckets.take("a", rate, now)
        if refusal is None:
            continue
        assert 0 < refusal.seconds <= rate.seconds + 1e-6  # sums of moments are a little off
        assert buckets.look("a", rate, now + refusal.seconds * 0.99 - 1e-3) is not None or refusal.seconds < 0.1
        assert buckets.look("a", rate, now + refusal.seconds + 1e-3) is None


@given(RATES, st.integers(1, 30))
def test_refusals_cost_nothing(rate: Rate, times: int) -> None:
    buckets = Buckets()
    for _ in range(rate.count):
        assert buckets.take("a", rate, 50.0) is None
    answers = [buckets.take("a", rate, 50.0) for _ in range(times)]
    assert [answer.seconds for answer in answers if answer] == pytest.approx([rate.every] * times, rel=1e-3)


@given(RATES, PAUSES)
def test_the_moment_alone_says_the_same(rate: Rate, pauses: list[float]) -> None:
    """What the table keeps (one moment) decides as the memory does."""
    buckets, now, clear_at = Buckets(), 1_000.0, -math.inf
    for pause in pauses:
        now += pause
        fits = wait(rate, clear_at, now) == 0
        clear_at = taken(rate, clear_at, now) if fits else clear_at
        assert (buckets.take("a", rate, now) is None) == fits


def test_others_are_not_concerned() -> None:
    buckets, rate = Buckets(), Rate(1, 60)
    assert buckets.take("a", rate, 0.0) is None
    assert buckets.take("a", rate, 0.0) is not None
    assert buckets.take("b", rate, 0.0) is None


def test_told_once_in_ten_minutes() -> None:
    buckets, rate = Buckets(), Rate(1, 3600)
    buckets.take("a", rate, 0.0)
    told = [now for now in range(1, 1500) if (r := buckets.take("a", rate, float(now))) and r.first]
    assert told == [1, 1 + TELL_EVERY, 1 + 2 * TELL_EVERY]


def test_the_memory_has_an_end_and_forgets_who_was_away_longest() -> None:
    buckets, rate = Buckets(most=3), Rate(1, 1000)
    for key in "abc":
        buckets.take(key, rate, 0.0)
    buckets.take("d", rate, 1.0)
    assert len(buckets) == 3
    assert buckets.look("a", rate, 2.0) is None
    assert all(buckets.look(key, rate, 2.0) for key in "bcd")


def test_rates_are_read_over_the_defaults() -> None:
    assert rates("pdf=3/30", DEFAULTS) == {"pdf": Rate(3, 30), "export": Rate(5, 60)}
    assert rates("", DEFAULTS) == DEFAULTS


@pytest.mark.parametrize(
    "text", ["print=3/30", "pdf", "pdf=3", "pdf=a/b", "pdf=0/30", "pdf=3/0", "pdf=-1/30", "pdf=１/２/３"]
)
def test_what_is_no_rate_is_said(text: str) -> None:
    with pytest.raises(ValueError, match="「"):
        rates(text, DEFAULTS)
