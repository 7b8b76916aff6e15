"""点数表: what a teacher sends becomes the result or is refused whole, with every place that is wrong."""

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from minamo.kernel.tables import Sheet, read_table, write_csv, write_xlsx
from minamo.marking.points_table import Place, TableRefused, read_points, template, whole_number

ROSTER = [Place("a", 1, "高橋 花"), Place("b", 2, "佐藤 空"), Place("c", 4, "渡邉 蓮")]
HEAD = ["番", "氏名", "ようす", "問1", "問2"]
ABOUT = [
    ["", "配点", "", "2", "3"],
    ["", "大問", "", "1", "2"],
    ["", "観点", "", "知識・技能", "思考"],
    ["", "正答", "", "ア", ""],
]
PUPILS = [["1", "高橋 花", "", "2", "1"], ["2", "佐藤空", "", "０", ""], ["4", "", "欠席", "", ""]]


def read(rows, head=HEAD):
    return read_points(read_table("t.csv", write_csv(rows, head).content), ROSTER, "5年1組")


def problems(rows, head=HEAD):
    with pytest.raises(TableRefused) as refused:
        read(rows, head)
    return refused.value.problems


def test_a_table_becomes_the_result():
    found = read([*ABOUT, *PUPILS])
    assert [(i.label, i.full, i.section, i.aspect, i.key) for i in found.items] == [
        ("問1", 2, "1", "知識・技能", "ア"), ("問2", 3, "2", "思考", "")]  # fmt: skip
    assert [(p.pupil, p.points, p.absent) for p in found.papers] == [
        ("a", (2, 1), False), ("b", (0, None), False), ("c", (), True)]  # fmt: skip
    assert (found.absent, found.waiting) == (1, 1)


def test_the_order_of_lines_and_columns_is_free():
    """Papers stand in the order of the roster, whatever the table's."""
    head = ["問1", "氏名", "問2", "番"]
    rows = [["2", "配点", "3", ""], ["1", "", "2", "4"], ["2", "", "3", "1"], ["0", "", "0", "2"]]
    assert [(p.pupil, p.points) for p in read(rows, head).papers] == [("a", (2, 3)), ("b", (0, 0)), ("c", (1, 2))]


def test_the_sheet_that_is_handed_out_can_be_read_back():
    book = write_xlsx([template(ROSTER, 3)])
    found = read_points(read_table("点数表.xlsx", book), ROSTER, "5年1組")
    assert [item.full for item in found.items] == [2, 2, 2]
    assert [paper.points for paper in found.papers] == [(None,) * 3] * 3


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        (PUPILS, "「配点」の行"),
        ([["", "配点", "", "2", "0"], *PUPILS], "2行目 問2：配点"),
        ([*ABOUT, *PUPILS[:2]], "4番 渡邉 蓮さんの行がありません"),
        ([*ABOUT, *PUPILS, ["9", "だれか", "", "1", "1"]], "9行目：9番は、この学級の名簿にありません"),
        ([*ABOUT, *PUPILS, PUPILS[0]], "9行目：1番が6行目にもあります"),
        ([*ABOUT, ["1", "佐藤 空", "", "2", "1"], *PUPILS[1:]], "1番は高橋 花さんですが、表では「佐藤 空」"),
        ([*ABOUT, ["1", "", "", "3", "1"], *PUPILS[1:]], "6行目 問1：「3」"),
        ([*ABOUT, ["1", "", "", "○", "1"], *PUPILS[1:]], "6行目 問1：「○」"),
        ([*ABOUT, ["1", "", "", "-1", "1"], *PUPILS[1:]], "6行目 問1：「"),
    ],
)
def test_what_is_wrong_is_said_at_its_place(rows, words):
    assert any(words in problem for problem in problems(rows)), problems(rows)


def test_headings():
    assert "「番」の列がありません" in problems([["配点", "2"]], ["氏名", "問1"])[0]
    assert "設問の列がありません" in problems([["", "配点"]], ["番", "氏名"])[0]
    assert any("「問1」が2つ" in one for one in problems([["", "配点", "2", "2"]], ["番", "氏名", "問1", "問1"]))


def test_many_problems_are_cut_and_counted():
    rows = [
        *ABOUT,
        *([str(n), "", "", "x", "x"] for n in (1, 2, 4)),
        *([str(n), "", "", "", ""] for n in range(50, 80)),
    ]
    with pytest.raises(TableRefused) as refused:
        read(rows)
    assert len(refused.value.problems) == 20
    assert refused.value.more == 16


@given(st.lists(st.lists(st.text(max_size=6), max_size=7), max_size=8))
def test_any_table_is_taken_or_refused(rows):
    """Nothing a person can put into cells breaks the reader."""
    width = max([len(HEAD), *(len(row) for row in rows)])
    head = [*HEAD, *(f"余{at}" for at in range(width - len(HEAD)))]
    book = write_xlsx([Sheet("x", head, [[cell.replace("\x00", "") for cell in row] for row in [*ABOUT, *rows]])])
    try:
        read_points(read_table("x.xlsx", io.BytesIO(book).getvalue()), ROSTER, "")
    except TableRefused as refused:
        assert all(problem.endswith("。") for problem in refused.problems)


@pytest.mark.parametrize(
    ("text", "number"),
    [("3", 3), ("３", 3), ("3.0", 3), ("", None), ("3.5", None), ("²", 2), ("−1", None), ("9999999", None)],
)
def test_whole_numbers(text, number):
    assert whole_number(text) == number
