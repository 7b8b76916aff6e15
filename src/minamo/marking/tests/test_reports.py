"""分析を渡す: books, CSV and pages hold what the figures say, and nothing that a spreadsheet would run."""

import csv
import io
import random

import openpyxl
import pypdfium2
import pytest

from minamo.marking.analysis import Item, Paper, Results
from minamo.marking.analysis.sp import sp_table
from minamo.marking.analysis.whole import analyse
from minamo.marking.reports import Named, Title, advice_pdf, analysis_book, analysis_pdf, totals_csv
from minamo.marking.reports.names import caution_word, remark, wrong_answers
from minamo.marking.reports.sp_view import edges, sp_view

TITLE = Title("水上第一小学校", "6年社会 確認テスト", "6年1組", "令和8年11月24日")


def town(pupils=24, questions=20, seed=3):
    chance = random.Random(seed)
    items = tuple(
        Item(f"q{at}", f"{at // 5 + 1}-{at % 5 + 1}", 4 if at % 5 == 4 else 2, str(at // 5 + 1), "思考・判断・表現" if at % 5 == 4 else "知識・技能", "ア")
        for at in range(questions)
    )  # fmt: skip
    papers = []
    for pupil in range(pupils):
        skill = chance.random()
        points = tuple(
            item.full if chance.random() < 0.25 + 0.7 * skill else chance.choice((0, 1)) if item.full == 4 else 0
            for item in items
        )
        texts = tuple(
            "ア" if point == item.full else chance.choice(["イ", "ウ", ""])
            for point, item in zip(points, items, strict=True)
        )
        papers.append(Paper(f"p{pupil}", points, texts, "6年1組"))
    papers[3] = Paper("p3", (), group="6年1組", absent=True)
    papers[5] = Paper("p5", (*papers[5].points[:-1], None), group="6年1組")
    return Results(items, tuple(papers))


def names(results, **special):
    return {
        paper.pupil: Named(at + 1, special.get(paper.pupil, f"児童{at + 1:02d}"), "6年1組")
        for at, paper in enumerate(results.papers)
    }


def text_of(data: bytes) -> list[str]:
    document = pypdfium2.PdfDocument(data)
    try:
        return [document[at].get_textpage().get_text_range().replace(" ", "") for at in range(len(document))]
    finally:
        document.close()


def test_the_book_holds_totals_and_says_who_is_missing():
    results = town()
    analysis = analyse(results)
    book = openpyxl.load_workbook(io.BytesIO(analysis_book(analysis, names(results))))
    assert book.sheetnames == ["得点", "設問", "解答", "S-P表", "分布とまとめ"]
    rows = list(book["得点"].values)
    assert rows[0][:6] == ("番", "氏名", "学級", "ようす", "合計（48点）", "知識・技能")
    assert rows[1][4] == results.papers[0].total
    assert rows[4][3:5] == ("欠席", None)
    assert rows[6][3:5] == ("未採点 1問", None)
    assert len(rows) == 25
    assert dict(list(book["分布とまとめ"].values)[1:])["集計した人数"] == 22
    assert len(list(book["S-P表"].values)) == 1 + 22 + 2


def test_figures_in_the_sp_sheet_are_numbers():
    """番 and 注意係数 can be sorted and reckoned with; what is not defined stays empty, and signs stay signs."""
    results = town()
    book = openpyxl.load_workbook(io.BytesIO(analysis_book(analyse(results), names(results))))
    rows = list(book["S-P表"].iter_rows())
    at = [cell.value for cell in rows[0]].index("注意係数")
    found = [row[at] for row in rows[1:-2]] + [cell for cell in rows[-1][2:] if cell.column <= 22]
    assert len(found) == 22 + 20 and any(cell.value for cell in found)
    assert all(cell.value is None or cell.data_type == "n" for cell in found)
    assert {cell.number_format for cell in found if isinstance(cell.value, float)} == {"0.00"}
    assert sorted(row[0].value for row in rows[1:-2]) == [at for at in range(1, 25) if at not in (4, 6)]
    assert {type(cell.value) for cell in rows[-2][2:22]} == {int} and {cell.value for cell in rows[1][2:22]} <= {
        "○",
        "△",
        "×",
    }
    whole = Results((Item("q", "1", 1),), (Paper("a", (1,)), Paper("b", (1,))))
    page = openpyxl.load_workbook(io.BytesIO(analysis_book(analyse(whole), names(whole))))["S-P表"]
    assert page.cell(row=2, column=5).value is None, "no index where nothing differs"


def test_nothing_in_the_book_is_a_formula():
    """A pupil's name, an answer and a question that begin like formulas stay words."""
    results = Results(
        (Item("q", "=1+1", 2, "@大問", "+観点"),),
        (Paper("a", (2,), ("=HYPERLINK(1)",)), Paper("b", (0,), ("-2",)), Paper("c", (1,), ("＝x",))),
    )
    who = {"a": Named(1, "=cmd|' /C calc'!A0", "-組"), "b": Named(2, "@sum", ""), "c": Named(3, "\t=1", "")}
    book = openpyxl.load_workbook(io.BytesIO(analysis_book(analyse(results), who)))
    cells = [cell for page in book for row in page.iter_rows() for cell in row if cell.value is not None]
    assert all(cell.data_type != "f" for cell in cells)
    assert {"=1+1", "=HYPERLINK(1)", "=cmd|' /C calc'!A0"} <= {cell.value for cell in cells}
    lines = list(csv.reader(io.StringIO(totals_csv(analyse(results), who).decode("utf-8-sig"))))
    assert [line[1] for line in lines[1:]] == ["'@sum", "'\t=1", "'=cmd|' /C calc'!A0"]


def test_the_printed_analysis():
    results = town()
    pages = text_of(analysis_pdf(analyse(results), names(results), TITLE))
    whole = "\n".join(pages)
    for words in ("テスト分析", "6年社会確認テスト", "S–P表", "識別指数", "児童01", "22人", "4-5"):
        assert words in whole
    assert whole.count("児童04") == 1 and "欠席" in whole[: whole.index("児童04")][-6:], (
        "named as absent, and in no table"
    )


def test_the_printed_analysis_names_the_wrong_answers():
    """The three most frequent with their numbers, as on the screen; then what nobody could read and what does not fit."""
    items = (Item("q", "1", 2, key="ア"), Item("r", "2", 2))
    given = ["ア", "ア", "ア", "イ", "イ", "ウ", "エ", "エ", "エ", "", None, None]
    looks = [*[""] * 10, "unread", "clash"]
    papers = tuple(
        Paper(f"p{at}", (2 if text == "ア" else 0, at % 3), (text, None), looks=(look, "written"))
        for at, (text, look) in enumerate(zip(given, looks, strict=True))
    )
    analysis = analyse(Results(items, papers))
    assert [wrong_answers(line) for line in analysis.items] == [
        "「エ」3人、「イ」2人、「ウ」1人、文字が不明 1人、読みと点が合わない 1人",
        "—",
    ]
    printed = "".join(text_of(analysis_pdf(analysis, names(analysis.results), TITLE))).replace("\r\n", "")
    assert "おもな誤答" in printed and "「エ」3人、「イ」2人、「ウ」1人" in printed


@pytest.mark.parametrize("size", [(0, 5), (1, 1), (34, 50)])
def test_any_size_can_be_printed(size):
    results = town(*size) if size == (34, 50) else Results(
        tuple(Item(f"q{at}", str(at), 1) for at in range(size[1])), tuple(Paper(f"p{at}", (1,) * size[1]) for at in range(size[0]))
    )  # fmt: skip
    assert analysis_pdf(analyse(results), names(results), TITLE).startswith(b"%PDF")
    assert analysis_book(analyse(results), names(results))


def test_advice_is_one_page_a_pupil_and_names_nobody_else():
    results = town()
    pages = text_of(advice_pdf(analyse(results), names(results), TITLE))
    assert len(pages) == 22
    for page in pages:
        assert sum(f"児童{at:02d}" in page for at in range(1, 25)) == 1
    (alone,) = text_of(advice_pdf(analyse(results), names(results), TITLE, pupils=frozenset({"p0"})))
    assert "児童01" in alone


def test_advice_has_no_figure_of_the_class_as_the_release_page_says():
    results = town()
    for page in text_of(advice_pdf(analyse(results), names(results), TITLE)):
        assert "観点" in page and "平均" not in page


def test_partial_points_have_their_own_correlation():
    """The last question of a 大問 gives partial points: the book says which correlation stands there, print and screen mark it."""
    results = town()
    rows = list(openpyxl.load_workbook(io.BytesIO(analysis_book(analyse(results), names(results))))["設問"].values)
    kinds = {row[0]: row[rows[0].index("相関の種類")] for row in rows[1:]}
    assert (kinds["1-1"], kinds["1-5"]) == ("点双列", "項目–合計")
    whole = "\n".join(text_of(analysis_pdf(analyse(results), names(results), TITLE)))
    assert "＊" in whole and "項目–合計相関" in whole


def test_advice_of_a_small_class_says_nothing_of_the_class():
    results = town(pupils=8)
    pages = text_of(advice_pdf(analyse(results), names(results), TITLE))
    assert len(pages) == 6
    assert all("学級の平均" not in page and "むずかしい問題" not in page for page in pages)
    with pytest.raises(ValueError, match="nobody"):
        advice_pdf(analyse(results), names(results), TITLE, pupils=frozenset({"p3"}))


def test_the_curves_are_steps_between_cells():
    """Scores 3 1 0, counts 2 1 1: the S curve leaves row 0 after column 2, row 1 after column 0."""
    scores, counts = [3, 1, 0], [2, 1, 1]
    assert edges(0, 2, scores, counts) == "sb pb"
    assert edges(0, 1, scores, counts) == "sb pb"
    assert edges(0, 0, scores, counts) == ""
    assert edges(1, 0, scores, counts) == "sr sb pr pb"
    assert edges(2, 0, scores, counts) == ""
    results = Results(
        tuple(Item(f"q{at}", str(at), 1) for at in range(3)),
        (Paper("a", (1, 1, 1)), Paper("b", (1, 0, 0)), Paper("c", (0, 0, 0))),
    )
    view = sp_view(results, sp_table(results), {n: Named(at, n) for at, n in enumerate("abc", 1)})
    assert [[cell.sign for cell in row.cells] for row in view.rows] == [["○"] * 3, ["○", "×", "×"], ["×"] * 3]
    assert [row.caution for row in view.rows] == ["—", "0.00", "—"]


def test_words_for_figures():
    assert [caution_word(value) for value in (None, 0.49, 0.5, 0.75)] == ["", "", "注意", "とくに注意"]
    backwards = Results(
        tuple(Item(f"q{at}", str(at), 1) for at in range(4)),
        tuple(Paper(f"p{at}", (0, 1, 1, 1) if at < 4 else (1, 0, 0, 0)) for at in range(8)),
    )
    assert "正答や設問文" in remark(analyse(backwards).items[0])


def test_without_reliability_nobody_is_flagged():
    """An easy test whose errors fall by chance: the totals order nobody, so no index says 注意 about a child."""
    errors = (0, 1, 2, 3, 4, 5, 0, 1, 2, 3)  # everybody has one wrong, each another
    papers = [Paper(f"p{at}", tuple(int(one != wrong) for one in range(6))) for at, wrong in enumerate(errors)]
    results = Results(tuple(Item(f"q{at}", str(at), 1) for at in range(6)), (*papers, Paper("whole", (1,) * 6)))
    who = {paper.pupil: Named(at, paper.pupil) for at, paper in enumerate(results.papers, 1)}
    table = sp_table(results)
    assert any(line.caution is not None and line.caution >= 0.5 for line in table.pupils), "the index alone would"
    view = sp_view(results, table, who)
    assert not view.told and not any(row.word for row in view.rows) and not any(one.word for one in view.columns)
