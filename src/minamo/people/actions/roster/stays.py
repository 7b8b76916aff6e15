"""在籍: where pupils are, where they begin, where they leave, and who comes from another town."""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from uuid import UUID

from django.db.models import Q

from minamo.access.api import Account, Actor
from minamo.people.actions.roster.persons import disable_accounts
from minamo.people.actions.roster.values import (
    BATCH,
    RosterLeaving,
    RosterPerson,
    RosterPlace,
    RosterStay,
    may_import,
    name_columns,
    note,
)
from minamo.people.models import (
    ClassPupil,
    Enrolment,
    FormerPupil,
    GuardianLink,
    Pupil,
    Restriction,
)
from minamo.people.roster import holds_on
from minamo.people.rules import ONE_DAY


def place_pupils(*, actor: Actor, municipality_id: UUID, places: Mapping[UUID, RosterPlace]) -> None:
    """いまの所属を書き直す: school, grade, homeroom and number of present pupils."""
    may_import(actor, municipality_id)
    rows = list(Pupil.objects.select_for_update(of=("self",)).filter(pk__in=places))
    for row in rows:
        place = places[row.id]
        row.school_id, row.grade = place.school_id, place.grade
        row.homeroom_id, row.attendance_number = place.homeroom_id, place.number
    Pupil.objects.bulk_update(rows, ["school", "grade", "homeroom", "attendance_number"], batch_size=BATCH)


def import_stays(*, actor: Actor, municipality_id: UUID, stays: Sequence[RosterStay], known: Iterable[UUID]) -> None:
    """在籍を始める. For pupils already known the former stay ends the day before (転学日); a stay from the same day on is
    corrected in place (and opened again, when it had ended by mistake)."""
    decision = may_import(actor, municipality_id)
    known_ids = set(known)
    rows = Enrolment.objects.select_for_update().filter(pupil_id__in=known_ids).order_by("begins")
    latest = {row.pupil_id: row for row in rows}
    fresh: list[Enrolment] = []
    for stay in stays:
        former = latest.get(stay.pupil_id)
        if former is not None and _goes_on(former, stay):
            continue
        fresh.append(
            Enrolment(
                municipality_id=municipality_id, pupil_id=stay.pupil_id, school_id=stay.school_id, grade=stay.grade,
                year=stay.year, begins=stay.begins, begin_kind=stay.begin_kind, previous_school=stay.previous_school,
            )
        )  # fmt: skip
    Enrolment.objects.bulk_create(fresh, batch_size=BATCH)
    Pupil.objects.filter(pk__in=known_ids & {stay.pupil_id for stay in stays}).update(left_on=None)
    moving = [s for s in stays if s.begin_kind == Enrolment.Begin.TRANSFER_IN.value or s.previous_school]
    pupils = Pupil.objects.in_bulk([stay.pupil_id for stay in moving])
    for stay in moving:
        note(actor, pupils[stay.pupil_id], decision, stay.begin_kind, begins=stay.begins)


def _goes_on(former: Enrolment, stay: RosterStay) -> bool:
    """Settle the former stay: corrected in place (True), or ended before the new one (False)."""
    rows = Enrolment.objects.filter(pk=former.pk)
    if former.begins >= stay.begins:
        rows.update(school_id=stay.school_id, grade=stay.grade, year=stay.year, ends=None, end_kind="", next_school="")
        return True
    if former.ends is None or former.ends >= stay.begins:
        rows.update(ends=stay.begins - ONE_DAY, end_kind=stay.end_kind, next_school=stay.next_school)
    return False


def import_leavings(*, actor: Actor, municipality_id: UUID, leavings: Sequence[RosterLeaving]) -> None:
    """転出・卒業: end stay, places and sign-in; the record itself stays, and numbers are not closed up."""
    decision = may_import(actor, municipality_id)
    rows = {
        row.id: row
        for row in Pupil.objects.select_for_update(of=("self",)).filter(pk__in=[x.pupil_id for x in leavings])
    }
    for leaving in leavings:
        row = rows.get(leaving.pupil_id)
        if row is None:  # he is another town's pupil by now; his stay here has ended already
            continue
        stay = (
            Enrolment.objects.filter(Q(ends__isnull=True) | Q(ends__gt=leaving.last_day), pupil=row)
            .order_by("begins")
            .last()
        )
        if stay is not None:
            last_day = max(leaving.last_day, stay.begins)
            Enrolment.objects.filter(pk=stay.pk).update(ends=last_day, end_kind=leaving.end_kind)
            Pupil.objects.filter(pk=row.id).update(left_on=last_day)
        places = ClassPupil.objects.filter(pupil=row)
        places.filter(begins__gt=leaving.last_day).delete()
        places.filter(Q(ends__isnull=True) | Q(ends__gt=leaving.last_day)).update(ends=leaving.last_day)
        note(actor, row, decision, leaving.end_kind, last_day=leaving.last_day)
    disable_accounts(actor=actor, municipality_id=municipality_id,
                     account_ids=[row.account_id for row in rows.values() if row.account_id])  # fmt: skip


def receive_pupil(
    *, actor: Actor, municipality_id: UUID, pupil_id: UUID, person: RosterPerson, place: RosterPlace,
    accepted_on: dt.date, next_school: str,
) -> None:  # fmt: skip
    """町をまたぐ転入: the row keeps its id and comes under this municipality; the other one keeps stay and places,
    ended on the 転学日 (the day before). Both municipalities must be in scope."""
    decision = may_import(actor, municipality_id)
    row = Pupil.objects.select_for_update(of=("self",)).get(pk=pupil_id)
    last_day = accepted_on - ONE_DAY
    _keep_former(row, last_day)
    for stay in Enrolment.objects.filter(pupil=row, ends__isnull=True):
        ends = max(last_day, stay.begins)
        Enrolment.objects.filter(pk=stay.pk).update(
            ends=ends, end_kind="transfer_out", next_school="" if _protected(row, accepted_on) else next_school
        )
    places = ClassPupil.objects.filter(pupil=row)
    places.filter(begins__gt=last_day).delete()
    places.filter(Q(ends__isnull=True) | Q(ends__gt=last_day)).update(ends=last_day)
    GuardianLink.objects.filter(Q(ends__isnull=True) | Q(ends__gt=last_day), pupil=row).update(ends=last_day)
    note(actor, row, decision, "transfer_out", last_day=last_day)
    if row.account_id is not None:
        Account.objects.filter(pk=row.account_id).update(
            login_id=person.login_id, email=person.email, label=person.label, is_active=person.enabled
        )
    Pupil.objects.filter(pk=pupil_id).update(
        municipality_id=municipality_id, household=None, left_on=None,
        student_number=person.number, search_key=person.search_key, school_id=place.school_id, grade=place.grade,
        homeroom_id=place.homeroom_id, attendance_number=place.number, **name_columns(person.name),
    )  # fmt: skip


def _keep_former(row: Pupil, last_day: dt.date) -> None:
    """The former school's papers keep the name as it stands now, before the row goes behind the other wall."""
    FormerPupil.objects.get_or_create(
        municipality_id=row.municipality_id, pupil=row, last_day=last_day,
        defaults={"school_id": row.school_id, "grade": row.grade, "sex": row.sex, "student_number": row.student_number,
                  "search_key": row.search_key, **name_columns(row.name)},
    )  # fmt: skip


def _protected(row: Pupil, on: dt.date) -> bool:
    """支援措置: where the child goes is not written down at the former school."""
    held = Restriction.objects.filter(holds_on(on), pupil=row, kind=Restriction.Kind.ADDRESS)
    return held.exists()
