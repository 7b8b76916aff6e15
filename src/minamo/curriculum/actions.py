"""Verbs of the school calendar."""

import datetime as dt
from collections.abc import Sequence
from uuid import UUID

from minamo.access.api import Actor, authorise
from minamo.audit import api as audit
from minamo.curriculum.models import CalendarEntry
from minamo.tenancy.api import School

LONGEST = dt.timedelta(days=120)


class CalendarError(ValueError):
    """The entry cannot be; the message is for the person who typed it."""


def add_entry(
    *,
    actor: Actor,
    school: School,
    begins: dt.date,
    ends: dt.date,
    kind: str,
    title: str,
    grades: Sequence[str] = (),
) -> CalendarEntry:
    """行事予定に加える: a period that differs from the plain week; it wins over what was entered before. A form sent twice is
    one entry: the same as the last one is that one.

    Raises CalendarError for a period that ends before it begins, is longer than any vacation, or has no name.
    """
    decision = authorise(actor, "calendar:edit", school)
    _check(begins, ends, kind, title)
    School.objects.select_for_update().get(pk=school.pk)
    last = CalendarEntry.objects.filter(school=school).order_by("-position").first()
    typed = {"begins": begins, "ends": ends, "kind": kind, "title": title.strip(), "grades": list(grades)}
    if last and all(getattr(last, name) == value for name, value in typed.items()):
        return last
    entry = CalendarEntry.objects.create(
        municipality_id=school.municipality_id, school=school, **typed, position=last.position + 1 if last else 1
    )
    audit.append(
        actor=actor, action="calendar:edit", resource_type="School", resource_id=str(school.pk),
        municipality=school.municipality_id, school=school.pk, rules=decision.rules,
        detail={"added": entry.pk, "begins": begins, "ends": ends, "kind": kind},
    )  # fmt: skip
    return entry


def remove_entry(*, actor: Actor, school: School, entry_id: UUID) -> None:
    """行事予定から外す. Raises CalendarEntry.DoesNotExist when it is not (or no longer) this school's."""
    decision = authorise(actor, "calendar:edit", school)
    entry = CalendarEntry.objects.select_for_update().get(pk=entry_id, school=school)
    audit.append(
        actor=actor, action="calendar:edit", resource_type="School", resource_id=str(school.pk),
        municipality=school.municipality_id, school=school.pk, rules=decision.rules,
        detail={"removed": entry.pk, "begins": entry.begins, "ends": entry.ends, "kind": entry.kind},
    )  # fmt: skip
    entry.delete()


def _check(begins: dt.date, ends: dt.date, kind: str, title: str) -> None:
    if ends < begins:
        raise CalendarError("終わりの日が、始まりの日より前になっています。")
    if ends - begins > LONGEST:
        raise CalendarError("期間が長すぎます（120日まで）。")
    if kind not in CalendarEntry.Kind.values:
        raise CalendarError("扱いを選んでください。")
    if not title.strip():
        raise CalendarError("名称を入れてください。")
