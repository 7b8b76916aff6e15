"""Boxes of a blank sheet, their order, and what is not an answer."""

import numpy as np
import pytest

from minamo.marking.tests.papers import overlap
from minamo.marking.vision.boxes import find_boxes
from minamo.marking.vision.order import Proposal, propose
from tests.fixtures.papers.canvas import Sheet
from tests.fixtures.papers.layouts import FAMILIES
from tests.fixtures.papers.scanner import finish


def proposed(sheet: Sheet) -> Proposal:
    return propose(find_boxes(sheet.image), sheet.size)


@pytest.mark.parametrize("family", sorted(FAMILIES))
@pytest.mark.parametrize("seed", [61, 62])
def test_all_answers_in_reading_order_and_nothing_else(family: str, seed: int) -> None:
    sheet = FAMILIES[family](seed)
    proposal = proposed(sheet)
    places = [
        max(range(len(proposal.answers)), key=lambda at: overlap(box, proposal.answers[at].box))
        for box in sheet.answers
    ]
    found = [overlap(box, proposal.answers[at].box) > 0.7 for box, at in zip(sheet.answers, places, strict=True)]
    assert sum(found) >= 0.95 * len(found)
    assert len(proposal.answers) <= 1.05 * len(sheet.answers)
    assert sorted(places) == places
    assert proposal.vertical == sheet.vertical
    assert proposal.number is not None and overlap(proposal.number, sheet.number) > 0.8
    assert proposal.name is not None and overlap(proposal.name, sheet.person) > 0.8
    assert sorted(at for group in proposal.groups for at in group) == list(range(len(proposal.answers)))


def test_tables_with_number_cells_keep_them_as_labels() -> None:
    sheet = FAMILIES["table"](61)
    assert len(proposed(sheet).labels) == len(sheet.answers)


def test_parts_apart_are_proposed_as_groups() -> None:
    sheet = FAMILIES["table"](61)
    starts = {group[0] for group in proposed(sheet).groups}
    breaks = {at for at in range(1, len(sheet.boxes)) if sheet.boxes[at][1] - sheet.boxes[at - 1][3] > 30}
    assert starts == {0, *breaks}


def test_a_manuscript_grid_is_one_box() -> None:
    grids = [one for one in find_boxes(FAMILIES["vertical"](61).image) if one.kind == "grid"]
    assert len(grids) == 1
    assert grids[0].cells >= 60


def test_underlines_leave_room_to_write_and_boxes_have_none() -> None:
    sheet = FAMILIES["underline"](61)
    lines = [one for one in find_boxes(sheet.image) if one.kind == "line"]
    assert len(lines) == len(sheet.lines)
    assert all(40 <= one.height <= 100 for one in lines)


def test_a_scanned_blank_serves_as_well() -> None:
    sheet = FAMILIES["steps"](61)
    scanned = finish(sheet.image, "scan", np.random.default_rng(1))
    found = [one.box for one in find_boxes(scanned)]
    assert all(max(overlap(box, one) for one in found) > 0.8 for box in sheet.boxes)


def test_empty_paper_has_no_boxes() -> None:
    proposal = propose(find_boxes(np.full((2339, 1654), 255, np.uint8)), (1654, 2339))
    assert (proposal.answers, proposal.groups, proposal.number) == ((), (), None)


def test_two_columns_are_read_one_after_the_other() -> None:
    sheet = Sheet("columns")
    for x, tops in ((100, (300, 520, 800)), (900, (360, 610, 900))):
        for y in tops:
            sheet.frame((x, y, x + 600, y + 120))
    assert [one.box[0] < 500 for one in proposed(sheet).answers] == [True] * 3 + [False] * 3
