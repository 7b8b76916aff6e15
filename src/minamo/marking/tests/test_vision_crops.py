"""Crops, blanks and second scans."""

import dataclasses

import numpy as np
import pytest

from minamo.marking.tests.papers import BY_NAME
from minamo.marking.vision.align import OK, Alignment, align, lay, scanned
from minamo.marking.vision.crops import MARGIN, crop, outside, packed
from minamo.marking.vision.duplicates import BLOCK, Trace, digest, duplicates, likeness, trace, underlay, unit
from minamo.marking.vision.emptiness import printing, written
from minamo.marking.vision.template import prepare
from tests.fixtures.papers.canvas import Sheet
from tests.fixtures.papers.layouts import FAMILIES
from tests.fixtures.papers.pupils import write
from tests.fixtures.papers.scanner import curled, finish, scan

STILL = Alignment(OK, None, np.eye(3), 1.0)


def test_a_crop_of_the_unmoved_page_is_the_page() -> None:
    page = np.random.default_rng(1).integers(0, 255, (400, 600)).astype(np.uint8)
    assert np.array_equal(crop(page, STILL, (100, 50, 300, 200), margin=10), page[40:210, 90:310])


@pytest.mark.parametrize("case", ["upside", "left", "phone8", "copy71"])
def test_crops_come_out_upright_and_in_place(case: str) -> None:
    sheet = FAMILIES["steps"](41)
    page, _ = write(sheet, 3)
    picture, truth = scan(page, BY_NAME[case], 3)
    found = Alignment(OK, None, truth, 1.0)
    for box in sheet.boxes[:6]:
        seen = crop(picture, found, box, margin=0).astype(float)
        wanted = page[box[1] : box[3], box[0] : box[2]].astype(float)
        assert np.corrcoef(seen.ravel(), wanted.ravel())[0, 1] > 0.8


def test_crops_follow_the_bow_of_the_paper() -> None:
    sheet = FAMILIES["grid"](31)
    page, _ = write(sheet, 9)
    picture, _ = curled(page, 0.01, 9)
    found = align(prepare(sheet.image), picture)
    assert found.mesh is not None
    box = sheet.boxes[len(sheet.boxes) // 2]
    seen = crop(picture, found, box, margin=0).astype(float)
    wanted = page[box[1] : box[3], box[0] : box[2]].astype(float)
    assert np.corrcoef(seen.ravel(), wanted.ravel())[0, 1] > 0.85


def test_a_box_off_the_picture_is_noticed() -> None:
    shifted = Alignment(OK, None, np.array([[1, 0, -80], [0, 1, 0], [0, 0, 1.0]]), 1.0)
    boxes = [(50, 50, 300, 100), (90, 50, 300, 100), (1500, 50, 1800, 100)]
    assert outside(shifted, boxes, (1654, 2339)) == [True, False, True]
    assert outside(STILL, boxes, (1654, 2339)) == [False, False, True]
    assert outside(STILL, [], (1654, 2339)) == []


def test_crops_are_packed_as_jpeg() -> None:
    assert packed(np.full((90, 200), 240, np.uint8)).startswith(b"\xff\xd8")


def test_a_page_without_homography_has_no_crops() -> None:
    with pytest.raises(ValueError, match="homography"):
        crop(np.zeros((9, 9), np.uint8), Alignment("review", "blank", None, 0.0), (0, 0, 5, 5))


@pytest.mark.parametrize(
    ("family", "kind"), [("grid", "scan"), ("steps", "faint"), ("vertical", "copy"), ("underline", "scan")]
)
def test_no_answer_is_called_blank_and_blanks_are_found(family: str, kind: str) -> None:
    sheet = FAMILIES[family](51)
    blanks = found = 0
    for seed in range(3):
        page, filled_in = write(sheet, seed, empty=0.4)
        picture = finish(page, kind, np.random.default_rng(seed))
        for box, has in zip(sheet.answers, filled_in, strict=True):
            empty = written(crop(picture, STILL, box), printing(crop(sheet.image, STILL, box), MARGIN)).blank
            assert not (has and empty), box
            blanks += not has
            found += empty and not has
    assert found >= 0.8 * blanks > 0


def test_one_small_stroke_is_an_answer() -> None:
    sheet = FAMILIES["grid"](51)
    page, box = sheet.image, sheet.boxes[4]
    print_of = printing(crop(sheet.image, STILL, box), MARGIN)
    assert written(crop(page, STILL, box), print_of).blank
    x, y = (box[0] + box[2]) // 2, (box[1] + box[3]) // 2
    page[y - 1 : y + 2, x - 8 : x + 8] = 150
    assert not written(crop(page, STILL, box), print_of).blank


def traced(sheet: Sheet, picture: np.ndarray) -> Trace:
    shown = scanned(picture)
    return trace(underlay(sheet.image), picture, lay(prepare(sheet.image), shown), digest(shown.small))


def traces(cases: list[tuple[int, str, int]]) -> dict[int, Trace]:
    """Traces of pages given as (page, machine, pupil's seed)."""
    sheet = FAMILIES["vertical"](37)
    found = {}
    for page, case, seed in cases:
        picture, _ = scan(write(sheet, seed)[0], BY_NAME[case], page)
        found[page] = traced(sheet, picture)
    return found


def test_a_second_scan_is_known_by_its_ink_whatever_the_machine_did() -> None:
    seen = traces([(0, "feeder", 1), (1, "feeder", 2), (2, "upside", 1), (3, "crooked", 3), (4, "copy98", 2)])
    assert duplicates(seen) == {2: 0, 4: 1}
    assert duplicates(dict(reversed(seen.items()))) == {2: 0, 4: 1}


def test_empty_sheets_are_not_copies_of_each_other() -> None:
    sheet = FAMILIES["grid"](31)
    scans = [scan(sheet.image, BY_NAME["feeder"], seed)[0] for seed in (2, 3)]
    one, other = (traced(sheet, bare) for bare in scans)
    assert likeness(one, other) == 0 and duplicates({0: one, 1: other}) == {}


def test_the_very_same_scan_is_a_copy_however_little_is_written_on_it() -> None:
    sheet = FAMILIES["grid"](31)
    bare, _ = scan(sheet.image, BY_NAME["feeder"], 2)
    first = traced(sheet, bare)
    again = Trace.unpacked(traced(sheet, bare).packed())
    assert duplicates({4: first, 9: again, 11: again}) == {9: 4, 11: 4}
    before = dataclasses.replace(first, exact=b"")  # kept before scans were told by this
    assert Trace.unpacked(before.packed()).exact == b"" and duplicates({0: before, 1: before}) == {}


def test_thousands_of_pages_are_compared_in_blocks() -> None:
    dice = np.random.default_rng(5)

    def made() -> Trace:
        return Trace(
            dice.integers(-127, 127, 900).astype(np.int8), unit(dice.integers(0, 255, (9, 9)).astype(np.uint8))
        )

    seen = {page: made() for page in range(2 * BLOCK + 40)}
    seen[BLOCK + 7] = seen[2 * BLOCK + 3] = seen[11]
    seen[30] = seen[29]
    assert duplicates(seen) == {30: 29, BLOCK + 7: 11, 2 * BLOCK + 3: 11}
