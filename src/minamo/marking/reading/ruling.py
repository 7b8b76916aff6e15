"""罫線: the ruled lines of a cell, found in the mask of what is dark, so that they can be taken away."""

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

Mask = NDArray[np.uint8]

AROUND = {side: np.ones((side, side), np.uint8) for side in (3, 5, 7, 9)}
"""Squares of so many pixels: how far a mask is widened."""
UPRIGHT = np.ones((3, 1), np.uint8)


def find_rules(mask: Mask) -> Mask | None:
    """罫線を見つける: straight lines that run along an edge through the crop; strokes that cross them are left out.

    None when there is no rule. A lone line that the writing touches may be a stroke and does not count.
    """
    found = _rules_along(mask)
    for line in _rules_along(cv2.transpose(mask).astype(np.uint8, copy=False)):
        found.append(cv2.transpose(line).astype(np.uint8, copy=False))
    if not found:
        return None
    rules: Mask = np.bitwise_or.reduce(found)
    if len(found) == 1 and not _stands_apart(mask, rules):
        return None
    return rules


STEP = 4
"""Rules are looked for in every fourth column."""
ALONG = 0.85
"""Share of a crop's width from which on a line is its rule."""
CLEAR = 0.35
"""Share of the width below which a row beside a rule is none of it."""


def _rules_along(mask: Mask) -> list[Mask]:
    """Masks of the horizontal rules: nearly as wide as the crop, straight, thin, in its upper or lower third."""
    height, width = mask.shape
    third = int(height * 0.36)
    if third < 3:
        return []
    filled = cv2.reduce(mask, 1, cv2.REDUCE_SUM, dtype=cv2.CV_32S).ravel().astype(np.int32, copy=False)
    rules = []
    for top, bottom in ((0, third), (height - third, height)):
        if filled[top:bottom].sum() < width // 2:
            continue
        if (level := _level_rule(mask, filled[top:bottom], top)) is not None:
            rules.append(level)
            continue
        strip = mask[top:bottom]
        thick = cv2.dilate(strip, UPRIGHT)
        runs = cv2.morphologyEx(thick, cv2.MORPH_OPEN, np.ones((1, max(14, width // 5)), np.uint8))[:, ::STEP]
        joined = cv2.morphologyEx(
            np.ascontiguousarray(runs), cv2.MORPH_CLOSE, np.ones((3, (width // 5 // STEP) | 1), np.uint8)
        )
        count, labels, stats = components(joined.astype(np.uint8, copy=False))
        for at in range(1, count):
            _x, y, wide, high, _area = stats[at].tolist()
            if wide * STEP < ALONG * width or high > max(9, 0.22 * height):
                continue
            rule = _trace(mask, strip[y : y + high, ::STEP] & (labels[y : y + high] == at), top + y)
            if rule is not None:
                rules.append(rule)
    return rules


def _level_rule(mask: Mask, filled: NDArray[np.int32], top: int) -> Mask | None:
    """The pixels of a rule that fills whole rows with clear rows on both sides, as nine of ten in an aligned scan do; None where the
    lines have to be traced. `filled`: how many pixels are dark in each row from `top` on."""
    height, width = mask.shape
    full = np.flatnonzero(filled >= ALONG * width)
    if not len(full):
        return None
    first, last = int(full[0]), int(full[-1])
    thickness = last - first + 1
    if len(full) != thickness or thickness > _thickest(height):
        return None
    low = max(0, first - 1)
    near = filled[low : last + 2].tolist()
    if sum(dark >= CLEAR * width for dark in near) > thickness:
        return None
    middle = sum(at * dark for at, dark in enumerate(near, top + low)) / sum(near)
    return _band(mask, 0.0, middle, float(thickness))


def _thickest(height: int) -> float:
    """Pixels a rule in a crop of this height may be thick."""
    return 0.07 * height + 2.5


def _trace(mask: Mask, body: Mask, top: int) -> Mask | None:
    """The pixels of one straight line; None when it is bent or uneven like a pen stroke."""
    rows = np.ones((2, body.shape[0]), np.float32)
    rows[1] = np.arange(top, top + body.shape[0])
    count, moment = rows @ body.astype(np.float32)
    there = np.flatnonzero(count)
    if len(there) < 6:
        return None
    count = count[there]
    points = np.empty((len(there), 2), np.float32)
    points[:, 0] = there * STEP
    points[:, 1] = moment[there] / count
    thickness = float(np.partition(count, len(there) // 2)[len(there) // 2])
    points = points[count <= thickness + 1]
    if len(points) < 0.5 * len(there) or thickness > _thickest(mask.shape[0]):
        return None
    slope, offset = _line(points)
    off = np.abs(points[:, 1] - (slope * points[:, 0] + offset))
    if np.count_nonzero(off > 0.85) > 0.1 * len(off):
        return None
    return _band(mask, slope, offset, thickness)


def _line(points: NDArray[np.float32]) -> tuple[float, float]:
    """Slope and offset of the line most points agree on."""
    along, up, x0, y0 = cv2.fitLine(points, cv2.DIST_HUBER, 0, 0.01, 0.01).ravel().tolist()
    slope = up / along if abs(along) > 1e-6 else 0.0
    return slope, y0 - slope * x0


def _band(mask: Mask, slope: float, offset: float, thickness: float) -> Mask:
    """The inked pixels on a line, without the columns where a stroke crosses it."""
    height, width = mask.shape
    line = slope * np.arange(width, dtype=np.float32) + offset
    ends = (float(line[0]), float(line[-1]))
    low = max(0, int(min(ends) - thickness - 4))
    high = min(height, int(max(ends) + thickness + 5))
    part = mask[low:high].view(np.bool_)
    rows = np.arange(low, high, dtype=np.float32)
    half = thickness / 2 + 1.1
    band = np.zeros_like(mask)
    if slope == 0:
        _put_level(band[low:high], part, rows - line[0], half)
        return band
    away = rows[:, None] - line
    above = part & (away < -half) & (away >= -half - 2.1)
    below = part & (away > half) & (away <= half + 2.1)
    crossed = above.any(axis=0) & below.any(axis=0)
    band[low:high] = part & (np.abs(away) <= half) & ~crossed
    return band


def _put_level(band: Mask, part: NDArray[np.bool_], away: NDArray[np.float32], half: float) -> None:
    """The same for a line that is level, as most are in an aligned scan: whole rows lie above, on and below it."""
    over, first = np.searchsorted(away, np.array([-half - 2.1, -half], np.float32)).tolist()
    after, under = np.searchsorted(away, np.array([half, half + 2.1], np.float32), side="right").tolist()
    crossed = part[over:first].any(axis=0) & part[after:under].any(axis=0)
    np.greater(part[first:after], crossed, out=band[first:after].view(np.bool_))


def _stands_apart(mask: Mask, line: Mask) -> bool:
    """Whether what is left does not touch the line."""
    left = np.where(line > 0, 0, mask)
    near = cv2.dilate(line, AROUND[5])
    return bool(left.any()) and not bool((left & near).any())


def components(mask: Mask) -> tuple[int, NDArray[np.integer[Any]], NDArray[np.int32]]:
    """Connected pieces: how many with the paper, the number of each pixel, x, y, width, height and area of each."""
    kind = cv2.CV_16U if mask.size < 4 * 65_000 else cv2.CV_32S
    count, labels, stats, _ = cv2.connectedComponentsWithStatsWithAlgorithm(mask, 8, kind, cv2.CCL_DEFAULT)
    numbers: NDArray[np.integer[Any]] = np.asarray(labels)
    return count, numbers, stats.astype(np.int32, copy=False)
