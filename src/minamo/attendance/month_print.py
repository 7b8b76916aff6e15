"""出席簿の印刷 (施行規則25条・28条): one sheet per class and month, A4 landscape, A3 when the class is large."""

from pathlib import Path
from typing import Any

from minamo.attendance.month_page import day_totals, heads_of, symbols_of
from minamo.attendance.queries.month import Month
from minamo.attendance.queries.month_cells import OFF, SHUT, UNMARKED
from minamo.attendance.rules import AFTER_OUT, BEFORE_IN
from minamo.attendance.sums import Summary
from minamo.design.typst import render_pdf
from minamo.kernel.schoolyear import JST, SchoolYear
from minamo.kernel.wareki import format_wareki
from minamo.people.api import ClassCard

TEMPLATE = Path(__file__).parent / "typst" / "month.typ"
A4_ROWS = 30


def month_pdf(month: Month, klass: ClassCard, school_name: str) -> bytes:
    """The printed 出席簿. Raises typst.TypstError when the form cannot be made."""
    return render_pdf(TEMPLATE, month_data(month, klass, school_name))


def month_data(month: Month, klass: ClassCard, school_name: str) -> dict[str, Any]:
    """What the form prints, as plain values."""
    symbols = symbols_of(month)
    kinds = {OFF: "off", SHUT: "off", UNMARKED: "blank", BEFORE_IN: "out", AFTER_OUT: "out"}
    absent, excused, late = day_totals(month)
    closed = month.closings.get(str(klass.class_id))
    long_form = format_wareki(month.first)
    return {
        "school": school_name, "class": klass.title, "year": SchoolYear.of(month.first).label(),
        "month": long_form[: long_form.index("月") + 1], "teachers": "・".join(klass.teachers),
        "combined": len(klass.grades) > 1, "paper": "a4" if len(month.rows) <= A4_ROWS else "a3",
        "days": [{"number": head.number, "weekday": head.weekday, "open": head.open} for head in heads_of(month)],
        "rows": [
            {
                "number": row.pupil.number, "name": row.pupil.display_name, "grade": row.pupil.grade[1:],
                "cells": [[kinds.get(cell, ""), symbols[cell][1]] for cell in row.cells], "sums": sums(row.summary),
            }
            for row in month.rows
        ],
        "absent": absent, "excused": excused, "late": late, "total": sums(month.total()),
        "legend": legend_of(month),
        "closed": f"{format_wareki(closed.at.astimezone(JST).date())}　{closed.by}" if closed else "",
        "digest": closed.digest[:16] if closed else "",
    }  # fmt: skip


def legend_of(month: Month) -> list[str]:
    """記号の意味: each 記号 once, with all that it stands for."""
    named: dict[str, list[str]] = {}
    for code in month.codes.codes.values():
        if code.code in month.codes.active and code.code not in {BEFORE_IN, AFTER_OUT}:
            named.setdefault(code.mark or "空欄", []).append(code.label)
    return [f"{mark} {'・'.join(labels)}" for mark, labels in named.items()]


def sums(summary: Summary) -> list[int]:
    """授業日数, 出停・忌引等, 出席しなければならない日数, 欠席, 出席, 遅刻, 早退."""
    return [
        summary.school_days, summary.excused, summary.required, summary.absent, summary.attended, summary.late,
        summary.early,
    ]  # fmt: skip
