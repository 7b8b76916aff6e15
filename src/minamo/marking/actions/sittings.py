"""学級のテストを始める; the day it was written."""

import datetime as dt

from minamo.access.api import Actor, authorise
from minamo.audit import api as audit
from minamo.marking.models import Assessment, Sitting
from minamo.people.api import SchoolClass

EARLIEST = dt.timedelta(days=400)
LATEST = dt.timedelta(days=200)


class SittingRefused(ValueError):
    """The test cannot be opened for this class; the message is for the form."""


def open_sitting(*, actor: Actor, assessment: Assessment, school_class: SchoolClass, held_on: dt.date) -> Sitting:
    """始める: the sitting of a class, or the one that is already there (its day stays). Raises SittingRefused."""
    authorise(actor, "assessment:read", assessment)
    decision = authorise(actor, "sitting:open", school_class)
    if assessment.school_id != school_class.school_id:
        raise SittingRefused("ほかの学校のテストは、この学級では使えません。")
    _check(actor, held_on)
    row, made = Sitting.objects.get_or_create(
        assessment=assessment, school_class=school_class,
        defaults={
            "municipality_id": assessment.municipality_id, "school_id": assessment.school_id, "held_on": held_on,
            "opened_by_id": actor.account_id, "opened_by_label": actor.label[:60], "opened_at": actor.now,
        },
    )  # fmt: skip
    if made:
        _record(actor, row, "sitting:open", decision.rules, assessment=assessment.pk)
    return row


def change_day(*, actor: Actor, sitting: Sitting, held_on: dt.date) -> Sitting:
    """実施日を直す. Raises SittingRefused."""
    decision = authorise(actor, "sitting:manage", sitting)
    _check(actor, held_on)
    row = Sitting.objects.select_for_update().get(pk=sitting.pk)
    if row.held_on != held_on:
        row.held_on = held_on
        row.save(update_fields=["held_on"])
        _record(actor, row, "sitting:manage", decision.rules, held_on=held_on.isoformat())
    return row


def _check(actor: Actor, held_on: dt.date) -> None:
    if not actor.today - EARLIEST <= held_on <= actor.today + LATEST:
        raise SittingRefused("実施日を確かめてください（1年より前や、半年より先の日は入れられません）。")


def _record(actor: Actor, row: Sitting, action: str, rules: tuple[str, ...], **detail: object) -> None:
    audit.append(
        actor=actor, action=action, resource_type="Sitting", resource_id=str(row.pk), municipality=row.municipality_id,
        school=row.school_id, rules=rules, detail={"class": row.school_class_id, **detail},
    )  # fmt: skip
