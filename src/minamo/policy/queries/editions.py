"""前の版 (editions that were in force before): what they said and until when they were to be acknowledged, for deadlines that no new
edition puts off."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from minamo.policy.models import Issue
from minamo.policy.queries.texts import text_in
from minamo.policy.rules.text import Text

MOST_MET = 100
_met: dict[UUID, Text] = {}  # once in force, an edition's words never change


@dataclass(frozen=True)
class Past:
    """前の版 that has been in force, without its words."""

    pk: UUID
    number: int
    by: dt.date


@dataclass(frozen=True)
class Now:
    """The edition in hand, what it says, and those before it, the newest first. `days` keeps what many have in common."""

    issue: Issue
    text: Text
    former: Sequence[Past]
    days: dict[tuple[str, ...], dict[str, dt.date]] = field(default_factory=dict)


def now_of(issue: Issue) -> Now:
    """With the editions that were in force before. One query, none for the first edition."""
    if issue.number == 1:
        return Now(issue, text_in(issue), [])
    rows = in_force_before(issue.municipality_id, issue.number).order_by("-number")
    found = rows.values_list("pk", "number", "acknowledge_by")
    return Now(issue, text_in(issue), [Past(pk, number, by) for pk, number, by in found if by])


def in_force_before(municipality: Any, number: Any) -> QuerySet[Issue]:
    """Editions of a municipality that were in force and have a lower number."""
    return Issue.objects.filter(
        municipality=municipality, number__lt=number, activated_at__isnull=False, acknowledge_by__isnull=False
    )


def texts_of(editions: Sequence[Past]) -> list[Text]:
    """What they said. One query for those that this process has not met yet."""
    known = {past.pk: _met[past.pk] for past in editions if past.pk in _met}
    missing = [past.pk for past in editions if past.pk not in known]
    if len(_met) + len(missing) > MOST_MET:
        _met.clear()
    for row in Issue.objects.filter(pk__in=missing).only("number", "clauses", "limits", "overlay") if missing else ():
        known[row.pk] = _met[row.pk] = text_in(row)
    return [known[past.pk] for past in editions]
