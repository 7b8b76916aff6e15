"""What other rooms use of 出欠 (attendance)."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from minamo.attendance.actions.marks import HealthEntry, RegisterError, RowChange, save_register
from minamo.attendance.codes import CodeTable, code_table, install_codes
from minamo.attendance.queries.classday import read_register
from minamo.attendance.queries.day import Place, day_facts
from minamo.attendance.queries.family import ChildMonth, month_of_child, today_of_children
from minamo.attendance.queries.family import Today as FamilyToday
from minamo.attendance.queries.month import Month, month_of_class, month_of_school
from minamo.attendance.queries.morning import ClassMorning, Morning, Person, morning_of
from minamo.attendance.queries.register import Row, counts_of_class, rows_of
from minamo.attendance.queries.start import HealthMorning, health_of_school, months_open
from minamo.attendance.queries.town import TownLine, town_numbers
from minamo.attendance.rules import DayState, Source
from minamo.attendance.views_family import form_choices, given_name
from minamo.people.api import pupil_cards
from minamo.tenancy.api import School

__all__ = [
    "ChildMonth",
    "ClassMorning",
    "CodeTable",
    "DayState",
    "FamilyToday",
    "HealthEntry",
    "HealthMorning",
    "Month",
    "Morning",
    "Person",
    "RegisterError",
    "Row",
    "RowChange",
    "Today",
    "TownLine",
    "code_table",
    "counts_of_class",
    "form_choices",
    "given_name",
    "health_of_school",
    "install_codes",
    "month_of_child",
    "month_of_class",
    "month_of_school",
    "months_open",
    "morning_counts",
    "morning_of",
    "read_register",
    "rows_of",
    "save_register",
    "today_of",
    "today_of_children",
    "town_numbers",
    "unmarked_classes",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Today:
    """きょうのようす of one child, as the family may know it. `confirmed`: a teacher has recorded it.

    `label` is the short name of the code; empty when nothing is known yet. `conflict`: notice and mark disagree.
    """

    pupil_id: UUID
    code: str
    label: str
    confirmed: bool
    conflict: bool
    school_day: bool


def today_of(child_ids: Iterable[UUID], day: dt.date) -> dict[UUID, Today]:
    """きょうのようす of children (of any school and municipality in the actor's scope), by id.

    The caller may see these children. One query for the children and one per school. Health observations and calls
    are walled off on the home side and are not needed here.
    """
    found: dict[UUID, Today] = {}
    by_school: dict[tuple[UUID, UUID], list[Place]] = {}
    for card in pupil_cards(child_ids).values():
        if card.homeroom_id is not None:
            place = Place(card.pupil_id, card.homeroom_id, card.grade, dt.date.min, card.left_on)
            by_school.setdefault((card.municipality_id, card.school_id), []).append(place)
    for (municipality_id, school_id), places in by_school.items():
        facts = day_facts(
            municipality_id=municipality_id, school_id=school_id, pupil_ids=[p.pupil_id for p in places], day=day
        )
        for place in places:
            state = facts.state(place)
            code = facts.codes.codes.get(state.code)
            found[place.pupil_id] = Today(
                place.pupil_id, state.code, code.short_label if code else "", state.source is Source.MARK,
                state.conflict, state.source not in {Source.CALENDAR, Source.CLOSURE},
            )  # fmt: skip
    return found


def morning_counts(school_id: UUID, day: dt.date, *, words: bool = False) -> Morning:
    """けさの数と名前 of a school (see `Morning`), without what was said unless asked for: the caller may open the school's morning. Three queries."""
    municipality_id = School.objects.values_list("municipality_id", flat=True).get(pk=school_id)
    return morning_of(municipality_id, school_id, day, words=words)


def unmarked_classes(school_id: UUID, day: dt.date) -> list[ClassMorning]:
    """未入力の学級 of a school on a day; none on a day without school."""
    return morning_counts(school_id, day).missing
