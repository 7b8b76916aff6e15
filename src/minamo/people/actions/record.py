"""What every verb of this room does around its change: lock the pupil, keep the pointers, write the trail."""

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

from minamo.access.api import Actor, Decision
from minamo.audit.api import append
from minamo.kernel.live import publish
from minamo.people.models import ClassPupil, Enrolment, Pupil, SchoolClass


def account_of(actor: Actor) -> UUID | None:
    """The account to name in a row; commands and jobs have none."""
    return None if actor.kind == "system" else actor.account_id


def locked(pupil_id: UUID) -> Pupil:
    """The pupil's row, locked until the end of the transaction. Raises Pupil.DoesNotExist."""
    return Pupil.objects.select_for_update(of=("self",)).get(pk=pupil_id)


def record(
    actor: Actor,
    action: str,
    pupil: Pupil,
    decision: Decision,
    verb: str,
    said: Mapping[str, str] | None = None,
    **detail: Any,
) -> None:
    """One row in the trail for a changed pupil, and one event for open lists of the school. Ids and codes only; what is `said` of the
    pupil is encrypted under the pupil's key."""
    append(
        actor=actor, action=action, resource_type="Pupil", resource_id=str(pupil.id),
        municipality=pupil.municipality_id, school=pupil.school_id, pupil=pupil.id, rules=decision.rules,
        detail={"verb": verb, **detail}, private={pupil.id: said} if said else None,
    )  # fmt: skip
    publish(f"school:{pupil.school_id}", "people", pupil=pupil.id, what=verb)


def place_pointers(pupil: Pupil, today: dt.date) -> None:
    """いまの所属: set school, grade, class, number and the day of leaving from enrolments and places, and save them.

    Before the first day of a first enrolment the coming one counts, so that a newcomer is already on the list.
    """
    stays = list(Enrolment.objects.filter(pupil=pupil).order_by("begins"))
    started = [stay for stay in stays if stay.begins <= today]
    current = started[-1] if started else stays[0]
    pupil.school_id, pupil.grade = current.school_id, current.grade
    pupil.left_on = current.ends if current is stays[-1] else None
    pupil.homeroom_id, pupil.attendance_number = _homeroom(pupil, current, today)
    pupil.save(update_fields=["school", "grade", "left_on", "homeroom", "attendance_number"])


def _homeroom(pupil: Pupil, stay: Enrolment, today: dt.date) -> tuple[UUID | None, int | None]:
    """The class of today, else the last one before, else the coming one, at the school of the stay."""
    places = ClassPupil.objects.filter(
        pupil=pupil, kind=SchoolClass.Kind.HOMEROOM, school_class__school=stay.school_id, begins__gte=stay.begins
    ).order_by("begins")
    rows = list(places)
    started = [place for place in rows if place.begins <= today]
    chosen = started[-1] if started else rows[0] if rows else None
    return (chosen.school_class_id, chosen.number) if chosen else (None, None)


def close_places(pupil: Pupil, last_day: dt.date, kinds: Iterable[str] | None = None) -> None:
    """End the pupil's places on a day; places that would begin after it never come to be."""
    places = ClassPupil.objects.filter(pupil=pupil)
    if kinds is not None:
        places = places.filter(kind__in=list(kinds))
    places.filter(begins__gt=last_day).delete()
    places.filter(ends__isnull=True).update(ends=last_day)
    places.filter(ends__gt=last_day).update(ends=last_day)
