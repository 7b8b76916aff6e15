"""The strip of a vertical sheet: laid so that a name is read in a row, and nothing of it lost."""

import io
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from minamo.marking.cover import COLUMNS, LINE
from minamo.marking.cutting import Cutter, Task
from minamo.marking.pile import Exam
from minamo.marking.tests.papers import pdf
from minamo.marking.vision.tall import is_tall, laid
from tests.fixtures.papers.layouts import FAMILIES
from tests.fixtures.papers.pupils import write

PAPER, INK, RULE = 250, 60, 20
WIDTH, HEIGHT, MIDDLE = 130, 1110, 200  # number above, name below


def vertical(count: int = 6, *, number: bool = True, skew: float = 0.0) -> np.ndarray:
    """Boxes with their rules, a number, and characters of two strokes one above the other (ニ), 34 pixels each."""
    strip = np.full((HEIGHT, WIDTH), PAPER, np.uint8)
    for left in (10, WIDTH - 14):
        strip[10 : HEIGHT - 10, left : left + 4] = RULE
    for top in (10, MIDDLE, HEIGHT - 14):
        for x in range(10, WIDTH - 10):
            at = top + round(skew * x)
            strip[at : at + 4, x] = RULE
    if number:
        cv2.putText(strip, "22", (24, 100), cv2.FONT_HERSHEY_SIMPLEX, 2.2, INK, 5)
    for at in range(count):
        top = 300 + 52 * at
        strip[top : top + 5, 45:85] = INK
        strip[top + 29 : top + 34, 40:90] = INK
    return strip


def blobs(picture: np.ndarray) -> list[tuple[int, int]]:
    """Where each stroke of ink is: its left edge and its top."""
    dark = (picture < 120).astype(np.uint8)
    _, _, found, _ = cv2.connectedComponentsWithStats(dark, connectivity=8)
    return sorted((int(one[cv2.CC_STAT_LEFT]), int(one[cv2.CC_STAT_TOP])) for one in found[1:])


@pytest.mark.parametrize("skew", [0.0, 0.02])
def test_a_tall_strip_lies_in_one_line_and_loses_no_ink(skew: float) -> None:
    strip = vertical(skew=skew)
    found = laid(strip)
    assert found is not None
    height, width = found.line.shape
    assert height < 90 and width > 4 * height, "one line, not a column"
    written = strip[16:, 20:-20].copy()
    written[MIDDLE - 16 - 4 : MIDDLE - 16 + 12] = PAPER
    written[HEIGHT - 14 - 16 - 4 :] = PAPER
    assert (found.line < 120).sum() == (written < 120).sum()


def test_two_strokes_of_one_character_stay_one_above_the_other() -> None:
    found = laid(vertical())
    assert found is not None
    strokes = blobs(found.line)[-12:]
    pairs = [strokes[at : at + 2] for at in range(0, 12, 2)]
    assert all(abs(one[0] - other[0]) <= 10 and abs(one[1] - other[1]) == 29 for one, other in pairs)
    assert all(pairs[at + 1][0][0] - pairs[at][0][0] >= 40 for at in range(5)), "characters stand side by side"


def test_large_the_boxes_stand_side_by_side_down_to_what_is_written() -> None:
    found = laid(vertical(4))
    assert found is not None
    height, width = found.columns.shape
    assert width == 2 * WIDTH
    assert 250 < height < 320, "the empty end of the box of the name is left out"


def test_a_page_without_number_or_with_faint_pencil_lies_too_and_empty_boxes_do_not() -> None:
    unnumbered = laid(vertical(number=False))
    assert unnumbered is not None and len(blobs(unnumbered.line)) == 12
    pale = np.where(vertical() == INK, 205, vertical()).astype(np.uint8)
    faint = laid(pale)
    assert faint is not None and (faint.line < 230).sum() > 4000, "light pencil is ink"
    assert laid(vertical(0, number=False)) is None
    assert laid(np.full((HEIGHT, WIDTH), PAPER, np.uint8)) is None


def test_a_strip_that_is_wide_or_hardly_higher_than_wide_stays() -> None:
    assert is_tall(130, 1110) and not is_tall(1110, 130) and not is_tall(300, 400)


@pytest.mark.parametrize(("family", "lies"), [("vertical", True), ("grid", False)])
def test_whoever_cuts_a_page_lays_its_tall_strip(family: str, lies: bool, tmp_path: Path) -> None:
    """So that no screen has to look at a picture; a wide strip has no other form."""
    sheet = FAMILIES[family](71)
    blank, scanned = (
        pdf(tmp_path / "blank.pdf", [sheet.image]),
        pdf(tmp_path / "scan.pdf", [write(sheet, 4, number="7")[0]]),
    )
    assert sheet.number is not None and sheet.person is not None
    strip = tuple(
        pick(one, other) for pick, one, other in zip((min, min, max, max), sheet.number, sheet.person, strict=True)
    )
    found = Cutter(Exam(blank, (), None, ()), strip).cut(Task(scanned, 0))
    assert found.places is not None and [key in found.places for key in (LINE, COLUMNS)] == [lies, lies]
    for key in (LINE, COLUMNS) if lies else ():
        at, length, width, height = found.places[key]
        with Image.open(io.BytesIO(found.crops[at : at + length])) as image:
            assert image.size == (width, height)
