"""空欄か: what of a box is pupil's ink, the print of the blank taken away. In doubt a box is not blank."""

from dataclasses import dataclass

import cv2
import numpy as np

from minamo.marking.vision.ink import Gray, ink

FAINT = 22  # ink (0–255) that may be pencil
STRONG = 34  # ink that eraser dust does not reach
EDGE = 7  # pixels inside the rule where its own shadow lies


@dataclass(frozen=True)
class Written:
    """筆跡の量: `share` of the box that is ink; `longest` stroke in pixels at 200 dpi; `darkest` its ink (0–255)."""

    share: float
    longest: int
    darkest: int

    @property
    def blank(self) -> bool:
        """空欄: nothing longer than a speck, or only the ghost of something rubbed out."""
        return self.longest < 9 or (self.darkest < STRONG and self.longest < 13)


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
        return Written(0.0, 0, 0)
    strokes = np.asarray(cv2.threshold(page, FAINT, 1, cv2.THRESH_BINARY)[1], np.uint8) & printed.free
    left, top, across, down = cv2.boundingRect(strokes)
    if not across:
        return Written(0.0, 0, 0)
    strokes, page = (one[top : top + down, left : left + across] for one in (strokes, page))
    _, labels, stats, _ = cv2.connectedComponentsWithStats(strokes, connectivity=8, ltype=cv2.CV_16U)
    lengths = np.maximum(stats[1:, 2], stats[1:, 3])
    best = int(lengths.argmax()) + 1
    x, y, wide, high, _ = stats[best].tolist()
    inked = page[y : y + high, x : x + wide][labels[y : y + high, x : x + wide] == best]
    share = int(stats[1:, cv2.CC_STAT_AREA].sum()) / printed.free.size
    return Written(share, int(lengths.max()), ninth_tenth(inked))


def ninth_tenth(values: Gray) -> int:
    """What nine of ten values do not exceed, between the two nearest."""
    place = 0.9 * (values.size - 1)
    low = int(place)
    parted = np.partition(values, (low, min(low + 1, values.size - 1)))
    first, second = float(parted[low]), float(parted[min(low + 1, values.size - 1)])
    return int(first + (second - first) * (place - low))
