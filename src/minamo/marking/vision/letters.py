"""字: the letters a PDF says stand on its page, where it says anything: a word processor's sheet does, a scan does not. Pixels at 200 dpi."""

import ctypes
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

import pypdfium2.raw as raw

from minamo.marking.vision.boxes import Box
from minamo.marking.vision.page import DPI
from minamo.marking.vision.pages import is_pdf
from minamo.marking.vision.pdf import FINE, page_of

MOST = 4000  # a sheet with more is no answer sheet
UNKNOWN = 0.2  # share of letters without a meaning: the file says which shapes to draw and not what they are


@dataclass(frozen=True, slots=True)
class Letter:
    """一字 and where it stands."""

    text: str
    box: Box

    @property
    def middle(self) -> tuple[float, float]:
        """Its centre."""
        return (self.box[0] + self.box[2]) / 2, (self.box[1] + self.box[3]) / 2

    @property
    def size(self) -> int:
        """Its longer side."""
        return max(self.box[2] - self.box[0], self.box[3] - self.box[1])

    def within(self, box: Box) -> bool:
        """Whether it stands in a cell."""
        return box[0] < self.middle[0] < box[2] and box[1] < self.middle[1] < box[3]


def letters_of(path: Path, index: int) -> tuple[Letter, ...]:
    """ページの字; none of a picture, and of a file that does not say what it prints."""
    if not is_pdf(path):
        return ()
    with page_of(path, index) as page:
        words = page.get_textpage()
        try:
            many = words.count_chars()
            found = tuple(_letters(page, words, range(many))) if many <= MOST else ()
        finally:
            words.close()
    known = tuple(one for one in found if one.text.isprintable() and one.text != "\ufffd")
    return known if len(found) - len(known) <= UNKNOWN * len(found) else ()


def _letters(page: Any, words: Any, indexes: range) -> Iterator[Letter]:
    width, height = (round(value / 72 * DPI * FINE) for value in page.get_size())
    for at in indexes:
        text = chr(raw.FPDFText_GetUnicode(words.raw, at))
        if not text.strip():
            continue
        left, low, right, high = words.get_charbox(at)
        ends = []
        for x, y in ((left, high), (right, low)):
            dx, dy = ctypes.c_int(), ctypes.c_int()
            raw.FPDF_PageToDevice(page.raw, 0, 0, width, height, 0, x, y, dx, dy)
            ends.append((dx.value / FINE, dy.value / FINE))
        (x0, y0), (x1, y1) = ends
        yield Letter(text, (round(min(x0, x1)), round(min(y0, y1)), round(max(x0, x1)), round(max(y0, y1))))


def inside(letters: Sequence[Letter], box: Box) -> list[Letter]:
    """The letters in a cell."""
    return [one for one in letters if one.within(box)]


def said(letters: Sequence[Letter], *, downwards: bool = False) -> str:
    """読む: the letters of a cell as one word, spaces between them left out: line by line, or column by column from the right."""
    return "".join(one.text for line in lines(letters, downwards=downwards) for one in line)


def lines(letters: Sequence[Letter], *, downwards: bool = False) -> list[list[Letter]]:
    """行: letters level with each other, in reading order; columns from the right where words run downwards."""
    if not letters:
        return []
    half = 0.5 * median(one.size for one in letters)
    across, along = (0, 1) if downwards else (1, 0)
    found: list[list[Letter]] = []
    for one in sorted(letters, key=lambda one: one.middle[across]):
        if found and one.middle[across] - found[-1][-1].middle[across] < half:
            found[-1].append(one)
        else:
            found.append([one])
    ordered = [sorted(line, key=lambda one: one.middle[along]) for line in found]
    return ordered[::-1] if downwards else ordered


def around(letters: Sequence[Letter]) -> Box:
    """囲む枠: the box around some letters."""
    boxes = [one.box for one in letters]
    return min(b[0] for b in boxes), min(b[1] for b in boxes), max(b[2] for b in boxes), max(b[3] for b in boxes)
