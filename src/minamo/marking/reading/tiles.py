"""字形の升目: the ink of one answer brought to one size, as the network sees it."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from minamo.marking.reading.ink import Ink

SIDE = 48
"""Pixels of a tile's side."""
INNER = 40
"""The longer side of the writing in the tile."""

Tile = NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle of the crop, right and bottom excluded."""

    left: int
    top: int
    right: int
    bottom: int


def tile_of(ink: Ink, keep_ring: bool = False) -> tuple[Tile, bool]:
    """升目にする: the writing as one tile of 0 (paper) to 255 (ink), and whether a ring around it was taken off."""
    ring = None if keep_ring else find_ring(ink)
    if ring is None:
        return cut(ink.depth, box_of(ink.boxes)), False
    rest = np.flatnonzero(np.arange(1, len(ink.boxes) + 1) != ring)
    around = cv2.dilate((ink.labels == ring).astype(np.uint8), np.ones((3, 3), np.uint8))
    depth = np.where((around > 0) & ((ink.labels == 0) | (ink.labels == ring)), 0, ink.depth).astype(np.uint8)
    return cut(depth, box_of(ink.boxes[rest])), True


def box_of(boxes: NDArray[np.int32]) -> Box:
    """The smallest rectangle around some pieces of ink."""
    left, top = boxes[:, 0].min(), boxes[:, 1].min()
    right, bottom = (boxes[:, 0] + boxes[:, 2]).max(), (boxes[:, 1] + boxes[:, 3]).max()
    return Box(int(left), int(top), int(right), int(bottom))


def cut(depth: NDArray[np.uint8], box: Box) -> Tile:
    """One rectangle of ink, scaled to fit the tile, as dark as if everybody pressed alike."""
    part = depth[box.top : box.bottom, box.left : box.right]
    levels = np.bincount(part.ravel(), minlength=256)[1:].cumsum()
    full = 1.0 + float(np.searchsorted(levels, 0.8 * levels[-1]))
    height, width = part.shape
    factor = INNER / max(height, width, 1)
    size = (max(1, round(width * factor)), max(1, round(height * factor)))
    scaled = cv2.resize(part, size, interpolation=cv2.INTER_AREA if factor < 1 else cv2.INTER_LINEAR)
    tile = np.zeros((SIDE, SIDE), np.uint8)
    top, left = (SIDE - size[1]) // 2, (SIDE - size[0]) // 2
    tile[top : top + size[1], left : left + size[0]] = cv2.convertScaleAbs(scaled, alpha=255 / max(full, 1.0))
    return tile


def find_ring(ink: Ink) -> int | None:
    """〇囲み: the number of the piece that encloses all other writing as a hollow round, or None."""
    boxes = ink.boxes
    if len(boxes) < 2:
        return None
    at = int(np.argmax(boxes[:, 2].astype(np.int64) * boxes[:, 3]))
    x, y, wide, high, area = (int(value) for value in boxes[at])
    inner = box_of(np.delete(boxes, at, axis=0))
    slack_x, slack_y = 0.06 * wide, 0.06 * high
    inside = (
        inner.left >= x - slack_x and inner.top >= y - slack_y
        and inner.right <= x + wide + slack_x and inner.bottom <= y + high + slack_y
    )  # fmt: skip
    large = max((inner.right - inner.left) / wide, (inner.bottom - inner.top) / high) >= 0.28
    if not inside or not large or not 0.45 < wide / max(high, 1) < 2.6 or area > 0.5 * wide * high:
        return None
    ring = (ink.labels[y : y + high, x : x + wide] == at + 1).astype(np.uint8)
    return at + 1 if _is_hollow_round(ring, area) else None


def _is_hollow_round(ring: NDArray[np.uint8], area: int) -> bool:
    """Whether a piece is convex enough, empty in the middle, and met in nearly every direction from there."""
    high, wide = ring.shape
    hull = cv2.convexHull(cv2.findNonZero(ring))
    if float(cv2.contourArea(hull)) < 0.66 * wide * high:
        return False
    core = np.zeros_like(ring)
    cv2.ellipse(core, (wide // 2, high // 2), (int(wide * 0.3), int(high * 0.3)), 0, 0, 360, 1, -1)
    if int((ring & core).sum()) > 0.02 * area:
        return False
    rows, columns = np.nonzero(ring)
    sectors = ((np.arctan2(rows - high / 2, columns - wide / 2) + np.pi) * (16 / (2 * np.pi))).astype(np.int64) % 16
    return int((np.bincount(sectors, minlength=16) > 0).sum()) >= 14
