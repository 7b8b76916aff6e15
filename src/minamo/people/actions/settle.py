"""日付が変わるとき: changes that were entered for a coming day take hold on that day."""

import datetime as dt

from django.db.models import Exists, OuterRef, Q, QuerySet

from minamo.access.api import Actor
from minamo.people.actions.record import place_pointers
from minamo.people.models import ClassPupil, Enrolment, Pupil

WINDOW = dt.timedelta(days=14)


def settle(*, actor: Actor, on: dt.date) -> int:
    """Set the pointers of every pupil whose enrolment or class changed in the last fortnight; returns how many differ.

    Only for the operator (jobs): the change itself was authorised and recorded when it was entered. Doing it twice, or
    some days late, comes to the same.
    """
    if actor.kind != "system":
        raise PermissionError("only the operator turns the day")
    changed = 0
    for pupil in _candidates(on).select_for_update(of=("self",)):
        before = _pointers(pupil)
        place_pointers(pupil, on)
        changed += before != _pointers(pupil)
    return changed


def _candidates(on: dt.date) -> QuerySet[Pupil]:
    near = Q(begins__range=(on - WINDOW, on)) | Q(ends__range=(on - WINDOW - dt.timedelta(days=1), on))
    stays = Enrolment.objects.filter(near, pupil=OuterRef("pk"))
    places = ClassPupil.objects.filter(near, pupil=OuterRef("pk"))
    enrolled = Enrolment.objects.filter(pupil=OuterRef("pk"))
    return Pupil.objects.filter(Exists(stays) | Exists(places)).filter(Exists(enrolled)).order_by("id")


def _pointers(pupil: Pupil) -> tuple[object, ...]:
    return (pupil.school_id, pupil.grade, pupil.homeroom_id, pupil.attendance_number, pupil.left_on)
