"""精度の報告."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from minamo.marking.reading.report import Confirmed, accuracy, school_report, wilson_low


@pytest.mark.parametrize(
    ("right", "n", "low"), [(600, 600, 0.99364), (10, 10, 0.72247), (8, 10, 0.49016), (0, 5, 0.0), (0, 0, 0.0)]
)
def test_wilson_against_published_figures(right: int, n: int, low: float) -> None:
    assert wilson_low(right, n) == pytest.approx(low, abs=5e-5)


@given(n=st.integers(1, 5000), share=st.floats(0, 1))
def test_the_bound_lies_below_the_share(n: int, share: float) -> None:
    right = int(n * share)
    assert 0 <= wilson_low(right, n) <= right / n


def test_abstentions_cost_coverage_not_precision() -> None:
    rows = [
        Confirmed("ア", 0.9, "ア", "ア-オ"),
        Confirmed(None, 0.2, "イ", "ア-オ"),
        Confirmed("ウ", 0.8, "イ", "ア-オ"),
    ]
    found = accuracy(rows)
    assert (found.n, found.read, found.right) == (3, 2, 1)
    assert found.coverage == pytest.approx(2 / 3)
    assert found.precision == 0.5
    assert found.mistaken == ((("イ", "ウ"), 1),)


def test_nothing_read_has_no_precision() -> None:
    found = accuracy([Confirmed(None, 0.0, "ア", "ア-オ")])
    assert found.precision is None
    assert found.low is None


def test_a_school_sees_each_alphabet_and_the_whole() -> None:
    rows = [Confirmed("ア", 0.9, "ア", "ア-オ"), Confirmed("3", 0.9, "8", "0-9"), Confirmed("3", 0.9, "", "0-9")]
    report = school_report(rows)
    assert list(report) == ["ア-オ", "0-9", "全体"]
    assert report["全体"].n == 3
    assert report["0-9"].precision == 0.0
