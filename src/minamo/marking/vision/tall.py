"""縦の氏名らん: the strip of a vertical sheet, number above name, laid so that it is read at a glance. Pure.

For a row of a list its characters lie side by side (`line`); large, its boxes stand side by side (`columns`). Nothing is cut
but through empty paper: what cannot be parted stays together, and a strip with nothing on it has no other form.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import cv2
import numpy as np

from minamo.marking.vision.ink import Gray

TALL = 3.0  # how many times as high as wide a strip is that holds one character above the other
FAINT = 28  # grey levels below the paper from which a pixel is ink: light pencil too
SPECK = 14  # pixels; less is dust
UPRIGHT, ACROSS = 0.6, 0.92  # share of a column and of a row that a rule fills; wide digits fill many a row by half
THICK = 4  # pixels around a rule
PAD = 6
PITCHES = range(24, 116, 6)  # pixels from one character to the next
STROKES = 6  # as many runs of ink as one character has one above the other, at most
SQUEEZED = 0.05  # what a cut costs in a gap as wide as the pitch, beside the square by which a character misses it
Rows = tuple[int, int]


@dataclass(frozen=True)
class Laid:
    """寝かせた帯: as one line, and with its boxes side by side."""

    line: Gray
    columns: Gray


@dataclass(frozen=True)
class Seen:
    """見えたもの: ink without rules and dust; the boxes between the rules, as rows; the columns inside."""

    ink: np.ndarray
    boxes: tuple[Rows, ...]
    inner: Rows


def is_tall(width: int, height: int) -> bool:
    """縦書きの帯か, by its shape."""
    return height >= TALL * width


def laid(strip: Gray) -> Laid | None:
    """寝かせる; None when nothing is written."""
    seen = _seen(strip)
    boxes = [(box, runs) for box in seen.boxes if (runs := _runs(seen, box))]
    if not boxes:
        return None
    return Laid(
        _line(strip, seen, _characters([runs for _, runs in boxes])),
        _columns(strip, [(top, min(low, runs[-1][1] + 2 * PAD)) for (top, low), runs in boxes]),
    )


def _line(strip: Gray, seen: Seen, characters: Sequence[Rows]) -> Gray:
    """One after the other, apart as they were one above the other, within reason."""
    high = max(low - top for top, low in characters)
    parts: list[Gray] = []
    for at, rows in enumerate(characters):
        apart = rows[0] - characters[at - 1][1] if at else 0
        parts.append(_blank(strip, high + 2 * PAD, min(4 * PAD, max(0, apart - 2 * PAD))))
        parts.append(_within(_piece(strip, seen, rows), high, _paper(strip)))
    return np.hstack(parts)


def _columns(strip: Gray, boxes: Sequence[Rows]) -> Gray:
    """Each box down to what is written in it, the number left of the name."""
    high = max(low - top for top, low in boxes)
    parts = [strip[top:low] for top, low in boxes]
    return np.hstack([np.vstack([part, _blank(strip, high - part.shape[0], part.shape[1])]) for part in parts])


def _paper(strip: Gray) -> int:
    return int(np.median(strip))


def _blank(strip: Gray, height: int, width: int) -> Gray:
    return np.full((height, width), _paper(strip), np.uint8)


def _seen(strip: Gray) -> Seen:
    dark = (strip < _paper(strip) - FAINT).astype(np.uint8)
    height, width = dark.shape
    upright = np.flatnonzero(dark.mean(axis=0) > UPRIGHT)
    left = max((int(at) + THICK for at in upright if at < width / 3), default=0)
    right = min((int(at) - THICK for at in upright if at > 2 * width / 3), default=width)
    thick = cv2.dilate(dark, np.ones((3, 1), np.uint8))  # a rule that slants a little
    across = np.flatnonzero(thick[:, left:right].mean(axis=1) > ACROSS)
    dark[:, :left], dark[:, right:] = 0, 0
    for at in across:
        dark[max(0, at - THICK) : at + THICK] = 0
    _, labels, found, _ = cv2.connectedComponentsWithStats(dark, connectivity=8)
    dark[(found[:, cv2.CC_STAT_AREA] < SPECK)[labels]] = 0
    edges = [0, *(int(at) for at in across), height]
    boxes = tuple((one, other) for one, other in pairwise(edges) if other - one > 4 * THICK)
    return Seen(dark, boxes, (left, right))


def _runs(seen: Seen, box: Rows) -> list[Rows]:
    """墨のある行, run by run."""
    filled = np.flatnonzero(seen.ink[box[0] : box[1]].any(axis=1)) + box[0]
    if not filled.size:
        return []
    cuts = np.flatnonzero(np.diff(filled) > 1)
    firsts, lasts = [filled[0], *filled[cuts + 1]], [*filled[cuts], filled[-1]]
    return [(int(first), int(last) + 1) for first, last in zip(firsts, lasts, strict=True)]


def _characters(boxes: Sequence[Sequence[Rows]]) -> list[Rows]:
    """一字ずつ: the runs put together so that what stands one above the other is as even as it can be: a ニ is not two lines."""
    found = []
    for pitch in PITCHES:
        parted = [_parted(runs, pitch) for runs in boxes]
        characters = [rows for _, some in parted for rows in some]
        found.append((sum(cost for cost, _ in parted) / len(characters), characters))
    return min(found, key=lambda one: one[0])[1]


def _parted(runs: Sequence[Rows], pitch: int) -> tuple[float, list[Rows]]:
    """The cheapest parting for one pitch, and its cost."""
    best, came = [0.0], [0]
    for end in range(1, len(runs) + 1):
        options = []
        for start in range(max(0, end - STROKES), end):
            missed = (runs[end - 1][1] - runs[start][0]) / pitch - 0.8
            gap = runs[start][0] - runs[start - 1][1] if start else pitch
            options.append((best[start] + missed**2 + SQUEEZED * pitch / gap, start))
        cost, before = min(options)
        best.append(cost)
        came.append(before)
    characters, end = [], len(runs)
    while end:
        characters.append((runs[came[end]][0], runs[end - 1][1]))
        end = came[end]
    return best[-1], characters[::-1]


def _piece(strip: Gray, seen: Seen, rows: Rows) -> Gray:
    """One character as it was written, on the paper around it."""
    columns = np.flatnonzero(seen.ink[rows[0] : rows[1]].any(axis=0))
    left, right = max(seen.inner[0], columns[0] - PAD), min(seen.inner[1], columns[-1] + 1 + PAD)
    return strip[rows[0] : rows[1], left:right]


def _within(piece: Gray, high: int, paper: int) -> Gray:
    """In the middle of a line of that height, with paper above and below."""
    above = (high - piece.shape[0]) // 2
    edges = (PAD + above, PAD + high - piece.shape[0] - above)
    return np.asarray(cv2.copyMakeBorder(piece, *edges, 0, 0, cv2.BORDER_CONSTANT, value=paper), np.uint8)
