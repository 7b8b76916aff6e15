"""数の帯: the ink of one cell brought to one height, as the network of numbers sees it."""

import cv2
import numpy as np
from numpy.typing import NDArray

from minamo.marking.reading.ink import Ink

HIGH, WIDE = 40, 96
"""Pixels of a strip."""
RIM = 2
"""Paper left at every side of it."""
SPACE = 0.35
"""The widest space between two pieces that is kept, in heights of the writing."""
SPECK = 0.17
"""A piece smaller than this share of the writing's height is a speck when it lies outside of the rest."""

Strip = NDArray[np.uint8]


def strip_of(ink: Ink) -> Strip:
    """帯にする: the writing without specks around it and without wide spaces, 0 (paper) to 255 (ink)."""
    kept = _without_specks(ink.boxes)
    left, top = (int(value) for value in kept[:, :2].min(axis=0))
    right, bottom = (int(value) for value in (kept[:, :2] + kept[:, 2:4]).max(axis=0))
    part = ink.depth[top:bottom, left:right]
    part = part[:, _columns(ink.labels[top:bottom, left:right])]
    levels = np.bincount(part.ravel(), minlength=256)[1:].cumsum()
    full = 1.0 + float(np.searchsorted(levels, 0.8 * levels[-1]))
    height, width = part.shape
    factor = min((HIGH - 2 * RIM) / height, (WIDE - 2 * RIM) / width)
    size = (max(1, round(width * factor)), max(1, round(height * factor)))
    scaled = cv2.resize(part, size, interpolation=cv2.INTER_AREA if factor < 1 else cv2.INTER_LINEAR)
    strip = np.zeros((HIGH, WIDE), np.uint8)
    y, x = (HIGH - size[1]) // 2, (WIDE - size[0]) // 2
    strip[y : y + size[1], x : x + size[0]] = cv2.convertScaleAbs(scaled, alpha=255 / max(full, 1.0))
    return strip


def _without_specks(boxes: NDArray[np.int32]) -> NDArray[np.int32]:
    """The boxes of the pieces, less small ones left, right, above or below of everything that is not small."""
    small = boxes[:, 2:4].max(axis=1) < SPECK * boxes[:, 3].max()
    if small.all():
        return boxes
    large = boxes[~small]
    low = large[:, :2].min(axis=0)
    high = (large[:, :2] + large[:, 2:4]).max(axis=0)
    middle = boxes[:, :2] + boxes[:, 2:4] / 2
    outside = ((middle < low) | (middle > high)).any(axis=1)
    kept: NDArray[np.int32] = boxes[~(small & outside)]
    return kept


def _columns(labels: NDArray[np.int32]) -> NDArray[np.int64]:
    """The columns to keep: of each run without ink only as many as a usual space has."""
    empty = np.asarray(~(labels > 0).any(axis=0))
    most = max(3, round(SPACE * labels.shape[0]))
    places = np.arange(empty.size)
    before = np.maximum.accumulate(np.where(empty, -1, places))
    return np.flatnonzero(places - before <= most)
