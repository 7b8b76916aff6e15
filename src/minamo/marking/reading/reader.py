"""記号を読む: crops of answer cells in, readings out. A reading helps to sort; it never marks."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from minamo.marking.reading import numbers
from minamo.marking.reading.ink import Ink, Print, find_ink, to_gray
from minamo.marking.reading.model import Network, facts, network, number_network
from minamo.marking.reading.symbols import CLASSES, INDEX, LOOKALIKES, Alphabet, class_of, parse_alphabet
from minamo.marking.reading.tiles import Tile, tile_of

Crop = NDArray[np.generic]
SHOWN = 3
"""How many candidates a reading carries."""
CERTAIN = 0.95
"""A tile is looked at once when it is read with this confidence."""
OUTSIDE = 0.25
"""The power with which probability outside the alphabet lowers the confidence."""


@dataclass(frozen=True, slots=True)
class Reading:
    """読み取り: what one cell seems to say.

    `text` is None when the reader abstains (nothing written, struck out, two symbols, a number with a stroke hidden by a rule or
    outside, in doubt); `confidence` 0–1 is that of the best candidate even then; `candidates` the likeliest symbols with their probability,
    best first.
    """

    text: str | None
    confidence: float
    candidates: tuple[tuple[str, float], ...]


NOTHING = Reading(None, 0.0, ())


def read_cells(
    crops: Sequence[Crop],
    alphabet: str | Sequence[str],
    *,
    blanks: Sequence[Crop | Print | None] | None = None,
    threshold: float | None = None,
    roomy: bool = False,
) -> list[Reading]:
    """記号を読む: one reading per crop, in order.

    A crop is a picture of one answer cell, gray or colour, tight or with its ruled border, of any size. `alphabet` is the
    question's: `アイウエオ`, `ア-オ`, a list of symbols, or `0-99` for numbers. `blanks` are the same crops of the empty sheet (or what
    `Print.of` made of them), so that printed units are not read. `threshold` replaces that of the model. `roomy` crops have paper around their box: a number that
    touches their edge goes on outside and is not said. Raises UnknownSymbol for an alphabet that was not taught.
    """
    wanted = parse_alphabet(alphabet)
    inks = [_ink(crop, blanks[at] if blanks else None) for at, crop in enumerate(crops)]
    if wanted.digits:
        return _numbers(inks, wanted, threshold, roomy)
    return _read_symbols(
        inks, wanted, facts().limits(wanted) if threshold is None else [threshold] * len(wanted.symbols)
    )


def _ink(crop: Crop, blank: Crop | Print | None) -> Ink | None:
    return find_ink(to_gray(crop), blank if blank is None or isinstance(blank, Print) else to_gray(blank))


def _numbers(inks: Sequence[Ink | None], wanted: Alphabet, threshold: float | None, roomy: bool) -> list[Reading]:
    """A number that is not whole is not said, however sure what is left of it looks; a symbol with a stroke less is still itself."""
    limits = facts().number_thresholds[wanted.digits - 2]
    readings = []
    for ink, found in zip(inks, numbers.read(inks, wanted, number_network(), facts().number_temperature), strict=True):
        if ink is None or not found:
            readings.append(NOTHING)
            continue
        text, confidence = found[0]
        limit = threshold if threshold is not None else limits[ink.met > 0]
        whole = not ink.hidden and not (roomy and ink.goes_on)
        said = text if confidence >= limit and whole else None
        readings.append(Reading(said, confidence, tuple(found)))
    return readings


def _read_symbols(inks: Sequence[Ink | None], wanted: Alphabet, limits: Sequence[float]) -> list[Reading]:
    tiles = [tile_of(ink, wanted.keeps_rings)[0] for ink in inks if ink is not None]
    rows = iter(judge(tiles, wanted, network()))
    return [NOTHING if ink is None else _symbol(next(rows), wanted, limits) for ink in inks]


def judge(tiles: list[Tile], wanted: Alphabet, net: Network) -> NDArray[np.float64]:
    """How sure each symbol is for each tile; tiles in doubt are looked at again, slanted both ways."""
    logits, _ = net.run(tiles)
    return looked_twice(
        masked(logits, wanted),
        lambda doubtful: masked(net.run_slanted([tiles[at] for at in doubtful], logits[doubtful]), wanted),
    )


def looked_twice(
    rows: NDArray[np.float64], again: Callable[[NDArray[np.int64]], NDArray[np.float64]]
) -> NDArray[np.float64]:
    """The rows with those in doubt replaced by what a second look says of them."""
    doubtful = np.flatnonzero(rows.max(axis=1, initial=0.0) < CERTAIN)
    if len(doubtful):
        rows[doubtful] = again(doubtful)
    return rows


def _symbol(row: NDArray[np.float64], wanted: Alphabet, limits: Sequence[float]) -> Reading:
    order = np.argsort(-row)[:SHOWN]
    candidates = tuple((wanted.symbols[at], round(float(row[at]), 4)) for at in order)
    text, confidence = candidates[0]
    return Reading(text if confidence >= limits[order[0]] else None, confidence, candidates)


def masked(logits: NDArray[np.float32], wanted: Alphabet) -> NDArray[np.float64]:
    """How sure each symbol of the alphabet is: its share within the alphabet, less as more falls outside (the reject class too).

    The root is mild because a shape outside the alphabet is mostly a slip of the pen; it was chosen on the dev part.
    """
    if not len(logits):
        return np.zeros((0, len(wanted.symbols)))
    shifted = np.exp(logits.astype(np.float64) - logits.max(axis=1, keepdims=True))
    probability = shifted / shifted.sum(axis=1, keepdims=True)
    inside = probability @ _shares(wanted)
    total = inside.sum(axis=1, keepdims=True)
    sure: NDArray[np.float64] = inside / np.maximum(total, 1e-9) * total**OUTSIDE
    return sure


@lru_cache(maxsize=256)
def _shares(wanted: Alphabet) -> NDArray[np.float64]:
    """Which class counts for which symbol of the alphabet: its own, and the twins that the question does not use."""
    own = {symbol: str(class_of(symbol)) for symbol in wanted.symbols}
    shares = np.zeros((len(CLASSES), len(wanted.symbols)))
    for column, symbol in enumerate(wanted.symbols):
        shares[INDEX[own[symbol]], column] = 1
        for group in LOOKALIKES:
            if own[symbol] in group:
                for twin in group:
                    if twin in INDEX and twin not in own.values():
                        shares[INDEX[twin], column] = 1
    spread: NDArray[np.float64] = shares / np.maximum(shares.sum(axis=1, keepdims=True), 1)
    return spread
