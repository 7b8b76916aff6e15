"""S–P表: pupils by score, questions by how many had them right, and what stands out of that order (Sato 1975).

Only right (all points) and not right count. Ties stay in the order given: 出席番号 for pupils, place on the sheet for
questions; the indices and the curves do not depend on that.

注意係数 of a pupil with score s: (Σ_{j≤s} n_j − Σ_j u_j n_j) / (Σ_{j≤s} n_j − s·n̄), questions in descending n_j; it is what
Sato writes as Σ_{j≤s}(1−u_j)n_j − Σ_{j>s}u_j n_j above the same line. For a question the roles are changed. All right,
all wrong or a flat table make the line 0: then there is no index (None). The modified index (Harnisch–Linn) divides by
Σ_{j≤s} n_j − Σ_{j>J−s} n_j and lies in 0–1.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from minamo.marking.analysis.values import Results

ATTENTION, STRONG = 0.5, 0.75


@dataclass(frozen=True, slots=True)
class Line:
    """一人、または一問: `place` in the results, `count` of right answers, 注意係数 and its modified form."""

    place: int
    count: int
    caution: float | None
    modified: float | None


@dataclass(frozen=True, slots=True)
class SPTable:
    """S–P表. `pupils` and `items` in the order of the table; `cells[row][column]` in that order too.

    `apart`: 差異量, cells between the S and the P curve as a share of the table. `disparity`: that, against what a table of
    the same size and 正答率 would show if chance alone had filled it (None when there is nothing to compare).
    """

    pupils: tuple[Line, ...]
    items: tuple[Line, ...]
    cells: tuple[tuple[bool, ...], ...]
    apart: float | None
    disparity: float | None


def sp_table(results: Results) -> SPTable:
    """S–P表を作る of whole papers; absent pupils are not in it."""
    right = results.right
    scores = [sum(row) for row in right]
    counts = [sum(column) for column in zip(*right, strict=True)] if right else [0] * len(results.items)
    rows = sorted(range(len(scores)), key=lambda at: -scores[at])
    columns = sorted(range(len(counts)), key=lambda at: -counts[at])
    by_items = _Steps([counts[at] for at in columns])
    by_pupils = _Steps([scores[at] for at in rows])
    pupils = tuple(
        Line(at, scores[at], *by_items.indices(scores[at], sum(n for n, u in zip(counts, right[at], strict=True) if u)))
        for at in rows
    )
    items = tuple(
        Line(
            at,
            counts[at],
            *by_pupils.indices(counts[at], sum(s for s, row in zip(scores, right, strict=True) if row[at])),
        )
        for at in columns
    )
    cells = tuple(tuple(right[row][column] for column in columns) for row in rows)
    apart, disparity = _disparity([line.count for line in pupils], [line.count for line in items])
    return SPTable(pupils, items, cells, apart, disparity)


class _Steps:
    """The other side of the table in descending order, summed up once for all lines."""

    def __init__(self, ordered: Sequence[int]) -> None:
        self.size, self.total = len(ordered), sum(ordered)
        self.sums = [0]
        for value in ordered:
            self.sums.append(self.sums[-1] + value)

    def indices(self, count: int, met: int) -> tuple[float | None, float | None]:
        """注意係数 and modified index of a line with `count` right answers that meet `met` in sum; exact integers inside."""
        above = self.sums[count] - met
        below = self.size * self.sums[count] - count * self.total  # both sides times the length of the other side
        span = self.sums[count] - (self.total - self.sums[self.size - count])
        return (self.size * above / below if below else None), (above / span if span else None)


def _disparity(scores: Sequence[int], counts: Sequence[int]) -> tuple[float | None, float | None]:
    """差異量 and its ratio to chance."""
    size = len(scores) * len(counts)
    if not size:
        return None, None
    between, right = _between(scores, counts), sum(scores) / size
    if right in (0.0, 1.0):
        return between / size, None
    chance = _between(_by_chance(len(scores), len(counts), right), _by_chance(len(counts), len(scores), right))
    return between / size, (between / chance if chance > 1e-9 else None)


def _between(scores: Sequence[float], counts: Sequence[float]) -> float:
    """Area under exactly one of the two curves, a cell being 1; both lists descend."""
    apart = 0.0
    for row, score in enumerate(scores):
        cuts = sorted({float(row), row + 1.0, *(count for count in counts if row < count < row + 1)})
        for low, high in pairwise(cuts):
            apart += (high - low) * abs(score - sum(count > low for count in counts))
    return apart


def _by_chance(lines: int, trials: int, right: float) -> list[float]:
    """A curve when every cell is right with the same chance: `lines` equal slices of the binomial distribution, their means,
    the highest first."""
    sums, line, room = [0.0] * lines, 0, 1 / lines
    for value in range(trials + 1):
        mass = _chance(trials, value, right)
        while mass > room and line < lines - 1:
            sums[line] += value * room
            mass, line, room = mass - room, line + 1, 1 / lines
        sums[line] += value * mass
        room -= mass
    return [lines * one for one in reversed(sums)]


def _chance(trials: int, hits: int, right: float) -> float:
    """Binomial probability, by logarithms so that 400 pupils do not overflow."""
    ways = math.lgamma(trials + 1) - math.lgamma(hits + 1) - math.lgamma(trials - hits + 1)
    return math.exp(ways + hits * math.log(right) + (trials - hits) * math.log1p(-right))
