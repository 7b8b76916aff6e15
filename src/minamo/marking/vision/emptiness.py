"""空欄か: what of a box is pupil's ink, the print of the blank taken away. In doubt a box is not blank."""

from dataclasses import dataclass

import cv2
import numpy as np

from minamo.marking.vision.ink import Gray, ink

FAINT = 22  # ink (0–255) that may be pencil
STRONG = 34  # ink that eraser dust does not reach
SHORT, LONG = 9, 13  # pixels: a shorter stroke is a speck, a longer one is writing however faint
EDGE = 7  # pixels inside the rule where its own shadow lies


@dataclass(frozen=True)
class Written:
    """筆跡の量: `longest` stroke in pixels at 200 dpi; `darkest` its ink (0–255), where that has a say."""

    longest: int
    darkest: int = 0

    @property
    def blank(self) -> bool:
        """空欄: nothing longer than a speck, or only the ghost of something rubbed out."""
        return self.longest < SHORT or (self.darkest < STRONG and self.longest < LONG)


@dataclass(frozen=True)
class Printing:
    """欄の印刷: where inside the margin and its rules nothing of a box is printed nor near print (0/1)."""

    free: Gray
    rim: int


def printing(seen: Gray, margin: int) -> Printing:
    """印刷を覚える for one box, once per test."""
    own, rim = cv2.dilate((ink(seen) > 40).astype(np.uint8), np.ones((7, 7), np.uint8)), margin + EDGE
    return Printing(np.asarray(own[rim:-rim, rim:-rim] == 0, np.uint8), rim)


def written(seen: Gray, printed: Printing) -> Written:
    """筆跡を測る: a crop of the scan against the same crop of the blank."""
    rim = printed.rim
    page = ink(seen)[rim:-rim, rim:-rim]
    if page.size == 0:
        return Written(0)
    strokes = np.asarray(cv2.threshold(page, FAINT, 1, cv2.THRESH_BINARY)[1], np.uint8) & printed.free
    left, top, across, down = cv2.boundingRect(strokes)
    if max(across, down) < SHORT:
        return Written(max(across, down))
    strokes, page = (one[top : top + down, left : left + across] for one in (strokes, page))
    kind = cv2.CV_16U if strokes.size < 4 * 65_000 else cv2.CV_32S  # as many numbers as there may be pieces
    _, labels, stats, _ = cv2.connectedComponentsWithStats(strokes, connectivity=8, ltype=kind)
    lengths = stats[1:, 2:4].max(axis=1)
    best = int(lengths.argmax())
    longest = int(lengths[best])
    if not SHORT <= longest < LONG:
        return Written(longest)
    x, y, wide, high, _ = stats[best + 1].tolist()
    inked = page[y : y + high, x : x + wide][labels[y : y + high, x : x + wide] == best + 1]
    return Written(longest, ninth_tenth(inked))


def ninth_tenth(values: Gray) -> int:
    """What nine of ten values do not exceed, between the two nearest."""
    place = 0.9 * (values.size - 1)
    low = int(place)
    parted = np.partition(values, (low, min(low + 1, values.size - 1)))
    first, second = float(parted[low]), float(parted[min(low + 1, values.size - 1)])
    return int(first + (second - first) * (place - low))
