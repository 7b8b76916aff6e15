"""月の出席簿 (the register of a month): every pupil of a class or a school × every day, with its sums."""

import calendar
import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from minamo.attendance.codes import CodeTable
from minamo.attendance.queries.day import ClosureRow, Correction, Place
from minamo.attendance.queries.month_cells import COMING, COMING_CLOSED, RowBuilder
from minamo.attendance.queries.month_facts import Closed, MonthFacts, month_facts
from minamo.attendance.sums import Summary
from minamo.curriculum.api import open_on
from minamo.people.api import RosterPupil, SchoolClass, roster_of_class_between, roster_of_school_between


@dataclass(slots=True)
class MonthRow:
    """一人の月: one code (or OFF, SHUT, COMING, UNMARKED) per day of the month, and the sums."""

    pupil: RosterPupil
    cells: list[str]
    summary: Summary
    conflicts: tuple[int, ...] = ()


@dataclass(slots=True)
class Month:
    """月の出席簿."""

    first: dt.date
    last: dt.date
    until: dt.date
    rows: list[MonthRow]
    codes: CodeTable
    open_days: frozenset[int]
    corrections: list[tuple[str, dt.date, Correction]]
    closings: dict[str, Closed]
    closures: list[ClosureRow]

    @property
    def days(self) -> list[dt.date]:
        """Every day of the month."""
        return [self.first + dt.timedelta(days=n) for n in range((self.last - self.first).days + 1)]

    @property
    def over(self) -> bool:
        """Whether the last school day of the month is past (for everybody in it)."""
        begun = self.until >= self.first
        return begun and not (
            self.until < self.last and any({COMING, COMING_CLOSED} & set(row.cells) for row in self.rows)
        )

    def total(self) -> Summary:
        """All pupils together (児童生徒・日)."""
        total = Summary(0, 0, 0, 0, 0)
        for row in self.rows:
            total += row.summary
        return total


def month_bounds(year: int, month: int) -> tuple[dt.date, dt.date]:
    """First and last day of a month. Raises ValueError for a month that does not exist."""
    first = dt.date(year, month, 1)
    return first, first.replace(day=calendar.monthrange(year, month)[1])


def month_of_class(school_class: SchoolClass, year: int, month: int, until: dt.date) -> Month:
    """学級の月の出席簿, recorded up to `until`. Two queries."""
    first, last = month_bounds(year, month)
    roster = roster_of_class_between(school_class.pk, first, last)
    return _month(school_class.municipality_id, school_class.school_id, roster, first, last, until, True)


def month_of_school(municipality_id: UUID, school_id: UUID, year: int, month: int, until: dt.date) -> Month:
    """学校の月の一覧: every pupil of every homeroom. Two queries."""
    first, last = month_bounds(year, month)
    roster = roster_of_school_between(school_id, first, last)
    return _month(municipality_id, school_id, roster, first, last, until, False)


def _month(
    municipality_id: UUID,
    school_id: UUID,
    roster: Sequence[RosterPupil],
    first: dt.date,
    last: dt.date,
    until: dt.date,
    corrections: bool,
) -> Month:
    parameters: dict[str, Any] = {
        "pupils": [pupil.pupil_id for pupil in roster], "first": first, "last": last, "school": school_id,
        "municipality": municipality_id, "corrections": corrections,
    }  # fmt: skip
    facts = month_facts(parameters)
    builder = RowBuilder(facts.codes, facts.calendar, facts.closures, first, last, min(until, last))
    rows = [_row(builder, facts, pupil) for pupil in roster]
    open_days = frozenset(d.day for d in builder.days if open_on(d, facts.calendar))
    return Month(
        first, last, min(until, last), rows, facts.codes, open_days, facts.corrections, facts.closings, facts.closures
    )


def _row(builder: RowBuilder, facts: MonthFacts, pupil: RosterPupil) -> MonthRow:
    key = str(pupil.pupil_id)
    place = Place(pupil.pupil_id, pupil.class_id, pupil.grade, pupil.begins, pupil.ends)
    conflicts: tuple[int, ...] = ()
    if key in facts.notices:
        cells, conflicts = builder.long_way(place, facts.timed[key], facts.notices[key], facts.resolutions)
    else:
        cells = builder.short_way(place, facts.present.get(key, 0), facts.other.get(key, ()))
    return MonthRow(pupil, cells, builder.summary(cells), conflicts)
