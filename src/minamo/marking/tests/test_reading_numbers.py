"""数を読む: strips, the sum over all ways to say a number, and the committed network on digits of unseen writers."""

from itertools import groupby, product

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from minamo.marking.reading.ink import Ink, find_ink
from minamo.marking.reading.numbers import text_at
from minamo.marking.reading.strips import HIGH, RIM, WIDE, strip_of
from minamo.marking.reading.texts import NOTHING, TEN, WRONG, shares


def page_of(*marks: tuple[int, int, int, int], size: tuple[int, int] = (96, 300)) -> Ink:
    """Ink of filled rectangles: x, y, width, height."""
    page = np.full(size, 250, np.uint8)
    for x, y, wide, high in marks:
        cv2.rectangle(page, (x, y), (x + wide, y + high), 60, -1)
    found = find_ink(page)
    assert found is not None
    return found


def columns_of(strip: np.ndarray) -> int:
    """How many columns hold ink."""
    return int((strip > 60).any(axis=0).sum())


@settings(deadline=None, max_examples=40)
@given(
    x=st.integers(20, 60),
    y=st.integers(15, 35),
    wide=st.integers(3, 9),
    high=st.integers(30, 45),
    gap=st.integers(4, 150),
)
def test_a_strip_keeps_all_digits_and_loses_only_wide_space(x: int, y: int, wide: int, high: int, gap: int) -> None:
    strip = strip_of(page_of((x, y, wide, high), (x + wide + gap, y, wide, high)))
    assert strip.shape == (HIGH, WIDE)
    inked = np.flatnonzero((strip > 60).any(axis=0))
    runs = 1 + int((np.diff(inked) > 1).sum())
    assert runs == 2
    assert inked[-1] - inked[0] <= WIDE - 2 * RIM
    rows = np.flatnonzero((strip > 60).any(axis=1))
    assert rows[-1] - rows[0] >= HIGH - 2 * RIM - 4, "space between the digits makes them no smaller"


def test_a_speck_beside_the_digits_makes_them_no_smaller_but_a_point_between_them_stays() -> None:
    digits = ((40, 30, 8, 40), (80, 30, 8, 40))
    plain = strip_of(page_of(*digits))
    assert np.array_equal(strip_of(page_of(*digits, (240, 80, 3, 3))), plain)
    assert columns_of(strip_of(page_of(*digits, (62, 66, 4, 4)))) > columns_of(plain)


@settings(deadline=None, max_examples=60)
@given(seed=st.integers(0, 2**32 - 1), high=st.integers(1, 96), wide=st.integers(1, 300))
def test_any_ink_makes_a_strip(seed: int, high: int, wide: int) -> None:
    page = np.full((96, 300), 250, np.uint8)
    page[:high, :wide] = np.random.default_rng(seed).integers(0, 256, (high, wide))
    ink = find_ink(page)
    if ink is not None:
        assert strip_of(ink).max() > 0


def said(path: tuple[int, ...]) -> str:
    """The text of one way to say it, column by column."""
    return "".join(str(mark) if mark < TEN else "x" for mark, _ in groupby(path) if mark != NOTHING)


@settings(deadline=None, max_examples=10)
@given(seed=st.integers(0, 2**32 - 1))
def test_every_way_to_say_a_number_is_counted_once(seed: int) -> None:
    """Against all 12³ ways of three columns, added up one by one."""
    logits = np.random.default_rng(seed).normal(0, 2, (1, TEN + 2, 3)).astype(np.float32)
    chance = np.exp(logits[0].astype(np.float64))
    chance /= chance.sum(axis=0)
    weights: dict[str, float] = {}
    for path in product(range(TEN + 2), repeat=3):
        weight = float(np.prod([chance[mark, at] for at, mark in enumerate(path)]))
        weights[said(path)] = weights.get(said(path), 0.0) + weight
    found = np.concatenate(shares(logits, 3), axis=1)[0]
    expected = [weights.get(text_at(at, 3), 0.0) for at in range(len(found))]
    assert found == pytest.approx(expected, abs=1e-12)


@given(seed=st.integers(0, 2**32 - 1), digits=st.integers(1, 3))
def test_the_numbers_of_a_strip_never_weigh_more_than_one(seed: int, digits: int) -> None:
    logits = np.random.default_rng(seed).normal(0, 6, (3, TEN + 2, 24)).astype(np.float32)
    whole = np.concatenate(shares(logits, digits), axis=1)
    assert (whole >= 0).all()
    assert (whole.sum(axis=1) <= 1 + 1e-9).all()


def test_what_is_no_digit_makes_no_number() -> None:
    logits = np.full((1, TEN + 2, 6), -30.0, np.float32)
    for at, mark in enumerate((4, NOTHING, WRONG, NOTHING, 2, NOTHING)):
        logits[0, mark, at] = 30
    assert np.concatenate(shares(logits, 3), axis=1).max() < 1e-9


@pytest.mark.parametrize(
    ("place", "text"), [(0, "0"), (9, "9"), (10, "00"), (27, "17"), (109, "99"), (110, "000"), (1109, "999")]
)
def test_a_place_is_a_number(place: int, text: str) -> None:
    assert text_at(place, 3) == text


def test_there_is_no_number_behind_the_last() -> None:
    with pytest.raises(ValueError, match="no number"):
        text_at(110, 2)
