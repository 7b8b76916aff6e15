"""月例報告 (monthly report) for the board, on paper: the checkpoint at the end of the month, who witnessed it, and a QR."""

import datetime as dt
from pathlib import Path

from django.db import connection

from minamo.audit import checkpoints, notes
from minamo.audit.checked import last_checks
from minamo.audit.publish import published
from minamo.audit.seal import Log, logs
from minamo.audit.seal_page import grouped, qr_svg, witnesses
from minamo.design.typst import render_pdf
from minamo.kernel.schoolyear import JST
from minamo.kernel.wareki import format_time, format_wareki

TEMPLATE = Path(__file__).parent / "typst" / "report.typ"


def month_report(log: Log, town: str, year: int, month: int, now: dt.datetime) -> bytes | None:
    """The PDF of a month; None when nothing had been sealed by its end."""
    first = dt.datetime(year, month, 1, tzinfo=JST)
    end = dt.datetime(year + month // 12, month % 12 + 1, 1, tzinfo=JST)
    last = checkpoints.until(log.id, log.origin, end)
    if last is None:
        return None
    with connection.cursor() as cursor:
        cursor.execute("SELECT coalesce(sum(size - first), 0), count(*) FROM audit_batch"
                       " WHERE log_id = %s AND sealed_at >= %s AND sealed_at < %s", [log.id, first, end])  # fmt: skip
        rows, batches = cursor.fetchone()
    note = notes.note(last.checkpoint, last.signature)
    data = {
        "town": town, "month": f"{format_wareki(first.date()).split('年')[0]}年{month}月", "made": _moment(now),
        "open": now < end, "checked": _checked(log, end), "rows": f"{rows:,}", "checkpoints": f"{batches:,}", "size": f"{last.checkpoint.size:,}",
        "at": _moment(last.at), "origin": log.origin, "root": grouped(last.checkpoint.root), "note": note,
        "qr": qr_svg(note), "key": str(published(log.id)[-1].key),
        "witnesses": [
            {"name": one.name, "size": f"{one.size:,}" if one.size else "まだ", "at": _moment(one.at) if one.at else "—"}
            for one in witnesses(log, logs(), last.checkpoint, end)
        ],
    }  # fmt: skip
    return render_pdf(TEMPLATE, data)


def _checked(log: Log, end: dt.datetime) -> str:
    """The last verification of the month in words."""
    assert log.municipality_id is not None
    last = last_checks([log.municipality_id], end).get(log.municipality_id)
    if last is None:
        return "まだ確かめていません"
    result = "食い違いはありません" if last.ok else f"食い違いが {last.found + last.elsewhere:,} 件あります"
    return f"{_moment(last.at)} に {last.size:,} 行を計算しなおしました。{result}。"


def _moment(at: dt.datetime) -> str:
    local = at.astimezone(JST)
    return f"{format_wareki(local.date())} {format_time(local)}"
