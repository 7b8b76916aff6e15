"""まん中の語: whether the print of a cell is one word in its middle, as office programs set headings. Pure arithmetic on a mask of print."""

import cv2
import numpy as np

from minamo.marking.vision.ink import Gray
from minamo.marking.vision.rules import Box

RIM = 8  # pixels of a cell that are its rules
OFF = (0.1, 4)  # share of a cell, and pixels, its word may lie off the middle
THICK = 130  # pixels (16.5 mm): a heading's cell is no thicker
LETTER = 14  # pixels: a word is no smaller
APART = 50  # pixels (6 mm) of paper in the middle of a word: room for an answer


def centred(strokes: Gray, box: Box) -> bool:
    """まん中の語: whether the print of a cell is one word in its middle."""
    part = strokes[box[1] + RIM : box[3] - RIM, box[0] + RIM : box[2] - RIM]
    if part.size == 0 or min(part.shape) > THICK:
        return False
    x, y, wide, high = cv2.boundingRect(part)
    down, across = part.shape
    if max(wide, high) < LETTER or not (_middle(x, wide, across) and _middle(y, high, down)):
        return False
    return max(_gap(np.asarray(part[y : y + high, x : x + wide].any(axis=axis))) for axis in (0, 1)) <= APART


def _middle(start: int, length: int, whole: int) -> bool:
    return abs(start + length / 2 - whole / 2) <= OFF[0] * whole + OFF[1]


def _gap(inked: np.ndarray) -> int:
    """The widest strip of paper between two strokes."""
    return int(np.diff(np.flatnonzero(inked)).max(initial=0))
