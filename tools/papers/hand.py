"""鉛筆: a pupil's hand: letters and digits from real strokes, words and names from fonts that look written."""

from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from tests.fixtures.papers.pupils import press
from tools.papers.sheets import Box
from tools.reader.simulate import draw_strokes, vary

Strokes = list[NDArray[np.float32]]
Gray = NDArray[np.uint8]
FONTS = ("klee-one", "yomogi", "zen-kurenaido")
PACKS = ("unipen_isolated_ccby4.npz", "omniglot_katakana_mit.npz")
DIGIT_WRITERS = 40


@dataclass(frozen=True)
class Cabinet:
    """書きぶり: strokes by symbol and writer, writers of every digit, and fonts for everything else."""

    strokes: dict[str, dict[str, list[Strokes]]]
    fonts: tuple[Path, ...]
    digit_writers: tuple[str, ...]

    @classmethod
    def of(cls, pack: Path, fonts: Path) -> "Cabinet":
        """Read katakana and digits of the strokes pack, and the fonts of `node_modules` under `fonts`."""
        found: dict[str, dict[str, list[Strokes]]] = {}
        for name in PACKS:
            data = np.load(pack / name)
            points, ends, last = data["points"].astype(np.float32), data["stroke_end"], data["sample_end"]
            for at, (label, writer) in enumerate(zip(data["label"], data["writer"], strict=True)):
                if not (str(label).isdigit() or "ァ" <= str(label) <= "ヶ"):
                    continue
                cuts = ends[last[at] : last[at + 1] + 1]
                strokes = [points[first:after] for first, after in pairwise(cuts) if after > first]
                found.setdefault(str(label), {}).setdefault(str(writer), []).append(strokes)
        folder = fonts / "node_modules" / "@fontsource"
        files = tuple(folder / name / "files" / f"{name}-japanese-400-normal.woff" for name in FONTS)
        whole = set.intersection(*(set(found[digit]) for digit in "0123456789"))
        return cls(found, files, tuple(sorted(whole)[:DIGIT_WRITERS]))


class Hand:
    """一人の手: one writer's kana and digits, one font, one pencil."""

    def __init__(self, cabinet: Cabinet, dice: np.random.Generator) -> None:
        self.cabinet, self.dice = cabinet, dice
        self.kana = str(dice.integers(1, 11))
        self.digits = str(dice.choice(cabinet.digit_writers))
        self.font = cabinet.fonts[int(dice.integers(len(cabinet.fonts)))]
        self.gray = float(dice.uniform(45, 115))
        self.width = float(dice.uniform(2.6, 4.0))

    def answer(self, page: Gray, box: Box, text: str) -> None:
        """One short answer in the middle of its box, beside the printed label."""
        height = (box[3] - box[1]) * float(self.dice.uniform(0.44, 0.6))
        inks = [self._ink(symbol, height) for symbol in text]
        gap = int(height * 0.16)
        wide = sum(ink.shape[1] for ink in inks) + gap * (len(inks) - 1)
        x = int((box[0] + 34 + box[2]) / 2 - wide / 2 + self.dice.normal(0, 6))
        for ink in inks:
            y = int((box[1] + box[3]) / 2 - ink.shape[0] / 2 + self.dice.normal(0, 3))
            press(page, ink, x, y, self.gray)
            x += ink.shape[1] + gap

    def words(self, page: Gray, box: Box, text: str, size: int) -> None:
        """Words from the upper left, a new line at the edge of the box."""
        x, y = box[0] + 52, box[1] + (14 if box[3] - box[1] > size * 2.4 else (box[3] - box[1] - size) // 2 - 4)
        for letter in text:
            ink = self._letter(letter, size)
            if x + size > box[2] - 12:
                x, y = box[0] + 52, y + int(size * 1.45)
            press(page, ink, x + int(self.dice.normal(0, 1.5)), y + int(self.dice.normal(0, 2)), self.gray)
            x += int(size * (1.06 if ord(letter) > 0xFF else 0.62))

    def strike(self, page: Gray, box: Box, text: str) -> None:
        """An answer crossed out at the left of the box."""
        height = (box[3] - box[1]) * 0.42
        x, y = box[0] + 40, int(box[1] + (box[3] - box[1]) * 0.34)
        ink = self._ink(text[0], height)
        press(page, ink, x, y, self.gray)
        for shift in (0.3, 0.6):
            row = int(y + ink.shape[0] * shift)
            cv2.line(page, (x - 6, row + 5), (x + ink.shape[1] + 6, row - 4), int(self.gray), 3, cv2.LINE_AA)

    def _ink(self, symbol: str, height: float) -> NDArray[np.float32]:
        there = self.cabinet.strokes.get(symbol)
        if there is None:
            return self._letter(symbol, int(height))
        samples = there.get(self.kana) or there.get(self.digits) or next(iter(there.values()))
        strokes = vary(samples[int(self.dice.integers(len(samples)))], self.dice, 0.35)
        tall = height * (0.92 if symbol.isdigit() else 1.0)
        return draw_strokes(strokes, tall, self.width, self.dice)

    def _letter(self, letter: str, size: int) -> NDArray[np.float32]:
        tile = Image.new("L", (int(size * 1.3), int(size * 1.5)), 0)
        face = ImageFont.truetype(str(self.font), size)
        ImageDraw.Draw(tile).text((size * 0.1, 0), letter, font=face, fill=255)
        if not np.array(tile).any():  # a letter this font does not draw (older forms of names): the printed one
            from tests.fixtures.papers.canvas import font

            ImageDraw.Draw(tile).text((size * 0.1, 0), letter, font=font(size), fill=255)
        source = np.float32([[0, 0], [tile.width, 0], [0, tile.height]])
        bent = source + self.dice.normal(0, size * 0.025, (3, 2)).astype(np.float32)
        moved = cv2.warpAffine(np.array(tile), cv2.getAffineTransform(source, bent), tile.size)
        return np.asarray(cv2.GaussianBlur(moved, (0, 0), 0.8), np.float32) / 255
