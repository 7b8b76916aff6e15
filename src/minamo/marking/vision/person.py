"""番号と氏名の枠: where a pupil writes them. A printed cell is a label, the empty cell beside it the box; a cell with a small word in its
corner is both. Where neither words nor shape are sure, nothing is proposed.

The words come first where the file has them (`letters`): 氏名・名前・なまえ and 番・番号 say what they stand for, in a cell, beside one or
over one. A sheet that has words and none of these has no such box. A scan has no words: there the row (on vertical sheets the column)
of cells near the edge that ends in a long one is taken, with what is a label left out:

- printed, and no room to write in it: a label;
- printed, with room, and an empty cell no shorter behind it: a label;
- else a box. The longest is the name's, the last one before it the number's; a row of labels over a row of boxes is no row of boxes.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from minamo.marking.vision.boxes import Box, Found
from minamo.marking.vision.cells import LABEL_PRINT, TOUCH, chains, level, same
from minamo.marking.vision.ink import Gray, ink
from minamo.marking.vision.letters import Letter
from minamo.marking.vision.person_words import by_words

EMPTY = 0.002  # share of print that is dust
RIM = 6  # pixels of a cell that are its rules
GRAIN = 4  # pixels to one when room is looked for
ROOM, SIDE = 0.5, 36  # a cell with so much of itself empty in one piece, not narrower than 4.5 mm, can be written in
LONG = 2.2  # a name is so many times as long as the cell before it
NEAR = 0.3  # of the sheet, from its edge
WIDEST = 394  # pixels: nobody needs more than 5 cm for a number
TALLER = 1.15  # 氏名 under ふりがな


@dataclass(frozen=True)
class Person:
    """番号と氏名: the boxes, None where not sure, and all that belongs to them and is no answer."""

    header: tuple[Found, ...] = ()
    number: Box | None = None
    name: Box | None = None


def person(found: Sequence[Found], gray: Gray, vertical: bool, letters: Sequence[Letter] = ()) -> Person:
    """番号と氏名の枠を見つける on a blank sheet."""
    if letters:
        return Person(*by_words(found, letters, (gray.shape[1], gray.shape[0]), vertical))
    return by_shape(found, gray, vertical)


def by_shape(found: Sequence[Found], gray: Gray, vertical: bool) -> Person:
    """形から, where there are no words."""
    best: tuple[float, list[Found], list[Found]] | None = None
    for run in single_rows(found, vertical):
        depth = depth_of(run[0].box, (gray.shape[1], gray.shape[0]), vertical)
        if depth < NEAR and (best is None or depth < best[0]):
            boxes = boxes_of(run, gray, vertical)
            if boxes and ends_long(run, boxes, vertical):
                best = (depth, run, boxes)
    if best is None:
        return Person()
    _, run, boxes = best
    name = max(boxes, key=lambda one: along(one, vertical))
    before = boxes[: boxes.index(name)]
    number = before[-1] if before and along(before[-1], vertical) <= WIDEST else None
    header = [*run, *(one for one in found if one not in run and level(one.box, run[0].box, vertical))]
    header += [one for one in found if one not in header and any(on_top(one, cell, vertical) for cell in run)]
    return Person(tuple(header), number.box if number else None, name.box)


def ends_long(run: Sequence[Found], boxes: Sequence[Found], vertical: bool) -> bool:
    """Whether the longest box is much longer than the cell before it."""
    name = max(boxes, key=lambda one: along(one, vertical))
    at = run.index(name)
    return at > 0 and along(name, vertical) >= LONG * along(run[at - 1], vertical)


def boxes_of(run: Sequence[Found], gray: Gray, vertical: bool) -> list[Found]:
    """書く欄 of a row: printed cells that are labels left out."""
    boxes = []
    for one, after in pairwise([*run, None]):
        if one is None:
            continue
        empty_after = after is not None and after.printed < EMPTY
        if one.printed < EMPTY:
            boxes.append(one)
        elif one.printed < LABEL_PRINT or room(one, gray):
            longer = after is not None and along(after, vertical) >= 0.9 * along(one, vertical)
            if not (empty_after and longer):
                boxes.append(one)
    return boxes


def single_rows(found: Sequence[Found], vertical: bool) -> list[list[Found]]:
    """候補の行: rows of two cells and more that stand alone. Of a row of labels over a row of boxes the boxes are taken, of two alike
    (ふりがな over 氏名) the higher one; three and more are a table of answers."""
    runs = [run for run in chains(found, vertical) if len(run) > 1]
    rows = []
    for run in runs:
        upper = [other for other in runs if _stacked(other, run, vertical)]
        lower = [other for other in runs if _stacked(run, other, vertical)]
        if not upper and not lower:
            rows.append(run)
        elif len(upper) == 1 and not lower and not any(_stacked(other, upper[0], vertical) for other in runs):
            labels = all(one.printed >= EMPTY for one in upper[0]) and all(one.printed < EMPTY for one in run)
            if labels or across(run[0], vertical) >= TALLER * across(upper[0][0], vertical):
                rows.append(run)
    return rows


def _stacked(upper: Sequence[Found], lower: Sequence[Found], vertical: bool) -> bool:
    """Whether a row lies directly under another one, cell under cell."""
    return len(upper) == len(lower) and all(over(*pair, vertical) for pair in zip(upper, lower, strict=True))


def over(upper: Found, lower: Found, vertical: bool) -> bool:
    """A cell of the same width directly over another; on vertical sheets of the same height directly right of it."""
    one, other = upper.box, lower.box
    if vertical:
        return abs(one[0] - other[2]) < TOUCH and same(one[1], other[1], one[3], other[3])
    return abs(other[1] - one[3]) < TOUCH and same(one[0], other[0], one[2], other[2])


def on_top(one: Found, cell: Found, vertical: bool) -> bool:
    """What stands on the row of the name belongs to it: its labels, or 年・組・番 of another width."""
    upper, lower = one.box, cell.box
    rests = abs(lower[1] - upper[3]) < TOUCH and min(upper[2], lower[2]) - max(upper[0], lower[0]) > TOUCH
    return over(one, cell, vertical) or (not vertical and one.kind == "box" and rests)


def along(one: Found, vertical: bool) -> int:
    """How long a cell is in the direction of writing."""
    return one.height if vertical else one.width


def across(one: Found, vertical: bool) -> int:
    """How thick it is."""
    return one.width if vertical else one.height


def depth_of(box: Box, size: tuple[int, int], vertical: bool) -> float:
    """How far from the edge: from above, on vertical sheets from either side."""
    if not vertical:
        return box[1] / size[1]
    share = box[0] / size[0]
    return min(share, 1 - share)


def room(one: Found, gray: Gray) -> bool:
    """Whether a printed cell leaves room to write: the largest empty rectangle in it."""
    x0, y0, x1, y1 = one.box
    part = ink(gray[max(0, y0) : y1, max(0, x0) : x1])[RIM:-RIM, RIM:-RIM] > 60
    high, wide = (side // GRAIN for side in part.shape)
    if min(high, wide) < 1:
        return False
    coarse = np.asarray(part[: high * GRAIN, : wide * GRAIN].reshape(high, GRAIN, wide, GRAIN).any(axis=(1, 3)))
    width, height = largest(coarse)
    return width * height >= ROOM * high * wide and min(width, height) * GRAIN >= SIDE


def largest(taken: np.ndarray) -> tuple[int, int]:
    """最大の空き: width and height of the largest rectangle without a taken place."""
    best, heights = (0, 0), np.zeros(taken.shape[1] + 1, int)
    for row in taken:
        heights[:-1] = np.where(row, 0, heights[:-1] + 1)
        open_: list[tuple[int, int]] = []  # from where, how high
        for at, height in enumerate(heights.tolist()):
            start = at
            while open_ and open_[-1][1] >= height:
                start, high = open_.pop()
                if (at - start) * high > best[0] * best[1]:
                    best = (at - start, high)
            open_.append((start, height))
    return best
