"""Boxes of a blank sheet, their order, and what is not an answer."""

import numpy as np
import pytest

from minamo.marking.blank import likely
from minamo.marking.tests.papers import overlap
from minamo.marking.vision.boxes import Found, find_boxes
from minamo.marking.vision.headings import opened
from minamo.marking.vision.order import Proposal, propose
from tests.fixtures.papers.canvas import Sheet
from tests.fixtures.papers.layouts import FAMILIES
from tests.fixtures.papers.scanner import finish


def proposed(sheet: Sheet) -> Proposal:
    return propose(find_boxes(sheet.image), sheet.image)


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


@pytest.mark.parametrize("seed", [61, 62, 63])
def test_numbers_alone_between_columns_open_parts_of_a_vertical_sheet(seed: int) -> None:
    sheet = FAMILIES["vertical"](seed)
    groups = proposed(sheet).groups
    columns = sorted({box[2] for box in sheet.boxes[:-1]}, reverse=True)
    counts = [sum(box[2] == right for box in sheet.boxes[:-1]) for right in columns]
    counts[-1] += 1  # the manuscript paper at the left has no number of its own
    assert [len(group) for group in groups] == counts


def test_a_number_beside_every_box_opens_no_part() -> None:
    sheet = Sheet("asked", (2866, 2024), vertical=True)
    columns: list[list[Found]] = [[] for _ in range(4)]
    for column in range(4):
        for row in range(3):
            x, y = 2400 - column * 400, 300 + row * 500
            sheet.text(x + 130, y - 60, "①②③④⑤⑥⑦⑧⑨⑩⑪⑫"[column * 3 + row], 36)
            columns[column].append(Found(sheet.frame((x, y, x + 110, y + 340)), "box", 0.0))
    assert opened(sheet.image, columns) == []


def test_print_in_an_answer_does_not_make_the_number_before_it_an_answer() -> None:
    sheet = Sheet("units")
    for row in range(4):
        for column in range(3):
            x, y = 120 + column * 460, 900 + row * 130
            sheet.frame((x, y, x + 70, y + 96), answer=False)
            sheet.text(x + 16, y + 30, f"({column + 1})", 26)
            sheet.frame((x + 70, y, x + 440, y + 96))
            if row == 3:
                sheet.text(x + 330, y + 50, "世紀条歳年"[column : column + 2], 40)
    proposal = proposed(sheet)
    assert (len(proposal.answers), len(proposal.labels)) == (12, 12)


def test_lines_of_one_long_box_after_rows_of_small_ones_are_one_part() -> None:
    sheet = Sheet("words")
    for row in range(4):
        for column in range(4):
            sheet.frame((120 + column * 360, 300 + row * 130, 440 + column * 360, 400 + row * 130))
    for row in range(2):
        sheet.frame((120, 830 + row * 130, 1520, 930 + row * 130))
    assert [len(group) for group in proposed(sheet).groups] == [4, 4, 4, 4, 2]


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
    proposal = propose([], np.full((2339, 1654), 255, np.uint8))
    assert find_boxes(np.full((2339, 1654), 255, np.uint8)) == []
    assert (proposal.answers, proposal.groups, proposal.number) == ((), (), None)


def test_two_columns_are_read_one_after_the_other() -> None:
    sheet = Sheet("columns")
    for x, tops in ((100, (300, 520, 800)), (900, (360, 610, 900))):
        for y in tops:
            sheet.frame((x, y, x + 600, y + 120))
    assert [one.box[0] < 500 for one in proposed(sheet).answers] == [True] * 3 + [False] * 3


def test_numbers_over_answers_are_labels_and_the_number_stands_beside_its_word() -> None:
    """A table as an office program makes it: 番 ▢ 氏名 ▢, then a row of printed numbers over a row of answers."""
    sheet = Sheet("office")
    head = [Found((at, 200, at + wide, 290), "box", print_) for at, wide, print_ in ((120, 90, 0.04), (210, 140, 0.0), (350, 140, 0.04), (490, 700, 0.0))]  # fmt: skip
    rows = [
        Found((120 + 200 * at, top, 320 + 200 * at, top + high), "box", print_)
        for top, high, print_ in ((400, 55, 0.04), (455, 140, 0.0), (700, 55, 0.04), (755, 140, 0.0))
        for at in range(5)
    ]
    found = propose([*head, *rows], sheet.image)
    assert (found.number, found.name) == (head[1].box, head[3].box)
    assert [one.box for one in found.answers] == [one.box for one in rows if not one.printed]
    assert [len(group) for group in found.groups] == [5, 5]


def test_a_printed_answer_over_a_larger_one_stays_an_answer() -> None:
    """cm in one answer of a row makes no label of it: the others of its row are empty."""
    sheet = Sheet("units")
    rows = [Found((120 + 200 * at, 400, 320 + 200 * at, 480), "box", 0.03 if at == 1 else 0.0) for at in range(3)]
    below = [Found((120 + 200 * at, 480, 320 + 200 * at, 640), "box", 0.0) for at in range(3)]
    assert len(propose([*rows, *below], sheet.image).answers) == 6


def lined(sheet: Sheet, x: int, y: int, lines: int, *, high: int = 70, wide: int = 1100) -> tuple[int, int, int, int]:
    """Ruled lines to write on, in one frame."""
    for line in range(lines):
        sheet.frame((x, y + line * high, x + wide, y + (line + 1) * high), answer=False)
    return x, y, x + wide, y + lines * high


def test_lines_of_one_answer_are_one_box() -> None:
    """Named by a cell as high as all of them, by print in the first line, by print before the middle one, or not at all."""
    sheet = Sheet("lines")
    sheet.head("国語 解答用紙", 400, 160, np.random.default_rng(1))
    wanted = []
    sheet.frame((120, 300, 200, 510), answer=False)
    sheet.text(140, 380, "1", 40)
    wanted.append(lined(sheet, 200, 300, 3))
    wanted.append(lined(sheet, 200, 600, 2))
    sheet.text(214, 620, "(2)", 28)
    sheet.text(100, 880, "問３", 32)
    wanted.append(lined(sheet, 200, 800, 3))
    wanted.append(lined(sheet, 200, 1100, 4))
    for line in range(3):
        sheet.rule(200, 1500 + 90 * line, 1400)
    sheet.text(120, 1460, "(5)", 32)
    proposal = proposed(sheet)
    assert [one.cells for one in proposal.answers] == [3, 2, 3, 4, 3]
    assert all(overlap(box, one.box) > 0.95 for box, one in zip(wanted, proposal.answers, strict=False))
    assert len(proposal.labels) == 1
    assert {likely(one, False) for one in proposal.answers} == {"writing"}


def test_rows_of_a_table_with_names_of_their_own_stay_apart() -> None:
    sheet = Sheet("rows")
    sheet.head("社会 解答用紙", 400, 160, np.random.default_rng(1))
    for row in range(3):
        y = 300 + 70 * row
        sheet.frame((120, y, 200, y + 70), answer=False)
        sheet.text(140, y + 16, str(row + 1), 36)
        sheet.frame((200, y, 1300, y + 70))
    for row in range(3):
        y = 700 + 70 * row
        sheet.frame((200, y, 1300, y + 70))
        sheet.text(212, y + 20, f"({row + 1})", 28)
    for row in range(3):
        y = 1100 + 70 * row
        sheet.text(110, y + 20, "アイウ"[row], 32)
        sheet.frame((200, y, 1300, y + 70))
    for row in range(2):  # two answers in a row, the number printed before the first
        sheet.text(110, 1520 + 70 * row, str(row + 1), 32)
        sheet.frame((200, 1500 + 70 * row, 700, 1570 + 70 * row))
        sheet.frame((700, 1500 + 70 * row, 1200, 1570 + 70 * row))
    assert len(proposed(sheet).answers) == len(sheet.boxes) == 13


def test_lines_of_one_answer_on_a_vertical_sheet_are_one_box() -> None:
    sheet = Sheet("columns", (2866, 2024), vertical=True)
    for column in range(3):
        sheet.frame((2400 - 80 * column, 300, 2480 - 80 * column, 1500), answer=False)
    sheet.text(2420, 250, "問一", 26)
    for column in range(3):
        sheet.frame((1800 - 80 * column, 300, 1880 - 80 * column, 1500))
        sheet.text(1820 - 80 * column, 250, "問" + "二三四"[column], 26)
    proposal = proposed(sheet)
    assert proposal.vertical
    assert [one.cells for one in proposal.answers] == [3, 1, 1, 1]


def in_order(sheet: Sheet) -> bool:
    """The answers are proposed as they were drawn."""
    found = [one.box for one in proposed(sheet).answers]
    return len(found) == len(sheet.boxes) and all(overlap(*pair) > 0.9 for pair in zip(found, sheet.boxes, strict=True))


@pytest.mark.parametrize("rule", [False, True])
def test_a_vertical_sheet_in_two_tiers_is_read_tier_by_tier(rule: bool) -> None:
    sheet = Sheet("tiers", (2866, 2024), vertical=True)
    space = 60 if rule else 180
    for tier in range(2):
        for column in range(6):
            for part in range(2):
                x, y = 2500 - 320 * column, 200 + tier * (740 + space) + part * 390
                sheet.frame((x, y, x + 100, y + 350))
    if rule:
        sheet.pen.line((700, 970, 2700, 970), fill=0, width=3)
    assert in_order(sheet)


def test_columns_of_two_boxes_are_no_tiers() -> None:
    sheet = Sheet("pairs", (2866, 2024), vertical=True)
    for column in range(6):
        for part in range(2):
            x, y = 2500 - 320 * column, 200 + part * 800
            sheet.frame((x, y, x + 100, y + 740))
    assert in_order(sheet)
