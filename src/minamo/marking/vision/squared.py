"""ます目と線: what is one answer though it has many rules: 原稿用紙 (also with room for ruby between its columns), 漢字のます, 方眼, 四線, 語数の欄.

A cell of manuscript paper or a square with a dashed cross holds one character, a cell of graph paper nothing at all: nobody marks them one by one.
"""

from collections.abc import Callable, Sequence
from itertools import pairwise

import cv2
import numpy as np

from minamo.marking.vision.ink import Gray
from minamo.marking.vision.rules import Box

Line = tuple[int, int, int]  # from x, at y, to x
FOUR, ENDS = 4, 24  # rules of a strip; pixels their ends may differ (a broken rule ends with a dash or a gap)
LEAST_CELLS = 20  # of manuscript paper
LEAST_RUN = 4  # cells of one of its columns
SIDES = (40, 100)  # pixels (5–13 mm)
RUBY = 0.45  # of a cell: paper between two columns
PITCH = 46  # pixels (5.8 mm) between two rules of graph paper at most: in less nobody writes
WORD_GAP, ROW_GAP = 0.3, 70  # of an underline, to the next one in its row; pixels between the strips of two rows
GRAPH = 118  # pixels (15 mm): smallest side of graph paper


def groups(boxes: Sequence[Box]) -> list[list[Box]]:
    """原稿用紙: equal, nearly square cells wall to wall, and columns (or rows) of them that lie side by side with ruby between."""
    runs = _joined([[box] for box in boxes if _square(box)], lambda one, other: any(_touch(a, b) for a in one for b in other))  # fmt: skip
    long = _joined([run for run in runs if len(run) >= LEAST_RUN], _beside)
    return [group for group in long if len(group) >= LEAST_CELLS]


def words(crossed: Sequence[Box]) -> list[list[Box]]:
    """漢字のます: squares with a dashed cross, wall to wall in one row or one column, are one word."""
    found = _joined([[box] for box in crossed if _square(box, 160)], lambda one, other: any(_touch(a, b) for a in one for b in other))  # fmt: skip
    return [group for group in found if len(group) > 1 and min(_sides(around(group))) <= 1.2 * max(_sides(group[0]))]


def around(group: Sequence[Box]) -> Box:
    """The frame of some cells."""
    x0, y0, x1, y1 = zip(*group, strict=True)
    return min(x0), min(y0), max(x1), max(y1)


def graphs(across: Gray, down: Gray) -> list[Box]:
    """方眼: places where rules across and rules down both follow each other more closely than anybody could write."""
    dense = cv2.bitwise_and(
        cv2.morphologyEx(across, cv2.MORPH_CLOSE, np.ones((PITCH, 1), np.uint8)),
        cv2.morphologyEx(down, cv2.MORPH_CLOSE, np.ones((1, PITCH), np.uint8)),
    )
    solid = cv2.morphologyEx(dense, cv2.MORPH_OPEN, np.ones((GRAPH, GRAPH), np.uint8))
    count, _, stats, _ = cv2.connectedComponentsWithStats(solid, connectivity=4)
    return [(int(x), int(y), int(x + w), int(y + h)) for x, y, w, h, area in stats[1:count] if area >= 0.9 * w * h]


def blanks(lines: Sequence[Box]) -> list[list[Box]]:
    """語数の欄: underlines of one length, four and more in a row with a narrow gap between, in two rows and more under each other."""
    rows = [row for row in _joined([[line] for line in lines], _in_row) if len(row) >= LEAST_RUN]
    return [field for field in _joined(rows, _under) if len(field) >= 2 * LEAST_RUN]


def strips(rules: Sequence[Line]) -> list[list[Line]]:
    """四線: four rules of one length close under each other, at one distance, to write English on."""
    runs: list[list[Line]] = []
    for rule in sorted(rules, key=lambda one: one[1]):
        for run in runs:
            x0, y, x1 = run[-1]
            if abs(x0 - rule[0]) <= ENDS and abs(x1 - rule[2]) <= ENDS and 8 < rule[1] - y <= PITCH:
                run.append(rule)
                break
        else:
            runs.append([rule])
    return [
        run for run in runs if len(run) == FOUR and _even([after[1] - before[1] for before, after in pairwise(run)])
    ]


def _even(steps: Sequence[int]) -> bool:
    return max(steps) <= 1.5 * min(steps)  # the middle room of some is wider


def _in_row(one: list[Box], other: list[Box]) -> bool:
    return any(
        abs(a[3] - b[3]) <= 6 and abs(_sides(a)[0] - _sides(b)[0]) <= 8
        and 0 < max(a[0], b[0]) - min(a[2], b[2]) <= WORD_GAP * _sides(a)[0]
        for a in one for b in other
    )  # fmt: skip


def _under(one: list[Box], other: list[Box]) -> bool:
    (x0, y0, x1, y1), (left, top, right, foot) = around(one), around(other)
    return abs(x0 - left) <= 8 and abs(x1 - right) <= 8 and max(y0, top) - min(y1, foot) <= ROW_GAP


def _joined(parts: list[list[Box]], meets: Callable[[list[Box], list[Box]], bool]) -> list[list[Box]]:
    """Parts that meet become one."""
    found: list[list[Box]] = []
    for part in parts:
        touching = [other for other in found if meets(part, other)]
        found = [other for other in found if other not in touching] + [[*part, *(one for some in touching for one in some)]]  # fmt: skip
    return found


def _sides(box: Box) -> tuple[int, int]:
    return box[2] - box[0], box[3] - box[1]


def _square(box: Box, most: int = SIDES[1]) -> bool:
    low, high = sorted(_sides(box))
    return low >= SIDES[0] and high <= most and high <= 1.35 * low


def _alike(one: Box, other: Box) -> bool:
    return all(abs(a - b) <= 8 for a, b in zip(_sides(one), _sides(other), strict=True))


def _touch(one: Box, other: Box) -> bool:
    if not _alike(one, other):
        return False
    level = abs(one[1] - other[1]) < 6 and min(abs(one[2] - other[0]), abs(other[2] - one[0])) < 8
    stacked = abs(one[0] - other[0]) < 6 and min(abs(one[3] - other[1]), abs(other[3] - one[1])) < 8
    return level or stacked


def _beside(one: list[Box], other: list[Box]) -> bool:
    """Columns (or rows) of equal cells side by side, beginning at one height; the last one may be shorter."""
    if not _alike(one[0], other[0]):
        return False
    first, second = around(one), around(other)
    for low, high in ((0, 2), (1, 3)):
        across = 1 - low
        gap = max(first[low], second[low]) - min(first[high], second[high])
        room = RUBY * (one[0][high] - one[0][low])
        if 0 <= gap <= room and abs(first[across] - second[across]) <= 8:
            return True
    return False
