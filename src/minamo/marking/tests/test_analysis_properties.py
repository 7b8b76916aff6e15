"""テスト分析: what holds for every table of marks."""

import dataclasses
import random
import time
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from minamo.marking.analysis import Item, Paper, Results
from minamo.marking.analysis.advice import ENCOURAGE, PRAISE, advise
from minamo.marking.analysis.compare import compare, showable
from minamo.marking.analysis.sp import sp_table
from minamo.marking.analysis.totals import total_of
from minamo.marking.analysis.whole import Given, Rule, analyse, points_of, recompute


@st.composite
def exams(draw, most_papers=12, most_items=6):
    full = draw(st.lists(st.integers(1, 4), min_size=1, max_size=most_items))
    items = tuple(
        Item(f"q{at}", f"問{at}", one, draw(st.sampled_from("12")), draw(st.sampled_from(["知", "思", ""])))
        for at, one in enumerate(full)
    )
    rows = draw(st.lists(st.tuples(*(st.integers(0, one) for one in full)), max_size=most_papers))
    text = st.sampled_from(["", "ア", "イ", None])
    papers = tuple(
        Paper(f"p{at}", row, tuple(draw(text) for _ in full), draw(st.sampled_from("AB")))
        for at, row in enumerate(rows)
    )
    return Results(items, papers)


def by_definition(rows, counts, order, at):
    """注意係数 as Sato writes it, with exact fractions and the order of questions given."""
    row, score = rows[at], sum(rows[at])
    easy, hard = order[:score], order[score:]
    above = sum((1 - row[j]) * counts[j] for j in easy) - sum(row[j] * counts[j] for j in hard)
    below = sum(counts[j] for j in easy) - score * Fraction(sum(counts), len(counts))
    return above / below if below else None


@given(exams(), st.randoms())
def test_caution_index_by_definition_whatever_the_tie_rule(results, chance):
    rows = [[int(cell) for cell in row] for row in results.right]
    counts = [sum(row[j] for row in rows) for j in range(len(results.items))]
    shuffled = list(range(len(counts)))
    chance.shuffle(shuffled)
    order = sorted(shuffled, key=lambda j: -counts[j])
    for line in sp_table(results).pupils:
        expected = by_definition(rows, counts, order, line.place)
        assert (line.caution is None) == (expected is None)
        if expected is not None:
            assert line.caution == pytest.approx(float(expected), abs=1e-12)
        assert line.modified is None or -1e-12 <= line.modified <= 1 + 1e-12


@given(exams())
def test_questions_are_pupils_of_the_turned_table(results):
    """The index of a question is that of a pupil when rows and columns change places."""
    rows = [tuple(int(cell) for cell in row) for row in results.right]
    if not rows:
        return
    turned = Results(
        tuple(Item(f"p{at}", f"{at}", 1) for at in range(len(rows))),
        tuple(Paper(f"q{at}", column) for at, column in enumerate(zip(*rows, strict=True))),
    )
    mine = {line.place: (line.count, line.caution, line.modified) for line in sp_table(results).items}
    assert mine == {line.place: (line.count, line.caution, line.modified) for line in sp_table(turned).pupils}


def figures(results):
    """Everything that must not depend on the order of the papers."""
    found = analyse(results)
    cautions = {results.whole[line.place].pupil: (line.count, line.caution, line.modified) for line in found.sp.pupils}
    lines = [dataclasses.astuple(line) for line in found.items]
    return (found.spread, found.aspects, found.sections, lines, cautions, found.sp.apart, found.sp.disparity, found.reliability)  # fmt: skip


@given(exams(), st.randoms())
def test_the_order_of_papers_changes_nothing(results, chance):
    papers = list(results.papers)
    chance.shuffle(papers)
    assert figures(Results(results.items, tuple(papers))) == figures(results)


@given(exams(), st.integers(0, 3))
def test_absent_and_unmarked_papers_are_in_no_figure(results, extra):
    away = tuple(Paper(f"away{at}", (), absent=True) for at in range(extra))
    waiting = tuple(Paper(f"wait{at}", (None,) * len(results.items)) for at in range(extra))
    more = Results(results.items, away + results.papers + waiting)
    assert figures(more) == figures(results)
    assert (more.absent, more.waiting) == (extra, extra)


@given(exams())
def test_parts_and_bars_add_up(results):
    found = analyse(results)
    assert sum(bar.count for bar in found.spread.bars) == found.spread.n
    assert found.spread.bars[-1].high == results.full
    for total in found.totals:
        assert sum(part.points for part in total.sections) == total.points
    for line in found.items:
        assert sum(choice.count for choice in line.choices) <= line.n
        assert line.discrimination is None or -1 - 1e-9 <= line.discrimination <= 1 + 1e-9
    assert sum(line.count for line in found.sp.pupils) == sum(line.count for line in found.sp.items)


@given(st.dictionaries(st.text("abcdefgh", min_size=1, max_size=2), st.integers(0, 40), max_size=8), st.integers(1, 12))
def test_nothing_hidden_can_be_worked_out(counts, least):
    shown = showable(counts, least, with_whole=True)
    hidden = [n for name, n in counts.items() if name not in shown and n]
    assert all(counts[name] >= least for name in shown)
    if hidden and shown:
        assert len(hidden) >= 2
        assert sum(hidden) >= least
    assert {name for name, n in counts.items() if n >= least} == showable(counts, least, with_whole=False)


@given(exams())
def test_a_hidden_class_has_no_figure(results):
    sides = {"A組": results.of("A"), "B組": results.of("B")}
    for side in compare(sides, least=4, whole="学年"):
        if not side.shown:
            assert (side.n, side.mean, side.median, side.deviation) == (None,) * 4
            assert not (side.aspects or side.sections or side.questions)
    assert [side.shown for side in compare(sides, least=0)] == [bool(one.whole) for one in sides.values()]


def said(paper, results):
    return "".join(advise(Results(results.items, (paper,)), paper).sentences)


@given(exams())
def test_a_weak_aspect_is_never_praised(results):
    """よくできています needs 70 % of the points of that 観点, 半分以上 needs half of them."""
    for paper in results.papers:
        words, parts = said(paper, results), {part.name: part.rate for part in total_of(results.items, paper).aspects}
        for name, rate in parts.items():
            if f"「{name}」の問題がよくできています" in words:
                assert rate >= PRAISE and rate == max(parts.values())
            if f"「{name}」の問題は、半分以上" in words:
                assert ENCOURAGE <= rate < PRAISE
        if parts and max(parts.values()) < ENCOURAGE:
            assert "よく" not in words and "半分" not in words


def test_the_better_of_two_weak_aspects_is_no_strength():
    """34 of 100 points, 知 34 of 88 (38.6 %), 思 0 of 12; then at both floors."""
    items = (Item("q1", "1", 88, aspect="知"), Item("q2", "2", 12, aspect="思"))
    papers = [Paper("p", (points, 0)) for points in (34, 44, 61, 62)]
    first = [said(paper, Results(items, ())).split("。")[0] for paper in papers]
    half = "「知」の問題は、半分以上の点が取れています"
    assert first == ["次は1、2をやり直してみましょう", half, half, "「知」の問題がよくできています"]


VERDICTS = st.one_of(
    st.none(),
    st.sampled_from([Given("right"), Given("wrong"), Given("partial", "unit")]),
    st.builds(Given, st.just("partial"), st.just(""), st.integers(0, 4)),
)


@st.composite
def marked(draw):
    count = draw(st.integers(1, 5))
    old, new = ([Rule(draw(st.integers(4, 6)), {"unit": draw(st.integers(0, 5))}) for _ in range(count)] for _ in "ab")
    marks = {f"p{at}": [draw(VERDICTS) for _ in range(count)] for at in range(draw(st.integers(0, 6)))}
    return old, new, marks


def made(rules, marks):
    items = tuple(Item(f"q{at}", f"問{at}", rule.full) for at, rule in enumerate(rules))
    papers = tuple(
        Paper(pupil, tuple(points_of(rule, mark) for rule, mark in zip(rules, row, strict=True)))
        for pupil, row in marks.items()
    )
    return Results(items, papers)


@given(marked())
def test_recomputing_is_marking_again(case):
    """The new figures are those of a test marked under the new rules from the start; every difference is listed once."""
    old, new, marks = case
    before, wanted = made(old, marks), made(new, marks)
    found = recompute(analyse(before), wanted.items, new, marks)
    assert found.after == analyse(wanted)
    moved = {(move.pupil, move.item): (move.before, move.after) for move in found.answers}
    for was, now in zip(before.papers, wanted.papers, strict=True):
        for item, one, two in zip(wanted.items, was.points, now.points, strict=True):
            assert moved.pop((was.pupil, item.id), (one, one)) == (one, two)
    assert not moved
    assert all(move.after is None for move in found.doubtful)


def test_points_above_the_new_full_ask_for_a_person():
    assert points_of(Rule(2, {}), Given("partial", points=3)) is None
    assert points_of(Rule(2, {"unit": 1}), Given("partial", "unit")) == 1
    assert points_of(Rule(2, {}), Given("partial", "unit")) is None
    with pytest.raises(ValueError, match="verdict"):
        points_of(Rule(2, {}), Given("maybe"))


def test_twenty_thousand_answers_in_a_fifth_of_a_second():
    """400 papers of 50 questions: new points, everything again, the differences listed."""
    chance = random.Random(4)
    rules = [Rule(2, {"unit": 1}) for _ in range(50)]
    kinds = [Given("right"), Given("wrong"), Given("partial", "unit")]
    marks = {f"p{at}": chance.choices(kinds, (60, 30, 10), k=50) for at in range(400)}
    before = analyse(made(rules, marks))
    rules[7] = Rule(4, {"unit": 2})
    items = made(rules, marks).items
    spent = []
    for _again in range(3):
        start = time.process_time()
        found = recompute(before, items, rules, marks)
        spent.append(time.process_time() - start)
    assert len(found.answers) == sum(row[7].verdict != "wrong" for row in marks.values())
    assert min(spent) <= 0.2, spent
