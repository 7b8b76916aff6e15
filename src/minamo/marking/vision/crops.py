"""切り抜き: answer boxes taken straight from the scan through the alignment; no flattened page is ever made or kept."""

from collections.abc import Sequence

import cv2
import numpy as np

from minamo.marking.vision.align import Alignment
from minamo.marking.vision.ink import Gray

MARGIN = 10  # pixels at 200 dpi around a box: letters that stick out are seen too
PAPER = 255


def placed(found: Alignment, points: np.ndarray) -> np.ndarray:
    """紙の上の点 → 画像の点: N×2 pixels of the blank to pixels of the scan, along the bow of the paper."""
    if found.homography is None:
        raise ValueError("a page without a homography has no places")
    bent = found.mesh.shifted(points) if found.mesh is not None else points
    return np.asarray(
        cv2.perspectiveTransform(np.asarray(bent, np.float64).reshape(-1, 1, 2), found.homography)
    ).reshape(-1, 2)


def crop(gray: Gray, found: Alignment, box: Sequence[float], *, margin: int = MARGIN, scale: float = 1.0) -> Gray:
    """欄を切り抜く: box (x0 y0 x1 y1, pixels of the blank) with a margin, drawn upright at `scale` of the blank's pixels."""
    x0, y0, x1, y1 = box[0] - margin, box[1] - margin, box[2] + margin, box[3] + margin
    width, height = max(1, round((x1 - x0) * scale)), max(1, round((y1 - y0) * scale))
    if found.mesh is None and found.homography is not None:
        here = np.array([[1 / scale, 0, x0], [0, 1 / scale, y0], [0, 0, 1.0]])
        flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
        return np.asarray(
            cv2.warpPerspective(gray, found.homography @ here, (width, height), flags=flags, borderValue=PAPER),
            np.uint8,
        )
    columns, rows = max(2, width // 16 + 1), max(2, height // 16 + 1)
    x, y = np.meshgrid(np.linspace(x0, x1, columns), np.linspace(y0, y1, rows))
    there = placed(found, np.column_stack([x.ravel(), y.ravel()])).reshape(rows, columns, 2).astype(np.float32)
    grown = spread(there, width, height)
    return np.asarray(
        cv2.remap(gray, grown[..., 0].copy(), grown[..., 1].copy(), cv2.INTER_LINEAR, borderValue=PAPER), np.uint8
    )


def spread(nodes: np.ndarray, width: int, height: int) -> np.ndarray:
    """Values between the nodes of a coarse grid, for every pixel of the crop."""
    rows, columns = nodes.shape[:2]
    y = np.clip((np.arange(height, dtype=np.float32)) / max(1, height) * (rows - 1), 0, rows - 1)
    x = np.clip((np.arange(width, dtype=np.float32)) / max(1, width) * (columns - 1), 0, columns - 1)
    across, down = np.meshgrid(x, y)
    return np.asarray(cv2.remap(nodes, across, down, cv2.INTER_LINEAR))


def outside(found: Alignment, boxes: Sequence[Sequence[float]], size: tuple[int, int]) -> list[bool]:
    """欄が画像の外か: for each box whether a corner of it lies off the picture (width, height) by more than a rule's width."""
    if not boxes:
        return []
    corners = np.array([(x, y) for box in boxes for x in (box[0], box[2]) for y in (box[1], box[3])], np.float64)
    places = placed(found, corners)
    off = (places < -4) | (places > np.array(size) + 3)
    return [bool(one.any()) for one in off.reshape(-1, 8)]


def packed(image: Gray, quality: int = 80) -> bytes:
    """JPEG for the marking screen (PNG costs seven times as much, WebP forty)."""
    done, data = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, quality])
    if not done:
        raise ValueError("the crop could not be encoded")
    return bytes(data)
