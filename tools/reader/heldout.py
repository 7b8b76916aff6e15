"""Cuts the held-out pack out of marking piles with truth: cells of writers no part of the training has seen.

`python -m tools.reader.heldout --piles DIR --out heldout.npz [--all]`
Without `--all` only as many cells as fit into the repository, the same at every run. Needs pikepdf and pypdfium2.
"""

import argparse
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pikepdf
import pypdfium2
from numpy.typing import NDArray

Gray = NDArray[np.uint8]
MARGIN = 4
"""Pixels at 200 dpi around a cell, so that its rules are in the picture."""
LIMITS = {"symbol": 1200, "letter": 200, "mb": 200, "digit": 420, "blank": 60}
"""Cells of each kind in the committed pack."""
COLUMNS = ("truth", "kind", "alphabet", "flags", "source")
QUALITY, SIDE = 50, 100


@dataclass
class Pack:
    """Pictures of cells (WebP) with what is written in them."""

    pictures: list[bytes] = field(default_factory=list)
    blanks: list[bytes] = field(default_factory=list)
    truth: list[str] = field(default_factory=list)
    kind: list[str] = field(default_factory=list)
    alphabet: list[str] = field(default_factory=list)
    flags: list[str] = field(default_factory=list)
    source: list[str] = field(default_factory=list)

    def add(
        self, picture: Gray, blank: Gray, said: tuple[str, str, str, str, str], side: int = SIDE, quality: int = QUALITY
    ) -> None:
        """One more cell; `said` is its truth, kind, alphabet, flags and source."""
        self.pictures.append(_encoded(picture, quality, side))
        self.blanks.append(_encoded(blank, 20, side))
        for column, value in zip((self.truth, self.kind, self.alphabet, self.flags, self.source), said, strict=True):
            column.append(value)


def cells(pile: Path) -> Iterator[tuple[Gray, Gray, dict[str, Any], dict[str, Any]]]:
    """Every short-answer cell of a pile: its picture, the same place of the blank sheet, question, truth."""
    truth = json.loads((pile / "truth.json").read_text(encoding="utf8"))
    questions = {
        entry["id"]: entry for entry in json.loads((pile / "key.json").read_text(encoding="utf8"))["questions"]
    }
    rendered = pypdfium2.PdfDocument(pile / "blank.pdf")[0].render(scale=200 / 72, grayscale=True).to_numpy()
    sheet = np.ascontiguousarray(rendered.reshape(rendered.shape[0], rendered.shape[1]))
    with pikepdf.open(pile / "scan.pdf") as scans:
        for page in truth["pages"]:
            if page["kind"] != "sheet" or "duplicate_of" in page:
                continue
            raw = next(iter(scans.pages[page["page"]].images.values())).read_raw_bytes()
            scan = cv2.imdecode(np.frombuffer(raw, np.uint8), cv2.IMREAD_GRAYSCALE)
            for name, box in page["boxes"].items():
                question = questions[name]
                if question["kind"] == "free":
                    continue
                picture, size = _warp(scan, np.array(page["H_blank_to_scan"]), question["box"], page["dpi"] / 200)
                yield (
                    picture,
                    cv2.resize(_window(sheet, question["box"]), size, interpolation=cv2.INTER_LINEAR),
                    question,
                    box,
                )


def _window(sheet: Gray, box: list[int]) -> Gray:
    left, top, right, bottom = box
    padded = cv2.copyMakeBorder(sheet, MARGIN, MARGIN, MARGIN, MARGIN, cv2.BORDER_REPLICATE)
    return padded[top : bottom + 2 * MARGIN, left : right + 2 * MARGIN]


def _warp(scan: Gray, matrix: NDArray[np.float64], box: list[int], scale: float) -> tuple[Gray, tuple[int, int]]:
    left, top, right, bottom = box[0] - MARGIN, box[1] - MARGIN, box[2] + MARGIN, box[3] + MARGIN
    corners = np.array([[left, top], [right, top], [right, bottom], [left, bottom]], np.float64)
    there = np.c_[corners, np.ones(4)] @ matrix.T
    size = (round((right - left) * scale), round((bottom - top) * scale))
    target = np.array([[0, 0], [size[0], 0], [size[0], size[1]], [0, size[1]]], np.float32)
    warp = cv2.getPerspectiveTransform((there[:, :2] / there[:, 2:]).astype(np.float32), target)
    return cv2.warpPerspective(scan, warp, size, flags=cv2.INTER_LINEAR, borderValue=255), size


def collect(piles: Path, everything: bool) -> Pack:
    """All cells, or an even choice of each kind."""
    found = [
        (pile.name, *cell) for pile in sorted(piles.iterdir()) if (pile / "truth.json").exists() for cell in cells(pile)
    ]
    rng = np.random.default_rng(7)
    pack = Pack()
    taken: dict[str, int] = {}
    for at in rng.permutation(len(found)):
        name, picture, blank, question, box = found[at]
        kind = "blank" if box["kind"] == "blank" else question["kind"]
        special = bool(set(box["flags"]) & {"circled", "two_answers"})
        if not everything and not special and taken.get(kind, 0) >= LIMITS[kind]:
            continue
        taken[kind] = taken.get(kind, 0) + 1
        source = f"{name}:{'|'.join(box.get('source') or [])}"
        pack.add(picture, blank, (box["text"], kind, question["alphabet"], " ".join(box["flags"]), source))
    return pack


def opened(path: Path, wanted: Callable[[str], bool]) -> Pack:
    """A pack that was saved, byte for byte: the cells of the sources that are wanted."""
    with np.load(path) as stored:
        data = dict(stored)
    rows = [at for at, source in enumerate(data["source"]) if wanted(str(source))]
    pictures, blanks = (
        [data[name][first:after].tobytes() for first, after in pairwise([0, *data[f"{name}_end"].tolist()])]
        for name in ("pictures", "blanks")
    )
    pack = Pack([pictures[at] for at in rows], [blanks[data["blank"][at]] for at in rows])
    for name in COLUMNS:
        getattr(pack, name).extend(str(data[name][at]) for at in rows)
    return pack


def save(pack: Pack, out: Path) -> None:
    """One file: blank cells once each, the rest as text."""
    different: dict[bytes, int] = {}
    places = [different.setdefault(blank, len(different)) for blank in pack.blanks]
    columns = {name: np.array(getattr(pack, name)) for name in COLUMNS}
    for name, files in (("pictures", pack.pictures), ("blanks", list(different))):
        columns[name] = np.frombuffer(b"".join(files), np.uint8)
        columns[f"{name}_end"] = np.cumsum([len(file) for file in files]).astype(np.int32)
    np.savez_compressed(out, blank=np.array(places, np.int16), **columns)


def _encoded(picture: Gray, quality: int, side: int) -> bytes:
    factor = min(1.0, side / min(picture.shape))
    small = cv2.resize(picture, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA) if factor < 1 else picture
    return bytes(cv2.imencode(".webp", small, [cv2.IMWRITE_WEBP_QUALITY, quality])[1])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--piles", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--all", action="store_true")
    given = parser.parse_args()
    pack = collect(given.piles, given.all)
    save(pack, given.out)
    print(f"{len(pack.truth)} cells, {given.out.stat().st_size} bytes")


if __name__ == "__main__":
    main()
