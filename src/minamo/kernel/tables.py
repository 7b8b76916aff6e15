"""表の出し入れ: CSV and Excel in and out, the way teachers' files really are.

Out: no cell can become a formula, leading zeros stay, CP932 losses are reported. In: the encoding is detected, records
are numbered (1-based, header and preamble included; line breaks inside quotes do not count), every value is text.
"""

import csv
import datetime as dt
import io
import zipfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import openpyxl
from defusedxml.common import DefusedXmlException
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter

from minamo.kernel.names import Loss, encode_cp932_reporting

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")
MAX_ROWS = 50_000
MAX_COLUMNS = 300
MAX_UNPACKED = 100 * 1024 * 1024
Cell = str | int | float | bool | dt.date | None


class TableError(ValueError):
    """A file that cannot be read as a table; says where, in Japanese."""

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
    """One record of a table: its number in the file and its values by column position."""

    record: int
    values: tuple[str, ...]


@dataclass(frozen=True)
class Table:
    """A table as read: heading, rows, how it was encoded."""

    header: tuple[str, ...]
    header_record: int
    rows: tuple[Row, ...]
    encoding: str
    sheet: str = ""


@dataclass(frozen=True)
class Sheet:
    """A sheet to write."""

    title: str
    header: Sequence[str]
    rows: Iterable[Sequence[Cell]]
    widths: Sequence[int] = field(default_factory=tuple)


def csv_safe(value: Cell) -> str:
    """A cell as text that no spreadsheet will take for a formula."""
    if value is None:
        return ""
    text = value.isoformat() if isinstance(value, dt.date) else str(value)
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return text
    return f"'{text}" if text.lstrip(" \u3000").startswith(FORMULA_STARTS) or text.startswith(FORMULA_STARTS) else text


def write_csv(
    rows: Iterable[Sequence[Cell]], header: Sequence[str], encoding: Literal["utf-8-sig", "cp932"] = "utf-8-sig"
) -> CsvResult:
    """CSV for Excel. In CP932 a character that does not exist becomes 〓 and is listed in `lost`; never '?'."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    lost: list[LostCell] = []
    for record, row in enumerate([header, *rows], start=1):
        cells = [csv_safe(value) for value in row]
        if encoding == "cp932":
            for position, cell in enumerate(cells):
                encoded, losses = encode_cp932_reporting(cell)
                if losses:
                    cells[position] = encoded.decode("cp932")
                    lost.append(LostCell(record, header[position], tuple(losses)))
        writer.writerow(cells)
    return CsvResult(buffer.getvalue().encode(encoding), tuple(lost))


def write_xlsx(sheets: Sequence[Sheet]) -> bytes:
    """An Excel book: text stays text (leading zeros, 1-2, =…), heading bold and frozen."""
    book = openpyxl.Workbook()
    book.remove(book.active)
    for sheet in sheets:
        page = book.create_sheet(sheet.title[:31])
        page.append(list(sheet.header))
        for line, row in enumerate(sheet.rows, start=2):
            for position, value in enumerate(row, start=1):
                _put(page.cell(row=line, column=position), value)
        for cell in page[1]:
            cell.font = Font(bold=True)
        page.freeze_panes = "A2"
        for position in range(1, len(sheet.header) + 1):
            width = sheet.widths[position - 1] if position <= len(sheet.widths) else 16
            page.column_dimensions[get_column_letter(position)].width = width
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _put(cell: Any, value: Cell) -> None:
    """Type a cell explicitly: a string is a string, whatever it begins with."""
    if isinstance(value, str):
        cell.value = value
        cell.data_type = "s"
        cell.number_format = "@"
    elif isinstance(value, dt.date):
        cell.value = value
        cell.number_format = "yyyy-mm-dd"
    else:
        cell.value = value


def read_table(filename: str, content: bytes) -> Table:
    """Read CSV or XLSX by content. Raises TableError with a sentence for the person who chose the file."""
    if content[:4] == b"PK\x03\x04":
        return _read_xlsx(content)
    if content[:8] == b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1":
        raise TableError("古い形式のExcel（.xls）です。Excelで開き、.xlsx か CSV で保存し直してください。")
    return _read_csv(content)


def detect(content: bytes) -> tuple[str, str]:
    """Text and encoding of CSV bytes: UTF-8 with or without BOM, UTF-16 with BOM, else CP932."""
    for mark, encoding in ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16")):
        if content.startswith(mark):
            return content.decode(encoding), encoding
    for encoding in ("utf-8", "cp932"):
        try:
            return content.decode(encoding), encoding
        except UnicodeDecodeError:
            continue
    raise TableError("文字コードが分かりません。UTF-8 か Shift_JIS（Excelの「CSV」）で保存し直してください。")


def _read_csv(content: bytes) -> Table:
    text, encoding = detect(content)
    if "\x00" in text:
        raise TableError("文字のファイルではありません。CSV か Excel（.xlsx）を選んでください。")
    first = text.split("\n", 1)[0]
    delimiter = "\t" if first.count("\t") > first.count(",") else ","
    try:
        records = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True))
    except csv.Error as error:
        raise TableError(f"CSVの形が崩れています（引用符の閉じ忘れなど）：{error}") from error
    return _table([list(record) for record in records], encoding)


def _read_xlsx(content: bytes) -> Table:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            if sum(info.file_size for info in archive.infolist()) > MAX_UNPACKED:
                raise TableError("ファイルが大きすぎます。")
        book = openpyxl.load_workbook(io.BytesIO(content), read_only=True, data_only=True)
    except TableError:
        raise
    except (zipfile.BadZipFile, KeyError, ValueError, OSError, DefusedXmlException) as error:
        raise TableError("Excelファイルとして開けません。Excelで開いて保存し直してください。") from error
    page = book.worksheets[0]
    records = [[_text(value) for value in row] for row in page.iter_rows(max_row=MAX_ROWS + 1, values_only=True)]
    return _table(records, "xlsx", page.title)


def _text(value: object) -> str:
    """A cell of a workbook as the text a person sees."""
    if value is None:
        return ""
    if isinstance(value, dt.datetime):
        return value.date().isoformat() if value.time() == dt.time() else value.isoformat(sep=" ")
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def _table(records: list[list[str]], encoding: str, sheet: str = "") -> Table:
    numbered = [(n, r) for n, r in enumerate(records, start=1) if any(cell.strip() for cell in r)]
    if not numbered:
        raise TableError("表が空です。")
    if len(numbered) > MAX_ROWS or max(len(r) for _, r in numbered) > MAX_COLUMNS:
        raise TableError(f"表が大きすぎます（{MAX_ROWS}行・{MAX_COLUMNS}列まで）。")
    widest = max(len(r) for _, r in numbered)
    # A title above the table has fewer filled cells than the heading.
    header_record, header = next((n, r) for n, r in numbered if sum(bool(c.strip()) for c in r) * 2 >= widest)
    rows = tuple(Row(n, tuple(r)) for n, r in numbered if n > header_record)
    return Table(tuple(cell.strip() for cell in header), header_record, rows, encoding, sheet)
