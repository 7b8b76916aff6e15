"""Sheets minamo prints itself: squares and code, believed only when the print agrees."""

import numpy as np
import pytest
from PIL import Image

from minamo.marking.tests.papers import BY_NAME, worst
from minamo.marking.vision.align import OK
from minamo.marking.vision.ingest import lay
from minamo.marking.vision.markers import read_marked, stamped
from minamo.marking.vision.template import prepare
from tests.fixtures.papers.canvas import Sheet
from tests.fixtures.papers.layouts import FAMILIES
from tests.fixtures.papers.pupils import write
from tests.fixtures.papers.scanner import curled, scan

PAYLOAD = "minamo:8f3a21:1:17"


def printed(family: str, payload: str = PAYLOAD) -> Sheet:
    sheet = FAMILIES[family](71)
    sheet.page = Image.fromarray(stamped(sheet.image, payload))
    return sheet


@pytest.mark.parametrize("family", ["steps", "vertical"])
@pytest.mark.parametrize("case", ["straight", "copy98", "copy71", "upside", "left", "right", "faint", "phone8"])
def test_the_squares_place_the_page_and_the_code_is_read(family: str, case: str) -> None:
    sheet = printed(family)
    picture, truth = scan(write(sheet, 4)[0], BY_NAME[case], 4)
    marked = read_marked(picture, sheet.size)
    assert marked is not None
    assert marked.payload == PAYLOAD
    assert worst(sheet, marked.homography, truth) < 4


@pytest.mark.parametrize("case", ["crooked", "skew10"])
def test_lost_squares_fall_back_to_the_print(case: str) -> None:
    sheet = printed("steps")
    picture, truth = scan(write(sheet, 4)[0], BY_NAME[case], 4)
    laid = lay(prepare(sheet.image), picture, printed=True)
    assert laid.alignment.status == OK
    assert worst(sheet, laid.alignment.homography, truth) < 4
    assert laid.payload == PAYLOAD


def test_bowed_paper_is_not_believed_flat() -> None:
    sheet = printed("vertical")
    picture, _ = curled(write(sheet, 4)[0], 0.01, 4)
    alignment = lay(prepare(sheet.image), picture, printed=True).alignment
    assert alignment.status != OK or alignment.mesh is not None


def test_squares_of_another_test_are_not_enough() -> None:
    other = printed("grid", "minamo:other:1:3")
    picture, _ = scan(write(other, 4)[0], BY_NAME["copy98"], 4)
    laid = lay(prepare(printed("steps").image), picture, printed=True)
    assert laid.alignment.status != OK
    assert laid.payload == "minamo:other:1:3"


def test_a_page_without_squares_has_none() -> None:
    sheet = FAMILIES["grid"](71)
    assert read_marked(scan(write(sheet, 4)[0], BY_NAME["feeder"], 4)[0], sheet.size) is None
    assert read_marked(np.full((2339, 1654), 255, np.uint8), sheet.size) is None
