"""テスト分析 against examples worked out on paper.

Five pupils, four questions of one point, worked by hand:

      Q1 Q2 Q3 Q4   s          n = 3, 3, 3, 2 (sum 11, mean 2.75)
  A    1  1  1  1   4          s in order 4, 3, 3, 1, 0 (mean 2.2)
  B    1  1  1  0   3
  C    0  1  1  1   3
  D    1  0  0  0   1
  E    0  0  0  0   0
"""

import math

import pytest

from minamo.marking.analysis import Item, Paper, Results
from minamo.marking.analysis.items import correlation, edge_weights, item_table
from minamo.marking.analysis.reliability import reliability
from minamo.marking.analysis.sp import sp_table
from minamo.marking.analysis.totals import bars, rates, spread, total_of
from minamo.marking.analysis.values import CLASH, UNREAD, WRITTEN

ROWS = {"A": (1, 1, 1, 1), "B": (1, 1, 1, 0), "C": (0, 1, 1, 1), "D": (1, 0, 0, 0), "E": (0, 0, 0, 0)}
ITEMS = tuple(Item(f"q{n}", f"問{n}", 1, section="1", aspect="知" if n < 3 else "思") for n in range(1, 5))


def results(rows=ROWS, items=ITEMS, texts=None):
    return Results(items, tuple(Paper(name, row, (texts or {}).get(name, ())) for name, row in rows.items()))


def test_caution_indices_of_pupils():
    """C: 9 − (3+3+2) = 1 above 9 − 3·2.75 = 0.75. All right and all wrong have no index."""
    table = sp_table(results())
    found = {line.place: (line.caution, line.modified) for line in table.pupils}
    assert [line.place for line in table.pupils] == [0, 1, 2, 3, 4]
    assert found[0] == (None, None)
    assert found[1] == (0.0, 0.0)
    assert found[2] == pytest.approx((1 / 0.75, 1.0), abs=1e-12)
    assert found[3] == (0.0, 0.0)
    assert found[4] == (None, None)


def test_caution_indices_of_questions():
    """Q1: 10 − (4+3+1) = 2 above 10 − 3·2.2 = 3.4; modified above 10 − (0+1+3) = 6."""
    found = {line.place: (line.count, line.caution, line.modified) for line in sp_table(results()).items}
    assert found[0] == pytest.approx((3, 2 / 3.4, 2 / 6), abs=1e-12)
    assert found[1] == (3, 0.0, 0.0)
    assert found[3] == (2, 0.0, 0.0)


def test_cells_between_the_curves():
    """Rows S 4 3 3 1 0 against P 4 4 3 0 0: two of twenty cells."""
    assert sp_table(results()).apart == pytest.approx(2 / 20)


def test_disparity_against_chance():
    """Two by two, half right. Bin(2, ½) in two slices: means ½ and 1½, so chance puts S and P at 1½, ½: between them lie
    ½ + ½ = 1 cell. The table 10/01 has two cells between its curves, the table 11/00 none."""
    two = ITEMS[:2]
    assert sp_table(results({"A": (1, 0), "B": (0, 1)}, two)).disparity == pytest.approx(2.0)
    assert sp_table(results({"A": (1, 1), "B": (0, 0)}, two)).disparity == pytest.approx(0.0)
    assert sp_table(results({"A": (1, 1), "B": (1, 1)}, two)).disparity is None


def test_ties_stay_in_the_order_given():
    table = sp_table(results({"X": (1, 0, 0, 0), "Y": (0, 0, 0, 1), "Z": (1, 1, 0, 0)}))
    assert [line.place for line in table.pupils] == [2, 0, 1]
    assert [line.place for line in table.items] == [0, 1, 3, 2]


def test_a_flat_table_has_no_index():
    """Every question equally often right: nothing to be out of order with."""
    table = sp_table(results({"A": (1, 0, 1, 0), "B": (0, 1, 0, 1)}))
    assert [line.caution for line in table.pupils] == [None, None]
    assert [line.modified for line in table.items] == [None, None, None, None]


def test_kr20_and_alpha():
    """4/3 · (1 − 0.96/2.16) = 0.740740…"""
    found = reliability(results())
    assert found.kr20 == pytest.approx(4 / 3 * (1 - 0.96 / 2.16), abs=1e-12)
    assert found.alpha == pytest.approx(found.kr20, abs=1e-12)
    assert found.error == pytest.approx(math.sqrt(2.16 * (1 - found.alpha)), abs=1e-12)


def test_alpha_of_points_differs_from_kr20():
    """Points 2/1/0 and 4/2/0: variances 2/3 and 8/3, of totals 6: α = 2·(1 − (10/3)/6) = 8/9. Right only: one pupil of three
    has both: p = 1/3, KR-20 = 2·(1 − (4/9)/(8/9)) = 1."""
    items = (Item("a", "1", 2), Item("b", "2", 4))
    found = reliability(results({"A": (2, 4), "B": (1, 2), "C": (0, 0)}, items))
    assert found.alpha == pytest.approx(8 / 9, abs=1e-12)
    assert found.kr20 == pytest.approx(1.0, abs=1e-12)


@pytest.mark.parametrize("rows", [{}, {"A": (1, 0, 1, 1)}, {"A": (1, 0, 0, 0), "B": (0, 1, 0, 0)}])
def test_reliability_is_undefined(rows):
    found = reliability(results(rows))
    assert (found.kr20, found.alpha, found.error) == (None, None, None)


def test_item_lines():
    """Q1: 3/5; upper A, lower E: D = 1; with rest 3 2 3 0 0: r = (5·5 − 3·8)/√(6·46)."""
    line = item_table(results())[0]
    assert (line.rate, line.share, line.discrimination) == (0.6, 0.6, 1.0)
    assert line.with_rest == pytest.approx(1 / math.sqrt(276), abs=1e-12)


def test_the_border_of_27_percent_is_shared():
    """Ten papers: groups of 3 (2.7 rounded). Two stand above the border, four share the last place: a quarter each."""
    upper, lower = edge_weights([9, 9, 7, 7, 7, 7, 5, 5, 1, 0])
    assert upper == [1, 1, 0.25, 0.25, 0.25, 0.25, 0, 0, 0, 0]
    assert lower == [0, 0, 0, 0, 0, 0, 0.5, 0.5, 1, 1]


def test_groups_that_cannot_be_told_apart():
    assert edge_weights([5, 5, 5, 5]) is None
    assert edge_weights([5]) is None
    assert edge_weights([]) is None


def test_discrimination_of_partial_points():
    """Upper paper 3 of 4, lower 1 of 4: D = 0.5."""
    items = (Item("a", "1", 4), Item("b", "2", 10))
    assert item_table(results({"A": (3, 10), "B": (2, 5), "C": (1, 0)}, items))[0].discrimination == pytest.approx(0.5)


def test_correlation_is_undefined_without_change():
    assert correlation([1, 1, 1], [1, 2, 3]) is None
    assert correlation([1], [2]) is None
    assert correlation([1, 2], [4, 2]) == -1.0


def test_wrong_answers_are_counted():
    texts = {"A": ("ア", "イ", "ウ", "エ"), "B": ("ア", "イ", "ウ", ""), "C": ("ウ", "イ", "ウ", "エ"), "D": ("ア", "ウ", None, ""), "E": ("ウ", "", "", "")}  # fmt: skip
    first, _, third, fourth = item_table(results(texts=texts))
    assert [(c.text, c.count, c.right, c.mean_total) for c in first.choices] == [
        ("ア", 3, True, 8 / 3),
        ("ウ", 2, False, 1.5),
    ]
    assert (first.choices[0].upper, first.choices[0].lower) == (1.0, 0.0)
    assert (first.choices[1].upper, first.choices[1].lower) == (0.0, 1.0)
    assert [c.text for c in fourth.choices] == ["エ", ""]
    assert (first.blank, third.blank, fourth.blank) == (0.0, 0.2, 0.6)


def test_every_share_of_a_question_is_one_of_all_papers():
    """D's third answer is not known as text: it is counted, in the share of blanks and beside the answers."""
    texts = {"A": ("ア", "イ", "ウ", "エ"), "D": ("ア", "ウ", None, ""), "E": ("ウ", "", "", "")}
    first, _, third, _ = item_table(results(texts=texts))
    assert (third.n, third.blank, third.unknown) == (5, 0.2, 1)
    assert first.unknown == 1, "B and C have no texts; only C's answer is without all points"
    assert [line.unknown for line in item_table(results())] == [0, 0, 0, 0], "without any text there is nothing to miss"


def test_readings_that_do_not_fit_the_points_are_counted_apart_and_blanks_in_every_kind():
    """First question read (ア is right), second not read: one blank of four, and where none is blank the share is 0, not unknown."""
    items = (Item("a", "1", 1, key="ア"), Item("b", "2", 2), Item("c", "3", 2))
    seen = {
        "A": ((1, 2, 2), ("ア", None, None), ("", WRITTEN, WRITTEN)),
        "B": ((0, 0, 1), ("イ", "", None), ("", "", WRITTEN)),
        "C": ((0, 1, 0), (None, None, None), (CLASH, CLASH, WRITTEN)),
        "D": ((0, 0, 0), (None, None, None), (UNREAD, WRITTEN, WRITTEN)),
    }
    papers = tuple(Paper(name, points, texts, looks=looks) for name, (points, texts, looks) in seen.items())
    first, second, third = item_table(Results(items, papers))
    assert (first.blank, first.unknown, first.clash) == (0.0, 1, 1)
    assert (second.blank, second.unknown, second.clash) == (0.25, 0, 1)
    assert (third.blank, third.unknown, third.clash) == (0.0, 0, 0)
    assert (
        item_table(Results(items, tuple(Paper(name, points) for name, (points, _, _) in seen.items())))[1].blank is None
    )
    with pytest.raises(ValueError, match="another number"):
        Results(items, (Paper("A", (1, 2, 2), looks=("",)),))


def test_a_question_with_partial_points_is_named_as_such():
    items = (Item("a", "1", 2), Item("b", "2", 4))
    both = item_table(results({"A": (2, 4), "B": (1, 0), "C": (0, 0)}, items))
    assert [line.partial for line in both] == [True, False]


def test_totals_by_aspect_and_section():
    total = total_of(ITEMS, Paper("B", (1, 1, 1, 0)))
    assert [(p.name, p.points, p.full, p.rate) for p in total.aspects] == [("知", 2, 2, 1.0), ("思", 1, 2, 0.5)]
    assert [(p.name, p.points, p.full) for p in total.sections] == [("1", 3, 4)]
    assert [(r.name, r.mean) for r in rates(results(), "aspect")] == [("知", 0.6), ("思", 0.5)]


def test_what_is_not_marked_is_said():
    total = total_of(ITEMS, Paper("B", (1, None, 1, None)))
    assert (total.points, total.full, total.waiting) == (2, 4, 2)
    with pytest.raises(ValueError, match="absent"):
        total_of(ITEMS, Paper("B", (), absent=True))


def test_distribution():
    """0 1 3 3 4: mean 2.2, σ² = 2.16, quartiles at 1, 3, 3."""
    found = spread(results())
    assert (found.n, found.mean, found.least, found.most) == (5, 2.2, 0, 4)
    assert (found.lower, found.median, found.upper) == (1.0, 3.0, 3.0)
    assert found.deviation == pytest.approx(math.sqrt(2.16))


def test_bars_of_a_hundred_points():
    found = bars([0, 9, 10, 89, 90, 99, 100], 100)
    assert [(bar.low, bar.high) for bar in found][:2] == [(0, 9), (10, 19)]
    assert (found[-1].low, found[-1].high, found[-1].count) == (90, 100, 3)
    assert sum(bar.count for bar in found) == 7


def test_nobody():
    empty = results({})
    assert spread(empty).mean is None
    assert sp_table(empty).apart is None
    assert [line.rate for line in item_table(empty)] == [None] * 4


@pytest.mark.parametrize("row", [(2, 0, 0, 0), (-1, 0, 0, 0), (1, 1, 1)])
def test_impossible_points_are_refused(row):
    with pytest.raises(ValueError, match=r"points|number of answers"):
        results({"A": row})
