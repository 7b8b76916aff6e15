"""影響を受けた人: who was opened one by one, and who stood in lists that were opened, as the trail has it."""

import datetime as dt
from dataclasses import dataclass
from uuid import UUID

from minamo.audit.api import touched_by
from minamo.kernel.schoolyear import JST
from minamo.people.api import roster_of_class_between, roster_of_school_between
from minamo.policy.models import Incident


@dataclass(frozen=True)
class Affected:
    """`opened` are named by rows of the trail, `possible` adds who stood in the lists of classes and schools opened."""

    label: str
    opened: frozenset[UUID]
    possible: frozenset[UUID]
    rows: int


def affected_by(incident: Incident, account: UUID, since: dt.datetime, until: dt.datetime) -> Affected:
    """Callers are authorised. An incident of a school counts only what concerns that school."""
    found = touched_by(incident.municipality_id, account, since, until, school=incident.school_id)
    first, last = since.astimezone(JST).date(), until.astimezone(JST).date()
    lists = [roster_of_class_between(each, first, last) for each in found.classes]
    lists += [roster_of_school_between(each, first, last) for each in found.schools]
    listed = {pupil.pupil_id for rows in lists for pupil in rows}
    return Affected(found.label or "この人", found.pupils, found.pupils | listed, found.rows)
