"""What the reader's workshop draws with: the middle of a stroke, and the pen that goes along it."""

import cv2
import numpy as np
import pytest

from tools.reader import simulate


def shape(kind: str) -> np.ndarray:
    """A thick bar, a ring, a cross."""
    page = np.zeros((80, 80), np.uint8)
    if kind == "bar":
        cv2.line(page, (15, 15), (62, 60), 255, 13)
    elif kind == "ring":
        cv2.circle(page, (40, 40), 25, 255, 11)
    else:
        cv2.line(page, (10, 40), (70, 40), 255, 9)
        cv2.line(page, (40, 10), (40, 70), 255, 9)
    return page


def pieces_and_holes(page: np.ndarray) -> tuple[int, int]:
    ink = np.pad((page > 0).astype(np.uint8), 1)
    return cv2.connectedComponents(ink, connectivity=8)[0] - 1, cv2.connectedComponents(1 - ink, connectivity=4)[0] - 2


@pytest.mark.parametrize("kind", ["bar", "ring", "cross"])
def test_the_middle_of_a_stroke_is_one_pixel_wide_and_holds_together(kind: str) -> None:
    page = shape(kind)
    middle = simulate.middle_of(page)
    assert pieces_and_holes(middle) == pieces_and_holes(page)
    assert not (middle[page == 0] > 0).any()
    assert cv2.erode(middle, np.ones((2, 2), np.uint8)).sum() <= 255 * 4
    edge = cv2.distanceTransform(page, cv2.DIST_L2, 5)
    assert np.median(edge[middle > 0]) >= 0.6 * edge.max()


def test_a_pen_along_the_middle_is_as_wide_as_asked_whatever_the_brush_was() -> None:
    for pen in (4.0, 9.0):
        drawn = simulate.penned(simulate.middle_of(shape("ring")), 61, pen)
        assert cv2.distanceTransform(drawn, cv2.DIST_L2, 5).max() * 2 == pytest.approx(pen * 80 / 61, abs=2.5)


def test_strokes_that_run_on_keep_every_point() -> None:
    strokes = [np.array([[at, 0], [at, 9]], np.float32) for at in range(6)]
    for seed in range(20):
        joined = simulate.running(strokes, np.random.default_rng(seed))
        points = np.concatenate(joined)
        assert 1 <= len(joined) <= 6
        assert all((points == corner).all(axis=1).any() for stroke in strokes for corner in stroke)
    assert any(len(simulate.running(strokes, np.random.default_rng(seed))) < 6 for seed in range(20))
