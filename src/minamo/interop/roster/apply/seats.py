"""所属・受け持ち・職を書く: what has a beginning and an end, and may come back as it was."""

import datetime as dt
from dataclasses import replace
from typing import TypeVar
from uuid import UUID

from minamo.interop.roster.apply.state import NOBODY, Applying
from minamo.interop.roster.merge import ONE_DAY
from minamo.interop.roster.values import PostValue, SeatValue, TeachingValue
from minamo.people.api import roster_import as people
from minamo.tenancy import api as tenancy

D = TypeVar("D", SeatValue, TeachingValue, PostValue)


def write_seats(run: Applying) -> None:
    """学級への所属. A row that now speaks of another class or pupil ends, and a new one begins."""
    plan = run.plan.seats
    moved = {sid for sid, (was, now) in plan.changed.items() if (was.klass, was.user) != (now.klass, now.user)}
    again = {sid: value for sid, value in plan.new.items() if _same_again(run, "enrollments", sid)}
    new = {**plan.new, **{sid: _begun(run, "enrollments", sid, *plan.changed[sid]) for sid in moved}}
    ended = _ended(run, "enrollments", {sid: day for sid, (_, day) in plan.gone.items()}, moved)
    stay = again | {sid: now for sid, (_, now) in plan.changed.items() if sid not in moved}
    people.import_seats(
        actor=run.actor, municipality_id=run.municipality_id, ended=ended,
        new=[_seat(run, run.renewed("enrollments", sid), value) for sid, value in new.items() if sid not in again],
        changed=[_seat(run, run.target("enrollments", sid), value) for sid, value in stay.items()],
    )  # fmt: skip


def write_teaching(run: Applying) -> None:
    """担任・教科担任, in the same way."""
    work = run.plan.teaching
    moved = {sid for sid, (was, now) in work.changed.items() if (was.klass, was.user) != (now.klass, now.user)}
    again = {sid: value for sid, value in work.new.items() if _same_again(run, "enrollments", sid)}
    lessons = {**work.new, **{sid: _begun(run, "enrollments", sid, *work.changed[sid]) for sid in moved}}
    ended = _ended(run, "enrollments", {sid: day for sid, (_, day) in work.gone.items()}, moved)
    people.import_teaching(
        actor=run.actor, municipality_id=run.municipality_id, ended=ended,
        new=[
            _teaching(run, run.renewed("enrollments", sid), value)
            for sid, value in lessons.items()
            if sid not in again
        ],
        changed=[
            _teaching(run, run.target("enrollments", sid), value)
            for sid, value in (again | {s: c[1] for s, c in work.changed.items() if s not in moved}).items()
        ],
    )  # fmt: skip


def write_posts(run: Applying) -> None:
    """職, at schools and at the board."""
    plan = run.plan.posts
    moved = {
        sid
        for sid, (was, now) in plan.changed.items()
        if (was.user, was.school, was.post) != (now.user, now.school, now.post)
    }
    new = {**plan.new, **{sid: _begun(run, "roles", sid, *plan.changed[sid]) for sid in moved}}
    ended = _ended(run, "roles", {sid: day for sid, (_, day) in plan.gone.items()}, moved)
    again = {sid: value for sid, value in plan.new.items() if _same_again(run, "roles", sid)}
    tenancy.import_posts(
        actor=run.actor, municipality_id=run.municipality_id, ended=ended,
        again=[_post(run, run.target("roles", sid), value) for sid, value in again.items()],
        new=[_post(run, run.renewed("roles", sid), value) for sid, value in new.items() if sid not in again],
        changed=[_post(run, run.target("roles", s), c[1]) for s, c in plan.changed.items() if s not in moved],
    )  # fmt: skip


def _same_again(run: Applying, name: str, sid: str) -> bool:
    """A place that had ended and is back as it was: the same place goes on, so that nobody sits there twice."""
    known = run.stored.get(name, {}).get(sid)
    cells = run.merged.after[name].get(sid, {})
    same = ("classSourcedId", "orgSourcedId", "userSourcedId", "role", "beginDate")
    return (
        known is not None
        and known.target != NOBODY
        and all(known.cells.get(column) == cells.get(column) for column in same)
    )


def _begun(run: Applying, name: str, sid: str, was: D, now: D) -> D:
    """A row that now says something else: from its own new beginning, otherwise from the day of the change."""
    return now if now.begins > was.begins else replace(now, begins=run.merged.day_of(name, sid))


def _ended(run: Applying, name: str, gone: dict[str, dt.date], moved: set[str]) -> dict[UUID, dt.date]:
    days = gone | {sid: run.merged.day_of(name, sid) - ONE_DAY for sid in moved}
    return {run.target(name, sid): day for sid, day in days.items()}


def _seat(run: Applying, key: UUID, value: SeatValue) -> people.RosterSeat:
    return people.RosterSeat(
        key, run.target("classes", value.klass), run.target("users", value.user), value.kind, value.number,
        value.begins, value.ends,
    )  # fmt: skip


def _teaching(run: Applying, key: UUID, value: TeachingValue) -> people.RosterTeaching:
    return people.RosterTeaching(
        key, run.target("classes", value.klass), run.accounts[value.user], value.primary, value.begins, value.ends
    )


def _post(run: Applying, key: UUID, value: PostValue) -> tenancy.RosterPost:
    school = run.target("orgs", value.school) if value.school else None
    return tenancy.RosterPost(
        key, run.accounts[value.user], school, value.post, value.primary, value.begins, value.ends
    )
