"""CSVの読み取り: RFC 4180, UTF-8 without BOM, with the record and the physical line of every row."""

import csv
import io
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from minamo.interop.roster.problems import Findings, Problem
from minamo.interop.roster.profile import LONGEST_CELL, Column, Profile

BOM = b"\xef\xbb\xbf"
CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\x85\u2028\u2029]")


@dataclass(frozen=True, slots=True)
class Row:
    """行: cells by column name, with where they stood."""

    cells: Mapping[str, str]
    record: int
    line: int


@dataclass(slots=True)
class Table:
    """ファイル一つ: its kind (bulk or delta), columns and rows. `sound` is False when its structure was refused."""

    name: str
    mode: str
    columns: tuple[Column, ...] = ()
    rows: list[Row] = field(default_factory=list)
    sound: bool = True

    @property
    def file(self) -> str:
        """The name in messages."""
        return f"{self.name}.csv"


def read_table(name: str, mode: str, content: bytes, profile: Profile, findings: Findings) -> Table:
    """Read one data file. Structural errors make the table unsound and are noted; the cells are not looked at yet."""
    table = Table(name, mode)
    before = len(findings.problems)
    records = read_records(f"{name}.csv", content, findings)
    if records:
        table.columns = _header(table, records[0][2], profile, findings)
    table.sound = len(findings.problems) == before
    if not table.sound:
        return table
    names = [column.name for column in table.columns]
    for number, line, cells in records[1:]:
        if len(cells) != len(names):
            message = f"列の数が見出しと違います（{len(cells)}列。見出しは{len(names)}列）。"
            findings.refuse(Problem("cell_count", table.file, message, number, line))
            continue
        table.rows.append(Row(dict(zip(names, cells, strict=True)), number, line))
    if len(records) == 1 and mode == "bulk":
        message = "見出しだけで行がありません。空のファイルは、manifest.csv で absent にしてください。"
        findings.refuse(Problem("no_rows", table.file, message, 1, 1))
    table.sound = len(findings.problems) == before
    return table


def read_records(file: str, content: bytes, findings: Findings) -> list[tuple[int, int, list[str]]]:
    """Records as (record, first physical line, cells); empty when the file cannot be read at all."""
    text = _decoded(file, content, findings)
    if text is None:
        return []
    records: list[tuple[int, int, list[str]]] = []
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    line = 1
    try:
        for cells in reader:
            if cells:  # a blank line is no record
                records.append((len(records) + 1, line, cells))
                _check_cells(file, records[-1], findings)
            line = reader.line_num + 1
    except csv.Error as error:
        message = "CSVとして読めません（区切りのコンマ、引用符の閉じ忘れ、引用符の外の改行を確かめてください）。"
        if "field larger" in str(error):
            message = "セルが長すぎます。"
        findings.refuse(Problem("csv_syntax", file, message, len(records) + 1, line))
        return []
    if not records:
        findings.refuse(Problem("empty_file", file, "ファイルが空です。見出しの行が要ります。", line=1))
    return records


def _decoded(file: str, content: bytes, findings: Findings) -> str | None:
    if content.startswith(BOM):
        message = "先頭にBOMが付いています。BOMなしのUTF-8で書き出してください。"
        findings.refuse(Problem("bom", file, message, 1, 1))
        return None
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        hint = (
            "UTF-16のようです。"
            if content[:2] in (b"\xff\xfe", b"\xfe\xff")
            else "Shift_JISなど別の文字コードかもしれません。"
        )
        findings.refuse(Problem("not_utf8", file, f"UTF-8として読めない文字があります。{hint}", line=line))
        return None


def _check_cells(file: str, record: tuple[int, int, list[str]], findings: Findings) -> None:
    number, line, cells = record
    for position, cell in enumerate(cells, 1):
        if len(cell) > LONGEST_CELL:
            findings.refuse(Problem("cell_too_long", file, f"{position}列目のセルが長すぎます。", number, line))
        elif CONTROL.search(cell):
            findings.refuse(Problem("control_character", file, f"{position}列目に制御文字があります。", number, line))


def _header(table: Table, cells: Sequence[str], profile: Profile, findings: Findings) -> tuple[Column, ...]:
    """Match the header with the profile's shapes: all standard columns, in order, then `metadata.*` only."""
    shapes = profile.shapes(table.name)
    for shape in shapes:
        if [column.name for column in shape] == list(cells[: len(shape)]):
            return (*shape, *_extensions(table, cells[len(shape) :], shape, profile, findings))
    best = max(shapes, key=lambda shape: len({column.name for column in shape} & set(cells)))
    _explain(table, cells, [column.name for column in best], findings)
    return ()


def _extensions(
    table: Table, headings: Sequence[str], shape: Sequence[Column], profile: Profile, findings: Findings
) -> list[Column]:
    taken = {column.name for column in shape}
    columns: list[Column] = []
    for heading in headings:
        column = profile.extension(table.name, heading) or Column(heading)
        if not heading.strip():
            message = f"{len(taken) + 1}列目の見出しが空です。行の終わりの余分なコンマを消してください。"
            _refuse(table, "unknown_column", message, heading, findings)
        elif not re.fullmatch(r"metadata\.[A-Za-z0-9_-]+\.[A-Za-z0-9._-]+", heading):
            _refuse(
                table,
                "unknown_column",
                "知らない列です。追加の列は metadata.<名前空間>.<名前> にしてください。",
                heading,
                findings,
            )
        elif column.name in taken:
            _refuse(table, "duplicate_column", "同じ見出しが二つあります。", heading, findings)
        taken.add(column.name)
        columns.append(column)
    return columns


def _explain(table: Table, cells: Sequence[str], wanted: Sequence[str], findings: Findings) -> None:
    """Say what is wrong with a header: missing columns, else repeated ones, else the first one out of place."""
    missing = [name for name in wanted if name not in cells]
    for name in missing:
        _refuse(table, "missing_column", "列がありません。", name, findings)
    repeated = sorted({name for name in cells if cells.count(name) > 1})
    for name in repeated:
        _refuse(table, "duplicate_column", "同じ見出しが二つあります。", name, findings)
    if missing or repeated:
        return
    place = next(i for i, name in enumerate(wanted) if cells[i] != name)
    if cells[place] not in wanted:
        message = "知らない列が標準の列の間にあります。追加の列は標準の列の後に置いてください。"
        _refuse(table, "unknown_column", message, cells[place], findings)
    else:
        message = f"列の順が違います（{place + 1}列目は {wanted[place]} です）。"
        _refuse(table, "scrambled_columns", message, cells[place], findings)


def _refuse(table: Table, code: str, message: str, column: str, findings: Findings) -> None:
    findings.refuse(Problem(code, table.file, message, 1, 1, column[:80]))
