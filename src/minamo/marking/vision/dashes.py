"""点線・破線: rules of dots or dashes, found as rows of small strokes of one length at one distance; letters are neither.

Office programs draw frames whose short side has no more than four dashes, so length says little: what tells a rule from a line of
letters is that its strokes are thin, alike, in line, and follow each other without a wide gap.
"""

import cv2
import numpy as np

from minamo.marking.vision.ink import Gray

THIN, LONG = 7, 40  # pixels at 200 dpi a dash is thick and long at most (a longer one is a rule)
GAP = 21  # largest gap between two dashes
MANY = 4
LEAST = 48  # shortest rule of dashes (6 mm)
REACH = 20  # pixels a broken rule is made longer at both ends: the piece in a corner is an L and counts for neither of its sides
UNEVEN = 6  # pixels the lengths of most dashes may differ


def dashed(strokes: Gray) -> tuple[Gray, Gray]:
    """点線を取り出す: masks (0/255) of broken rules across and down, from a mask of print, `REACH` longer at both ends, so that they meet
    in the corners."""
    _, labels, stats, _ = cv2.connectedComponentsWithStats(strokes, connectivity=8, ltype=cv2.CV_32S)
    wide, high = stats[:, cv2.CC_STAT_WIDTH], stats[:, cv2.CC_STAT_HEIGHT]
    across = _runs(labels, (high <= THIN) & (wide <= LONG), wide, 1)
    down = _runs(labels, (wide <= THIN) & (high <= LONG), high, 0)
    return across, down


def _runs(labels: np.ndarray, small: np.ndarray, lengths: np.ndarray, horizontal: int) -> Gray:
    """Small strokes joined over their gaps, where they are a rule."""
    small = small.copy()
    small[0] = False
    pieces = np.asarray(small[labels], np.uint8) * 255
    joined = cv2.morphologyEx(pieces, cv2.MORPH_CLOSE, kernel(GAP, horizontal))
    long = cv2.morphologyEx(joined, cv2.MORPH_OPEN, kernel(LEAST, horizontal))
    count, rows, stats, _ = cv2.connectedComponentsWithStats(long, connectivity=8)
    thick = stats[:, cv2.CC_STAT_HEIGHT if horizontal else cv2.CC_STAT_WIDTH]
    inked = np.nonzero((pieces > 0) & (rows > 0))
    pairs = np.unique(np.stack([rows[inked], labels[inked]]), axis=1)  # which dash lies on which rule
    rules = np.zeros(count, bool)
    for rule in range(1, count):
        found = lengths[pairs[1, pairs[0] == rule]]
        even = len(found) >= MANY and np.percentile(found, 85) - np.percentile(found, 15) <= UNEVEN
        rules[rule] = even and thick[rule] <= THIN
    kept = np.asarray(rules[rows], np.uint8) * 255
    return np.asarray(cv2.dilate(kept, kernel(2 * REACH + 1, horizontal)), np.uint8)


def kernel(length: int, horizontal: int) -> np.ndarray:
    """So many pixels in a row, or in a column, for what is opened, closed and widened in one direction."""
    return np.ones((1, length) if horizontal else (length, 1), np.uint8)
