"""月のます目 (cells of a month): what stands under one day of one pupil, and the sums of a row.

Most days of most pupils have a mark and nothing else; they take the short way, and only children with a notice go
through `rules.effective` day by day (the two ways are tested to agree).
"""

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Sequence
from uuid import UUID

from minamo.attendance.codes import CodeTable
from minamo.attendance.queries.day import ClosureRow, Place
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
    effective,
)
from minamo.attendance.sums import Summary
from minamo.curriculum.api import CalendarPeriod, open_on

# What stands in a cell besides the municipality's codes.
OFF, SHUT, COMING, COMING_CLOSED, UNMARKED = "off", "shut", "coming", "coming-closed", ""
_FIXED = {Source.CALENDAR, Source.CLOSURE, Source.ENROLMENT}


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
        self._weights |= {OFF: None, SHUT: None, COMING: None, COMING_CLOSED: None, UNMARKED: (0, 0, 0, 0, 0, 1)}
        self._weights[BEFORE_IN] = self._weights[AFTER_OUT] = None

    def ground(self, place: Place) -> list[str]:
        """What the days of a class and grade are before any mark: UNMARKED, OFF, SHUT, COMING, COMING_CLOSED or 学級閉鎖."""
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
            return COMING_CLOSED if day > self.until else CLOSURE_CLASS
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
            cells.append(self._until(day, state))
            if state.conflict:
                conflicts.append(day.day)
        return cells, tuple(conflicts)

    def _until(self, day: dt.date, state: DayState) -> str:
        """The cell of a day's state. No day after `until` is in any number yet, a closed one neither."""
        if day <= self.until:
            return cell_of(state)
        if state.code == CLOSURE_CLASS:
            return COMING_CLOSED
        return cell_of(state) if state.source in _FIXED else COMING

    def summary(self, cells: list[str]) -> Summary:
        """The sums of a row of cells. Raises KeyError for a code nobody knows."""
        sums = [0, 0, 0, 0, 0, 0]
        for code, times in Counter(cells).items():
            weight = self._weights[code]
            if weight is not None:
                sums = [total + times * each for total, each in zip(sums, weight, strict=True)]
        return Summary(*sums)


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
