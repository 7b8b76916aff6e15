"""Drawing a symbol as a pupil would, in a cell, and printing and scanning that cell."""

import math
from itertools import pairwise

import cv2
import numpy as np
from numpy.typing import NDArray

Strokes = list[NDArray[np.float32]]
Alpha = NDArray[np.float32]
Rng = np.random.Generator

AROUND = ((1, 0), (1, -1), (0, -1), (-1, -1), (-1, 0), (-1, 1), (0, 1), (1, 1))
"""Moves that bring the neighbour above, above right, right … above left of each pixel to its place."""


def unit(strokes: Strokes) -> Strokes:
    """Centred, the longer side 1."""
    points = np.concatenate(strokes)
    low, high = points.min(axis=0), points.max(axis=0)
    size = max(float((high - low).max()), 1e-6)
    return [((stroke - (low + high) / 2) / size).astype(np.float32) for stroke in strokes]


def vary(strokes: Strokes, rng: Rng, strength: float = 1.0) -> Strokes:
    """Another writing of the same symbol: slant, proportions, each stroke a little elsewhere, an unsteady hand."""
    angle, shear = rng.normal(0, 0.09 * strength), rng.normal(0, 0.14 * strength)
    wide, high = np.exp(rng.normal(0, 0.15 * strength)), np.exp(rng.normal(0, 0.1 * strength))
    cos, sin = math.cos(angle), math.sin(angle)
    matrix = np.array([[cos * wide, -sin * high + shear * wide], [sin * wide, cos * high]])
    unsteady = rng.uniform(0, 0.022) * strength
    moved = []
    for stroke in unit(strokes):
        middle = stroke.mean(axis=0)
        turn = rng.normal(0, 0.06 * strength)
        rotation = np.array([[math.cos(turn), -math.sin(turn)], [math.sin(turn), math.cos(turn)]])
        path = (stroke - middle) * np.exp(rng.normal(0, 0.07 * strength, 2)) @ rotation.T + middle
        path = path + rng.normal(0, 0.022 * strength, 2) + _wander(len(stroke), rng, unsteady)
        if rng.random() < 0.06 * strength and len(stroke) > 6:
            keep = int(len(path) * rng.uniform(0.82, 0.97))
            path = path[:keep] if rng.random() < 0.5 else path[-keep:]
        moved.append(path @ matrix.T)
    return unit([path.astype(np.float32) for path in moved])


def _wander(count: int, rng: Rng, size: float) -> NDArray[np.float64]:
    knots = max(2, count // 6 + 2)
    offsets = rng.normal(0, size, (knots, 2))
    at = np.linspace(0, knots - 1, count)
    return np.stack([np.interp(at, np.arange(knots), offsets[:, axis]) for axis in (0, 1)], axis=1)


def draw_strokes(strokes: Strokes, height: float, width: float, rng: Rng) -> Alpha:
    """Strokes as ink 0–1, `height` pixels on the longer side, the pen `width` pixels wide."""
    pad = int(width) + 3
    points = np.concatenate(strokes)
    low, high = points.min(axis=0), points.max(axis=0)
    scale = height / max(float((high - low).max()), 1e-6)
    size = ((high - low) * scale).astype(int) + 2 * pad + 1
    twice = np.zeros((int(size[1]) * 2, int(size[0]) * 2), np.uint8)
    taper = rng.random() < 0.25
    for stroke in strokes:
        path = np.round(((stroke - low) * scale + pad) * 2 * 8).astype(np.int32)
        if len(path) == 1:
            path = np.vstack([path, path + 8])
        thick = max(1, round(width * 2 * rng.uniform(0.88, 1.12)))
        cv2.polylines(twice, [path.reshape(-1, 1, 2)], False, 255, thick, cv2.LINE_AA, 3)
        if taper and len(path) > 6:
            cv2.polylines(twice, [path[: len(path) // 2].reshape(-1, 1, 2)], False, 255, thick + 1, cv2.LINE_AA, 3)
    return cv2.resize(twice, (int(size[0]), int(size[1])), interpolation=cv2.INTER_AREA).astype(np.float32) / 255


def running(strokes: Strokes, rng: Rng) -> Strokes:
    """Written without lifting the pen everywhere: some strokes go over into the next one."""
    joined = [strokes[0]]
    for stroke in strokes[1:]:
        if rng.random() < 0.35:
            way = np.linspace(joined[-1][-1], stroke[0], 6)[1:-1].astype(np.float32)
            joined[-1] = np.concatenate([joined[-1], way, stroke])
        else:
            joined.append(stroke)
    return joined


def middle_of(glyph: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The middle lines of a picture of a symbol, one pixel wide: its edge is taken away as long as nothing comes apart (Zhang and Suen)."""
    ink = np.pad((glyph > 110).astype(np.uint8), 1)
    while True:
        before = int(ink.sum())
        for first, second in (((0, 2, 4), (2, 4, 6)), ((0, 2, 6), (0, 4, 6))):
            around = [np.roll(ink, move, (0, 1)) for move in AROUND]
            count = sum(around)
            turns = sum((one == 0) & (after == 1) for one, after in pairwise([*around, around[0]]))
            loose = (ink == 1) & (count >= 2) & (count <= 6) & (turns == 1)
            for group in (first, second):
                loose &= (around[group[0]] & around[group[1]] & around[group[2]]) == 0
            ink[loose] = 0
        if int(ink.sum()) == before:
            return np.ascontiguousarray(ink[1:-1, 1:-1] * 255)


def penned(middle: NDArray[np.uint8], height: float, width: float) -> NDArray[np.uint8]:
    """Middle lines as a picture of a pen that is `width` pixels wide when the symbol is `height` pixels large."""
    thick = max(3, round(width * max(middle.shape) / height))
    around = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (thick, thick))
    return np.asarray(cv2.dilate(np.pad(middle, thick), around), np.uint8)


def draw_picture(picture: NDArray[np.uint8], height: float, rng: Rng, strength: float = 1.0) -> Alpha:
    """A picture of a symbol (255 ink) bent, slanted, thinned or thickened, as ink 0–1."""
    side = 96
    factor = 64 / max(picture.shape)
    small = cv2.resize(
        picture, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA if factor < 1 else cv2.INTER_CUBIC
    )
    canvas = np.zeros((side, side), np.uint8)
    top, left = (side - small.shape[0]) // 2, (side - small.shape[1]) // 2
    canvas[top : top + small.shape[0], left : left + small.shape[1]] = small
    turn = cv2.getRotationMatrix2D((side / 2, side / 2), rng.normal(0, 5 * strength), 1.0)
    turn[0, 1] += rng.normal(0, 0.12 * strength)
    turn[0, 0] *= np.exp(rng.normal(0, 0.12 * strength))
    turn[:, 2] = side / 2 - turn[:, :2] @ np.array([side / 2, side / 2])
    canvas = cv2.warpAffine(canvas, turn, (side, side), flags=cv2.INTER_LINEAR)
    bend = rng.uniform(0, 4.5) * strength
    grid = 4 if rng.random() < 0.5 else 6
    fields = [
        cv2.resize(rng.normal(0, bend, (grid, grid)).astype(np.float32), (side, side), interpolation=cv2.INTER_CUBIC)
        * 0.55
        for _ in "xy"
    ]
    columns, rows = np.meshgrid(np.arange(side, dtype=np.float32), np.arange(side, dtype=np.float32))
    canvas = cv2.remap(canvas, columns + fields[0], rows + fields[1], cv2.INTER_LINEAR)
    choice = rng.random()
    if choice < 0.25 * strength:
        canvas = cv2.dilate(canvas, np.ones((2, 2) if choice < 0.15 else (3, 3), np.uint8))
    elif choice < 0.5 * strength:
        canvas = cv2.erode(canvas, np.ones((2, 2), np.uint8))
    x, y, wide, high = cv2.boundingRect((canvas > 40).astype(np.uint8))
    part = canvas[max(0, y - 2) : y + high + 2, max(0, x - 2) : x + wide + 2]
    factor = height / max(part.shape)
    return (
        cv2.resize(
            part, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA if factor < 1 else cv2.INTER_LINEAR
        ).astype(np.float32)
        / 255
    )


def circle(rng: Rng) -> NDArray[np.float32]:
    """A round drawn by hand: not quite closed, not quite round."""
    t = np.linspace(0, 2 * np.pi * rng.uniform(0.94, 1.1), 44) + rng.uniform(0, 2 * np.pi)
    radius = (
        1
        + 0.07 * rng.random() * np.sin(2 * t + rng.uniform(0, 6))
        + 0.03 * rng.random() * np.cos(3 * t + rng.uniform(0, 6))
    )
    drift = np.linspace(1, rng.uniform(0.9, 1.08), len(t))
    return np.stack([np.cos(t) * radius * drift * rng.uniform(0.75, 1.25), np.sin(t) * radius * drift], axis=1).astype(
        np.float32
    )


def triangle(rng: Rng) -> Strokes:
    """Three sides in one to three strokes, corners not quite meeting."""
    corners = np.array([[0, -1], [0.95, 0.8], [-0.95, 0.8], [0, -1]]) + rng.normal(0, 0.12, (4, 2))
    corners[3] = corners[0] + rng.normal(0, 0.1, 2)
    sides = [np.linspace(corners[at], corners[at + 1], 12) for at in range(3)]
    bowed = [side + np.outer(np.sin(np.linspace(0, np.pi, 12)), rng.normal(0, 0.05, 2)) for side in sides]
    return (
        [np.concatenate(bowed).astype(np.float32)]
        if rng.random() < 0.6
        else [side.astype(np.float32) for side in bowed]
    )


def cross(rng: Rng) -> Strokes:
    """Two strokes that cross."""
    first = np.linspace([-1, -1], [1, 1], 12) + rng.normal(0, 0.12, 2)
    second = np.linspace([1, -1], [-1, 1], 12) + rng.normal(0, 0.12, 2)
    bow = np.sin(np.linspace(0, np.pi, 12))
    return [(line + np.outer(bow, rng.normal(0, 0.07, 2))).astype(np.float32) for line in (first, second)]


def strike(alpha: Alpha, width: float, rng: Rng) -> Alpha:
    """Struck out: lines through the symbol, a hatching over it, or a knot of scribble."""
    height, wide = alpha.shape
    kind = rng.random()
    ink = np.zeros((height, wide), np.uint8)
    thick = max(1, round(width * rng.uniform(0.8, 1.3)))
    if kind < 0.4:
        for _ in range(int(rng.integers(2, 4))):
            y = height * rng.uniform(0.25, 0.75)
            cv2.line(
                ink,
                (0, int(y + rng.normal(0, 0.08) * height)),
                (wide - 1, int(y + rng.normal(0, 0.1) * height)),
                255,
                thick,
                cv2.LINE_AA,
            )
    elif kind < 0.55:
        cv2.line(
            ink,
            (0, int(height * rng.uniform(0, 0.2))),
            (wide - 1, int(height * rng.uniform(0.8, 1))),
            255,
            thick,
            cv2.LINE_AA,
        )
        cv2.line(
            ink,
            (wide - 1, int(height * rng.uniform(0, 0.2))),
            (0, int(height * rng.uniform(0.8, 1))),
            255,
            thick,
            cv2.LINE_AA,
        )
    else:
        count = int(rng.integers(7, 26))
        x = np.linspace(0, wide - 1, count) if kind < 0.8 else rng.uniform(0, wide, count)
        y = (
            np.where(np.arange(count) % 2 == 0, rng.uniform(0, 0.25, count), rng.uniform(0.75, 1, count))
            if kind < 0.8
            else rng.uniform(0, 1, count)
        )
        path = np.stack([x + rng.normal(0, 0.04 * wide, count), y * height], axis=1).astype(np.int32)
        cv2.polylines(ink, [path.reshape(-1, 1, 2)], False, 255, thick, cv2.LINE_AA)
    return np.maximum(alpha, ink.astype(np.float32) / 255)


def beside(first: Alpha, second: Alpha, rng: Rng, gap: float) -> Alpha:
    """Two pieces of writing side by side (or one above the other, rarely)."""
    if rng.random() < 0.12:
        return np.ascontiguousarray(beside_each(first.T, second.T, rng, gap).T)
    return beside_each(first, second, rng, gap)


def beside_each(first: Alpha, second: Alpha, rng: Rng, gap: float) -> Alpha:
    """Two pieces of writing side by side, `gap` pixels apart, not quite level."""
    drop = int(rng.normal(0, 0.08) * first.shape[0])
    height = max(first.shape[0], second.shape[0]) + abs(drop)
    space = max(int(gap), -min(first.shape[1], second.shape[1]) // 4)
    out = np.zeros((height, first.shape[1] + second.shape[1] + space), np.float32)
    for piece, left, base in ((first, 0, 0), (second, first.shape[1] + space, drop)):
        top = (height - piece.shape[0]) // 2 + base // 2
        top = min(max(top, 0), height - piece.shape[0])
        area = out[top : top + piece.shape[0], left : left + piece.shape[1]]
        np.maximum(area, piece, out=area)
    return out


def scan(writing: Alpha, dpi: float, rng: Rng, ghost: Alpha | None = None) -> NDArray[np.uint8]:
    """The writing in a cell of a sheet, printed, copied and scanned: gray, 0 black."""
    return scan_over(writing, dpi, rng, ghost)[0]


def scan_over(
    writing: Alpha,
    dpi: float,
    rng: Rng,
    ghost: Alpha | None = None,
    unit_mark: Alpha | None = None,
    whole: bool = False,
) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """The same, and the same place of the blank sheet; `unit_mark` is printed at the right of a ruled cell.

    `whole`: the cell is cut out with a margin, as the reading of a pile does it, and the writing stays inside of its rules.
    """
    framed = whole or rng.random() < 0.72
    high, wide = writing.shape
    unit_mm = dpi / 25.4
    aside = unit_mark.shape[1] + round(unit_mm) if whole and unit_mark is not None else 0
    if whole:
        cell_h = int(max(high * rng.uniform(1.05, 2.0) + 2 * unit_mm, rng.uniform(7, 13) * unit_mm))
        cell_w = int(max(wide * rng.uniform(1.05, 2.4) + 2 * unit_mm, rng.uniform(8, 32) * unit_mm)) + aside
        outside = round(1.27 * unit_mm)
    elif framed:
        cell_h = int(max(high * rng.uniform(0.92, 2.0), rng.uniform(6, 13) * unit_mm))
        cell_w = int(max(wide * rng.uniform(0.95, 2.2), rng.uniform(6, 24) * unit_mm))
        outside = int(rng.uniform(-0.4, 1.6) * unit_mm)
    else:
        cell_h, cell_w, outside = int(high * rng.uniform(1.0, 1.7)) + 2, int(wide * rng.uniform(1.0, 1.9)) + 2, 0
    pad = max(outside, 0) + 4
    canvas = np.zeros((cell_h + 2 * pad, cell_w + 2 * pad), np.float32)
    sheet = np.zeros_like(canvas)
    inside = pad + round(0.8 * unit_mm) if whole else pad
    ink = rng.uniform(60, 225) if rng.random() < 0.8 else rng.uniform(28, 60)
    room = canvas[:, : canvas.shape[1] - aside]
    _put(room, writing * ink * _grain(writing.shape, rng), rng, inside, framed and not whole)
    if ghost is not None:
        _put(canvas, cv2.GaussianBlur(ghost, (0, 0), 1.2) * min(ink * 0.16, 26) * rng.uniform(0.3, 1), rng, pad, framed)
    if rng.random() < 0.08 and min(high, wide) > 4:
        _put(canvas, cv2.GaussianBlur(writing[:, ::-1], (0, 0), 1.5) * rng.uniform(2, 9), rng, pad, framed)
    if framed:
        _rule(sheet, pad, cell_h, cell_w, unit_mm, rng)
    if framed and unit_mark is not None:
        _print(
            sheet,
            unit_mark,
            pad + (cell_h - unit_mark.shape[0]) * 3 // 4,
            pad + cell_w - unit_mark.shape[1] - round(unit_mm),
        )
    page = rng.uniform(225, 255) - np.maximum(canvas, sheet)
    blank = 250 - sheet
    if rng.random() < 0.5:
        turn = rng.normal(0, 0.25 if whole else 0.7)
        page, blank = _tilt(page, turn), _tilt(blank, turn)
    if framed:
        cut = max(0, pad - outside)
        page, blank = (one[cut : one.shape[0] - cut, cut : one.shape[1] - cut] for one in (page, blank))
    elif rng.random() < 0.5:
        page, blank = (one[pad - 2 : one.shape[0] - pad + 2, pad - 2 : one.shape[1] - pad + 2] for one in (page, blank))
    return _expose(page, rng), np.clip(blank, 0, 255).astype(np.uint8)


def shifted(blank: NDArray[np.uint8], rng: Rng) -> NDArray[np.uint8]:
    """The blank as it is laid under the scan: off by a part of a pixel."""
    move = np.array([[1, 0, rng.normal(0, 0.4)], [0, 1, rng.normal(0, 0.4)]])
    size = (blank.shape[1], blank.shape[0])
    return np.asarray(cv2.warpAffine(blank, move, size, borderMode=cv2.BORDER_REPLICATE), np.uint8)


def _print(sheet: Alpha, mark: Alpha, top: int, left: int) -> None:
    if top > 0 and left > 0:
        area = sheet[top : top + mark.shape[0], left : left + mark.shape[1]]
        np.maximum(area, mark[: area.shape[0], : area.shape[1]] * 220, out=area)


def _put(canvas: Alpha, piece: Alpha, rng: Rng, pad: int, framed: bool) -> None:
    high, wide = piece.shape
    room_y, room_x = canvas.shape[0] - high, canvas.shape[1] - wide
    low = pad - 1 if not framed or rng.random() < 0.8 else max(0, pad - 6)
    top = int(np.clip(rng.normal(room_y / 2, max(room_y, 4) / 5), min(low, room_y), max(room_y - low, 0)))
    left = int(np.clip(rng.normal(room_x / 2, max(room_x, 4) / 4), min(low, room_x), max(room_x - low, 0)))
    top, left = max(0, min(top, room_y)), max(0, min(left, room_x))
    area = canvas[top : top + high, left : left + wide]
    np.maximum(area, piece[: area.shape[0], : area.shape[1]], out=area)


def _grain(shape: tuple[int, ...], rng: Rng) -> Alpha:
    """Pencil on paper: coverage that varies within the stroke."""
    if rng.random() < 0.4:
        return np.ones(shape, np.float32)
    fine = rng.normal(1, rng.uniform(0.05, 0.3), shape).astype(np.float32)
    coarse = cv2.resize(
        rng.normal(1, rng.uniform(0.02, 0.2), (5, 5)).astype(np.float32),
        (shape[1], shape[0]),
        interpolation=cv2.INTER_LINEAR,
    )
    return np.clip(fine * coarse, 0.25, 1.25).astype(np.float32)


def _rule(canvas: Alpha, pad: int, cell_h: int, cell_w: int, unit_mm: float, rng: Rng) -> None:
    thick = max(1, round(rng.uniform(0.1, 0.42) * unit_mm))
    ink = rng.uniform(110, 245)
    height, width = canvas.shape
    runs_on = rng.random() < 0.6
    x0, x1 = (0, width) if runs_on else (pad, pad + cell_w)
    y0, y1 = (0, height) if runs_on else (pad, pad + cell_h)
    sides = rng.random(4) < 0.95
    spans = (
        (slice(pad, pad + thick), slice(x0, x1)),
        (slice(pad + cell_h - thick, pad + cell_h), slice(x0, x1)),
        (slice(y0, y1), slice(pad, pad + thick)),
        (slice(y0, y1), slice(pad + cell_w - thick, pad + cell_w)),
    )
    for shown, span in zip(sides, spans, strict=True):
        if shown:
            canvas[span] = np.maximum(canvas[span], ink)


def _tilt(page: Alpha, degrees: float) -> Alpha:
    high, wide = page.shape
    turn = cv2.getRotationMatrix2D((wide / 2, high / 2), degrees, 1)
    return cv2.warpAffine(
        page.astype(np.float32), turn, (wide, high), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    )


def _expose(page: Alpha, rng: Rng) -> NDArray[np.uint8]:
    if rng.random() < 0.7:
        page = cv2.GaussianBlur(page, (0, 0), rng.uniform(0.35, 1.1))
    if rng.random() < 0.2:
        page = page - np.linspace(0, rng.uniform(5, 35), page.shape[1], dtype=np.float32)[None, :]
    if rng.random() < 0.7:
        page = page + rng.normal(0, rng.uniform(0.8, 6), page.shape).astype(np.float32)
    gray = np.clip(page, 0, 255).astype(np.uint8)
    choice = rng.random()
    if choice < 0.35:
        gray = cv2.imdecode(cv2.imencode(".jpg", gray, [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(35, 90))])[1], 0)
    elif choice < 0.40:
        gray = np.where(gray < gray.max() - 45, 0, 255).astype(np.uint8)
    return gray
