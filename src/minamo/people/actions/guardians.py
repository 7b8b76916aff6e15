"""保護者のまとめ書き: families of a school's list, written in bulk for interop. Never creates pupils, never half-applies.

A guardian is one row per municipality: the same person (name and phone, or name and address) for brothers and sisters.
Existing entries are completed, never emptied: a blank cell in a list takes nothing away.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import TypeVar
from uuid import UUID

from minamo.access.api import Actor, authorise
from minamo.audit.api import append
from minamo.kernel.ids import new_id
from minamo.kernel.names import fold_search
from minamo.people.actions.record import account_of
from minamo.people.models import Guardian, GuardianLink, Household, Pupil, Restriction

M = TypeVar("M")


@dataclass(frozen=True)
class FamilyPerson:
    """保護者の1人 as a list names him or her."""

    family: str
    given: str
    relation: str
    phone: str
    mail: str
    institution: bool = False
    address: str = ""
    shut_out: bool = False


@dataclass(frozen=True)
class FamilyRow:
    """児童生徒1人ぶん: the people in order of contact, where they live, and what protects them."""

    pupil_id: UUID
    people: tuple[FamilyPerson, ...]
    postal: str = ""
    address: str = ""
    emergency: str = ""
    note: str = ""
    protected: bool = False
    joint_custody: bool = False


@dataclass
class Written:
    """How many rows were made or changed; all zero when nothing was new."""

    households: int = 0
    guardians: int = 0
    links: int = 0
    restrictions: int = 0
    touched: set[UUID] = field(default_factory=set)

    @property
    def total(self) -> int:
        """All of them."""
        return self.households + self.guardians + self.links + self.restrictions


def put_families(
    *, actor: Actor, municipality_id: UUID, school_id: UUID, rows: Sequence[FamilyRow], school: object
) -> Written:
    """保護者一覧を書く for pupils of one school. `school` is the row (or resource) that `roster:guardians` is asked on.

    One summary row in the trail and one for each pupil who gets a restriction. Raises Denied.
    """
    decision = authorise(actor, "roster:guardians", school)  # type: ignore[arg-type]
    writer = _Writer(actor, municipality_id)
    pupils = {
        p.id: p
        for p in Pupil.objects.select_for_update(of=("self",)).filter(
            school=school_id, id__in=[r.pupil_id for r in rows]
        )
    }
    for row in rows:
        if row.pupil_id in pupils:
            writer.put(pupils[row.pupil_id], row)
    written = writer.save()
    append(
        actor=actor, action="roster:guardians", resource_type="School", resource_id=str(school_id), municipality=municipality_id,
        school=school_id, rules=decision.rules,
        detail={"households": written.households, "guardians": written.guardians, "links": written.links},
    )  # fmt: skip
    for pupil_id in written.touched:
        append(actor=actor, action="roster:guardians", resource_type="Pupil", resource_id=str(pupil_id), school=school_id,
               municipality=municipality_id, pupil=pupil_id, rules=decision.rules,
               private={pupil_id: {"restriction": "保護者一覧による"}})  # fmt: skip
    return written


class _Writer:
    """Everything of the municipality that a list can touch, read once and written once."""

    def __init__(self, actor: Actor, municipality_id: UUID) -> None:
        self.actor = actor
        self.municipality_id = municipality_id
        self.guardians = list(Guardian.objects.filter(municipality=municipality_id).select_related("household"))
        self.by_phone = {(fold_search(g.display_name), g.phone): g for g in self.guardians if g.phone}
        self.by_address = {
            (fold_search(g.display_name), fold_search(g.household.address)): g
            for g in self.guardians
            if g.household is not None and g.household.address
        }
        self.homes = {
            fold_search(g.household.address): g.household for g in self.guardians if g.household and g.household.address
        }
        self.links = {
            (link.pupil_id, link.guardian_id): link
            for link in GuardianLink.objects.filter(municipality=municipality_id)
        }
        by_id = {g.id: g for g in self.guardians}
        self.by_pupil = {
            (link.pupil_id, fold_search(by_id[link.guardian_id].display_name)): by_id[link.guardian_id]
            for link in self.links.values()
            if link.ends is None and link.guardian_id in by_id
        }
        self.restrictions = {
            (r.pupil_id, r.guardian_id, r.kind)
            for r in Restriction.objects.filter(municipality=municipality_id, ends=None)
        }
        self.new: dict[str, list[object]] = {"home": [], "guardian": [], "link": [], "restriction": []}
        self.changed: dict[str, dict[UUID, object]] = {"home": {}, "guardian": {}, "link": {}}
        self.touched: set[UUID] = set()

    def put(self, pupil: Pupil, row: FamilyRow) -> None:
        """One pupil's family."""
        home = self._home_of(pupil, row) if row.people else None
        for order, person in enumerate(row.people, start=1):
            own = self._home(person.address, "", "", "") if person.address else home
            guardian = self._guardian(pupil, person, own)
            self._link(pupil, guardian, person.relation, order, "joint" if row.joint_custody else "")
            if person.shut_out:
                self._restrict(pupil, guardian, Restriction.Kind.CONTACT)
        if row.protected:
            self._restrict(pupil, None, Restriction.Kind.ADDRESS)

    def _home_of(self, pupil: Pupil, row: FamilyRow) -> Household | None:
        """Where the family lives. Without an address: the home that is known of one of them, so that the emergency number
        of the same list does not make a new one each time."""
        if row.address:
            return self._home(row.address, row.postal, row.emergency, row.note)
        if not row.emergency:
            return None
        for person in row.people:
            known = self._known(pupil, person, None)
            if known is not None and known.household is not None:
                self._complete("home", known.household, {"emergency_phone": row.emergency})
                return known.household
        return self._home("", row.postal, row.emergency, row.note)

    def _home(self, address: str, postal: str, emergency: str, note: str) -> Household:
        key = fold_search(address)
        home = self.homes.get(key) if key else None
        if home is None:
            home = Household(id=new_id(), municipality_id=self.municipality_id, postal_code=postal, address=address,
                             emergency_phone=emergency, note=note)  # fmt: skip
            self.new["home"].append(home)
            if key:
                self.homes[key] = home
            return home
        self._complete("home", home, {"postal_code": postal, "emergency_phone": emergency})
        if note and note not in home.note:
            home.note = f"{home.note}\n{note}".strip()
            self._mark("home", home)
        return home

    def _known(self, pupil: Pupil, person: FamilyPerson, home: Household | None) -> Guardian | None:
        """The same person: by phone, by address, or as this child's guardian of that name."""
        name = fold_search(f"{person.family} {person.given}")
        found = self.by_phone.get((name, person.phone)) if person.phone else None
        if found is None and home is not None and home.address:
            found = self.by_address.get((name, fold_search(home.address)))
        return found or self.by_pupil.get((pupil.id, name))

    def _guardian(self, pupil: Pupil, person: FamilyPerson, home: Household | None) -> Guardian:
        name = fold_search(f"{person.family} {person.given}")
        found = self._known(pupil, person, home)
        if found is not None:
            self._complete("guardian", found, {"phone": person.phone, "email": person.mail})
            if found.household is None and home is not None:
                found.household = home
                self._mark("guardian", found)
            return found
        made = Guardian(
            id=new_id(), municipality_id=self.municipality_id, household=home, phone=person.phone, email=person.mail,
            institution=person.institution, family=person.family, given=person.given, official_family=person.family,
            official_given=person.given, search_key=name,
        )  # fmt: skip
        self.new["guardian"].append(made)
        if person.phone:
            self.by_phone[name, person.phone] = made
        if home is not None and home.address:
            self.by_address[name, fold_search(home.address)] = made
        self.by_pupil[pupil.id, name] = made
        return made

    def _link(self, pupil: Pupil, guardian: Guardian, relation: str, order: int, custody: str) -> None:
        link = self.links.get((pupil.id, guardian.id))
        if link is None:
            link = GuardianLink(id=new_id(), municipality_id=self.municipality_id, pupil=pupil, guardian=guardian,
                                relation=relation, contact_order=order, custody=custody)  # fmt: skip
            self.links[pupil.id, guardian.id] = link
            self.new["link"].append(link)
        else:
            self._complete("link", link, {"relation": relation, "custody": custody})

    def _restrict(self, pupil: Pupil, guardian: Guardian | None, kind: str) -> None:
        key = (pupil.id, guardian.id if guardian else None, kind)
        if key in self.restrictions:
            return
        self.restrictions.add(key)
        self.touched.add(pupil.id)
        self.new["restriction"].append(
            Restriction(id=new_id(), municipality_id=self.municipality_id, pupil=pupil, guardian=guardian, kind=kind,
                        begins=self.actor.today, ground="保護者一覧の備考", entered_by_id=account_of(self.actor))
        )  # fmt: skip

    def _complete(self, kind: str, row: Household | Guardian | GuardianLink, values: dict[str, str]) -> None:
        """Fill or renew fields from non-empty values."""
        for name, value in values.items():
            if value and getattr(row, name) != value:
                setattr(row, name, value)
                self._mark(kind, row)

    def _mark(self, kind: str, row: Household | Guardian | GuardianLink) -> None:
        if row not in self.new[kind]:
            self.changed[kind][row.id] = row

    def save(self) -> Written:
        """Write everything with a few statements."""
        Household.objects.bulk_create(_of(Household, self.new["home"]), batch_size=500)
        Household.objects.bulk_update(
            _of(Household, self.changed["home"].values()), ["postal_code", "emergency_phone", "note"], batch_size=500
        )
        Guardian.objects.bulk_create(_of(Guardian, self.new["guardian"]), batch_size=500)
        Guardian.objects.bulk_update(
            _of(Guardian, self.changed["guardian"].values()), ["phone", "email", "household"], batch_size=500
        )
        GuardianLink.objects.bulk_create(_of(GuardianLink, self.new["link"]), batch_size=500)
        GuardianLink.objects.bulk_update(
            _of(GuardianLink, self.changed["link"].values()), ["relation", "custody"], batch_size=500
        )
        Restriction.objects.bulk_create(_of(Restriction, self.new["restriction"]))
        return Written(
            len(self.new["home"]) + len(self.changed["home"]), len(self.new["guardian"]) + len(self.changed["guardian"]),
            len(self.new["link"]) + len(self.changed["link"]), len(self.new["restriction"]), self.touched,
        )  # fmt: skip


def _of(kind: type[M], rows: Iterable[object]) -> list[M]:
    return [row for row in rows if isinstance(row, kind)]
