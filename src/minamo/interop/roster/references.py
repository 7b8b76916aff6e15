"""参照の検査: every reference must lead to a row that is in the file or already here, and stays."""

from collections.abc import Iterator

from minamo.interop.roster.cells import empty, items, problem_at
from minamo.interop.roster.manifest import Package
from minamo.interop.roster.merge import Merged
from minamo.interop.roster.problems import Findings, Problem
from minamo.interop.roster.profile import COLUMNS as STANDARD
from minamo.interop.roster.profile import Column, parse
from minamo.interop.roster.reader import Table


def check_references(package: Package, merged: Merged, findings: Findings) -> None:
    """Check the references of the file's rows, then of rows that stay while their target goes."""
    unsound = {name for name, table in package.tables.items() if not table.sound}
    for table in package.tables.values():
        if table.sound:
            _of_file(table, merged, unsound, findings)
    _left_behind(merged, findings)
    for sid in merged.places["demographics"].keys() & merged.after["demographics"].keys():
        if sid not in merged.after["users"] and "users" not in unsound:
            row = merged.places["demographics"][sid]
            message = "この sourcedId の利用者がいません（demographics の sourcedId は users と同じです）。"
            findings.refuse(problem_at(package.tables["demographics"], row, "sourcedId", "dangling", message))


def _of_file(table: Table, merged: Merged, unsound: set[str], findings: Findings) -> None:
    columns = [column for column in table.columns if column.target and column.target not in unsound]
    after = merged.after[table.name]
    for sid, row in merged.places[table.name].items():
        if sid not in after:
            continue
        for column in columns:
            for target in _targets(column, row.cells[column.name]):
                if target not in merged.after[column.target]:
                    message = f"{column.target}.csv に、この sourcedId の行がありません。"
                    findings.refuse(problem_at(table, row, column.name, "dangling", message))


def _targets(column: Column, value: str) -> Iterator[str]:
    if not empty(value):
        yield from (items(value) if column.many else (value,))


def _left_behind(merged: Merged, findings: Findings) -> None:
    """Rows not in this file that still point at what it takes away."""
    for name, text in STANDARD.items():
        columns = [c for c in parse(text) if c.target and c.required and merged.removed[c.target]]
        for sid, cells in merged.after[name].items() if columns else ():
            for column in columns:
                gone = merged.removed[column.target].keys() & set(items(cells.get(column.name, "")))
                if gone and sid not in merged.places[name]:
                    _still_used(merged, column.target, min(gone), name, findings)


def _still_used(merged: Merged, target: str, gone: str, by: str, findings: Findings) -> None:
    row = merged.places[target].get(gone)
    message = f"外される行が、すでに取り込んだ {by} からまだ使われています。"
    findings.refuse(
        Problem(
            "still_used", f"{target}.csv", message, row.record if row else None, row.line if row else None,
            "sourcedId", gone[:80],
        )
    )  # fmt: skip
