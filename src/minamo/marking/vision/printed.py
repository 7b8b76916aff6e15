"""水面の用紙を読む: the number that was filled in on a sheet that minamo printed."""

from collections.abc import Sequence

import cv2
import numpy as np

from minamo.marking.vision.form import RADIUS, SQUARE, centres, number_marks
from minamo.marking.vision.ink import Gray, Matrix

FILLED, TWICE = (
    0.3,
    0.6,
)  # ink of a filled circle beside that of a printed square; of a second one beside the darkest: a doubt


def filled_number(gray: Gray, homography: Matrix, size: tuple[int, int]) -> int | None:
    """ぬった番号. `homography`: printed sheet → scan. None when nothing, too much or only half of it is filled in."""
    black = _black(gray, homography, size)
    tens, ones = (_filled(gray, homography, row, black) for row in number_marks(size))
    if ones is None or tens is None or tens * 10 + ones == 0:
        return None
    return tens * 10 + ones


def _view(gray: Gray, homography: Matrix, corner: tuple[float, float], size: tuple[int, int]) -> np.ndarray:
    """Ink (0–1) of a place of the printed sheet, against the paper there."""
    here = np.array([[1, 0, corner[0]], [0, 1, corner[1]], [0, 0, 1.0]])
    seen = cv2.warpPerspective(
        gray, homography @ here, size, flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP, borderValue=255
    )
    paper = max(1.0, float(np.percentile(seen, 95)))
    return np.asarray(np.clip((paper - seen.astype(np.float32)) / paper, 0, 1))


def _black(gray: Gray, homography: Matrix, size: tuple[int, int]) -> float:
    """How dark print is on this scan: the square beside the number marks."""
    x, y = centres(size)[3]
    seen = _view(gray, homography, (x - SQUARE, y - SQUARE), (2 * SQUARE, 2 * SQUARE))
    inner = slice(3 * SQUARE // 4, 5 * SQUARE // 4)
    return max(0.1, float(np.median(seen[inner, inner])))


def _filled(gray: Gray, homography: Matrix, row: Sequence[tuple[float, float]], black: float) -> int | None:
    reach = round(RADIUS)
    left, wide = row[0][0] - 2 * reach, row[-1][0] - row[0][0] + 4 * reach
    ink = _view(gray, homography, (left, row[0][1] - 2 * reach), (round(wide), 4 * reach)) / black
    disc = np.zeros((4 * reach, 4 * reach), np.uint8)
    cv2.circle(disc, (2 * reach, 2 * reach), round(0.75 * reach), 1, -1)
    shares = []
    for x, _ in row:
        at = round(x - left) - 2 * reach
        part = ink[:, max(0, at) : at + 4 * reach]
        shares.append(float(part[disc[:, : part.shape[1]] > 0].mean()))
    best = int(np.argmax(shares))
    doubts = [share for digit, share in enumerate(shares) if digit != best and share > TWICE * shares[best]]
    return best if shares[best] >= FILLED and not doubts else None
