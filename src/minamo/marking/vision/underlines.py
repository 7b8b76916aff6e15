"""下線の欄: rules that stand alone, with the room over them to write in; four close together are one strip (四線)."""

from collections.abc import Sequence

import cv2
import numpy as np

from minamo.marking.vision.dashes import REACH as LONGER
from minamo.marking.vision.ink import Gray
from minamo.marking.vision.rules import REACH, Box, Rules
from minamo.marking.vision.squared import Line, strips

FREE = 40  # pixels: print that hangs together with an underline is no taller


def underlines(seen: Rules, boxes: Sequence[Box]) -> tuple[list[Box], list[Box]]:
    """下線と四線, those apart that run along or through one of the boxes. What hangs together with more than itself is the edge of a frame
    or part of a figure."""
    broken = np.asarray(cv2.subtract(seen.broken, seen.firm), np.uint8)
    lines = [*_alone(seen.across, seen.strokes, 0), *_alone(broken, seen.any, LONGER)]
    free = [line for line in lines if not any(_on_edge(line, box) for box in boxes)]
    four = strips(free)
    single = [line for line in free if not any(line in strip for strip in four)]
    over = [(x0, y - room(seen.strokes, (x0, y, x1)), x1, y) for x0, y, x1 in single]
    return over, [(strip[0][0], strip[0][1], strip[0][2], strip[-1][1]) for strip in four]


def _alone(rules: Gray, joined: Gray, longer: int) -> list[Line]:
    """Rules long enough to write on that hang together with nothing tall; `longer`: what they were drawn out at both ends."""
    height, width = rules.shape
    _, labels, whole, _ = cv2.connectedComponentsWithStats(joined, connectivity=8)
    count, _, stats, _ = cv2.connectedComponentsWithStats(rules)
    found = []
    for x, y, w, h, _ in stats[1:count].tolist():
        usual = w - 2 * longer >= 3 * REACH and h <= 14 and w < 0.95 * width and 0.04 * height < y < 0.97 * height
        if usual and _height_of(labels[y : y + h, x : x + w], whole) <= FREE:
            found.append((x + longer, y + h // 2, x + w - longer))
    return found


def _height_of(part: np.ndarray, whole: np.ndarray) -> int:
    """How tall all print is that hangs together with a rule."""
    seen = np.bincount(part.ravel())
    seen[0] = 0
    return int(whole[int(seen.argmax()), cv2.CC_STAT_HEIGHT])


def _on_edge(line: Line, box: Box) -> bool:
    x0, y, x1 = line
    return box[1] - 12 <= y <= box[3] + 12 and min(x1, box[2]) - max(x0, box[0]) > 0.3 * min(x1 - x0, box[2] - box[0])


def room(strokes: Gray, line: Line) -> int:
    """書ける高さ above an underline: up to the print above it, at most 12.5 mm."""
    x0, y, x1 = line
    above = strokes[max(0, y - 110) : y - 8, x0 + 4 : x1 - 4]
    rows = np.nonzero((above > 0).mean(axis=1) > 0.004)[0]
    free = above.shape[0] + 8 - (int(rows.max()) + 1 if len(rows) else 0)
    return int(np.clip(free - 2, 40, 100))
