"""取り込みの流れ: a file against the roster of a school; what can be taken is taken, what cannot waits in the tray.

All in one transaction. Rows whose flags wait (see flags.py) and rows of unknown pupils go to the tray and write nothing
else; rows with harmless flags are taken and shown. The same file again changes nothing and fills no tray twice.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from minamo.access.api import Actor
from minamo.interop.guardians import columns as cols
from minamo.interop.guardians.flags import FLAGS, waits
from minamo.interop.guardians.match import IGNORE, MATCH, REFUSE, Known, Outcome, outcomes, values_of
from minamo.interop.models import ColumnChoice, ImportRun, TrayRow
from minamo.kernel import files
from minamo.kernel.tables import Table, TableError, read_table
from minamo.people.api import FamilyPerson, FamilyRow, Written, named_pupils, put_families
from minamo.tenancy.api import School

KIND = "guardians"


@dataclass
class Report:
    """報告: what became of each row, and of the file as a whole."""

    filename: str
    encoding: str = ""
    problem: str = ""
    unmapped: list[str] = field(default_factory=list)
    rows: list[Outcome] = field(default_factory=list)
    missing_pupils: list[str] = field(default_factory=list)
    written: Written | None = None
    waiting: int = 0

    @property
    def accepted(self) -> bool:
        """Whether the file could be read and its columns were understood."""
        return not self.problem

    def counts(self) -> dict[str, int]:
        """Rows by outcome."""
        return dict(Counter(row.outcome for row in self.rows))

    def as_json(self) -> dict[str, Any]:
        """For programs: record numbers, student numbers and flags; no phones, mails or addresses."""
        return {
            "file": self.filename,
            "accepted": self.accepted,
            "problem": self.problem,
            "encoding": self.encoding,
            "unmapped_columns": self.unmapped,
            "counts": self.counts(),
            "waiting": self.waiting,
            "applied": self.written is not None,
            "rows_written": self.written.total if self.written else 0,
            "missing_student_numbers": self.missing_pupils,
            "rows": [
                {
                    "record": row.record,
                    "outcome": row.outcome,
                    "student_number": row.student_number,
                    "flags": list(row.flags),
                }
                for row in self.rows
            ],
        }


@dataclass(frozen=True)
class Opened:
    """A readable file with its columns."""

    table: Table
    columns: Mapping[str, int]


def remembered(municipality_id: UUID) -> dict[str, str]:
    """Headings this municipality has given a meaning."""
    return dict(ColumnChoice.objects.filter(municipality=municipality_id, kind=KIND).values_list("heading", "field"))


def remember(municipality_id: UUID, choices: Mapping[str, str]) -> None:
    """Keep the meaning of headings for the next file."""
    for heading, name in choices.items():
        ColumnChoice.objects.update_or_create(
            municipality_id=municipality_id, kind=KIND, heading=cols.plain(heading), defaults={"field": name}
        )


def open_list(school: School, filename: str, content: bytes) -> tuple[Report, Opened | None]:
    """Read a file and find its columns. The report says what is wrong when there is nothing to go on with."""
    report = Report(filename)
    try:
        table = read_table(filename, content)
    except TableError as error:
        report.problem = error.message_ja
        return report, None
    columns = cols.guess(table.header, remembered(school.municipality_id))
    report.encoding = table.encoding
    report.unmapped = [heading for _, heading in cols.unknown(table.header, columns)]
    if lacking := cols.missing(columns):
        report.problem = f"列が見つかりません：{'、'.join(lacking)}。見出しの行を確かめるか、画面で列を選んでください。"
        return report, None
    return report, Opened(table, columns)


def check(*, actor: Actor, school: School, filename: str, content: bytes) -> Report:
    """確かめる: everything but writing."""
    report, opened = open_list(school, filename, content)
    if opened is not None:
        _match(report, opened, roster_of(school, actor))
    return report


def take(*, actor: Actor, school: School, filename: str, content: bytes) -> Report:
    """取り込む. Call inside a transaction; raises Denied before anything is written."""
    report = check(actor=actor, school=school, filename=filename, content=content)
    if not report.accepted:
        return report
    ready = [family_of(row) for row in report.rows if row.pupil and not waits(row.flags)]
    report.written = put_families(
        actor=actor, municipality_id=school.municipality_id, school_id=school.pk, rows=ready, school=school
    )
    _keep(actor, school, report, content)
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


def _match(report: Report, opened: Opened, roster: Sequence[Known]) -> None:
    rows = [(row.record, values_of(row, opened.columns)) for row in opened.table.rows]
    report.rows = outcomes(rows, roster)
    there = {row.pupil for row in report.rows}
    report.missing_pupils = [pupil.student_number for pupil in roster if pupil.id not in there]
    report.waiting = sum(1 for row in report.rows if row.outcome == REFUSE or waits(row.flags))


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


def _keep(actor: Actor, school: School, report: Report, content: bytes) -> None:
    """Remember the run, and put aside what waits; rows already in the tray with the same content are left alone."""
    account = None if actor.kind == "system" else actor.account_id
    run = ImportRun.objects.create(
        municipality_id=school.municipality_id, kind=KIND, filename=report.filename, sha256=files.keep(content),
        state=ImportRun.State.APPLIED, report={"counts": report.counts(), "waiting": report.waiting},
        started_by_id=account, started_by_label=actor.label, finished_at=actor.now,
    )  # fmt: skip
    known = {_content(row.values, row.flags) for row in TrayRow.objects.filter(school=school)}
    fresh = [
        TrayRow(municipality_id=school.municipality_id, school=school, run=run, record=row.record, pupil_id=row.pupil,
                values=dict(row.values), flags=list(row.flags), blocking=row.outcome == REFUSE or waits(row.flags))
        for row in report.rows
        if row.outcome not in {IGNORE, MATCH} and _content(row.values, row.flags) not in known
    ]  # fmt: skip
    TrayRow.objects.bulk_create(fresh, batch_size=500)


def _content(values: Mapping[str, str], flags: Sequence[str]) -> tuple[Any, ...]:
    return (tuple(sorted(values.items())), tuple(flags))


def spoken(report: Report, *, applied: bool) -> str:
    """The report for the command line, in words."""
    if not report.accepted:
        return f"受け付けられません：{report.problem}\n何も変わっていません。"
    counts = report.counts()
    lines = [
        f"{report.filename}（{report.encoding}）",
        f"  合いました {counts.get('match', 0)}行　見てほしい点があります {counts.get('match_flag', 0)}行"
        f"　名簿にいません {counts.get('refuse', 0)}行　同じ行 {counts.get('ignore', 0)}行",
        f"  表に行のない児童生徒 {len(report.missing_pupils)}人（登録はそのままです）",
    ]
    lines += [
        f"  {row.record}行目　{'、'.join(FLAGS[flag][0] for flag in row.flags)}" for row in report.rows if row.flags
    ]
    lines.append(
        f"  書き込み {report.written.total if report.written else 0}件　確認待ち {report.waiting}行"
        if applied
        else "  確かめただけで、何も変えていません。"
    )
    return "\n".join(lines)
