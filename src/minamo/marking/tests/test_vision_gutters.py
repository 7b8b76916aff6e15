"""左右の列: what is read column by column, and what must stay line by line. Sheets are drawn here, and read as scans (no words)."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from minamo.marking.blank import take_in
from minamo.marking.tests.papers import overlap
from minamo.marking.vision.boxes import find_boxes
from minamo.marking.vision.order import Proposal, propose
from tests.fixtures.papers.canvas import Box, Sheet
from tests.fixtures.papers.heads import Head, row
from tests.fixtures.papers.layouts import FAMILIES

Column = tuple[int, int, int]
"""Where it begins (x), how wide its boxes are, how many stand beside each other wall to wall."""


def drawn(
    columns: Sequence[Column],
    *,
    rows: int = 7,
    top: int = 420,
    high: int = 110,
    apart: int = 0,
    labels: int = 70,
    shift: int = 0,
) -> tuple[Sheet, list[list[Box]]]:
    """Columns of boxes, each behind a printed cell (`labels` pixels, 0 = none); the boxes column by column, line by line."""
    sheet = Sheet("columns")
    sheet.head("確認テスト", 520, 150, np.random.default_rng(3))
    found: list[list[Box]] = []
    for at, (x, wide, many) in enumerate(columns):
        boxes = []
        for line in range(rows):
            for one in range(many):
                left, y = x + one * (labels + wide), top + at * shift + line * (high + apart)
                if labels:
                    sheet.frame((left, y, left + labels, y + high), answer=False)
                    sheet.text(left + 12, y + 34, f"({line * many + one + 1})", 26)
                boxes.append(sheet.frame((left + labels, y, left + labels + wide, y + high)))
        found.append(boxes)
    return sheet, found


def read(sheet: Sheet) -> Proposal:
    return propose(find_boxes(sheet.image), sheet.image)


def order(proposal: Proposal, boxes: Sequence[Box]) -> bool:
    return len(proposal.answers) == len(boxes) and all(
        overlap(one, answer.box) > 0.8 for one, answer in zip(boxes, proposal.answers, strict=True)
    )


def by_column(found: list[list[Box]]) -> list[Box]:
    return [box for boxes in found for box in boxes]


def by_line(found: list[list[Box]]) -> list[Box]:
    return sorted(by_column(found), key=lambda box: (box[1], box[0]))


TWO = ((110, 560, 1), (860, 560, 1))
BLOCKS = ((110, 200, 2), (860, 200, 2))
THREE = ((110, 330, 1), (610, 330, 1), (1110, 330, 1))


@pytest.mark.parametrize("columns", [TWO, BLOCKS, THREE], ids=["two", "blocks of two", "three"])
def test_tables_beside_each_other_are_read_column_by_column(columns: Sequence[Column]) -> None:
    sheet, found = drawn(columns)
    assert order(read(sheet), by_column(found))


def test_a_wide_part_over_or_under_the_columns_keeps_its_place() -> None:
    sheet, found = drawn(TWO, rows=6)
    foot = sheet.frame((110, 1300, 1560, 1700))
    head = sheet.frame((110, 280, 1560, 390))
    assert order(read(sheet), [head, *by_column(found), foot])


def test_boxes_alone_in_two_columns_need_much_paper_between_them() -> None:
    far, found = drawn(((110, 500, 1), (1000, 500, 1)), labels=0, apart=40)
    assert order(read(far), by_column(found))
    near, found = drawn(((110, 640, 1), (820, 640, 1)), labels=0, apart=40)
    assert order(read(near), by_line(found))


def test_a_rule_between_the_columns_is_enough() -> None:
    sheet, found = drawn(((110, 640, 1), (810, 640, 1)), labels=0, apart=60)
    sheet.pen.line((780, 420, 780, 1570), fill=0, width=3)
    assert order(read(sheet), by_column(found))


def test_print_across_the_columns_parts_them() -> None:
    """A line of words over both columns halfway down: what stands over it is not read after what stands under it."""
    sheet, _ = drawn(TWO, rows=4, top=420)
    sheet.text(110, 930, "次の文を読んで、あとの問いに答えなさい。それぞれの記号を書きなさい。ただし答えは一つ。", 32)
    second, lower = drawn(TWO, rows=4, top=1000)
    for boxes in lower:
        for left, top, right, low in boxes:
            sheet.frame((left - 70, top, left, low), answer=False)
            sheet.text(left - 58, top + 34, "(1)", 26)
            sheet.frame((left, top, right, low))
    proposal = read(sheet)
    assert second.size == sheet.size
    places = [box[1] < 930 for box in (one.box for one in proposal.answers)]
    assert places == sorted(places, reverse=True)


@pytest.mark.parametrize("case", ["table", "many", "close"])
def test_what_is_read_line_by_line_stays_so(case: str) -> None:
    """One table of two columns wall to wall; five boxes a line; two boxes a line no further apart than the lines."""
    columns: Sequence[Column] = {
        "table": ((110, 680, 1), (860, 680, 1)),
        "many": tuple((110 + 290 * at, 150, 1) for at in range(5)),
        "close": ((110, 600, 1), (850, 600, 1)),
    }[case]
    sheet, found = drawn(columns, apart=0 if case == "table" else 70)
    assert order(read(sheet), by_line(found))


@pytest.mark.parametrize("family", ["grid", "table", "steps", "dashed", "sparse"])
@pytest.mark.parametrize("seed", range(70, 82))
def test_sheets_read_in_lines_are_left_alone(family: str, seed: int) -> None:
    sheet = FAMILIES[family](seed)
    places = [max(range(len(sheet.answers)), key=lambda at: overlap(sheet.answers[at], one.box)) for one in read(sheet).answers]  # fmt: skip
    assert places == sorted(places)


def numbered(*numbers: Sequence[int]) -> Head:
    """Two columns of six far apart, with these numbers in the cells before the boxes."""
    cells = [*row(900, 170, 94, (90, "番号", "c"), (110, "", "c"), (90, "氏名", "c"), (350, "", "c"))]
    labels = [
        (x, 420 + 110 * at, 70, 110, f"({number})", "c")
        for x, column in zip((110, 860), numbers, strict=True)
        for at, number in enumerate(column)
    ]
    boxes = [(x + wide, y, x + wide + 500, y + high) for x, y, wide, high, *_ in labels]
    return Head(cells, (990, 170, 1100, 264), (1190, 170, 1540, 264), rows=labels, own=boxes)


@pytest.mark.parametrize(("left", "right", "parts"), [((1, 2, 3, 4, 5, 6), (7, 8, 9, 10, 11, 12), [12]), ((1, 3, 5, 7, 9, 11), (2, 4, 6, 8, 10, 12), None), ((1, 2, 3, 4, 5, 6), (1, 2, 3, 4, 5, 6), [6, 6])])  # fmt: skip
def test_printed_numbers_overrule_the_paper(
    left: Sequence[int], right: Sequence[int], parts: list[int] | None, tmp_path: Path
) -> None:
    """Where the file has words: (7) follows (6) at the head of the next column in one part; (2) stands at the right of (1); (1) again is another part."""
    head = numbered(left, right)
    path = tmp_path / "用紙.pdf"
    path.write_bytes(head.pdf())
    blank = take_in(path)
    columns = [head.own[:6], head.own[6:]]
    wished = by_line([list(one) for one in columns]) if parts is None else by_column([list(one) for one in columns])
    assert all(overlap(box, one.box) > 0.8 for box, one in zip(wished, blank.questions, strict=True))
    if parts is not None:
        sections = [one.section for one in blank.questions]
        assert [sections.count(one) for one in dict.fromkeys(sections)] == parts
