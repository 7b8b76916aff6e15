"""罫線: rules of a blank sheet as masks, and what paper they shut in. Boxes are four numbers: x0, y0, x1, y1."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import cv2
import numpy as np

from minamo.marking.vision.dashes import dashed, kernel
from minamo.marking.vision.ink import Gray, ink

REACH = 40  # pixels at 200 dpi (5 mm): what is shorter is a letter, not a rule
LEAST = 42  # smallest side of a box (5.3 mm)
SLIM = 24  # smallest side of a printed cell (3 mm): headings are slimmer than what anybody writes in
FILLED = 0.88  # of its rectangle that a box fills: one with half circles for its short sides, twice as long as high, fills so much
NESTED = 1 / 3  # of a box that boxes within may take (答え in the corner of 式); a frame around a part is fuller
MOST_NESTED = 2
Box = tuple[int, int, int, int]


@dataclass(frozen=True)
class Rules:
    """罫線: masks (0/255) of rules across and down; `firm` without, `any` with broken ones (dots, dashes)."""

    firm: Gray
    any: Gray
    across: Gray
    down: Gray
    broken: Gray  # broken ones across
    strokes: Gray = field(repr=False)  # all print


def printed_mask(gray: Gray) -> Gray:
    """印刷: a mask (0/255) of the strokes of a blank sheet."""
    return np.asarray((ink(gray) > 60).astype(np.uint8) * 255, np.uint8)


def rules(gray: Gray) -> Rules:
    """罫線を取り出す from the print of a blank sheet (200 dpi)."""
    strokes = printed_mask(gray)
    across, down = _long(strokes, 1), _long(strokes, 0)
    broken, broken_down = dashed(strokes)
    straight = np.asarray(cv2.bitwise_or(across, down), np.uint8)
    firm = np.asarray(cv2.bitwise_or(straight, _rounded(strokes, straight)), np.uint8)
    every = np.asarray(cv2.bitwise_or(firm, cv2.bitwise_or(broken, broken_down)), np.uint8)
    return Rules(firm, every, across, down, broken, strokes)


def _long(strokes: Gray, horizontal: int) -> Gray:
    """Rules of one direction."""
    thick = cv2.dilate(strokes, kernel(3, 1 - horizontal))  # a slightly crooked rule still runs on
    return np.asarray(cv2.morphologyEx(thick, cv2.MORPH_OPEN, kernel(REACH, horizontal)), np.uint8)


def _rounded(strokes: Gray, straight: Gray) -> Gray:
    """角の丸い枠: print that hangs together with straight rules: their round corners."""
    count, labels = cv2.connectedComponents(strokes, connectivity=8)
    ruled = np.zeros(count, np.uint8)
    ruled[np.unique(labels[straight > 0])] = 255
    ruled[0] = 0
    return np.asarray(ruled[labels], np.uint8)


def enclosed(lines: Gray) -> list[Box]:
    """囲まれた欄: rectangles of paper shut in by rules (corners left open by a few pixels are closed first), frames left out. What lies
    within a box does not count against it, while it is no more than an answer in the corner of its working."""
    shut = cv2.morphologyEx(lines, cv2.MORPH_CLOSE, np.ones((7, 7), np.uint8))
    count, labels, stats, _ = cv2.connectedComponentsWithStats(cv2.bitwise_not(shut), connectivity=4)
    height, width = lines.shape
    boxes: list[Box] = []
    for at in range(1, count):
        x, y, w, h, taken = (int(value) for value in stats[at])
        rim = x <= 1 or y <= 1 or x + w >= width - 1 or y + h >= height - 1
        if rim or min(w, h) < SLIM or taken < (FILLED - NESTED) * w * h:
            continue
        if taken >= FILLED * w * h or _outer(labels[y : y + h, x : x + w] == at) >= FILLED * w * h:
            boxes.append((x - 2, y - 2, x + w + 1, y + h + 1))
    return [box for box in boxes if not frames(box, boxes)]


def _outer(part: np.ndarray) -> float:
    """The area within the outline of a piece of paper, its holes filled."""
    found, _ = cv2.findContours(part.astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    return max(cv2.contourArea(one) for one in found)


def frames(box: Box, boxes: Sequence[Box]) -> bool:
    """大問や図の枠か: the boxes in it are many or take up much of it."""
    within = [one for one in boxes if one != box and inside(one, box, 0) and least(one) >= LEAST]
    return len(within) > MOST_NESTED or sum(map(area, within)) > NESTED * area(box)


def nested(inner: Box, outer: Box) -> bool:
    """Whether a box is no more than an answer in another's corner."""
    return inside(inner, outer, 0) and area(inner) <= NESTED * area(outer)


def inside(inner: Box, outer: Box, slack: int = 6) -> bool:
    """Whether one box lies in another."""
    return (
        inner[0] >= outer[0] - slack
        and inner[1] >= outer[1] - slack
        and inner[2] <= outer[2] + slack
        and inner[3] <= outer[3] + slack
    )


def overlap(one: Box, other: Box) -> bool:
    """Whether two boxes share more than their rules."""
    wide, high = min(one[2], other[2]) - max(one[0], other[0]), min(one[3], other[3]) - max(one[1], other[1])
    return wide > 12 and high > 12


def area(box: Box) -> int:
    """Pixels."""
    return (box[2] - box[0]) * (box[3] - box[1])


def least(box: Box) -> int:
    """The shorter side, pixels."""
    return min(box[2] - box[0], box[3] - box[1])
