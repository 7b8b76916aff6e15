"""設問分析: 正答率, 識別指数, correlation with the rest of the test and the answers that were given.

識別指数 D compares the upper with the lower 27 % by total. Who stands at the border with others of the same total counts
with the share of places that are left, so D does not depend on the order of the papers. With partial points D is the
difference of the mean shares of points, which is (U−L)/n for right and wrong.
"""

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from minamo.marking.analysis.values import CLASH, WRITTEN, Item, Results

EDGE = 0.27


@dataclass(frozen=True, slots=True)
class Choice:
    """解答の一つ: "" = blank; `upper` and `lower` how many of the 27 % groups (a share at the border); mean total of who gave it."""

    text: str
    count: int
    right: bool
    upper: float | None
    lower: float | None
    mean_total: float


@dataclass(frozen=True, slots=True)
class ItemLine:
    """設問の一行. `rate` 正答率 (all points), `share` 得点率, `discrimination` D, `blank`: share of blank answers, None
    where no answer was looked at.
    Every share is one of all `n` papers.

    `with_rest`: correlation of the points with the total without this question: 点双列相関 while every paper has all points or
    none, 項目–合計相関 where somebody has a part of them (`partial`).
    `unknown`: answers without all points that could not be read although others were; `clash`: those whose reading and points do
    not fit, which somebody should look at again. `choices` has none of them.
    """

    item: Item
    n: int
    rate: float | None
    share: float | None
    discrimination: float | None
    with_rest: float | None
    blank: float | None
    choices: tuple[Choice, ...]
    partial: bool = False
    unknown: int = 0
    clash: int = 0


def item_table(results: Results) -> tuple[ItemLine, ...]:
    """設問分析表 in the order of the sheet."""
    edges = edge_weights(results.totals)
    return tuple(_line(results, at, edges) for at in range(len(results.items)))


def edge_weights(totals: Sequence[int]) -> tuple[list[float], list[float]] | None:
    """上位・下位27 %: how much each paper counts in the two groups. None when they cannot be told apart."""
    size = math.floor(EDGE * len(totals) + 0.5)
    if size < 1 or min(totals) == max(totals):
        return None
    return _top(totals, size), _top([-total for total in totals], size)


def _top(values: Sequence[int], size: int) -> list[float]:
    border = sorted(values, reverse=True)[size - 1]
    above = sum(value > border for value in values)
    share = (size - above) / sum(value == border for value in values)
    return [1.0 if value > border else share if value == border else 0.0 for value in values]


def _line(results: Results, at: int, edges: tuple[list[float], list[float]] | None) -> ItemLine:
    item, n = results.items[at], len(results.scores)
    points = [row[at] for row in results.scores]
    if not n:
        return ItemLine(item, 0, None, None, None, None, None, ())
    rest = [total - point for total, point in zip(results.totals, points, strict=True)]
    choices = _choices(results, at, edges)
    looks = [paper.looks[at] if paper.looks else "" for paper in results.whole]
    wrong = [look for look, right in zip(looks, results.right, strict=True) if not right[at]]
    return ItemLine(
        item,
        n,
        points.count(item.full) / n,
        sum(points) / (n * item.full),
        discrimination(points, item.full, edges),
        correlation(points, rest),
        sum(choice.count for choice in choices if choice.text == "") / n if choices or any(looks) else None,
        choices,
        any(0 < point < item.full for point in points),
        _unknown(results, at, looks) if any(choice.text for choice in choices) else 0,
        wrong.count(CLASH),
    )


def _unknown(results: Results, at: int, looks: Sequence[str]) -> int:
    return sum(
        not right[at] and (not paper.texts or paper.texts[at] is None) and look not in (WRITTEN, CLASH)
        for paper, right, look in zip(results.whole, results.right, looks, strict=True)
    )


def discrimination(points: Sequence[int], full: int, edges: tuple[list[float], list[float]] | None) -> float | None:
    """識別指数 (−1…1)."""
    if edges is None:
        return None
    upper, lower = edges
    size = math.fsum(upper)
    return math.fsum(p * (u - v) for p, u, v in zip(points, upper, lower, strict=True)) / (size * full)


def correlation(one: Sequence[int], other: Sequence[int]) -> float | None:
    """積率相関 (−1…1), exact until the last division; None when one of them never changes."""
    n = len(one)
    if n < 2:
        return None
    sum_one, sum_other = sum(one), sum(other)
    both = n * sum(map(int.__mul__, one, other)) - sum_one * sum_other
    spread = (n * sum(x * x for x in one) - sum_one**2) * (n * sum(y * y for y in other) - sum_other**2)
    return None if spread == 0 else max(-1.0, min(1.0, both / math.sqrt(spread)))


def _choices(results: Results, at: int, edges: tuple[list[float], list[float]] | None) -> tuple[Choice, ...]:
    """誤答の内訳: every answer known as text, the most frequent first; blanks last."""
    given: dict[str, list[int]] = {}
    for place, paper in enumerate(results.whole):
        text = paper.texts[at] if paper.texts else None
        if text is not None:
            given.setdefault(text, []).append(place)
    right = Counter(
        text for text, places in given.items() for place in places if results.right[place][at]
    )  # fmt: skip
    found = [
        Choice(
            text,
            len(places),
            2 * right[text] > len(places),
            math.fsum(edges[0][place] for place in places) if edges else None,
            math.fsum(edges[1][place] for place in places) if edges else None,
            sum(results.totals[place] for place in places) / len(places),
        )
        for text, places in given.items()
    ]
    return tuple(sorted(found, key=lambda choice: (choice.text == "", -choice.count, choice.text)))
