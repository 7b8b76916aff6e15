"""確定した点のいま: what a settled sitting says now, after 見直し and changed points, and what its totals were before.

The marks stay as they were when the sitting was settled; from then on the points of the result hold. The caller has been authorised.
"""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.db.models import Exists, OuterRef, Q, Value

from minamo.marking.analysis.values import Item
from minamo.marking.models import PointsChange, Result, ResultPaper, Review, ReviewAnswer, ScanPage
from minamo.marking.queries.results import items_of
from minamo.marking.settling import Sheet


@dataclass(frozen=True)
class Settled:
    """いまの点: questions with their full points, papers with theirs, totals of the moment of settling where they were others
    (by pupil), and whether a family has asked for a review."""

    items: tuple[Item, ...]
    papers: tuple[ResultPaper, ...]
    earlier: Mapping[str, int]
    asked: bool

    @property
    def absent(self) -> tuple[str, ...]:
        """欠席の人."""
        return tuple(str(paper.pupil_id) for paper in self.papers if paper.absent)

    @property
    def sheets(self) -> tuple[Sheet, ...]:
        """答案 with the points that hold now; `backless` as they were settled."""
        return tuple(
            Sheet(str(paper.pupil_id), paper.number, str(paper.page_id or ""), tuple(paper.points), (), getattr(paper, "backless", False))
            for paper in self.papers if not paper.absent
        )  # fmt: skip


def settled_of(result: Result, *, two: bool) -> Settled:
    """いまの点 of a result; `two`: the test has two pages, and a paper may lack the second. Three queries."""
    behind = Exists(ScanPage.objects.filter(front=OuterRef("page")))
    missing = Q(page__isnull=False) & ~behind if two else Value(False)
    papers = tuple(ResultPaper.objects.filter(result=result).annotate(backless=missing).order_by("number", "id"))
    reviews = list(Review.objects.filter(paper__result=result).select_related("answer"))
    changes = list(PointsChange.objects.filter(result=result))
    items = items_of(result)
    before = {str(paper.pupil_id): total_before(paper, items, reviews, changes) for paper in papers if not paper.absent}
    now = {str(paper.pupil_id): sum(point or 0 for point in paper.points) for paper in papers}
    earlier = {pupil: total for pupil, total in before.items() if total != now[pupil]}
    return Settled(items, papers, earlier, bool(reviews))


def total_before(
    paper: ResultPaper, items: Sequence[Item], reviews: Sequence[Review], changes: Sequence[PointsChange]
) -> int:
    """確定したときの合計: answers to reviews and changes of points undone, the newest first."""
    points = list(paper.points)
    places = {item.id: at for at, item in enumerate(items)}
    answers = [one.answer for one in reviews if one.paper_id == paper.pk and hasattr(one, "answer")]
    events: list[PointsChange | ReviewAnswer] = [*changes, *answers]
    for event in sorted(events, key=_when, reverse=True):
        if isinstance(event, PointsChange):
            points = list(event.papers.get(str(paper.pk), points))
        else:
            points[places[event.review.item]] = event.before
    return sum(point or 0 for point in points)


def _when(event: PointsChange | ReviewAnswer) -> dt.datetime:
    return event.changed_at if isinstance(event, PointsChange) else event.answered_at
