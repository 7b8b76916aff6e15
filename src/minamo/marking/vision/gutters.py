"""左右の列: a sheet across in two or three columns, with clear paper or a rule between them, is read column by column.

The paper says it: the columns stand further apart than the rows of a column do, and than anything stands within one, over most of their
height. A rule printed down between them says it as well. Without either a sheet is read line by line.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

import numpy as np

from minamo.marking.vision.boxes import Found
from minamo.marking.vision.cells import TOUCH
from minamo.marking.vision.ink import Gray, ink

EDGE = 5  # pixels: half of a frame's line
NARROW = 24  # pixels (3 mm) between columns with a rule between them
RULE, DARK = 0.7, 60  # share of the height that the rule takes, ink of print
CLEAR = 0.004  # share of dark pixels in a line of pixels that is still clear paper
SHARE = 0.5  # of all answers stand in the columns
MOST = 3  # columns
ROWS = 2  # of every column


@dataclass(frozen=True, slots=True)
class Measure:
    """目安: clear paper between columns in pixels, how many times the paper between rows and within a column, how many rows."""

    wide: float
    times: float
    rows: int
    columns: int


JOINED = Measure(60, 1.5, 3, MOST)  # columns of cells wall to wall or of several boxes a line: blocks of their own
SINGLE = Measure(100, 2.0, 4, 2)  # one box a line: two answers a line look much the same


def columns(found: Sequence[Found], cells: Sequence[Found], gray: Gray) -> list[list[Found]]:
    """続けて読むまとまり from the top: the columns of the longest run of rows that has any, the rows over and under it as they stand; one
    whole where there are none. `cells`: printed cells, which belong to the boxes beside them."""
    rows, inked = _rows(found), ink(gray)
    runs = [(first, last) for first in range(len(rows)) for last in range(first + 1, len(rows) + 1)]
    for first, last in sorted(runs, key=lambda run: (run[0] - run[1], run[0])):
        here = [one for row in rows[first:last] for one in row]
        if len(here) < SHARE * len(found):
            continue
        parts = _parted(here, _near(here, cells), inked)
        if parts:
            before, after = ([one for row in some for one in row] for some in (rows[:first], rows[last:]))
            return [part for part in (before, *parts, after) if part]
    return [list(found)]


def _rows(found: Sequence[Found]) -> list[list[Found]]:
    """Rows, cut where nothing is crossed."""
    rows: list[list[Found]] = []
    reach = 0
    for one in sorted(found, key=lambda one: one.box[1]):
        if not rows or one.box[1] >= reach - TOUCH:
            rows.append([])
        rows[-1].append(one)
        reach = max(reach, one.box[3])
    return rows


def _near(here: Sequence[Found], cells: Sequence[Found]) -> list[Found]:
    """The boxes with the printed cells of their rows."""
    top, low = _top(here) - TOUCH, _bottom(here) + TOUCH
    return [*here, *(one for one in cells if top <= one.box[1] and one.box[3] <= low)]


def _parted(here: Sequence[Found], whole: Sequence[Found], inked: Gray) -> list[list[Found]]:
    """The columns of some rows; none where they are not clear."""
    span = (_top(whole), _bottom(whole))
    gaps = _gaps(whole)
    ruled = [gap for gap in gaps if gap[1] - gap[0] >= NARROW and _ruled(inked, gap, span)]
    if (
        ruled
        and (parts := _split(here, ruled))
        and len(parts) <= MOST
        and all(len(_rows(part)) >= ROWS for part in parts)
    ):
        return parts
    clear = {gap: _clear(inked, gap, span) for gap in gaps}
    for measure in (JOINED, SINGLE):
        cuts = [gap for gap in gaps if clear[gap] >= measure.wide]
        parts = _split(here, cuts)
        blocks = _split(whole, cuts)
        if not 1 < len(parts) <= measure.columns or len(parts) != len(blocks):
            continue
        if any(len(_rows(part)) < measure.rows for part in parts):
            continue
        within = max((high - low for block in blocks for low, high in _gaps(block)), default=0)
        if measure is JOINED and any(_alone(block) for block in blocks):
            continue
        apart = measure.times * max(within, _between(blocks))
        if all(clear[gap] >= apart for gap in cuts):
            return parts
    return []


def _gaps(found: Sequence[Found]) -> list[tuple[int, int]]:
    """Strips from top to bottom that no box crosses."""
    gaps: list[tuple[int, int]] = []
    reach: int | None = None
    for one in sorted(found, key=lambda one: one.box[0]):
        if reach is not None and one.box[0] > reach:
            gaps.append((reach, one.box[0]))
        reach = max(reach or 0, one.box[2])
    return gaps


def _split(found: Sequence[Found], cuts: Sequence[tuple[int, int]]) -> list[list[Found]]:
    edges = [-1, *(right for _, right in cuts), 10**9]
    parts = [[one for one in found if left <= one.box[0] < right] for left, right in pairwise(edges)]
    return [part for part in parts if part]


def _alone(block: Sequence[Found]) -> bool:
    """Whether a column has one box a line, with no printed cell beside it."""
    return not any(
        one.box[1] < other.box[3] and other.box[1] < one.box[3]
        for at, one in enumerate(block)
        for other in block[at + 1 :]
    )


def _between(blocks: Sequence[Sequence[Found]]) -> float:
    """The usual paper between two rows of a column."""
    steps = [max(0, _top(after) - _bottom(before)) for block in blocks for before, after in pairwise(_rows(block))]
    return median(steps) if steps else 0.0


def _ruled(inked: Gray, gap: tuple[int, int], span: tuple[int, int]) -> bool:
    """A rule printed down the middle of a gap: it takes most of the height."""
    seen = inked[span[0] : span[1], gap[0] + EDGE : gap[1] - EDGE] > DARK
    if seen.shape[1] < 3:
        return False
    lines = seen[:, :-2] | seen[:, 1:-1] | seen[:, 2:]  # a slightly crooked rule runs over three columns of pixels
    return bool(lines.mean(axis=0).max() > RULE)


def _clear(inked: Gray, gap: tuple[int, int], span: tuple[int, int]) -> int:
    """How wide the widest strip of the gap without any print is."""
    seen = inked[span[0] : span[1], gap[0] + EDGE : max(gap[0] + EDGE, gap[1] - EDGE)] > DARK
    clear = seen.mean(axis=0) <= CLEAR if seen.size else np.zeros(0, bool)
    edges = np.flatnonzero(np.diff(np.concatenate([[False], clear, [False]]).astype(np.int8)))
    return int(max(np.diff(edges)[::2], default=0))


def _top(found: Sequence[Found]) -> int:
    return min(one.box[1] for one in found)


def _bottom(found: Sequence[Found]) -> int:
    return max(one.box[3] for one in found)
