"""細かい位置合わせ: local matching of printed corners, robust model, again at finer resolution."""

from dataclasses import dataclass

import cv2
import numpy as np

from minamo.marking.vision.ink import Gray, Matrix, Points, resized
from minamo.marking.vision.template import PATCH, Template

MATCHED = 0.45  # correlation from which a patch is taken as found


@dataclass(frozen=True)
class Fit:
    """当てはめ: blank → scan in working pixels; each anchor's place in the blank's frame and its correlation."""

    homography: Matrix
    anchors: Points  # all anchors, blank frame
    seen: Points  # where each was found, in the blank frame after the homography
    quality: np.ndarray  # correlation of each anchor, 0 when not searched
    inliers: np.ndarray  # bool per anchor

    @property
    def score(self) -> float:
        """照合の点: share of anchors that agree with the model."""
        return float(self.inliers.mean()) if len(self.inliers) else 0.0


def unwarped(page: Gray, homography: Matrix, size: tuple[int, int]) -> Gray:
    """The page drawn in the frame of the blank."""
    return np.asarray(
        cv2.warpPerspective(page, homography, size, flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP), np.uint8
    )


def subpixel(answer: np.ndarray, x: int, y: int) -> tuple[float, float]:
    """Peak of a parabola through the neighbours of the best place."""
    dx = dy = 0.0
    if 0 < x < answer.shape[1] - 1:
        left, middle, right = (float(v) for v in answer[y, x - 1 : x + 2])
        dx = 0.5 * (left - right) / min(-1e-6, left - 2 * middle + right)
    if 0 < y < answer.shape[0] - 1:
        up, middle, down = (float(v) for v in answer[y - 1 : y + 2, x])
        dy = 0.5 * (up - down) / min(-1e-6, up - 2 * middle + down)
    return x + max(-0.6, min(0.6, dx)), y + max(-0.6, min(0.6, dy))


def search(blank: Gray, view: Gray, anchors: np.ndarray, patch: int, radius: int) -> tuple[Points, np.ndarray]:
    """目印を探す: place and correlation of each anchor in the view, within `radius` pixels."""
    places = anchors.astype(np.float32).copy()
    quality = np.zeros(len(anchors), np.float32)
    height, width = blank.shape
    for index, (x, y) in enumerate(anchors.tolist()):
        top, left = max(0, y - patch), max(0, x - patch)
        piece = blank[top : y + patch, left : x + patch]
        up, west = max(0, top - radius), max(0, left - radius)
        field = view[up : min(height, y + patch + radius), west : min(width, x + patch + radius)]
        if piece.shape[0] > field.shape[0] or piece.shape[1] > field.shape[1]:
            continue
        answer = cv2.matchTemplate(field, piece, cv2.TM_CCOEFF_NORMED)
        _, best, _, (bx, by) = cv2.minMaxLoc(answer)
        if not np.isfinite(best):
            continue
        fx, fy = subpixel(answer, bx, by)
        places[index] = (west + fx + x - left, up + fy + y - top)
        quality[index] = best
    return places, quality


def model(anchors: Points, places: Points, kind: str, limit: float) -> tuple[Matrix, np.ndarray] | None:
    """当てはめ: a robust affine or homography with its inliers; None when it cannot be made."""
    if kind == "affine":
        matrix, inliers = cv2.estimateAffine2D(anchors, places, ransacReprojThreshold=limit, maxIters=2000)
        if matrix is None:
            return None
        return np.vstack([matrix, [0, 0, 1]]), inliers.ravel().astype(bool)
    matrix, inliers = cv2.findHomography(anchors, places, cv2.USAC_MAGSAC, limit, maxIters=2000)
    return None if matrix is None else (np.asarray(matrix, np.float64), inliers.ravel().astype(bool))


def step(
    template: Template, page: Gray, start: Matrix, *, shrink: int, radius: int, kind: str, limit: float
) -> Fit | None:
    """One round: draw the page in the blank's frame, search the anchors, fit."""
    height, width = template.work.shape
    size = (width // shrink, height // shrink)
    factor = np.diag([size[0] / width, size[1] / height, 1.0])
    blank = template.work if shrink == 1 else resized(template.work, *size)
    view = unwarped(page, start @ np.linalg.inv(factor), size)
    anchors = template.anchors if shrink == 1 else np.rint(template.anchors * factor.diagonal()[:2]).astype(np.int32)
    patch = PATCH if shrink == 1 else max(12, PATCH * 3 // (2 * shrink))
    places, quality = search(blank, view, anchors, patch, radius)
    good = quality >= MATCHED
    if int(good.sum()) < 8:
        return None
    fitted = model(anchors[good].astype(np.float32), places[good], kind, limit)
    if fitted is None:
        return None
    inliers = np.zeros(len(anchors), bool)
    inliers[good] = fitted[1]
    change = np.linalg.inv(factor) @ fitted[0] @ factor
    homography = start @ change
    scale = np.float32(1 / factor.diagonal()[:2])
    return Fit(homography / homography[2, 2], anchors.astype(np.float32) * scale, places * scale, quality, inliers)


def refine(template: Template, page: Gray, start: Matrix) -> Fit | None:
    """段階的に細かく: half resolution with a wide search, then full resolution twice."""
    fit = step(template, page, start, shrink=2, radius=13, kind="affine", limit=4.0)
    if fit is None or fit.score < 0.12:
        return None
    fit = step(template, page, fit.homography, shrink=1, radius=12, kind="homography", limit=2.0)
    if fit is None or fit.score < 0.15:
        return fit
    return step(template, page, fit.homography, shrink=1, radius=4, kind="homography", limit=1.2) or fit
