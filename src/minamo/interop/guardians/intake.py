"""取り込みの流れ: a file against the roster of a school; what can be taken is taken, what cannot waits in the tray.

All in one transaction. Rows whose flags wait (see flags.py) and rows of unknown pupils go to the tray and write nothing
else; rows with harmless flags are taken and shown. The same file again changes nothing and fills no tray twice.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from django.db import transaction

from minamo.access.api import Actor
from minamo.audit.api import append
from minamo.interop.guardians import columns as cols
from minamo.interop.guardians.aside import put_aside
from minamo.interop.guardians.match import Known, Outcome, outcomes, values_of
from minamo.interop.guardians.report import Report
from minamo.interop.models import ColumnChoice, ImportRun
from minamo.interop.who import account_of
from minamo.kernel import files
from minamo.kernel.tables import Table, read_table
from minamo.people.api import FamilyPerson, FamilyRow, named_pupils, put_families
from minamo.tenancy.api import School

KIND = "guardians"


@dataclass(frozen=True)
class Listing:
    """一覧: a file that could be read as a table."""

    filename: str
    content: bytes
    table: Table


def remembered(municipality_id: UUID) -> dict[str, str]:
    """Headings this municipality has given a meaning."""
    return dict(ColumnChoice.objects.filter(municipality=municipality_id, kind=KIND).values_list("heading", "field"))


def remember(municipality_id: UUID, choices: Mapping[str, str]) -> None:
    """Keep the meaning of headings for the next file."""
    for heading, name in choices.items():
        ColumnChoice.objects.update_or_create(
            municipality_id=municipality_id, kind=KIND, heading=cols.plain(heading), defaults={"field": name}
        )


def columns_of(school: School, table: Table, run: ImportRun | None = None) -> Mapping[str, int]:
    """Field → column: as it was when the list was taken, otherwise by the headings and what is remembered of them."""
    known: dict[str, int] = run.report.get("columns", {}) if run else {}
    return known or cols.guess(table.header, remembered(school.municipality_id))


def open_list(filename: str, content: bytes) -> Listing:
    """読む. Raises TableError when it is no table."""
    return Listing(filename, content, read_table(filename, content))


def match(*, actor: Actor, school: School, listing: Listing) -> Report:
    """照らし合わせる: a list with the roster of a school. The report says which columns are missing, if any are."""
    table = listing.table
    columns = columns_of(school, table)
    report = Report(listing.filename, table.encoding, columns)
    report.unmapped = [heading for _, heading in cols.unknown(table.header, columns)]
    if problem := _unusable(table, columns):
        report.problem = problem
        return report
    roster = roster_of(school, actor)
    report.known = {pupil.id: pupil for pupil in roster}
    width = len(table.header)
    report.rows = outcomes([(row.record, values_of(row, columns, width)) for row in table.rows], roster)
    there = {row.pupil for row in report.rows}
    report.missing_pupils = [pupil.student_number for pupil in roster if pupil.id not in there]
    report.waiting = sum(row.waits for row in report.rows)
    return report


def _unusable(table: Table, columns: Mapping[str, int]) -> str:
    """Why nothing can be made of the table, with its place; empty when something can."""
    where = f"「{table.sheet}」のシートの{table.header_record}行目" if table.sheet else f"{table.header_record}行目"
    if lacking := cols.missing(columns):
        other = "一覧がほかのシートにあるときは、いちばん前に移してください。" if table.sheet else ""
        return (
            f"列が見つかりません：{'、'.join(lacking)}（{where}を見出しとして読みました）。"
            f"見出しの行を確かめるか、画面で列を選んでください。{other}"
        )
    if twice := cols.repeated(table.header):
        told = "、".join(f"「{heading}」（{first}列目と{second}列目）" for heading, first, second in twice)
        return f"{where}に、同じ見出しが二つあります：{told}。使わないほうの見出しを変えるか、列を消してください。"
    return "" if table.rows else f"見出し（{where}）だけで、行がありません。"


def preview(*, actor: Actor, school: School, listing: Listing) -> Report:
    """確かめる: the taking itself, undone. What the report counts is what happens when the file is taken next."""
    with transaction.atomic():
        report = _write(actor, school, listing)
        transaction.set_rollback(True)
    return report


def note_check(*, actor: Actor, school: School, report: Report) -> None:
    """A row in the trail for a list that was looked at and not taken in."""
    append(
        actor=actor, action="roster:guardians", resource_type="School", resource_id=str(school.pk), school=school.pk,
        municipality=school.municipality_id, detail={"checked": True, "rows": len(report.rows)},
    )  # fmt: skip


def take(*, actor: Actor, school: School, listing: Listing) -> Report:
    """取り込む. Call inside a transaction; raises Denied before anything is written. The file is kept: rows put aside are
    read again where they stand in it."""
    report = _write(actor, school, listing)
    if report.accepted:
        files.keep(listing.content)
        report.applied = True
    return report


def _write(actor: Actor, school: School, listing: Listing) -> Report:
    report = match(actor=actor, school=school, listing=listing)
    if not report.accepted:
        return report
    ready = [family_of(row) for row in report.rows if row.pupil and not row.waits]
    report.written = put_families(
        actor=actor, municipality_id=school.municipality_id, school_id=school.pk, rows=ready, school=school
    )
    _remember_run(actor, school, report, listing.content)
    return report


def roster_of(school: School, actor: Actor) -> list[Known]:
    """The pupils of the school as matching wants them."""
    return [
        Known(p.id, p.student_number, _writings(p.display), _writings(p.official), p.display[0], p.official[0], p.grade,
              p.class_title, p.number, p.birth)
        for p in named_pupils(school.pk, actor.today)
    ]  # fmt: skip


def _writings(parts: tuple[str, str, str]) -> tuple[str, ...]:
    family, middle, given = parts
    return (f"{family} {middle} {given}", f"{family} {given} {middle}")


def family_of(row: Outcome) -> FamilyRow:
    """A matched row as the people room writes it. Under address protection the second guardian is shut out."""
    assert row.pupil is not None
    mails: set[str] = set()
    people = []
    for position, person in enumerate(row.people):
        shared = person.mail in mails
        mails.add(person.mail)
        people.append(
            FamilyPerson(person.family, person.given, person.relation, person.phone, "" if shared else person.mail,
                         person.institution, person.address, shut_out=row.protected and position == 1)
        )  # fmt: skip
    return FamilyRow(
        row.pupil, tuple(people), row.postal, row.address, row.emergency, row.note, row.protected, row.joint
    )


def _remember_run(actor: Actor, school: School, report: Report, content: bytes) -> None:
    """Remember the run, and put aside what waits."""
    run = ImportRun.objects.create(
        municipality_id=school.municipality_id, kind=KIND, filename=report.filename, sha256=files.digest_of(content),
        state=ImportRun.State.APPLIED, report=report.summary(), started_by_id=account_of(actor),
        started_by_label=actor.label, finished_at=actor.now,
    )  # fmt: skip
    put_aside(actor=actor, school=school, run=run, report=report)
