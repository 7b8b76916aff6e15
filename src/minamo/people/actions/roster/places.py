"""学級・所属・担任 of a roster."""

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from django.db.models import F, Q, Value
from django.db.models.functions import Greatest

from minamo.access.api import Actor
from minamo.people.actions.roster.values import BATCH, RosterClass, RosterSeat, RosterTeaching, may_import
from minamo.people.models import (
    ClassPupil,
    ClassStaff,
    SchoolClass,
)


def import_classes(
    *, actor: Actor, municipality_id: UUID, new: Sequence[RosterClass], changed: Sequence[RosterClass]
) -> None:
    """学級を登録・更新する."""
    may_import(actor, municipality_id)
    rows = [SchoolClass(id=c.id, municipality_id=municipality_id, school_id=c.school_id, **c.values) for c in new]
    SchoolClass.objects.bulk_create(rows, batch_size=BATCH)
    for c in changed:
        SchoolClass.objects.filter(pk=c.id).update(school_id=c.school_id, **c.values)


def import_seats(
    *, actor: Actor, municipality_id: UUID, new: Sequence[RosterSeat], changed: Sequence[RosterSeat],
    ended: Mapping[UUID, dt.date],
) -> None:  # fmt: skip
    """学級への所属. A place that ends before it began never held and is taken back."""
    may_import(actor, municipality_id)
    there = set(ClassPupil.objects.filter(pk__in=[s.id for s in changed]).values_list("id", flat=True))
    new = [*new, *(s for s in changed if s.id not in there)]
    ClassPupil.objects.bulk_create(
        [
            ClassPupil(
                id=s.id, municipality_id=municipality_id, school_class_id=s.class_id, pupil_id=s.pupil_id, kind=s.kind,
                number=s.number, begins=s.begins, ends=s.ends,
            )
            for s in new
        ],
        batch_size=BATCH,
    )  # fmt: skip
    for s in (s for s in changed if s.id in there):
        ClassPupil.objects.filter(pk=s.id).update(number=s.number, begins=s.begins, ends=s.ends)
    _end(ClassPupil, ended)


def import_teaching(
    *, actor: Actor, municipality_id: UUID, new: Sequence[RosterTeaching], changed: Sequence[RosterTeaching],
    ended: Mapping[UUID, dt.date],
) -> None:  # fmt: skip
    """担任・教科担任."""
    may_import(actor, municipality_id)
    there = set(ClassStaff.objects.filter(pk__in=[t.id for t in changed]).values_list("id", flat=True))
    new = [*new, *(t for t in changed if t.id not in there)]
    ClassStaff.objects.bulk_create(
        [
            ClassStaff(
                id=t.id, municipality_id=municipality_id, school_class_id=t.class_id, account_id=t.account_id,
                primary=t.primary, begins=t.begins, ends=t.ends,
            )
            for t in new
        ],
        batch_size=BATCH,
    )  # fmt: skip
    for t in (t for t in changed if t.id in there):
        ClassStaff.objects.filter(pk=t.id).update(primary=t.primary, begins=t.begins, ends=t.ends)
    _end(ClassStaff, ended)


def _end(model: type[ClassPupil] | type[ClassStaff], ended: Mapping[UUID, dt.date]) -> None:
    days: dict[dt.date, list[UUID]] = {}
    for key, day in ended.items():
        days.setdefault(day, []).append(key)
    for day, keys in days.items():
        rows: Any = model.objects.filter(pk__in=keys)
        rows.filter(begins__gt=day).delete()
        rows.filter(Q(ends__isnull=True) | Q(ends__gt=day)).update(ends=Greatest(F("begins"), Value(day)))


def teaching_accounts(municipality_id: UUID, on: dt.date) -> set[UUID]:
    """学級を持つ人: accounts that teach some class of the municipality on a day."""
    rows = ClassStaff.objects.filter(
        Q(ends__isnull=True) | Q(ends__gte=on), municipality=municipality_id, begins__lte=on
    )
    return set(rows.values_list("account_id", flat=True))
