"""分析の全部: every figure of one test at once, and what a new 配点 or criterion changes in them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from minamo.marking.analysis.items import ItemLine, item_table
from minamo.marking.analysis.reliability import Reliability, reliability
from minamo.marking.analysis.sp import SPTable, sp_table
from minamo.marking.analysis.totals import Rate, Spread, Total, rates, spread, total_of
from minamo.marking.analysis.values import Item, Paper, Results


@dataclass(frozen=True, slots=True)
class Analysis:
    """分析: one test as it stands."""

    results: Results
    totals: tuple[Total, ...]
    spread: Spread
    aspects: tuple[Rate, ...]
    sections: tuple[Rate, ...]
    items: tuple[ItemLine, ...]
    sp: SPTable
    reliability: Reliability


def analyse(results: Results) -> Analysis:
    """全部を計算する."""
    return Analysis(
        results,
        tuple(total_of(results.items, paper) for paper in results.papers if not paper.absent),
        spread(results),
        rates(results, "aspect"),
        rates(results, "section"),
        item_table(results),
        sp_table(results),
        reliability(results),
    )


@dataclass(frozen=True, slots=True)
class Rule:
    """採点の決まり of a question: full points and what each criterion gives."""

    full: int
    criteria: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Given:
    """付けられた印: `verdict` "right" ○, "wrong" ×, "partial" △ with a criterion or with points of its own."""

    verdict: str
    criterion: str = ""
    points: int = 0


@dataclass(frozen=True, slots=True)
class Moved:
    """点が変わった答え: before and after; None = not marked, or a person has to look again."""

    pupil: str
    item: str
    before: int | None
    after: int | None


@dataclass(frozen=True, slots=True)
class Shift:
    """合計が変わった人."""

    pupil: str
    before: int | None
    after: int | None


@dataclass(frozen=True, slots=True)
class Recomputed:
    """再計算: the new figures, every answer and total that moved, and the answers that need a person."""

    before: Analysis
    after: Analysis
    answers: tuple[Moved, ...]
    totals: tuple[Shift, ...]
    doubtful: tuple[Moved, ...]


def points_of(rule: Rule, given: Given | None) -> int | None:
    """点数: ○ is full, × is 0, △ is its criterion's or its own points. None = a person must say: not marked, the criterion
    is gone, or the points are no longer less than full."""
    if given is None:
        return None
    if given.verdict == "right":
        return rule.full
    if given.verdict == "wrong":
        return 0
    if given.verdict != "partial":
        raise ValueError(f"unknown verdict {given.verdict}")
    points = rule.criteria.get(given.criterion) if given.criterion else given.points
    return points if points is not None and 0 <= points <= rule.full else None


def recompute(
    before: Analysis, items: Sequence[Item], rules: Sequence[Rule], marks: Mapping[str, Sequence[Given | None]]
) -> Recomputed:
    """再計算する: the same marks under new rules. `marks` by pupil, in the order of the items, which stay the same questions.

    Raises ValueError when questions were added, taken away or moved.
    """
    old = before.results
    if [item.id for item in items] != [item.id for item in old.items] or len(rules) != len(items):
        raise ValueError("the questions are not the same")
    papers = tuple(
        paper if paper.absent else _again(paper, rules, marks[paper.pupil]) for paper in old.papers
    )  # fmt: skip
    after = analyse(Results(tuple(items), papers))
    answers: list[Moved] = []
    totals: list[Shift] = []
    for was, now in zip(old.papers, papers, strict=True):
        if was.absent or was.points == now.points:
            continue
        answers += [
            Moved(was.pupil, item.id, one, two)
            for item, one, two in zip(items, was.points, now.points, strict=True)
            if one != two
        ]
        one, two = (paper.total if paper.whole else None for paper in (was, now))
        if one != two:
            totals.append(Shift(was.pupil, one, two))
    doubtful = tuple(move for move in answers if move.after is None)
    return Recomputed(before, after, tuple(answers), tuple(totals), doubtful)


def _again(paper: Paper, rules: Sequence[Rule], marks: Sequence[Given | None]) -> Paper:
    points = tuple(points_of(rule, given) for rule, given in zip(rules, marks, strict=True))
    return Paper(paper.pupil, points, paper.texts, paper.group, paper.absent, paper.looks)
