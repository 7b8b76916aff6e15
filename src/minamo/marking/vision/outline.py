"""写真の紙: the sheet in a photograph, found by its outline on a darker table and laid flat."""

import cv2
import numpy as np

from minamo.marking.vision.ink import Gray, Matrix, Points, resized

LOOKED_AT = 900  # long side in pixels
SHARE = (0.3, 0.985)  # of the picture that a sheet takes up
DARKER = 35  # the table lies at least this many levels below the paper
ROOT_2 = 2**0.5
NEAR = (1.2, 1.65)  # sides of a photographed sheet of the A or B series, seen in perspective
SAMPLES, REACH = 60, 14  # places along an edge, and pixels to both sides in which it is looked for
STRAIGHT = 0.03  # of the outline's length that an edge may bend


def outline(gray: Gray) -> Points | None:
    """輪郭: the four corners (top left, top right, bottom right, bottom left; pixels), None when no sheet lies on a darker ground."""
    factor = max(1.0, max(gray.shape) / LOOKED_AT)
    small = cv2.GaussianBlur(resized(gray, round(gray.shape[1] / factor), round(gray.shape[0] / factor)), (0, 0), 3)
    level, bright = cv2.threshold(small, 0, 255, cv2.THRESH_BINARY + cv2.THRESH_OTSU)
    closed = cv2.morphologyEx(bright, cv2.MORPH_CLOSE, np.ones((25, 25), np.uint8))
    found, _ = cv2.findContours(closed, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    whole = max(found, key=cv2.contourArea, default=None)
    if whole is None or not SHARE[0] <= cv2.contourArea(whole) / small.size <= SHARE[1]:
        return None
    corners = cv2.approxPolyDP(cv2.convexHull(whole), STRAIGHT * cv2.arcLength(whole, True), True).reshape(-1, 2)
    if len(corners) != 4:
        return None
    inside = cv2.fillConvexPoly(np.zeros_like(small), corners.astype(np.int32), 255)
    ground = small[inside == 0]
    paper = float(np.median(small[(inside > 0) & (small > level)]))
    if ground.size < 0.01 * small.size or float(np.median(ground)) > paper - DARKER:
        return None
    sharp = met(in_turn(corners.astype(np.float32)), np.asarray(small, np.uint8))
    return np.asarray((sharp + 0.5) * factor - 0.5, np.float32)


def met(corners: Points, small: Gray) -> Points:
    """かど: where the four edges meet, each the straight line along which paper turns into table fastest (corners themselves are
    rounded, and shade moves any level)."""
    lines = []
    for one, other in zip(corners, np.roll(corners, -1, axis=0), strict=True):
        length = float(np.linalg.norm(other - one))
        along = (other - one) / length
        out = np.array([along[1], -along[0]], np.float32)
        feet = one + np.linspace(0.06, 0.94, SAMPLES, dtype=np.float32)[:, None] * (other - one)
        places = feet[:, None, :] + np.arange(-REACH, REACH + 1, dtype=np.float32)[None, :, None] * out
        light = cv2.remap(
            small, places[..., 0], places[..., 1], cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
        ).astype(np.float32)
        fall = light[:, :-2] - light[:, 2:]  # outwards it gets darker
        steep = fall.max(axis=1) > DARKER / 6
        edge = feet[steep] + (fall[steep].argmax(axis=1) + 1 - REACH)[:, None].astype(np.float32) * out
        if len(edge) < SAMPLES / 3:
            return corners
        across, down, x, y = cv2.fitLine(edge, cv2.DIST_HUBER, 0, 0.01, 0.01)[:, 0]
        lines.append(np.array([down, -across, across * y - down * x]))
    crossings = [np.cross(before, line) for before, line in zip(np.roll(lines, 1, axis=0), lines, strict=True)]
    return np.asarray([point[:2] / point[2] for point in crossings], np.float32)


def in_turn(corners: Points) -> Points:
    """Clockwise from the top left."""
    middle = corners.mean(axis=0)
    turned = corners[np.argsort(np.arctan2(corners[:, 1] - middle[1], corners[:, 0] - middle[0]))]
    return np.asarray(np.roll(turned, -int(np.argmin(turned.sum(axis=1))), axis=0), np.float32)


def flat(corners: Points, longest: int) -> tuple[Matrix, tuple[int, int]]:
    """平らにする: homography picture → sheet and the sheet's size, `longest` pixels at its longer side. Paper of the A and B series
    has sides of 1 : √2, which perspective bends a little; other paper keeps the sides it shows."""
    across = (np.linalg.norm(corners[1] - corners[0]) + np.linalg.norm(corners[2] - corners[3])) / 2
    down = (np.linalg.norm(corners[3] - corners[0]) + np.linalg.norm(corners[2] - corners[1])) / 2
    ratio = float(max(across, down) / min(across, down))
    short = round(longest / (ROOT_2 if NEAR[0] <= ratio <= NEAR[1] else ratio))
    size = (longest, short) if across > down else (short, longest)
    there = np.array([[0, 0], [size[0], 0], [size[0], size[1]], [0, size[1]]], np.float32) - np.float32(0.5)
    return np.asarray(cv2.getPerspectiveTransform(corners, there), np.float64), size
