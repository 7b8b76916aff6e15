"""白紙の答案用紙: what alignment needs to know of a blank sheet, computed once per test."""

from dataclasses import dataclass, field

import cv2
import numpy as np

from minamo.marking.vision.coarse import Reference, reference, skew
from minamo.marking.vision.ink import WORK_LONG_SIDE, Gray, Matrix, evened, ink, resized, shrunk

ANCHOR_ROWS = 16
NEAR_WHOLE = 0.04  # so far from a whole multiple of the working size a page is averaged by whole pixels all the same
PATCH = 20  # half side of an anchor's patch at working resolution (5 mm)


@dataclass(frozen=True)
class Template:
    """白紙: `size` in pixels of the given image; everything else in working pixels (long side 1170)."""

    size: tuple[int, int]  # width, height
    work: Gray  # evened ink
    mask: Gray  # printed strokes, 0/255
    to_work: Matrix  # 3×3, pixels of the given image → working pixels
    anchors: np.ndarray  # N×2 int, well spread corners of print
    angle: float  # degrees that straighten the blank itself (a scanned blank may be crooked)
    half: Gray  # `work` at half the size
    reference: Reference  # what guesses are made against
    letters: np.ndarray  # M×4 int, x y w h of printed letters
    features: list[object] = field(default_factory=list, compare=False)  # SIFT of the blank, made at first need


def scaling(size: tuple[int, int], target: tuple[int, int]) -> Matrix:
    """3×3 between two sizes of one image, pixel areas (not centres) corresponding."""
    sx, sy = target[0] / size[0], target[1] / size[1]
    return np.array([[sx, 0, 0.5 * sx - 0.5], [0, sy, 0.5 * sy - 0.5], [0, 0, 1]], np.float64)


def work_size(size: tuple[int, int], long_side: int = WORK_LONG_SIDE) -> tuple[int, int]:
    """Working size of an image: its long side becomes `long_side`."""
    factor = long_side / max(size)
    return max(8, round(size[0] * factor)), max(8, round(size[1] * factor))


def working(gray: Gray) -> tuple[Gray, Matrix]:
    """作業の大きさ of a scan: the picture at working size, and 3×3 from its own pixels to those. Most scans are two or three times the
    working size, give or take some lines: those are averaged by whole pixels (a fifteenth of the time), and their last lines left out.
    A blank is not made small so: a thin rule that falls between two rows of pixels would do so all along, and be no print."""
    height, width = gray.shape
    whole = max(1, round(max(height, width) / WORK_LONG_SIDE))
    off = abs(max(height, width) / (whole * WORK_LONG_SIDE) - 1)
    if whole < 2 or off > NEAR_WHOLE or min(height, width) < 2 * whole:
        target = work_size((width, height))
        return resized(gray, *target), scaling((width, height), target)
    target = (width // whole, height // whole)
    inner = (target[0] * whole, target[1] * whole)
    return resized(gray[: inner[1], : inner[0]], *target), scaling(inner, target)


def prepare(gray: Gray) -> Template:
    """白紙を覚える: anchors, words and working image of a blank sheet."""
    size = (gray.shape[1], gray.shape[0])
    small = resized(gray, *work_size(size))
    inked = ink(small)
    work = evened(inked)
    mask = np.asarray((work > 110).astype(np.uint8) * 255, np.uint8)
    return Template(
        size=size,
        work=work,
        mask=mask,
        to_work=scaling(size, (small.shape[1], small.shape[0])),
        anchors=find_anchors(work),
        angle=skew(work),
        half=shrunk(work, 2),
        reference=reference(work),
        letters=find_words(mask),
    )


def find_anchors(work: Gray) -> np.ndarray:
    """目印: the best corner of print in each cell of a grid over the sheet."""
    strength = cv2.cornerMinEigenVal(work, 9)
    height, width = work.shape
    cell = max(24, max(height, width) // ANCHOR_ROWS)
    edge = PATCH + 4
    found: list[tuple[float, int, int]] = []
    for top in range(0, height, cell):
        for left in range(0, width, cell):
            part = strength[
                max(top, edge) : min(top + cell, height - edge), max(left, edge) : min(left + cell, width - edge)
            ]
            if part.size == 0:
                continue
            y, x = np.unravel_index(int(part.argmax()), part.shape)
            if part[y, x] > 2e-3:
                found.append((float(part[y, x]), max(left, edge) + int(x), max(top, edge) + int(y)))
    found.sort(reverse=True)
    return np.array([(x, y) for _, x, y in found[:140]], np.int32).reshape(-1, 2)


def find_words(mask: Gray) -> np.ndarray:
    """印刷の語: small boxes over printed letters (about one letter each), ruled and dashed lines taken away."""
    across = cv2.morphologyEx(mask, cv2.MORPH_OPEN, np.ones((1, 40), np.uint8))
    down = cv2.morphologyEx(mask, cv2.MORPH_OPEN, np.ones((40, 1), np.uint8))
    ruled = cv2.dilate(cv2.bitwise_or(across, down), np.ones((3, 3), np.uint8))
    rest = np.asarray(cv2.subtract(mask, ruled), np.uint8)
    _, _, stats, _ = cv2.connectedComponentsWithStats(cv2.dilate(rest, np.ones((9, 9), np.uint8)))
    return np.array([letter for x, y, w, h, area in stats[1:] if min(w, h) >= 14 and area >= 220
                     for letter in letters(rest, int(x), int(y), int(w), int(h))], np.int32).reshape(-1, 4)  # fmt: skip


def letters(rest: Gray, x: int, y: int, w: int, h: int) -> list[tuple[int, int, int, int]]:
    """Cut a word into squares as long as it is thick; squares with too little print are left out."""
    thick = max(20, min(w, h))
    columns, rows = max(1, round(w / thick)), max(1, round(h / thick))
    cut = []
    for row in range(rows):
        for column in range(columns):
            left, top = x + w * column // columns, y + h * row // rows
            right, bottom = x + w * (column + 1) // columns, y + h * (row + 1) // rows
            if cv2.countNonZero(rest[top:bottom, left:right]) >= 24:
                cut.append((left, top, right - left, bottom - top))
    return cut
