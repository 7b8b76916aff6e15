"""読み取りの網: the committed network, its threshold, and how to run it on tiles."""

import hashlib
import json
import threading
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from minamo.marking.reading.tiles import SIDE, Tile

FOLDER = Path(__file__).parent / "model"
NETWORK = FOLDER / "reader.onnx"
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
    """模型の記録: what is stored beside every reading. `threshold` was fixed on writers of the dev part only."""

    sha256: str
    threshold: float
    number_threshold: float

    @property
    def name(self) -> str:
        """The short name kept with a reading."""
        return f"reader-{self.sha256[:12]}"


class Network:
    """One ONNX session on one core; may be shared by threads."""

    def __init__(self, path: Path) -> None:
        import onnxruntime  # the web checks alphabets without it

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        self._session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])

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


@cache
def facts() -> Facts:
    """The record of the committed network. Raises ValueError when the two files do not belong together."""
    record = json.loads(FACTS.read_text(encoding="utf8"))
    digest = hashlib.sha256(NETWORK.read_bytes()).hexdigest()
    if record["sha256"] != digest:
        raise ValueError("reader.onnx と reader.json が一致しません。tools/reader/evaluate.py で作り直してください。")
    return Facts(digest, float(record["threshold"]), float(record["number_threshold"]))
