"""筆跡の取り出し: from the crop of a cell to the ink somebody wrote in it, without the ruled lines."""

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

Gray = NDArray[np.uint8]
Mask = NDArray[np.uint8]

WORKING_SIDE = 96
"""The shorter side of a crop while it is worked on, in pixels; larger crops are reduced."""
FAINTEST = 13
"""Ink lighter than this many gray levels below the paper is taken for dirt."""
AROUND = {side: np.ones((side, side), np.uint8) for side in (3, 5, 7, 9)}
"""Squares of so many pixels: how far a mask is widened."""
UPRIGHT = np.ones((3, 1), np.uint8)

Histogram = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Ink:
    """筆跡: what was written in one cell.

    `depth` gray levels below the paper (0 where nobody wrote), `labels` the number of the connected piece at each pixel
    (0: none), `boxes` x, y, width, height and area of each piece, in the order of the labels from 1; `met` how many of its
    pixels lie beside print or a rule that was taken away: strokes may have gone with it.
    """

    depth: Gray
    labels: NDArray[np.int32]
    boxes: NDArray[np.int32]
    met: int = 0

    @property
    def mask(self) -> Mask:
        """1 where the pen went."""
        return (self.labels > 0).astype(np.uint8)


def to_gray(image: NDArray[np.generic]) -> Gray:
    """Any picture (gray, BGR, BGRA, 16-bit, bool) as 8-bit gray; transparent is paper."""
    pixels = np.asarray(image)
    if pixels.dtype == np.bool_:
        pixels = np.where(pixels, 255, 0).astype(np.uint8)
    elif pixels.dtype == np.uint16:
        pixels = (pixels >> 8).astype(np.uint8)
    elif pixels.dtype != np.uint8:
        top = float(pixels.max(initial=0))
        pixels = np.clip(pixels.astype(np.float32) * (255 if top <= 1 else 1), 0, 255).astype(np.uint8)
    if pixels.ndim == 3 and pixels.shape[2] == 4:
        alpha = pixels[:, :, 3:].astype(np.float32) / 255
        pixels = (pixels[:, :, :3] * alpha + 255 * (1 - alpha)).astype(np.uint8)
    if pixels.ndim == 3:
        pixels = (
            cv2.cvtColor(np.ascontiguousarray(pixels[:, :, :3]), cv2.COLOR_BGR2GRAY)
            if pixels.shape[2] == 3
            else pixels[:, :, 0]
        )
    return np.ascontiguousarray(pixels, dtype=np.uint8)


def find_ink(crop: Gray, printed: Gray | None = None) -> Ink | None:
    """筆跡を探す: the ink of a cell, or None when there is nothing darker than paper and dirt.

    `printed` is the same crop of the blank sheet, of the same shape: what is printed there is taken away.
    """
    if min(crop.shape[:2]) < 4:
        return None
    page = _reduce(crop)
    depth, histogram = _depth(page)
    taken: Mask | None = None
    if printed is not None:
        under = cv2.resize(printed, (page.shape[1], page.shape[0]), interpolation=cv2.INTER_AREA)
        print_depth, _ = _depth(under.astype(np.uint8, copy=False))
        dark = cv2.threshold(print_depth, 40, 1, cv2.THRESH_BINARY)[1]
        taken = cv2.dilate(dark, AROUND[5]).astype(np.uint8, copy=False)
        _take_away(depth, taken, histogram)
    mask = _threshold(depth, histogram)
    if mask is None:
        return None
    rules = find_rules(mask)
    if rules is not None:
        lines = cv2.dilate(rules, AROUND[3]).astype(np.uint8, copy=False)
        taken = lines if taken is None else taken | lines
        _take_away(depth, taken, histogram)
        mask = _threshold(depth, histogram)
        if mask is None:
            return None
    return _pieces(depth, mask, rules, taken)


def _take_away(depth: Gray, taken: Mask, histogram: Histogram) -> None:
    """Makes paper of what is taken away, in the depths and in how many pixels have each of them."""
    there = taken.view(np.bool_)
    gone = depth[there]
    histogram -= np.bincount(gone, minlength=256)
    histogram[0] += gone.size
    depth[there] = 0


def _reduce(crop: Gray) -> Gray:
    factor = WORKING_SIDE / min(crop.shape)
    if factor >= 1:
        return crop
    size = (max(1, round(crop.shape[1] * factor)), max(1, round(crop.shape[0] * factor)))
    way = cv2.INTER_AREA if factor < 0.7 else cv2.INTER_LINEAR
    return cv2.resize(crop, size, interpolation=way).astype(np.uint8, copy=False)


def _depth(page: Gray) -> tuple[Gray, Histogram]:
    """How far each pixel lies below the paper around it, and how many lie how far: shading is followed, a flat crop is left alone."""
    soft = cv2.GaussianBlur(page, (0, 0), 0.7)
    small = cv2.resize(soft, (max(1, page.shape[1] // 4), max(1, page.shape[0] // 4)), interpolation=cv2.INTER_AREA)
    paper = cv2.blur(cv2.dilate(small, AROUND[9]), (9, 9))
    level = cv2.resize(paper, (page.shape[1], page.shape[0]), interpolation=cv2.INTER_LINEAR)
    depth = cv2.subtract(level, soft).astype(np.uint8, copy=False)
    histogram = cv2.calcHist([depth], [0], None, [256], [0, 256]).astype(np.float32, copy=False).ravel()
    median = min(int(np.searchsorted(histogram.cumsum(), depth.size / 2)), 40)
    if median == 0:
        return depth, histogram
    lower = np.zeros_like(histogram)
    lower[: 256 - median] = histogram[median:]
    lower[0] += histogram[:median].sum()
    return cv2.subtract(depth, np.full_like(depth, median)).astype(np.uint8, copy=False), lower


def _threshold(depth: Gray, histogram: Histogram) -> Mask | None:
    """Where the pen went: darker than dirt, than the grain of the paper, and than half-way to the writing."""
    dark = histogram[FAINTEST + 1 :].cumsum()
    if dark[-1] < 6:
        return None
    strong = FAINTEST + 1 + int(np.searchsorted(dark, 0.85 * dark[-1]))
    light = histogram[: FAINTEST + 1].cumsum()
    grain = 4.5 * float(np.searchsorted(light, 0.5 * light[-1])) if light[-1] else 0.0
    level = max(FAINTEST, grain, min(0.75 * _split(histogram), 0.4 * strong))
    return cv2.threshold(depth, level, 1, cv2.THRESH_BINARY)[1].astype(np.uint8, copy=False)


LEVELS = np.arange(256, dtype=np.float64)


def _split(histogram: Histogram) -> float:
    """The level that parts light from dark best (Otsu)."""
    weight = histogram.cumsum(dtype=np.float64)
    moment = (histogram * LEVELS).cumsum()
    below = moment[-1] * weight - moment * weight[-1]
    between = below * below / np.maximum(weight * (weight[-1] - weight), 1.0)
    return float(between.argmax())


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


def _rules_along(mask: Mask) -> list[Mask]:
    """Masks of the horizontal rules: nearly as wide as the crop, straight, thin, in its upper or lower third."""
    height, width = mask.shape
    third = int(height * 0.36)
    rules = []
    for top, bottom in ((0, third), (height - third, height)):
        strip = mask[top:bottom]
        if third < 3 or int(cv2.countNonZero(strip)) < width // 2:
            continue
        thick = cv2.dilate(strip, UPRIGHT)
        runs = cv2.morphologyEx(thick, cv2.MORPH_OPEN, np.ones((1, max(14, width // 5)), np.uint8))[:, ::STEP]
        joined = cv2.morphologyEx(
            np.ascontiguousarray(runs), cv2.MORPH_CLOSE, np.ones((3, (width // 5 // STEP) | 1), np.uint8)
        )
        count, labels, stats = _components(joined.astype(np.uint8, copy=False))
        for at in range(1, count):
            _x, y, wide, high, _area = stats[at].tolist()
            if wide * STEP < 0.85 * width or high > max(9, 0.22 * height):
                continue
            rule = _trace(mask, strip[y : y + high, ::STEP] & (labels[y : y + high] == at), top + y)
            if rule is not None:
                rules.append(rule)
    return rules


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
    if len(points) < 0.5 * len(there) or thickness > 0.07 * mask.shape[0] + 2.5:
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
    away = np.arange(low, high, dtype=np.float32)[:, None] - line
    part = mask[low:high].view(np.bool_)
    half = thickness / 2 + 1.1
    above = part & (away < -half) & (away >= -half - 2.1)
    below = part & (away > half) & (away <= half + 2.1)
    crossed = above.any(axis=0) & below.any(axis=0)
    band = np.zeros_like(mask)
    band[low:high] = part & (np.abs(away) <= half) & ~crossed
    return band


def _stands_apart(mask: Mask, line: Mask) -> bool:
    """Whether what is left does not touch the line."""
    left = np.where(line > 0, 0, mask)
    near = cv2.dilate(line, AROUND[5])
    return bool(left.any()) and not bool((left & near).any())


def _components(mask: Mask) -> tuple[int, NDArray[np.integer[Any]], NDArray[np.int32]]:
    """Connected pieces: how many with the paper, the number of each pixel, x, y, width, height and area of each."""
    kind = cv2.CV_16U if mask.size < 4 * 65_000 else cv2.CV_32S
    count, labels, stats, _ = cv2.connectedComponentsWithStatsWithAlgorithm(mask, 8, kind, cv2.CCL_DEFAULT)
    numbers: NDArray[np.integer[Any]] = np.asarray(labels)
    return count, numbers, stats.astype(np.int32, copy=False)


def _pieces(depth: Gray, mask: Mask, rules: Mask | None, taken: Mask | None) -> Ink | None:
    """The connected pieces of writing, without dust, crumbs beside a rule, and scraps that reach in over the edge."""
    count, labels, stats = _components(mask)
    if count <= 1:
        return None
    reach = stats[:, :4][:, 2:].max(axis=1)
    keep = np.zeros(count, np.bool_)
    keep[1:] = True
    if rules is not None:
        zone = cv2.dilate(rules, AROUND[7]).view(np.bool_)
        beside = np.bincount(labels[zone], minlength=count)
        keep &= (beside < 0.6 * stats[:, cv2.CC_STAT_AREA]) & ~_along_the_edge(stats, mask.shape[0], mask.shape[1])
    if not keep.any():
        return None
    longest = int(reach[keep].max())
    keep &= (stats[:, cv2.CC_STAT_AREA] >= max(5, 0.015 * int(stats[keep, cv2.CC_STAT_AREA].max()))) & (
        reach >= 0.05 * longest
    )
    for at in np.flatnonzero(keep & (reach < 0.6 * longest)):
        if _reaches_in(stats[at], mask.shape[0], mask.shape[1]):
            keep[at] = False
    if longest < 6 or not keep.any():
        return None
    kept, inked = labels.astype(np.int32), mask
    if not keep[1:].all():
        numbers = np.zeros(count, np.int32)
        numbers[keep] = np.arange(1, int(keep.sum()) + 1)
        kept, inked = np.take(numbers, labels), np.take(keep.view(np.uint8), labels)
    met = 0 if taken is None else int(cv2.countNonZero(cv2.bitwise_and(inked, cv2.dilate(taken, AROUND[3]))))
    return Ink(depth * cv2.dilate(inked, AROUND[3]).astype(np.uint8, copy=False), kept, stats[keep], met)


def _along_the_edge(stats: NDArray[np.int32], height: int, width: int) -> NDArray[np.bool_]:
    """Long thin pieces beside an edge of the crop: what is left of a rule that was drawn or scanned unevenly."""
    rim = max(6, round(0.08 * min(height, width)))
    found = np.zeros(len(stats), np.bool_)
    for start, along, size in ((1, 2, height), (0, 3, width)):
        first, thick = stats[:, start], stats[:, 5 - along]
        thin = (thick <= 4) & (stats[:, along] >= 6 * thick)
        if thin.any():
            found |= thin & ((first + thick <= rim) | (first >= size - rim))
    return found


def _reaches_in(box: NDArray[np.int32], height: int, width: int) -> bool:
    """Whether a piece hangs on an edge of the crop and is low: the writing of a neighbour."""
    x, y, wide, high = (int(value) for value in box[:4])
    upright = (y == 0 or y + high == height) and high < 0.16 * height
    return upright or ((x == 0 or x + wide == width) and wide < 0.1 * width)
