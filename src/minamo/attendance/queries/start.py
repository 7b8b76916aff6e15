"""入口のための数 (for the start pages): what the nurse, the head and the board need in the morning, in few queries."""

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Count, Exists, OuterRef

from minamo.attendance.codes import CodeTable, health_table
from minamo.attendance.models import HealthObservation, Mark, MonthClosing, Notice
from minamo.attendance.rules import Counts
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


@dataclass(frozen=True, slots=True)
class TownLine:
    """教委から見た一校のけさ: recorded children and notices; no names."""

    present: int
    absent: int
    excused: int
    notices: int

    @property
    def recorded(self) -> int:
        """How many children have been recorded today."""
        return self.present + self.absent + self.excused


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


def town_numbers(municipality_id: UUID, day: dt.date) -> Mapping[UUID, TownLine]:
    """管内のけさ, per school. Four queries; the caller has been authorised for the municipality."""
    table = health_table(municipality_id)
    counts: dict[UUID, Counter[Counts]] = defaultdict(Counter)
    rows = Mark.objects.filter(municipality=municipality_id, day=day).values_list("school_id", "code")
    for school_id, code, times in rows.annotate(times=Count("pk")):
        counts[school_id][table.codes[code].counts] += times
    marked = Mark.objects.filter(pupil=OuterRef("pupil"), day=day)
    waiting = Notice.objects.filter(
        ~Exists(marked), municipality=municipality_id, begins__lte=day, ends__gte=day, withdrawn_at__isnull=True
    )
    notices = Counter(waiting.values_list("school_id", flat=True))
    return {
        school_id: TownLine(
            counts[school_id][Counts.PRESENT], counts[school_id][Counts.ABSENT], counts[school_id][Counts.EXCUSED],
            notices[school_id],
        )
        for school_id in {*counts, *notices}
    }  # fmt: skip
