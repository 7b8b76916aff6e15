"""数を読む: numbers of up to three digits, each strip read as a whole, so that digits which touch need not be parted."""

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from minamo.marking.reading.ink import Ink
from minamo.marking.reading.model import NumberNetwork
from minamo.marking.reading.strips import HIGH, WIDE, Strip, strip_of
from minamo.marking.reading.symbols import Alphabet
from minamo.marking.reading.texts import Weights, shares

CERTAIN = 0.98
"""A strip is looked at once when it is read with this confidence."""
LEANS = (0.15, -0.15)
"""How a doubtful strip is slanted when it is looked at again."""
SHOWN = 3
"""How many numbers are told of a strip."""


def read(
    inks: Sequence[Ink | None], wanted: Alphabet, network: NumberNetwork, temperature: float
) -> list[list[tuple[str, float]]]:
    """The likeliest numbers of each cell with their probability, best first; empty when nothing is written."""
    rows = weigh([strip_of(ink) for ink in inks if ink is not None], wanted, network, temperature)
    best = iter(_best(row, wanted) for row in rows)
    return [[] if ink is None else next(best) for ink in inks]


def weigh(strips: list[Strip], wanted: Alphabet, network: NumberNetwork, temperature: float) -> Weights:
    """How likely each number is for each strip: those of one digit, then those of two, then of three.

    Strips in doubt are looked at again, slanted both ways. A number larger than the largest one weighs nothing.
    """
    rows = _weights(strips, wanted, network, temperature)
    doubtful = np.flatnonzero(rows.max(axis=1, initial=0.0) < CERTAIN)
    again = [strips[at] for at in doubtful]
    if again:
        leant = [_weights([_leant(strip, lean) for strip in again], wanted, network, temperature) for lean in LEANS]
        rows[doubtful] = (rows[doubtful] + sum(leant)) / (1 + len(LEANS))
    return rows


def _weights(strips: list[Strip], wanted: Alphabet, network: NumberNetwork, temperature: float) -> Weights:
    if not strips:
        return np.zeros((0, 0))
    parts = shares(network.run(strips) / np.float32(temperature), wanted.digits)
    parts[-1][:, wanted.largest + 1 :] = 0
    return np.concatenate(parts, axis=1)


def _leant(strip: Strip, lean: float) -> Strip:
    turn = np.array([[1, lean, -lean * HIGH / 2], [0, 1, 0]])
    return np.asarray(cv2.warpAffine(strip, turn, (WIDE, HIGH), flags=cv2.INTER_LINEAR), np.uint8)


def _best(row: NDArray[np.float64], wanted: Alphabet) -> list[tuple[str, float]]:
    order = np.argsort(-row)[:SHOWN]
    return [(text_at(int(at), wanted.digits), round(float(row[at]), 4)) for at in order]


def text_at(place: int, digits: int) -> str:
    """The number at a place of a row of weights: 7 → "7", 17 → "07", 110 → "000"."""
    for size in range(1, digits + 1):
        if place < 10**size:
            return str(place).zfill(size)
        place -= 10**size
    raise ValueError(f"no number at {place}")
