"""特徴点による見当: SIFT at a third of scan resolution, for photographs and copies the ruled lines cannot place."""

import cv2
import numpy as np

from minamo.marking.vision.ink import Gray, Matrix, Points, resized
from minamo.marking.vision.template import Template

SIDE = 780  # long side the features are taken at
COUNT = 1500
Described = tuple[Points, np.ndarray] | None


def describe(work: Gray) -> Described:
    """Places (working pixels) and descriptors; None when there are too few."""
    factor = SIDE / max(work.shape)
    small = resized(work, round(work.shape[1] * factor), round(work.shape[0] * factor))
    points, descriptors = cv2.SIFT.create(COUNT).detectAndCompute(cv2.bitwise_not(small), None)
    if descriptors is None or len(points) < 12:
        return None
    return np.array([point.pt for point in points], np.float32) / np.float32(factor), descriptors


def by_features(template: Template, work: Gray) -> Matrix | None:
    """Homography blank → page in working pixels from matched features, not yet trusted."""
    if not template.features:
        template.features.append(describe(template.work))
    known, seen = template.features[0], describe(work)
    if not isinstance(known, tuple) or seen is None:
        return None
    pairs = cv2.BFMatcher(cv2.NORM_L2).knnMatch(known[1], seen[1], k=2)
    good = [pair[0] for pair in pairs if len(pair) == 2 and pair[0].distance < 0.8 * pair[1].distance]
    if len(good) < 10:
        return None
    first = np.array([known[0][match.queryIdx] for match in good], np.float32)
    second = np.array([seen[0][match.trainIdx] for match in good], np.float32)
    matrix, _ = cv2.findHomography(first, second, cv2.USAC_MAGSAC, 4.0, maxIters=3000)
    return None if matrix is None else np.asarray(matrix, np.float64)
