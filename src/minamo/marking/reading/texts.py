"""数の確からしさ: from what each column of a strip says to how likely each whole number is.

The network says for every column a digit, something that is no digit, or nothing (connectionist temporal classification); the
same number can be said in many ways. All of them are added up here for every text of up to three digits, exactly.
"""

import numpy as np
from numpy.typing import NDArray

from minamo.marking.reading.symbols import DIGITS

TEN = len(DIGITS)
WRONG, NOTHING = TEN, TEN + 1
"""The marks behind the digits: what is no digit, and nothing."""

Weights = NDArray[np.float64]


def shares(columns: NDArray[np.float32], digits: int) -> list[Weights]:
    """How likely each text of 1, 2 … `digits` digits is: arrays of count × 10, count × 100 … in the order of the texts.

    `columns` are logits: count × marks × columns. What is missing to 1 is longer or holds something that is no digit.
    """
    count = len(columns)
    exact = np.exp(columns.astype(np.float64) - columns.max(axis=1, keepdims=True))
    exact /= exact.sum(axis=1, keepdims=True)
    empty = np.ones((count, 1))
    ending = [np.zeros((count, TEN**size)) for size in range(1, digits + 1)]
    resting = [np.zeros((count, TEN**size)) for size in range(1, digits + 1)]
    for at in range(exact.shape[2]):
        said, nothing = exact[:, :TEN, at], exact[:, NOTHING, at, None]
        for size in range(digits, 0, -1):
            before = _starts(empty, ending, resting, size)
            last = np.tile(said, (1, TEN ** (size - 1)))
            resting[size - 1] = (resting[size - 1] + ending[size - 1]) * nothing
            ending[size - 1] = (ending[size - 1] + before) * last
        empty = empty * nothing
    return [one + other for one, other in zip(ending, resting, strict=True)]


def _starts(empty: Weights, ending: list[Weights], resting: list[Weights], size: int) -> Weights:
    """The weight with which a text of `size` digits can begin its last digit in the next column."""
    if size == 1:
        return np.repeat(empty, TEN, axis=1)
    whole = np.repeat(ending[size - 2] + resting[size - 2], TEN, axis=1)
    twice = np.arange(TEN ** (size - 1)) % TEN + np.arange(TEN ** (size - 1)) * TEN
    whole[:, twice] = resting[size - 2]
    return whole
