"""一日の事実 (facts of a day): everything the room knows about some pupils on one day, in one statement.

One statement because a teacher's register is the most opened page of the morning; the parts come back as JSON.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID

from django.db import connection

from minamo.attendance.codes import DERIVED, CodeTable, table_of
from minamo.attendance.queries.words import Word, word_of
from minamo.attendance.rules import (
    ClosureFact,
    DayState,
    EnrolmentFact,
    MarkFact,
    effective,
    unentered,
)
from minamo.curriculum.api import CALENDAR_JSON, CalendarPeriod, open_on, periods_from_json
from minamo.kernel.schoolyear import JST

# One notice `n` as words.word_of reads it, for the day %(day)s.
NOTICE_JSON = """json_build_object('id', n.id, 'pupil', n.pupil_id, 'kind', n.kind, 'reason', n.reason,
   'text', n.text, 'temperature', n.temperature, 'begins', n.begins, 'ends', n.ends,
   'arrives_at', n.arrives_at, 'leaves_at', n.leaves_at, 'returns', n.returns_on, 'channel', n.channel, 'sender', n.sender_label,
   'received', n.received_at, 'late', n.after_deadline, 'withdrawn', n.withdrawn_at,
   'changes', (SELECT json_agg(json_build_array(c.kind, c.changed_at, c.changed_by_label, c.after_deadline, c.before)
     ORDER BY c.changed_at, c.id)
     FROM attendance_noticechange c WHERE c.notice_id = n.id),
   'resolutions', (SELECT json_agg(json_build_array(r.holds, r.decided_at, r.decided_by_label, r.decided_by_id) ORDER BY r.decided_at)
     FROM attendance_resolution r WHERE r.notice_id = n.id AND r.day = %(day)s))"""

_FACTS = f"""
SELECT
 (SELECT coalesce(json_agg(json_build_array(pupil_id, code, note, marked_at, marked_by_id, marked_by_label)), '[]')
  FROM attendance_mark WHERE pupil_id = ANY(%(pupils)s) AND day = %(day)s),
 (SELECT coalesce(json_agg(json_build_array(pupil_id, items, temperature, note, observed_at, observed_by_id)), '[]')
  FROM attendance_healthobservation WHERE pupil_id = ANY(%(pupils)s) AND day = %(day)s),
 (SELECT coalesce(json_agg({NOTICE_JSON}), '[]')
  FROM attendance_notice n WHERE n.pupil_id = ANY(%(pupils)s) AND (n.begins <= %(day)s AND n.ends >= %(day)s OR n.id IN (
   SELECT c.notice_id FROM attendance_noticechange c WHERE c.municipality_id = %(municipality)s
    AND c.changed_at >= %(morning)s AND (c.before->>'begins')::date <= %(day)s AND (c.before->>'ends')::date >= %(day)s))),
 (SELECT coalesce(json_agg(json_build_array(pupil_id, called_at, called_by_label, "to", outcome, note)
   ORDER BY called_at), '[]')
  FROM attendance_calllog WHERE school_id = %(school)s AND day = %(day)s),
 (SELECT coalesce(json_agg(json_build_array(scope, school_class_id, grade, begins, ends, reason)), '[]')
  FROM attendance_closure WHERE school_id = %(school)s AND begins <= %(day)s AND ends >= %(day)s
   AND withdrawn_at IS NULL),
 (SELECT coalesce(json_agg(json_build_array(pupil_id, before, after, reason, after_closing, changed_by_label, changed_at,
   before_at, before_by_label, changed_by_id) ORDER BY changed_at), '[]')
  FROM (SELECT * FROM attendance_markchange WHERE pupil_id = ANY(%(pupils)s) AND day = %(day)s
        ORDER BY changed_at DESC LIMIT 120) AS latest),
 (SELECT coalesce(json_agg(school_class_id), '[]') FROM attendance_monthclosing
  WHERE school_id = %(school)s AND month = date_trunc('month', %(day)s::date)::date AND reopened_at IS NULL),
 (SELECT coalesce(json_agg(json_build_array(code, label, short_label, mark, counts_as, button, active, turns)
   ORDER BY position), '[]')
  FROM attendance_attendancecode WHERE municipality_id = %(municipality)s),
 (SELECT coalesce(json_agg(json_build_array(code, label, well, active) ORDER BY position), '[]')
  FROM attendance_healthitem WHERE municipality_id = %(municipality)s),
 {CALENDAR_JSON.replace("school_id = %s", "school_id = %(school)s").replace("<= %s", "<= %(day)s").replace(">= %s", ">= %(day)s")}
"""


@dataclass(frozen=True, slots=True)
class Place:
    """どこの誰か: class, grade and days in the class of one pupil, as the closures and the calendar ask for them."""

    pupil_id: UUID
    class_id: UUID
    grade: str
    begins: dt.date
    ends: dt.date | None


@dataclass(frozen=True, slots=True)
class Marked:
    """先生の記録 as read."""

    code: str
    note: str
    at: dt.datetime
    by: str
    label: str


@dataclass(frozen=True, slots=True)
class Health:
    """健康観察 as read; temperature in ℃."""

    items: tuple[str, ...]
    temperature: float | None
    note: str
    at: dt.datetime
    by: str


@dataclass(frozen=True, slots=True)
class Call:
    """電話の記録 as read."""

    at: dt.datetime
    by: str
    to: str
    outcome: str
    note: str


@dataclass(frozen=True, slots=True)
class Correction:
    """訂正 as read; `before_at` and `before_by` are of the mark it replaced, as far as known."""

    before: str
    after: str
    reason: str
    after_closing: bool
    by: str
    at: dt.datetime
    before_at: dt.datetime | None = None
    before_by: str = ""
    by_id: str = ""

    def is_correction(self, day: dt.date) -> bool:
        """出席簿の訂正か. A mark taken back on its own day is a tap undone: the day is 未入力 again, and what is
        recorded then is measured against the value taken back."""
        return self.after != "" or self.after_closing or self.at.astimezone(JST).date() > day


@dataclass(frozen=True, slots=True)
class Touch:
    """最後に手を入れたところ: when and by whom a child's day was last recorded, taken back (`gone`) or settled (`settled`)."""

    at: dt.datetime
    by: str
    label: str
    gone: bool = False
    settled: bool = False


@dataclass(frozen=True, slots=True)
class ClosureRow:
    """臨時休業 as read."""

    scope: str
    class_id: str | None
    grade: str
    begins: dt.date
    ends: dt.date
    reason: str

    def touches(self, place: Place) -> bool:
        """Whether it holds for this pupil's school, grade or class."""
        return (
            self.scope == "school"
            or (self.scope == "grade" and self.grade == place.grade)
            or (self.scope == "class" and self.class_id == str(place.class_id))
        )


@dataclass
class DayFacts:
    """Facts of a day by pupil (keys are text ids)."""

    day: dt.date
    codes: CodeTable
    marks: dict[str, Marked] = field(default_factory=dict)
    health: dict[str, Health] = field(default_factory=dict)
    words: dict[str, list[Word]] = field(default_factory=lambda: defaultdict(list))
    calls: dict[str, list[Call]] = field(default_factory=lambda: defaultdict(list))
    corrections: dict[str, list[Correction]] = field(default_factory=lambda: defaultdict(list))
    closures: list[ClosureRow] = field(default_factory=list)
    closed_classes: frozenset[str] = frozenset()
    calendar: list[CalendarPeriod] = field(default_factory=list)

    def state(self, place: Place) -> DayState:
        """その日の扱い of one pupil."""
        key = str(place.pupil_id)
        mark = self.marks.get(key)
        words = self.words.get(key, ())
        return effective(
            self.day,
            mark=MarkFact(mark.code, mark.at) if mark else None,
            notices=[word.fact for word in words],
            closures=[ClosureFact(c.scope, c.begins, c.ends) for c in self.closures if c.touches(place)],
            enrolment=EnrolmentFact(place.begins, place.ends),
            is_school_day=open_on(self.day, self.calendar, place.grade),
            codes=self.codes.codes,
            resolutions=[r for word in words for r in word.resolutions],
        )

    def touched(self, pupil: str) -> Touch | None:
        """出欠に最後に手を入れたところ; None while nobody has."""
        mark = self.marks.get(pupil)
        touches = [Touch(c.at, c.by_id, c.by, gone=c.after == "") for c in self.corrections.get(pupil, ())]
        touches += [Touch(mark.at, mark.by, mark.label)] if mark else []
        touches += [
            Touch(r.decided_at, r.by_id, r.by, settled=True) for w in self.words.get(pupil, ()) for r in w.resolutions
        ]
        return max(
            touches, key=lambda touch: (touch.at, touch.settled), default=None
        )  # a decision may be a correction, too

    def without_words(self) -> "DayFacts":
        """For those who may see the register but not what was said: marks, kinds and numbers only (clause 7.3)."""
        return replace(
            self,
            marks={key: replace(mark, note="") for key, mark in self.marks.items()},
            health={},
            words=defaultdict(list, {key: [word.hidden() for word in words] for key, words in self.words.items()}),
            calls=defaultdict(list),
            corrections=defaultdict(
                list, {key: [replace(c, reason="") for c in rows] for key, rows in self.corrections.items()}
            ),
        )

    def begun(self, places: Sequence[Place]) -> bool:
        """Whether somebody has begun to record this class today."""
        return any(str(place.pupil_id) in self.marks for place in places)

    def started(self, places: Sequence[Place]) -> bool:
        """Whether the register is so far filled that a blank means something: half of those nobody has spoken for."""
        keys = [str(place.pupil_id) for place in places]
        unspoken = [k for k in keys if not any(w.fact.speaks_of(self.day) for w in self.words.get(k, ()))]
        return 0 < len(unspoken) <= 2 * sum(key in self.marks for key in unspoken)

    def unentered(self, places: Sequence[Place]) -> int:
        """未入力の人数 (see rules.unentered)."""
        return sum(unentered(self.state(place)) for place in places)

    def markable(self, code: str) -> bool:
        """Whether a teacher may choose the code for a single child."""
        return code in self.codes.active and code not in DERIVED


def day_facts(*, municipality_id: UUID, school_id: UUID, pupil_ids: Sequence[UUID], day: dt.date) -> DayFacts:
    """一日の事実 of the named pupils of one school. One query; row-level security keeps the municipality."""
    with connection.cursor() as cursor:
        cursor.execute(
            _FACTS,
            {
                "pupils": list(pupil_ids),
                "day": day,
                "school": school_id,
                "municipality": municipality_id,
                "morning": dt.datetime.combine(day, dt.time(), JST),
            },
        )
        row: tuple[Any, ...] = cursor.fetchone()
    return _facts(day, row)


def _facts(day: dt.date, row: tuple[Any, ...]) -> DayFacts:
    marks, health, notices, calls, closures, corrections, closed, codes, items, calendar = row
    facts = DayFacts(day, table_of(codes, items), closed_classes=frozenset(closed))
    facts.calendar = periods_from_json(calendar)
    for pupil, code, note, at, by, label in marks:
        facts.marks[pupil] = Marked(code, note, dt.datetime.fromisoformat(at), by, label)
    for pupil, names, temperature, note, at, by in health:
        facts.health[pupil] = Health(tuple(names), temperature, note, dt.datetime.fromisoformat(at), by)
    for notice in notices:
        facts.words[notice["pupil"]].append(word_of(notice))
    for pupil, at, by, to, outcome, note in calls:
        facts.calls[pupil].append(Call(dt.datetime.fromisoformat(at), by, to, outcome, note))
    facts.closures = closures_of(closures)
    for pupil, *correction in corrections:
        facts.corrections[pupil].append(correction_of(*correction))
    return facts


def correction_of(
    before: str,
    after: str,
    reason: str,
    closed: bool,
    by: str,
    at: str,
    before_at: str | None,
    before_by: str,
    by_id: str = "",
) -> Correction:
    """訂正 from its JSON."""
    since = dt.datetime.fromisoformat(before_at) if before_at else None
    return Correction(before, after, reason, closed, by, dt.datetime.fromisoformat(at), since, before_by, by_id)


def closures_of(rows: Sequence[Sequence[Any]]) -> list[ClosureRow]:
    """臨時休業 from JSON rows (scope, class, grade, begins, ends, reason)."""
    return [ClosureRow(r[0], r[1], r[2], _day(r[3]), _day(r[4]), r[5]) for r in rows]


def _day(text: str) -> dt.date:
    return dt.date.fromisoformat(text)
