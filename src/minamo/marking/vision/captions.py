"""見出しの欄: cells whose print says that nobody writes in them: a word in the middle of a small cell, a cell full of words, a slim one.

Office programs centre what names a column or a question; what is printed in an answer (a unit, its number, an arrow between two places) stands
at its edge, or leaves room between.
"""

import re
import unicodedata
from collections.abc import Sequence

import numpy as np

from minamo.marking.vision.boxes import Found
from minamo.marking.vision.ink import Gray
from minamo.marking.vision.letters import Letter, inside, said
from minamo.marking.vision.middle import RIM, centred
from minamo.marking.vision.rules import LEAST, Box, area, least

WORDY, MANY = 0.12, 12  # of a cell that its letters take up, and how many a text has
SHADE, MOSTLY = 248, 0.8  # brightness of a cell that was given a colour; share of such cells that hold words
CHOICE = re.compile(r"[ア-コあ-こA-Ea-e0-9○×〇正誤](・[ア-コあ-こA-Ea-e0-9○×〇正誤])+")  # to be ringed


def captions(found: Sequence[Found], gray: Gray, strokes: Gray, letters: Sequence[Letter]) -> list[Found]:
    """見出しを見つける on a sheet (pixels, mask of its print) with the words its file has."""
    cells = [one for one in found if one.kind in {"box", "dashed"} and not one.divided]
    gray_ones = shaded(cells, gray, letters)
    return [*gray_ones, *(one for one in cells if one not in gray_ones and _caption(one, strokes, letters))]


def shaded(cells: Sequence[Found], gray: Gray, letters: Sequence[Letter]) -> list[Found]:
    """網かけの見出し: gray cells, where nearly all of them hold words and half of the others do not. Only where the file has words: on a
    scan paper is never white, and a shadow is no shading."""
    dark = [one for one in cells if letters and _brightness(one.box, gray) < SHADE]
    light = [one for one in cells if one not in dark]
    worded = sum(bool(inside(letters, one.box)) for one in dark)
    empty = sum(not inside(letters, one.box) for one in light)
    return dark if worded >= MOSTLY * len(dark) and 2 * empty >= len(light) > 0 else []


def _brightness(box: Box, gray: Gray) -> float:
    return float(np.median(gray[box[1] + RIM : box[3] - RIM, box[0] + RIM : box[2] - RIM]))


def _caption(one: Found, strokes: Gray, letters: Sequence[Letter]) -> bool:
    if least(one.box) < LEAST:
        return True
    here = inside(letters, one.box)
    text = unicodedata.normalize("NFKC", said(here))
    if here and (not any(letter.isalnum() for letter in text) or CHOICE.fullmatch(text)):
        return False
    return centred(strokes, one.box) or (len(here) >= MANY and _full(one.box, here))


def _full(box: Box, here: Sequence[Letter]) -> bool:
    return sum(area(one.box) for one in here) >= WORDY * area(box)
