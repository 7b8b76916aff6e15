"""確認待ち: rows of a list that a person corrects or leaves out. A corrected row is read again like any other."""

import datetime as dt
from collections.abc import Collection, Mapping
from uuid import UUID

from minamo.access.api import Actor, authorise
from minamo.audit.api import append
from minamo.interop.guardians.flags import ABOUT, DECISIONS, FLAGS
from minamo.interop.guardians.intake import family_of, roster_of
from minamo.interop.guardians.match import Outcome, outcomes
from minamo.interop.models import TrayRow
from minamo.people.api import put_families
from minamo.tenancy.api import School


def waiting_rows(school: School) -> list[dict[str, object]]:
    """Rows that wait or want to be seen, with their flags in words."""
    rows = TrayRow.objects.filter(school=school, state=TrayRow.State.WAITING).select_related("pupil", "pupil__homeroom")
    return [
        {"id": row.pk, "record": row.record, "values": row.values, "blocking": row.blocking, "pupil": row.pupil,
         "flags": [(code, *FLAGS[code]) for code in row.flags],
         "decisions": [(code, DECISIONS[code]) for code in row.flags if code in DECISIONS],
         "focus": [name for code in row.flags for name in ABOUT.get(code, ()) if name in row.values]}
        for row in rows.order_by("-blocking", "record")
    ]  # fmt: skip


def decide(
    *,
    actor: Actor,
    school: School,
    row_id: UUID,
    values: Mapping[str, str],
    confirmed: Collection[str],
    dismiss: bool,
    now: dt.datetime,
) -> list[str] | None:
    """Take a corrected row in, or leave it out. `confirmed`: the flags the person has decided to take as they are.

    Returns the flags that still stand in the way (empty: done), None when there is no such row waiting.
    """
    decision = authorise(actor, "roster:guardians", school)
    row = TrayRow.objects.select_for_update().filter(pk=row_id, school=school, state=TrayRow.State.WAITING).first()
    if row is None:
        return None
    taken: list[str] = []
    if not dismiss:
        read = _read_again(actor, school, row, values)
        standing = [flag for flag in (*read.flags, *_still_differs(row, values, read)) if FLAGS[flag][2]]
        taken = [flag for flag in standing if flag in DECISIONS and flag in confirmed]
        left = [flag for flag in standing if flag not in taken]
        if read.pupil is None or left:
            return left or ["UNKNOWN_PUPIL"]
        put_families(
            actor=actor,
            municipality_id=school.municipality_id,
            school_id=school.pk,
            rows=[family_of(read)],
            school=school,
        )
    row.state = TrayRow.State.DISMISSED if dismiss else TrayRow.State.APPLIED
    row.decided_by_id, row.decided_at = actor.account_id, now
    row.values = {**row.values, **values}
    row.save(update_fields=["state", "decided_by", "decided_at", "values"])
    append(
        actor=actor, action="roster:guardians", resource_type="TrayRow", resource_id=str(row.pk), school=school.pk,
        municipality=school.municipality_id, pupil=row.pupil_id, rules=decision.rules, detail={"state": row.state, "as_it_stands": taken},
    )  # fmt: skip
    return []


def _read_again(actor: Actor, school: School, row: TrayRow, values: Mapping[str, str]) -> Outcome:
    return outcomes([(row.record, {**row.values, **values})], roster_of(school, actor))[0]


def _still_differs(row: TrayRow, values: Mapping[str, str], read: Outcome) -> list[str]:
    """A row alone cannot see that it differs from a sibling's: what the whole list found stands until a number changes."""
    found = "SIBLING_CONFLICT"
    changed = any(values.get(name, row.values.get(name)) != row.values.get(name) for name in ABOUT[found])
    return [found] if found in row.flags and found not in read.flags and not changed else []
