"""影響を受けた人: who was opened one by one, and who stood on pages that were opened, as the trail has it."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from minamo.audit.api import Within, touched_by
from minamo.people.api import FamilyAccount, at_the_school, families_called, family_account, own_children
from minamo.policy.models import Incident

FAMILIES = 50  # as many as a search shows


@dataclass(frozen=True)
class Affected:
    """`opened` are named by rows of the trail, `possible` adds who stood on pages about a class, a test, a place, and (`own`) the
    children a guardian's or pupil's account could see: their pages leave no row each. `uncounted`: how many rows of each kind
    there are of which nobody can say whom they showed."""

    label: str
    opened: frozenset[UUID]
    possible: frozenset[UUID]
    rows: int
    own: frozenset[UUID]
    uncounted: Mapping[str, int]


def within(incident: Incident, since: dt.datetime, until: dt.datetime) -> Within:
    """The place of an incident, and the days of a time."""
    return Within.between(incident.municipality_id, incident.school_id, since, until)


def affected_by(incident: Incident, account: UUID, since: dt.datetime, until: dt.datetime) -> Affected:
    """Callers are authorised. An incident of a school counts only its children."""
    found = touched_by(incident.municipality_id, account, since, until, school=incident.school_id)
    place = within(incident, since, until)
    opened = found.pupils | at_the_school(found.loose, place)
    own = own_children(account, place)
    return Affected(found.label or "この人", opened, opened | found.listed | own, found.rows, own, found.uncounted)


def families_named(incident: Incident, words: str) -> list[FamilyAccount]:
    """保護者と児童生徒 of the school (of an incident of the board: of the municipality) by name. Callers are authorised."""
    return families_called(words, within(incident, incident.known_at, incident.known_at), FAMILIES)


def family_of(incident: Incident, account: UUID) -> FamilyAccount | None:
    """The account of a family of the place, None for any other."""
    return family_account(account, within(incident, incident.known_at, incident.known_at))
