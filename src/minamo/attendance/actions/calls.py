"""電話の記録を残す: about a child nobody has heard of."""

import datetime as dt

from minamo.access.api import Actor, authorise
from minamo.attendance.actions.announce import announce
from minamo.attendance.models import CallLog
from minamo.audit import api as audit
from minamo.people.api import Pupil
from minamo.tenancy.api import School


class CallError(ValueError):
    """The call cannot be logged like this; the message is for the person who typed it."""


def log_call(
    *,
    actor: Actor,
    school: School,
    pupil: Pupil,
    outcome: str,
    to: str = "",
    note: str = "",
    day: dt.date | None = None,
) -> CallLog:
    """電話をかけたことを記録する: whom (`to`), what came of it (`outcome`), for the day's 連絡なし list.

    Raises CallError for a child of another school or an unknown outcome.
    """
    decision = authorise(actor, "attendance:call", school)
    if pupil.school_id != school.pk:
        raise CallError("この学校の児童生徒ではありません。")
    if outcome not in CallLog.Outcome.values:
        raise CallError("結果を選んでください。")
    call = CallLog.objects.create(
        municipality_id=school.municipality_id, school=school, pupil=pupil, day=day or actor.today,
        called_at=actor.now, called_by_id=actor.account_id, called_by_label=actor.label[:60], to=to.strip()[:60],
        outcome=outcome, note=note.strip()[:200],
    )  # fmt: skip
    audit.append(
        actor=actor, action="attendance:call", resource_type="School", resource_id=str(school.pk),
        municipality=school.municipality_id, school=school.pk, pupil=pupil.pk, rules=decision.rules,
        detail={"call": call.pk, "outcome": outcome},
    )  # fmt: skip
    announce(school.pk, pupil.homeroom_id, call.day, "call", [pupil.pk])
    return call
