"""欄のとなり: which cells share a rule, and runs of them. Pure arithmetic on boxes."""

from collections.abc import Sequence

from minamo.marking.vision.boxes import LABEL_PRINT as LABEL_PRINT
from minamo.marking.vision.boxes import Box, Found

TOUCH = 12  # pixels between neighbours that share a rule


def chains(found: Sequence[Found], vertical: bool) -> list[list[Found]]:
    """つながった欄: runs of cells of one height wall to wall (of one width, downwards, on vertical sheets)."""
    cells = sorted((one for one in found if one.kind == "box"), key=lambda one: one.box[1 if vertical else 0])
    runs: list[list[Found]] = []
    for cell in cells:
        for run in runs:
            last = run[-1]
            if vertical:
                meets = abs(cell.box[1] - last.box[3]) < TOUCH and same(
                    cell.box[0], last.box[0], cell.box[2], last.box[2]
                )
            else:
                meets = abs(cell.box[0] - last.box[2]) < TOUCH and same(
                    cell.box[1], last.box[1], cell.box[3], last.box[3]
                )
            if meets:
                run.append(cell)
                break
        else:
            runs.append([cell])
    return runs


def same(a: int, b: int, c: int, d: int) -> bool:
    """Both pairs of edges in line."""
    return abs(a - b) < TOUCH and abs(c - d) < TOUCH


def level(one: Box, other: Box, vertical: bool) -> bool:
    """Whether two boxes lie in one row (one column on vertical sheets)."""
    low, high = (0, 2) if vertical else (1, 3)
    shared = min(one[high], other[high]) - max(one[low], other[low])
    return shared > 0.7 * min(one[high] - one[low], other[high] - other[low])


def beside(left: Box, right: Box) -> bool:
    """Left cell, right cell, one rule between."""
    return abs(right[0] - left[2]) < TOUCH and min(left[3], right[3]) - max(left[1], right[1]) > 0.5 * (
        left[3] - left[1]
    )


def above(upper: Box, lower: Box) -> bool:
    """Upper cell, lower cell, one rule between."""
    return abs(lower[1] - upper[3]) < TOUCH and min(upper[2], lower[2]) - max(upper[0], lower[0]) > 0.5 * (
        upper[2] - upper[0]
    )


def faces(label: Box, box: Box, vertical: bool) -> bool:
    """Under a label of the same width; on vertical sheets left of one of the same height."""
    if vertical:
        return abs(label[0] - box[2]) < TOUCH and same(label[1], box[1], label[3], box[3])
    return above(label, box) and same(label[0], box[0], label[2], box[2])
