"""書き入れる: where the number and the name of a pupil go in the printed boxes of a blank, so that nobody has to write them. Pure.

Boxes are pixels of one page of the blank at 200 dpi. Teachers' boxes often hold a word already (氏名, 番): what is written goes into the
largest part without print, and where there is no room for it the box stays as it is.
"""

from dataclasses import dataclass

import numpy as np
from PIL import Image

from minamo.marking.seats import Box
from minamo.marking.sheet_values import Words
from minamo.marking.vision.form import DPI

DARK = 170  # gray levels below are print
LINE = 6  # pixels of a box's edge in which its ruled line may lie
TALLEST, SMALLEST = 14 * DPI / 72, 6 * DPI / 72  # pixels: 14 points and 6
FILLS = 0.6  # of the narrow side, by letters
SPECKS = 1  # dark pixels across the box that are dust


@dataclass(frozen=True)
class Lettering:
    """文字の置き方: the part of the page it stands in (pixels), the size of a letter, and whether letters stand under each other."""

    area: Box
    text: str
    size: float
    upright: bool


def lettering(page: Image.Image, words: Words) -> Lettering | None:
    """How words are written into their box on a gray page; None without room."""
    area = free_part(page, words.box)
    if area is None or not words.text:
        return None
    wide, high = area[2] - area[0], area[3] - area[1]
    upright = words.upright and high > wide
    ems = sum(0.6 if one.isascii() else 1.0 for one in words.text)
    size = min(TALLEST, FILLS * min(wide, high), 0.9 * (high / (1.1 * len(words.text)) if upright else wide / ems))
    return Lettering(area, words.text, size, upright) if size >= SMALLEST else None


def free_part(page: Image.Image, box: Box) -> Box | None:
    """The longest part of a box, along its long side, that no print crosses; None where there is none."""
    x0, y0, x1, y1 = (round(value) for value in box)
    inner = (x0 + LINE, y0 + LINE, x1 - LINE, y1 - LINE)
    if inner[2] <= inner[0] or inner[3] <= inner[1]:
        return None
    ink = np.asarray(page.crop(inner).convert("L")) < DARK
    along = ink.shape[1] >= ink.shape[0]
    across = min(ink.shape)
    begins, ends = _longest([bool(dark <= SPECKS) for dark in ink.sum(axis=0 if along else 1)])
    if ends - begins < across / 2:
        return None
    edge = min(across / 8, (ends - begins) / 8)
    first, last = begins + edge, ends - edge
    if along:
        return inner[0] + first, float(inner[1]), inner[0] + last, float(inner[3])
    return float(inner[0]), inner[1] + first, float(inner[2]), inner[1] + last


def _longest(free: list[bool]) -> tuple[int, int]:
    """The longest run of True, as [from, to)."""
    best, begins = (0, 0), 0
    for at, one in enumerate([*free, False]):
        if one:
            continue
        best = max(best, (begins, at), key=lambda run: run[1] - run[0])
        begins = at + 1
    return best
