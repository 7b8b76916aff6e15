"""Installs a network with the thresholds found on the dev part, and only there.

`python -m tools.reader.fix --network reader.onnx --dev dev.npz` for the network of symbols,
`python -m tools.reader.fix --numbers numbers.onnx --dev-strips dev_strips.npz` for that of numbers. `reader.json` says how both were made.
"""

import argparse
import hashlib
import json
import shutil
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
    Alphabet,
    parse_alphabet,
)
from minamo.marking.reading.texts import shares
from tools.reader.build_numbers import WRONG

DEV_PRECISION = {"0–9": 0.99, "a–e": 0.99}
DEV_OTHERS = 0.997
DEV_DIGIT = 0.9975
DEV_REFUSAL = 0.97
"""What the threshold must reach on the dev part: precision of each kind of alphabet, of numbers for each of the digits they may
have, and abstention on what is no symbol, and on letters the question does not offer.

The dev part is drawn harder than scans are (faint, torn, mislabelled samples are in it), so the precision there is a lower one;
MNIST and UNIPEN hold digits and small letters that nobody could read or that are labelled wrongly.
"""
LOWEST = 0.4
"""No threshold of symbols is lower than this, however well the dev part is read."""
TEMPERATURES = np.arange(0.8, 3.01, 0.1)


def fix_symbols(path: Path, dev: Path) -> dict[str, Any]:
    """For each kind of alphabet the lowest threshold with which the dev part reaches the precision and the refusals asked for."""
    data, net = np.load(dev), Network(path)
    names, tiles = np.array(CLASSES)[data["labels"]], list(data["tiles"])
    upright, _ = net.run(tiles)
    slanted = net.run_slanted(tiles, upright)

    def said(places: NDArray[np.int64], wanted: Alphabet) -> NDArray[np.float64]:
        return looked_twice(masked(upright[places], wanted), lambda doubtful: masked(slanted[places[doubtful]], wanted))

    thresholds: dict[str, float] = {}
    rows: dict[str, dict[str, float]] = {}
    for kind, symbols in KINDS:
        wanted = parse_alphabet(list(symbols))
        chosen, odd = np.flatnonzero(np.isin(names, list(symbols))), np.flatnonzero(names == OTHER)
        strange = np.flatnonzero(np.isin(names, strangers(symbols)))
        read = said(chosen, wanted)
        sure, good = read.max(axis=1), np.array(list(symbols))[read.argmax(axis=1)] == names[chosen]
        wild, other = (said(places, wanted).max(axis=1, initial=0.0) for places in (odd, strange))
        threshold = max(
            LOWEST, *(lowest(sure, good, group, DEV_PRECISION.get(kind, DEV_OTHERS)) for group in (wild, other))
        )
        thresholds[kind] = threshold
        rows[kind] = {
            **_row(sure, good, threshold), "refused": round(float((wild < threshold).mean()), 4),
            "strangers_refused": round(float((other < threshold).mean()), 4) if len(other) else 1.0,
        }  # fmt: skip
    return {"thresholds": thresholds, "dev": rows, "dev_sha256": _hash(dev)}


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
    """The lowest threshold with the precision asked for and enough refusals; 0.99 when there is none."""
    for threshold in np.arange(0.30, 0.99, 0.01):
        read = sure >= threshold
        if read.any() and good[read].mean() >= precision and (wild < threshold).sum() >= DEV_REFUSAL * len(wild):
            return round(float(threshold), 3)
    return 0.99


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
    parser.add_argument("--numbers", type=Path, help="the network of numbers")
    parser.add_argument("--dev-strips", type=Path)
    given = parser.parse_args()
    if given.network:
        install(given.network, NETWORK, fix_symbols(given.network, given.dev))
    if given.numbers:
        install(given.numbers, NUMBERS, fix_numbers(given.numbers, given.dev_strips))
    print(FACTS.read_text(encoding="utf8")[:400])


if __name__ == "__main__":
    main()
