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


def written(seen: Gray, printed: Gray, margin: int) -> Written:
    """筆跡を測る: a crop of the scan against the same crop of the blank, both with `margin` around the box."""
    page, sheet = ink(seen), ink(printed)
    own = cv2.dilate((sheet > 40).astype(np.uint8), np.ones((7, 7), np.uint8))
    strokes = ((page > FAINT) & (own == 0)).astype(np.uint8)
    rim = margin + EDGE
    middle = strokes[rim:-rim, rim:-rim]
    if middle.size == 0:
        return Written(0.0, 0, 0)
    count, labels, stats, _ = cv2.connectedComponentsWithStats(middle, connectivity=8)
    if count <= 1:
        return Written(0.0, 0, 0)
    lengths = np.maximum(stats[1:, 2], stats[1:, 3])
    best = int(lengths.argmax()) + 1
    inner = page[rim:-rim, rim:-rim]
    return Written(float(middle.mean()), int(lengths.max()), int(np.percentile(inner[labels == best], 90)))
