"""Shared by the tests of the eye: filled pages with truth, and files made of them."""

from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
from PIL import Image

from tests.fixtures.papers.canvas import Sheet
from tests.fixtures.papers.pupils import write
from tests.fixtures.papers.scanner import CASES, scan

BY_NAME = {case[0]: case for case in CASES}


def filled(sheet: Sheet, case: str, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """A filled page through one machine: picture and true homography."""
    page, _ = write(sheet, seed, number=str(seed % 40))
    return scan(page, BY_NAME[case], seed)


def corners(sheet: Sheet) -> np.ndarray:
    """All corners of the answer boxes."""
    return np.array([(x, y) for box in sheet.answers for x in box[::2] for y in box[1::2]], np.float64)


def worst(sheet: Sheet, found: np.ndarray | None, truth: np.ndarray) -> float:
    """Largest error of a box corner in pixels of the scan; infinite without a homography."""
    if found is None:
        return float("inf")
    points = corners(sheet).reshape(-1, 1, 2)
    apart = cv2.perspectiveTransform(points, np.asarray(found)) - cv2.perspectiveTransform(points, truth)
    return float(np.linalg.norm(apart.reshape(-1, 2), axis=1).max())


def overlap(one: Sequence[float], other: Sequence[float]) -> float:
    """Intersection over union of two boxes."""
    wide, high = min(one[2], other[2]) - max(one[0], other[0]), min(one[3], other[3]) - max(one[1], other[1])
    if wide <= 0 or high <= 0:
        return 0.0
    both = (one[2] - one[0]) * (one[3] - one[1]) + (other[2] - other[0]) * (other[3] - other[1])
    return wide * high / (both - wide * high)


def pdf(path: Path, pages: Sequence[np.ndarray], dpi: int = 200) -> Path:
    """A scanner's PDF: one JPEG per page."""
    images = [Image.fromarray(page) for page in pages]
    images[0].save(path, "PDF", save_all=True, append_images=images[1:], resolution=dpi, quality=70)
    return path
