"""配点を変える: what new points for the questions make of the papers that are already settled. Pure.

All points stay all points, nothing stays nothing, part of the points stays what it is; where that is more than the
question now gives, a person must look at the answer first.
"""

from collections.abc import Mapping
from dataclasses import replace

from minamo.marking.analysis.values import Results
from minamo.marking.analysis.whole import Given, Recomputed, Rule, analyse, recompute


def rescored(results: Results, full: Mapping[str, int]) -> Recomputed:
    """再計算する under new full points by question. Raises ValueError for a question without points or with none."""
    items = [replace(item, full=full[item.id]) if item.id in full else item for item in results.items]
    marks = {
        paper.pupil: [_given(point, item.full) for point, item in zip(paper.points, results.items, strict=True)]
        for paper in results.papers
        if not paper.absent
    }
    return recompute(analyse(results), items, [Rule(item.full, {}) for item in items], marks)


def _given(points: int | None, full: int) -> Given | None:
    if points is None:
        return None
    if points == full:
        return Given("right")
    return Given("partial", points=points) if points else Given("wrong")
