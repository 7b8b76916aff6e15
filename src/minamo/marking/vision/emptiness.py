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
    """欄の印刷: the crop of the blank, and where its own print and rules lie (dilated, 0/1), inside the margin."""

    seen: Gray
    own: Gray
    rim: int


def printing(seen: Gray, margin: int) -> Printing:
    """印刷を覚える for one box, once per test."""
    own = cv2.dilate((ink(seen) > 40).astype(np.uint8), np.ones((7, 7), np.uint8))
    return Printing(seen, np.asarray(own, np.uint8), margin + EDGE)


def written(seen: Gray, printed: Printing) -> Written:
    """筆跡を測る: a crop of the scan against the same crop of the blank."""
    rim = printed.rim
    page = ink(seen)[rim:-rim, rim:-rim]
    strokes = ((page > FAINT) & (printed.own[rim:-rim, rim:-rim] == 0)).astype(np.uint8)
    if strokes.size == 0:
        return Written(0.0, 0, 0)
    count, labels, stats, _ = cv2.connectedComponentsWithStats(strokes, connectivity=8)
    if count <= 1:
        return Written(0.0, 0, 0)
    lengths = np.maximum(stats[1:, 2], stats[1:, 3])
    best = int(lengths.argmax()) + 1
    return Written(float(strokes.mean()), int(lengths.max()), int(np.percentile(page[labels == best], 90)))
