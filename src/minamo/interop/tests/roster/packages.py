"""Rosters for tests: the files of the project's fixtures, taken apart, changed by code and put together again."""

import csv
import io
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

FOLDER = Path(__file__).resolve().parents[5] / "tests/fixtures/roster/oneroster"
SMALL, TOWN, DELTA = "RO_20260401_480444.zip", "RO_20260401_480441.zip", "RO_20260507_480441.zip"
Rows = list[list[str]]


@cache
def content(name: str) -> bytes:
    """The bytes of a fixture."""
    return (FOLDER / name).read_bytes()


@dataclass
class Roster:
    """A ZIP as tables that may be edited; `raw` replaces a file's bytes altogether."""

    tables: dict[str, Rows]
    raw: dict[str, bytes | None] = field(default_factory=dict)

    def column(self, file: str, name: str) -> int:
        """Where a column stands."""
        return self.tables[file][0].index(name)

    def cell(self, file: str, row: int, column: str) -> str:
        """A cell; row 1 is the first after the header."""
        return self.tables[file][row][self.column(file, column)]

    def put(self, file: str, row: int, column: str, value: str) -> None:
        """Change a cell."""
        self.tables[file][row][self.column(file, column)] = value

    def find(self, file: str, wanted: Mapping[str, str]) -> int:
        """The first row with these cells; its physical line is one more."""
        for number, row in enumerate(self.tables[file][1:], 1):
            if all(row[self.column(file, name)] == value for name, value in wanted.items()):
                return number
        raise LookupError(wanted)

    def bytes_of(self, file: str) -> bytes:
        """A table as the fixtures write it: every value quoted, CRLF."""
        out = io.StringIO(newline="")
        csv.writer(out, quoting=csv.QUOTE_ALL).writerows(self.tables[file])
        return out.getvalue().encode()

    def zipped(self) -> bytes:
        """Put together again."""
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
            for file in self.tables:
                data = self.raw.get(file, self.bytes_of(file))
                if data is not None:
                    archive.writestr(_entry(f"{file}.csv"), data)
            for name, data in self.raw.items():
                if name not in self.tables and data is not None:
                    archive.writestr(_entry(name), data)
        return out.getvalue()


def _entry(name: str) -> zipfile.ZipInfo:
    """One entry with a fixed time: the same tables are the same bytes, however slow the machine."""
    entry = zipfile.ZipInfo(name, (2026, 4, 1, 0, 0, 0))
    entry.compress_type = zipfile.ZIP_DEFLATED
    return entry


def roster(name: str = SMALL) -> Roster:
    """A fixture, taken apart."""
    with zipfile.ZipFile(io.BytesIO(content(name))) as archive:
        return Roster(
            {
                entry.filename.removesuffix(".csv"): list(
                    csv.reader(io.StringIO(archive.read(entry).decode(), newline=""))
                )
                for entry in archive.infolist()
            }
        )


def changed(change: Callable[[Roster], None], name: str = SMALL) -> bytes:
    """A fixture with one change."""
    made = roster(name)
    change(made)
    return made.zipped()
