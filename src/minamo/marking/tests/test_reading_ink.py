"""筆跡: the ruled cell goes, the writing stays."""

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from minamo.marking.reading import ink as ink_of
from minamo.marking.reading import ruling
from minamo.marking.reading.ink import find_ink, to_gray
from minamo.marking.reading.tiles import INNER, SIDE, box_of, find_ring, tile_of


def paper(height: int = 96, width: int = 214) -> np.ndarray:
    return np.full((height, width), 250, np.uint8)


def ruled(page: np.ndarray, thick: int = 2, off: int = 4, ink: int = 40) -> np.ndarray:
    high, wide = page.shape
    cv2.rectangle(page, (off, off), (wide - 1 - off, high - 1 - off), ink, thick)
    return page


def letter(page: np.ndarray, x: int, y: int, size: int = 40, ink: int = 90) -> np.ndarray:
    """A shape like カ: no straight edge to edge lines."""
    points = np.array([[0, 14], [40, 10], [34, 38], [26, 34]]) * size / 40 + [x, y]
    stem = np.array([[18, 0], [16, 22], [2, 40]]) * size / 40 + [x, y]
    for path in (points, stem):
        cv2.polylines(page, [path.astype(np.int32)], False, ink, 4, cv2.LINE_AA)
    return page


@pytest.mark.parametrize("thick", [1, 2, 4])
@pytest.mark.parametrize("off", [0, 3, 7])
def test_an_empty_ruled_cell_has_no_ink(thick: int, off: int) -> None:
    assert find_ink(ruled(paper(), thick, off)) is None


@pytest.mark.parametrize("shape", [(1, 1), (3, 200), (48, 48), (400, 400)])
def test_paper_of_any_size_has_no_ink(shape: tuple[int, int]) -> None:
    assert find_ink(np.full(shape, 243, np.uint8)) is None


@settings(deadline=None, max_examples=60)
@given(
    x=st.integers(14, 150),
    y=st.integers(14, 40),
    thick=st.integers(1, 3),
    off=st.integers(1, 6),
    ink=st.integers(40, 200),
)
def test_rules_go_and_writing_stays(x: int, y: int, thick: int, off: int, ink: int) -> None:
    found = find_ink(letter(ruled(paper(), thick, off), x, y, ink=ink))
    assert found is not None
    box = box_of(found.boxes)
    assert abs(box.left - x) <= 4
    assert abs(box.top - y) <= 4
    assert abs(box.right - (x + 40)) <= 4
    assert abs(box.bottom - (y + 40)) <= 4


def test_a_stroke_over_the_rule_stays() -> None:
    page = letter(ruled(paper()), 90, 62)
    found = find_ink(page)
    assert found is not None
    assert box_of(found.boxes).bottom >= 94


@settings(deadline=None, max_examples=120)
@given(
    seed=st.integers(0, 2**32 - 1),
    slope=st.sampled_from([0.0, 0.0, 0.004, -0.031]),
    offset=st.integers(-8, 400).map(lambda quarter: quarter / 4),
    thickness=st.sampled_from([1.0, 2.0, 5.0, 7.5]),
)
def test_a_rule_is_the_same_pixels_however_it_is_found(
    seed: int, slope: float, offset: float, thickness: float
) -> None:
    """Against every pixel looked at by itself; most lines are level and take a shorter way."""
    mask = (np.random.default_rng(seed).random((96, 60)) < 0.3).astype(np.uint8)
    half, reach = np.float32(thickness / 2 + 1.1), np.float32(thickness / 2 + 3.2)
    expected = np.zeros_like(mask)
    for x in range(60):
        away = np.arange(96, dtype=np.float32) - np.float32(np.float32(slope) * np.float32(x) + np.float32(offset))
        there = mask[:, x] > 0
        over, under = (there & (side < -half) & (side >= -reach) for side in (away, -away))
        if not (over.any() and under.any()):
            expected[:, x] = there & (np.abs(away) <= half)
    found = np.zeros_like(mask)
    ruling._put_band(mask, slope, offset, thickness, found)
    assert np.array_equal(found, expected)


@settings(deadline=None, max_examples=60)
@given(seed=st.integers(0, 2**32 - 1), left=st.integers(0, 30), top=st.integers(0, 30))
def test_pieces_are_counted_alike_wherever_the_writing_stands(seed: int, left: int, top: int) -> None:
    """Only the part of a crop that has writing is looked at; its pieces have the order they have in the whole crop."""
    chance = np.random.default_rng(seed)
    mask = np.zeros((96, 110), np.uint8)
    dots = (chance.random((60, 70)) < 0.02).astype(np.uint8)
    mask[top : top + 60, left : left + 70] = cv2.dilate(dots, np.ones((3, 3), np.uint8))
    found = ink_of._pieces(mask * 200, mask, None, None, 0)
    count, labels, stats = ruling.components(mask)
    if found is None:
        assert count == 1
        return
    kept = [int(label) for label in dict.fromkeys(labels[found.labels > 0].tolist())]
    assert [int(found.labels[labels == label][0]) for label in sorted(kept)] == list(range(1, len(kept) + 1))
    assert np.array_equal(found.boxes, stats[sorted(kept)])
    assert np.array_equal(
        found.depth > 0, (cv2.dilate((found.labels > 0).astype(np.uint8), np.ones((3, 3))) & mask) > 0
    )


@settings(deadline=None, max_examples=60)
@given(seed=st.integers(0, 2**32 - 1), count=st.sampled_from([3, 40, 255, 256, 700]), share=st.floats(0, 1))
def test_pieces_that_are_kept_are_counted_from_one(seed: int, count: int, share: float) -> None:
    chance = np.random.default_rng(seed)
    labels = chance.integers(0, count, (40, 60)).astype(np.uint16)
    keep = chance.random(count) < share
    keep[0] = False
    kept, inked = ink_of._renumbered(labels, keep)
    order = {int(label): at for at, label in enumerate(np.flatnonzero(keep), 1)}
    assert kept.tolist() == [[order.get(int(label), 0) for label in row] for row in labels]
    assert np.array_equal(inked > 0, kept > 0)
    assert kept.dtype == np.int32
    assert inked.dtype == np.uint8


def seven(bar: int, below: int) -> tuple[np.ndarray, np.ndarray]:
    """A 7 in a ruled cell, its bar of so many pixels drawn so far below the middle of the upper rule; and the blank."""
    blank = ruled(paper(), thick=2, off=8)
    page = blank.copy()
    cv2.line(page, (110, 9 + below), (96, 70), 90, 4, cv2.LINE_AA)
    cv2.line(page, (110 - bar, 8 + below), (110, 8 + below), 90, 4, cv2.LINE_AA)
    return page, blank


def test_a_bar_that_lies_upon_a_rule_is_known_to_be_hidden() -> None:
    seen, blank = seven(30, 1)
    found = find_ink(seen, blank)
    assert found is not None
    assert found.hidden, "what is left is a 1"
    crossing, blank = seven(0, 1)
    found = find_ink(crossing, blank)
    assert found is not None
    assert found.met > 0
    assert not found.hidden, "a stroke that only ends at the rule is whole"
    clear, blank = seven(30, 4)
    found = find_ink(clear, blank)
    assert found is not None
    assert not found.hidden, "what is left of the bar is read"


def test_light_pencil_in_a_black_frame_is_found() -> None:
    found = find_ink(letter(ruled(paper(), ink=10), 80, 30, ink=215))
    assert found is not None
    assert abs(box_of(found.boxes).left - 80) <= 4


def test_print_of_the_blank_sheet_is_not_writing() -> None:
    blank = ruled(paper())
    cv2.putText(blank, "cm", (160, 90), cv2.FONT_HERSHEY_SIMPLEX, 0.8, 20, 2)
    found = find_ink(letter(blank.copy(), 60, 30), blank)
    assert found is not None
    assert box_of(found.boxes).right < 120
    assert find_ink(blank, blank) is None


def test_a_ring_is_taken_off_and_a_lone_ring_stays() -> None:
    page = letter(paper(), 90, 30)
    cv2.ellipse(page, (110, 50), (44, 40), 0, 0, 360, 90, 3, cv2.LINE_AA)
    found = find_ink(page)
    assert found is not None
    tile, taken = tile_of(found)
    assert taken
    assert not tile_of(found, keep_ring=True)[1]
    alone = find_ink(letter(paper(), 90, 30))
    assert alone is not None
    assert np.abs(tile.astype(int) - tile_of(alone)[0].astype(int)).mean() < 12
    ring = paper()
    cv2.circle(ring, (100, 50), 30, 90, 3, cv2.LINE_AA)
    lone = find_ink(ring)
    assert lone is not None
    assert find_ring(lone) is None


@settings(deadline=None, max_examples=40)
@given(scale=st.floats(0.75, 3.0), gray=st.integers(190, 255))
def test_a_tile_does_not_depend_on_resolution_or_paper(scale: float, gray: int) -> None:
    page = letter(paper(), 80, 30, ink=60)
    other = cv2.resize(page, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC)
    other = np.clip(other.astype(int) - (250 - gray), 0, 255).astype(np.uint8)
    one, two = find_ink(page), find_ink(other)
    assert one is not None
    assert two is not None
    first, second = tile_of(one)[0], tile_of(two)[0]
    assert first.shape == second.shape == (SIDE, SIDE)
    assert max(np.ptp(np.nonzero(first > 60)[0]), np.ptp(np.nonzero(first > 60)[1])) <= INNER
    assert (
        np.abs(cv2.GaussianBlur(first, (0, 0), 2).astype(int) - cv2.GaussianBlur(second, (0, 0), 2).astype(int)).mean()
        < 14
    )


@pytest.mark.parametrize(
    "picture",
    [
        np.full((20, 30, 3), 255, np.uint8),
        np.full((20, 30, 4), 255, np.uint8),
        np.full((20, 30, 1), 255, np.uint8),
        np.full((20, 30), 65535, np.uint16),
        np.ones((20, 30), np.bool_),
        np.ones((20, 30), np.float32),
        np.full((20, 30), 255, np.float64),
    ],
)
def test_any_picture_becomes_gray(picture: np.ndarray) -> None:
    gray = to_gray(picture)
    assert gray.dtype == np.uint8
    assert gray.shape == (20, 30)
    assert gray.min() >= 254


def test_what_is_transparent_is_paper() -> None:
    picture = np.zeros((20, 30, 4), np.uint8)
    assert to_gray(picture).min() == 255
