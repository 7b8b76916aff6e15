"""信頼性: how far a total would repeat itself. KR-20 on right and wrong, α (Cronbach) on points."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from minamo.marking.analysis.values import Results


@dataclass(frozen=True, slots=True)
class Reliability:
    """信頼性: both None with fewer than two questions, fewer than two papers or equal totals. `error`: 測定の標準誤差 in points."""

    kr20: float | None
    alpha: float | None
    error: float | None


def reliability(results: Results) -> Reliability:
    """KR-20 and α = J/(J−1)·(1−Σσ_j²/σ²), all variances of the population; for right and wrong σ_j² is p(1−p)."""
    right = [[int(cell) for cell in row] for row in results.right]
    alpha = coefficient(results.scores)
    error = None
    if alpha is not None and alpha >= 0:
        n = len(results.totals)
        error = math.sqrt(_spread(results.totals) / n**2 * (1 - alpha))
    return Reliability(coefficient(right), alpha, error)


def coefficient(rows: Sequence[Sequence[int]]) -> float | None:
    """α of a table of whole numbers."""
    if len(rows) < 2 or len(rows[0]) < 2:
        return None
    whole = _spread([sum(row) for row in rows])
    if whole == 0:
        return None
    parts = sum(_spread(column) for column in zip(*rows, strict=True))
    items = len(rows[0])
    return items * (whole - parts) / ((items - 1) * whole)


def _spread(values: Sequence[int]) -> int:
    """n² times the variance: exact."""
    return len(values) * sum(value * value for value in values) - sum(values) ** 2
