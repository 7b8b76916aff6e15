"""表を読む: CSV and Excel as people send them. Whatever the file holds, the answer is a table or a TableError."""

import csv
import datetime as dt
import io
import re
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from typing import Any

import openpyxl
from defusedxml.common import DefusedXmlException
from openpyxl.cell.read_only import EMPTY_CELL
from openpyxl.utils import get_column_letter
from openpyxl.utils.exceptions import InvalidFileException

from minamo.kernel.tables.values import Row, Table, TableError

MAX_BYTES = 30 * 1024 * 1024
MAX_ROWS = 50_000
MAX_COLUMNS = 300
MAX_UNPACKED = 100 * 1024 * 1024
MAX_LINES = 100_000  # rows of a sheet, empty ones counted
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_OTHER_KINDS = (b"%PDF", b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"MZ", b"\x7fELF")
# What CP932 makes of bytes that are no Japanese text (0x80, 0xA0, 0xFD to 0xFF).
_NO_TEXT = re.compile("[\x80\xa0\uf8f0-\uf8f3]")
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


def read_table(filename: str, content: bytes) -> Table:
    """Read CSV or XLSX by content; the name only helps to explain. Raises TableError with a sentence for the person who
    chose the file."""
    if len(content) > MAX_BYTES:
        raise TableError(f"ファイルが大きすぎます（{MAX_BYTES // 1024 // 1024}MBまで）。")
    if content[:4] == b"PK\x03\x04" and filename.lower().endswith(".zip"):
        raise TableError("ZIPファイルです。中の CSV か Excel（.xlsx）を取り出して選んでください。")
    if content[:4] == b"PK\x03\x04":
        return _read_xlsx(content)
    named_book = filename.lower().endswith((".xlsx", ".xlsm"))
    if content.startswith(_OLE) and named_book:
        raise TableError("パスワードのかかったExcelです。パスワードを外して保存し直してください。")
    if content.startswith(_OLE):
        raise TableError("古い形式のExcel（.xls）です。Excelで開き、.xlsx か CSV で保存し直してください。")
    if named_book:
        raise TableError("Excelファイルとして開けません。Excelで開いて保存し直してください。")
    if content.startswith(_OTHER_KINDS):
        raise TableError("表のファイルではありません。CSV か Excel（.xlsx）を選んでください。")
    return _read_csv(content)


def detect(content: bytes) -> tuple[str, str]:
    """Text and encoding of CSV bytes: UTF-8 with or without BOM, UTF-16 with BOM, else CP932. Raises TableError."""
    marks = {b"\xef\xbb\xbf": "utf-8-sig", b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}
    marked = [encoding for mark, encoding in marks.items() if content.startswith(mark)]
    for encoding in marked or ("utf-8", "cp932"):
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if encoding != "cp932" or not _NO_TEXT.search(text):
            return text, encoding
    raise TableError("文字コードが分かりません。UTF-8 か Shift_JIS（Excelの「CSV」）で保存し直してください。")


def _read_csv(content: bytes) -> Table:
    text, encoding = detect(content)
    if "\x00" in text:
        raise TableError("文字のファイルではありません。CSV か Excel（.xlsx）を選んでください。")
    beginning = text[:8192]
    delimiter = "\t" if beginning.count("\t") > beginning.count(",") else ","
    return _table(_csv_records(text, delimiter), encoding)


def _csv_records(text: str, delimiter: str) -> Iterator[list[str]]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    record = 0
    while True:
        record += 1
        try:
            yield next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            message = f'{record}件目の形が崩れています。引用符（"）の閉じ忘れがないか見てください。'
            if "field larger" in str(error):
                message = f'{record}件目に、長すぎるセルがあります。引用符（"）の閉じ忘れがないか見てください。'
            raise TableError(message, record) from error


def _read_xlsx(content: bytes) -> Table:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            if sum(info.file_size for info in archive.infolist()) > MAX_UNPACKED:
                raise TableError("ファイルが大きすぎます。")
        book = openpyxl.load_workbook(io.BytesIO(content), read_only=True, data_only=True)
        page = next((p for p in book.worksheets if p.sheet_state == "visible"), None)
        if page is None:
            raise TableError("表のあるシートがありません。")
        return _table(_xlsx_records(page, _unsolved(content, page.title)), "xlsx", page.title)
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


def _table(records: Iterable[list[str]], encoding: str, sheet: str = "") -> Table:
    numbered: list[tuple[int, list[str]]] = []
    for number, record in enumerate(records, start=1):
        while record and not record[-1].strip():
            record.pop()
        if not record:
            continue
        numbered.append((number, record))
        if len(numbered) > MAX_ROWS or len(record) > MAX_COLUMNS:
            raise TableError(f"表が大きすぎます（{MAX_ROWS}行・{MAX_COLUMNS}列まで）。", number)
    if not numbered:
        raise TableError("表が空です。")
    # A title above the table has fewer filled cells than the heading.
    filled = [(number, record, sum(bool(cell.strip()) for cell in record)) for number, record in numbered]
    fullest = max(count for _, _, count in filled)
    header_record, header = next((number, record) for number, record, count in filled if count * 2 >= fullest)
    rows = tuple(
        Row(number, tuple(record + [""] * (len(header) - len(record))))
        for number, record in numbered
        if number > header_record
    )
    return Table(tuple(cell.strip() for cell in header), header_record, rows, encoding, sheet)
