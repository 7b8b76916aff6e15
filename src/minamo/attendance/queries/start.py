"""入口のための数 (for the start pages): what the nurse and the head need in the morning, in few queries."""

import datetime as dt
from collections import Counter
from dataclasses import dataclass
from uuid import UUID

from minamo.attendance.codes import CodeTable, health_table
from minamo.attendance.models import HealthObservation, MonthClosing
from minamo.people.api import ClassCard, homerooms_of, pupil_cards


@dataclass(frozen=True, slots=True)
class Unwell:
    """健康観察で気になる一人."""

    pupil_id: UUID
    name: str
    class_title: str
    words: str
    temperature: str


@dataclass(frozen=True, slots=True)
class HealthMorning:
    """けさの健康観察 of a school: how many were looked at, whom something ails, how often which complaint."""

    observed: int
    unwell: tuple[Unwell, ...]
    complaints: tuple[tuple[str, int], ...]


def health_of_school(municipality_id: UUID, school_id: UUID, day: dt.date) -> HealthMorning:
    """けさの健康観察. Three queries; the caller has been authorised for the school's morning."""
    table = health_table(municipality_id)
    rows = list(HealthObservation.objects.filter(school=school_id, day=day).order_by("id"))
    ailing = [
        row for row in rows if (row.temperature is not None and row.temperature >= 37.5) or _ails(row.items, table)
    ]
    cards = pupil_cards(row.pupil_id for row in ailing)
    complaints: Counter[str] = Counter(
        table.health[item].label for row in rows for item in row.items if item in table.health and _ails([item], table)
    )
    unwell = [_unwell(row, cards[row.pupil_id].display_name, cards[row.pupil_id].homeroom_title, table)
              for row in ailing if row.pupil_id in cards]  # fmt: skip
    return HealthMorning(len(rows), tuple(sorted(unwell, key=lambda u: u.class_title)), tuple(complaints.most_common()))


def _ails(items: list[str], table: CodeTable) -> bool:
    return any(item in table.health and not table.health[item].well for item in items)


def _unwell(row: HealthObservation, name: str, title: str, table: CodeTable) -> Unwell:
    words = "・".join(table.health[item].label for item in row.items if item in table.health)
    warm = f"{row.temperature}℃" if row.temperature is not None else ""
    return Unwell(row.pupil_id, name, title, "　".join(part for part in (words, row.note) if part), warm)


def months_open(school_id: UUID, year: int, first: dt.date) -> list[ClassCard]:
    """まだ締めていない学級 of the month that begins on `first`. One query."""
    closed = MonthClosing.objects.filter(school=school_id, month=first, reopened_at__isnull=True)
    return homerooms_of(school_id, year, without=closed.values("school_class_id"))
