"""Builds the training tiles: symbols drawn, scanned and normalised by the same code that reads answers.

`python -m tools.reader.build --pack DIR --packages DIR --out tiles.npz [--part train|dev] [--scale 1.0]`
Every class has its own seed and number of samples, so the result does not depend on the number of processes.
"""

import argparse
import hashlib
import json
from collections.abc import Callable
from multiprocessing import get_context
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from minamo.marking.reading.ink import find_ink
from minamo.marking.reading.symbols import (
    CIRCLED,
    CLASSES,
    DIGITS,
    HIRAGANA,
    INDEX,
    KATAKANA,
    MARKS,
    NUMERALS,
    OTHER,
    SMALL,
)
from minamo.marking.reading.tiles import tile_of
from tools.reader import simulate, sources

Alpha = NDArray[np.float32]
Rng = np.random.Generator
SEED = 20261
AS_A_PILE = 0.4
"""The share of cells cut out with a margin and laid over the blank, as the reading of a pile does it; the others are cut carelessly."""
LIBRARY: sources.Library


def samples_of(symbol: str) -> int:
    """How many tiles of a class: most for what teachers use most."""
    if symbol == OTHER:
        return 16000
    for group, count in (
        (KATAKANA[:10], 3000), (KATAKANA, 1000), (HIRAGANA[:10], 3600), (HIRAGANA, 1200), (DIGITS, 3000), ("ABCDE", 2400),
        ("abcde", 2000), (MARKS, 2200), (CIRCLED, 1300), (NUMERALS, 900), (SMALL, 400),
    ):  # fmt: skip
        if symbol in group:
            return count
    return 450


def draw(symbol: str, height: float, width: float, rng: Rng) -> Alpha:
    """One symbol of a class by one of the sources that have it."""
    if symbol in CIRCLED:
        return _circled(str(CIRCLED.index(symbol) + 1), height, width, rng)
    ways: list[tuple[float, Callable[[], Alpha]]] = []
    real = LIBRARY.strokes.get(symbol, [])
    if symbol in MARKS:
        ways += _ways_of_marks(symbol, height, width, rng)
        real = LIBRARY.strokes.get({"○": "O", "×": "X"}.get(symbol, ""), []) if symbol != "△" else []
    if real:
        weight = 0.62 if symbol in KATAKANA else 0.9
        ways.append((weight, lambda: _stroked(real[int(rng.integers(len(real)))][1], height, width, rng)))
    if symbol in LIBRARY.models:
        weight = 0.8 if symbol in HIRAGANA else 0.3
        ways.append((weight, lambda: _modelled(symbol, height, width, rng)))
    if symbol in LIBRARY.glyphs:
        weight = 0.12 if symbol.isascii() or symbol in MARKS else 0.3 if symbol in KATAKANA else 0.8
        ways.append((weight, lambda: _glyph(LIBRARY.glyphs[symbol], height, rng)))
    if symbol in LIBRARY.middles:
        weight = 0.3 if symbol in KATAKANA else 0.8
        ways.append((weight, lambda: _penned(LIBRARY.middles[symbol], height, width, rng)))
    if symbol in LIBRARY.rasters:
        ways.append((0.3, lambda: _raster(symbol, height, rng)))
    weights = np.array([weight for weight, _ in ways])
    return ways[int(rng.choice(len(ways), p=weights / weights.sum()))][1]()


def _ways_of_marks(symbol: str, height: float, width: float, rng: Rng) -> list[tuple[float, Callable[[], Alpha]]]:
    shapes = LIBRARY.shapes.get(symbol, np.zeros((0, 70, 70), np.uint8))
    drawn = {
        "○": lambda: [simulate.circle(rng)],
        "△": lambda: simulate.triangle(rng),
        "×": lambda: simulate.cross(rng),
    }[symbol]
    ways: list[tuple[float, Callable[[], Alpha]]] = [(0.5, lambda: _stroked(drawn(), height, width, rng, 0.6))]
    if len(shapes):
        ways.append(
            (0.4, lambda: simulate.draw_picture(_fit(shapes[int(rng.integers(len(shapes)))] * 255), height, rng, 0.6))
        )
    return ways


def _fit(picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    x, y, wide, high = cv2.boundingRect((picture > 60).astype(np.uint8))
    return np.ascontiguousarray(picture[y : y + high, x : x + wide])


def _stroked(strokes: simulate.Strokes, height: float, width: float, rng: Rng, strength: float = 1.0) -> Alpha:
    return simulate.draw_strokes(simulate.vary(strokes, rng, strength), height, width, rng)


def _modelled(symbol: str, height: float, width: float, rng: Rng) -> Alpha:
    strokes = LIBRARY.models[symbol]
    written = simulate.running(strokes, rng) if rng.random() < 0.3 else strokes
    return _stroked(written, height, width, rng, rng.uniform(0.8, 1.5))


def _one_of(choices: list[tuple[float, NDArray[np.uint8]]], rng: Rng) -> NDArray[np.uint8]:
    weights = np.array([weight for weight, _ in choices])
    return choices[int(rng.choice(len(choices), p=weights / weights.sum()))][1]


def _glyph(choices: list[tuple[float, NDArray[np.uint8]]], height: float, rng: Rng) -> Alpha:
    return simulate.draw_picture(_one_of(choices, rng), height, rng)


def _penned(choices: list[tuple[float, NDArray[np.uint8]]], height: float, width: float, rng: Rng) -> Alpha:
    """Along the middle of a glyph, which is bent more than the glyph itself: it is nobody's own writing."""
    picture = simulate.penned(_one_of(choices, rng), height, width)
    return simulate.draw_picture(picture, height, rng, rng.uniform(0.8, 1.4))


def _raster(symbol: str, height: float, rng: Rng) -> Alpha:
    pictures = LIBRARY.rasters[symbol]
    return simulate.draw_picture(_fit(pictures[int(rng.integers(len(pictures)))]), height, rng, 0.6)


def _circled(symbol: str, height: float, width: float, rng: Rng) -> Alpha:
    """A symbol with a ring around it, which may touch it."""
    return ringed(draw(symbol, height * rng.uniform(0.42, 0.72), width, rng), height, width, rng)


def ringed(inner: Alpha, height: float, width: float, rng: Rng) -> Alpha:
    """A ring of at least that height around what is written, by a pen of that width (pixels)."""
    ring = simulate.unit([simulate.circle(rng)])
    outer = simulate.draw_strokes(ring, max(height, 1.3 * max(inner.shape)), width, rng)
    size = (max(outer.shape[1], int(inner.shape[1] * 1.3)), max(outer.shape[0], int(inner.shape[0] * 1.3)))
    out = cv2.resize(outer, size, interpolation=cv2.INTER_LINEAR)
    top = int((size[1] - inner.shape[0]) * np.clip(rng.normal(0.5, 0.07), 0, 1))
    left = int((size[0] - inner.shape[1]) * np.clip(rng.normal(0.5, 0.07), 0, 1))
    area = out[top : top + inner.shape[0], left : left + inner.shape[1]]
    np.maximum(area, inner, out=area)
    return out


def draw_other(height: float, width: float, rng: Rng) -> Alpha:
    """What must not be read as one symbol."""
    kind = rng.random()
    scripts = (CLASSES[:-1], KATAKANA[:10], HIRAGANA[:10], DIGITS, DIGITS, "ABCDE", "abcde", MARKS, KATAKANA, HIRAGANA)
    script = scripts[int(rng.integers(len(scripts)))]

    def one(size: float) -> Alpha:
        pool = script if rng.random() < 0.85 else CLASSES[:-1]
        return draw(pool[int(rng.integers(len(pool)))], size, width, rng)

    if kind < 0.36:
        gap = height * (rng.uniform(-0.15, 0.25) if rng.random() < 0.6 else rng.uniform(0.25, 0.9))
        pair = simulate.beside(one(height), one(height * rng.uniform(0.75, 1.25)), rng, gap)
        return simulate.beside(pair, one(height), rng, gap) if rng.random() < 0.15 else pair
    if kind < 0.62:
        return simulate.strike(one(height), width, rng)
    if kind < 0.78:
        first, second = simulate.strike(one(height), width, rng), one(height)
        return simulate.beside(first, second, rng, height * rng.uniform(0, 0.6))
    if kind < 0.88:
        symbol = sources.DISTRACTORS[int(rng.integers(len(sources.DISTRACTORS)))]
        return draw(symbol, height, width, rng)
    empty = np.zeros((int(height), int(height * rng.uniform(0.6, 1.8))), np.float32)
    return simulate.strike(empty, width, rng)


def make(symbol: str, count: int, seed: int) -> tuple[NDArray[np.uint8], NDArray[np.int16]]:
    """The tiles of one class and their labels (a ringed digit may come out as a plain one, and the reverse)."""
    cv2.setNumThreads(1)
    rng = np.random.default_rng(seed)
    tiles, labels = [], []
    while len(tiles) < count:
        tile, label = _one(symbol, rng)
        if tile is not None:
            tiles.append(tile)
            labels.append(INDEX[label])
    return np.stack(tiles), np.array(labels, np.int16)


def _one(symbol: str, rng: Rng) -> tuple[NDArray[np.uint8] | None, str]:
    dpi = float(rng.choice([150, 200, 200, 200, 300, 300, 400]))
    height = rng.uniform(3.2, 11) / 25.4 * dpi if rng.random() < 0.85 else rng.uniform(20, 60)
    width = max(1.1, rng.uniform(0.28, 0.85) / 25.4 * dpi)
    ringed = symbol not in CIRCLED and symbol not in (OTHER, "○") and rng.random() < 0.06
    if symbol == OTHER:
        writing = draw_other(height * 0.8, width, rng)
    elif ringed:
        writing = _circled(symbol, height, width, rng)
    else:
        writing = draw(symbol, height, width, rng)
    ghost = draw(CLASSES[int(rng.integers(len(CLASSES) - 1))], height, width, rng) if rng.random() < 0.08 else None
    whole = rng.random() < AS_A_PILE
    seen, blank = simulate.scan_over(writing, dpi, rng, ghost, whole=whole)
    ink = find_ink(seen, simulate.shifted(blank, rng) if whole else None)
    if ink is None:
        return None, symbol
    keep_ring = symbol in CIRCLED and rng.random() < 0.85
    tile, stripped = tile_of(ink, keep_ring)
    if symbol in CIRCLED and stripped:
        return tile, str(CIRCLED.index(symbol) + 1)
    if ringed and not stripped and symbol in "12345":
        return tile, CIRCLED[int(symbol) - 1]
    return tile, symbol


def _prepare(pack: Path, packages: Path, part: str) -> None:
    global LIBRARY
    LIBRARY = sources.load(pack, packages, part)


def _make(job: tuple[str, int, int]) -> tuple[NDArray[np.uint8], NDArray[np.int16]]:
    return make(*job)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pack", type=Path, required=True, help="folder of the strokes pack (*.npz)")
    parser.add_argument(
        "--packages", type=Path, required=True, help="folder with node_modules/ and the unpacked Debian fonts"
    )
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--part", choices=("train", "dev"), default="train")
    parser.add_argument("--scale", type=float, default=1.0, help="share of the samples of each class")
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--only", nargs="+", default=list(CLASSES), help="these classes instead of all")
    parser.add_argument("--processes", type=int, default=2)
    given = parser.parse_args()
    _prepare(given.pack, given.packages, given.part)
    jobs = [
        (symbol, max(1, int(samples_of(symbol) * given.scale)), given.seed * 1000 + at)
        for at, symbol in enumerate(CLASSES)
        if symbol in given.only
    ]
    with get_context("fork").Pool(given.processes) as pool:
        parts = pool.map(_make, jobs, chunksize=1)
    tiles, labels = np.concatenate([part[0] for part in parts]), np.concatenate([part[1] for part in parts])
    np.savez(given.out, tiles=tiles, labels=labels)
    digest = hashlib.sha256(tiles.tobytes() + labels.tobytes()).hexdigest()
    given.out.with_suffix(".json").write_text(
        json.dumps({"tiles": len(labels), "sha256": digest, "sources": LIBRARY.hashes}, indent=1)
    )
    print(f"{len(labels)} tiles, sha256 {digest}")


if __name__ == "__main__":
    main()
