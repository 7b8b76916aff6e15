"""セルの検査: required, type, enumeration, length, half-width katakana; status and time of change by bulk or delta."""

import datetime as dt
import re
from collections.abc import Callable, Mapping

from minamo.interop.roster.problems import Findings, Problem
from minamo.interop.roster.profile import (
    EXTENSIBLE,
    ITEM_LENGTHS,
    LENGTHS,
    NAMES,
    SHOWN,
    Column,
    Profile,
)
from minamo.interop.roster.reader import Row, Table
from minamo.interop.roster.text import Fault, text_doubt, text_fault

UUID4 = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}", re.IGNORECASE)
PLAIN_ID = re.compile(r"[!-~]{1,64}")
MOMENT = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{1,6})?Z", re.ASCII)
HALF_KANA = re.compile("[\uff66-\uff9f]")
EXTENSION = re.compile(r"ext:[A-Za-z0-9._-]+")
NULL = "NULL"
EARLIEST, LATEST_CHANGE = dt.date(1900, 1, 1), 2200


def check_cells(table: Table, profile: Profile, findings: Findings) -> None:
    """Check every cell of a table; the table stays usable for later phases, the problems refuse the whole."""
    checks = [(column, _check_for(column, profile)) for column in table.columns]
    for row in table.rows:
        for column, check in checks:
            value = row.cells[column.name]
            if column.name == "status" or column.name == "dateLastModified":
                fault = _exchange_fault(table.mode, column.name, value)
            elif value == "":
                fault = ("required", "空欄にできません。") if column.required else None
            else:
                fault = check(value)
            if fault is not None:
                findings.refuse(problem_at(table, row, column.name, *fault))
            elif doubt := text_doubt(column.name, value):
                findings.warn(problem_at(table, row, column.name, *doubt))


def problem_at(table: Table, row: Row, column: str, code: str, message: str) -> Problem:
    """A problem of one cell; its value is repeated only where it cannot be personal."""
    value = row.cells.get(column, "")[:80] if shown(table.name, column) else ""
    return Problem(code, table.file, message, row.record, row.line, column, value)


def shown(name: str, column: str) -> bool:
    """Whether a cell of this column may be repeated in messages."""
    return column in SHOWN and not (name == "demographics" and column != "sourcedId")


def empty(value: str) -> bool:
    """An empty reference is '' or the literal NULL (some checkers of the older profiles demand it)."""
    return value in {"", NULL}


def items(value: str) -> list[str]:
    """The items of a list cell."""
    return [item.strip() for item in value.split(",")] if value else []


def _exchange_fault(mode: str, column: str, value: str) -> Fault:
    if mode == "bulk":
        return None if value == "" else ("bulk_not_empty", f"bulk では {column} を空欄にします。")
    if value == "":
        return ("required", f"delta では {column} が要ります。")
    if column == "status" and value not in {"active", "tobedeleted"}:
        return ("bad_enum", "active か tobedeleted にします。")
    if column == "dateLastModified" and moment_of(value) is None:
        return ("bad_datetime", "日時は 2026-04-01T00:00:00.000Z の形（UTC）で、実在する日時にします。")
    return None


def moment_of(value: str) -> dt.datetime | None:
    """An ISO 8601 moment in UTC of a time in which anybody exchanged rosters; None when it is not one."""
    if not MOMENT.fullmatch(value):
        return None
    try:
        moment = dt.datetime.fromisoformat(value.replace("Z", "+00:00"))
    except ValueError:
        return None
    return moment if EARLIEST.year <= moment.year < LATEST_CHANGE else None


def date_of(value: str) -> dt.date | None:
    """A date YYYY-MM-DD; None when it is not one."""
    if not re.fullmatch(r"\d{4}-\d{2}-\d{2}", value, re.ASCII):
        return None
    try:
        return dt.date.fromisoformat(value)
    except ValueError:
        return None


def _check_for(column: Column, profile: Profile) -> Callable[[str], Fault]:
    kind = _kind_check(column, profile)
    longest = ITEM_LENGTHS.get(column.name) if column.many else LENGTHS.get(column.name)
    kana = column.name in NAMES

    def check(value: str) -> Fault:
        if kana and HALF_KANA.search(value):
            return ("halfwidth_kana", "半角カタカナは使えません。全角にしてください。")
        if column.required and not value.strip(" \u3000"):
            return ("required", "空欄にできません。")
        if fault := text_fault(column.name, value):
            return fault
        for item in items(value) if column.many else (value,):
            if longest is not None and len(item) > longest:
                return ("too_long", f"長すぎます（{longest}文字まで）。")
            if fault := kind(item):
                return fault
        return None

    return check


def _kind_check(column: Column, profile: Profile) -> Callable[[str], Fault]:
    if column.type == "reference" or column.name == "sourcedId":
        pattern = UUID4 if profile.japanese else PLAIN_ID
        message = (
            "UUID（バージョン4）にします。"
            if profile.japanese
            else "識別子は空白を含まない64文字までの英数記号にします。"
        )
        nullable = column.type == "reference" and not column.required
        return lambda v: None if pattern.fullmatch(v) or (nullable and v == NULL) else ("bad_uuid", message)
    if column.type in profile.enums:
        allowed = frozenset(profile.enums[column.type])
        extensible = not profile.japanese and column.type in EXTENSIBLE
        message = f"使えない値です（{'・'.join(profile.enums[column.type])}）。"
        return lambda v: None if v in allowed or (extensible and EXTENSION.fullmatch(v)) else ("bad_enum", message)
    return SIMPLE.get(column.type, _anything)


def _anything(value: str) -> Fault:
    return None


def _date_fault(value: str) -> Fault:
    day = date_of(value)
    if day is None:
        return ("bad_date", "日付は 2026-04-01 の形で、実在する日にします。")
    return None if day >= EARLIEST else ("far_date", "1900年より前の日は使えません。")


SIMPLE: Mapping[str, Callable[[str], Fault]] = {
    "date": _date_fault,
    "bool": lambda v: None if v in {"true", "false"} else ("bad_boolean", "true か false（小文字）にします。"),
    "year": lambda v: None if re.fullmatch(r"(19|20)\d\d", v, re.ASCII) else ("bad_year", "年は 2026 の形にします。"),
    "uuid": lambda v: None if UUID4.fullmatch(v) else ("bad_uuid", "UUID（バージョン4）にします。"),
    "number": lambda v: (
        None if re.fullmatch(r"[1-9]\d{0,3}", v, re.ASCII) else ("bad_number", "1以上の整数（半角）にします。")
    ),
}
