"""水面の用紙: sheets minamo prints itself carry four squares and a QR code; they are laid flat without looking at the text.

The geometry is the contract with the printed form: `form.py`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product

import cv2
import numpy as np
import segno
import zxingcpp

from minamo.marking.vision.form import CODE, INSET, QUIET, SQUARE, centres, code_box
from minamo.marking.vision.ink import Gray, Matrix, shrunk

SEARCH = 600  # long side at which squares are looked for
FAR = 8.0  # pixels at 200 dpi the code may lie from where the squares say: more is bowed or folded paper


@dataclass(frozen=True)
class Marked:
    """印のついた紙: homography blank → scan (pixels) and what the code says."""

    homography: Matrix
    payload: str


def stamped(blank: Gray, payload: str) -> Gray:
    """印を押す: the blank with squares and code (M level, at least four pixels a module)."""
    sheet = blank.copy()
    size = (blank.shape[1], blank.shape[0])
    for x, y in centres(size):
        left, top = round(float(x) - SQUARE / 2 + 0.5), round(float(y) - SQUARE / 2 + 0.5)
        sheet[top - QUIET : top + SQUARE + QUIET, left - QUIET : left + SQUARE + QUIET] = 255
        sheet[top : top + SQUARE, left : left + SQUARE] = 0
    code = np.array(
        [[0 if dark else 255 for dark in row] for row in segno.make_qr(payload, error="m").matrix], np.uint8
    )
    x0, y0, x1, y1 = code_box(size)
    sheet[y0:y1, x0:x1] = 255
    grown = cv2.resize(code, (CODE, CODE), interpolation=cv2.INTER_NEAREST)
    sheet[y0 + QUIET : y0 + QUIET + CODE, x0 + QUIET : x0 + QUIET + CODE] = grown
    return sheet


def squares(gray: Gray, seen: Gray | None = None) -> list[tuple[float, float, float]]:
    """黒い四角: (x, y, side) of solid squares, in pixels of the page; a code's finder squares are hollow and fall out. `seen`: the page
    smaller, where somebody has it."""
    shown = gray if seen is None else seen
    small = shrunk(shown, max(1, round(max(shown.shape) / SEARCH)))
    factor = max(gray.shape) / max(small.shape)
    dark = cv2.adaptiveThreshold(small, 255, cv2.ADAPTIVE_THRESH_MEAN_C, cv2.THRESH_BINARY_INV, 41, 20)
    outlines, _ = cv2.findContours(dark, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    found = []
    for outline in outlines:
        (x, y), (w, h), _ = cv2.minAreaRect(outline)
        if min(w, h) < 5 or max(w, h) > 1.5 * min(w, h) or max(w, h) > 0.06 * max(small.shape):
            continue
        if cv2.contourArea(outline) < 0.68 * w * h:
            continue
        left, top, wide, high = cv2.boundingRect(outline)
        inner = small[top + high // 4 : top + high - high // 4, left + wide // 4 : left + wide - wide // 4]
        if inner.size and inner.std() < 30 and inner.mean() < small[max(0, top - 2), max(0, left - 2)] * 0.75:
            found.append((x * factor, y * factor, float(np.sqrt(w * h)) * factor))
    return found


def refined(gray: Gray, x: float, y: float, side: float) -> tuple[float, float]:
    """Centre of one square from all its pixels."""
    reach = int(side * 0.9)
    left, top = max(0, int(x) - reach), max(0, int(y) - reach)
    part = gray[top : int(y) + reach, left : int(x) + reach]
    dark = cv2.threshold(part, 0, 255, cv2.THRESH_BINARY_INV + cv2.THRESH_OTSU)[1]
    count, _, stats, middles = cv2.connectedComponentsWithStats(dark)
    if count < 2:
        return x, y
    best = 1 + int(np.argmax(stats[1:, 4]))
    return float(middles[best][0]) + left, float(middles[best][1]) + top


def quads(
    found: Sequence[tuple[float, float, float]], size: tuple[int, int], page: tuple[int, int]
) -> list[np.ndarray]:
    """四隅の組: fours of like squares that could be the corners of the sheet, the largest first, clockwise from top left."""
    points = np.array([(x, y) for x, y, _ in found])
    sides = np.array([side for _, _, side in found])
    corners = np.array([[0, 0], [page[0], 0], [page[0], page[1]], [0, page[1]]], float)
    near = [np.argsort(np.linalg.norm(points - corner, axis=1))[:3] for corner in corners]
    wanted = (size[0] - 2 * INSET) / (size[1] - 2 * INSET)
    chosen = np.array([four for four in product(*(side.tolist() for side in near)) if len(set(four)) == 4], np.intp)
    if not len(chosen):
        return []
    fours, lengths = points[chosen], sides[chosen]
    edges = np.linalg.norm(fours - np.roll(fours, -1, axis=1), axis=2)
    ratio = np.log((edges[:, 0] + edges[:, 2]) / (edges[:, 1] + edges[:, 3]))
    like = np.minimum(np.abs(ratio - np.log(wanted)), np.abs(ratio + np.log(wanted))) < 0.18
    good = like & (lengths.max(1) <= 1.5 * lengths.min(1))
    order = sorted(chosen[good].tolist(), key=lambda four: -float(cv2.contourArea(points[four].astype(np.float32))))
    convex = [four for four in order if cv2.isContourConvex(points[four].astype(np.float32))]
    return [np.array([found[index] for index in four]) for four in convex[:3]]


def read_marked(gray: Gray, size: tuple[int, int], seen: Gray | None = None) -> Marked | None:
    """印を読む: where a printed sheet of `size` lies and what its code says; None when squares or code are not sure. `seen`: the page
    smaller, where somebody has it."""
    found = squares(gray, seen)
    if len(found) < 4:
        return None
    target = np.array(centres(size), np.float32)
    for quad in quads(found, size, (gray.shape[1], gray.shape[0])):
        exact = np.array([refined(gray, *one) for one in quad], np.float32)
        for turn in range(4):
            homography = np.asarray(cv2.getPerspectiveTransform(target, np.roll(exact, -turn, axis=0)), np.float64)
            payload = code_at(gray, homography, size)
            if payload is not None:
                return Marked(homography, payload)
    return None


def codes(gray: Gray) -> Sequence[zxingcpp.Barcode]:
    """QRコード on a page. The formats are made at each call: kept by the module, the library reports them as leaked at exit."""
    return zxingcpp.read_barcodes(gray, formats=zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCode))


def code_at(gray: Gray, homography: Matrix, size: tuple[int, int]) -> str | None:
    """符号を読む at the place where it was printed, upright and where it should be; None otherwise."""
    x0, y0, x1, y1 = code_box(size)
    here = np.array([[1, 0, x0], [0, 1, y0], [0, 0, 1.0]])
    view = cv2.warpPerspective(
        gray, homography @ here, (x1 - x0, y1 - y0), flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP, borderValue=255
    )
    if view.std() < 20:
        return None
    for one in codes(np.ascontiguousarray(view)):
        corners = (one.position.top_left, one.position.bottom_right)
        x, y = (sum(c.x for c in corners) / 2, sum(c.y for c in corners) / 2)
        upright = corners[0].x < corners[1].x and corners[0].y < corners[1].y
        if upright and abs(x - (x1 - x0) / 2) < FAR and abs(y - (y1 - y0) / 2) < FAR:
            return str(one.text)
    return None
