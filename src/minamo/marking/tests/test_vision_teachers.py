"""Sheets as strangers make them: what is one answer, what is none, and what has no rules at all."""

from collections.abc import Callable

import numpy as np
import pytest

from minamo.marking.tests.papers import overlap
from minamo.marking.vision.boxes import find_boxes
from minamo.marking.vision.letters import Letter
from minamo.marking.vision.order import Proposal, propose
from tests.fixtures.papers.canvas import Sheet, font
from tests.fixtures.papers.teachers import Typed, arithmetic, english, japanese, science


def proposed(sheet: Typed) -> Proposal:
    return propose(find_boxes(sheet.image), sheet.image, sheet.letters)


@pytest.mark.parametrize("make", [arithmetic, science, english, japanese])
def test_every_answer_and_nothing_else_in_reading_order(make: Callable[[], Typed]) -> None:
    sheet = make()
    answers = [one.box for one in proposed(sheet).answers]
    found = [[at for at, one in enumerate(answers) if overlap(box, one) > 0.7] for box in sheet.boxes]
    assert [len(places) for places in found] == [1] * len(sheet.boxes)
    assert len(answers) == len(sheet.boxes)
    assert [places[0] for places in found] == list(range(len(answers)))


def test_round_corners_are_part_of_their_box() -> None:
    sheet = arithmetic()
    found = [one.box for one in find_boxes(sheet.image) if one.kind == "box"]
    assert all(max(overlap(box, one) for one in found) > 0.93 for box in sheet.boxes[:4])


def test_an_answer_within_its_working_is_a_box_and_so_is_the_working() -> None:
    sheet = Sheet("nested")
    sheet.frame((120, 300, 1500, 600), 3)
    sheet.frame((900, 500, 1460, 580), 3)  # an answer in the corner
    sheet.frame((120, 700, 1500, 1000), 5, answer=False)  # a frame around a part
    sheet.frame((150, 730, 780, 970), 3)
    sheet.frame((820, 730, 1470, 970), 3)
    found = [one.box for one in find_boxes(sheet.image)]
    assert len(found) == len(sheet.boxes)
    assert all(max(overlap(box, one) for one in found) > 0.93 for box in sheet.boxes)


def test_an_underline_stands_alone_and_a_frame_edge_does_not() -> None:
    sheet = Sheet("edges")
    sheet.frame((100, 300, 1550, 2100), 5, answer=False)
    for at in range(3):
        sheet.frame((160 + at * 300, 400, 400 + at * 300, 500), 3)
    sheet.pen.line((1100, 460, 1400, 460, 1400, 900), fill=0, width=3)  # of a figure
    sheet.rule(200, 700, 900)
    lines = [one for one in find_boxes(sheet.image) if one.kind == "line"]
    assert [(one.box[0], one.box[2], one.box[3]) for one in lines] == [(201, 902, 701)]


def test_broken_rules_that_lead_the_hand_part_no_answer() -> None:
    """Dashed lines in an empty box are lines to write on; with a heading in one of the cells they are a table."""
    sheet = Typed("lines")
    sheet.frame((120, 300, 1500, 600), 3)
    sheet.frame((120, 800, 1500, 1000), 3, answer=False)
    for y in (400, 500, 900):
        sheet.dash((120, y, 1500, y), 2, 0)
    sheet.dash((260, 800, 260, 1000), 2, 0)
    for row, word in enumerate("アイ"):
        sheet.text(175, 832 + row * 100, word, 34)
    found = [one.box for one in proposed(sheet).answers]
    assert len(found) == 3
    assert overlap(found[0], sheet.boxes[0]) > 0.9


def test_a_word_of_the_teachers_table_alone_stays_a_question() -> None:
    """Two 観点 in one row are the teacher's; a 思考 alone may be a word to be read."""
    sheet = Typed("alone")
    sheet.named((200, 800, 400, 880), "思考")
    sheet.frame((400, 800, 800, 880), 2)
    sheet.named((200, 900, 400, 980), "損失")
    sheet.frame((400, 900, 800, 980), 2)
    assert len(proposed(sheet).answers) == 2


def test_no_before_a_question_is_not_the_number_of_a_pupil() -> None:
    assert proposed(english()).number is None


def test_brackets_want_room_and_empty_paper() -> None:
    sheet = Typed("brackets")
    sheet.text(130, 400, "（　）に入る語を書く（時速を求める）", 30)
    sheet.text(130, 500, "（", 30)
    sheet.text(600, 500, "］", 30)
    sheet.text(130, 600, "［", 30)
    sheet.text(600, 600, "］", 30)
    found = [one.box for one in proposed(sheet).answers]
    assert [(130 < x0 < 170, 590 < x1 < 620, y0 < 620 < y1) for x0, y0, x1, y1 in found] == [(True, True, True)]


def test_brackets_are_read_where_their_sentence_stands() -> None:
    """A sentence across both columns: its bracket at the right is read before the boxes under it at the left."""
    sheet = Typed("sentences")
    for row, words in enumerate(("(1) かん電池の向きをかえるとモーターは（", "(2) 電流は（")):
        sheet.text(130, 400 + row * 100, words, 34)
        x = round(130 + font(34).getlength(words))
        sheet.text(x + 260, 400 + row * 100, "）です。", 34)
        sheet.boxes.append((x, 390 + row * 100, x + 260, 458 + row * 100))
    for row in range(3):
        for x in (250, 1000):
            sheet.frame((x, 700 + row * 240 + x // 20, x + 220, 800 + row * 240 + x // 8), 3)
    answers = [one.box for one in proposed(sheet).answers]
    assert [max(range(8), key=lambda at: overlap(box, answers[at])) for box in sheet.boxes] == list(range(8))


def test_letters_beside_boxes_say_their_order() -> None:
    """A map: B stands higher than A."""
    sheet = Typed("map")
    for word, (x, y) in {"A": (300, 700), "B": (900, 560), "C": (1100, 900)}.items():
        sheet.text(x - 50, y + 22, word, 34)
        sheet.frame((x, y, x + 240, y + 80), 2)
    answers = [one.box for one in proposed(sheet).answers]
    assert [max(range(3), key=lambda at: overlap(box, answers[at])) for box in sheet.boxes] == [0, 1, 2]


@pytest.mark.parametrize("answers_are_gray", [False, True])
def test_gray_cells_with_words_are_headings_and_gray_answers_are_not(*, answers_are_gray: bool) -> None:
    """A tall heading with its word at the top (vertical tables), or the other way round: gray is where one writes."""
    sheet = Typed("gray")
    for at in range(4):
        heading, answer = (200 + at * 340, 400, 290 + at * 340, 900), (290 + at * 340, 400, 500 + at * 340, 900)
        sheet.pen.rectangle(answer if answers_are_gray else heading, fill=215)
        sheet.frame(heading, 2, answer=False)
        sheet.text(heading[0] + 30, 415, "一二三四"[at], 34)
        sheet.frame(answer, 2)
    answers = [one.box for one in proposed(sheet).answers]
    found = [max(overlap(box, one) for one in answers) > 0.9 for box in sheet.boxes]
    assert all(found)
    assert len(answers) == (8 if answers_are_gray else 4)


def test_a_box_to_ring_one_of_two_is_an_answer() -> None:
    sheet = Typed("rings")
    sheet.named((200, 400, 420, 480), "ア・イ")
    sheet.named((500, 400, 720, 480), "正しい")
    assert [one.box[0] < 300 for one in proposed(sheet).answers] == [True]


def test_a_line_of_letters_is_no_broken_rule() -> None:
    sheet = Sheet("letters")
    for y in (400, 520):
        sheet.text(200, y, "ー＝二三ニ＝ー一二三ーニ＝ー一二三", 40)
    assert find_boxes(sheet.image) == []


def test_no_letters_are_needed_for_what_rules_say() -> None:
    """A scanned blank has the same boxes, but for brackets."""
    sheet = english()
    bare = propose(find_boxes(sheet.image), sheet.image, ())
    found = [one.box for one in bare.answers]
    ruled = [box for at, box in enumerate(sheet.boxes) if not 7 <= at < 10]
    assert all(max(overlap(box, one) for one in found) > 0.7 for box in ruled)
    assert not [one for one in bare.answers if one.kind == "bracket"]


def test_letters_of_the_fixture_lie_on_its_print() -> None:
    sheet = english()
    assert isinstance(sheet.letters[0], Letter)
    assert all(
        np.any(sheet.image[one.box[1] : one.box[3] + 1, one.box[0] : one.box[2] + 1] < 128) for one in sheet.letters
    )
