"""数を読む: numbers of up to three digits, by trying every way to part the writing into digits."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations, pairwise

import cv2
import numpy as np
from numpy.typing import NDArray

from minamo.marking.reading.ink import Ink
from minamo.marking.reading.model import Network
from minamo.marking.reading.symbols import DIGITS, INDEX, Alphabet
from minamo.marking.reading.tiles import Box, Tile, cut

MOST_ATOMS = 6
"""Writing in more parts than this is no number of three digits."""
APART, OVERLAPPING, ONE = range(3)
"""How two neighbouring parts lie: paper between them, above each other in part, or one piece of ink."""
JOINED = (0.08, 0.3, 0.8)
"""How likely such parts are one digit, before anything is read."""
PARTED = (1.0, 1.0, 0.7)
"""How likely they are two digits."""
DOUBT = 0.75
"""What is left of the confidence for each piece as wide as two digits that is read as one."""
WIDE = 0.74
"""Width over height from which one piece may be two digits."""
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
class _Atom:
    """A part of the writing: some pieces of ink between two columns."""

    pieces: frozenset[int]
    left: int
    right: int


@dataclass(frozen=True, slots=True)
class _Parts:
    """The atoms from left to right: how many, the tile of every run of neighbours, how neighbours lie."""

    count: int
    tiles: dict[tuple[int, int], int]
    relations: tuple[int, ...]


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


def _part(ink: Ink, most: int, tiles: list[Tile]) -> _Parts | None:
    """Appends the tiles to try; None when there are too many parts for a number."""
    atoms = _atoms(ink)
    if len(atoms) > MOST_ATOMS:
        return None
    places: dict[tuple[int, int], int] = {}
    for first in range(len(atoms)):
        for last in range(first, len(atoms)):
            places[first, last] = len(tiles)
            tiles.append(_tile(ink, atoms[first : last + 1]))
    return _Parts(len(atoms), places, tuple(_relation(one, other) for one, other in pairwise(atoms)))


def _relation(one: _Atom, other: _Atom) -> int:
    if one.pieces & other.pieces:
        return ONE
    return OVERLAPPING if other.left < one.right else APART


def _atoms(ink: Ink) -> list[_Atom]:
    """Parts from left to right: pieces above each other stay together, a wide one is cut where it is thinnest."""
    groups: list[_Atom] = []
    for at in np.argsort(ink.boxes[:, 0], kind="stable"):
        x, wide = int(ink.boxes[at, 0]), int(ink.boxes[at, 2])
        piece = frozenset({int(at) + 1})
        last = groups[-1] if groups else None
        if last and min(last.right, x + wide) - x > 0.4 * min(wide, last.right - last.left):
            groups[-1] = _Atom(last.pieces | piece, last.left, max(last.right, x + wide))
        else:
            groups.append(_Atom(piece, x, x + wide))
    return [part for group in groups for part in _cut_wide(ink, group)]


def _cut_wide(ink: Ink, group: _Atom) -> list[_Atom]:
    """The group, or two halves of it when it is wide enough for two digits that touch."""
    boxes = ink.boxes[[piece - 1 for piece in sorted(group.pieces)]]
    height = int((boxes[:, 1] + boxes[:, 3]).max() - boxes[:, 1].min())
    wide = group.right - group.left
    if wide < WIDE * height or wide < 12:
        return [group]
    written = np.isin(ink.labels[:, group.left : group.right], sorted(group.pieces))
    edge = wide // 4
    at = group.left + edge + int(np.argmin(written.sum(axis=0)[edge : wide - edge]))
    return [_Atom(group.pieces, group.left, at), _Atom(group.pieces, at, group.right)]


def _tile(ink: Ink, run: list[_Atom]) -> Tile:
    """The tile of some neighbouring atoms, without the ink of the others."""
    left, right = run[0].left, max(atom.right for atom in run)
    pieces = sorted(frozenset[int]().union(*(atom.pieces for atom in run)))
    mask = cv2.dilate(np.isin(ink.labels[:, left:right], pieces).astype(np.uint8), np.ones((3, 3), np.uint8))
    rows = np.flatnonzero(mask.any(axis=1))
    top, bottom = (int(rows[0]), int(rows[-1]) + 1) if len(rows) else (0, mask.shape[0])
    return cut((ink.depth[:, left:right] * mask).astype(np.uint8, copy=False), Box(0, top, right - left, bottom))


def _best(atoms: _Parts, wanted: Alphabet, digits: NDArray[np.float64]) -> list[tuple[str, float]]:
    """Every parting weighed by its digits; how sure a number is falls with the weight of the next one."""
    found: dict[str, tuple[float, float]] = {}
    for size in range(1, min(wanted.digits, atoms.count) + 1):
        for inner in combinations(range(1, atoms.count), size - 1):
            ends = [0, *inner, atoms.count]
            rows = [digits[atoms.tiles[first, after - 1]] for first, after in pairwise(ends)]
            text = "".join(DIGITS[int(row.argmax())] for row in rows)
            sure = float(np.prod([row.max() for row in rows]))
            if size < wanted.digits:
                sure *= _whole(atoms, set(inner))
            weight = sure * _plausible(atoms, set(inner))
            if int(text) <= wanted.largest and weight > found.get(text, (0.0, 0.0))[0]:
                found[text] = (weight, sure)
    order = sorted(found.items(), key=lambda item: -item[1][0])
    total = max(sum(weight for weight, _ in found.values()), 1e-12)
    return [(text, round(sure * weight / total, 4)) for text, (weight, sure) in order]


def _plausible(atoms: _Parts, cuts: set[int]) -> float:
    """How natural it is to part the writing at these places, whatever it says."""
    chance = 1.0
    for at, relation in enumerate(atoms.relations, start=1):
        chance *= PARTED[relation] if at in cuts else JOINED[relation]
    return chance


def _whole(atoms: _Parts, cuts: set[int]) -> float:
    """Less than 1 for a piece as wide as two digits that is read as one: touching digits can look like another one."""
    return float(
        np.prod(
            [1.0 if at in cuts or relation != ONE else DOUBT for at, relation in enumerate(atoms.relations, start=1)]
        )
    )
