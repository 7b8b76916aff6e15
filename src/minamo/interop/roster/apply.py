"""書き込み: a plan made real in the running transaction, all or nothing. Which row stands for which sourcedId is decided
here; the rooms' own verbs write."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import TypeVar
from uuid import UUID

from minamo.access.api import Actor, set_scope, widen_scope
from minamo.interop.roster.merge import ONE_DAY, Merged, Stored
from minamo.interop.roster.plan import Plan
from minamo.interop.roster.stays import codes, first_stay, leaving, next_stay
from minamo.interop.roster.stored import pupils_by_master, write_stored
from minamo.interop.roster.values import PersonValue, PostValue, PupilValue, SeatValue, TeachingValue
from minamo.kernel.ids import new_id
from minamo.kernel.live import publish
from minamo.kernel.schoolyear import SchoolYear
from minamo.people.api import roster_import as people
from minamo.tenancy import api as tenancy

NOBODY = UUID(int=0)
T = TypeVar("T")
D = TypeVar("D", SeatValue, TeachingValue, PostValue)


@dataclass(slots=True)
class Applying:
    """One application under way: the targets found so far, by (file, sourcedId)."""

    actor: Actor
    municipality_id: UUID
    merged: Merged
    stored: Stored
    plan: Plan
    targets: dict[tuple[str, str], UUID] = field(default_factory=dict)
    accounts: dict[str, UUID] = field(default_factory=dict)
    people_here: dict[UUID, people.RosterPerson] = field(default_factory=dict)
    arrived: set[str] = field(default_factory=set)

    def target(self, name: str, sid: str) -> UUID:
        """The row a sourcedId stands for; a new id the first time."""
        key = (name, sid)
        if key not in self.targets:
            known = self.stored.get(name, {}).get(sid)
            self.targets[key] = known.target if known and known.target != NOBODY else new_id()
        return self.targets[key]

    def renewed(self, name: str, sid: str) -> UUID:
        """A new row for a sourcedId, whatever it stood for before."""
        self.targets[name, sid] = new_id()
        return self.targets[name, sid]

    def run(self) -> None:
        """Write everything, in the order the references need."""
        self._places()
        self._classes()
        self._people()
        self._seats()
        self._posts()
        self._remember()

    # --- town and schools ---------------------------------------------------------------------------------------

    def _places(self) -> None:
        town = self.plan.town
        if town is not None and self.plan.town_changed:
            tenancy.import_municipality(
                actor=self.actor, municipality_id=self.municipality_id, code=town.code, name=town.name,
                board_name=town.board_name,
            )  # fmt: skip
        for sid, org in self.merged.after["orgs"].items():
            if org.get("type") == "district":
                self.targets["orgs", sid] = self.municipality_id
        codes = tenancy.schools_by_code(self.municipality_id) if self.plan.schools.new else {}
        for sid, school in self.plan.schools.new.items():
            if school.code in codes:  # the school was here before its roster
                self.targets["orgs", sid] = codes[school.code]
        rows = {
            sid: tenancy.RosterSchool(
                self.target("orgs", sid), value.code, value.name, value.short_name, value.kind, value.position
            )
            for sid, value in (
                (*self.plan.schools.new.items(), *((s, c[1]) for s, c in self.plan.schools.changed.items()))
            )
        }
        new = [row for sid, row in rows.items() if sid in self.plan.schools.new and row.code not in codes]
        changed = [row for row in rows.values() if row not in new]
        tenancy.import_schools(actor=self.actor, municipality_id=self.municipality_id, new=new, changed=changed)

    def _classes(self) -> None:
        def rows(sids: Iterable[str]) -> list[people.RosterClass]:
            values = {**self.plan.classes.new, **{s: c[1] for s, c in self.plan.classes.changed.items()}}
            return [
                people.RosterClass(
                    self.target("classes", sid), self.target("orgs", values[sid].school),
                    {
                        "year": values[sid].year, "kind": values[sid].kind, "title": values[sid].title,
                        "grades": list(values[sid].grades), "special_needs": values[sid].special_needs,
                        "subjects": list(values[sid].subjects), "subject_codes": list(values[sid].subject_codes),
                        "position": values[sid].position,
                    },
                )
                for sid in sids
            ]  # fmt: skip

        # A class that was taken out of the roster and is back again is still here.
        back = [sid for sid in self.plan.classes.new if sid in self.stored.get("classes", {})]
        people.import_classes(
            actor=self.actor, municipality_id=self.municipality_id,
            new=rows(sid for sid in self.plan.classes.new if sid not in back),
            changed=rows([*self.plan.classes.changed, *back]),
        )  # fmt: skip

    # --- people -------------------------------------------------------------------------------------------------

    def _people(self) -> None:
        plan = self.plan
        self._resolve_people()
        new_pupils, returning = self._split(plan.pupils.new)
        people.import_pupils(
            actor=self.actor, municipality_id=self.municipality_id,
            new=[(self._person(sid, value.person), self._place(value)) for sid, value in new_pupils.items()],
        )  # fmt: skip
        new_staff, staff_back = self._split(plan.staff.new)
        people.import_staff(
            actor=self.actor, municipality_id=self.municipality_id,
            new=[self._person(sid, value) for sid, value in new_staff.items()],
        )  # fmt: skip
        changed = {sid: (was.person, now.person) for sid, (was, now) in plan.pupils.changed.items()}
        pairs = [self._pair(sid, was, now) for sid, (was, now) in changed.items()]
        pairs += [self._pair(sid, None, value.person) for sid, value in returning.items() if sid not in self.arrived]
        staff = [self._pair(sid, was, now) for sid, (was, now) in plan.staff.changed.items()]
        staff += [self._pair(sid, None, value) for sid, value in staff_back.items()]
        people.change_people(
            actor=self.actor, municipality_id=self.municipality_id, pupils=[p for p in pairs if p],
            staff=[p for p in staff if p],
            applies_from={self.target("users", sid): self.merged.day_of("users", sid) for sid in changed},
        )  # fmt: skip
        self._stays(new_pupils, returning)
        self._leavers()

    def _resolve_people(self) -> None:
        """Find who is here already: by the sourcedId, else by the master id, in this town or in another."""
        births = {
            value.person.master_id: value.person.birth_date
            for sid, value in self.plan.pupils.new.items()
            if value.person.master_id and sid not in self.stored.get("users", {})
        }
        elsewhere = pupils_by_master(births)
        for sid, value in self.plan.pupils.new.items():
            found = elsewhere.get(value.person.master_id) if value.person.master_id in births else None
            if found is None:
                continue
            self.targets["users", sid] = found[0]
            if found[1] != self.municipality_id:
                self._receive(sid, value, found[1])
        if births:
            found_here = [
                self._person(sid, v.person)
                for sid, v in self.plan.pupils.new.items()
                if v.person.master_id in elsewhere
            ]
            people.give_accounts(actor=self.actor, municipality_id=self.municipality_id, people=found_here)
        touched = (*self.plan.pupils.new, *self.plan.pupils.changed, *self.plan.pupils.gone, *self.plan.staff.new,
                   *self.plan.staff.changed, *self.plan.staff.gone)  # fmt: skip
        teaching = {v.user for v in self.plan.teaching.new.values()} | {
            c[1].user for c in self.plan.teaching.changed.values()
        }
        posts = {v.user for v in self.plan.posts.new.values()} | {c[1].user for c in self.plan.posts.changed.values()}
        ids = [self.target("users", sid) for sid in {*touched, *teaching, *posts}]
        self.people_here = people.known_people(ids)
        self.accounts = {
            sid: self.people_here[target].account_id
            for (name, sid), target in self.targets.items()
            if name == "users" and target in self.people_here
        }

    def _receive(self, sid: str, value: PupilValue, other: UUID) -> None:
        """A pupil of another town: both walls are open for exactly this, then only ours again."""
        school = self.merged.after["orgs"][value.school]
        scope = sorted(self.actor.ids("municipalities") | {str(self.municipality_id)})
        widen_scope(other)
        people.receive_pupil(
            actor=self.actor, municipality_id=self.municipality_id, pupil_id=self.targets["users", sid],
            person=replace(self._person(sid, value.person), enabled=True), place=self._place(value),
            accepted_on=value.begins, next_school=school.get("name", ""),
        )  # fmt: skip
        set_scope(municipalities=scope, side="school")
        self.arrived.add(sid)

    def _split(self, new: dict[str, T]) -> tuple[dict[str, T], dict[str, T]]:
        """People who are new here, and people whose row is here already (back again, or just received)."""
        fresh = {sid: value for sid, value in new.items() if self.target("users", sid) not in self.people_here}
        return fresh, {sid: value for sid, value in new.items() if sid not in fresh}

    def _person(self, sid: str, value: PersonValue) -> people.RosterPerson:
        target = self.target("users", sid)
        known = self.people_here.get(target)
        if sid not in self.accounts:
            self.accounts[sid] = known.account_id if known else new_id()
        return people.RosterPerson(
            target, self.accounts[sid], value.login_id, value.email, value.enabled, value.name, value.search_key,
            value.master_id, value.number, value.birth_date, value.sex,
        )  # fmt: skip

    def _pair(
        self, sid: str, was: PersonValue | None, now: PersonValue
    ) -> tuple[people.RosterPerson, people.RosterPerson] | None:
        """Before and after of one person; who is behind another wall by now is left alone."""
        known = self.people_here.get(self.target("users", sid))
        if known is None:
            return None
        return (self._person(sid, was) if was else known), self._person(sid, now)

    def _place(self, value: PupilValue) -> people.RosterPlace:
        homeroom = self.target("classes", value.homeroom) if value.homeroom else None
        return people.RosterPlace(self.target("orgs", value.school), value.grade, homeroom, value.number)

    def _stays(self, fresh: dict[str, PupilValue], returning: dict[str, PupilValue]) -> None:
        code = dict(codes(self.merged.before["orgs"], self.merged.after["orgs"]))
        stays = [first_stay(sid, value, code[value.school]) for sid, value in fresh.items()]
        stays += [first_stay(sid, value, code[value.school], former=True) for sid, value in returning.items()]
        places = {self.target("users", sid): self._place(value) for sid, value in returning.items()}
        for sid, (was, now) in self.plan.pupils.changed.items():
            if self.target("users", sid) not in self.people_here:
                continue
            stay = next_stay(sid, was, now, self.merged.day_of("roles", sid), code.__getitem__)
            stays += [stay] if stay else []
            if (was.school, was.grade, was.homeroom, was.number) != (now.school, now.grade, now.homeroom, now.number):
                places[self.target("users", sid)] = self._place(now)
        people.place_pupils(actor=self.actor, municipality_id=self.municipality_id, places=places)
        name = {
            sid: org.get("name", "") for sid, org in {**self.merged.before["orgs"], **self.merged.after["orgs"]}.items()
        }
        people.import_stays(
            actor=self.actor, municipality_id=self.municipality_id,
            known=[self.target("users", stay.user) for stay in stays if stay.user not in fresh],
            stays=[
                people.RosterStay(
                    self.target("users", s.user), self.target("orgs", s.school), s.grade, SchoolYear.of(s.begins).year,
                    s.begins, s.begin_kind, s.end_kind, name.get(s.former_school or "", ""),
                    name[s.school] if s.former_school else "",
                )
                for s in stays
            ],
        )  # fmt: skip

    def _leavers(self) -> None:
        code = dict(codes(self.merged.before["orgs"], self.merged.after["orgs"]))
        gone = {sid: (value, day) for sid, (value, day) in self.plan.pupils.gone.items()}
        for sid, value in self.plan.pupils.new.items():
            gone |= {sid: (value, value.leaves)} if value.leaves else {}
        for sid, (was, now) in self.plan.pupils.changed.items():
            gone |= {sid: (now, now.leaves)} if now.leaves and now.leaves != was.leaves else {}
        people.import_leavings(
            actor=self.actor, municipality_id=self.municipality_id,
            leavings=[
                people.RosterLeaving(self.target("users", sid), day, leaving(value, day, code[value.school]))
                for sid, (value, day) in gone.items()
            ],
        )  # fmt: skip
        people.disable_accounts(
            actor=self.actor, municipality_id=self.municipality_id,
            account_ids=[self.accounts[sid] for sid in self.plan.staff.gone if sid in self.accounts],
        )  # fmt: skip

    # --- places, teaching, posts --------------------------------------------------------------------------------

    def _seats(self) -> None:
        plan = self.plan.seats
        moved = {sid for sid, (was, now) in plan.changed.items() if (was.klass, was.user) != (now.klass, now.user)}
        again = {sid: value for sid, value in plan.new.items() if self._same_again("enrollments", sid)}
        new = {**plan.new, **{sid: self._begun("enrollments", sid, *plan.changed[sid]) for sid in moved}}
        ended = self._ended("enrollments", {sid: day for sid, (_, day) in plan.gone.items()}, moved)
        stay = again | {sid: now for sid, (_, now) in plan.changed.items() if sid not in moved}
        people.import_seats(
            actor=self.actor, municipality_id=self.municipality_id, ended=ended,
            new=[self._seat(self.renewed("enrollments", sid), value) for sid, value in new.items() if sid not in again],
            changed=[self._seat(self.target("enrollments", sid), value) for sid, value in stay.items()],
        )  # fmt: skip
        work = self.plan.teaching
        moved = {sid for sid, (was, now) in work.changed.items() if (was.klass, was.user) != (now.klass, now.user)}
        again_teaching = {sid: value for sid, value in work.new.items() if self._same_again("enrollments", sid)}
        lessons = {**work.new, **{sid: self._begun("enrollments", sid, *work.changed[sid]) for sid in moved}}
        ended = self._ended("enrollments", {sid: day for sid, (_, day) in work.gone.items()}, moved)
        people.import_teaching(
            actor=self.actor, municipality_id=self.municipality_id, ended=ended,
            new=[
                self._teaching(self.renewed("enrollments", sid), value)
                for sid, value in lessons.items()
                if sid not in again_teaching
            ],
            changed=[
                self._teaching(self.target("enrollments", sid), value)
                for sid, value in (again_teaching | {s: c[1] for s, c in work.changed.items() if s not in moved}).items()
            ],
        )  # fmt: skip

    def _posts(self) -> None:
        plan = self.plan.posts
        moved = {s for s, (a, b) in plan.changed.items() if (a.user, a.school, a.post) != (b.user, b.school, b.post)}
        new = {**plan.new, **{sid: self._begun("roles", sid, *plan.changed[sid]) for sid in moved}}
        ended = self._ended("roles", {sid: day for sid, (_, day) in plan.gone.items()}, moved)
        again = {sid: value for sid, value in plan.new.items() if self._same_again("roles", sid)}
        tenancy.import_posts(
            actor=self.actor, municipality_id=self.municipality_id, ended=ended,
            again=[self._post(self.target("roles", sid), value) for sid, value in again.items()],
            new=[self._post(self.renewed("roles", sid), value) for sid, value in new.items() if sid not in again],
            changed=[self._post(self.target("roles", s), c[1]) for s, c in plan.changed.items() if s not in moved],
        )  # fmt: skip

    def _same_again(self, name: str, sid: str) -> bool:
        """A place that had ended and is back as it was: the same place goes on, so that nobody sits there twice."""
        known = self.stored.get(name, {}).get(sid)
        cells = self.merged.after[name].get(sid, {})
        same = ("classSourcedId", "orgSourcedId", "userSourcedId", "role", "beginDate")
        return (
            known is not None
            and known.target != NOBODY
            and all(known.cells.get(column) == cells.get(column) for column in same)
        )

    def _begun(self, name: str, sid: str, was: D, now: D) -> D:
        """A row that now says something else: from its own new beginning, otherwise from the day of the change."""
        return now if now.begins > was.begins else replace(now, begins=self.merged.day_of(name, sid))

    def _ended(self, name: str, gone: dict[str, dt.date], moved: set[str]) -> dict[UUID, dt.date]:
        days = gone | {sid: self.merged.day_of(name, sid) - ONE_DAY for sid in moved}
        return {self.target(name, sid): day for sid, day in days.items()}

    def _seat(self, key: UUID, value: SeatValue) -> people.RosterSeat:
        return people.RosterSeat(
            key, self.target("classes", value.klass), self.target("users", value.user), value.kind, value.number,
            value.begins, value.ends,
        )  # fmt: skip

    def _teaching(self, key: UUID, value: TeachingValue) -> people.RosterTeaching:
        return people.RosterTeaching(
            key, self.target("classes", value.klass), self.accounts[value.user], value.primary, value.begins, value.ends
        )

    def _post(self, key: UUID, value: PostValue) -> tenancy.RosterPost:
        school = self.target("orgs", value.school) if value.school else None
        return tenancy.RosterPost(
            key, self.accounts[value.user], school, value.post, value.primary, value.begins, value.ends
        )

    # --- memory -------------------------------------------------------------------------------------------------

    def _remember(self) -> None:
        for name in ("users", "demographics"):
            for sid in self.merged.after[name]:
                if (name, sid) not in self.targets and (self.merged.created[name] or self.merged.updated[name]):
                    self.target("users", sid)
                    self.targets[name, sid] = self.targets["users", sid]
        write_stored(self.municipality_id, self.merged, self.stored, self.targets, self.actor.now)
        for school in sorted({event.school for event in self.plan.events}):
            if school in self.merged.after["orgs"]:
                publish(f"school:{self.target('orgs', school)}", "people", what="roster")
