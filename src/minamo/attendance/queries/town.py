"""管内のけさ (the town's morning): each school's numbers for the board, by the same rules as the school's own morning.

Most children have a mark and nothing else: they are counted in the database. Children of whom a notice speaks, and all
children of a school that a closure touches, go through the rules one by one. Two queries, however many schools there are.
"""

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import connection

from minamo.attendance.codes import CodeTable, table_of
from minamo.attendance.queries.day import NOTICE_JSON, DayFacts, Marked, Place, closures_of
from minamo.attendance.queries.register import tally
from minamo.attendance.queries.words import Word, word_of
from minamo.attendance.rules import Counts, Source
from minamo.curriculum.api import TOWN_CALENDAR_JSON, periods_from_json
from minamo.people.api import homeroom_places

_TOWN = f"""
WITH closed AS MATERIALIZED (
  SELECT school_id, scope, school_class_id, grade, begins, ends, reason FROM attendance_closure
  WHERE municipality_id = %(town)s AND begins <= %(day)s AND ends >= %(day)s AND withdrawn_at IS NULL
), told AS MATERIALIZED (
  SELECT * FROM attendance_notice
  WHERE municipality_id = %(town)s AND begins <= %(day)s AND ends >= %(day)s AND withdrawn_at IS NULL
), marked AS MATERIALIZED (
  SELECT m.*, m.school_id IN (SELECT school_id FROM closed) OR m.pupil_id IN (SELECT pupil_id FROM told) AS singly
  FROM attendance_mark m WHERE m.municipality_id = %(town)s AND m.day = %(day)s
)
SELECT
 (SELECT coalesce(json_agg(json_build_array(school_id, code, times)), '[]')
  FROM (SELECT school_id, code, count(*) AS times FROM marked WHERE NOT singly GROUP BY school_id, code) AS plain),
 (SELECT coalesce(json_agg(json_build_array(school_id, pupil_id, code, note, marked_at, marked_by_id, marked_by_label)), '[]')
  FROM marked WHERE singly),
 (SELECT coalesce(json_agg({NOTICE_JSON}), '[]') FROM told n),
 (SELECT coalesce(json_agg(json_build_array(school_id, scope, school_class_id, grade, begins, ends, reason)), '[]') FROM closed),
 {TOWN_CALENDAR_JSON},
 (SELECT coalesce(json_agg(json_build_array(code, label, short_label, mark, counts_as, button, active, turns)
   ORDER BY position), '[]')
  FROM attendance_attendancecode WHERE municipality_id = %(town)s)
"""


@dataclass(slots=True)
class TownLine:
    """教委から見た一校のけさ; no names. `recorded` children have a mark; `waiting` of them a notice counts alone."""

    recorded: int = 0
    present: int = 0
    absent: int = 0
    late: int = 0
    excused: int = 0
    waiting: int = 0

    def add(self, counts: Counts, *, late: bool, times: int = 1) -> None:
        """Count children of whom the day says the same."""
        self.present += times * (counts is Counts.PRESENT)
        self.absent += times * (counts is Counts.ABSENT)
        self.excused += times * (counts is Counts.EXCUSED)
        self.late += times * late


def town_numbers(municipality_id: UUID, day: dt.date) -> Mapping[UUID, TownLine]:
    """管内のけさ, per school of which anything is known. The caller has been authorised for the municipality."""
    with connection.cursor() as cursor:
        cursor.execute(_TOWN, {"town": municipality_id, "day": day})
        plain, marks, notices, closures, calendar, code_rows = cursor.fetchone()
    table = table_of(code_rows, ())
    lines: dict[UUID, TownLine] = defaultdict(TownLine)
    for school, code, times in plain:
        facts = table.codes[code]
        lines[UUID(school)].recorded += times
        lines[UUID(school)].add(facts.counts, late=facts.late or facts.early, times=times)
    schools = _facts_of_schools(day, table, marks, notices, closures, calendar)
    places = homeroom_places([UUID(n["pupil"]) for n in notices], [UUID(row[0]) for row in closures], day)
    for place in places:
        _count(schools[place.school_id], Place(place.pupil_id, place.class_id, place.grade, place.begins, place.ends),
               lines[place.school_id])  # fmt: skip
    return dict(lines)


def _facts_of_schools(
    day: dt.date, table: CodeTable, marks: list[Any], notices: list[Any], closures: list[Any], calendar: list[Any]
) -> Mapping[UUID, DayFacts]:
    words: dict[str, list[Word]] = defaultdict(list)
    for row in notices:
        words[row["pupil"]].append(word_of(row))
    found: dict[UUID, DayFacts] = defaultdict(lambda: DayFacts(day, table, words=words))
    for school, pupil, code, note, at, by, label in marks:
        found[UUID(school)].marks[pupil] = Marked(code, note, dt.datetime.fromisoformat(at), by, label)
    for row in closures:
        found[UUID(row[0])].closures += closures_of([row[1:]])
    entries: dict[UUID, list[Any]] = defaultdict(list)
    for row in calendar:
        entries[UUID(row[0])].append(row[1:])
    for school_id, rows in entries.items():
        found[school_id].calendar = periods_from_json(rows)
    return found


def _count(facts: DayFacts, place: Place, line: TownLine) -> None:
    state = facts.state(place)
    groups: Counter[str] = Counter(tally(state, facts, started=False))
    line.present += groups["present"]
    line.absent += groups["absent"]
    line.late += groups["late"]
    line.excused += groups["excused"]
    line.recorded += str(place.pupil_id) in facts.marks and state.source in {Source.MARK, Source.NOTICE}
    line.waiting += state.source is Source.NOTICE and not state.mark_code
