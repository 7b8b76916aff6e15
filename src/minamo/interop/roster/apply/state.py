"""書き込みの途中 (one application under way): which row stands for which sourcedId."""

from dataclasses import dataclass, field
from uuid import UUID

from minamo.access.api import Actor
from minamo.interop.roster.merge import Merged, Stored
from minamo.interop.roster.plan import Plan
from minamo.interop.roster.values import PersonValue, PupilValue
from minamo.kernel.ids import new_id
from minamo.people.api import roster_import as people

NOBODY = UUID(int=0)


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

    def person(self, sid: str, value: PersonValue) -> people.RosterPerson:
        """The person with row and account, known or new."""
        target = self.target("users", sid)
        known = self.people_here.get(target)
        if sid not in self.accounts:
            self.accounts[sid] = known.account_id if known else new_id()
        return people.RosterPerson(
            target, self.accounts[sid], value.login_id, value.email, value.enabled, value.name, value.search_key,
            value.master_id, value.number, value.birth_date, value.sex,
        )  # fmt: skip

    def pair(
        self, sid: str, was: PersonValue | None, now: PersonValue
    ) -> tuple[people.RosterPerson, people.RosterPerson] | None:
        """Before and after of one person; who is behind another wall by now is left alone."""
        known = self.people_here.get(self.target("users", sid))
        if known is None:
            return None
        return (self.person(sid, was) if was else known), self.person(sid, now)

    def place(self, value: PupilValue) -> people.RosterPlace:
        """Where the pupil is now, in rows of this house."""
        homeroom = self.target("classes", value.homeroom) if value.homeroom else None
        return people.RosterPlace(self.target("orgs", value.school), value.grade, homeroom, value.number)
