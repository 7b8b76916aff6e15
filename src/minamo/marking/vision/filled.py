"""ぬった丸を読む: which circles of a マーク欄 are filled, in the crop of one box. In doubt nothing is read.

The print is the witness: where the circles are not seen, the sheet was not printed with them, and the box is read as handwriting.
"""

from dataclasses import dataclass
from itertools import pairwise

import cv2
import numpy as np
import numpy.typing as npt

from minamo.marking.vision.bubbles import Bubbles, Circle
from minamo.marking.vision.ink import Gray

Mask = npt.NDArray[np.bool_]
INNER = 0.72  # of the radius: what is looked at; the ring lies outside of it
FILLED = 0.24  # darker than the emptiest circles of the box (0–1): somebody filled it in
TOUCHED = 0.1  # and so much: something is there, a dot, a stroke, what a rubber left
SECOND = 0.4  # of the darkest: a second circle that is a doubt
RING, SEEN, ALL = (
    0.07,
    0.6,
    0.85,
)  # ink of a ring against the paper beside it; share of its course; share of the circles
REACH = 4  # pixels a ring may lie off its place
OWN = 1.45  # radii: what is drawn there belongs to a circle
LONGEST = 14  # pixels of a stroke elsewhere in the box that say somebody wrote instead
PENCIL = 0.16
EDGE = 8  # pixels of the rule of the box
TILE = 70  # pixels: so large a piece of a box has paper in it, whatever is filled in
LETTER = 0.22  # ink of a printed letter in an empty circle at most


@dataclass(frozen=True, slots=True)
class Filled:
    """読み: `text` "" = no circle is filled, None = a person must read; `confidence` 0–1."""

    text: str | None
    confidence: float


def own_print(blank: Gray) -> Mask:
    """枠の印刷: where the blank itself is printed in a crop, which says nothing about an answer."""
    dark = (darkness(blank) > PENCIL).astype(np.uint8)
    return np.asarray(cv2.dilate(dark, np.ones((5, 5), np.uint8)) > 0)


def read_bubbles(seen: Gray, own: Mask, bubbles: Bubbles, margin: int) -> Filled | None:
    """マーク欄を読む. `seen`: the box as it lies on the blank with a margin; `own`: the blank's print there; `bubbles` in pixels from the
    corner of the box. None where no circles are printed."""
    dark = darkness(seen)
    placed = [(one.x + margin, one.y + margin) for one in bubbles.circles]
    if sum(_ring(dark, x, y, bubbles.radius) for x, y in placed) < ALL * len(placed):
        return None
    shares = [_share(dark, own, x, y, INNER * bubbles.radius) for x, y in placed]
    empty = min(LETTER, float(np.mean(sorted(shares)[: max(1, len(shares) // 2)])))
    if _written(np.where(own, 0.0, dark), placed, bubbles.radius, margin):
        return Filled(None, 0.0)
    found: list[tuple[str | None, float]] = []
    at = 0
    for group in bubbles.groups:
        found.append(_chosen(group, [share - empty for share in shares[at : at + len(group)]]))
        at += len(group)
    return _said(found, bubbles)


def darkness(seen: Gray) -> np.ndarray:
    """暗さ (0–1) against the paper of the crop, whose light may fall off to one side (a picture by a phone)."""
    ends = [np.linspace(0, side, max(1, round(side / TILE)) + 1, dtype=int) for side in seen.shape]
    tiles = [
        ((top + low) / 2, (left + right) / 2, float(np.percentile(seen[top:low, left:right], 90)))
        for top, low in pairwise(ends[0].tolist()) for left, right in pairwise(ends[1].tolist())
    ]  # fmt: skip
    rows, columns = np.indices(seen.shape, dtype=np.float32)
    known = np.array(tiles)
    ground = np.column_stack([known[:, :2], np.ones(len(known))])
    falls, leans, level = np.linalg.lstsq(ground, known[:, 2], rcond=None)[0]
    paper = np.maximum(1.0, falls * rows + leans * columns + level)
    return np.asarray(np.clip((paper - seen.astype(np.float32)) / paper, 0, 1))


def _chosen(group: tuple[Circle, ...], inks: list[float]) -> tuple[str | None, float]:
    """One symbol of a group, "" for none; None in doubt."""
    order = sorted(range(len(inks)), key=lambda at: -inks[at])
    best, second = inks[order[0]], inks[order[1]] if len(order) > 1 else 0.0
    if best < TOUCHED:
        return "", 1.0
    if best < FILLED or second > max(TOUCHED, SECOND * best):
        return None, 0.0
    return group[order[0]].text, min(0.999, 1 - max(0.0, second) / (2 * best))


def _said(found: list[tuple[str | None, float]], bubbles: Bubbles) -> Filled:
    """What the groups say together: of a number the higher digits may be left out."""
    texts = [text for text, _ in found]
    confidence = round(min(sure for _, sure in found), 4)
    if None in texts:
        return Filled(None, 0.0)
    if not any(texts):
        return Filled("", confidence)
    if len(texts) == 1:
        return Filled(texts[0], confidence)
    digits = "".join(text or "" for text in texts)
    if (
        not texts[-1]
        or "" in texts[next(at for at, text in enumerate(texts) if text) :]
        or int(digits) > bubbles.largest
    ):
        return Filled(None, 0.0)
    return Filled(str(int(digits)), confidence)


def _share(dark: np.ndarray, own: np.ndarray, x: float, y: float, radius: float) -> float:
    """Ink of the middle of a circle, the blank's own print left out where something else is left."""
    rows, columns = np.indices(dark.shape)
    inside = np.hypot(columns - x, rows - y) <= radius
    free = inside & ~own
    seen = free if 2 * free.sum() >= inside.sum() else inside
    return float(dark[seen].mean()) if seen.any() else 0.0


def _ring(dark: np.ndarray, x: float, y: float, radius: float) -> bool:
    """Whether a ring is printed about there: dark on most of its course, paper outside of it."""
    turns = np.linspace(0, 2 * np.pi, 48, endpoint=False)
    steps = np.arange(radius - REACH, radius + REACH + 1)
    line = _values(dark, x + np.outer(steps, np.cos(turns)), y + np.outer(steps, np.sin(turns))).max(axis=0)
    outside = _values(dark, x + 1.6 * radius * np.cos(turns), y + 1.6 * radius * np.sin(turns))
    return bool((line - float(np.median(outside)) > RING).mean() >= SEEN)


def _values(dark: np.ndarray, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    rows, columns = (
        np.clip(np.rint(y).astype(int), 0, dark.shape[0] - 1),
        np.clip(np.rint(x).astype(int), 0, dark.shape[1] - 1),
    )
    return np.asarray(dark[rows, columns])


def _written(dark: np.ndarray, placed: list[tuple[float, float]], radius: float, margin: int) -> bool:
    """Whether somebody wrote or struck out beside the circles."""
    rest = (dark > PENCIL).astype(np.uint8)
    rim = margin + EDGE
    rest[:rim], rest[-rim:], rest[:, :rim], rest[:, -rim:] = 0, 0, 0, 0
    for x, y in placed:
        cv2.circle(rest, (round(x), round(y)), round(OWN * radius), 0, -1)
    count, _, stats, _ = cv2.connectedComponentsWithStats(rest, connectivity=8)
    return count > 1 and bool(np.maximum(stats[1:, 2], stats[1:, 3]).max() > LONGEST)
