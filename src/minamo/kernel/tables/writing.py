"""表を出す: CSV and Excel books in which nothing becomes a formula, a date or a shorter number by itself."""

import csv
import datetime as dt
import io
import re
from collections.abc import Iterable, Sequence
from typing import Any, Literal

from minamo.kernel.names import encode_cp932_reporting
from minamo.kernel.tables.values import Cell, CsvResult, LostCell, Sheet, TableError
from minamo.kernel.wareki import JST

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
# What stands before the first sign and is skipped by some spreadsheet when it decides what a cell is.
_LEADING = re.compile(r"[\s\ufeff\u200b]*")
# XML has no way to write these; a pasted text may hold them (vertical tabs from Word, halves of a broken emoji).
_NO_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_SHEET_TITLE = str.maketrans({"[": "［", "]": "］", ":": "：", "*": "＊", "?": "？", "/": "／", "\\": "＼", "'": "’"})
MAX_CELL = 32_767  # characters in one cell of Excel
EXACT_DIGITS = 10**15  # Excel keeps fifteen digits of a number


def csv_safe(value: Cell) -> str:
    """A cell as text that no spreadsheet will take for a formula: such text gets a ' in front. Days are ISO; moments are
    in Japanese time."""
    if value is None:
        return ""
    if isinstance(value, dt.datetime):
        return _in_japan(value).isoformat(sep=" ", timespec="minutes")
    if isinstance(value, dt.date):
        return value.isoformat()
    text = str(value)
    if isinstance(value, (int, float)):
        return text
    begins = text.startswith(FORMULA_STARTS) or _LEADING.sub("", text, count=1).startswith(FORMULA_STARTS)
    return f"'{text}" if begins else text


def write_csv(
    rows: Iterable[Sequence[Cell]], header: Sequence[str], encoding: Literal["utf-8-sig", "cp932"] = "utf-8-sig"
) -> CsvResult:
    """CSV for Excel. In CP932 a character that does not exist becomes 〓 and is listed in `lost`; never '?'.

    Excel still drops leading zeros of a CSV it opens by double click: give teachers `write_xlsx`. Raises ValueError for
    a row longer than the heading.
    """
    buffer = io.StringIO()
    writer = csv.writer(buffer, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    lost: list[LostCell] = []
    for record, row in enumerate(_checked(header, rows), start=1):
        cells = [csv_safe(value) for value in row]
        if encoding == "cp932":
            for position, cell in enumerate(cells):
                encoded, losses = encode_cp932_reporting(cell)
                cells[position] = encoded.decode("cp932")
                if losses:
                    lost.append(LostCell(record, header[position], tuple(losses)))
        writer.writerow(cells)
    return CsvResult(buffer.getvalue().encode(encoding), tuple(lost))


def _checked(header: Sequence[str], rows: Iterable[Sequence[Cell]]) -> Iterable[Sequence[Cell]]:
    yield header
    for row in rows:
        if len(row) > len(header):
            raise ValueError("a row is longer than the heading")
        yield row


def write_xlsx(sheets: Sequence[Sheet]) -> bytes:
    """An Excel book: text stays text (leading zeros, 1-2, =…), heading bold and frozen. Raises TableError for a text that
    Excel would cut off, ValueError for a row longer than the heading."""
    import openpyxl  # it brings numpy and Pillow along: only who makes a book pays for them
    from openpyxl.styles import Font
    from openpyxl.utils import get_column_letter

    book = openpyxl.Workbook()
    book.remove(book.worksheets[0])
    for sheet in sheets:
        page = book.create_sheet(sheet.title.translate(_SHEET_TITLE)[:31] or None)
        for line, row in enumerate(_checked(sheet.header, sheet.rows), start=1):
            for position, value in enumerate(row, start=1):
                cell = page.cell(row=line, column=position)
                _put(cell, value, line, sheet.header[position - 1])
                if sheet.decimals and isinstance(value, float):
                    cell.number_format = sheet.decimals
        for position in range(1, len(sheet.header) + 1):
            page.cell(row=1, column=position).font = Font(bold=True)
            width = sheet.widths[position - 1] if position <= len(sheet.widths) else 16
            page.column_dimensions[get_column_letter(position)].width = width
        page.freeze_panes = "A2"
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _put(cell: Any, value: Cell, record: int, column: str) -> None:
    """Type a cell explicitly: a string is a string, whatever it begins with."""
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) >= EXACT_DIGITS:
        value = str(value)
    if isinstance(value, str):
        text = _NO_XML.sub("\ufffd", value)
        if len(text) > MAX_CELL:
            raise TableError(f"1つのセルに{MAX_CELL}文字まで書けます（{len(text)}文字あります）。", record, column)
        cell.value = text
        cell.data_type = "s"
        cell.number_format = "@"
    elif isinstance(value, dt.datetime):
        cell.value = _in_japan(value)
        cell.number_format = "yyyy-mm-dd hh:mm"
    else:
        cell.value = value
        if isinstance(value, dt.date):
            cell.number_format = "yyyy-mm-dd"


def _in_japan(moment: dt.datetime) -> dt.datetime:
    """The moment as a clock in Japan shows it, without zone (spreadsheets know none)."""
    return moment if moment.utcoffset() is None else moment.astimezone(JST).replace(tzinfo=None)
