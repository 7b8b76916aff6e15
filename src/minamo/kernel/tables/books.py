"""Excelの本を読む: whatever the file holds, the answer is a table or a TableError. Loaded only by who opens a book."""

import datetime as dt
import io
import re
import zipfile
import zlib
from collections.abc import Iterator
from typing import Any

import openpyxl
from defusedxml.common import DefusedXmlException
from openpyxl.cell.read_only import EMPTY_CELL
from openpyxl.utils import get_column_letter
from openpyxl.utils.exceptions import InvalidFileException

from minamo.kernel.tables.shape import MAX_COLUMNS, table_of
from minamo.kernel.tables.values import Table, TableError

MAX_UNPACKED = 100 * 1024 * 1024
MAX_LINES = 100_000  # rows of a sheet, empty ones counted
# Everything a damaged or hostile book has been seen to make the reader raise.
_BROKEN_BOOK = (
    zipfile.BadZipFile,
    zlib.error,
    DefusedXmlException,
    InvalidFileException,
    LookupError,
    ValueError,
    TypeError,
    AttributeError,
    ArithmeticError,
    SyntaxError,  # ElementTree.ParseError
    OSError,
    EOFError,
    RuntimeError,  # an encrypted archive, or an unknown compression
)


def read_book(content: bytes) -> Table:
    """The first visible sheet of an XLSX. Raises TableError."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            if sum(info.file_size for info in archive.infolist()) > MAX_UNPACKED:
                raise TableError("ファイルが大きすぎます。")
        book = openpyxl.load_workbook(io.BytesIO(content), read_only=True, data_only=True)
        page = next((p for p in book.worksheets if p.sheet_state == "visible"), None)
        if page is None:
            raise TableError("表のあるシートがありません。")
        return table_of(_xlsx_records(page, _unsolved(content, page.title)), "xlsx", page.title)
    except TableError:
        raise
    except _BROKEN_BOOK as error:
        raise TableError("Excelファイルとして開けません。Excelで開いて保存し直してください。") from error


def _unsolved(content: bytes, title: str) -> Any:
    """The same sheet with its formulas, when the book has any; nothing otherwise."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        sheets = [name for name in archive.namelist() if name.startswith("xl/worksheets/")]
        if not any(re.search(rb"<f[ >/]", archive.read(name)) for name in sheets):
            return None
    return openpyxl.load_workbook(io.BytesIO(content), read_only=True)[title]


def _xlsx_records(page: Any, formulas: Any) -> Iterator[list[str]]:
    """The rows of a sheet. The size a book claims is often wrong, so it is not asked; nor is a gap of empty rows walked
    through for ever. A formula counts as the result a person saw; one without a result (written by a program, never opened)
    is refused: its cell would be empty without a word."""
    size = {"max_row": MAX_LINES + 1, "max_col": MAX_COLUMNS + 1}
    written = formulas.iter_rows(**size) if formulas is not None else None
    for number, row in enumerate(page.iter_rows(**size), start=1):
        if written is not None:
            _solved(row, next(written, ()))
        if number > MAX_LINES:
            raise TableError("行が多すぎます。表の下にある空の行を削除して保存し直してください。", number)
        yield ["" if cell is EMPTY_CELL else _text(cell) for cell in row]


def _solved(row: Any, written: Any) -> None:
    for cell, formula in zip(row, written, strict=False):
        if formula.value is not None and formula.data_type == "f" and cell.value is None:
            place = f"{get_column_letter(formula.column)}{formula.row}"
            message = f"{place} の数式に、計算の結果がありません。Excelで開き、保存し直してから選んでください。"
            raise TableError(message, formula.row, get_column_letter(formula.column))


def _text(cell: Any) -> str:
    """A cell of a workbook as the text a person sees: days ISO, whole numbers without .0, zeros of a format like 0000."""
    value = cell.value
    if value is None:
        return ""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, dt.datetime):
        return value.date().isoformat() if value.time() == dt.time() else value.isoformat(sep=" ")
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, int) and re.fullmatch("0{2,}", cell.number_format):
        return str(value).zfill(len(cell.number_format))
    return str(value)
