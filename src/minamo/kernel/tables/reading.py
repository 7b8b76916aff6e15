"""表を読む: CSV and Excel as people send them. Whatever the file holds, the answer is a table or a TableError."""

import csv
import io
import re
from collections.abc import Iterator

from minamo.kernel.tables.shape import table_of
from minamo.kernel.tables.values import Table, TableError

MAX_BYTES = 30 * 1024 * 1024
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_OTHER_KINDS = (b"%PDF", b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"MZ", b"\x7fELF")
# What CP932 makes of bytes that are no Japanese text (0x80, 0xA0, 0xFD to 0xFF).
_NO_TEXT = re.compile("[\x80\xa0\uf8f0-\uf8f3]")


def read_table(filename: str, content: bytes) -> Table:
    """Read CSV or XLSX by content; the name only helps to explain. Raises TableError with a sentence for the person who
    chose the file."""
    if len(content) > MAX_BYTES:
        raise TableError(f"ファイルが大きすぎます（{MAX_BYTES // 1024 // 1024}MBまで）。")
    if content[:4] == b"PK\x03\x04" and filename.lower().endswith(".zip"):
        raise TableError("ZIPファイルです。中の CSV か Excel（.xlsx）を取り出して選んでください。")
    if content[:4] == b"PK\x03\x04":
        from minamo.kernel.tables.books import (
            read_book,
        )  # openpyxl brings numpy and Pillow along: only who opens a book

        return read_book(content)
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
    return table_of(_csv_records(text, delimiter), encoding)


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
