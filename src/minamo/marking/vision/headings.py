"""大問の番号: on vertical sheets 一, 二, 三 stand alone between two columns, level with the heads of the column they open."""

from collections.abc import Sequence
from itertools import pairwise

import cv2
import numpy as np

from minamo.marking.vision.boxes import Box, Found
from minamo.marking.vision.ink import Gray, ink

ABOVE, BELOW = 150, 45  # pixels over and under the head of a column in which its number stands
MARGIN = 220  # right of the first column
LETTER = (22, 90)  # longer side of one letter
RULE = 6  # half of a frame's line
STROKES = 9  # strokes of one letter are no further apart


def opened(gray: Gray, lines: Sequence[Sequence[Found]]) -> list[int]:
    """大問のはじまり: indexes of the columns (from the right, each from the top) that a number of its own opens."""
    inked = np.asarray(ink(gray) > 60, np.uint8)
    for one in (one for line in lines for one in line):
        x0, y0, x1, y1 = one.box
        inked[max(0, y0 - RULE) : y1 + RULE, max(0, x0 - RULE) : x1 + RULE] = 0
    right = gray.shape[1]
    found = []
    for at, line in enumerate(lines):
        own = max(one.box[2] for one in line)
        bound = min((one.box[0] for one in lines[at - 1]), default=right) if at else min(right, own + MARGIN)
        if bound < own:  # a step back to the next 段
            bound = min(right, own + MARGIN)
        letters = alone(inked, own, bound)
        heads = [_beside(letters, one.box[1]) for one in line[:2]]
        # A number beside every box counts questions, not parts.
        if heads[0] and not (len(heads) > 1 and heads[1]):
            found.append(at)
    return found


def alone(inked: Gray, left: int, right: int) -> list[Box]:
    """ひとりで立つ字: letters in a strip with more empty paper under them than they are tall."""
    pad = min(20, left)
    strip = cv2.dilate(inked[:, left - pad : right + 12], np.ones((STROKES, STROKES), np.uint8))
    _, _, stats, centres = cv2.connectedComponentsWithStats(strip, connectivity=8)
    blobs = [
        (int(x) + left - pad, int(y), int(x + wide) + left - pad, int(y + high))
        for (x, y, wide, high, _), (middle, _) in zip(stats[1:], centres[1:], strict=True)
        if left < middle + left - pad < right
    ]
    blobs.sort(key=lambda box: box[1])
    letters = []
    for at, box in enumerate(blobs):
        side = max(box[2] - box[0], box[3] - box[1])
        under = [other for other in blobs[at + 1 :] if min(box[2], other[2]) > max(box[0], other[0])]
        free = min((other[1] - box[3] for other in under), default=10**6)
        if LETTER[0] + STROKES <= side <= LETTER[1] and free > side:
            letters.append(box)
    return letters


def _beside(letters: Sequence[Box], top: int) -> bool:
    """Whether one of the letters stands level with this head."""
    return any(top - ABOVE <= box[1] and box[3] <= top + BELOW for box in letters)


def parts(lines: Sequence[Sequence[Found]], starts: Sequence[int]) -> tuple[tuple[int, ...], ...]:
    """大問 as runs of the boxes in reading order, cut before the given columns."""
    sizes = [0]
    for line in lines:
        sizes.append(sizes[-1] + len(line))
    cuts = [0, *(sizes[at] for at in starts if at), sizes[-1]]
    return tuple(tuple(range(first, last)) for first, last in pairwise(cuts))
