"""確認待ちの画面の行: what each row of the tray shows, and, after a refusal, what was typed and where it still stands."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from minamo.access.api import Actor
from minamo.interop.guardians.columns import FIELDS, OUTSIDE
from minamo.interop.guardians.flags import DECISIONS, FLAGS
from minamo.interop.guardians.match import Beside, Outcome
from minamo.interop.guardians.places import decision, fields_of
from minamo.interop.guardians.tray import read_again
from minamo.interop.models import TrayRow
from minamo.tenancy.api import School

READ_AGAIN = frozenset({"SIBLING_CONFLICT", "PUPIL_TWICE"})  # what a row alone cannot show


@dataclass(frozen=True)
class Sent:
    """送られた内容 that could not be taken: of which row, what was typed and chosen, and the flags that still stand."""

    row_id: UUID
    values: Mapping[str, str]
    confirmed: Collection[str]
    left: Sequence[str]


@dataclass(frozen=True)
class Cell:
    """項目の欄."""

    name: str
    label: str
    value: str
    error: str = ""


@dataclass(frozen=True)
class Line:
    """確認待ちの1行."""

    id: UUID
    record: int
    name: str
    blocking: bool
    pupil: Any
    flags: list[tuple[str, str, str, bool]]
    shown: list[Cell]
    more: list[Cell]
    decisions: list[tuple[str, str, bool]]
    beside: tuple[Beside, ...] = ()
    first_record: int = 0
    outside: str = ""
    left: list[str] = field(default_factory=list)

    @property
    def focus(self) -> str:
        """The first field that still has an error."""
        return next((cell.name for cell in (*self.shown, *self.more) if cell.error), "")

    @property
    def open(self) -> bool:
        """Whether the other fields are to be seen at once."""
        return any(cell.error for cell in self.more)


def waiting_rows(actor: Actor, school: School, sent: Sent | None = None) -> list[Line]:
    """Rows that wait or want to be seen, those that wait first. Three queries, one file for each list with siblings."""
    rows = list(
        TrayRow.objects.filter(school=school, state=TrayRow.State.WAITING)
        .select_related("pupil", "pupil__homeroom", "run")
        .order_by("-blocking", "record")
    )
    read = _read(actor, school, rows, sent)
    return [_line(row, read.get(row.pk), sent if sent and sent.row_id == row.pk else None) for row in rows]


def how_many_wait(school: School) -> int:
    """How many rows wait or want to be seen. One query."""
    return TrayRow.objects.filter(school=school, state=TrayRow.State.WAITING).count()


def _read(actor: Actor, school: School, rows: list[TrayRow], sent: Sent | None) -> dict[UUID, Outcome]:
    """Rows whose flags are about other rows, read again where they stand."""
    lists: dict[UUID, list[TrayRow]] = defaultdict(list)
    for row in rows:
        if READ_AGAIN & set(row.flags) or (sent is not None and sent.row_id == row.pk):
            lists[row.run_id].append(row)
    found: dict[UUID, Outcome] = {}
    for group in lists.values():
        asked = {row.record: _typed(row, sent) for row in group}
        outcomes = read_again(actor, school, group[0].run, asked)
        found |= {row.pk: outcomes[row.record] for row in group if row.record in outcomes}
    return found


def _typed(row: TrayRow, sent: Sent | None) -> dict[str, str]:
    return {**row.values, **(sent.values if sent is not None and sent.row_id == row.pk else {})}


def _line(row: TrayRow, read: Outcome | None, sent: Sent | None) -> Line:
    values = _typed(row, sent)
    beside = read.beside if read else ()
    flags = list(dict.fromkeys([*(read.flags if read else row.flags), *(sent.left if sent else ())]))
    errors: dict[str, str] = {}
    for code in sent.left if sent else ():
        for name in fields_of(code, values, beside):
            errors.setdefault(name, f"{FLAGS[code][0]}。{FLAGS[code][1]}")
    focus = [name for code in flags if FLAGS[code][2] for name in fields_of(code, values, beside)]
    shown = [name for name in FIELDS if name in values and name in focus]
    more = [name for name in FIELDS if name in values and name not in focus]
    cells = {name: Cell(name, FIELDS[name][0], values[name], errors.get(name, "")) for name in (*shown, *more)}
    return Line(
        row.pk, row.record, row.values.get("name", ""), row.blocking, row.pupil, [(code, *FLAGS[code]) for code in flags],
        [cells[name] for name in shown], [cells[name] for name in more],
        [(code, decision(code, values), code in (sent.confirmed if sent else ())) for code in flags if code in DECISIONS],
        beside, read.first_record if read else 0, row.values.get(OUTSIDE, ""), [f"{FLAGS[code][0]}。{FLAGS[code][1]}" for code in (sent.left if sent else ())],
    )  # fmt: skip
