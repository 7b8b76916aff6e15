"""出欠を記録する: the teacher's marks and the health observation of one class on one day, saved together."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import connection

from minamo.access.api import Actor, authorise
from minamo.attendance.actions.announce import announce
from minamo.attendance.newer import Newer, NewerRecord, Seen, overtaken
from minamo.attendance.queries.classday import Register, place_of, read_register
from minamo.attendance.queries.day import Correction, Health, Marked
from minamo.attendance.rules import PRESENT, Source
from minamo.audit import api as audit
from minamo.kernel.ids import new_id
from minamo.people.api import SchoolClass

CLEAR = ""
_LOCK = "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))"
# One statement: what the day counted as becomes a MarkChange, the mark is written or taken back, health is written beside it.
_SAVE = """
WITH wanted AS (
  SELECT * FROM unnest(%(ids)s::uuid[], %(history)s::uuid[], %(pupils)s::uuid[], %(codes)s::text[], %(notes)s::text[],
    %(befores)s::text[]) AS w(id, history, pupil, code, note, before)
), changed AS (
  INSERT INTO attendance_markchange (id, municipality_id, pupil_id, day, before, after, reason, after_closing,
    changed_by_id, changed_by_label, changed_at, before_at, before_by_label)
  SELECT w.history, %(municipality)s, w.pupil, %(day)s, w.before, w.code, %(reason)s, %(after_closing)s,
    %(by)s, %(label)s, %(now)s, m.marked_at, coalesce(m.marked_by_label, '')
  FROM wanted w LEFT JOIN attendance_mark m ON m.pupil_id = w.pupil AND m.day = %(day)s
  WHERE w.before <> w.code AND (w.before <> '' OR %(after_closing)s)
), gone AS (
  DELETE FROM attendance_mark m USING wanted w WHERE m.pupil_id = w.pupil AND m.day = %(day)s AND w.code = ''
), kept AS (
  INSERT INTO attendance_mark (id, municipality_id, school_id, pupil_id, day, code, note, marked_by_id, marked_by_label,
    marked_at)
  SELECT id, %(municipality)s, %(school)s, pupil, %(day)s, code, note, %(by)s, %(label)s, %(now)s
  FROM wanted WHERE code <> ''
  ON CONFLICT (pupil_id, day) DO UPDATE SET code = excluded.code, note = excluded.note,
    marked_by_id = excluded.marked_by_id, marked_by_label = excluded.marked_by_label, marked_at = excluded.marked_at
)
INSERT INTO attendance_healthobservation (id, municipality_id, school_id, pupil_id, day, items, temperature, note,
  observed_by_id, observed_at)
SELECT id, %(municipality)s, %(school)s, pupil, %(day)s, string_to_array(items, ' '), temperature, note,
  %(by)s, %(now)s
FROM unnest(%(h_ids)s::uuid[], %(h_pupils)s::uuid[], %(h_items)s::text[], %(h_temperatures)s::numeric[],
  %(h_notes)s::text[]) AS h(id, pupil, items, temperature, note)
ON CONFLICT (pupil_id, day) DO UPDATE SET items = excluded.items, temperature = excluded.temperature,
  note = excluded.note, observed_by_id = excluded.observed_by_id, observed_at = excluded.observed_at
"""


class RegisterError(ValueError):
    """The register cannot be saved like this; the message is for the teacher. `field` names the field it is about."""

    def __init__(self, message: str, *, field: str = "") -> None:
        super().__init__(message)
        self.field = field


class MonthClosed(RegisterError):
    """The month is closed: a correction needs a reason."""


@dataclass(frozen=True, slots=True)
class HealthEntry:
    """健康観察 to save: codes of health items, temperature in ℃."""

    items: tuple[str, ...]
    temperature: float | None = None
    note: str = ""

    def says(self, kept: Health) -> bool:
        """Whether what is kept says the same."""
        return (self.items, self.temperature, self.note) == (kept.items, kept.temperature, kept.note)


@dataclass(frozen=True, slots=True)
class RowChange:
    """One child's row as the teacher changed it: what is None stays as it is; `code` CLEAR takes the mark back.

    `button` is a bare tap (present, absent, late, early): it takes the ground from the notice where there is one.
    `seen` and `health_seen` are the mark and the 健康観察 that the row showed; None where that is not told.
    """

    pupil_id: UUID
    code: str | None = None
    button: str | None = None
    note: str | None = None
    health: HealthEntry | None = None
    seen: Seen | None = None
    health_seen: Seen | None = None


def save_register(
    *,
    actor: Actor,
    school_class: SchoolClass,
    day: dt.date,
    rows: Sequence[RowChange] = (),
    rest_present: bool = False,
    reason: str = "",
) -> Register:
    """出欠を記録する: save the given rows; with `rest_present` everyone still unmarked is 出席, except that a child with
    a notice gets the code of the notice (which thereby is confirmed).

    Raises RegisterError for a child not in the class, an unknown code, a day to come or a day without school;
    MonthClosed when the month is closed and no reason is given; NewerRecord where somebody else has recorded something
    else since the row was seen.
    """
    decision = authorise(actor, "register:mark", school_class)
    lock_register(school_class, day)
    register = read_register(school_class, day)
    only_clearing = bool(rows) and not rest_present and all(row.code == CLEAR and row.health is None for row in rows)
    if (reason_not := register.unmarkable(actor.today)) and not only_clearing:
        raise RegisterError(reason_not)
    after_closing = str(school_class.pk) in register.facts.closed_classes
    if after_closing and not reason.strip():
        raise MonthClosed("この月はもう締めてあります。直すときは理由を書いてください。")
    wanted = _wanted(register, rows, rest_present)
    health = {row.pupil_id: row.health for row in rows if row.health is not None}
    _check(register, rows, wanted, health)
    if newer := _newer(actor, register, rows, wanted):
        raise NewerRecord(newer)
    if not wanted and not health:
        return register
    befores = [_counted(register, pupil_id, code) for pupil_id, (code, _) in wanted.items()]
    _write(actor, school_class, day, wanted, befores, health, reason.strip(), after_closing)
    pupils = tuple(dict.fromkeys([*wanted, *health]))
    audit.append(
        actor=actor, action="register:mark", resource_type="SchoolClass", resource_id=str(school_class.pk),
        municipality=school_class.municipality_id, school=school_class.school_id,
        pupil=pupils[0] if len(pupils) == 1 else None, rules=decision.rules,
        detail={"day": day, "pupils": [str(p) for p in wanted], "health": [str(p) for p in health],
                "after_closing": after_closing},
        private={
            pupil: change_in_words(register, before, code, reason.strip(), note)
            for (pupil, (code, note)), before in zip(wanted.items(), befores, strict=True)
        },
    )  # fmt: skip
    announce(school_class.school_id, school_class.pk, day, "mark" if wanted else "health", pupils)
    return _renewed(actor, register, wanted, befores, health, pupils, reason.strip() if after_closing else "")


def lock_register(school_class: SchoolClass, day: dt.date) -> None:
    """One change at a time of a class's day: what was read stands until the end of the transaction."""
    with connection.cursor() as cursor:
        cursor.execute(_LOCK, [f"register:{school_class.pk}:{day}"])


def _counted(register: Register, pupil_id: UUID, code: str) -> str:
    """前の扱い: what a change of a mark is measured against: how the day counted (also when the notice held), or the
    value that was taken back and not replaced yet. CLEAR for a first mark."""
    facts = register.facts
    mark, past = facts.marks.get(str(pupil_id)), facts.corrections.get(str(pupil_id), [])
    if mark is None:
        return past[-1].before if code != CLEAR and past and past[-1].after == CLEAR else CLEAR
    place = next(place_of(pupil) for pupil in register.roster if pupil.pupil_id == pupil_id)
    state = facts.state(place)
    return state.code if state.source in {Source.MARK, Source.NOTICE} else mark.code


def change_in_words(register: Register, before: str, after: str, reason: str = "", note: str = "") -> dict[str, str]:
    """訂正の中身: the codes with their words of the day, for the trail (encrypted there under the child's key)."""
    said = {"before": _called(register, before), "after": _called(register, after), "reason": reason, "note": note}
    return {name: words for name, words in said.items() if words}


def _called(register: Register, code: str) -> str:
    known = register.facts.codes.codes.get(code)
    return f"{known.label}（{code}）" if known else code or "未入力"


def _wanted(register: Register, rows: Sequence[RowChange], rest_present: bool) -> dict[UUID, tuple[str, str]]:
    """Pupil → (code, note) to write."""
    marks = register.facts.marks
    wanted: dict[UUID, tuple[str, str]] = {}
    for row in rows:
        old = marks.get(str(row.pupil_id))
        code = _code(register, row)
        if code is None and old and row.note is not None:
            code = old.code
        if code is not None:
            wanted[row.pupil_id] = (code, row.note if row.note is not None else old.note if old else "")
        elif row.note:
            raise RegisterError("メモは、出欠を記録してから書けます。")
    if rest_present:
        for pupil in register.roster:
            state = register.facts.state(place_of(pupil))
            if pupil.pupil_id not in wanted and state.source in {Source.NONE, Source.NOTICE} and not state.mark_code:
                wanted[pupil.pupil_id] = (state.notice_code or PRESENT, "")
    return wanted


def _code(register: Register, row: RowChange) -> str | None:
    if row.button is None:
        return row.code
    facts = register.facts
    pupil = next((p for p in register.roster if p.pupil_id == row.pupil_id), None)
    told = facts.state(place_of(pupil)).notice_code if pupil else ""
    known = facts.codes.codes.get(told)
    if known and (known.button == row.button or (row.button == "absent" and known.away)):
        return told
    return facts.codes.for_button(row.button)


def _check(
    register: Register,
    rows: Sequence[RowChange],
    wanted: Mapping[UUID, tuple[str, str]],
    health: Mapping[UUID, HealthEntry],
) -> None:
    facts, places = register.facts, {pupil.pupil_id: place_of(pupil) for pupil in register.roster}
    for pupil_id in (*wanted, *(row.pupil_id for row in rows)):
        if pupil_id not in places:
            raise RegisterError("この学級にいない児童生徒の出欠は記録できません。画面を開き直してください。")
    for pupil_id, (code, note) in wanted.items():
        state = facts.state(places[pupil_id])
        if state.source in {Source.CALENDAR, Source.CLOSURE} and code != CLEAR:
            raise RegisterError("授業日ではない（または臨時休業の）児童生徒の出欠は、記録できません。")
        if code != CLEAR and not facts.markable(code):
            raise RegisterError("この出欠区分は選べません。")
        if len(note) > 200:
            raise RegisterError("メモは200字までです。")
    for pupil_id, entry in health.items():
        if facts.state(places[pupil_id]).source in {Source.CALENDAR, Source.CLOSURE}:
            raise RegisterError("授業日ではない（または臨時休業の）児童生徒の健康観察は、記録できません。")
        if any(item not in facts.codes.health for item in entry.items):
            raise RegisterError("この健康観察の項目は選べません。")
        if entry.temperature is not None and not 30 <= entry.temperature <= 45:
            raise RegisterError("体温は30℃から45℃の間で入れてください。", field="temperature")
        if len(entry.note) > 200:
            raise RegisterError("メモは200字までです。")


def _newer(
    actor: Actor, register: Register, rows: Sequence[RowChange], wanted: Mapping[UUID, tuple[str, str]]
) -> list[Newer]:
    """別の人の新しい記録 that would be written over; one that says the same is none."""
    facts, me, found = register.facts, actor.account_id, list[Newer]()
    for row in rows:
        key = str(row.pupil_id)
        mark, touch, health = facts.marks.get(key), facts.touched(key), facts.health.get(key)
        stands = (mark.code, mark.note) if mark else (CLEAR, "")
        changed = wanted.get(row.pupil_id, stands) != stands
        if changed and touch and overtaken(row.seen, touch.at, touch.by, me):
            found.append(Newer(row.pupil_id, touch.at))
        changed = row.health is not None and health is not None and not row.health.says(health)
        if changed and health and overtaken(row.health_seen, health.at, health.by, me):
            found.append(Newer(row.pupil_id, health.at, health=True))
    return found


def _write(
    actor: Actor,
    school_class: SchoolClass,
    day: dt.date,
    wanted: Mapping[UUID, tuple[str, str]],
    befores: Sequence[str],
    health: Mapping[UUID, HealthEntry],
    reason: str,
    after_closing: bool,
) -> None:
    parameters: dict[str, Any] = {
        "ids": [new_id() for _ in wanted], "history": [new_id() for _ in wanted], "pupils": list(wanted),
        "codes": [code for code, _ in wanted.values()], "notes": [note for _, note in wanted.values()],
        "befores": list(befores),
        "h_ids": [new_id() for _ in health], "h_pupils": list(health),
        "h_items": [" ".join(entry.items) for entry in health.values()],
        "h_temperatures": [entry.temperature for entry in health.values()],
        "h_notes": [entry.note for entry in health.values()],
        "municipality": school_class.municipality_id, "school": school_class.school_id, "day": day, "reason": reason,
        "after_closing": after_closing, "by": actor.account_id, "label": actor.label[:60], "now": actor.now,
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(_SAVE, parameters)


def _renewed(
    actor: Actor,
    register: Register,
    wanted: Mapping[UUID, tuple[str, str]],
    befores: Sequence[str],
    health: Mapping[UUID, HealthEntry],
    pupils: tuple[UUID, ...],
    closing_reason: str,
) -> Register:
    """The register as it stands after the change."""
    facts = register.facts
    for (pupil_id, (code, note)), before in zip(wanted.items(), befores, strict=True):
        old = facts.marks.get(str(pupil_id))
        if before != code and (before != CLEAR or closing_reason):
            facts.corrections[str(pupil_id)].append(
                Correction(before, code, closing_reason, closing_reason != "", actor.label[:60], actor.now,
                           old.at if old else None, old.label if old else "", str(actor.account_id))
            )  # fmt: skip
        if code == CLEAR:
            facts.marks.pop(str(pupil_id), None)
        else:
            facts.marks[str(pupil_id)] = Marked(code, note, actor.now, str(actor.account_id), actor.label)
    for pupil_id, entry in health.items():
        facts.health[str(pupil_id)] = Health(
            entry.items, entry.temperature, entry.note, actor.now, str(actor.account_id)
        )
    return Register(register.roster, facts, pupils)
