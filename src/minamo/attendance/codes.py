"""出欠区分と健康観察の項目の初期値: the default set a municipality starts with; from then on it is its own data.

記号 follow the table a town prints in its 出席簿 (domain table §5.3); every board may change label, 記号 and order.
"""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from minamo.attendance.models import AttendanceCode, HealthItem
from minamo.attendance.rules import ABS_ACCIDENT, CodeFacts, Counts

# code, label, short label, 記号, how the 指導要録 counts it, place on the morning screen
CODES: tuple[tuple[str, str, str, str, str, str], ...] = (
    ("PRESENT", "出席", "出席", "", "present", "present"),
    ("ABS_SICK", "病気による欠席", "欠席", "病", "absent", "absent"),
    ("ABS_ACCIDENT", "事故による欠席（家庭の事情・届けなしなど）", "欠席・事", "事", "absent", "absent"),
    ("ABS_OTHER", "そのほかの欠席（不登校など）", "欠席・他", "欠", "absent", "absent"),
    ("LATE", "遅刻", "遅刻", "チ", "present", "late"),
    ("EARLY", "早退", "早退", "早", "present", "early"),
    ("LATE_EARLY", "遅刻・早退", "遅早", "チ早", "present", "other"),
    ("SUSP_INFECT", "出席停止（感染症）", "停止", "停", "excused", "other"),
    ("SUSP_BEHAV", "出席停止（性行不良）", "停止・行", "停", "excused", "other"),
    ("MOURNING", "忌引", "忌引", "忌", "excused", "other"),
    ("DISASTER", "非常変災など校長が認めた日", "校長承認", "停", "excused", "other"),
    ("CLOSURE_CLASS", "学級閉鎖", "閉鎖", "閉", "excused", "other"),
    ("NOT_REQUIRED", "登校を要しない日", "要せず", "―", "not_school_day", "other"),
    ("BEFORE_IN", "転入前", "転入前", "／", "not_enrolled", "other"),
    ("AFTER_OUT", "転出後", "転出後", "／", "not_enrolled", "other"),
)
# Codes that follow from a closure, the calendar or the enrolment: nobody marks a single child with them.
DERIVED = frozenset({"CLOSURE_CLASS", "BEFORE_IN", "AFTER_OUT"})

HEALTH: tuple[tuple[str, str, bool], ...] = (
    ("WELL", "良好", True),
    ("FEVER", "発熱", False),
    ("HEADACHE", "頭痛", False),
    ("STOMACH", "腹痛", False),
    ("COUGH", "咳", False),
    ("NOSE", "鼻水", False),
    ("TIRED", "だるい", False),
    ("INJURY", "けが", False),
    ("OTHER", "その他", False),
)


def install_codes(municipality_id: UUID) -> int:
    """初期値を入れる: add the default codes and health items a municipality does not have yet; returns how many.

    Idempotent: what the board has changed stays as it is. The caller has opened the scope of the municipality.
    """
    have = set(AttendanceCode.objects.filter(municipality_id=municipality_id).values_list("code", flat=True))
    codes = [
        AttendanceCode(municipality_id=municipality_id, code=code, label=label, short_label=short, mark=mark,
                       counts_as=counts, button=button, position=position)
        for position, (code, label, short, mark, counts, button) in enumerate(CODES) if code not in have
    ]  # fmt: skip
    AttendanceCode.objects.bulk_create(codes)
    noted = set(HealthItem.objects.filter(municipality_id=municipality_id).values_list("code", flat=True))
    items = [
        HealthItem(municipality_id=municipality_id, code=code, label=label, well=well, position=position)
        for position, (code, label, well) in enumerate(HEALTH) if code not in noted
    ]  # fmt: skip
    HealthItem.objects.bulk_create(items)
    return len(codes) + len(items)


@dataclass(frozen=True, slots=True)
class HealthFacts:
    """健康観察の項目 as the screen needs it."""

    code: str
    label: str
    well: bool


@dataclass(frozen=True)
class CodeTable:
    """区分と健康観察の表 of a municipality. `codes` has retired ones too: an old mark must stay readable."""

    codes: Mapping[str, CodeFacts]
    active: tuple[str, ...]
    health: Mapping[str, HealthFacts]
    active_health: tuple[str, ...]

    def for_button(self, button: str) -> str:
        """The code a bare tap on a button means. 欠席 without a word is 事故欠 (届けなし) until a reason is known."""
        if button == "absent" and ABS_ACCIDENT in self.active:
            return ABS_ACCIDENT
        return next(code for code in self.active if self.codes[code].button == button)


def table_of(codes: Sequence[Sequence[Any]], health: Sequence[Sequence[Any]]) -> CodeTable:
    """The table from rows (code, label, short, 記号, counts, button, active, turns) and (code, label, well, active).

    What a municipality has not (yet) changed comes from the defaults, so a code of a mark is always known.
    """
    rows = [*codes, *((*row, True, ()) for row in CODES if row[0] not in {own[0] for own in codes})]
    items = [*health, *((*row, True) for row in HEALTH if row[0] not in {own[0] for own in health})]
    return CodeTable(
        {r[0]: CodeFacts(r[0], r[1], r[2], r[3], Counts(r[4]), r[5], _days(r[7])) for r in rows},
        tuple(r[0] for r in rows if r[6]),
        {r[0]: HealthFacts(r[0], r[1], r[2]) for r in items},
        tuple(r[0] for r in items if r[3]),
    )


def _days(values: Sequence[Any]) -> tuple[dt.date, ...]:
    """Days as they come from the table, or as text from JSON."""
    return tuple(dt.date.fromisoformat(value) if isinstance(value, str) else value for value in values)


def health_table(municipality_id: UUID) -> CodeTable:
    """健康観察の項目 alone, where no mark is shown. One query."""
    items = HealthItem.objects.filter(municipality_id=municipality_id).values_list("code", "label", "well", "active")
    return table_of([], list(items))


def code_table(municipality_id: UUID) -> CodeTable:
    """区分の表 of a municipality. Two queries."""
    codes = AttendanceCode.objects.filter(municipality_id=municipality_id).values_list(
        "code", "label", "short_label", "mark", "counts_as", "button", "active", "turns"
    )
    items = HealthItem.objects.filter(municipality_id=municipality_id).values_list("code", "label", "well", "active")
    return table_of(list(codes), list(items))
