"""採点の画面とのやりとり: strokes as a device writes them in JSON, and what is answered. Nothing is believed."""

import datetime as dt
import json
from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest

from minamo.kernel.ids import id_of
from minamo.marking.actions.strokes import Sent, StrokesRefused
from minamo.marking.marks_rules import FIRST, KEY, Wanted

OLD_SCREEN = "採点の記録を読み取れませんでした。画面を開き直してください。保存した採点はそのままです。"


def read(request: HttpRequest) -> Mapping[str, Any]:
    """The JSON object of a request. Raises StrokesRefused for anything else."""
    try:
        found = json.loads(request.body)
    except ValueError as problem:
        raise StrokesRefused(OLD_SCREEN) from problem
    if not isinstance(found, dict):
        raise StrokesRefused(OLD_SCREEN)
    return found


def strokes_of(body: Mapping[str, Any], now: dt.datetime) -> list[Sent]:
    """The strokes of a batch: {strokes: [{key, act, page, question, round, points, comment, criteria, how, base, undoes, at,
    edition}…]}. Raises StrokesRefused when one is none."""
    rows = body.get("strokes")
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise StrokesRefused(OLD_SCREEN)
    return [_sent(row, now) for row in rows]


def _sent(row: Mapping[str, Any], now: dt.datetime) -> Sent:
    key, page = id_of(row.get("key")), id_of(row.get("page"))
    question, points, criteria = row.get("question"), row.get("points"), row.get("criteria") or []
    whole = points is None or (isinstance(points, int) and not isinstance(points, bool) and abs(points) < 10**4)
    if key is None or page is None or not isinstance(question, str) or not whole or not isinstance(criteria, list):
        raise StrokesRefused(OLD_SCREEN)
    comment, turn, edition = row.get("comment") or "", row.get("round", FIRST), row.get("edition")
    if not isinstance(comment, str) or not isinstance(turn, int):
        raise StrokesRefused(OLD_SCREEN)
    wanted = Wanted(
        str(key), str(page), question[:40], points, how=str(row.get("how") or KEY)[:8], act=str(id_of(row.get("act")) or key),
        round=turn, comment="".join(c for c in comment if c.isprintable()).strip(), criteria=tuple(str(one)[:60] for one in criteria[:9]),
        base=_key(row.get("base")), undoes=_key(row.get("undoes")),
    )  # fmt: skip
    return Sent(wanted, _moment(row.get("at"), now), edition if isinstance(edition, int) else None)


def _key(value: object) -> str | None:
    found = id_of(value) if value else None
    return str(found) if found else None


def _moment(value: object, now: dt.datetime) -> dt.datetime:
    """When the device says the key was pressed; never later than now."""
    try:
        found = dt.datetime.fromisoformat(str(value))
    except ValueError:
        return now
    return min(found, now) if found.tzinfo else now
