"""月の出席簿の見せ方: cells as finished HTML and the numbers under each day. Text is escaped here, once per code."""

import datetime as dt
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

from django.utils.html import escape, format_html
from django.utils.safestring import SafeString, mark_safe

from minamo.attendance.queries.day import Correction
from minamo.attendance.queries.month import Month, MonthRow
from minamo.attendance.queries.month_cells import COMING, COMING_CLOSED, OFF, SHUT, UNMARKED
from minamo.attendance.rules import AFTER_OUT, BEFORE_IN, CLOSURE_CLASS, Counts
from minamo.attendance.sums import Summary
from minamo.kernel.wareki import WEEKDAYS

NOTHING = "記録なし"


@dataclass(frozen=True, slots=True)
class Line:
    """One child of the month."""

    row: MonthRow
    cells: SafeString


@dataclass(frozen=True, slots=True)
class DayHead:
    """One column: number, weekday, whether it is a school day."""

    number: int
    weekday: str
    open: bool


@dataclass(frozen=True, slots=True)
class CorrectionLine:
    """訂正 made at one stroke: the same change of one or more children. `before` and `after` are names of codes."""

    day: dt.date
    names: tuple[str, ...]
    before: str
    after: str
    correction: Correction


@dataclass(frozen=True, slots=True)
class MonthPage:
    """What the template prints."""

    heads: list[DayHead]
    groups: list[tuple[str, list[Line], Summary]]
    day_absent: list[int]
    day_excused: list[int]
    day_late: list[int]
    total: Summary
    school_days: tuple[int, int]


def heads_of(month: Month) -> list[DayHead]:
    """The columns of the month."""
    return [DayHead(day.day, WEEKDAYS[day.weekday()], day.day in month.open_days) for day in month.days]


def symbols_of(month: Month) -> dict[str, tuple[str, str, str]]:
    """Cell → (CSS class, 記号, name)."""
    found = {
        OFF: ("off", "", "休業日"), SHUT: ("off shut", "休", "臨時休業"), COMING: ("coming", "", "これから"),
        UNMARKED: ("blank", "・", "未記入"),
    }  # fmt: skip
    for code in month.codes.codes.values():
        style = {"absent": "bad", "excused": "stop", "not_enrolled": "out"}.get(code.counts.value, "")
        found[code.code] = (style or ("warn" if code.late or code.early else ""), code.mark, code.label)
    found[COMING_CLOSED] = ("coming", found[CLOSURE_CLASS][1], f"{found[CLOSURE_CLASS][2]}（これから）")
    found[BEFORE_IN] = ("out", "", "転入前")
    found[AFTER_OUT] = ("out", "", "転出後")
    return found


def page_of(month: Month) -> MonthPage:
    """The page of a class or a school, grouped by class."""
    html = {cell: _cell(*symbol) for cell, symbol in symbols_of(month).items()}
    html["PRESENT"] = "<td></td>" if not month.codes.codes["PRESENT"].mark else html["PRESENT"]
    groups: list[tuple[str, list[Line], Summary]] = []
    for row in month.rows:
        title = row.pupil.class_title
        if not groups or groups[-1][0] != title:
            groups.append((title, [], Summary(0, 0, 0, 0, 0)))
        groups[-1][1].append(Line(row, mark_safe("".join([html[cell] for cell in row.cells]))))  # noqa: S308
    groups = [(title, lines, _sum(lines)) for title, lines, _ in groups]
    absent, excused, late = day_totals(month)
    days = [row.summary.school_days for row in month.rows]
    return MonthPage(
        heads_of(month), groups, absent, excused, late, month.total(), (min(days, default=0), max(days, default=0))
    )


def corrections_of(month: Month) -> list[CorrectionLine]:
    """訂正の一覧, newest first."""
    names = {str(row.pupil.pupil_id): row.pupil.display_name for row in month.rows}
    labels = {code.code: code.label for code in month.codes.codes.values()}
    strokes: dict[tuple[dt.date, Correction], list[str]] = {}
    for pupil, day, made in month.corrections:
        alike = replace(made, before_at=None, before_by="")
        strokes.setdefault((day, alike), []).append(names.get(pupil, ""))
    return [
        CorrectionLine(day, tuple(who), labels.get(c.before, NOTHING), labels.get(c.after, NOTHING), c)
        for (day, c), who in strokes.items()
    ]


def _cell(style: str, mark: str, label: str) -> str:
    if not mark:
        return f'<td class="{style}"></td>' if style else "<td></td>"
    return f'<td class="{style}"><abbr title="{escape(label)}">{escape(mark)}</abbr></td>'


def _sum(lines: Sequence[Line]) -> Summary:
    total = Summary(0, 0, 0, 0, 0)
    for line in lines:
        total += line.row.summary
    return total


def day_totals(month: Month) -> tuple[list[int], list[int], list[int]]:
    """Per day: 欠席, 出席停止・忌引等, 遅刻・早退."""
    codes = month.codes.codes
    away = {code for code, facts in codes.items() if facts.counts is Counts.ABSENT}
    excused = {code for code, facts in codes.items() if facts.counts is Counts.EXCUSED}
    late = {code for code, facts in codes.items() if facts.late or facts.early}
    sums: tuple[list[int], list[int], list[int]] = ([], [], [])
    for column in zip(*(row.cells for row in month.rows), strict=True):
        counted = Counter(column)
        for total, members in zip(sums, (away, excused, late), strict=True):
            total.append(sum(counted[code] for code in members & counted.keys()))
    return sums if month.rows else tuple([0] * len(month.days) for _ in range(3))  # type: ignore[return-value]


def legend_of(month: Month) -> SafeString:
    """記号の意味 of the codes in use."""
    used = {cell for row in month.rows for cell in row.cells}
    shown = [c for c in month.codes.codes.values() if c.code in used and c.mark]
    return format_html("{}", "　".join(f"{c.mark} {c.label}" for c in shown))
