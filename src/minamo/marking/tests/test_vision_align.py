"""Alignment without markers: true places, and doubt wherever there is reason to doubt."""

import cv2
import numpy as np
import pytest

from minamo.marking.tests.papers import BY_NAME, corners, filled, worst
from minamo.marking.vision.align import BLANK, OK, REVIEW, TORN, WRONG, align
from minamo.marking.vision.template import prepare
from tests.fixtures.papers.canvas import Sheet
from tests.fixtures.papers.layouts import FAMILIES
from tests.fixtures.papers.pupils import write
from tests.fixtures.papers.scanner import curled, enlarged, scan

MILLIMETRE = 200 / 25.4
SEEDS = {"grid": 31, "table": 32, "steps": 33, "underline": 34, "dashed": 35, "sparse": 36, "vertical": 37}


@pytest.fixture(scope="module", params=sorted(FAMILIES))
def sheet(request: pytest.FixtureRequest) -> Sheet:
    return FAMILIES[request.param](SEEDS[request.param])


@pytest.mark.parametrize("case", ["feeder", "skew10", "copy71", "upside", "left", "phone8"])
def test_every_layout_is_found_to_the_millimetre(sheet: Sheet, case: str) -> None:
    picture, truth = filled(sheet, case, SEEDS[sheet.name] + 7)
    found = align(prepare(sheet.image), picture)
    assert found.status == OK, found.reason
    assert worst(sheet, found.homography, truth) <= MILLIMETRE


@pytest.mark.parametrize("variant", [1, 2, 3])
def test_the_same_teachers_other_test_is_put_to_a_person(sheet: Sheet, variant: int) -> None:
    other = FAMILIES[sheet.name](SEEDS[sheet.name], variant)
    picture, _ = filled(other, "feeder", 5)
    assert align(prepare(sheet.image), picture).status == REVIEW


@pytest.mark.parametrize("seed", range(4))
def test_an_unlike_sheet_is_wrong(seed: int) -> None:
    picture, _ = filled(FAMILIES["table"](seed), "feeder", seed)
    found = align(prepare(FAMILIES["grid"](seed).image), picture)
    assert found.status == REVIEW
    assert found.why


def test_blank_paper_with_speckles_and_a_feeder_line_is_blank() -> None:
    dice = np.random.default_rng(4)
    paper = np.clip(dice.normal(248, 2, (2339, 1654)), 0, 255).astype(np.uint8)
    for x, y in dice.integers(50, 1600, (40, 2)):
        paper[y : y + 2, x : x + 2] = 120
    found = align(prepare(FAMILIES["grid"](1).image), paper)
    assert (found.status, found.reason) == (REVIEW, BLANK)


def test_a_torn_corner_that_takes_print_away_is_seen() -> None:
    sheet = FAMILIES["grid"](SEEDS["grid"])
    page, _ = write(sheet, 8)
    cv2.fillPoly(page, [np.array([[1654, 2339], [1654, 1500], [1050, 2339]])], 250)
    picture, truth = scan(page, BY_NAME["feeder"], 3)
    found = align(prepare(sheet.image), picture)
    assert (found.status, found.reason) == (REVIEW, TORN)
    assert worst(sheet, found.homography, truth) <= MILLIMETRE  # the guess is still offered to the person


def test_a_small_tear_at_the_margin_is_no_reason_to_ask() -> None:
    sheet = FAMILIES["steps"](SEEDS["steps"])
    page, _ = write(sheet, 8)
    cv2.fillPoly(page, [np.array([[0, 2339], [0, 2250], [90, 2339]])], 120)
    picture, truth = scan(page, BY_NAME["feeder"], 3)
    found = align(prepare(sheet.image), picture)
    assert found.status == OK
    assert worst(sheet, found.homography, truth) <= MILLIMETRE


def test_paper_enlarged_to_a3_is_found() -> None:
    sheet = FAMILIES["table"](SEEDS["table"])
    picture, truth = enlarged(write(sheet, 4)[0], 1.414, 4)
    found = align(prepare(sheet.image), picture)
    assert found.status == OK
    assert worst(sheet, found.homography, truth) <= MILLIMETRE * 1.414


@pytest.mark.parametrize("family", ["grid", "table", "vertical"])
def test_bowed_paper_is_followed_by_the_mesh(family: str) -> None:
    sheet = FAMILIES[family](SEEDS[family])
    picture, truth = curled(write(sheet, 9)[0], 0.01, 9)
    found = align(prepare(sheet.image), picture)
    assert found.status == OK
    assert found.mesh is not None
    assert found.homography is not None
    points = corners(sheet)
    seen = cv2.perspectiveTransform(found.mesh.shifted(points).reshape(-1, 1, 2), found.homography).reshape(-1, 2)
    assert np.linalg.norm(seen - truth(points), axis=1).max() <= MILLIMETRE


def manuscript() -> Sheet:
    """原稿用紙: rows of squares with gutters, twice; every corner of print has its like a little further on."""
    sheet = Sheet("manuscript")
    sheet.text(100, 60, "単元テスト 作文", 44)
    for top, rows in ((200, 9), (1300, 8)):
        for row in range(rows):
            y = top + row * 92
            sheet.frame((110, y, 110 + 18 * 78, y + 78), 2, answer=False)
            for column in range(1, 18):
                sheet.pen.line((110 + column * 78, y, 110 + column * 78, y + 78), fill=110, width=1)
        sheet.boxes.append((110, top, 110 + 18 * 78, top + rows * 92 - 14))
    return sheet


@pytest.mark.parametrize("case", ["straight", "feeder", "copy98"])
def test_manuscript_paper_under_handwriting_is_not_called_bowed(case: str) -> None:
    sheet = manuscript()
    picture, truth = filled(sheet, case, 5)
    found = align(prepare(sheet.image), picture)
    assert found.status == OK, found.reason
    assert worst(sheet, found.homography, truth) <= MILLIMETRE


def test_bowed_manuscript_paper_is_never_silently_flat() -> None:
    sheet = manuscript()
    points = corners(sheet)
    for share in (0.004, 0.008, 0.012):
        picture, truth = curled(write(sheet, 9)[0], share, 9)
        found = align(prepare(sheet.image), picture)
        if found.status == OK and found.homography is not None:
            bent = found.mesh.shifted(points) if found.mesh is not None else points
            seen = cv2.perspectiveTransform(bent.reshape(-1, 1, 2), found.homography).reshape(-1, 2)
            assert np.linalg.norm(seen - truth(points), axis=1).max() <= MILLIMETRE, share


def test_the_answer_does_not_depend_on_the_pages_before() -> None:
    sheet = FAMILIES["vertical"](SEEDS["vertical"])
    template = prepare(sheet.image)
    pages = [filled(sheet, case, 11)[0] for case in ("feeder", "phone8", "upside")]
    forward = [align(template, page) for page in pages]
    backward = [align(template, page) for page in reversed(pages)][::-1]
    for first, second in zip(forward, backward, strict=True):
        assert first.score == second.score
        assert np.array_equal(first.homography, second.homography)


@pytest.mark.parametrize("size", [(1, 1), (40, 3000), (64, 64)])
def test_scraps_are_reviewed_not_crashed(size: tuple[int, int]) -> None:
    found = align(prepare(FAMILIES["grid"](1).image), np.full(size, 200, np.uint8))
    assert (found.status, found.homography) == (REVIEW, None)


def test_noise_is_no_sheet() -> None:
    noise = np.random.default_rng(1).integers(0, 255, (2339, 1654)).astype(np.uint8)
    found = align(prepare(FAMILIES["sparse"](SEEDS["sparse"]).image), noise)
    assert found.status == REVIEW
    assert found.reason != WRONG or found.score < 0.5
