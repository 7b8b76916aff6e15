"""読み取りの網: the committed networks (of symbols, of numbers), their thresholds, and how to run them."""

import hashlib
import json
import threading
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from minamo.marking.reading.strips import HIGH, WIDE, Strip
from minamo.marking.reading.symbols import Alphabet, class_of
from minamo.marking.reading.tiles import SIDE, Tile

FOLDER = Path(__file__).parent / "model"
NETWORK = FOLDER / "reader.onnx"
NUMBERS = FOLDER / "numbers.onnx"
FACTS = FOLDER / "reader.json"
BATCH = 64
"""Tiles in one run: larger ones leave the cache of the processor."""
EMBEDDING = 96


def _slanted(shear: float, scale: float) -> NDArray[np.float32]:
    """The matrix that slants a tile and changes its size, its middle staying where it is."""
    half = SIDE / 2
    return np.array([[scale, shear, half * (1 - scale - shear)], [0, scale, half * (1 - scale)]], np.float32)


SLANTS = (_slanted(0.1, 0.97), _slanted(-0.1, 0.97))
"""How a doubtful tile is looked at again."""

Logits = NDArray[np.float32]
Embeddings = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Facts:
    """模型の記録: what is stored beside every reading. The thresholds were fixed on writers of the dev part only.

    `sha256` is that of both networks; `thresholds` those of symbols by kind of alphabet, `symbol_thresholds` those of each symbol in the
    kinds where one for all would leave most unread; `number_thresholds` are those of numbers of up to two and of up to three digits, each
    for writing that stands free and for writing that met a rule or print, which may have taken a stroke with it; `number_temperature`
    divides what the network of numbers says, so that its probabilities are honest.
    """

    sha256: str
    thresholds: dict[str, float]
    symbol_thresholds: dict[str, dict[str, float]]
    number_thresholds: tuple[tuple[float, float], tuple[float, float]]
    number_temperature: float

    @property
    def name(self) -> str:
        """The short name kept with a reading."""
        return f"reader-{self.sha256[:12]}"

    def threshold(self, kind: str | None) -> float:
        """What a reading of this kind of alphabet must reach; of a mixture, what the strictest must."""
        found = self.thresholds.get(kind) if kind else None
        return max(self.thresholds.values()) if found is None else found

    def limits(self, alphabet: Alphabet) -> tuple[float, ...]:
        """What a reading as each symbol of an alphabet must reach, in their order."""
        kind = alphabet.kind
        own = self.symbol_thresholds.get(kind, {}) if kind else {}
        return tuple(own.get(str(class_of(symbol)), self.threshold(kind)) for symbol in alphabet.symbols)


class _Session:
    """One ONNX session on one core; may be shared by threads."""

    def __init__(self, path: Path) -> None:
        import onnxruntime  # the web checks alphabets without it

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        self._session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])


class NumberNetwork(_Session):
    """The network of numbers: from strips to what every column of them says."""

    def run(self, strips: list[Strip]) -> Logits:
        """Logits, one row per strip: marks × columns."""
        found: list[Logits] = []
        for start in range(0, len(strips), BATCH):
            batch = np.stack(strips[start : start + BATCH]).astype(np.float32)[:, None]
            found += self._session.run(["columns"], {"strips": batch})
        return np.concatenate(found) if found else np.zeros((0, 0, 0), np.float32)


class Network(_Session):
    """The network of symbols: from tiles to classes and embeddings."""

    def run(self, tiles: list[Tile]) -> tuple[Logits, Embeddings]:
        """Logits by class and embeddings of unit length, one row per tile."""
        logits: list[Logits] = []
        embeddings: list[Embeddings] = []
        for start in range(0, len(tiles), BATCH):
            batch = np.stack(tiles[start : start + BATCH]).astype(np.float32)[:, None]
            scores, places = self._session.run(["logits", "embedding"], {"tiles": batch})
            logits.append(scores)
            embeddings.append(places)
        if not tiles:
            return np.zeros((0, 0), np.float32), np.zeros((0, EMBEDDING), np.float32)
        return np.concatenate(logits), np.concatenate(embeddings)

    def run_slanted(self, tiles: list[Tile], upright: Logits) -> Logits:
        """The mean of the logits of the tiles as they are and as other hands might have slanted them."""
        total = upright.copy()
        for slant in SLANTS:
            total += self.run([_turned(tile, slant) for tile in tiles])[0]
        return (total / (1 + len(SLANTS))).astype(np.float32, copy=False)


def _turned(tile: Tile, turn: NDArray[np.float32]) -> Tile:
    return cv2.warpAffine(tile, turn, (SIDE, SIDE), flags=cv2.INTER_LINEAR).astype(np.uint8, copy=False)


_LOADING = threading.Lock()


def network() -> Network:
    """The committed network, loaded once in a process."""
    with _LOADING:
        return _network()


@cache
def _network() -> Network:
    found = Network(NETWORK)
    found.run([np.zeros((SIDE, SIDE), np.uint8)])
    return found


def number_network() -> NumberNetwork:
    """The committed network of numbers, loaded once in a process."""
    with _LOADING:
        return _number_network()


@cache
def _number_network() -> NumberNetwork:
    found = NumberNetwork(NUMBERS)
    found.run([np.zeros((HIGH, WIDE), np.uint8)])
    return found


@cache
def facts() -> Facts:
    """The record of the committed networks. Raises ValueError when the files do not belong together."""
    record = json.loads(FACTS.read_text(encoding="utf8"))
    contents = [NETWORK.read_bytes(), NUMBERS.read_bytes()]
    if [hashlib.sha256(content).hexdigest() for content in contents] != [record["sha256"], record["numbers"]["sha256"]]:
        raise ValueError(
            "reader.onnx・numbers.onnx と reader.json が一致しません。tools/reader/fix.py で作り直してください。"
        )
    digest = hashlib.sha256(b"".join(contents)).hexdigest()
    numbers = record["numbers"]
    two, three = ((float(numbers["thresholds"][most][0]), float(numbers["thresholds"][most][1])) for most in ("2", "3"))
    thresholds = {str(kind): float(threshold) for kind, threshold in record["thresholds"].items()}
    own = {str(kind): {str(s): float(t) for s, t in each.items()} for kind, each in record["symbol_thresholds"].items()}
    return Facts(digest, thresholds, own, (two, three), float(numbers["temperature"]))
