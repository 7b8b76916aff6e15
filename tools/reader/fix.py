"""Installs a network with the thresholds found on the dev part, and only there.

`python -m tools.reader.fix --network reader.onnx --dev dev.npz --dev-more more.npz` for the network of symbols,
`python -m tools.reader.fix --numbers numbers.onnx --dev-strips dev_strips.npz` for that of numbers. `reader.json` says how both were made.
"""

import argparse
import hashlib
import json
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from minamo.marking.reading.model import FACTS, NETWORK, NUMBERS, Network, NumberNetwork
from minamo.marking.reading.numbers import text_at, weigh
from minamo.marking.reading.reader import looked_twice, masked
from minamo.marking.reading.symbols import (
    CAPITALS,
    CLASSES,
    DIGITS,
    HIRAGANA,
    KATAKANA,
    KINDS,
    LOOKALIKES,
    OTHER,
    parse_alphabet,
)
from minamo.marking.reading.texts import shares
from tools.reader.build_numbers import WRONG

Sure = NDArray[np.float64]

DEV_PRECISION = {"0–9": 0.99, "a–e": 0.99, "①–⑤": 0.995}
DEV_OTHERS = 0.997
DEV_DIGIT = 0.9975
DEV_REFUSAL = 0.97
"""What the threshold must reach on the dev part: precision of each kind of alphabet, of numbers for each of the digits they may
have, and abstention on what is no symbol, and on letters the question does not offer.

The dev part is drawn harder than scans are (faint, torn, mislabelled samples are in it), so the precision there is a lower one;
MNIST and UNIPEN hold digits (ringed ones are drawn with them) and small letters that nobody could read or that are labelled wrongly.
"""
SELDOM = 0.8
"""Kinds of which less than this of the dev part is read get a threshold for each symbol, fixed on a larger dev part: what a few of
them are taken for (a c that is an e) must not keep the others unread."""
LOWEST = 0.4
"""No threshold of symbols is lower than this, however well the dev part is read."""
HIGHEST = 0.99
"""The threshold where none is high enough."""
LIMITS = np.arange(LOWEST, HIGHEST + 0.005, 0.01)
"""What a threshold of one symbol may be."""
OVER = 1.5
"""How much more than an equal share of what should be refused one symbol may be said of."""
TEMPERATURES = np.arange(0.8, 3.01, 0.1)


@dataclass(frozen=True)
class Part:
    """What the network says of a dev part read with one alphabet: how sure it is of each symbol (n × symbols) of the cells that show
    one of them, what they show, and how sure it is of each where it should abstain: no symbol at all, letters the question does not offer."""

    read: Sure
    truth: NDArray[np.int64]
    abstain: tuple[Sure, Sure]

    def row(self, limits: NDArray[np.float64]) -> dict[str, float]:
        """What comes of a threshold for each symbol."""
        sure, good = self.read.max(axis=1), self.read.argmax(axis=1) == self.truth
        refused = [1 - float(_said(rows, limits).sum()) / max(len(rows), 1) for rows in self.abstain]
        return {
            **_row(sure, good, limits[self.read.argmax(axis=1)]),
            "refused": round(refused[0], 4), "strangers_refused": round(refused[1], 4),
        }  # fmt: skip


class Judged:
    """A dev part as one network sees it."""

    def __init__(self, net: Network, dev: Path) -> None:
        data = np.load(dev)
        self.names = np.array(CLASSES)[data["labels"]]
        tiles = list(data["tiles"])
        self.upright, _ = net.run(tiles)
        self.slanted = net.run_slanted(tiles, self.upright)

    def part(self, symbols: str) -> Part:
        """Read with these symbols."""
        shown = np.flatnonzero(np.isin(self.names, list(symbols)))
        odd, strange = np.flatnonzero(self.names == OTHER), np.flatnonzero(np.isin(self.names, strangers(symbols)))
        truth = np.array([symbols.index(name) for name in self.names[shown]])
        return Part(self._read(shown, symbols), truth, (self._read(odd, symbols), self._read(strange, symbols)))

    def _read(self, places: NDArray[np.int64], symbols: str) -> Sure:
        wanted = parse_alphabet(list(symbols))
        return looked_twice(
            masked(self.upright[places], wanted), lambda doubtful: masked(self.slanted[places[doubtful]], wanted)
        )


def fix_symbols(path: Path, dev: Path, dev_more: Path) -> dict[str, Any]:
    """For each kind of alphabet the lowest threshold with which the dev part reaches the precision and the refusals asked for; for kinds
    that are seldom read with it one for each symbol, from the larger dev part."""
    net = Network(path)
    judged = Judged(net, dev)
    thresholds: dict[str, float] = {}
    rows: dict[str, dict[str, float]] = {}
    for kind, symbols in KINDS:
        part, asked = judged.part(symbols), DEV_PRECISION.get(kind, DEV_OTHERS)
        sure, good = part.read.max(axis=1), part.read.argmax(axis=1) == part.truth
        found = (lowest(sure, good, abstain.max(axis=1, initial=0.0), asked) for abstain in part.abstain)
        thresholds[kind] = max(LOWEST, *found)
        rows[kind] = part.row(np.full(len(symbols), thresholds[kind]))
    more = Judged(net, dev_more)
    own: dict[str, dict[str, float]] = {}
    for kind, symbols in KINDS:
        if rows[kind]["coverage"] < SELDOM:
            part = more.part(symbols)
            limits = each_limit(part, DEV_PRECISION.get(kind, DEV_OTHERS))
            own[kind] = dict(zip(symbols, limits.tolist(), strict=True))
            rows[kind] |= {f"own_{name}": value for name, value in part.row(limits).items()}
    return {
        "thresholds": thresholds, "symbol_thresholds": own, "dev": rows, "dev_sha256": _hash(dev), "dev_more_sha256": _hash(dev_more),
    }  # fmt: skip


def each_limit(part: Part, precision: float) -> NDArray[np.float64]:
    """A threshold for each symbol, so that as many cells as can be are read with the precision asked for (one more mistake counted than
    was made) and no symbol is said of much more than its share of what should be refused.

    The price of a mistake in cells read is the same for every symbol; the price that leaves most read is looked for.
    """
    count = part.read.shape[1]
    said, sure = part.read.argmax(axis=1), part.read.max(axis=1)
    read, wrong, allowed = (np.zeros((count, len(LIMITS)), kind) for kind in (np.int64, np.int64, bool))
    for at in range(count):
        ours, mistaken = sure[said == at], sure[(said == at) & (part.truth != at)]
        let = [rows.max(axis=1)[rows.argmax(axis=1) == at] for rows in part.abstain if len(rows)]
        most = [OVER * (1 - DEV_REFUSAL) * len(rows) / count for rows in part.abstain if len(rows)]
        for place, limit in enumerate(LIMITS):
            read[at, place], wrong[at, place] = (ours >= limit).sum(), (mistaken >= limit).sum()
            allowed[at, place] = all((one >= limit).sum() <= many for one, many in zip(let, most, strict=True))
    allowed[:, -1] = True
    each, best, found = np.arange(count), 0, np.full(count, len(LIMITS) - 1)
    for price in np.geomspace(1, 3000, 200):
        worth = np.where(allowed, read - price * wrong, -np.inf)
        places = len(LIMITS) - 1 - worth[:, ::-1].argmax(axis=1)  # the highest of equal worth
        reads, mistakes = int(read[each, places].sum()), int(wrong[each, places].sum())
        if reads > best and mistakes + 1 <= (1 - precision) * reads:
            best, found = reads, places
    return np.asarray(LIMITS[found].round(3), np.float64)


def _said(rows: Sure, limits: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Which rows say something."""
    return rows.max(axis=1) >= limits[rows.argmax(axis=1)] if len(rows) else np.zeros(0, bool)


def strangers(symbols: str) -> list[str]:
    """Letters of the same script that the question does not offer, without those that are drawn alike."""
    scripts = [script for script in (KATAKANA, HIRAGANA, DIGITS + CAPITALS) if symbols[0] in script]
    twins = {twin for group in LOOKALIKES if set(group) & set(symbols) for twin in group}
    return [letter for script in scripts for letter in script if letter not in twins and letter not in symbols]


def fix_numbers(path: Path, dev: Path) -> dict[str, Any]:
    """Temperature first (the likeliest one), then for each longest number the lowest thresholds that are precise enough.

    Of the two thresholds the second is for writing that met print or a rule: strokes may have gone with what was taken away.
    """
    data, net = np.load(dev), NumberNetwork(path)
    truths = ["".join(DIGITS[mark] for mark in row if 0 <= mark < WRONG) for row in data["marks"]]
    met, odd = data["met"], (data["marks"] == WRONG).any(axis=1)
    strips, sizes = list(data["strips"]), np.array([len(truth) for truth in truths])
    temperature = likeliest(strips, truths, odd | (sizes > 2), net)
    thresholds, rows, refusals = {}, {}, {}
    for most in (2, 3):
        weights = weigh(strips, parse_alphabet("0-" + "9" * most), net, temperature)
        texts = np.array([text_at(int(at), most) for at in weights.argmax(axis=1)])
        sure, good, wild = weights.max(axis=1), texts == np.array(truths), odd | (sizes > most)
        groups = [met == meets for meets in (False, True)]
        limits = [
            lowest(sure[~wild & group], good[~wild & group], sure[wild & group], DEV_DIGIT**most) for group in groups
        ]
        thresholds[str(most)] = limits
        limit = np.where(met, limits[1], limits[0])
        refusals[str(most)] = round(float((sure[wild] < limit[wild]).mean()), 4)
        for size in range(1, most + 1):
            chosen = ~wild & (sizes == size)
            rows[f"0-{'9' * most}, {size} digits"] = _row(sure[chosen], good[chosen], limit[chosen])
    return {
        "thresholds": thresholds, "temperature": temperature, "dev": rows, "dev_refused": refusals, "dev_sha256": _hash(dev),
    }  # fmt: skip


def likeliest(strips: list[NDArray[np.uint8]], truths: list[str], wild: NDArray[np.bool_], net: NumberNetwork) -> float:
    """The temperature under which the numbers of one and two digits surprise least."""
    chosen = np.flatnonzero(~wild).tolist()
    columns = net.run([strips[at] for at in chosen])
    places = [int(truths[at]) + (10 if len(truths[at]) == 2 else 0) for at in chosen]

    def surprise(temperature: float) -> float:
        weights = np.concatenate(shares(columns / np.float32(temperature), 2), axis=1)
        return float(-np.log(np.maximum(weights[np.arange(len(chosen)), places], 1e-6)).mean())

    return round(float(min(TEMPERATURES, key=surprise)), 2)


def lowest(sure: NDArray[np.float64], good: NDArray[np.bool_], wild: NDArray[np.float64], precision: float) -> float:
    """The lowest threshold with the precision asked for and enough refusals; HIGHEST when there is none."""
    for threshold in np.arange(0.30, HIGHEST, 0.01):
        read = sure >= threshold
        if read.any() and good[read].mean() >= precision and (wild < threshold).sum() >= DEV_REFUSAL * len(wild):
            return round(float(threshold), 3)
    return HIGHEST


def _row(
    sure: NDArray[np.float64], good: NDArray[np.bool_], threshold: float | NDArray[np.float64]
) -> dict[str, float]:
    read = sure >= threshold
    return {"n": len(sure), "coverage": round(float(read.mean()), 4), "precision": round(float(good[read].mean()), 5)}


def _hash(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def install(path: Path, into: Path, fixed: dict[str, Any]) -> None:
    """Copies a network into the package, with the record of how it was made and its thresholds."""
    into.parent.mkdir(exist_ok=True)
    shutil.copyfile(path, into)
    training = json.loads(path.with_suffix(".train.json").read_text(encoding="utf8"))
    part = {"sha256": _hash(into), **fixed, "training": training}
    record = json.loads(FACTS.read_text(encoding="utf8"))
    if into == NUMBERS:
        record["numbers"] = part
    else:
        record = {**part, "classes": "".join(CLASSES[:-1]), "numbers": record.get("numbers")}
    FACTS.write_text(json.dumps(record, ensure_ascii=False, indent=1) + "\n", encoding="utf8")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--network", type=Path, help="of symbols")
    parser.add_argument("--dev", type=Path)
    parser.add_argument("--dev-more", type=Path, help="a larger dev part, for the thresholds of single symbols")
    parser.add_argument("--numbers", type=Path, help="the network of numbers")
    parser.add_argument("--dev-strips", type=Path)
    given = parser.parse_args()
    if given.network:
        install(given.network, NETWORK, fix_symbols(given.network, given.dev, given.dev_more))
    if given.numbers:
        install(given.numbers, NUMBERS, fix_numbers(given.numbers, given.dev_strips))
    print(FACTS.read_text(encoding="utf8")[:400])


if __name__ == "__main__":
    main()
