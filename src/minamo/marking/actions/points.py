"""配点を変える on a settled result: everything is worked out again, what was stays readable."""

from collections.abc import Mapping

from minamo.access.api import Actor, authorise
from minamo.audit import api as audit
from minamo.marking.actions.giving import ask_book
from minamo.marking.models import PointsChange, Result, ResultPaper
from minamo.marking.points_table import MOST_POINTS
from minamo.marking.queries.results import is_undone, results_of
from minamo.marking.rescoring import rescored


class PointsRefused(ValueError):
    """The points cannot be changed like this; the message says why."""


def change_points(*, actor: Actor, result: Result, full: Mapping[str, int]) -> PointsChange | None:
    """配点を変える: new full points by question. None when nothing changes.

    Raises PointsRefused for points outside 1–200, for a settlement that was taken back, and while an answer has more points than its question would give.
    """
    decision = authorise(actor, "result:change", result)
    locked = Result.objects.select_for_update().get(pk=result.pk)
    if is_undone(locked):
        raise PointsRefused("この確定は取りやめてあります。配点は、テストの設定で変えてください。")
    before = {item["id"]: item["full"] for item in locked.items}
    after = {key: value for key, value in full.items() if key in before and before[key] != value}
    if not after:
        return None
    if any(not 1 <= value <= MOST_POINTS for value in after.values()):
        raise PointsRefused(f"配点は1から{MOST_POINTS}までの整数で入れてください。")
    papers = list(ResultPaper.objects.select_for_update().filter(result=locked))
    found = rescored(results_of(locked, papers), after)
    if found.doubtful:
        raise PointsRefused("新しい配点より高い点の答えがあります。先に、その答えの点を決めてください。")
    change = PointsChange.objects.create(
        municipality_id=locked.municipality_id, result=locked, before={key: before[key] for key in after}, after=after,
        papers={str(paper.pk): paper.points for paper in papers if not paper.absent}, changed_by_id=actor.account_id,
        changed_by_label=actor.label[:60], changed_at=actor.now,
    )  # fmt: skip
    points = {paper.pupil: list(paper.points) for paper in found.after.results.papers}
    for paper in papers:
        paper.points = points[str(paper.pupil_id)]
    ResultPaper.objects.bulk_update(papers, ["points"])
    locked.items = [{**item, "full": after.get(item["id"], item["full"])} for item in locked.items]
    locked.save(update_fields=["items"])
    ask_book(actor=actor, result=locked)
    audit.append(
        actor=actor, action="result:change", resource_type="Result", resource_id=str(locked.pk),
        municipality=locked.municipality_id, school=locked.school_id, rules=decision.rules,
        detail={"change": change.pk, "questions": len(after), "papers": len(found.totals)},
    )  # fmt: skip
    return change
