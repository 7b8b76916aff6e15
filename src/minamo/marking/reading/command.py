"""`bin/minamo marking read`: readings of pictures of answer cells, for evaluation and for scripts. Touches no database."""

import argparse
import json
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, UnidentifiedImageError

from minamo.marking.reading.model import facts
from minamo.marking.reading.reader import NOTHING, Reading, read_cells

LARGEST = 40_000_000
"""Pixels: a picture beyond this is a page or an accident, not a cell."""


class UnreadableImage(ValueError):
    """A file that cannot be read as one cell; the message says which file and what to do."""


def describe(parser: argparse.ArgumentParser) -> None:
    """The arguments of `read`."""
    parser.add_argument(
        "images", nargs="+", type=Path, metavar="IMAGE", help="解答欄の画像（1枚に1つの解答欄。順番のとおりに読みます）"
    )
    parser.add_argument(
        "--alphabet", required=True, help="文字の範囲: アイウエオ、ア-コ、A-E、○×、①-⑤、2〜3けたの数は 0-99 や 0-999"
    )
    parser.add_argument("--json", action="store_true", help="JSON で出力します")
    parser.add_argument(
        "--threshold", type=float, help="これより確信度の低い読み取りは「読めない」とします（既定は模型の値）"
    )


def run(images: list[Path], alphabet: str, as_json: bool, threshold: float | None = None) -> tuple[str, int]:
    """What to print and the exit code: 0, or 1 when a file could not be read (the others are read all the same).

    Raises UnknownSymbol for an alphabet that was not taught.
    """
    pictures: list[NDArray[np.uint8]] = []
    errors: dict[int, str] = {}
    for at, path in enumerate(images):
        try:
            pictures.append(load(path))
        except UnreadableImage as problem:
            errors[at] = str(problem)
    read = iter(read_cells(pictures, alphabet, threshold=threshold))
    readings = [NOTHING if at in errors else next(read) for at in range(len(images))]
    rows = [
        _row(path, reading, errors.get(at)) for at, (path, reading) in enumerate(zip(images, readings, strict=True))
    ]
    if as_json:
        return json.dumps(rows, ensure_ascii=False, indent=1), 1 if errors else 0
    lines = [
        f"{row['image']}\t{row.get('error') or row['text'] or '（読めない）'}\t{row['confidence']:.3f}" for row in rows
    ]
    return "\n".join(lines), 1 if errors else 0


def load(path: Path) -> NDArray[np.uint8]:
    """A picture from a file, gray. Raises UnreadableImage."""
    try:
        with Image.open(path) as image:
            if image.width * image.height > LARGEST:
                raise UnreadableImage(
                    f"{path}: 画像が大きすぎます（{image.width}×{image.height}）。解答欄だけを切り出してください。"
                )
        found = cv2.imdecode(np.frombuffer(path.read_bytes(), np.uint8), cv2.IMREAD_GRAYSCALE)
        if found is None:
            with Image.open(path) as image:
                found = np.asarray(image.convert("L"))
    except (OSError, UnidentifiedImageError, SyntaxError, Image.DecompressionBombError) as problem:
        raise UnreadableImage(f"{path}: 画像として開けません。PNG か JPEG で保存し直してください。") from problem
    return np.ascontiguousarray(found, dtype=np.uint8)


def _row(path: Path, reading: Reading, error: str | None) -> dict[str, object]:
    row: dict[str, object] = {
        "image": str(path), "text": reading.text, "confidence": reading.confidence,
        "candidates": [list(candidate) for candidate in reading.candidates], "model": facts().name,
    }  # fmt: skip
    return row if error is None else {**row, "error": error}
