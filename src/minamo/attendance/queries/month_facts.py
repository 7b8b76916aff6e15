"""月の事実 (facts of a month): everything the room knows about some pupils in one month, in one statement."""

import datetime as dt
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db import connection

from minamo.attendance.codes import CodeTable, table_of
from minamo.attendance.queries.day import ClosureRow, Correction, closures_of, correction_of
from minamo.attendance.rules import MarkFact, NoticeFact, ResolutionFact
from minamo.curriculum.api import CALENDAR_JSON, CalendarPeriod, periods_from_json

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
   c.changed_by_label, c.changed_at, c.before_at, c.before_by_label) ORDER BY c.changed_at DESC), '[]')
  FROM attendance_markchange c WHERE %(corrections)s AND c.pupil_id = ANY(%(pupils)s)
   AND c.day BETWEEN %(first)s AND %(last)s),
 (SELECT coalesce(json_agg(json_build_array(school_class_id, closed_by_label, closed_at, digest)), '[]')
  FROM attendance_monthclosing WHERE school_id = %(school)s AND month = %(first)s AND reopened_at IS NULL),
 (SELECT coalesce(json_agg(json_build_array(code, label, short_label, mark, counts_as, button, active, turns)
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


@dataclass
class MonthFacts:
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


def month_facts(parameters: Mapping[str, Any]) -> MonthFacts:
    """月の事実. `parameters`: pupils, first, last, school, municipality, corrections (whether to read them). One query."""
    with connection.cursor() as cursor:
        cursor.execute(_MONTH, parameters)
        return _read(cursor.fetchone())


def _read(row: tuple[Any, ...]) -> MonthFacts:
    marks, notices, timed, resolutions, closures, corrections, closings, codes, calendar_rows = row
    facts = MonthFacts(table_of(codes, ()), periods_from_json(calendar_rows), closures=closures_of(closures))
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
    for pupil, text, *rest in corrections:
        correction, day = correction_of(*rest), _day(text)
        if correction.is_correction(day):
            facts.corrections.append((pupil, day, correction))
    for class_id, by, at, digest in closings:
        facts.closings[class_id] = Closed(by, _moment(at), digest)
    return facts


def _day(text: str) -> dt.date:
    return dt.date.fromisoformat(text)


def _moment(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text)
