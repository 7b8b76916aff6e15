"""連絡の用紙を読む: from an HTML form, or from the JSON of a notice that waited on the device for the line."""

import datetime as dt
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any
from uuid import UUID

from django.http import HttpRequest, QueryDict
from django.utils.dateparse import parse_datetime

from minamo.attendance.notice_content import NoticeError
from minamo.kernel.ids import id_of

MOST_CHILDREN = 12
_WIDE = str.maketrans("０１２３４５６７８９．：", "0123456789.:")


@dataclass(frozen=True)
class NoticeForm:
    """What somebody wrote, parsed. `content` are the keyword arguments of the actions."""

    pupils: tuple[UUID, ...]
    content: dict[str, Any]
    key: UUID | None
    written_at: dt.datetime | None


def read_form(request: HttpRequest) -> NoticeForm:
    """The form of a request (HTML or JSON). Raises NoticeError with a sentence for the person."""
    if request.content_type == "application/json":
        return _parse(_json(request.body))
    return _parse(_plain(request.POST))


def read_content(data: QueryDict) -> dict[str, Any]:
    """The content alone (corrections, telephone)."""
    return _content(_plain(data))


def _plain(data: QueryDict) -> dict[str, Any]:
    values: dict[str, Any] = dict(data.items())
    values["pupil"] = data.getlist("pupil")
    values["symptoms"] = data.getlist("symptoms")
    return values


def _json(body: bytes) -> dict[str, Any]:
    try:
        data = json.loads(body)
    except ValueError as error:
        raise NoticeError("連絡を読み取れませんでした。はじめから入れ直してください。") from error
    if not isinstance(data, dict):
        raise NoticeError("連絡を読み取れませんでした。はじめから入れ直してください。")
    return data


def _parse(data: Mapping[str, Any]) -> NoticeForm:
    pupils = tuple(dict.fromkeys(_id(item) for item in _list(data, "pupil")))
    if not pupils or len(pupils) > MOST_CHILDREN:
        raise NoticeError("どのお子さんの連絡かを選んでください。", "pupil")
    key = _id(data["key"]) if data.get("key") else None
    written = parse_datetime(_text(data, "written_at")) if data.get("written_at") else None
    if written is not None and written.tzinfo is None:
        written = None
    return NoticeForm(pupils, _content(data), key, written)


def _content(data: Mapping[str, Any]) -> dict[str, Any]:
    begins, ends = _days(data)
    return {
        "kind": _text(data, "kind"), "reason": _text(data, "reason"), "begins": begins, "ends": ends,
        "text": _text(data, "text"), "symptoms": [str(item) for item in _list(data, "symptoms")],
        "temperature": _temperature(_text(data, "temperature")),
        "arrives_at": _time(data, "arrives_at"), "leaves_at": _time(data, "leaves_at"),
        "returns_on": _day(_text(data, "returns_on"), "登校する日", "returns_on") if data.get("returns_on") else None,
    }  # fmt: skip


def _days(data: Mapping[str, Any]) -> tuple[dt.date, dt.date]:
    """One day (`when` is that day) or a period (`when` is "period", with `begins` and `ends`)."""
    when = _text(data, "when")
    if when and when != "period":
        day = _day(when, "日", "begins")
        return day, day
    begins = _day(_text(data, "begins"), "始まりの日", "begins")
    return begins, _day(_text(data, "ends"), "終わりの日", "ends") if data.get("ends") else begins


def _list(data: Mapping[str, Any], name: str) -> Sequence[Any]:
    value = data.get(name) or []
    return value if isinstance(value, list) else [value]


def _text(data: Mapping[str, Any], name: str) -> str:
    value = data.get(name)
    return "" if value is None else str(value).strip().replace("\r\n", "\n").replace("\x00", "")


def _id(value: object) -> UUID:
    found = id_of(value)
    if found is None:
        raise NoticeError("画面が古くなっています。開き直してください。")
    return found


def _day(text: str, label: str, field: str) -> dt.date:
    try:
        return dt.date.fromisoformat(text)
    except ValueError as error:
        raise NoticeError(f"{label}を選んでください。", field) from error


def _time(data: Mapping[str, Any], name: str) -> dt.time | None:
    text = _text(data, name).translate(_WIDE)
    if not text:
        return None
    hour, _, minute = text.partition(":")
    try:
        return dt.time(int(hour), int(minute[:2]))
    except ValueError as error:
        raise NoticeError("時刻は 9:30 のように入れてください。", name) from error


def _temperature(text: str) -> Decimal | None:
    plain = text.translate(_WIDE).removesuffix("度").removesuffix("℃").strip()
    if not plain:
        return None
    try:
        value = Decimal(plain)
        return value.quantize(Decimal("0.1"))
    except InvalidOperation as error:
        raise NoticeError("体温は 37.5 のように入れてください。", "temperature") from error
