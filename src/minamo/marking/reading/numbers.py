"""数を読む: numbers of up to three digits, by trying every way to part the writing into digits."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations, pairwise

import numpy as np
from numpy.typing import NDArray

from minamo.marking.reading.ink import Ink
from minamo.marking.reading.model import Network
from minamo.marking.reading.symbols import DIGITS, INDEX, Alphabet
from minamo.marking.reading.tiles import Box, Tile, cut

MOST_ATOMS = 6
"""Writing in more parts than this is no number of three digits."""
JOINED = 0.08
"""How likely two parts with paper between them are one digit, before anything is read."""
PARTED = 0.6
"""How likely one part is two digits that touch."""
WIDE = 0.62
"""Width over height from which one part may be two digits."""
LIKE: dict[str, str] = {
    "0": "0O○",
    "1": "1Il一ノ①",
    "2": "2Z②",
    "3": "3③",
    "4": "4④",
    "5": "5S⑤",
    "6": "6b",
    "7": "7フ",
    "8": "8B",
    "9": "9gq",
}


@dataclass(frozen=True, slots=True)
class _Atoms:
    """Parts of the writing from left to right, and a tile of every run of neighbouring parts."""

    count: int
    tiles: dict[tuple[int, int], int]
    touching: tuple[bool, ...]


def read(inks: Sequence[Ink | None], wanted: Alphabet, network: Network) -> list[list[tuple[str, float]]]:
    """The likeliest numbers of each cell with their probability, best first; empty when nothing is written."""
    tiles: list[Tile] = []
    parted = [None if ink is None else _part(ink, wanted.digits, tiles) for ink in inks]
    logits, _ = network.run(tiles)
    digits = _digits(logits)
    return [[] if atoms is None else _best(atoms, wanted, digits) for atoms in parted]


def _digits(logits: NDArray[np.float32]) -> NDArray[np.float64]:
    if not len(logits):
        return np.zeros((0, 10))
    shifted = np.exp(logits.astype(np.float64) - logits.max(axis=1, keepdims=True))
    probability = shifted / shifted.sum(axis=1, keepdims=True)
    columns = [probability[:, [INDEX[symbol] for symbol in LIKE[digit]]].sum(axis=1) for digit in DIGITS]
    return np.stack(columns, axis=1)


def _part(ink: Ink, most: int, tiles: list[Tile]) -> _Atoms | None:
    """Appends the tiles to try; None when there are too many parts for a number."""
    spans = _spans(ink)
    if len(spans) > MOST_ATOMS:
        return None
    places: dict[tuple[int, int], int] = {}
    for first in range(len(spans)):
        for last in range(first, len(spans)):
            places[first, last] = len(tiles)
            tiles.append(_tile(ink, spans[first][0], spans[last][1]))
    touching = tuple(spans[at + 1][0] <= spans[at][1] for at in range(len(spans) - 1))
    return _Atoms(len(spans), places, touching)


def _spans(ink: Ink) -> list[tuple[int, int]]:
    """Left and right ends of the parts: pieces that overlap stay together, a wide one is cut where it is thinnest."""
    boxes = ink.boxes[np.argsort(ink.boxes[:, 0])]
    spans: list[tuple[int, int]] = []
    for x, _y, wide, _high, _area in boxes.tolist():
        if spans and min(spans[-1][1], x + wide) - x > 0.4 * min(wide, spans[-1][1] - spans[-1][0]):
            spans[-1] = (spans[-1][0], max(spans[-1][1], x + wide))
        else:
            spans.append((x, x + wide))
    height = int((boxes[:, 1] + boxes[:, 3]).max() - boxes[:, 1].min())
    parts: list[tuple[int, int]] = []
    for left, right in spans:
        cuts = _cuts(ink, left, right, height)
        parts += list(zip([left, *cuts], [*cuts, right], strict=True))
    return parts


def _cuts(ink: Ink, left: int, right: int, height: int) -> list[int]:
    """Where a part that is wide for one digit could be two."""
    if right - left < WIDE * height or right - left < 12:
        return []
    profile = (ink.labels[:, left:right] > 0).sum(axis=0)
    third = (right - left) // 4
    middle = profile[third : len(profile) - third]
    return [left + third + int(np.argmin(middle))] if len(middle) else []


def _tile(ink: Ink, left: int, right: int) -> Tile:
    depth = np.zeros_like(ink.depth)
    depth[:, left:right] = np.where(ink.labels[:, left:right] > 0, ink.depth[:, left:right], 0)
    rows = np.flatnonzero(depth.any(axis=1))
    top, bottom = (int(rows[0]), int(rows[-1]) + 1) if len(rows) else (0, depth.shape[0])
    return cut(depth, Box(left, top, right, bottom))


def _best(atoms: _Atoms, wanted: Alphabet, digits: NDArray[np.float64]) -> list[tuple[str, float]]:
    """Every parting scored by its digits; the confidence falls when a second one fits as well."""
    found: dict[str, float] = {}
    for size in range(1, min(wanted.digits, atoms.count) + 1):
        for inner in combinations(range(1, atoms.count), size - 1):
            ends = [0, *inner, atoms.count]
            rows = [digits[atoms.tiles[first, after - 1]] for first, after in pairwise(ends)]
            text = "".join(DIGITS[int(row.argmax())] for row in rows)
            score = float(np.prod([row.max() for row in rows])) * _plausible(atoms, set(inner))
            if int(text) <= wanted.largest:
                found[text] = max(found.get(text, 0.0), score)
    order = sorted(found.items(), key=lambda item: -item[1])
    if len(order) > 1:
        rival = order[1][1]
        order[0] = (order[0][0], order[0][1] * (1 - rival))
    return [(text, round(score, 4)) for text, score in order]


def _plausible(atoms: _Atoms, cuts: set[int]) -> float:
    """How natural it is to part the writing at these places, whatever it says."""
    chance = 1.0
    for at, touch in enumerate(atoms.touching, start=1):
        if touch and at in cuts:
            chance *= PARTED
        elif not touch and at not in cuts:
            chance *= JOINED
    return chance
