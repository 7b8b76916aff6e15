"""表の値: what a table is before it is written and after it was read."""

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from minamo.kernel.names import Loss

Cell = str | int | float | bool | dt.date | None


class TableError(ValueError):
    """A file that cannot be read or written as a table; says where, in Japanese."""

    def __init__(self, message: str, record: int | None = None, column: str | None = None) -> None:
        super().__init__(message)
        self.message_ja = message
        self.record = record
        self.column = column


@dataclass(frozen=True)
class LostCell:
    """Characters of one cell that the encoding could not hold."""

    record: int
    column: str
    losses: tuple[Loss, ...]


@dataclass(frozen=True)
class CsvResult:
    """The bytes and what was lost on the way (only for CP932)."""

    content: bytes
    lost: tuple[LostCell, ...] = ()


@dataclass(frozen=True)
class Row:
    """One record of a table: its number in the file and its values, at least one for every column of the heading.
    More values than the heading has columns means that something was written outside the table."""

    record: int
    values: tuple[str, ...]


@dataclass(frozen=True)
class Table:
    """A table as read: heading, rows, how it was encoded ("xlsx" for a book, with the name of its sheet)."""

    header: tuple[str, ...]
    header_record: int
    rows: tuple[Row, ...]
    encoding: str
    sheet: str = ""


@dataclass(frozen=True)
class Sheet:
    """A sheet to write; `widths` in characters, column by column; `decimals`: how a book shows its fractions (0.00)."""

    title: str
    header: Sequence[str]
    rows: Iterable[Sequence[Cell]]
    widths: Sequence[int] = field(default_factory=tuple)
    decimals: str = ""
