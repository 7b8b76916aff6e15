"""Sheets minamo prints itself: squares and code, believed only when the print agrees."""

import numpy as np
import pytest
from PIL import Image

from minamo.marking.tests.papers import BY_NAME, worst
from minamo.marking.vision import ingest
from minamo.marking.vision.align import OK, Alignment, scanned
from minamo.marking.vision.form import Placing
from minamo.marking.vision.ingest import lay_printed
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


def laid(blank: Sheet, picture: np.ndarray) -> Alignment:
    return lay_printed(prepare(blank.image), np.eye(3), Placing(), picture, scanned(picture))


@pytest.fixture
def no_search(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody may look for the sheet without its squares."""
    monkeypatch.setattr(ingest, "lay", lambda *_: pytest.fail("the squares were not enough"))


@pytest.mark.usefixtures("no_search")
@pytest.mark.parametrize("case", ["straight", "copy98", "copy71", "upside", "left", "faint"])
def test_squares_and_code_spare_the_search_and_the_place_is_as_good(case: str) -> None:
    sheet = printed("vertical")
    picture, truth = scan(write(sheet, 4)[0], BY_NAME[case], 4)
    found = laid(FAMILIES["vertical"](71), picture)
    assert found.status == OK and found.evidence is not None
    assert worst(sheet, found.homography, truth) < 2


@pytest.mark.parametrize("case", ["crooked", "skew10"])
def test_lost_squares_fall_back_to_the_print(case: str) -> None:
    sheet = printed("steps")
    picture, truth = scan(write(sheet, 4)[0], BY_NAME[case], 4)
    assert read_marked(picture, sheet.size) is None
    found = laid(sheet, picture)
    assert found.status == OK
    assert worst(sheet, found.homography, truth) < 4


def test_bowed_paper_is_not_believed_flat() -> None:
    sheet = printed("vertical")
    picture, _ = curled(write(sheet, 4)[0], 0.01, 4)
    found = laid(sheet, picture)
    assert found.status != OK or found.mesh is not None


def test_squares_of_another_test_are_not_enough() -> None:
    other = printed("grid", "minamo:other:1:3")
    picture, _ = scan(write(other, 4)[0], BY_NAME["copy98"], 4)
    assert read_marked(picture, other.size) is not None
    assert laid(printed("steps"), picture).status != OK


@pytest.mark.parametrize("variant", [1, 2, 3])
def test_squares_over_the_same_teachers_other_test_are_not_enough(variant: int) -> None:
    """Somebody copied the squares and the code onto another sheet."""
    other = FAMILIES["table"](71, variant)
    other.page = Image.fromarray(stamped(other.image, PAYLOAD))
    picture, _ = scan(write(other, 4)[0], BY_NAME["feeder"], 4)
    assert laid(printed("table"), picture).status != OK


def test_squares_that_lie_about_the_place_are_not_believed() -> None:
    """Squares and code a centimetre from where the blank has them: the print says where the sheet lies."""
    sheet = FAMILIES["table"](71)
    page = write(sheet, 4)[0]
    bare, marks = np.array(page), np.full_like(page, 255)
    marks[80:, 40:] = stamped(np.full_like(page, 255), PAYLOAD)[:-80, :-40]
    bare[marks < 255] = 0
    picture, truth = scan(bare, BY_NAME["straight"], 4)
    found = laid(sheet, picture)
    assert found.status != OK or worst(sheet, found.homography, truth) < 4


def test_a_page_without_squares_has_none() -> None:
    sheet = FAMILIES["grid"](71)
    assert read_marked(scan(write(sheet, 4)[0], BY_NAME["feeder"], 4)[0], sheet.size) is None
    assert read_marked(np.full((2339, 1654), 255, np.uint8), sheet.size) is None
