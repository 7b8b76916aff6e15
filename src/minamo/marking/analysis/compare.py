"""比べる: classes and years beside each other, small numbers held back.

A figure of fewer than `least` pupils is not shown to anybody who may not see the pupils themselves. One hidden line could
be worked out from the line of all: then the next smallest line is held back too, until at least two are hidden and they
hold `least` pupils together, or everything is.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from minamo.marking.analysis.totals import rates, spread
from minamo.marking.analysis.values import Results

LEAST = 10


@dataclass(frozen=True, slots=True)
class Side:
    """比べる一つ: a class, a year. Rates are shares of the full points (0–1) so that tests of other length compare.

    `shown` False: everything but the name is None (small numbers).
    """

    name: str
    shown: bool
    n: int | None
    absent: int | None
    mean: float | None
    median: float | None
    deviation: float | None
    aspects: Mapping[str, float | None]
    sections: Mapping[str, float | None]
    questions: Mapping[str, float | None]


def compare(sides: Mapping[str, Results], *, least: int = LEAST, whole: str = "") -> tuple[Side, ...]:
    """並べる: one line per class or year in the order given; `whole` names a line of all of them together (same test only).

    `least=0` shows all: for the teachers of the classes. Raises ValueError when `whole` is asked for unlike tests.
    """
    shown = showable({name: len(results.whole) for name, results in sides.items()}, least, bool(whole))
    lines = [_side(name, results, name in shown) for name, results in sides.items()]
    if whole and sides:
        items = next(iter(sides.values())).items
        if any(results.items != items for results in sides.values()):
            raise ValueError("only papers of one test make a whole")
        together = Results(items, tuple(paper for results in sides.values() for paper in results.papers))
        lines.append(_side(whole, together, len(together.whole) >= max(1, least)))
    return tuple(lines)


def showable(counts: Mapping[str, int], least: int, with_whole: bool) -> frozenset[str]:
    """見せてよい行: names whose figures may be shown. With a line of all beside them no hidden one can be subtracted out."""
    hidden = {name for name, n in counts.items() if n < max(1, least)}
    if not with_whole or not any(counts[name] for name in hidden):
        return frozenset(counts) - hidden
    rest = sorted((name for name in counts if name not in hidden), key=lambda name: counts[name])
    while rest and (
        sum(counts[name] > 0 for name in hidden) < 2 or sum(counts[name] for name in hidden) < least
    ):  # fmt: skip
        hidden.add(rest.pop(0))
    return frozenset(counts) - hidden


def _side(name: str, results: Results, shown: bool) -> Side:
    if not shown:
        return Side(name, False, None, None, None, None, None, {}, {}, {})
    found, full = spread(results), results.full
    return Side(
        name,
        True,
        found.n,
        results.absent,
        _share(found.mean, full),
        _share(found.median, full),
        _share(found.deviation, full),
        {rate.name: rate.mean for rate in rates(results, "aspect")},
        {rate.name: rate.mean for rate in rates(results, "section")},
        {item.id: _column(results.scores, at, item.full) for at, item in enumerate(results.items)},
    )


def _share(value: float | None, full: int) -> float | None:
    return value / full if value is not None and full else None


def _column(scores: Sequence[Sequence[int]], at: int, full: int) -> float | None:
    return math.fsum(row[at] for row in scores) / (len(scores) * full) if scores else None
