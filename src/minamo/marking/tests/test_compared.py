"""比べを渡す: the Excel book and the printed page say what the screen says, and hold back what it holds back."""

import io
from itertools import chain

import openpyxl

from minamo.marking.analysis import Item, Paper, Results
from minamo.marking.analysis.compare import LEAST, compare
from minamo.marking.reports import Title, comparison_book, comparison_pdf
from minamo.marking.reports.compared import COLUMNS, compared, comparison_data
from minamo.marking.tests.test_reports import text_of

ITEMS = (Item("a", "問1", 2, "1", "知識・技能"), Item("b", "=問2", 4, "1", "思考・判断・表現"))
LABELS = {item.id: item.label for item in ITEMS}
TITLE = Title("水上第一小学校", "6年社会 確認テスト", "6年1組", "令和8年11月24日")


def results(pupils, points=(2, 1), absent=0):
    here = [Paper(f"p{at}", points) for at in range(pupils)]
    return Results(ITEMS, (*here, *(Paper(f"x{at}", (), absent=True) for at in range(absent))))


def view(*, least=0, **classes):
    return compared(compare(classes, least=least, whole="全体"), LABELS, least=least)


def book(found):
    pages = openpyxl.load_workbook(io.BytesIO(comparison_book(found)))
    return {page.title: list(page.values) for page in pages}


def test_the_book_has_every_line_and_question_as_numbers():
    pages = book(view(一組=results(12, absent=2), 二組=results(11, (0, 4))))
    head, first, second, whole = pages["まとめ"]
    assert head[:5] == ("学級・年度", "ようす", "集計（人）", "欠席（人）", "平均(%)")
    assert first[2:5] == (12, 2, 50) and second[2:5] == (11, 0, 66.7) and whole[2:4] == (23, 2)
    assert dict(zip(head, second, strict=True))["思考・判断・表現(%)"] == 100
    assert pages["設問ごとの得点率(%)"] == [
        ("設問", "一組", "二組", "全体"),
        ("問1", 100, 0, 52.2),
        ("=問2", 25, 100, 60.9),
    ]


def test_nothing_in_the_book_is_a_formula():
    pages = openpyxl.load_workbook(io.BytesIO(comparison_book(view(**{"=1+1": results(3), "二組": results(3)}))))
    assert all(cell.data_type != "f" for page in pages for row in page.iter_rows() for cell in row)


def test_what_is_held_back_stands_in_no_cell_and_on_no_page():
    """Two small classes and a large one: their figures are nowhere, and both papers say that something is held back."""
    found = view(least=LEAST, 小=results(3, (0, 1), absent=1), 中=results(12, (1, 2)), 大=results(20))
    assert found.hidden == 2, "the next smallest goes with it: subtraction gives nothing away"
    pages = book(found)
    for name in ("小", "中"):
        line = next(row for row in pages["まとめ"] if row[0] == name)
        assert line[1] == "少人数のため伏せています" and set(line[2:]) == {None}
        column = pages["設問ごとの得点率(%)"][0].index(name)
        assert {row[column] for row in pages["設問ごとの得点率(%)"][1:]} == {None}
    data = comparison_data(found, TITLE)
    assert [line[1] for line in data["lines"]] == ["—", "—", "20人", "35人"] and len(data["bars"]) == 2
    printed = "".join(text_of(comparison_pdf(found, TITLE)))
    assert "伏せています" in printed and "12人" not in printed
    open_to_all = "".join(text_of(comparison_pdf(view(小=results(3), 大=results(20)), TITLE)))
    assert "3人" in open_to_all and "少ない学級は伏せて" not in open_to_all


def test_many_classes_are_printed_in_several_tables_and_every_name_stands_there():
    found = view(**{f"令和{at}年 6年{at}組": results(3, (at % 3, 4)) for at in range(2, 27)})
    data = comparison_data(found, TITLE)
    assert [len(block["names"]) for block in data["blocks"]] == [COLUMNS, COLUMNS, 26 - 2 * COLUMNS]
    assert list(chain(*(block["names"] for block in data["blocks"]))) == [side.name for side in found.sides]
    printed = "".join(text_of(comparison_pdf(found, TITLE))).replace("\r", "").replace("\n", "")
    for words in ("6年2組", "6年26組", "全体", "平均得点率", "設問ごとの得点率", "水上第一小学校"):
        assert words in printed


def test_a_question_that_a_year_did_not_have_is_a_dash():
    other = Results((ITEMS[0],), tuple(Paper(f"p{at}", (1,)) for at in range(4)))
    found = compared(compare({"ことし": results(4), "去年": other}, least=0), LABELS, least=0)
    assert comparison_data(found, TITLE)["blocks"][0]["rows"][1] == ["=問2", "25.0%", "—"]
