"""細かい位置合わせ: local matching of printed corners, robust model, again at finer resolution."""

import math
from dataclasses import dataclass, field

import cv2
import numpy as np

from minamo.marking.vision.ink import Gray, Matrix, Points
from minamo.marking.vision.template import PATCH, Template

MATCHED = 0.45  # correlation from which a patch is taken as found
STRAIGHT, PLANE = (
    0.85,
    0.97,
)  # shares of anchors that agree after the first and the second round from which no third is needed
MANY = 80  # anchors of which every second one is enough for the first round


@dataclass(frozen=True)
class Fit:
    """当てはめ: blank → scan in working pixels; each anchor's place in the blank's frame and its correlation."""

    homography: Matrix
    anchors: Points  # all anchors, blank frame
    seen: Points  # where each was found, in the blank frame after the homography
    quality: np.ndarray  # correlation of each anchor, 0 when not searched
    inliers: np.ndarray  # bool per anchor
    view: Gray | None = field(default=None, repr=False)  # the page in the blank's frame, as it was drawn for the search
    moved: float = np.inf  # working pixels the homography has moved since, at most

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
        left, middle, right = answer[y, x - 1 : x + 2].tolist()
        dx = 0.5 * (left - right) / min(-1e-6, left - 2 * middle + right)
    if 0 < y < answer.shape[0] - 1:
        up, middle, down = answer[y - 1 : y + 2, x].tolist()
        dy = 0.5 * (up - down) / min(-1e-6, up - 2 * middle + down)
    return x + max(-0.6, min(0.6, dx)), y + max(-0.6, min(0.6, dy))


def search(blank: Gray, view: np.ndarray, anchors: np.ndarray, patch: int, radius: int) -> tuple[Points, np.ndarray]:
    """目印を探す: place and correlation of each anchor in the view, within `radius` pixels."""
    places = anchors.astype(np.float32).copy()
    quality = np.zeros(len(anchors), np.float32)
    height, width = blank.shape
    view = view.astype(np.float32)  # bytes are turned into these for every patch anew
    for index, (x, y) in enumerate(anchors.tolist()):
        top, left = max(0, y - patch), max(0, x - patch)
        piece = blank[top : y + patch, left : x + patch].astype(np.float32)
        up, west = max(0, top - radius), max(0, left - radius)
        field = view[up : min(height, y + patch + radius), west : min(width, x + patch + radius)]
        if piece.shape[0] > field.shape[0] or piece.shape[1] > field.shape[1]:
            continue
        answer = cv2.matchTemplate(field, piece, cv2.TM_CCOEFF_NORMED)
        _, best, _, (bx, by) = cv2.minMaxLoc(answer)
        if not math.isfinite(best):
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
    template: Template, page: Gray, start: Matrix, *, shrink: int, radius: int, kind: str, limit: float, every: int = 1
) -> Fit | None:
    """One round: draw the page in the blank's frame at 1/`shrink` (1 or 2), search every so many of the anchors, fit."""
    height, width = template.work.shape
    size = (width // shrink, height // shrink)
    half = (shrink - 1) / 2
    grow = np.array([[shrink, 0, half], [0, shrink, half], [0, 0, 1.0]])  # pixels of the view → working pixels
    blank = template.work if shrink == 1 else template.half
    view = unwarped(page, start @ grow, size)
    asked = template.anchors[::every]
    anchors = asked if shrink == 1 else np.rint((asked - half) / shrink).astype(np.int32)
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
    homography = start @ grow @ fitted[0] @ np.linalg.inv(grow)
    seen = (places * shrink + half).astype(np.float32)
    drawn = (view, farthest(fitted[0], size)) if shrink == 1 else (None, np.inf)
    return Fit(homography / homography[2, 2], asked.astype(np.float32), seen, quality, inliers, *drawn)


def farthest(change: Matrix, size: tuple[int, int]) -> float:
    """How far a change of place moves a corner of the sheet."""
    corners = np.array([[[0, 0]], [[size[0], 0]], [[size[0], size[1]]], [[0, size[1]]]], np.float64)
    return float(np.linalg.norm(cv2.perspectiveTransform(corners, change) - corners, axis=2).max())


def refine(template: Template, page: Gray, start: Matrix) -> Fit | None:
    """段階的に細かく: half resolution with a wide search, then full resolution: once where the paper lies flat and straight, else twice."""
    every = 2 if len(template.anchors) >= MANY else 1
    fit = step(template, page, start, shrink=2, radius=13, kind="affine", limit=4.0, every=every)
    if fit is None or fit.score < 0.12:
        return None
    start = fit.homography
    if fit.score >= STRAIGHT:
        fine = step(template, page, start, shrink=1, radius=5, kind="homography", limit=1.2)
        if fine is not None and fine.score >= PLANE:
            return fine
    fit = step(template, page, start, shrink=1, radius=12, kind="homography", limit=2.0)
    if fit is None or fit.score < 0.15:
        return fit
    return step(template, page, fit.homography, shrink=1, radius=4, kind="homography", limit=1.2) or fit
