"""筆跡の取り出し: from the crop of a cell to the ink somebody wrote in it, without the ruled lines."""

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from minamo.marking.reading.ruling import AROUND, Mask, components, find_rules

Gray = NDArray[np.uint8]

WORKING_SIDE = 96
"""The shorter side of a crop while it is worked on, in pixels; larger crops are reduced."""
FAINTEST = 13
"""Ink lighter than this many gray levels below the paper is taken for dirt."""
HIDING = (0.25, 1.5)
"""Between so many dark pixels of the print's rim, in heights of the writing, are a stroke that lies along it."""
Histogram = NDArray[np.float32]
Part = tuple[slice, slice]


@dataclass(frozen=True, slots=True)
class Ink:
    """筆跡: what was written in one cell.

    `depth` gray levels below the paper (0 where nobody wrote), `labels` the number of the connected piece at each pixel
    (0: none), `boxes` x, y, width, height and area of each piece, in the order of the labels from 1; `met` how many of its
    pixels lie beside print or a rule that was taken away: strokes may have gone with it; `lost` how many pixels as dark as the
    writing went with print although the print does not reach there, and no writing is left beside them.
    """

    depth: Gray
    labels: NDArray[np.int32]
    boxes: NDArray[np.int32]
    met: int = 0
    lost: int = 0

    @property
    def hidden(self) -> bool:
        """Whether a stroke of it lies along print and went with it: of a 7 a 1 may be left. Print that lies elsewhere than on the
        blank is longer than a stroke."""
        top, bottom = int(self.boxes[:, 1].min()), int((self.boxes[:, 1] + self.boxes[:, 3]).max())
        least, most = HIDING
        return least <= self.lost / (bottom - top) <= most

    @property
    def goes_on(self) -> bool:
        """Whether writing touches an edge of the crop: where the crop has paper around its box, the rest of it lies outside."""
        high, wide = self.depth.shape
        first, after = self.boxes[:, :2], self.boxes[:, :2] + self.boxes[:, 2:4]
        return bool((first <= 0).any() or (after >= (wide, high)).any())

    @property
    def mask(self) -> Mask:
        """1 where the pen went."""
        return (self.labels > 0).astype(np.uint8)


@dataclass(frozen=True, eq=False)
class Print:
    """欄の印刷: where the empty cell is dark, worked out once for all the crops of that cell."""

    shape: tuple[int, ...]  # of the crop
    taken: Mask  # print, and as much around it as is taken away with it
    rim: Mask  # the outer part of that

    @classmethod
    def of(cls, printed: Gray) -> "Print":
        """From a crop of the blank sheet."""
        width, height = _worked(printed.shape)
        depth, _ = _depth(_shaped(printed, (height, width)))
        dark = cv2.threshold(depth, 40, 1, cv2.THRESH_BINARY)[1]
        taken = cv2.dilate(dark, AROUND[5]).astype(np.uint8, copy=False)
        rim = cv2.subtract(taken, cv2.dilate(dark, AROUND[3])).astype(np.uint8, copy=False)
        return cls(printed.shape, taken, rim)


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


def find_ink(crop: Gray, printed: Gray | Print | None = None) -> Ink | None:
    """筆跡を探す: the ink of a cell, or None when there is nothing darker than paper and dirt.

    `printed` is the same crop of the blank sheet, or what is known of it: what is printed there is taken away. Of another shape it is
    brought to that of the crop.
    """
    if min(crop.shape[:2]) < 4:
        return None
    depth, histogram = _depth(_reduce(crop))
    taken: Mask | None = None
    rim: Gray | None = None
    if printed is not None:
        known = printed if isinstance(printed, Print) else Print.of(_shaped(printed, crop.shape))
        if known.shape != crop.shape:
            raise ValueError("the crop of the blank has another shape")
        taken, rim = known.taken, depth * known.rim
        _take_away(depth, taken, histogram)
    level = _level(histogram)
    if level is None:
        return None
    mask = _above(depth, level)
    lost = 0 if rim is None else _lost(_above(rim, level), mask)
    rules = find_rules(mask)
    if rules is not None:
        lines = cv2.dilate(rules, AROUND[3]).astype(np.uint8, copy=False)
        taken = lines if taken is None else taken | lines
        _take_away(depth, taken, histogram)
        level = _level(histogram)
        if level is None:
            return None
        mask = _above(depth, level)
    return _pieces(depth, mask, rules, taken, lost)


def _shaped(printed: Gray, shape: tuple[int, ...]) -> Gray:
    """The blank's crop in the shape of the page's."""
    if printed.shape == shape:
        return printed
    return cv2.resize(printed, (shape[1], shape[0]), interpolation=cv2.INTER_AREA).astype(np.uint8, copy=False)


def _take_away(depth: Gray, taken: Mask, histogram: Histogram) -> None:
    """Makes paper of what is taken away, in the depths and in how many pixels have each of them."""
    gone = cv2.calcHist([depth], [0], taken, [256], [0, 256]).ravel()
    histogram -= gone
    histogram[0] += gone.sum()
    np.multiply(depth, 1 - taken, out=depth)


def _reduce(crop: Gray) -> Gray:
    factor = WORKING_SIDE / min(crop.shape)
    if factor >= 1:
        return crop
    way = cv2.INTER_AREA if factor < 0.7 else cv2.INTER_LINEAR
    return cv2.resize(crop, _worked(crop.shape), interpolation=way).astype(np.uint8, copy=False)


def _worked(shape: tuple[int, ...]) -> tuple[int, int]:
    """Width and height a crop is worked on at."""
    factor = min(1.0, WORKING_SIDE / min(shape))
    return max(1, round(shape[1] * factor)), max(1, round(shape[0] * factor))


def _depth(page: Gray) -> tuple[Gray, Histogram]:
    """How far each pixel lies below the paper around it, and how many lie how far: shading is followed, a flat crop is left alone."""
    soft = cv2.GaussianBlur(page, (0, 0), 0.7)
    small = cv2.resize(soft, (max(1, page.shape[1] // 4), max(1, page.shape[0] // 4)), interpolation=cv2.INTER_AREA)
    paper = cv2.blur(cv2.dilate(small, AROUND[9]), (9, 9))
    level = cv2.resize(paper, (page.shape[1], page.shape[0]), interpolation=cv2.INTER_LINEAR)
    depth = cv2.subtract(level, soft).astype(np.uint8, copy=False)
    histogram = cv2.calcHist([depth], [0], None, [256], [0, 256]).astype(np.float32, copy=False).ravel()
    median = min(int(histogram.cumsum().searchsorted(depth.size / 2)), 40)
    if median == 0:
        return depth, histogram
    lower = np.zeros_like(histogram)
    lower[: 256 - median] = histogram[median:]
    lower[0] += histogram[:median].sum()
    return cv2.subtract(depth, np.full_like(depth, median)).astype(np.uint8, copy=False), lower


def _lost(rim: Mask, mask: Mask) -> int:
    """How many dark pixels of the print's rim nothing of the writing beside them explains."""
    if not cv2.countNonZero(rim):
        return 0
    return int(cv2.countNonZero(cv2.subtract(rim, cv2.dilate(mask, AROUND[3]))))


def _above(depth: Gray, level: float) -> Mask:
    """Where it is deeper than a level."""
    return cv2.threshold(depth, level, 1, cv2.THRESH_BINARY)[1].astype(np.uint8, copy=False)


def _level(histogram: Histogram) -> float | None:
    """From where on the pen went: darker than dirt, than the grain of the paper, and than half-way to the writing."""
    upto = histogram.cumsum(dtype=np.float64)
    light, whole = float(upto[FAINTEST]), float(upto[-1])
    if whole - light < 6:
        return None
    strong = int(upto.searchsorted(light + float(MOST_DARK * np.float32(whole - light))))
    grain = 4.5 * float(upto.searchsorted(0.5 * light)) if light else 0.0
    return max(FAINTEST, grain, min(0.75 * _split(histogram, upto), 0.4 * strong))


LEVELS = np.arange(256, dtype=np.float64)
MOST_DARK = np.float32(0.85)


def _split(histogram: Histogram, upto: NDArray[np.float64]) -> float:
    """The level that parts light from dark best (Otsu). `upto`: how many pixels have each level or less."""
    moment = (histogram * LEVELS).cumsum()
    below = moment[-1] * upto - moment * upto[-1]
    between = below * below / np.maximum(upto * (upto[-1] - upto), 1.0)
    return float(between.argmax())


def _pieces(depth: Gray, mask: Mask, rules: Mask | None, taken: Mask | None, lost: int) -> Ink | None:
    """The connected pieces of writing, without dust, crumbs beside a rule, and scraps that reach in over the edge."""
    here = _part(mask)
    if here is None:
        return None
    count, labels, stats = components(mask[here])
    stats[:, :2] += (here[1].start, here[0].start)
    reach = stats[:, :4][:, 2:].max(axis=1)
    keep = np.zeros(count, np.bool_)
    keep[1:] = True
    if rules is not None:
        zone = cv2.bitwise_and(_grown(rules, here, 7), mask[here]).view(np.bool_)
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
    kept, inked = (labels, mask[here]) if keep[1:].all() else _renumbered(labels, keep)
    met = 0 if taken is None else int(cv2.countNonZero(cv2.bitwise_and(inked, _grown(taken, here, 3))))
    deep, numbers = np.zeros_like(depth), np.zeros(depth.shape, np.int32)
    np.multiply(depth[here], cv2.dilate(inked, AROUND[3]), out=deep[here])
    numbers[here] = kept
    return Ink(deep, numbers, stats[keep], met, lost)


def _part(mask: Mask) -> Part | None:
    """Where there is anything dark, with a pixel and more of paper around it; from even lines on, so that pieces are found in the same
    order as in the whole crop."""
    left, top, wide, high = cv2.boundingRect(mask)
    if not wide:
        return None
    return slice(max(0, top - 1) & ~1, top + high + 1), slice(max(0, left - 1) & ~1, left + wide + 1)


def _grown(mask: Mask, part: Part, side: int) -> Mask:
    """A part of a mask that is widened by half of `side`."""
    top, left = (max(0, one.start - side // 2) for one in part)
    near = mask[top : part[0].stop + side // 2, left : part[1].stop + side // 2]
    inner = tuple(slice(one.start - start, one.stop - start) for one, start in zip(part, (top, left), strict=True))
    return cv2.dilate(near, AROUND[side])[inner].astype(np.uint8, copy=False)


def _renumbered(labels: NDArray[np.integer[Any]], keep: NDArray[np.bool_]) -> tuple[NDArray[np.integer[Any]], Mask]:
    """The labels of the pieces that are kept, counted from 1, and where they are."""
    numbers = np.zeros(max(len(keep), 256), np.int32)
    numbers[np.flatnonzero(keep)] = np.arange(1, int(keep.sum()) + 1)
    if len(keep) > 256:
        kept = np.take(numbers, labels)
        return kept, (kept > 0).view(np.uint8)
    small = labels.astype(np.uint8)
    inked = cv2.LUT(small, (numbers > 0).astype(np.uint8))
    return np.asarray(cv2.LUT(small, numbers), np.int32), np.asarray(inked, np.uint8)


def _along_the_edge(stats: NDArray[np.int32], height: int, width: int) -> NDArray[np.bool_]:
    """Long thin pieces beside an edge of the crop: what is left of a rule that was drawn or scanned unevenly."""
    rim = max(6, round(0.08 * min(height, width)))
    found = np.zeros(len(stats), np.bool_)
    if stats[:, 2:4].min() > 4:
        return found
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
