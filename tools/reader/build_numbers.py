"""Builds the strips the network of numbers learns from: digits of one hand side by side, in a cell, scanned, and cleaned.

`python -m tools.reader.build_numbers --pack DIR --packages DIR --out strips.npz [--part train|dev] [--count 150000]`
Every job of a thousand strips has its own seed, so the result does not depend on the number of processes.
"""

import argparse
import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from minamo.marking.reading.ink import Ink, find_ink
from minamo.marking.reading.strips import strip_of
from minamo.marking.reading.symbols import DIGITS
from tools.reader import build, simulate, sources

Alpha = NDArray[np.float32]
Rng = np.random.Generator
SEED = 20271
JOB = 1000
LONGEST = 4
"""Marks in one strip; an empty place is written -1."""
WRONG = 10
"""The mark of whatever is no digit."""
LETTERS = (
    *"アイウエオキケサシタツテナネホマミムモルヲあおきけさたなはほまむもやれをAEFHKMNPRWX×△",
    *sources.DISTRACTORS,
)
"""What may stand in a cell for numbers and looks like no digit."""


@dataclass(frozen=True)
class Hand:
    """書き手: how one person writes digits; `drawn` gives a digit of a height in pixels as ink 0–1."""

    drawn: Callable[[str, float, float], Alpha]
    strokes: bool


class Writers:
    """The hands of a part: writers of the strokes pack with what they wrote, MNIST, fonts, stroke models."""

    def __init__(self, library: sources.Library) -> None:
        self.library = library
        self.by_writer: dict[str, dict[str, list[sources.Strokes]]] = {}
        for digit in DIGITS:
            for writer, strokes in library.strokes.get(digit, []):
                self.by_writer.setdefault(writer, {}).setdefault(digit, []).append(strokes)
        self.names = sorted(self.by_writer)
        self.weights = (
            np.array([sum(len(found) for found in self.by_writer[name].values()) for name in self.names]) ** 0.5
        )
        self.weights /= self.weights.sum()

    def hand(self, rng: Rng) -> Hand:
        """One of them, by chance."""
        luck = rng.random()
        if luck < 0.62:
            return self._penned(self.by_writer[self.names[int(rng.choice(len(self.names), p=self.weights))]], rng)
        if luck < 0.88:
            return Hand(lambda digit, height, _width: self._raster(digit, height, rng), False)
        if luck < 0.94 and self.library.models:
            models = {digit: [self.library.models[digit]] for digit in DIGITS if digit in self.library.models}
            return self._penned(models, rng, 1.2)
        return self._printed(rng)

    def _penned(self, own: dict[str, list[sources.Strokes]], rng: Rng, strength: float = 0.75) -> Hand:
        lean = rng.normal(0, 0.1)
        matrix = np.array([[1, 0], [lean, 1]], np.float32)

        def drawn(digit: str, height: float, width: float) -> Alpha:
            pool = own.get(digit) or [strokes for _, strokes in self.library.strokes[digit]]
            strokes = [stroke @ matrix for stroke in pool[int(rng.integers(len(pool)))]]
            return simulate.draw_strokes(simulate.vary(strokes, rng, strength), height, width, rng)

        return Hand(drawn, True)

    def _raster(self, digit: str, height: float, rng: Rng) -> Alpha:
        pictures = self.library.rasters[digit]
        return simulate.draw_picture(build._fit(pictures[int(rng.integers(len(pictures)))]), height, rng, 0.6)

    def _printed(self, rng: Rng) -> Hand:
        at = rng.random()

        def drawn(digit: str, height: float, _width: float) -> Alpha:
            choices = self.library.glyphs[digit]
            return simulate.draw_picture(choices[int(at * len(choices))][1], height, rng)

        return Hand(drawn, False)


@dataclass(frozen=True)
class Manner:
    """How cells are cut out: the share of those cut with a margin, as the reading of a pile does it (`whole`), the others
    carelessly; the share of printed units."""

    whole: float
    units: float


MANNERS = {"careless": Manner(0.0, 0.4), "pile": Manner(0.9, 0.35)}
WRITERS: Writers


def trimmed(alpha: Alpha) -> Alpha:
    """Without the empty rim."""
    x, y, wide, high = cv2.boundingRect((alpha > 0.2).astype(np.uint8))
    return alpha[y : y + high, x : x + wide] if wide and high else alpha


def digits_of(rng: Rng) -> str:
    """A number to write: all are possible, those with a 1 and those of two digits more often than others."""
    count = int(rng.choice([1, 2, 3, 4], p=[0.24, 0.5, 0.23, 0.03]))
    digits = [DIGITS[int(at)] for at in rng.integers(0, 10, count)]
    if count > 1 and rng.random() < 0.25:
        digits[int(rng.integers(count))] = "1"
    return "".join(digits)


def gap_of(height: float, rng: Rng) -> float:
    """Space to the next digit in pixels: usual, touching, or wide."""
    luck = rng.random()
    low, high = (0.02, 0.32) if luck < 0.52 else (-0.16, 0.05) if luck < 0.86 else (0.32, 1.0)
    return height * rng.uniform(low, high)


def row(pieces: list[Alpha], gaps: list[float], drops: list[float]) -> Alpha:
    """Pieces from left to right on one line that is not quite straight."""
    lefts, tops = [0], [0.0]
    for piece, gap, drop in zip(pieces[:-1], gaps, drops, strict=True):
        lefts.append(lefts[-1] + piece.shape[1] + max(round(gap), -piece.shape[1] // 2))
        tops.append(drop)
    low = [top + (pieces[0].shape[0] - piece.shape[0]) / 2 for piece, top in zip(pieces, tops, strict=True)]
    up, back = min(low), min(lefts)
    height = max(int(at - up) + piece.shape[0] for at, piece in zip(low, pieces, strict=True)) + 1
    width = max(left - back + piece.shape[1] for left, piece in zip(lefts, pieces, strict=True))
    out = np.zeros((height, width), np.float32)
    for piece, left, top in zip(pieces, lefts, low, strict=True):
        area = out[int(top - up) : int(top - up) + piece.shape[0], left - back : left - back + piece.shape[1]]
        np.maximum(area, piece, out=area)
    return out


def number(text: str, height: float, width: float, rng: Rng) -> Alpha:
    """The digits of a number in one hand."""
    hand = WRITERS.hand(rng)
    size = rng.uniform(0.04, 0.13)
    pieces = [trimmed(hand.drawn(digit, height * np.exp(rng.normal(0, size)), width)) for digit in text]
    rise = rng.normal(0, 0.04)
    gaps = [gap_of(height, rng) for _ in text[1:]]
    drops = [height * (rise * at + rng.normal(0, 0.07)) for at in range(1, len(text))]
    return row(pieces, gaps, drops)


def letter(height: float, width: float, rng: Rng) -> Alpha:
    """Something that is no digit."""
    known = [symbol for symbol in LETTERS if symbol in build.LIBRARY.strokes or symbol in build.LIBRARY.glyphs]
    return trimmed(build.draw(known[int(rng.integers(len(known)))], height, width, rng))


def struck(height: float, width: float, rng: Rng) -> Alpha:
    """A number crossed out, or a knot of scribble."""
    if rng.random() < 0.15:
        empty = np.zeros((int(height), int(height * rng.uniform(0.6, 1.8))), np.float32)
        return trimmed(simulate.strike(empty, width, rng))
    return trimmed(simulate.strike(number(digits_of(rng)[:2], height, width, rng), width, rng))


def writing(height: float, width: float, rng: Rng) -> tuple[Alpha, list[int]]:
    """What stands in a cell, and its marks from left to right."""
    text = digits_of(rng)
    marks = [int(digit) for digit in text]
    luck = rng.random()
    if luck < 0.84:
        return number(text, height, width, rng), marks
    if luck < 0.90:
        gap = height * rng.uniform(-0.05, 0.7)
        if rng.random() < 0.35:
            return struck(height, width, rng), [WRONG]
        pair = [struck(height, width, rng), number(text[:2], height, width, rng)]
        return row(pair, [gap], [height * rng.normal(0, 0.1)]), [WRONG, *marks[:2]]
    if luck < 0.95:
        size = height * rng.uniform(0.6, 1.1)
        if rng.random() < 0.4:
            return letter(size, width, rng), [WRONG]
        pair = [number(text[:2], height, width, rng), letter(size, width, rng)]
        return row(pair, [gap_of(height, rng)], [height * rng.normal(0.05, 0.08)]), [*marks[:2], WRONG]
    if luck < 0.975:
        pieces = [number(digit, height, width, rng) for digit in text[:2].ljust(2, "5")]
        side = max(3, round(width * rng.uniform(1.2, 1.8)))
        point = trimmed(simulate.draw_strokes([np.array([[0, 0], [0.4, 1]], np.float32)], side, width, rng))
        low = pieces[0].shape[0] / 2 - point.shape[0] / 2
        gaps = [height * rng.uniform(0.03, 0.15) for _ in "xx"]
        return row([pieces[0], point, pieces[1]], gaps, [low + height * rng.normal(0, 0.04), height * rng.normal(0, 0.05)]), [
            int(text[0]), WRONG, int(text[:2].ljust(2, "5")[1])
        ]  # fmt: skip
    bar = trimmed(
        simulate.draw_strokes(
            [np.array([[0, 0], [1, rng.normal(0, 0.08)]], np.float32)], height * rng.uniform(0.3, 0.6), width, rng
        )
    )
    whole = number(text[:2], height, width, rng)
    return row([bar, whole], [height * rng.uniform(0.05, 0.3)], [height * rng.normal(0, 0.08)]), [WRONG, *marks[:2]]


def cell(rng: Rng, manner: Manner) -> tuple[Ink | None, list[int]]:
    """What the cleaning found in a cell, and the marks written there."""
    dpi = float(rng.choice([150, 200, 200, 200, 200, 300]))
    height = rng.uniform(3.0, 10) / 25.4 * dpi if rng.random() < 0.85 else rng.uniform(20, 60)
    width = max(1.1, rng.uniform(0.28, 0.85) / 25.4 * dpi)
    drawn, marks = writing(height, width, rng)
    ghost = number(digits_of(rng)[:2], height, width, rng) if rng.random() < 0.08 else None
    if ghost is not None:
        ghost = ghost[: drawn.shape[0], : drawn.shape[1]]
    whole = manner.whole > 0 and rng.random() < manner.whole
    over = whole or rng.random() < 0.5
    mark = printed_unit(dpi, rng) if over and rng.random() < manner.units else None
    seen, blank = simulate.scan_over(drawn, dpi, rng, ghost, mark, whole)
    return find_ink(seen, simulate.shifted(blank, rng) if over else None), marks


def printed_unit(dpi: float, rng: Rng) -> Alpha:
    """A word printed in the cell, such as 年 or こ."""
    choices = build.LIBRARY.glyphs[str(rng.choice(list(sources.DISTRACTORS + "こ")))]
    glyph = choices[int(rng.integers(len(choices)))][1]
    side = max(6, round(rng.uniform(2.6, 4.2) / 25.4 * dpi))
    factor = side / max(glyph.shape)
    return cv2.resize(glyph, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA).astype(np.float32) / 255


def make(job: tuple[int, int, str]) -> tuple[NDArray[np.uint8], NDArray[np.int8], NDArray[np.bool_]]:
    """One job: so many strips from one seed."""
    count, seed, manner = job
    cv2.setNumThreads(1)
    rng = np.random.default_rng(seed)
    strips, marks, met = [], [], []
    while len(strips) < count:
        ink, said = cell(rng, MANNERS[manner])
        if ink is not None and not ink.hidden:
            strips.append(strip_of(ink))
            marks.append([*said, *[-1] * LONGEST][:LONGEST])
            met.append(ink.met > 0)
    return np.stack(strips), np.array(marks, np.int8), np.array(met)


def prepare(pack: Path, packages: Path, part: str) -> None:
    """Loads a part for the processes to come."""
    global WRITERS
    build._prepare(pack, packages, part)
    WRITERS = Writers(build.LIBRARY)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pack", type=Path, required=True, help="folder of the strokes pack (*.npz)")
    parser.add_argument(
        "--packages", type=Path, required=True, help="folder with node_modules/ and the unpacked Debian fonts"
    )
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--part", choices=("train", "dev"), default="train")
    parser.add_argument("--manner", choices=tuple(MANNERS), default="pile")
    parser.add_argument("--count", type=int, default=150_000)
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--processes", type=int, default=2)
    given = parser.parse_args()
    prepare(given.pack, given.packages, given.part)
    jobs = [
        (min(JOB, given.count - at), given.seed * 1000 + at // JOB, given.manner) for at in range(0, given.count, JOB)
    ]
    with get_context("fork").Pool(given.processes) as pool:
        parts = pool.map(make, jobs, chunksize=1)
    strips, marks, met = (np.concatenate([part[at] for part in parts]) for at in range(3))
    np.savez(given.out, strips=strips, marks=marks, met=met)
    digest = hashlib.sha256(strips.tobytes() + marks.tobytes()).hexdigest()
    given.out.with_suffix(".json").write_text(
        json.dumps({"strips": len(marks), "sha256": digest, "sources": build.LIBRARY.hashes}, indent=1)
    )
    print(f"{len(marks)} strips, sha256 {digest}")


if __name__ == "__main__":
    main()
