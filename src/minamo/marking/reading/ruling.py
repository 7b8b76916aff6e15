"""罫線: the ruled lines of a cell, found in the mask of what is dark, so that they can be taken away."""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
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
    across, rules = _rules_along(mask)
    down, upright = _rules_along(cv2.transpose(mask).astype(np.uint8, copy=False))
    if upright is not None:
        turned = cv2.transpose(upright).astype(np.uint8, copy=False)
        rules = turned if rules is None else cv2.bitwise_or(rules, turned).astype(np.uint8, copy=False)
    if rules is None or (across + down == 1 and not _stands_apart(mask, rules)):
        return None
    return rules


STEP = 4
"""Rules are looked for in every fourth column."""
ALONG = 0.85
"""Share of a crop's width from which on a line is its rule."""
CLEAR = 0.35
"""Share of the width below which a row beside a rule is none of it."""


def _rules_along(mask: Mask) -> tuple[int, Mask | None]:
    """How many horizontal rules there are, and their mask: nearly as wide as the crop, straight, thin, in its upper or lower third."""
    height, width = mask.shape
    third = int(height * 0.36)
    if third < 3:
        return 0, None
    filled: list[int] = (
        cv2.reduce(mask, 1, cv2.REDUCE_SUM, dtype=cv2.CV_32S).astype(np.int32, copy=False).ravel().tolist()
    )
    rules, found = np.zeros_like(mask), 0
    for top, bottom in ((0, third), (height - third, height)):
        if sum(filled[top:bottom]) < width // 2:
            continue
        if _level_rule(mask, filled[top:bottom], top, rules):
            found += 1
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
            found += _trace(mask, strip[y : y + high, ::STEP] & (labels[y : y + high] == at), top + y, rules)
    return found, rules if found else None


def _level_rule(mask: Mask, filled: Sequence[int], top: int, rules: Mask) -> bool:
    """Whether there is a rule that fills whole rows with clear rows on both sides, as nine of ten in an aligned scan do; it is put into
    `rules`. Other lines have to be traced. `filled`: how many pixels are dark in each row from `top` on."""
    height, width = mask.shape
    wide, clear = ALONG * width, CLEAR * width
    full = [at for at, dark in enumerate(filled) if dark >= wide]
    if not full:
        return False
    first, last = full[0], full[-1]
    thickness = last - first + 1
    if len(full) != thickness or thickness > _thickest(height):
        return False
    low = max(0, first - 1)
    near = filled[low : last + 2]
    if sum([dark >= clear for dark in near]) > thickness:
        return False
    middle = sum([at * dark for at, dark in enumerate(near, top + low)]) / sum(near)
    _put_level(mask, middle, float(thickness), rules)
    return True


def _thickest(height: int) -> float:
    """Pixels a rule in a crop of this height may be thick."""
    return 0.07 * height + 2.5


def _trace(mask: Mask, body: Mask, top: int, rules: Mask) -> bool:
    """Whether it is one straight line, whose pixels are put into `rules`; not when it is bent or uneven like a pen stroke."""
    rows = np.ones((2, body.shape[0]), np.float32)
    rows[1] = np.arange(top, top + body.shape[0])
    count, moment = rows @ body.astype(np.float32)
    there = np.flatnonzero(count)
    if len(there) < 6:
        return False
    count = count[there]
    points = np.empty((len(there), 2), np.float32)
    points[:, 0] = there * STEP
    points[:, 1] = moment[there] / count
    thickness = float(np.partition(count, len(there) // 2)[len(there) // 2])
    points = points[count <= thickness + 1]
    if len(points) < 0.5 * len(there) or thickness > _thickest(mask.shape[0]):
        return False
    slope, offset = _line(points)
    off = np.abs(points[:, 1] - (slope * points[:, 0] + offset))
    if np.count_nonzero(off > 0.85) > 0.1 * len(off):
        return False
    _put_band(mask, slope, offset, thickness, rules)
    return True


def _line(points: NDArray[np.float32]) -> tuple[float, float]:
    """Slope and offset of the line most points agree on."""
    along, up, x0, y0 = cv2.fitLine(points, cv2.DIST_HUBER, 0, 0.01, 0.01).ravel().tolist()
    slope = up / along if abs(along) > 1e-6 else 0.0
    return slope, y0 - slope * x0


def _put_band(mask: Mask, slope: float, offset: float, thickness: float, rules: Mask) -> None:
    """Puts the inked pixels on a line into `rules`, without the columns where a stroke crosses it."""
    if slope == 0:
        _put_level(mask, offset, thickness, rules)
        return
    height, width = mask.shape
    line = slope * np.arange(width, dtype=np.float32) + offset
    ends = (float(line[0]), float(line[-1]))
    low = max(0, int(min(ends) - thickness - 4))
    high = min(height, int(max(ends) + thickness + 5))
    part = mask[low:high].view(np.bool_)
    rows = np.arange(low, high, dtype=np.float32)
    half = thickness / 2 + 1.1
    away = rows[:, None] - line
    above = part & (away < -half) & (away >= -half - 2.1)
    below = part & (away > half) & (away <= half + 2.1)
    crossed = above.any(axis=0) & below.any(axis=0)
    rules[low:high] |= part & (np.abs(away) <= half) & ~crossed


def _put_level(mask: Mask, offset: float, thickness: float, rules: Mask) -> None:
    """The same for a line that is level, as most are in an aligned scan: whole rows lie above, on and below it."""
    line = float(np.float32(offset))
    low, high = max(0, int(line - thickness - 4)), min(mask.shape[0], int(line + thickness + 5))
    half = thickness / 2 + 1.1
    outer, inner = float(np.float32(half + 2.1)), float(np.float32(half))
    away = (np.arange(low, high, dtype=np.float32) - np.float32(line)).tolist()
    over, first = low + bisect_left(away, -outer), low + bisect_left(away, -inner)
    after, under = low + bisect_right(away, inner), low + bisect_right(away, outer)
    there = mask[first:after]
    if over < first and after < under:
        there = there & ~(_any(mask[over:first]) & _any(mask[after:under]))
    rules[first:after] |= there


def _any(rows: Mask) -> Mask:
    """1 in each column in which one of some rows is dark."""
    found: Mask = np.bitwise_or.reduce(rows, axis=0)
    return found


def _stands_apart(mask: Mask, line: Mask) -> bool:
    """Whether what is left does not touch the line."""
    left = cv2.subtract(mask, line)
    return cv2.hasNonZero(left) and not cv2.hasNonZero(cv2.bitwise_and(left, cv2.dilate(line, AROUND[5])))


def components(mask: Mask) -> tuple[int, NDArray[np.integer[Any]], NDArray[np.int32]]:
    """Connected pieces: how many with the paper, the number of each pixel, x, y, width, height and area of each."""
    kind = cv2.CV_16U if mask.size < 4 * 65_000 else cv2.CV_32S
    count, labels, stats, _ = cv2.connectedComponentsWithStatsWithAlgorithm(mask, 8, kind, cv2.CCL_DEFAULT)
    numbers: NDArray[np.integer[Any]] = np.asarray(labels)
    return count, numbers, stats.astype(np.int32, copy=False)
