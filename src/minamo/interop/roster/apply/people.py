"""人を書く: who is new, who is back, who came from another town, and what changed about those who were here."""

from dataclasses import replace
from typing import TypeVar
from uuid import UUID

from minamo.access.api import set_scope, widen_scope
from minamo.interop.roster.apply.state import Applying
from minamo.interop.roster.apply.stays import write_leavers, write_stays
from minamo.interop.roster.stored import pupils_by_master
from minamo.interop.roster.values import PupilValue
from minamo.people.api import roster_import as people

T = TypeVar("T")


def write_people(run: Applying) -> None:
    """児童生徒と教職員, then their stays and departures."""
    plan = run.plan
    _resolve_people(run)
    new_pupils, returning = _split(run, plan.pupils.new)
    people.import_pupils(
        actor=run.actor, municipality_id=run.municipality_id,
        new=[(run.person(sid, value.person), run.place(value)) for sid, value in new_pupils.items()],
    )  # fmt: skip
    new_staff, staff_back = _split(run, plan.staff.new)
    people.import_staff(
        actor=run.actor, municipality_id=run.municipality_id,
        new=[run.person(sid, value) for sid, value in new_staff.items()],
    )  # fmt: skip
    changed = {sid: (was.person, now.person) for sid, (was, now) in plan.pupils.changed.items()}
    pairs = [run.pair(sid, was, now) for sid, (was, now) in changed.items()]
    pairs += [run.pair(sid, None, value.person) for sid, value in returning.items() if sid not in run.arrived]
    staff = [run.pair(sid, was, now) for sid, (was, now) in plan.staff.changed.items()]
    staff += [run.pair(sid, None, value) for sid, value in staff_back.items()]
    people.change_people(
        actor=run.actor, municipality_id=run.municipality_id, pupils=[p for p in pairs if p],
        staff=[p for p in staff if p],
        applies_from={run.target("users", sid): run.merged.day_of("users", sid) for sid in changed},
    )  # fmt: skip
    write_stays(run, new_pupils, returning)
    write_leavers(run)


def _resolve_people(run: Applying) -> None:
    """Find who is here already: by the sourcedId, else by the master id, in this town or in another."""
    births = {
        value.person.master_id: value.person.birth_date
        for sid, value in run.plan.pupils.new.items()
        if value.person.master_id and sid not in run.stored.get("users", {})
    }
    elsewhere = pupils_by_master(births)
    for sid, value in run.plan.pupils.new.items():
        found = elsewhere.get(value.person.master_id) if value.person.master_id in births else None
        if found is None:
            continue
        run.targets["users", sid] = found[0]
        if found[1] != run.municipality_id:
            _receive(run, sid, value, found[1])
    if births:
        found_here = [
            run.person(sid, v.person) for sid, v in run.plan.pupils.new.items() if v.person.master_id in elsewhere
        ]
        people.give_accounts(actor=run.actor, municipality_id=run.municipality_id, people=found_here)
    touched = (*run.plan.pupils.new, *run.plan.pupils.changed, *run.plan.pupils.gone, *run.plan.staff.new,
               *run.plan.staff.changed, *run.plan.staff.gone)  # fmt: skip
    teaching = {v.user for v in run.plan.teaching.new.values()} | {
        c[1].user for c in run.plan.teaching.changed.values()
    }
    posts = {v.user for v in run.plan.posts.new.values()} | {c[1].user for c in run.plan.posts.changed.values()}
    ids = [run.target("users", sid) for sid in {*touched, *teaching, *posts}]
    run.people_here = people.known_people(ids)
    run.accounts = {
        sid: run.people_here[target].account_id
        for (name, sid), target in run.targets.items()
        if name == "users" and target in run.people_here
    }


def _receive(run: Applying, sid: str, value: PupilValue, other: UUID) -> None:
    """A pupil of another town: both walls are open for exactly this, then only ours again."""
    school = run.merged.after["orgs"][value.school]
    scope = sorted(run.actor.ids("municipalities") | {str(run.municipality_id)})
    widen_scope(other)
    people.receive_pupil(
        actor=run.actor, municipality_id=run.municipality_id, pupil_id=run.targets["users", sid],
        person=replace(run.person(sid, value.person), enabled=True), place=run.place(value),
        accepted_on=value.begins, next_school=school.get("name", ""),
    )  # fmt: skip
    set_scope(municipalities=scope, side="school")
    run.arrived.add(sid)


def _split(run: Applying, new: dict[str, T]) -> tuple[dict[str, T], dict[str, T]]:
    """People who are new here, and people whose row is here already (back again, or just received)."""
    fresh = {sid: value for sid, value in new.items() if run.target("users", sid) not in run.people_here}
    return fresh, {sid: value for sid, value in new.items() if sid not in fresh}
