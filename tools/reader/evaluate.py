"""Measures the committed networks on writers they have not seen.

`python -m tools.reader.evaluate [--heldout PACK.npz]` prints n, coverage, precision and Wilson bound per set, abstention on
struck-out cells and pairs, purity and actions of the bundles, and the speed on one core.
"""

import argparse
import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from minamo.marking.reading.groups import alike, places
from minamo.marking.reading.ink import Print, find_ink, to_gray
from minamo.marking.reading.model import facts
from minamo.marking.reading.reader import network, read_cells
from minamo.marking.reading.report import Accuracy, Confirmed, accuracy
from minamo.marking.reading.symbols import CAPITALS, DIGITS, HIRAGANA, KATAKANA, MARKS
from minamo.marking.reading.tiles import tile_of
from tools.reader import simulate

Gray = NDArray[np.uint8]
HELDOUT = Path(__file__).parent / "heldout.npz"
CORE = ("ア–オ", "A–E", "0–9")
"""The sets from the piles that are pooled."""
OTHERS = ("ア–コ鉛筆*", "あ–こ鉛筆*", "A–E鉛筆*", "0–9鉛筆*")
"""Sets of other hands, cut as a pile is: pooled with those of the piles in the wide pool."""
NUMBERS = ("10–99", "10–99*", "100–999*", "10–99鉛筆*", "100–999鉛筆*")
OURS = ("mnist:", "font:", "pencil:", "cut:")
"""How the sources of the cells of `heldout_more.py` begin; `cut:` and `pencil:` are cut as a pile is."""
WIDENED = "ア–オ (ア–コ)"
WIDER = {
    "ア–オ (ア–ン)": ("ア–オ", KATAKANA), "A–E (A–Z)": ("A–E", CAPITALS), "A–E鉛筆* (A–Z)": ("A–E鉛筆*", CAPITALS), "○× (○×△)": ("○×", MARKS),
}  # fmt: skip
"""Sets read with an alphabet of a kind that has a threshold for each symbol."""
ALPHABETS = {
    "ア–コ": ("ア–オ", "ア–コ鉛筆*"), "あ–こ": ("あ–こ*", "あ–こ鉛筆*"), "0–9": ("0–9", "0–9*", "0–9鉛筆*"), "A–E": ("A–E", "A–E鉛筆*"),
}  # fmt: skip
"""Everything that is held out of an alphabet teachers use most, the hard sets among it; ア–オ is read with ア–コ."""
TIMED = 480
"""Cells of one pass when the speed is measured."""


@dataclass(frozen=True)
class Cell:
    """One cell of a held-out pack."""

    picture: Gray
    blank: Gray
    truth: str
    kind: str
    alphabet: str
    flags: frozenset[str]
    source: str


@dataclass(frozen=True)
class Bundles:
    """Bundling over several simulated questions: mean purity, actions of a teacher per 100 answers, answers of one question."""

    purity: float
    actions: float
    answers: int


def load(path: Path) -> list[Cell]:
    """The cells of a pack made by `heldout.py`."""
    with np.load(path) as stored:
        data = dict(stored)
    pictures, blanks = _unpack(data, "pictures"), _unpack(data, "blanks")
    rows = zip(data["truth"], data["kind"], data["alphabet"], data["flags"], data["source"], strict=True)
    return [
        Cell(
            pictures[at],
            cv2.resize(blanks[data["blank"][at]], pictures[at].shape[::-1]),
            str(row[0]),
            str(row[1]),
            str(row[2]),
            frozenset(str(row[3]).split()),
            str(row[4]),
        )
        for at, row in enumerate(rows)
    ]


def _unpack(data: dict[str, NDArray[Any]], name: str) -> list[Gray]:
    ends = [0, *data[f"{name}_end"].tolist()]
    return [cv2.imdecode(data[name][first:after], cv2.IMREAD_GRAYSCALE) for first, after in pairwise(ends)]


def sets_of(cells: list[Cell]) -> dict[str, list[Cell]]:
    """The held-out cells by what they measure; struck-out and double answers are measured apart.

    Those whose name ends in * are not from the piles: MNIST's digits and the hands of `heldout_more.py`; 鉛筆 those of them cut
    as a pile is.
    """
    clean = [cell for cell in cells if cell.truth and not cell.flags & {"correction", "two_answers"}]
    piles = [cell for cell in clean if not cell.source.startswith(OURS)]
    mnist, pencil, cut = (
        [cell for cell in clean if cell.source.startswith(begins)] for begins in ("mnist:", "pencil:", "cut:")
    )
    return {
        "ア–オ": [cell for cell in piles if cell.kind == "symbol"],
        "あ–こ*": [cell for cell in clean if cell.source.startswith("font:")],
        "あ–こ鉛筆*": [cell for cell in pencil if cell.truth in HIRAGANA],
        "ア–コ鉛筆*": [cell for cell in pencil if cell.truth in KATAKANA],
        "A–E": [cell for cell in piles if cell.kind == "letter"],
        "A–E鉛筆*": [cell for cell in cut if cell.kind == "letter"],
        "○×": [cell for cell in piles if cell.kind == "mb"],
        "a–e鉛筆*": [cell for cell in cut if cell.kind == "small"],
        "①–⑤鉛筆*": [cell for cell in cut if cell.kind == "ringed"],
        "0–9": of_length(piles, 1),
        "0–9*": of_length(mnist, 1),
        "0–9鉛筆*": of_length(cut, 1),
        "10–99": of_length(piles, 2),
        "10–99*": of_length(mnist, 2),
        "10–99鉛筆*": of_length(cut, 2),
        "100–999*": of_length(mnist, 3),
        "100–999鉛筆*": of_length(cut, 3),
        "〇囲み": [cell for cell in piles if "circled" in cell.flags],
        "消しあと": [cell for cell in piles if "erased" in cell.flags and cell.kind != "digit"],
        "はみ出し": [cell for cell in piles if "overflow" in cell.flags and cell.kind != "digit"],
    }


def of_length(cells: list[Cell], digits: int) -> list[Cell]:
    """The numbers of so many digits."""
    return [cell for cell in cells if cell.kind == "digit" and len(cell.truth) == digits]


def asked(cell: Cell, widen: bool = False, wider: str = "") -> str:
    """The alphabet a cell is read with: the question's own, or ア–コ and 0–9 in place of narrower ones, or `wider`."""
    if wider:
        return wider
    if cell.kind == "digit" and len(cell.truth) == 1:
        return DIGITS
    return KATAKANA[:10] if widen and cell.kind == "symbol" else cell.alphabet


def pooled(sets: Mapping[str, list[Cell]], wide: bool = False) -> list[Cell]:
    """The cells of the four usual alphabets: those of the piles, `wide` those of other hands too."""
    return [cell for name in (*CORE, *(OTHERS if wide else ())) for cell in sets[name]]


def measure(cells: list[Cell], widen: bool = False, wider: str = "") -> Accuracy:
    """Coverage and precision of the public reading function on some cells."""
    rows: list[Confirmed] = []
    for alphabet in sorted({asked(cell, widen, wider) for cell in cells}):
        chosen = [cell for cell in cells if asked(cell, widen, wider) == alphabet]
        readings = read_cells([cell.picture for cell in chosen], alphabet, blanks=[cell.blank for cell in chosen])
        rows += [
            Confirmed(reading.text, reading.confidence, cell.truth, alphabet)
            for reading, cell in zip(readings, chosen, strict=True)
        ]
    return accuracy(rows)


def joined(found: Iterable[Accuracy]) -> Accuracy:
    """Several sets as one, without reading them again."""
    parts = list(found)
    mistaken: Counter[tuple[str, str]] = Counter()
    for part in parts:
        mistaken.update(dict(part.mistaken))
    n, read, right = (sum(counts) for counts in zip(*((part.n, part.read, part.right) for part in parts), strict=True))
    return Accuracy(n, read, right, tuple(mistaken.most_common()))


def measured(sets: Mapping[str, list[Cell]]) -> dict[str, Accuracy]:
    """Every set, ア–オ also read with ア–コ, all of each alphabet, and the pools: of the piles, the wide one, and all numbers."""
    found = {name: measure(chosen) for name, chosen in sets.items()}
    found[WIDENED] = measure(sets["ア–オ"], widen=True)
    found |= {name: measure(sets[of], wider=alphabet) for name, (of, alphabet) in WIDER.items()}
    asked_wide = {**found, "ア–オ": found[WIDENED]}
    core, others, numbers = ([asked_wide[name] for name in names] for names in (CORE, OTHERS, NUMBERS))
    whole = {f"all {name}": joined(asked_wide[part] for part in parts) for name, parts in ALPHABETS.items()}
    pools = {"pooled": joined(core), "wide pool": joined([*core, *others]), "numbers": joined(numbers)}
    return {**found, **whole, **pools}


def struck_out(cells: list[Cell], seed: int = 5) -> list[Cell]:
    """Held-out cells with the answer crossed or scribbled out."""
    rng = np.random.default_rng(seed)
    made = []
    for cell in cells:
        ink = find_ink(cell.picture)
        if ink is None:
            continue
        rows, columns = np.nonzero(cv2.resize(ink.mask, cell.picture.shape[::-1], interpolation=cv2.INTER_NEAREST))
        top, bottom, left, right = rows.min(), rows.max() + 1, columns.min(), columns.max() + 1
        pen = max(1.5, 0.07 * max(bottom - top, right - left))
        line = simulate.strike(np.zeros((bottom - top, right - left), np.float32), pen, rng)
        dark = float(np.percentile(cell.picture[rows, columns], 30))
        picture = cell.picture.astype(np.float32)
        area = picture[top:bottom, left:right]
        picture[top:bottom, left:right] = np.minimum(area, 250 - line * (250 - dark))
        made.append(
            Cell(picture.astype(np.uint8), cell.blank, "", cell.kind, cell.alphabet, frozenset({"struck"}), cell.source)
        )
    return made


def paired(cells: list[Cell], seed: int = 6) -> list[Cell]:
    """Two held-out answers in one cell, side by side."""
    rng = np.random.default_rng(seed)
    made = []
    for kind in sorted({cell.kind for cell in cells}):
        pool = [cell for cell in cells if cell.kind == kind]
        for cell in pool:
            other = pool[int(rng.integers(len(pool)))]
            inks = [find_ink(side.picture, side.blank) for side in (cell, other)]
            if other.truth == cell.truth or inks[0] is None or inks[1] is None:
                continue
            parts = [_cropped(ink.depth) for ink in inks if ink is not None]
            parts[1] = np.clip(parts[1] * (_pressure(parts[0]) / _pressure(parts[1])), 0, 235)
            both = simulate.beside_each(parts[0], parts[1], rng, parts[0].shape[0] * rng.uniform(0.15, 0.8))
            picture = 245 - cv2.copyMakeBorder(both, 16, 16, 24, 24, cv2.BORDER_CONSTANT, value=0)
            made.append(
                Cell(
                    picture.astype(np.uint8),
                    picture.astype(np.uint8),
                    "",
                    kind,
                    cell.alphabet,
                    frozenset({"two"}),
                    cell.source,
                )
            )
    return made


def _cropped(depth: Gray) -> NDArray[np.float32]:
    x, y, wide, high = cv2.boundingRect((depth > 0).astype(np.uint8))
    return depth[y : y + high, x : x + wide].astype(np.float32)


def _pressure(depth: NDArray[np.float32]) -> float:
    """How dark a pencil wrote: both answers of a cell are written with the same one."""
    return float(np.percentile(depth[depth > 0], 70))


def refused(cells: list[Cell], printed: bool = False) -> float:
    """The share of cells on which the reader abstains, as it should; `printed` takes the print of the blank away first."""
    silent = 0
    by_alphabet: dict[str, list[Cell]] = {}
    for cell in cells:
        by_alphabet.setdefault(DIGITS if cell.kind == "digit" else cell.alphabet, []).append(cell)
    for alphabet, chosen in by_alphabet.items():
        blanks = [cell.blank for cell in chosen] if printed else None
        silent += sum(
            reading.text is None for reading in read_cells([cell.picture for cell in chosen], alphabet, blanks=blanks)
        )
    return silent / len(cells) if cells else 0.0


def as_numbers(cells: list[Cell]) -> list[Cell]:
    """Cells of digits that are read as numbers of two digits, whatever stands in them."""
    return [replace(cell, kind="number", alphabet="0-99") for cell in cells if cell.kind == "digit"]


def bundles_of(cells: list[Cell], size: int, seed: int = 3, repeats: int = 6) -> Bundles:
    """Simulated questions with a usual spread of answers: how pure the bundles are, what confirming them costs.

    One action per bundle, one per answer that has to be taken out of one, one per single answer. `answers` is less than
    `size` where the writers of the set wrote fewer.
    """
    rng = np.random.default_rng(seed)
    inks = [find_ink(to_gray(cell.picture), cell.blank) for cell in cells]
    truths = np.array([cell.truth for cell, ink in zip(cells, inks, strict=True) if ink is not None])
    tiles = [tile_of(ink)[0] for ink in inks if ink is not None]
    rows = []
    for _ in range(repeats):
        chosen = _question(truths, size, rng)
        bundles = alike(*places([tiles[at] for at in chosen]))
        alone = set(range(len(chosen))) - {at for members in bundles for at in members}
        rows.append(_cost([*bundles, *([at] for at in sorted(alone))], truths[chosen]))
    return Bundles(*(float(figure) for figure in np.mean(rows, axis=0)), len(chosen))


def answered(sets: Mapping[str, list[Cell]]) -> dict[str, list[Cell]]:
    """What questions are made of: the sets from the piles, digits with those of MNIST (alone they are under a hundred)."""
    return {name: sets[name] + (sets["0–9*"] if name == "0–9" else []) for name in CORE}


def _question(truths: NDArray[np.str_], size: int, rng: np.random.Generator) -> NDArray[np.int64]:
    answers = rng.permutation(np.unique(truths))[:5]
    shares = np.array([0.55, 0.2, 0.12, 0.08, 0.05])[: len(answers)]
    pools = {answer: rng.permutation(np.flatnonzero(truths == answer)).tolist() for answer in answers}
    chosen: list[int] = []
    for answer, share in [*zip(answers, shares / shares.sum(), strict=True), *((answer, 1.0) for answer in answers)]:
        taken = min(
            len(pools[answer]), round(size * share), size - len(chosen)
        )  # in the second round what is still missing
        chosen, pools[answer] = chosen + pools[answer][:taken], pools[answer][taken:]
    return np.array(chosen)


def _cost(groups: list[list[int]], truths: NDArray[np.str_]) -> tuple[float, float]:
    strays = [len(group) - Counter(truths[group].tolist()).most_common(1)[0][1] for group in groups]
    return 1 - sum(strays) / len(truths), 100 * (len(groups) + sum(strays)) / len(truths)


def speed(cells: list[Cell], kind: str = "symbol", alphabet: str = "アイウエオ", printed: bool = False) -> float:
    """Cells per second of processor time, from picture to reading, the middle of three passes; `printed`: laid over the blank, as
    a pile is read (what is printed in a cell is worked out once per test, not per pupil)."""
    chosen = [cell for cell in cells if cell.kind == kind][:TIMED]
    pictures = [cell.picture for cell in chosen]
    blanks = [None if cell.blank is None else Print.of(to_gray(cell.blank)) for cell in chosen] if printed else None
    read_cells(pictures[:64], alphabet)
    passes = []
    for _ in range(3):
        begin = time.process_time()
        read_cells(pictures, alphabet, blanks=blanks)
        passes.append(time.process_time() - begin)
    return len(pictures) / sorted(passes)[1]


def network_speed(cells: list[Cell]) -> float:
    """The floor of that: the same cells per second of processor time through the network alone, each once."""
    inks = [find_ink(to_gray(cell.picture)) for cell in cells if cell.kind == "symbol"][:TIMED]
    tiles = [tile_of(ink, False)[0] for ink in inks if ink is not None]
    network().run(tiles[:64])
    begin = time.process_time()
    network().run(tiles)
    return len(tiles) / (time.process_time() - begin)


def line(name: str, found: Accuracy) -> str:
    """One set in words and figures."""
    precision = "–" if found.precision is None else f"{found.precision:.4f}"
    low = "–" if found.low is None else f"{found.low:.4f}"
    wrong = " ".join(f"{truth}→{read}×{count}" for (truth, read), count in found.mistaken[:6])
    return f"{name:12s} n={found.n:5d}  coverage {found.coverage:.3f}  precision {precision}  Wilson low {low}  {wrong}"


def report(cells: list[Cell], say: Callable[[str], None]) -> None:
    """Everything measured, one line each."""
    sets = sets_of(cells)
    for name, found in measured(sets).items():
        say(line(name, found))
    core = pooled(sets)
    plain = [cell for cell in core if not cell.flags]
    say(
        f"abstains on struck out: real corrections {refused([c for c in cells if 'correction' in c.flags]):.3f}, drawn over {refused(struck_out(plain)):.3f}"
    )
    say(
        f"abstains on two symbols: real {refused([c for c in cells if 'two_answers' in c.flags]):.3f}, put together {refused(paired(plain)):.3f}"
    )
    many = as_numbers([cell for name in ("10–99", "10–99*") for cell in sets[name]])
    say(
        f"numbers: abstains on struck out {refused(struck_out(many), True):.3f}, on two in a cell {refused(paired(many)):.3f}"
    )
    for name, chosen in answered(sets).items():
        found = bundles_of(chosen, 120)
        say(
            f"bundles {name}: N={found.answers}, purity {found.purity:.4f}, {found.actions:.1f} actions per 100 answers"
        )
    say(f"speed: {speed(cells):.0f} cells, {speed(cells, 'digit', '0-99'):.0f} numbers per second of processor time")
    over = speed(cells, printed=True), speed(cells, "digit", "0-99", printed=True)
    say(f"laid over the blank, as a pile is read: {over[0]:.0f} cells, {over[1]:.0f} numbers")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--heldout", type=Path, default=HELDOUT)
    given = parser.parse_args()
    cv2.setNumThreads(1)
    print(f"network {facts().name}, thresholds {facts().thresholds}")
    report(load(given.heldout), print)


if __name__ == "__main__":
    main()
