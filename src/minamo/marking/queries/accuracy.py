"""読み取りの精度を読む: the marks of a school's tests beside what the machine read. The caller has been authorised."""

import datetime as dt
from collections.abc import Iterator
from typing import Any
from uuid import UUID

from minamo.marking.accuracy import confirmed
from minamo.marking.models import FIRST, AnswerMark, Edition, ScanPage, Sitting
from minamo.marking.reading.report import Confirmed
from minamo.marking.setup import Question, questions_of

MOST = 400  # sittings


def readings_of(school: UUID, since: dt.date) -> Iterator[Confirmed]:
    """確認済みの読み取り of a school's tests since a day, the newest tests first. Four queries."""
    sittings = dict(Sitting.objects.filter(school=school, held_on__gte=since).values_list("id", "assessment_id")[:MOST])
    pages: dict[UUID, tuple[UUID | None, dict[str, Any]]] = {}
    rows = ScanPage.objects.filter(sitting__in=sittings, status__in=("ok", "leaf")).exclude(readings={})
    for page, front, made_with, read in rows.values_list("id", "front_id", "edition_id", "readings"):
        before = pages.get(front or page, (made_with, {}))  # a second page's answers are its front's
        pages[front or page] = (before[0], before[1] | read)
    editions = _editions({edition for edition, _ in pages.values() if edition})
    marks = AnswerMark.objects.filter(sitting__in=sittings, round=FIRST, points__isnull=False).order_by()
    for page, name, points, how in marks.values_list("page_id", "question", "points", "how").iterator():
        if page not in pages:
            continue
        edition, readings = pages[page]
        question = editions[edition].get(name) if edition else None
        found = confirmed(question, readings.get(name), points, how) if question else None
        if found is not None:
            yield found


def _editions(wanted: set[UUID]) -> dict[UUID, dict[str, Question]]:
    rows = Edition.objects.filter(pk__in=wanted).values_list("id", "questions")
    return {pk: {one.id: one for one in questions_of(questions)} for pk, questions in rows}


def tests_of(school: UUID, since: dt.date) -> int:
    """How many tests the report rests on. One query."""
    return Sitting.objects.filter(school=school, held_on__gte=since, marks__isnull=False).distinct().count()
