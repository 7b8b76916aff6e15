"""確かめた名簿 (previews): a file is checked and shown first; then a person applies it, or puts it away."""

import datetime as dt
import re
from collections.abc import Iterable
from uuid import UUID

from minamo.access.api import Actor
from minamo.interop.models import ImportRun
from minamo.interop.roster import run as roster
from minamo.interop.roster.naming import names
from minamo.interop.roster.report import report_of
from minamo.kernel import files
from minamo.kernel.names import PersonName
from minamo.people.api import roster_import as people
from minamo.tenancy.api import Municipality


def check_file(*, actor: Actor, town: Municipality, content: bytes, filename: str) -> ImportRun:
    """調べる: the run that says what is wrong, or what would change. The same file, still waiting, is checked anew and stays
    one run. Raises Denied."""
    people.may_import(actor, town.pk)
    roster.lock(town.pk)
    opened = roster.open_roster(content, filename)
    checked = roster.check(opened, municipality_id=town.pk, expected_code=town.code, today=actor.today)
    state = ImportRun.State.READY if checked.accepted else ImportRun.State.REFUSED
    if checked.accepted and checked.merged is not None and checked.merged.unchanged:
        state = ImportRun.State.APPLIED  # nothing of it is left to do
    if checked.accepted:
        files.keep(content)
    run = _waiting(town.pk, opened.sha256) if checked.accepted else None
    if run is None:
        run = roster.keep_run(checked, actor=actor, municipality_id=town.pk, state=state)
    else:
        run.filename, run.state = opened.filename, state
    run.report = report_of(checked, applied=False) | {"plan_digest": roster.plan_digest(checked)}
    run.save(update_fields=["report", "filename", "state"])
    roster.note_run(run, actor=actor)
    return run


def apply_file(*, actor: Actor, town: Municipality, run_id: UUID) -> tuple[ImportRun, bool] | None:
    """取り込む: the previewed file, if it would still change the same; otherwise its new preview, and True for stale.

    Doing it twice changes nothing. None when there is no such run. Raises Denied.
    """
    people.may_import(actor, town.pk)
    roster.lock(town.pk)
    run = _locked(town.pk, run_id)
    if run is None or run.state != ImportRun.State.READY:
        return (run, False) if run else None
    opened = roster.open_roster(files.read(run.sha256), run.filename)
    checked = roster.check(opened, municipality_id=town.pk, expected_code=town.code, today=actor.today)
    stale = checked.accepted and roster.plan_digest(checked) != run.report.get("plan_digest")
    applied = checked.accepted and not stale and roster.apply(checked, actor=actor, municipality_id=town.pk)
    run.report = report_of(checked, applied=applied) | {"plan_digest": roster.plan_digest(checked)}
    if not stale:
        run.state = ImportRun.State.APPLIED if applied else ImportRun.State.REFUSED
        run.finished_at = actor.now
    run.save(update_fields=["state", "report", "finished_at"])
    if not applied or (checked.merged is not None and checked.merged.unchanged):
        roster.note_run(run, actor=actor)
    return run, stale


def put_away(*, actor: Actor, town: Municipality, run_id: UUID) -> ImportRun | None:
    """取り込まない: a checked file that nobody will apply waits no longer. None when there is no such run. Raises Denied."""
    people.may_import(actor, town.pk)
    run = _locked(town.pk, run_id)
    if run is not None and run.state == ImportRun.State.READY:
        run.state, run.finished_at = ImportRun.State.DISMISSED, actor.now
        run.save(update_fields=["state", "finished_at"])
        roster.note_run(run, actor=actor)
    return run


def names_in_file(run: ImportRun, users: Iterable[str]) -> dict[str, PersonName]:
    """氏名 as the waiting file says them, by sourcedId. Read from the file each time: a preview keeps no names."""
    wanted = set(users)
    if run.state != ImportRun.State.READY or not wanted:
        return {}
    package = roster.open_roster(files.read(run.sha256), run.filename).package
    table = package.tables.get("users") if package else None
    rows = [row.cells for row in table.rows] if table else []
    return {cells["sourcedId"]: names(cells)[0] for cells in rows if cells["sourcedId"] in wanted}


def newer_applied(run: ImportRun) -> ImportRun | None:
    """もっと新しい名簿: the applied whole or difference whose name carries a later date than this file's (`RO_20260401_…`).

    Taking in the older one would undo what the newer one brought.
    """
    ours = date_in(run.filename)
    if ours is None or run.state != ImportRun.State.READY:
        return None
    applied = ImportRun.objects.filter(
        municipality=run.municipality_id, kind=roster.KIND, state=ImportRun.State.APPLIED
    ).order_by("-started_at")[:50]
    later = [(day, one) for one in applied if (day := date_in(one.filename)) is not None and day > ours]
    return max(later, key=lambda pair: pair[0])[1] if later else None


def date_in(filename: str) -> dt.date | None:
    """The day in a roster's file name (RO_YYYYMMDD_…), as the profile names files."""
    found = re.search(r"(?<!\d)(20\d{2})(\d{2})(\d{2})(?!\d)", filename)
    try:
        return dt.date(*map(int, found.groups())) if found else None
    except ValueError:
        return None


def _locked(municipality_id: UUID, run_id: UUID) -> ImportRun | None:
    rows = ImportRun.objects.select_for_update(of=("self",))
    return rows.filter(pk=run_id, municipality=municipality_id, kind=roster.KIND).first()


def _waiting(municipality_id: UUID, sha256: str) -> ImportRun | None:
    rows = ImportRun.objects.select_for_update(of=("self",)).filter(municipality=municipality_id, kind=roster.KIND)
    return rows.filter(sha256=sha256, state=ImportRun.State.READY).first()
