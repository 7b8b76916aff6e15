"""変わること (pure): the difference of two pictures in the nouns of this house, and how a person would tell it."""

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from minamo.interop.roster.merge import ONE_DAY, Merged
from minamo.interop.roster.reading import Reading, before_and_after
from minamo.interop.roster.values import (
    ClassValue,
    PersonValue,
    PostValue,
    PupilValue,
    SchoolValue,
    SeatValue,
    TeachingValue,
    Town,
)

V = TypeVar("V")

EVENTS = {
    "registered": "新しく登録", "transfer_in": "転入", "moved": "町内の転校", "transfer_out": "転出", "graduated": "卒業",
    "promoted": "進級", "class_change": "学級替え", "name_corrected": "氏名訂正", "details": "内容の変更",
    "staff_in": "教職員の登録", "staff_out": "教職員の離任", "staff_changed": "教職員の内容の変更",
}  # fmt: skip


@dataclass(slots=True)
class Change(Generic[V]):
    """One noun's changes by sourcedId: new ones, changed ones (before, after), and those that end, with their last day."""

    new: dict[str, V] = field(default_factory=dict)
    changed: dict[str, tuple[V, V]] = field(default_factory=dict)
    gone: dict[str, tuple[V, dt.date]] = field(default_factory=dict)

    def counts(self) -> dict[str, int]:
        """For the report."""
        return {"create": len(self.new), "update": len(self.changed), "end": len(self.gone)}


@dataclass(frozen=True, slots=True)
class Event:
    """出来事: what happens to one person. `user`, `school`, `klass` are sourcedIds: never a name."""

    kind: str
    user: str
    school: str
    klass: str | None
    day: dt.date
    number: int | None = None
    grade: str = ""
    klass_before: str | None = None
    school_before: str | None = None


@dataclass(slots=True)
class Plan:
    """取り込むと変わること."""

    town: Town | None
    town_changed: bool
    schools: Change[SchoolValue] = field(default_factory=Change)
    classes: Change[ClassValue] = field(default_factory=Change)
    pupils: Change[PupilValue] = field(default_factory=Change)
    staff: Change[PersonValue] = field(default_factory=Change)
    seats: Change[SeatValue] = field(default_factory=Change)
    teaching: Change[TeachingValue] = field(default_factory=Change)
    posts: Change[PostValue] = field(default_factory=Change)
    events: list[Event] = field(default_factory=list)

    def counts(self) -> dict[str, dict[str, int]]:
        """Creates, updates and ends per noun."""
        nouns: dict[str, Change[Any]] = {
            "schools": self.schools, "classes": self.classes, "pupils": self.pupils, "staff": self.staff,
            "places": self.seats, "teaching": self.teaching, "posts": self.posts,
        }  # fmt: skip
        return {name: change.counts() for name, change in nouns.items()}

    def event_counts(self) -> dict[str, int]:
        """How often each kind of event occurs, in the order people tell them."""
        counts = Counter(event.kind for event in self.events)
        return {kind: counts[kind] for kind in EVENTS if counts[kind]}

    def sentence(self) -> str:
        """転入 2・転出 1・学級替え 1・氏名訂正 1."""
        told = [f"{EVENTS[kind]} {number}" for kind, number in self.event_counts().items()]
        return "・".join(told) or "変わることはありません"


def make_plan(merged: Merged) -> Plan:
    """The difference of the two pictures."""
    before, after = before_and_after(merged)
    plan = Plan(after.town(), before.town() != after.town())
    _fill(plan.schools, merged, "orgs", before.school, after.school)
    _fill(plan.classes, merged, "classes", before.klass, after.klass)
    _people(plan, merged, before, after)
    _fill(plan.seats, merged, "enrollments", before.seat, after.seat)
    _fill(plan.teaching, merged, "enrollments", before.teaching, after.teaching)
    _posts(plan, merged, before, after)
    plan.events = sorted(
        _events(plan, merged), key=lambda e: (list(EVENTS).index(e.kind), e.school, e.klass or "", e.user)
    )
    return plan


def _fill(
    change: Change[V], merged: Merged, name: str, before: Callable[[str], V | None], after: Callable[[str], V | None]
) -> None:
    """Compare the values of a file's touched rows."""
    for sid in (*merged.created[name], *merged.updated[name], *merged.removed[name]):
        last_day = merged.removed[name].get(sid, merged.day_of(name, sid) - ONE_DAY)
        _compare(change, sid, before(sid), after(sid), last_day)


def _compare(change: Change[V], sid: str, was: V | None, now: V | None, last_day: dt.date) -> None:
    if was is None and now is not None:
        change.new[sid] = now
    elif was is not None and now is None:
        change.gone[sid] = (was, last_day)
    elif was is not None and now is not None and was != now:
        change.changed[sid] = (was, now)


def _people(plan: Plan, merged: Merged, before: Reading, after: Reading) -> None:
    """Users touched by any of their rows, as pupils or as staff."""
    for uid in sorted(_touched(merged)):
        pupil_was, pupil_now = before.pupil(uid), after.pupil(uid)
        _compare(plan.pupils, uid, pupil_was, pupil_now, _last_day(merged, before, uid))
        staff_was = before.person(uid) if pupil_was is None and not before.is_pupil(uid) else None
        staff_now = after.person(uid) if pupil_now is None and not after.is_pupil(uid) else None
        _compare(plan.staff, uid, staff_was, staff_now, _last_day(merged, before, uid))


def _touched(merged: Merged) -> set[str]:
    found: set[str] = set()
    for name in ("users", "roles", "demographics", "enrollments"):
        for sid in (*merged.created[name], *merged.updated[name], *merged.removed[name]):
            if name in {"users", "demographics"}:
                found.add(sid)
            else:
                for picture in (merged.before, merged.after):
                    found.add(picture[name].get(sid, {}).get("userSourcedId", ""))
    return found & (merged.before["users"].keys() | merged.after["users"].keys())


def _last_day(merged: Merged, before: Reading, uid: str) -> dt.date:
    """The last day of somebody who goes: of his user row, else of his role."""
    days = [merged.removed["users"].get(uid)]
    days += [merged.removed["roles"].get(sid) for sid in before.roles_of.get(uid, ())]
    known = [day for day in days if day is not None]
    return min(known) if known else merged.today - ONE_DAY


def _posts(plan: Plan, merged: Merged, before: Reading, after: Reading) -> None:
    """Posts of everybody with a touched role: a role may turn the one beside it into a mere formality."""
    users = {
        picture["roles"].get(sid, {}).get("userSourcedId", "")
        for sid in (*merged.created["roles"], *merged.updated["roles"], *merged.removed["roles"])
        for picture in (merged.before, merged.after)
    }
    for user in sorted(users):
        for sid in sorted({*before.roles_of.get(user, ()), *after.roles_of.get(user, ())}):
            last_day = merged.removed["roles"].get(sid, merged.day_of("roles", sid) - ONE_DAY)
            _compare(plan.posts, sid, before.post(sid), after.post(sid), last_day)


def _events(plan: Plan, merged: Merged) -> Iterator[Event]:
    for uid, pupil in plan.pupils.new.items():
        entrance = (pupil.begins.month, pupil.begins.day) == (4, 1)
        kind = "registered" if entrance else "transfer_in"
        yield Event(kind, uid, pupil.school, pupil.homeroom, pupil.begins, pupil.number, pupil.grade)
    for uid, (was, now) in plan.pupils.changed.items():
        yield from _pupil_events(uid, was, now, merged)
    for uid, (pupil, last_day) in plan.pupils.gone.items():
        school = merged.before["orgs"].get(pupil.school, {}).get("identifier", "")
        kind = "graduated" if graduates(pupil.grade, school, last_day) else "transfer_out"
        yield Event(kind, uid, pupil.school, pupil.homeroom, last_day, pupil.number, pupil.grade)
    orgs: dict[str, str] = defaultdict(str)
    for picture in (merged.before, merged.after):
        orgs |= {uid: cells.get("primaryOrgSourcedId", "") for uid, cells in picture["users"].items()}
    yield from (Event("staff_in", uid, orgs[uid], None, merged.day_of("users", uid)) for uid in plan.staff.new)
    yield from (Event("staff_changed", uid, orgs[uid], None, merged.day_of("users", uid)) for uid in plan.staff.changed)
    yield from (Event("staff_out", uid, orgs[uid], None, day) for uid, (_, day) in plan.staff.gone.items())


def _pupil_events(uid: str, was: PupilValue, now: PupilValue, merged: Merged) -> Iterator[Event]:
    def event(kind: str, day: dt.date) -> Event:
        return Event(
            kind, uid, now.school, now.homeroom, day, now.number, now.grade,
            was.homeroom if was.homeroom != now.homeroom else None, was.school if was.school != now.school else None,
        )  # fmt: skip

    told = False
    if now.leaves and not was.leaves:
        yield event("transfer_out", now.leaves)
        told = True
    elif was.school != now.school:
        yield event("moved", now.begins)
        told = True
    elif was.grade != now.grade:
        yield event("promoted", now.begins)
        told = True
    elif was.homeroom != now.homeroom:
        yield event("class_change", now.homeroom_begins or merged.today)
        told = True
    if was.person.name != now.person.name:
        yield event("name_corrected", merged.day_of("users", uid))
    elif not told:
        yield event("details", merged.day_of("users", uid))


def graduates(grade: str, school_code: str, last_day: dt.date) -> bool:
    """卒業: the last grade of the school, until 31 March."""
    last = {"B1": "P6", "C1": "J3", "C2": "J3"}.get(school_code[:2])
    return grade == last and (last_day.month, last_day.day) == (3, 31)
