"""確認待ち: rows of a list that a person corrects or leaves out. A corrected row is read again where it stands in its list."""

import datetime as dt
from collections.abc import Collection, Iterator, Mapping
from uuid import UUID

from minamo.access.api import Actor, authorise
from minamo.audit.api import append
from minamo.interop.guardians.aside import Content, content_of
from minamo.interop.guardians.flags import DECISIONS, FLAGS
from minamo.interop.guardians.intake import columns_of, family_of, roster_of
from minamo.interop.guardians.match import Outcome, read_among, values_of
from minamo.interop.models import ImportRun, TrayRow
from minamo.interop.who import account_of
from minamo.kernel import files
from minamo.kernel.tables import TableError, read_table
from minamo.people.api import put_families
from minamo.tenancy.api import School

Values = Mapping[str, str]


def decide(
    *,
    actor: Actor,
    school: School,
    row_id: UUID,
    values: Values,
    confirmed: Collection[str],
    dismiss: bool,
    now: dt.datetime,
) -> list[str] | None:
    """Take a corrected row in, or leave it out. `confirmed`: the flags the person has decided to take as they are.

    Returns the flags that still stand in the way (empty: done), None when there is no such row waiting.
    """
    decision = authorise(actor, "roster:guardians", school)
    row = _locked(school, row_id)
    if row is None:
        return None
    taken: list[str] = []
    if not dismiss:
        read = read_again(actor, school, row.run, {row.record: {**row.values, **values}}).get(row.record)
        if read is None:
            return ["LIST_GONE"]
        standing = [flag for flag in read.flags if FLAGS[flag][2]]
        taken = [flag for flag in standing if flag in DECISIONS and flag in confirmed]
        left = [flag for flag in standing if flag not in taken]
        if read.pupil is None or left:
            return left or ["UNKNOWN_PUPIL"]
        put_families(actor=actor, municipality_id=school.municipality_id, school_id=school.pk, rows=[family_of(read)],
                     school=school)  # fmt: skip
    _close(row, actor, {} if dismiss else values, dismiss=dismiss, now=now)
    append(
        actor=actor, action="roster:guardians", resource_type="TrayRow", resource_id=str(row.pk), school=school.pk,
        municipality=school.municipality_id, pupil=row.pupil_id, rules=decision.rules, detail={"state": row.state, "as_it_stands": taken},
    )  # fmt: skip
    return []


def _locked(school: School, row_id: UUID) -> TrayRow | None:
    """The row with its list, if it still waits; nobody else decides on it meanwhile."""
    rows = TrayRow.objects.select_for_update(of=("self",)).select_related("run")
    return rows.filter(pk=row_id, school=school, state=TrayRow.State.WAITING).first()


def _close(row: TrayRow, actor: Actor, values: Values, *, dismiss: bool, now: dt.datetime) -> None:
    row.state = TrayRow.State.DISMISSED if dismiss else TrayRow.State.APPLIED
    row.decided_by_id, row.decided_at = account_of(actor), now
    row.mended = {name: text for name, text in values.items() if text != row.values.get(name)}
    row.save(update_fields=["state", "decided_by", "decided_at", "mended"])


def read_again(actor: Actor, school: School, run: ImportRun, asked: Mapping[int, Values]) -> dict[int, Outcome]:
    """Rows of a list, by record, read with other values where they stand: after the rows above them as those are by now.
    Empty when the kept list cannot be read any more."""
    try:
        table = read_table(run.filename, files.read(run.sha256))
    except (FileNotFoundError, ValueError, TableError):
        return {}
    columns = columns_of(school, table, run)
    rows = ((row.record, values_of(row, columns, len(table.header))) for row in table.rows)
    return read_among(_as_decided(school, rows, asked), roster_of(school, actor), asked)


def _as_decided(
    school: School, rows: Iterator[tuple[int, Values]], asked: Mapping[int, Values]
) -> Iterator[tuple[int, Values]]:
    """The rows as they are by now: mended ones mended, those left out not there."""
    decided: dict[Content, TrayRow] = {
        content_of(row.values): row
        for row in TrayRow.objects.filter(school=school, blocking=True).exclude(state=TrayRow.State.WAITING)
    }
    for record, values in rows:
        row = decided.get(content_of(values))
        if record in asked:
            yield record, asked[record]
        elif row is None:
            yield record, values
        elif row.state == TrayRow.State.APPLIED:
            yield record, {**values, **row.mended}
