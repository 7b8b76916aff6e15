"""何行もの欄: ruled lines of one answer, found as boxes wall to wall (or as underlines at one distance), are one box again.

Lines of one answer look like a table of answers. What tells them apart is who names the lines: in a table each has a number, inside, beside
or in a cell of its own; the lines of one answer share one name, or have none.
"""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from minamo.marking.vision.boxes import Box, Found
from minamo.marking.vision.ink import Gray, ink

TOUCH = 12  # pixels between neighbours that share a rule
MOST = 12  # lines of one answer
LONG, LEAST = 4.5, 360  # a line is so many times as long as it is high, and at least so long (46 mm)
INSIDE, BESIDE = 160, 130  # pixels at the head of a line, and before it, where its number would stand
EDGE = 10  # half a rule and more
LETTER = 30  # pixels of ink: less is dirt
APART = 70  # between the strips over two underlines of one answer


def joined(found: Sequence[Found], gray: Gray, vertical: bool) -> list[Found]:
    """つなぐ: every run of lines that one name serves becomes one box; everything else stays as it is."""
    inked = np.asarray(ink(gray) > 60, np.uint8)
    if vertical:  # columns from the right are lines from the top of a sheet that was turned
        inked = np.asarray(np.rot90(inked), np.uint8)
    seen = [_turned(one.box, gray.shape[1]) if vertical else one.box for one in found]
    kinds = [one.kind for one in found]
    rest, made = list(range(len(found))), []
    for run in runs(seen, kinds):
        if one_answer([seen[at] for at in run], [box for at, box in enumerate(seen) if at not in run], inked):
            corners = np.array([found[at].box for at in run])
            box = (*corners[:, :2].min(0).tolist(), *corners[:, 2:].max(0).tolist())
            made.append(Found(box, kinds[run[0]], max(found[at].printed for at in run), len(run)))
            rest = [at for at in rest if at not in run]
    return [*(found[at] for at in rest), *made]


def _turned(box: Box, width: int) -> Box:
    """The box on the sheet after a quarter turn to the left: its right side is the upper one."""
    return box[1], width - box[2], box[3], width - box[0]


def runs(boxes: Sequence[Box], kinds: Sequence[str]) -> list[list[int]]:
    """重なる行: two to twelve long lines under each other, of one length and one height."""
    order = sorted(
        (at for at, kind in enumerate(kinds) if kind in {"box", "line"} and _long(boxes[at])),
        key=lambda at: boxes[at][1],
    )
    found: list[list[int]] = []
    for at in order:
        for run in found:
            if kinds[run[-1]] == kinds[at] and _follows(boxes[run[-1]], boxes[at], kinds[at]):
                run.append(at)
                break
        else:
            found.append([at])
    return [run for run in found if 2 <= len(run) <= MOST and _even([boxes[at] for at in run])]


def _long(box: Box) -> bool:
    return box[2] - box[0] >= max(LEAST, LONG * (box[3] - box[1]))


def _follows(upper: Box, lower: Box, kind: str) -> bool:
    in_line = abs(upper[0] - lower[0]) < TOUCH and abs(upper[2] - lower[2]) < TOUCH
    gap = lower[1] - upper[3]
    return in_line and (abs(gap) < TOUCH if kind == "box" else -TOUCH < gap < APART)


def _even(run: Sequence[Box]) -> bool:
    """One distance from rule to rule."""
    steps = [lower[3] - upper[3] for upper, lower in pairwise(run)]
    heights = [box[3] - box[1] for box in run]
    return max(steps) - min(steps) <= TOUCH and max(heights) - min(heights) <= max(TOUCH, 0.25 * max(heights))


def one_answer(run: Sequence[Box], others: Sequence[Box], inked: Gray) -> bool:
    """Whether at most one of the lines has a name, and no box beside them belongs to a single line."""
    near = [other for other in others if _near(other, run)]
    whole = [other for other in near if _level(other, run) >= 0.8 * (run[-1][3] - run[0][1])]
    if len(whole) < len(near):
        return False
    beside = not any(other[0] < run[0][0] for other in whole)  # else the name stands in a cell as high as all lines
    return sum(_named(box, inked, beside=beside) for box in run) <= 1


def _near(other: Box, run: Sequence[Box]) -> bool:
    """A box just left or right of the lines and level with some of them."""
    first = run[0]
    close = -TOUCH <= first[0] - other[2] <= BESIDE or -TOUCH <= other[0] - first[2] <= BESIDE
    return close and _level(other, run) > 0.3 * (first[3] - first[1])


def _level(other: Box, run: Sequence[Box]) -> int:
    """How much of the lines' height a box takes."""
    return min(other[3], run[-1][3]) - max(other[1], run[0][1])


def _named(box: Box, inked: Gray, *, beside: bool) -> bool:
    """Print at the head of a line, inside or before it."""
    x0, y0, x1, y1 = box
    top, low = y0 + EDGE, y1 - EDGE
    inside = inked[top:low, x0 + EDGE : min(x1 - EDGE, x0 + INSIDE)]
    before = inked[top:low, max(0, x0 - BESIDE) : max(0, x0 - EDGE)]
    return _letters(inside) or (beside and _letters(before))


def _letters(part: Gray) -> bool:
    """Ink that is no rule running through: a column of it that reaches from edge to edge is a frame's."""
    if part.size == 0:
        return False
    through = (part > 0).mean(axis=0) > 0.9
    return int((part[:, ~through] > 0).sum()) >= LETTER
