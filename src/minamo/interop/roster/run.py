"""取り込みの一巡: check a ZIP against what is here, and apply it. One entry for the command line and for the page."""

import datetime as dt
import hashlib
import json
from dataclasses import dataclass
from uuid import UUID

from django.db import IntegrityError, connection, transaction

from minamo.access.api import Actor
from minamo.audit.api import append
from minamo.interop.models import ImportRun
from minamo.interop.roster.apply import Applying, write
from minamo.interop.roster.cells import check_cells
from minamo.interop.roster.checked import Checked
from minamo.interop.roster.collisions import check_collisions
from minamo.interop.roster.hints import give_hints
from minamo.interop.roster.manifest import Package, read_package
from minamo.interop.roster.merge import merge
from minamo.interop.roster.package import LIMITS, Limits, open_package
from minamo.interop.roster.plan import make_plan
from minamo.interop.roster.problems import Findings, Problem
from minamo.interop.roster.references import check_references
from minamo.interop.roster.report import report_of
from minamo.interop.roster.rules import judge
from minamo.interop.roster.stored import municipalities_of_orgs, read_stored
from minamo.interop.who import account_of
from minamo.kernel import files
from minamo.people.api import roster_import as people
from minamo.tenancy import api as tenancy

KIND = "roster"


@dataclass(slots=True)
class Opened:
    """読んだだけのZIP: files read and cells checked; nothing asked of the database yet."""

    filename: str
    sha256: str
    findings: Findings
    package: Package | None

    def district_code(self) -> str:
        """教育委員会コード of the file; empty in a difference without orgs."""
        table = self.package.tables.get("orgs") if self.package else None
        rows = (row.cells for row in table.rows) if table else ()
        return next(
            (c["identifier"] for c in rows if c.get("type") == "district" and c.get("status") != "tobedeleted"), ""
        )

    def org_ids(self) -> set[str]:
        """sourcedIds of the orgs that the file speaks of."""
        found: set[str] = set()
        columns = (("roles", "orgSourcedId"), ("enrollments", "schoolSourcedId"), ("orgs", "sourcedId"),
                   ("classes", "schoolSourcedId"), ("users", "primaryOrgSourcedId"))  # fmt: skip
        for name, column in columns:
            table = self.package.tables.get(name) if self.package else None
            found |= {row.cells[column] for row in table.rows} if table and table.sound else set()
        return found - {"", "NULL"}


def open_roster(content: bytes, filename: str, limits: Limits = LIMITS) -> Opened:
    """Read a ZIP and check its cells."""
    findings = Findings()
    unpacked = open_package(content, findings, limits)
    package = read_package(unpacked, findings) if unpacked else None
    if package is not None:
        for table in package.tables.values():
            check_cells(table, package.profile, findings)
    return Opened(filename[:200], files.digest_of(content), findings, package)


def municipality_of(opened: Opened) -> UUID | None:
    """Which municipality a file belongs to, if it is here: by its code, or (delta) by the schools it speaks of."""
    if code := opened.district_code():
        return tenancy.municipality_by_code(code)
    found = municipalities_of_orgs(sorted(opened.org_ids()))
    return found[0] if len(found) == 1 else None


def check(opened: Opened, *, municipality_id: UUID | None, expected_code: str = "", today: dt.date) -> Checked:
    """Compare an opened file with what is here; needs the scope of the municipality, changes nothing."""
    findings = opened.findings
    checked = Checked(opened.filename, opened.sha256, findings, opened.package, municipality_id=municipality_id)
    checked.code = opened.district_code() or expected_code
    if opened.package is None or (not opened.package.sound and not opened.package.tables):
        return checked
    if expected_code and opened.district_code() not in {"", expected_code}:
        message = "ほかの自治体の名簿です。"
        findings.refuse(Problem("other_municipality", "orgs.csv", message, column="identifier"))
        return checked
    checked.stored = read_stored(municipality_id)
    checked.merged = merge(opened.package, checked.stored, today, findings)
    check_references(opened.package, checked.merged, findings)
    if findings.clean:
        judge(checked.merged, opened.package.profile, findings)
    if findings.clean:
        checked.plan = make_plan(checked.merged)
        give_hints(checked.merged, findings)
        check_collisions(checked.plan, checked.merged, checked.stored, municipality_id, findings)
    return checked


def plan_digest(checked: Checked) -> str:
    """Says whether the plan is still the one a person saw."""
    plan = checked.plan
    told = [plan.counts(), [str(e) for e in plan.events]] if plan else []
    return hashlib.sha256(json.dumps(told, ensure_ascii=False, sort_keys=True).encode()).hexdigest()


def apply(checked: Checked, *, actor: Actor, municipality_id: UUID) -> bool:
    """Write an accepted file, in the caller's transaction. False (with a problem noted) when the database finds a clash
    that no check foresaw; then nothing was written."""
    decision = people.may_import(actor, municipality_id)
    if not checked.accepted or checked.plan is None or checked.merged is None:
        raise ValueError("only an accepted roster is applied")
    if checked.merged.unchanged:
        return True
    try:
        with transaction.atomic():
            write(Applying(actor, municipality_id, checked.merged, checked.stored, checked.plan))
            with connection.cursor() as cursor:
                cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
                cursor.execute("SET CONSTRAINTS ALL DEFERRED")
    except IntegrityError as error:
        name = getattr(getattr(error.__cause__, "diag", None), "constraint_name", "") or ""
        message = f"ほかのデータと重なるため取り込めませんでした（{name}）。"
        checked.findings.refuse(Problem("conflict", "", message))
        return False
    append(
        actor=actor, action="roster:import", resource_type="Municipality", resource_id=str(municipality_id),
        municipality=municipality_id, rules=decision.rules,
        detail={"sha256": checked.sha256, "changes": checked.plan.counts(), "events": checked.plan.event_counts()},
    )  # fmt: skip
    return True


def lock(municipality_id: UUID) -> None:
    """One import at a time for a municipality, until the end of the transaction."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 7))", [f"roster:{municipality_id}"])


def keep_run(checked: Checked, *, actor: Actor, municipality_id: UUID, state: str) -> ImportRun:
    """Remember an import with its report; the municipality must exist."""
    done = state in {ImportRun.State.APPLIED, ImportRun.State.REFUSED}
    return ImportRun.objects.create(
        municipality_id=municipality_id, kind=KIND, filename=checked.filename, sha256=checked.sha256, state=state,
        report=report_of(checked, applied=state == ImportRun.State.APPLIED), started_by_id=account_of(actor),
        started_by_label=actor.label, finished_at=actor.now if done else None,
    )  # fmt: skip


def note_run(run: ImportRun, *, actor: Actor) -> None:
    """A row in the trail for a file that was looked at and not taken in."""
    append(
        actor=actor, action="roster:import", resource_type="Municipality", resource_id=str(run.municipality_id),
        municipality=run.municipality_id, detail={"sha256": run.sha256, "run": run.pk, "state": run.state},
    )  # fmt: skip
