"""大問: printed marks part a sheet where the file has words, gaps where it has none; printed numbers order each part."""

from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from minamo.marking.blank import take_in
from minamo.marking.sheet_values import Blank
from minamo.marking.tests.papers import overlap
from minamo.marking.vision.boxes import find_boxes
from minamo.marking.vision.order import propose
from tests.fixtures.papers.heads import Head, words
from tests.fixtures.papers.parted import Part, across, beside, tiers, wrapped

SIZES = [10, 5, 5, 4, 1, 1]


def taken(head: Head, folder: Path) -> Blank:
    path = folder / "用紙.pdf"
    path.write_bytes(head.pdf())
    return take_in(path)


def in_order(blank: Blank, head: Head) -> bool:
    found = [one.box for one in blank.questions]
    return len(found) == len(head.own) and all(overlap(*pair) > 0.9 for pair in zip(found, head.own, strict=True))


@pytest.mark.parametrize(
    "marks",
    [
        "□1 □2 □3 □4 □5 □6",
        "Ⅰ Ⅱ Ⅲ Ⅳ Ⅴ Ⅵ",
        "【1】 【2】 【3】 【4】 【5】 【6】",
        "大問一 大問二 大問三 大問四 大問五 大問六",
    ],
)
def test_printed_marks_part_a_sheet_with_large_fields(marks: str, tmp_path: Path) -> None:
    head = across(marks.split())
    blank = taken(head, tmp_path)
    assert in_order(blank, head)
    assert list(Counter(one.section for one in blank.questions).values()) == SIZES


def test_marks_that_do_not_count_on_decide_nothing(tmp_path: Path) -> None:
    """□2 is printed twice: the gaps part the sheet."""
    blank = taken(across(["□1", "□2", "□2", "□4", "□5", "□6"]), tmp_path)
    assert list(Counter(one.section for one in blank.questions).values()) == SIZES


@pytest.mark.parametrize("marks", ["□1 □2 □3 □4 □5", "1 2 3 4 5", "1. 2. 3. 4. 5."])
def test_marks_over_other_gaps_decide(marks: str, tmp_path: Path) -> None:
    """Two rows that stand apart are one part where no mark stands between them; a numeral that begins a line of words is a mark."""
    first, *others = marks.split()
    blank = taken(across([first, "", *others]), tmp_path)
    assert list(Counter(one.section for one in blank.questions).values()) == [15, 5, 4, 1, 1]


def test_numerals_that_count_something_in_a_sentence_are_no_marks(tmp_path: Path) -> None:
    blank = taken(across(["1月に、", "", "2月に、", "3月に、", "", ""]), tmp_path)
    assert list(Counter(one.section for one in blank.questions).values()) == SIZES


def test_numerals_with_words_that_count_questions_are_no_marks(tmp_path: Path) -> None:
    """Five questions of one box each with their words, and six rows of five far apart: numerals that mostly open a single box count questions."""
    free = [letter for at in range(6) for letter in words(118, 330 + at * 150, 30, f"{at + 1} 次の語を書きなさい")]
    boxes = [(118, 370 + at * 150, 518, 450 + at * 150) for at in range(5)]
    boxes += [(118 + at % 5 * 280, 1130 + at // 5 * 190, 398 + at % 5 * 280, 1190 + at // 5 * 190) for at in range(30)]
    blank = taken(Head([], free=free, own=boxes), tmp_path)
    assert len(blank.questions) == 35
    assert list(Counter(one.section for one in blank.questions).values()) != [1, 1, 1, 1, 1, 30]


def test_large_fields_do_not_join_the_parts_of_a_scan() -> None:
    """Most parts are one line, so that the wide gaps are the usual ones."""
    image = across(["", "", "", "", "", ""]).sheet().image
    assert [len(group) for group in propose(find_boxes(image), image).groups] == SIZES


def test_printed_numbers_say_the_order_of_tiers_and_parts_of_a_vertical_sheet(tmp_path: Path) -> None:
    head = tiers()
    blank = taken(head, tmp_path)
    assert blank.vertical
    assert in_order(blank, head)
    assert [one.section for one in blank.questions] == [*"一" * 8, *"二" * 3, *"三" * 2]


def test_boxes_of_the_head_before_the_first_mark_do_not_undo_the_marks(tmp_path: Path) -> None:
    """組 □ 番 down a column, the name's box in the next one: both are known by their words. Without words they go to the first part."""
    head = wrapped()
    blank = taken(head, tmp_path)
    assert blank.vertical and in_order(blank, head)
    assert blank.number and head.number and overlap(blank.number, head.number) > 0.9
    assert blank.name and head.name and overlap(blank.name, head.name) > 0.9
    assert [one.section for one in blank.questions] == [*"一" * 6, *"二" * 3, *"三" * 2]
    unsigned = taken(wrapped(signed=False), tmp_path)
    assert unsigned.name is None
    assert [one.section for one in unsigned.questions] == [*"一" * 8, *"二" * 3, *"三" * 2]


TWO: tuple[Part, ...] = (("1", 118, 330, 1, 5), ("2", 860, 330, 1, 5))
FOUR: tuple[Part, ...] = (
    ("【1】", 118, 330, 2, 2),
    ("【2】", 860, 330, 2, 4),
    ("【3】", 118, 830, 2, 3),
    ("【4】", 860, 980, 2, 1),
)
LONG: tuple[Part, ...] = (("大問一", 118, 330, 1, 8), ("大問二", 860, 330, 2, 3), ("大問三", 860, 880, 2, 2))
UNDER: tuple[Part, ...] = (("□1", 118, 330, 2, 2), ("□2", 860, 330, 2, 2), ("□3", 118, 830, 4, 1))


@pytest.mark.parametrize("parts", [TWO, FOUR, LONG, UNDER], ids=["two", "four", "a long one", "a wide one under two"])
def test_parts_beside_each_other_are_read_one_after_the_other(parts: tuple[Part, ...], tmp_path: Path) -> None:
    head = beside(*parts)
    blank = taken(head, tmp_path)
    assert in_order(blank, head)
    assert list(Counter(one.section for one in blank.questions).values()) == [many * lines for *_, many, lines in parts]


def test_parts_beside_each_other_without_numbers(tmp_path: Path) -> None:
    """The marks alone decide where nothing else can be meant; a wide part under two narrow ones could be anybody's."""
    head = beside(*FOUR[:3], numbered=False)
    assert in_order(taken(head, tmp_path), head)
    doubtful = beside(*UNDER, numbered=False)
    groups = Counter(one.section for one in taken(doubtful, tmp_path).questions)
    assert list(groups.values()) != [4, 6, 2], "not the last two under □2"


def test_columns_whose_numbers_do_not_count_on_are_no_parts(tmp_path: Path) -> None:
    """Two marks in a line over boxes that are numbered through line by line: they are read as they are numbered."""
    head = beside(("1", 118, 330, 4, 3))
    head = replace(head, free=[*head.free, *words(860, 330, 34, "2")])
    assert in_order(taken(head, tmp_path), head)
