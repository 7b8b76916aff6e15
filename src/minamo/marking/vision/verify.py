"""確かめ: is this really the sheet, lying where we think? Print is looked for place by place, not on the whole.

Handwriting only adds ink, so missing print speaks against a page and extra ink does not.
"""

from dataclasses import dataclass

import cv2
import numpy as np

from minamo.marking.vision.ink import Gray
from minamo.marking.vision.template import Template

CELL = 48  # side of a place, working pixels (12 mm)
SEEN = 70  # evened ink that counts as a stroke
ENOUGH = 40  # printed pixels a place needs to be asked


@dataclass(frozen=True)
class Evidence:
    """証拠: what of the blank's print this page shows."""

    places: int  # places of the blank with print, inside the picture
    outside: int  # places of the blank with print that fall outside the picture
    missing: int  # places inside the picture that lack their print
    letters: int
    foreign: int  # letters in whose place something else is printed
    corner: bool  # all that is missing touches one corner of the sheet

    @property
    def kept(self) -> float:
        """Share of the asked places that show their print."""
        return 1 - self.missing / max(1, self.places)


def tiles(mask: np.ndarray) -> np.ndarray:
    """Sums over places."""
    height, width = mask.shape
    rows, columns = -(-height // CELL), -(-width // CELL)
    padded = np.zeros((rows * CELL, columns * CELL), np.uint8)
    padded[:height, :width] = mask
    stripes = padded.reshape(rows, CELL, columns * CELL).sum(1, dtype=np.uint8)  # at most 48 each
    return np.asarray(stripes.reshape(rows, columns, CELL).sum(2, dtype=np.uint16), np.float32)


def likeness(template: Template, view: Gray, box: np.ndarray) -> float:
    """一致: best correlation of a printed letter within two pixels of its place."""
    x, y, w, h = (int(v) for v in box)
    piece = template.work[y : y + h, x : x + w]
    field = view[max(0, y - 2) : y + h + 2, max(0, x - 2) : x + w + 2]
    if field.shape[0] < piece.shape[0] or field.shape[1] < piece.shape[1]:
        return 0.0
    return float(np.nan_to_num(cv2.matchTemplate(field, piece, cv2.TM_CCOEFF_NORMED)).max())


def foreign_letters(template: Template, view: Gray, inside: np.ndarray) -> int:
    """別の字: letters that are not there although the place is in the picture and not empty."""
    printed, strokes = template.mask > 0, view > SEEN
    count = 0
    for box in template.letters:
        x, y, w, h = (int(v) for v in box)
        wanted = printed[y : y + h, x : x + w]
        found = strokes[y : y + h, x : x + w]
        if not inside[y : y + h, x : x + w].all() or int(found.sum()) < 0.4 * int(wanted.sum()):
            continue
        kept = float((found & wanted).sum()) / max(1, int(wanted.sum()))
        count += kept < 0.95 and likeness(template, view, box) < 0.8
    return count


def one_corner(lost: np.ndarray) -> bool:
    """Whether the lost places lie together in a corner of the sheet."""
    rows, columns = np.nonzero(lost)
    if not len(rows):
        return False
    height, width = lost.shape
    return bool(
        (rows.max() < height / 2 or rows.min() >= height / 2)
        and (columns.max() < width * 0.45 or columns.min() >= width * 0.55)
    )


def examine(template: Template, view: Gray, inside: np.ndarray) -> Evidence:
    """証拠を集める from the page drawn in the frame of the blank; `inside` is True where the picture has pixels."""
    printed = template.mask > 0
    strokes = cv2.dilate((view > SEEN).astype(np.uint8), np.ones((3, 3), np.uint8)) > 0
    everywhere = tiles(printed)
    wanted, met = tiles(printed & inside), tiles(printed & inside & strokes)
    asked = wanted >= ENOUGH
    lost = asked & (met < 0.55 * wanted)
    return Evidence(
        places=int(asked.sum()),
        outside=int(((everywhere >= ENOUGH) & (wanted < 0.5 * everywhere)).sum()),
        missing=int(lost.sum()),
        letters=len(template.letters),
        foreign=foreign_letters(template, view, inside),
        corner=one_corner(lost),
    )
