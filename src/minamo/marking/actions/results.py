"""テスト結果を確定する."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import asdict
from uuid import UUID

from minamo.access.api import Actor, authorise
from minamo.audit import api as audit
from minamo.marking.analysis.values import Results
from minamo.marking.models import Result, ResultPaper
from minamo.people.api import SchoolClass


class ResultRefused(ValueError):
    """The result cannot be settled like this; `field` is the field of the form."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


def settle_result(
    *, actor: Actor, school_class: SchoolClass, title: str, subject: str, held_on: dt.date, results: Results,
    numbers: Mapping[str, int | None], key: UUID, pages: Mapping[str, UUID] | None = None,
) -> Result:  # fmt: skip
    """テスト結果を確定する in the name of the actor: questions and papers as they are now.

    `numbers`: pupil → 出席番号, `pages`: pupil → scanned page where the test was marked here. The same `key` again gives the result that is already there. Raises ResultRefused.
    """
    decision = authorise(actor, "result:settle", school_class)
    there = Result.objects.filter(key=key, school_class=school_class).first()
    if there is not None:
        return there
    if not title.strip():
        raise ResultRefused("title", "テストの名前を入れてください。")
    if held_on > actor.today:
        raise ResultRefused("held_on", "実施日が先の日になっています。")
    if not any(not paper.absent for paper in results.papers):
        raise ResultRefused("file", "点数のある人がいません。")
    result = Result.objects.create(
        municipality_id=school_class.municipality_id, school_id=school_class.school_id, school_class=school_class,
        title=title.strip()[:60], subject=subject.strip()[:20], held_on=held_on, key=key,
        items=[asdict(item) for item in results.items], settled_by_id=actor.account_id,
        settled_by_label=actor.label[:60], settled_at=actor.now,
    )  # fmt: skip
    ResultPaper.objects.bulk_create(
        ResultPaper(
            municipality_id=result.municipality_id, result=result, pupil_id=UUID(paper.pupil),
            number=numbers.get(paper.pupil), points=list(paper.points), texts=list(paper.texts), looks=list(paper.looks), absent=paper.absent,
            page_id=(pages or {}).get(paper.pupil),
        )
        for paper in results.papers
    )  # fmt: skip
    audit.append(
        actor=actor, action="result:settle", resource_type="Result", resource_id=str(result.pk),
        municipality=result.municipality_id, school=result.school_id, rules=decision.rules,
        detail={"class": school_class.pk, "papers": len(results.papers), "questions": len(results.items)},
    )  # fmt: skip
    return result
