"""脇に置く: rows that a person must look at go into the tray, once; rows that waited there and can be taken now leave it."""

from collections import defaultdict
from collections.abc import Mapping

from minamo.access.api import Actor
from minamo.interop.guardians.match import IGNORE, MATCH, Outcome
from minamo.interop.guardians.report import Report
from minamo.interop.models import ImportRun, TrayRow
from minamo.interop.who import account_of
from minamo.tenancy.api import School

CHANGING = ["run", "record", "pupil", "flags", "blocking", "state", "decided_by", "decided_at"]
Content = tuple[tuple[str, str], ...]


def content_of(values: Mapping[str, str]) -> Content:
    """What a row says, as a key: the same row of another file is the same row."""
    return tuple(sorted(values.items()))


def put_aside(*, actor: Actor, school: School, run: ImportRun, report: Report) -> None:
    """Sort the rows of a list that was taken into the tray; counts them on the report. A few statements, however long the
    list is. The caller has asked."""
    there: dict[Content, list[TrayRow]] = defaultdict(list)
    for row in TrayRow.objects.select_for_update().filter(school=school):
        there[content_of(row.values)].append(row)
    fresh: list[TrayRow] = []
    changed: list[TrayRow] = []
    for outcome in report.rows:
        known = there[content_of(outcome.values)]
        waiting = next((row for row in known if row.state == TrayRow.State.WAITING), None)
        if outcome.outcome == IGNORE:
            continue
        if waiting is not None and waiting.blocking and not outcome.waits:
            changed.append(_settled(waiting, actor))
            report.settled += 1
            waiting = None
        if outcome.outcome == MATCH or any(row.flags == list(outcome.flags) for row in known):
            continue
        if waiting is None:
            fresh.append(_filled(TrayRow(municipality_id=school.municipality_id, school=school), run, outcome))
        else:
            changed.append(_filled(waiting, run, outcome))
    TrayRow.objects.bulk_create(fresh, batch_size=500)
    TrayRow.objects.bulk_update(changed, CHANGING, batch_size=500)
    report.put_aside = sum(row.blocking for row in fresh)


def _filled(row: TrayRow, run: ImportRun, outcome: Outcome) -> TrayRow:
    """The row as this list has it."""
    row.run, row.record, row.pupil_id = run, outcome.record, outcome.pupil
    row.values, row.flags, row.blocking = dict(outcome.values), list(outcome.flags), outcome.waits
    return row


def _settled(row: TrayRow, actor: Actor) -> TrayRow:
    """The row has been taken with the list."""
    row.state, row.decided_by_id, row.decided_at = TrayRow.State.APPLIED, account_of(actor), actor.now
    return row
