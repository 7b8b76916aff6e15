"""集計: totals by 観点 and 大問, the distribution of a class."""

import statistics
from collections.abc import Sequence
from dataclasses import dataclass

from minamo.marking.analysis.values import Item, Paper, Results

STEPS = 10  # bars of a distribution


@dataclass(frozen=True, slots=True)
class Part:
    """内訳: points out of full; `rate` is 得点率 (0–1)."""

    name: str
    points: int
    full: int

    @property
    def rate(self) -> float:
        return self.points / self.full


@dataclass(frozen=True, slots=True)
class Total:
    """一人の集計. `waiting`: answers that are not marked yet; their points are not in any part."""

    pupil: str
    points: int
    full: int
    aspects: tuple[Part, ...]
    sections: tuple[Part, ...]
    waiting: int = 0


@dataclass(frozen=True, slots=True)
class Bar:
    """度数: how many totals in low..high, both included."""

    low: int
    high: int
    count: int


@dataclass(frozen=True, slots=True)
class Spread:
    """分布: standard deviation of the population; quartiles by linear interpolation that reaches the ends."""

    n: int
    mean: float | None
    deviation: float | None
    least: int | None
    lower: float | None
    median: float | None
    upper: float | None
    most: int | None
    bars: tuple[Bar, ...]


@dataclass(frozen=True, slots=True)
class Rate:
    """平均得点率 of a 観点 or 大問 over a class; None when nobody is counted."""

    name: str
    full: int
    mean: float | None


def names_of(items: Sequence[Item], field: str) -> tuple[str, ...]:
    """観点 or 大問 in the order in which they first appear; questions without one are left out."""
    return tuple(dict.fromkeys(name for item in items if (name := getattr(item, field))))


def total_of(items: Sequence[Item], paper: Paper) -> Total:
    """一人を集計する. Raises ValueError for somebody who was absent."""
    if paper.absent:
        raise ValueError("who was absent has no total")
    marked = [(item, point) for item, point in zip(items, paper.points, strict=True) if point is not None]
    return Total(
        paper.pupil,
        sum(point for _, point in marked),
        sum(item.full for item in items),
        _parts(items, marked, "aspect"),
        _parts(items, marked, "section"),
        len(items) - len(marked),
    )


def _parts(items: Sequence[Item], marked: Sequence[tuple[Item, int]], field: str) -> tuple[Part, ...]:
    full = dict.fromkeys(names_of(items, field), 0)
    points = dict(full)
    for item in items:
        if name := getattr(item, field):
            full[name] += item.full
    for item, point in marked:
        if name := getattr(item, field):
            points[name] += point
    return tuple(Part(name, points[name], full[name]) for name in full)


def rates(results: Results, field: str) -> tuple[Rate, ...]:
    """観点別・大問別の平均得点率 (`field` is "aspect" or "section")."""
    lines = []
    for name in names_of(results.items, field):
        places = [at for at, item in enumerate(results.items) if getattr(item, field) == name]
        full = sum(results.items[at].full for at in places)
        points = sum(row[at] for row in results.scores for at in places)
        n = len(results.scores)
        lines.append(Rate(name, full, points / (n * full) if n else None))
    return tuple(lines)


def spread(results: Results) -> Spread:
    """分布を出す."""
    totals = sorted(results.totals)
    found = bars(totals, results.full)
    if not totals:
        return Spread(0, None, None, None, None, None, None, None, found)
    lower, median, upper = quartiles(totals)
    return Spread(
        len(totals), statistics.fmean(totals), statistics.pstdev(totals), totals[0], lower, median, upper, totals[-1], found
    )  # fmt: skip


def quartiles(ordered: Sequence[int]) -> tuple[float, float, float]:
    """四分位数 of sorted, non-empty values."""
    if len(ordered) == 1:
        return (float(ordered[0]),) * 3
    low, middle, high = statistics.quantiles(ordered, n=4, method="inclusive")
    return low, middle, high


def bars(totals: Sequence[int], full: int) -> tuple[Bar, ...]:
    """度数分布: ten bars of equal width (0–9 … 90–100 when full is 100); the last one also holds the full points."""
    if full < 1:
        return ()
    width = max(1, -(-full // STEPS))
    lows = list(range(0, full, width))
    found = [0] * len(lows)
    for total in totals:
        found[min(total // width, len(lows) - 1)] += 1
    return tuple(
        Bar(low, full if at == len(lows) - 1 else low + width - 1, found[at]) for at, low in enumerate(lows)
    )  # fmt: skip
