"""インク: how dark each point is against the paper around it, independent of light, shadow and scanner."""

import cv2
import numpy as np
import numpy.typing as npt

# One thread per process: parallel work is the pool's, so OpenCV's own threads would only take cores from each other.
# Every module of the eye that opens OpenCV stands on this one.
cv2.setNumThreads(1)

Gray = npt.NDArray[np.uint8]
Matrix = npt.NDArray[np.float64]
Points = npt.NDArray[np.float32]

WORK_LONG_SIDE = 1170  # A4 at 100 dpi: sub-millimetre detail at a quarter of the pixels of a 200 dpi scan
STROKES = np.ones((9, 9), np.uint8)  # quarter pixels: writing is thinner


def resized(image: Gray, width: int, height: int) -> Gray:
    """縮小・拡大: area averaging down, linear up."""
    if image.shape == (height, width):
        return image
    smaller = width * height <= image.shape[0] * image.shape[1]
    return np.asarray(
        cv2.resize(image, (width, height), interpolation=cv2.INTER_AREA if smaller else cv2.INTER_LINEAR), np.uint8
    )


def shrunk(image: Gray, whole: int) -> Gray:
    """縮小 by a whole number: averages of whole pixels, a fifteenth of the work of any other size; the last lines are left out."""
    width, height = max(1, image.shape[1] // whole), max(1, image.shape[0] // whole)
    return resized(image[: height * whole, : width * whole], width, height)


def paper(gray: Gray) -> Gray:
    """紙の明るさ: brightness of the paper at each point, the writing closed away."""
    height, width = gray.shape
    small = shrunk(gray, 4)
    closed = cv2.morphologyEx(small, cv2.MORPH_CLOSE, STROKES)
    return np.asarray(cv2.resize(cv2.blur(closed, (5, 5)), (width, height), interpolation=cv2.INTER_LINEAR), np.uint8)


def ink(gray: Gray) -> Gray:
    """インク (0 = paper, 255 = black) relative to the paper around each point."""
    light = paper(gray)
    if light.min(initial=255) < 40:
        light = np.maximum(light, 40)
    return np.asarray(cv2.bitwise_not(cv2.divide(gray, light, scale=255)), np.uint8)


def print_level(inked: Gray) -> float:
    """印刷の濃さ: ink of the darker strokes of a page (0–255); low on an empty page."""
    seventh = np.ascontiguousarray(inked.ravel()[::7])
    histogram = cv2.calcHist([seventh], [0], None, [256], [0, 256]).ravel()
    above = np.cumsum(histogram[::-1], dtype=np.int64)
    return float(255 - int(np.searchsorted(above, max(1, int(above[-1] * 0.006)))))


def evened(inked: Gray) -> Gray:
    """濃さをそろえた像: print of a faint copy and of a dark one brought to one level, slightly softened."""
    level = max(24.0, 0.75 * print_level(inked))
    return np.asarray(cv2.GaussianBlur(cv2.convertScaleAbs(inked, alpha=255 / level), (0, 0), 1.0), np.uint8)
