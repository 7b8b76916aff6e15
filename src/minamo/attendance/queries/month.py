"""月の出席簿 (the register of a month): every pupil of a class or a school × every day, with its sums.

Most days of most pupils have a mark and nothing else; they take the short way, and only children with a notice go
through `rules.effective` day by day (the two ways are tested to agree).
"""

import calendar
import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.db import connection

from minamo.attendance.codes import CodeTable, table_of
from minamo.attendance.queries.day import ClosureRow, Correction, Place, closures_of
from minamo.attendance.rules import (
    AFTER_OUT,
    BEFORE_IN,
    CLOSURE_CLASS,
    NOT_REQUIRED,
    ClosureFact,
    Counts,
    DayState,
    EnrolmentFact,
    MarkFact,
    NoticeFact,
    ResolutionFact,
    Source,
    Summary,
    effective,
)
from minamo.curriculum.api import CALENDAR_JSON, CalendarPeriod, open_on, periods_from_json
from minamo.people.api import RosterPupil, SchoolClass, roster_of_class_between, roster_of_school_between

# What stands in a cell besides the municipality's codes.
OFF, SHUT, COMING, UNMARKED = "off", "shut", "coming", ""

_MONTH = f"""
SELECT
 (SELECT coalesce(json_agg(json_build_array(pupil_id, present, other)), '[]') FROM (
   SELECT pupil_id, coalesce(bit_or(1 << extract(day FROM day)::int) FILTER (WHERE code = 'PRESENT'), 0) AS present,
     string_agg(extract(day FROM day)::text || ':' || code, ' ') FILTER (WHERE code <> 'PRESENT') AS other
   FROM attendance_mark WHERE pupil_id = ANY(%(pupils)s) AND day BETWEEN %(first)s AND %(last)s GROUP BY pupil_id) m),
 (SELECT coalesce(json_agg(json_build_array(n.pupil_id, n.id, n.kind, n.reason, n.begins, n.ends, n.received_at,
   greatest(n.received_at, (SELECT max(c.changed_at) FROM attendance_noticechange c WHERE c.notice_id = n.id)))), '[]')
  FROM attendance_notice n WHERE n.pupil_id = ANY(%(pupils)s) AND n.begins <= %(last)s AND n.ends >= %(first)s
   AND n.withdrawn_at IS NULL),
 (SELECT coalesce(json_agg(json_build_array(m.pupil_id, m.day, m.code, m.marked_at)), '[]') FROM attendance_mark m
  WHERE m.day BETWEEN %(first)s AND %(last)s AND m.pupil_id IN (
   SELECT n.pupil_id FROM attendance_notice n WHERE n.pupil_id = ANY(%(pupils)s) AND n.begins <= %(last)s
    AND n.ends >= %(first)s AND n.withdrawn_at IS NULL)),
 (SELECT coalesce(json_agg(json_build_array(r.notice_id, r.day, r.holds, r.decided_at)), '[]')
  FROM attendance_resolution r JOIN attendance_notice n ON n.id = r.notice_id
  WHERE n.pupil_id = ANY(%(pupils)s) AND r.day BETWEEN %(first)s AND %(last)s),
 (SELECT coalesce(json_agg(json_build_array(scope, school_class_id, grade, begins, ends, reason)), '[]')
  FROM attendance_closure WHERE school_id = %(school)s AND begins <= %(last)s AND ends >= %(first)s
   AND withdrawn_at IS NULL),
 (SELECT coalesce(json_agg(json_build_array(c.pupil_id, c.day, c.before, c.after, c.reason, c.after_closing,
   c.changed_by_label, c.changed_at) ORDER BY c.changed_at DESC), '[]')
  FROM attendance_markchange c WHERE %(corrections)s AND c.pupil_id = ANY(%(pupils)s)
   AND c.day BETWEEN %(first)s AND %(last)s),
 (SELECT coalesce(json_agg(json_build_array(school_class_id, closed_by_label, closed_at, digest)), '[]')
  FROM attendance_monthclosing WHERE school_id = %(school)s AND month = %(first)s AND reopened_at IS NULL),
 (SELECT coalesce(json_agg(json_build_array(code, label, short_label, mark, counts_as, button, active)
   ORDER BY position), '[]')
  FROM attendance_attendancecode WHERE municipality_id = %(municipality)s),
 {CALENDAR_JSON.replace("school_id = %s", "school_id = %(school)s").replace("<= %s", "<= %(last)s").replace(">= %s", ">= %(first)s")}
"""


@dataclass(frozen=True, slots=True)
class Closed:
    """月締め as read."""

    by: str
    at: dt.datetime
    digest: str


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

    def total(self) -> Summary:
        """All pupils together (児童生徒・日)."""
        total = Summary(0, 0, 0, 0, 0)
        for row in self.rows:
            total += row.summary
        return total


@dataclass
class _Facts:
    """What one statement brings for a month."""

    codes: CodeTable
    calendar: list[CalendarPeriod]
    present: dict[str, int] = field(default_factory=dict)
    other: dict[str, list[tuple[int, str]]] = field(default_factory=dict)
    notices: dict[str, list[NoticeFact]] = field(default_factory=lambda: defaultdict(list))
    timed: dict[str, dict[dt.date, MarkFact]] = field(default_factory=lambda: defaultdict(dict))
    resolutions: dict[dt.date, list[ResolutionFact]] = field(default_factory=lambda: defaultdict(list))
    closures: list[ClosureRow] = field(default_factory=list)
    corrections: list[tuple[str, dt.date, Correction]] = field(default_factory=list)
    closings: dict[str, Closed] = field(default_factory=dict)


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
    with connection.cursor() as cursor:
        cursor.execute(_MONTH, parameters)
        facts = _read(cursor.fetchone())
    builder = RowBuilder(facts.codes, facts.calendar, facts.closures, first, last, min(until, last))
    rows = [
        _row(builder, facts, pupil) for pupil in roster
    ]  # fmt: skip
    open_days = frozenset(d.day for d in builder.days if open_on(d, facts.calendar))
    return Month(
        first, last, min(until, last), rows, facts.codes, open_days, facts.corrections, facts.closings, facts.closures
    )


def _row(builder: "RowBuilder", facts: _Facts, pupil: RosterPupil) -> MonthRow:
    key = str(pupil.pupil_id)
    place = Place(pupil.pupil_id, pupil.class_id, pupil.grade, pupil.begins, pupil.ends)
    conflicts: tuple[int, ...] = ()
    if key in facts.notices:
        cells, conflicts = builder.long_way(place, facts.timed[key], facts.notices[key], facts.resolutions)
    else:
        cells = builder.short_way(place, facts.present.get(key, 0), facts.other.get(key, ()))
    return MonthRow(pupil, cells, builder.summary(cells), conflicts)


class RowBuilder:
    """Turns marks into cells. `until` is the last day that can have been recorded."""

    def __init__(
        self,
        codes: CodeTable,
        periods: list[CalendarPeriod],
        closures: Sequence[ClosureRow],
        first: dt.date,
        last: dt.date,
        until: dt.date,
    ) -> None:
        self.codes, self.periods, self.closures, self.until = codes, periods, closures, until
        self.first, self.last = first, last
        self.days = [first + dt.timedelta(days=n) for n in range((last - first).days + 1)]
        self._grounds: dict[tuple[UUID, str], list[str]] = {}
        self._weights = {code: _weight(facts.counts, facts.late, facts.early) for code, facts in codes.codes.items()}
        self._weights |= {OFF: None, SHUT: None, COMING: None, UNMARKED: (0, 0, 0, 0, 0, 1)}
        self._weights[BEFORE_IN] = self._weights[AFTER_OUT] = None

    def ground(self, place: Place) -> list[str]:
        """What the days of a class and grade are before any mark: UNMARKED, OFF, SHUT, COMING or 学級閉鎖."""
        key = (place.class_id, place.grade)
        if key not in self._grounds:
            closures = [closure for closure in self.closures if closure.touches(place)]
            self._grounds[key] = [self._ground(day, place.grade, closures) for day in self.days]
        return self._grounds[key]

    def _ground(self, day: dt.date, grade: str, closures: Sequence[ClosureRow]) -> str:
        if not open_on(day, self.periods, grade):
            return OFF
        scopes = {closure.scope for closure in closures if closure.begins <= day <= closure.ends}
        if scopes & {"grade", "school"}:
            return SHUT
        if "class" in scopes:
            return CLOSURE_CLASS
        return COMING if day > self.until else UNMARKED

    def short_way(self, place: Place, present: int, other: Iterable[tuple[int, str]]) -> list[str]:
        """Cells of a child without notices. `present` has bit n set for 出席 on day n."""
        ground = self.ground(place)
        cells = [
            "PRESENT" if cell == UNMARKED and present >> number & 1 else cell
            for number, cell in enumerate(ground, start=1)
        ]
        for number, code in other:
            if ground[number - 1] == UNMARKED:
                cells[number - 1] = code
        return self._enrolled(place, cells)

    def _enrolled(self, place: Place, cells: list[str]) -> list[str]:
        if place.begins > self.first:
            before = min((place.begins - self.first).days, len(cells))
            cells[:before] = [BEFORE_IN] * before
        if place.ends is not None and place.ends < self.last:
            kept = (place.ends - self.first).days + 1
            cells[kept:] = [AFTER_OUT] * (len(cells) - kept)
        return cells

    def long_way(
        self,
        place: Place,
        marks: dict[dt.date, MarkFact],
        notices: Sequence[NoticeFact],
        resolutions: dict[dt.date, list[ResolutionFact]],
    ) -> tuple[list[str], tuple[int, ...]]:
        """Cells of a child with notices, through the rules, and the days on which notice and mark disagree."""
        closures = [ClosureFact(c.scope, c.begins, c.ends) for c in self.closures if c.touches(place)]
        cells, conflicts = [], []
        for day in self.days:
            state = effective(
                day, mark=marks.get(day), notices=notices, closures=closures,
                enrolment=EnrolmentFact(place.begins, place.ends),
                is_school_day=open_on(day, self.periods, place.grade), codes=self.codes.codes,
                resolutions=resolutions.get(day, ()),
            )  # fmt: skip
            cells.append(cell_of(state) if day <= self.until or state.source in _FIXED else COMING)
            if state.conflict:
                conflicts.append(day.day)
        return cells, tuple(conflicts)

    def summary(self, cells: list[str]) -> Summary:
        """The sums of a row of cells. Raises KeyError for a code nobody knows."""
        sums = [0, 0, 0, 0, 0, 0]
        for code, times in Counter(cells).items():
            weight = self._weights[code]
            if weight is not None:
                sums = [total + times * each for total, each in zip(sums, weight, strict=True)]
        return Summary(*sums)


_FIXED = {Source.CALENDAR, Source.CLOSURE, Source.ENROLMENT}


def cell_of(state: DayState) -> str:
    """The cell of a day's state."""
    if state.source is Source.CALENDAR:
        return OFF
    if state.source is Source.CLOSURE and state.code == NOT_REQUIRED:
        return SHUT
    return state.code


def _weight(counts: Counts, late: bool, early: bool) -> tuple[int, int, int, int, int, int] | None:
    """(授業日数, 出停・忌引等, 欠席, 遅刻, 早退, 未記入) of one day, None for days in no number."""
    if counts in {Counts.NOT_ENROLLED, Counts.NOT_SCHOOL_DAY}:
        return None
    return 1, int(counts is Counts.EXCUSED), int(counts is Counts.ABSENT), int(late), int(early), 0


def _read(row: tuple[Any, ...]) -> _Facts:
    marks, notices, timed, resolutions, closures, corrections, closings, codes, calendar_rows = row
    facts = _Facts(table_of(codes, ()), periods_from_json(calendar_rows), closures=closures_of(closures))
    for pupil, present, other in marks:
        facts.present[pupil] = present
        if other:
            facts.other[pupil] = [(int(n), code) for n, _, code in (item.partition(":") for item in other.split(" "))]
    for pupil, notice, kind, reason, begins, ends, received, changed in notices:
        facts.notices[pupil].append(
            NoticeFact(notice, kind, reason, _day(begins), _day(ends), _moment(received), _moment(changed))
        )
    for pupil, day, code, at in timed:
        facts.timed[pupil][_day(day)] = MarkFact(code, _moment(at))
    for notice, day, holds, at in resolutions:
        facts.resolutions[_day(day)].append(ResolutionFact(notice, holds, _moment(at)))
    for pupil, day, before, after, reason, after_closing, by, at in corrections:
        facts.corrections.append((pupil, _day(day), Correction(before, after, reason, after_closing, by, _moment(at))))
    for class_id, by, at, digest in closings:
        facts.closings[class_id] = Closed(by, _moment(at), digest)
    return facts


def _day(text: str) -> dt.date:
    return dt.date.fromisoformat(text)


def _moment(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text)
