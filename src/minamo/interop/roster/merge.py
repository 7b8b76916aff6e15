"""重ね合わせ: what is here (rows received before) and what the file says, as two pictures of the same town.

Every later rule and the plan look at the pictures only, so a difference (delta) is judged exactly like a whole (bulk).
"""

import datetime as dt
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from uuid import UUID

from minamo.interop.roster.cells import moment_of
from minamo.interop.roster.manifest import Package
from minamo.interop.roster.problems import Findings, Problem
from minamo.interop.roster.profile import SECRET, USED
from minamo.interop.roster.reader import Row, Table
from minamo.kernel.schoolyear import jst_date

Cells = Mapping[str, str]
Picture = dict[str, dict[str, Cells]]
ONE_DAY = dt.timedelta(days=1)
OF_A_USER = (("roles", "userSourcedId"), ("enrollments", "userSourcedId"), ("userProfiles", "userSourcedId"),
             ("demographics", "sourcedId"))  # fmt: skip


@dataclass(frozen=True, slots=True)
class Known:
    """前に受け取った行: the cells as stored, their digest, the row here they stand for, and whether they are gone."""

    target: UUID
    digest: str
    cells: Cells
    removed: bool = False


Stored = Mapping[str, Mapping[str, Known]]


@dataclass(slots=True)
class Merged:
    """二つの絵: before and after, what changed between them, and from which day a change holds."""

    before: Picture = field(default_factory=lambda: {name: {} for name in USED})
    after: Picture = field(default_factory=lambda: {name: {} for name in USED})
    places: dict[str, dict[str, Row]] = field(default_factory=lambda: {name: {} for name in USED})
    created: dict[str, list[str]] = field(default_factory=lambda: {name: [] for name in USED})
    updated: dict[str, list[str]] = field(default_factory=lambda: {name: [] for name in USED})
    removed: dict[str, dict[str, dt.date]] = field(default_factory=lambda: {name: {} for name in USED})
    changed_on: dict[tuple[str, str], dt.date] = field(default_factory=dict)
    today: dt.date = dt.date.min

    def day_of(self, file: str, sid: str) -> dt.date:
        """The day a change of a row holds from: its time of change in a delta, otherwise the day of the import."""
        return self.changed_on.get((file, sid), self.today)

    @property
    def unchanged(self) -> bool:
        """Whether the file says nothing new."""
        return not any((*self.created.values(), *self.updated.values(), *self.removed.values()))


def digest_of(cells: Cells) -> str:
    """A row's digest: what it says, without the marks of the exchange."""
    return hashlib.sha256(json.dumps(cells, ensure_ascii=True, sort_keys=True).encode()).hexdigest()


def kept(row: Row) -> dict[str, str]:
    """The cells worth keeping: not the marks of the exchange, no passwords, nothing empty."""
    skipped = SECRET | {"status", "dateLastModified", "sourcedId"}
    return {name: cell for name, cell in row.cells.items() if cell and name not in skipped}


def merge(package: Package, stored: Stored, today: dt.date, findings: Findings) -> Merged:
    """Lay the file over what is here. Notes duplicates, and deletions of rows nobody knows (a warning)."""
    merged = Merged(today=today)
    for name in USED:
        here = {sid: known.cells for sid, known in stored.get(name, {}).items() if not known.removed}
        merged.before[name] = here
        merged.after[name] = dict(here)
        table = package.tables.get(name)
        if table is not None and table.sound:
            _lay_over(merged, table, stored.get(name, {}), findings)
    _cascade(merged)
    return merged


def _lay_over(merged: Merged, table: Table, stored: Mapping[str, Known], findings: Findings) -> None:
    name = table.name
    for row in table.rows:
        sid = row.cells["sourcedId"]
        if sid in merged.places[name]:
            first = merged.places[name][sid].line
            message = f"同じ sourcedId が {first}行目にもあります。"
            findings.refuse(Problem("duplicate_id", table.file, message, row.record, row.line, "sourcedId", sid[:80]))
            continue
        merged.places[name][sid] = row
        _one(merged, table, row, sid, stored.get(sid), findings)
    if table.mode == "bulk":
        for sid in merged.before[name].keys() - merged.places[name].keys():
            _remove(merged, name, sid, merged.today - ONE_DAY)


def _one(merged: Merged, table: Table, row: Row, sid: str, known: Known | None, findings: Findings) -> None:
    moment = moment_of(row.cells["dateLastModified"]) if table.mode == "delta" else None
    if moment is not None:
        merged.changed_on[table.name, sid] = jst_date(moment)
        if jst_date(moment) > merged.today + ONE_DAY:
            message = "変わった日時が、まだ来ていません。"
            findings.refuse(Problem("future_change", table.file, message, row.record, row.line, "dateLastModified"))
    if row.cells["status"] == "tobedeleted":
        if known is None:
            message = "知らない sourcedId の削除なので、飛ばしました。"
            findings.warn(Problem("unknown_deleted", table.file, message, row.record, row.line, "sourcedId", sid[:80]))
        elif not known.removed:
            _remove(merged, table.name, sid, merged.day_of(table.name, sid) - ONE_DAY, row.cells.get("endDate", ""))
        return
    cells = kept(row)
    merged.after[table.name][sid] = cells
    if known is None or known.removed:
        merged.created[table.name].append(sid)
    elif known.digest != digest_of(cells):
        merged.updated[table.name].append(sid)


def _remove(merged: Merged, name: str, sid: str, last_day: dt.date, end: str = "") -> None:
    """The row is gone after `last_day`, or after the earlier end that it carries itself."""
    cells = merged.after[name].pop(sid, {})
    ends = [day for day in (end, cells.get("endDate", "")) if day]
    merged.removed[name][sid] = min([last_day, *(dt.date.fromisoformat(day) for day in ends if _is_day(day))])


def _is_day(text: str) -> bool:
    try:
        dt.date.fromisoformat(text)
    except ValueError:
        return False
    return True


def _cascade(merged: Merged) -> None:
    """Who is gone takes his roles, places and profiles along, on the same day."""
    gone = merged.removed["users"]
    if not gone:
        return
    for name, column in OF_A_USER:
        for sid, cells in list(merged.after[name].items()):
            user = sid if column == "sourcedId" else cells.get(column, "")
            if user in gone and sid not in merged.places[name]:
                _remove(merged, name, sid, gone[user])
