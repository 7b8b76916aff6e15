"""けさの学校: every class of a school this morning: what is missing, who is away, of whom nobody has heard."""

import datetime as dt
from collections import defaultdict
from dataclasses import dataclass, field
from uuid import UUID

from minamo.attendance.queries.classday import place_of
from minamo.attendance.queries.day import Call, DayFacts, day_facts
from minamo.attendance.queries.register import KINDS, OUTCOMES, REASONS, clock, tally
from minamo.attendance.queries.words import Word
from minamo.attendance.rules import CLOSURE_CLASS, Counts, DayState, counts_of, speaking_notice
from minamo.people.api import RosterPupil, roster_of_school

TONES = {
    Counts.ABSENT: "bad",
    Counts.EXCUSED: "stop",
    Counts.PRESENT: "warn",
}  # who is listed as present is late or early
GROUPS = ("present", "absent", "late", "excused", "silent", "blank")


@dataclass(slots=True)
class ClassMorning:
    """学級のけさ. `entered`: nobody is 未入力 (rules.unentered); `begun`: a teacher has marked somebody."""

    class_id: UUID
    title: str
    enrolled: int = 0
    numbers: dict[str, int] = field(default_factory=lambda: dict.fromkeys(GROUPS, 0))
    begun: bool = False
    closed: bool = False

    @property
    def unmarked(self) -> int:
        """未入力の人数."""
        return self.numbers["blank"]

    @property
    def entered(self) -> bool:
        """Whether a teacher has nothing left to record."""
        return self.unmarked == 0


@dataclass(frozen=True, slots=True)
class Person:
    """One child on the morning lists. `short` and `tone` are the tag of how the day counts; `since` is when the register said it (for the order by time)."""

    pupil_id: UUID
    class_id: UUID
    class_title: str
    name: str
    label: str
    short: str
    tone: str
    detail: str
    since: dt.datetime | None
    calls: tuple[Call, ...]
    conflict: bool


@dataclass(slots=True)
class Morning:
    """けさの学校."""

    day: dt.date
    school_day: bool
    classes: list[ClassMorning]
    absent: list[Person]
    late: list[Person]
    excused: list[Person]
    silent: list[Person]
    conflicts: list[Person]

    @property
    def missing(self) -> list[ClassMorning]:
        """未入力の学級: somebody is 未入力 and the teacher has not begun."""
        return [c for c in self.classes if not c.entered and not c.begun]

    def number(self, group: str) -> int:
        """One of GROUPS over the whole school."""
        return sum(c.numbers[group] for c in self.classes)

    @property
    def enrolled(self) -> int:
        """在籍."""
        return sum(c.enrolled for c in self.classes)


def morning_of(municipality_id: UUID, school_id: UUID, day: dt.date, *, words: bool) -> Morning:
    """けさの学校, with or without what was said. Two queries."""
    roster = roster_of_school(school_id, day)
    facts = day_facts(
        municipality_id=municipality_id, school_id=school_id, pupil_ids=[p.pupil_id for p in roster], day=day
    )
    facts = facts if words else facts.without_words()
    by_class: dict[UUID, list[RosterPupil]] = defaultdict(list)
    for pupil in roster:
        by_class[pupil.class_id].append(pupil)
    morning = Morning(day, False, [], [], [], [], [], [])
    for pupils in by_class.values():
        morning.classes.append(_class(facts, pupils, morning))
    morning.school_day = any(not c.closed for c in morning.classes)
    morning.silent.sort(key=lambda person: (person.since is None, person.since, person.class_title))
    return morning


def _class(facts: DayFacts, pupils: list[RosterPupil], morning: Morning) -> ClassMorning:
    places = [place_of(pupil) for pupil in pupils]
    begun, started = facts.begun(places), facts.started(places)
    found = ClassMorning(pupils[0].class_id, pupils[0].class_title, len(pupils), begun=begun, closed=True)
    for pupil, place in zip(pupils, places, strict=True):
        state = facts.state(place)
        fixed = counts_of(state, facts.codes.codes) is Counts.NOT_SCHOOL_DAY or state.code == CLOSURE_CLASS
        found.closed = found.closed and fixed
        groups = tuple(tally(state, facts, started))
        for group in groups:
            found.numbers[group] += 1
        if not fixed and (set(groups) - {"present", "blank"} or state.conflict):
            _sort(morning, _person(facts, pupil, state), groups)
    return found


def _sort(morning: Morning, person: Person, groups: tuple[str, ...]) -> None:
    lists = {"absent": morning.absent, "late": morning.late, "excused": morning.excused, "silent": morning.silent}
    for group in groups:
        if group in lists:
            lists[group].append(person)
    if person.conflict:
        morning.conflicts.append(person)


def _person(facts: DayFacts, pupil: RosterPupil, state: DayState) -> Person:
    key = str(pupil.pupil_id)
    code = facts.codes.codes.get(state.code)
    words = facts.words.get(key, [])
    said = speaking_notice(facts.day, [word.fact for word in words], facts.codes.codes)
    word = next((w for w in words if said and w.fact.id == said[0].id), None)
    mark = facts.marks.get(key)
    calls = tuple(facts.calls.get(key, ()))
    return Person(
        pupil.pupil_id, pupil.class_id, pupil.class_title, pupil.display_name, code.label if code else "まだ来ていない",
        code.short_label if code else "", TONES.get(code.counts, "") if code else "", _detail(word, state, calls), mark.at if mark else word.fact.received_at if word else None, calls, state.conflict,
    )  # fmt: skip


def _detail(word: Word | None, state: DayState, calls: tuple[Call, ...]) -> str:
    """理由と時刻. The kind stands beside it and is repeated only where the teacher recorded something else."""
    if word is not None:
        said = word.said
        parts = [f"{said.arrives}ごろ" if said.arrives else "", f"{said.leaves}早退" if said.leaves else ""]
        parts.append(f"連絡は{KINDS[said.kind]}" if state.conflict else "")
        parts.append(REASONS.get(said.reason, "") if word.shown else "")
        parts.append(f"〜{said.ends.day}日" if said.ends > said.begins else clock(word.fact.received_at))
        return " ".join(part for part in parts if part)
    if calls:
        last = calls[-1]
        return f"{clock(last.at)} {OUTCOMES[last.outcome]}　{last.by}"
    return ""
