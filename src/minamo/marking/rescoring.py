"""配点を変える: what new points for the questions make of the papers that are already settled. Pure.

All points stay all points, nothing stays nothing, part of the points stays what it is; where that is more than the
question now gives, a person must look at the answer first. The same holds while a test is still being marked and its set-up is
saved anew (`changes`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from minamo.marking.analysis.values import Results
from minamo.marking.analysis.whole import Given, Recomputed, Rule, analyse, points_of, recompute
from minamo.marking.marks_rules import Slot


def rescored(results: Results, full: Mapping[str, int]) -> Recomputed:
    """再計算する under new full points by question. Raises ValueError for a question without points or with none."""
    items = [replace(item, full=full[item.id]) if item.id in full else item for item in results.items]
    marks = {
        paper.pupil: [_given(point, item.full) for point, item in zip(paper.points, results.items, strict=True)]
        for paper in results.papers
        if not paper.absent
    }
    return recompute(analyse(results), items, [Rule(item.full, {}) for item in items], marks)


def carried(
    points: int | None, before: Rule, now: Rule, criteria: Sequence[str] = (), *, keep: bool = False
) -> int | None:
    """引き継ぐ点: what a mark under the rule of then is under the rule of now. All points stay all points, nothing stays nothing,
    a criterion gives what it gives now, another part stays what it is. None: a person must look again, because a part is
    more than the question gives (with `keep` it is left as it was) or nothing was given."""
    given = _given(points, before.full)
    if given is not None and given.verdict == "partial" and len(criteria) == 1:
        (name,) = criteria
        if name in now.criteria and before.criteria.get(name) == points:
            given = Given("partial", name)
    found = points_of(now, given)
    return points if found is None and keep else found


@dataclass(frozen=True, slots=True)
class Change:
    """点が変わる採点: one mark under the new edition; `after` None = a person must look at the answer."""

    page: str
    question: str
    turn: int
    before: int
    after: int | None


def changes(
    marks: Mapping[Slot, tuple[int | None, tuple[str, ...], int]], rules: Mapping[int, Mapping[str, Rule]], now: int
) -> list[Change]:
    """採点のずれ: every mark (points, criteria, number of the edition it was made under) that is another one under edition
    `now`. `rules`: edition → question → rule. Questions that are gone, or were not there then, change nothing."""
    found = []
    for (page, question, turn), (points, criteria, edition) in marks.items():
        before, after = rules.get(edition, {}).get(question), rules[now].get(question)
        if points is None or before is None or after is None or before == after:
            continue
        new = carried(points, before, after, criteria)
        if new != points:
            found.append(Change(page, question, turn, points, new))
    return found


def _given(points: int | None, full: int) -> Given | None:
    if points is None:
        return None
    if points == full:
        return Given("right")
    return Given("partial", points=points) if points else Given("wrong")
