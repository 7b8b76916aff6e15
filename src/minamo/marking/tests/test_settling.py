"""確定の決まり: what stands in the way, what may be named, and which texts a mark bears out."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from minamo.marking.accuracy import confirmed, lines
from minamo.marking.analysis.values import CLASH, UNREAD, WRITTEN
from minamo.marking.settling import (
    CHECKS,
    DIFFERENT,
    EMPTY,
    MET,
    NAMEABLE,
    NOBODY,
    READING,
    TRAY,
    UNBOUND,
    UNMARKED,
    Pages,
    Sheet,
    lacks,
    look_of,
    paper_of,
    stands_in_the_way,
    text_of,
)  # fmt: skip
from minamo.marking.setup import Question

BOX = (0.0, 0.0, 100.0, 60.0)
KANA = Question("q1", "(1)", BOX, "symbol", "アイウエ", ("ア",), 2, "1", "知識・技能")
WORDS = Question("q2", "(2)", BOX, "writing", "", ("わけ",), 3, "1", "思考・判断・表現")
BOTH = (KANA, WORDS)
WHOLE = Sheet("p1", 1, "page", (2, 3))


def kinds(*sheets: Sheet, pages: Pages = Pages(), met=None, checks=None, changed=None) -> list[str]:
    return [one.kind for one in lacks(BOTH, sheets, pages, met or {}, checks or {}, changed or {}, {})]


def test_a_whole_class_lacks_nothing() -> None:
    assert kinds(WHOLE) == []


def test_without_papers_there_is_nothing_to_settle() -> None:
    assert kinds() == [EMPTY]


def test_what_must_be_whole_comes_first_and_cannot_be_named() -> None:
    pages = Pages(reading=1, tray=2, unbound=3, nobody=("花", "空"))
    found = lacks(BOTH, [Sheet("p1", 1, "page", (None, 3))], pages, {"q1": 1}, {"q2": 4}, {}, {})
    assert [(one.kind, one.count) for one in found] == [
        (READING, 1), (TRAY, 2), (UNBOUND, 3), (NOBODY, 2), (MET, 1), (UNMARKED, 1), (CHECKS, 4),
    ]  # fmt: skip
    assert found[3].about == "花、空"
    many = tuple(f"{at}番 児童{at}" for at in range(1, 24))
    assert lacks(BOTH, [WHOLE], Pages(nobody=many), {}, {}, {}, {})[0].about == "、".join(many), (
        "nobody goes under in ほか"
    )
    (half,) = lacks(BOTH, [WHOLE], Pages(backless=("5番 空",)), {}, {}, {}, {})
    assert (half.kind, half.count, half.about, half.nameable) == ("backless", 1, "5番 空", True)
    assert [one.kind for one in stands_in_the_way(found, NAMEABLE)] == [READING, TRAY, UNBOUND, NOBODY, MET]
    assert len(stands_in_the_way(found, [])) == 7


def test_an_open_answer_says_why_it_is_open() -> None:
    sheet = Sheet("p1", 1, "page", (None, None), ("different", ""))
    assert kinds(sheet) == [DIFFERENT, UNMARKED]


def test_zero_points_are_a_mark() -> None:
    assert kinds(Sheet("p1", 1, "page", (0, 0))) == []


@pytest.mark.parametrize(
    ("reading", "points", "text"),
    [
        (["ア", 0.99], 2, "ア"),
        (["イ", 0.99], 0, "イ"),
        (["イ", 0.99], 2, "ア"),  # the machine misread a right answer
        (["ア", 0.99], 0, None),  # it misread a wrong one: nobody knows as what
        ([None, 0.4], 2, "ア"),
        ([None, 0.4], 0, None),
        (["", 1.0], 0, ""),
        (["", 1.0], 2, None),
        (None, 0, None),
        (["ア", 0.99], None, None),
    ],
)
def test_texts_are_what_the_mark_bears_out(reading: list[object] | None, points: int | None, text: str | None) -> None:
    assert text_of(KANA, reading, points) == text


def test_what_no_machine_reads_has_no_text() -> None:
    assert text_of(WORDS, ["わけ", 1.0], 3) is None


def test_blank_is_blank_in_every_kind_of_question() -> None:
    assert [text_of(one, ["", 1.0], 0) for one in BOTH] == ["", ""]
    assert [text_of(one, ["", 1.0], 1) for one in BOTH] == [None, None], "points for what is read as blank: look again"


@pytest.mark.parametrize(
    ("question", "reading", "points", "cut", "look"),
    [
        (KANA, ["ア", 0.99], 0, True, CLASH),  # read as right, marked as wrong
        (KANA, ["ア", 0.99], 1, True, CLASH),
        (KANA, ["", 1.0], 1, True, CLASH),
        (WORDS, ["", 1.0], 2, True, CLASH),
        (KANA, [None, 0.4], 0, True, UNREAD),
        (KANA, ["イ", 0.99], 0, True, ""),  # its text is known
        (KANA, ["イ", 0.99], 2, True, ""),
        (KANA, ["ア", 0.99], None, True, ""),
        (WORDS, None, 3, True, WRITTEN),
        (WORDS, ["", 1.0], 0, True, ""),
        (WORDS, None, 0, False, ""),  # nobody looked: its page is missing
        (KANA, None, 0, False, ""),
    ],
)
def test_what_was_seen_where_no_text_is_known(
    question: Question, reading: list[object] | None, points: int | None, cut: bool, look: str
) -> None:
    assert look_of(question, reading, points, pictured=cut) == look


def test_a_paper_says_text_or_look_of_every_answer() -> None:
    paper = paper_of(Sheet("p1", 1, "page", (0, 2)), BOTH, {"q1": ["ア", 0.9]}, "5年1組", {"q1", "q2"})
    assert (paper.texts, paper.looks) == ((None, None), (CLASH, WRITTEN))


@given(
    reading=st.one_of(st.none(), st.tuples(st.sampled_from(["ア", "イ", "", None]), st.floats(0, 1))),
    points=st.integers(0, 2),
)
def test_full_points_never_go_with_a_wrong_text(reading: tuple[object, float] | None, points: int) -> None:
    text = text_of(KANA, reading, points)
    assert not (points == 2 and text not in (None, "ア"))
    assert not (points < 2 and text == "ア")


def test_accuracy_counts_only_what_a_mark_can_tell() -> None:
    assert confirmed(KANA, ["ア", 0.9], None, "key") is None
    assert confirmed(KANA, ["", 1.0], 0, "key") is None
    assert confirmed(KANA, ["イ", 0.9], 1, "key") is None, "part of the points says nothing about the letter"
    assert confirmed(KANA, ["イ", 0.9], 0, "key") is None, "wrong, but perhaps as another letter"
    right = [confirmed(KANA, ["ア", 0.9], 2, "key"), confirmed(KANA, ["イ", 0.9], 0, "sheet")]
    wrong = [confirmed(KANA, ["イ", 0.9], 2, "key"), confirmed(KANA, ["ア", 0.9], 0, "key")]
    asked = [confirmed(KANA, [None, 0.2], 2, "key")]
    found = lines([one for one in (*right, *wrong, *asked) if one], {"アイウエ": "ア–エ"})
    assert [(line.name, line.accuracy.n, line.accuracy.read, line.accuracy.right, line.small) for line in found] == [
        ("ア–エ", 5, 4, 2, True), ("全体", 5, 4, 2, True),
    ]  # fmt: skip
    assert found[0].accuracy.mistaken[0] in [(("ア", "イ"), 1), (("（正答ではない）", "ア"), 1)]


def test_no_answers_no_lines() -> None:
    assert lines([], {}) == []
