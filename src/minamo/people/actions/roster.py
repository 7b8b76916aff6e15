"""名簿の取り込みのまとめ書き: classes, people, stays and places written in bulk, for interop only.

Every verb asks for `roster:import` on the municipality, writes with few statements, and counts rows. The import itself
appends the summary to the trail; what concerns one child (転入・転出・氏名訂正) is appended here, child by child.
"""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.db.models import CharField, F, Q, Value
from django.db.models.functions import Concat, Greatest, Lower

from minamo.access.api import Account, Actor, Decision, Resource, authorise, resource_type
from minamo.audit.api import append
from minamo.kernel.names import PersonName
from minamo.people.actions.record import account_of
from minamo.people.models import (
    ClassPupil,
    ClassStaff,
    Enrolment,
    GuardianLink,
    Pupil,
    PupilRevision,
    SchoolClass,
    StaffMember,
)
from minamo.people.rules import ONE_DAY

BATCH = 2000
ACTION = "roster:import"
NAME_FIELDS = (
    "official_family", "official_given", "official_middle", "family", "given", "middle", "family_kana", "given_kana",
    "middle_kana",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class RosterPerson:
    """名簿の人: one pupil or staff member with the account. `id` is the person's row, `account_id` the login."""

    id: UUID
    account_id: UUID
    login_id: str
    email: str
    enabled: bool
    name: PersonName
    search_key: str
    master_id: UUID | None
    number: str
    birth_date: dt.date | None = None
    sex: str | None = None

    @property
    def label(self) -> str:
        """What the account is called on screens."""
        return (self.name.display or self.name.official)[:120]


@dataclass(frozen=True, slots=True)
class RosterPlace:
    """名簿での所属: where a pupil is now."""

    school_id: UUID
    grade: str
    homeroom_id: UUID | None
    number: int | None


@dataclass(frozen=True, slots=True)
class RosterStay:
    """在籍の変わり目: `begins` at a school, or the same school in another grade (`carried`)."""

    pupil_id: UUID
    school_id: UUID
    grade: str
    year: int
    begins: dt.date
    begin_kind: str
    end_kind: str = Enrolment.End.TRANSFER_OUT.value
    previous_school: str = ""
    next_school: str = ""


@dataclass(frozen=True, slots=True)
class RosterLeaving:
    """離れる: the last day at school and how."""

    pupil_id: UUID
    last_day: dt.date
    end_kind: str


@dataclass(frozen=True, slots=True)
class RosterSeat:
    """学級への所属の一行."""

    id: UUID
    class_id: UUID
    pupil_id: UUID
    kind: str
    number: int | None
    begins: dt.date
    ends: dt.date | None


@dataclass(frozen=True, slots=True)
class RosterTeaching:
    """担任・教科担任の一行."""

    id: UUID
    class_id: UUID
    account_id: UUID
    primary: bool
    begins: dt.date
    ends: dt.date | None


@dataclass(frozen=True, slots=True)
class RosterClass:
    """学級の一行; `values` are the model's own fields."""

    id: UUID
    school_id: UUID
    values: Mapping[str, Any] = field(default_factory=dict)


def may_import(actor: Actor, municipality_id: UUID) -> Decision:
    """名簿を取り込めるか. Raises Denied."""
    kind = resource_type("Municipality")
    return authorise(actor, ACTION, Resource(kind.name, str(municipality_id), {"municipality": municipality_id}, kind))


def import_classes(
    *, actor: Actor, municipality_id: UUID, new: Sequence[RosterClass], changed: Sequence[RosterClass]
) -> None:
    """学級を登録・更新する."""
    may_import(actor, municipality_id)
    rows = [SchoolClass(id=c.id, municipality_id=municipality_id, school_id=c.school_id, **c.values) for c in new]
    SchoolClass.objects.bulk_create(rows, batch_size=BATCH)
    for c in changed:
        SchoolClass.objects.filter(pk=c.id).update(school_id=c.school_id, **c.values)


def import_pupils(*, actor: Actor, municipality_id: UUID, new: Sequence[tuple[RosterPerson, RosterPlace]]) -> None:
    """児童生徒とそのアカウントを登録する. The stays follow with `import_stays`."""
    may_import(actor, municipality_id)
    _accounts([person for person, _ in new], Account.Kind.PUPIL)
    Pupil.objects.bulk_create(
        [
            Pupil(
                id=person.id, municipality_id=municipality_id, account_id=person.account_id,
                birth_date=person.birth_date, sex=person.sex or "", student_number=person.number,
                master_id=person.master_id, search_key=person.search_key, **_name(person.name),
                school_id=place.school_id, grade=place.grade, homeroom_id=place.homeroom_id,
                attendance_number=place.number,
            )
            for person, place in new
        ],
        batch_size=BATCH,
    )  # fmt: skip


def import_staff(*, actor: Actor, municipality_id: UUID, new: Sequence[RosterPerson]) -> None:
    """教職員とそのアカウントを登録する. Posts are tenancy's."""
    may_import(actor, municipality_id)
    _accounts(new, Account.Kind.STAFF)
    StaffMember.objects.bulk_create(
        [
            StaffMember(
                id=person.id, municipality_id=municipality_id, account_id=person.account_id, email=person.email,
                staff_number=person.number, master_id=person.master_id, search_key=person.search_key,
                **_name(person.name),
            )
            for person in new
        ],
        batch_size=BATCH,
    )  # fmt: skip


def _accounts(people: Sequence[RosterPerson], kind: Account.Kind) -> None:
    Account.objects.bulk_create(
        [
            Account(
                id=p.account_id, login_id=p.login_id, email=p.email, kind=kind, label=p.label, is_active=p.enabled,
                password="!",  # noqa: S106  unusable: the school hands out the first sign-in
            )
            for p in people
        ],
        batch_size=BATCH,
    )  # fmt: skip


def _name(name: PersonName) -> dict[str, str]:
    return {field_name: getattr(name, field_name) for field_name in NAME_FIELDS}


def change_people(
    *, actor: Actor, municipality_id: UUID, pupils: Sequence[tuple[RosterPerson, RosterPerson]],
    staff: Sequence[tuple[RosterPerson, RosterPerson]], applies_from: Mapping[UUID, dt.date],
) -> None:  # fmt: skip
    """届いた訂正を写す: only what differs between the two writings (before, after) is touched, so that a correction
    made here by hand outlives a roster that never knew of it. A pupil's changes become revisions."""
    decision = may_import(actor, municipality_id)
    _change_accounts([*pupils, *staff])
    rows = {
        row.id: row for row in Pupil.objects.select_for_update(of=("self",)).filter(pk__in=[b.id for _, b in pupils])
    }
    for was, now in pupils:
        if (row := rows.get(now.id)) is not None:
            _change_pupil(actor, row, was, now, applies_from.get(now.id, actor.today), decision)
    members = {row.id: row for row in StaffMember.objects.filter(pk__in=[b.id for _, b in staff])}
    for was, now in staff:
        if (member := members.get(now.id)) is not None:
            fields = _differences(was, now)
            fields |= {"email": now.email} if was.email != now.email else {}
            fields |= {"staff_number": now.number} if was.number != now.number else {}
            StaffMember.objects.filter(pk=member.id).update(**fields) if fields else None


def _differences(was: RosterPerson, now: RosterPerson) -> dict[str, Any]:
    old, new = _name(was.name), _name(now.name)
    found: dict[str, Any] = {name: new[name] for name in NAME_FIELDS if old[name] != new[name]}
    if found or was.search_key != now.search_key:
        found["search_key"] = now.search_key
    if was.master_id != now.master_id:
        found["master_id"] = now.master_id
    return found


def _change_pupil(
    actor: Actor, row: Pupil, was: RosterPerson, now: RosterPerson, day: dt.date, decision: Decision
) -> None:
    fields = _differences(was, now)
    fields |= {"student_number": now.number} if was.number != now.number else {}
    fields |= {"birth_date": now.birth_date} if now.birth_date and was.birth_date != now.birth_date else {}
    fields |= {"sex": now.sex} if now.sex and was.sex != now.sex else {}
    before = {name: getattr(row, name) for name in fields}
    fields = {name: value for name, value in fields.items() if before[name] != value}
    if not fields:
        return
    Pupil.objects.filter(pk=row.id).update(**fields)
    told = {name: value for name, value in fields.items() if name != "search_key"}
    PupilRevision.objects.create(
        municipality_id=row.municipality_id, pupil_id=row.id, changed_by_id=account_of(actor),
        changed_by_label=actor.label, applies_from=day, reason="名簿の取り込み",
        before={name: _plain(before[name]) for name in told}, after={name: _plain(value) for name, value in told.items()},
    )  # fmt: skip
    note(actor, row, decision, "edit", fields=sorted(told))


def _plain(value: Any) -> str:
    return "" if value is None else str(value)


def _change_accounts(pairs: Sequence[tuple[RosterPerson, RosterPerson]]) -> None:
    """Login, e-mail, label, active or not. Logins move in two steps, so that two people may swap theirs."""
    moved = [now.account_id for was, now in pairs if was.login_id != now.login_id or was.email != now.email]
    Account.objects.filter(pk__in=moved).update(
        login_id=Concat(Value("~"), F("id"), output_field=CharField()), email=""
    )
    for was, now in pairs:
        if now.account_id in moved:
            Account.objects.filter(pk=now.account_id).update(login_id=now.login_id, email=now.email)
        if was.label != now.label or was.enabled != now.enabled:
            Account.objects.filter(pk=now.account_id).update(label=now.label, is_active=now.enabled)


def place_pupils(*, actor: Actor, municipality_id: UUID, places: Mapping[UUID, RosterPlace]) -> None:
    """いまの所属を書き直す: school, grade, homeroom and number of present pupils."""
    may_import(actor, municipality_id)
    rows = list(Pupil.objects.select_for_update(of=("self",)).filter(pk__in=places))
    for row in rows:
        place = places[row.id]
        row.school_id, row.grade = place.school_id, place.grade
        row.homeroom_id, row.attendance_number = place.homeroom_id, place.number
    Pupil.objects.bulk_update(rows, ["school", "grade", "homeroom", "attendance_number"], batch_size=BATCH)


def import_stays(*, actor: Actor, municipality_id: UUID, stays: Sequence[RosterStay], known: Iterable[UUID]) -> None:
    """在籍を始める. For pupils already known the former stay ends the day before (転学日); a stay from the same day on is
    corrected in place (and opened again, when it had ended by mistake)."""
    decision = may_import(actor, municipality_id)
    known_ids = set(known)
    rows = Enrolment.objects.select_for_update().filter(pupil_id__in=known_ids).order_by("begins")
    latest = {row.pupil_id: row for row in rows}
    fresh: list[Enrolment] = []
    for stay in stays:
        former = latest.get(stay.pupil_id)
        if former is not None and _goes_on(former, stay):
            continue
        fresh.append(
            Enrolment(
                municipality_id=municipality_id, pupil_id=stay.pupil_id, school_id=stay.school_id, grade=stay.grade,
                year=stay.year, begins=stay.begins, begin_kind=stay.begin_kind, previous_school=stay.previous_school,
            )
        )  # fmt: skip
    Enrolment.objects.bulk_create(fresh, batch_size=BATCH)
    Pupil.objects.filter(pk__in=known_ids & {stay.pupil_id for stay in stays}).update(left_on=None)
    moving = [s for s in stays if s.begin_kind == Enrolment.Begin.TRANSFER_IN.value or s.previous_school]
    pupils = Pupil.objects.in_bulk([stay.pupil_id for stay in moving])
    for stay in moving:
        note(actor, pupils[stay.pupil_id], decision, stay.begin_kind, begins=stay.begins)


def _goes_on(former: Enrolment, stay: RosterStay) -> bool:
    """Settle the former stay: corrected in place (True), or ended before the new one (False)."""
    rows = Enrolment.objects.filter(pk=former.pk)
    if former.begins >= stay.begins:
        rows.update(school_id=stay.school_id, grade=stay.grade, year=stay.year, ends=None, end_kind="", next_school="")
        return True
    if former.ends is None or former.ends >= stay.begins:
        rows.update(ends=stay.begins - ONE_DAY, end_kind=stay.end_kind, next_school=stay.next_school)
    return False


def import_leavings(*, actor: Actor, municipality_id: UUID, leavings: Sequence[RosterLeaving]) -> None:
    """転出・卒業: end stay, places and sign-in; the record itself stays, and numbers are not closed up."""
    decision = may_import(actor, municipality_id)
    rows = {
        row.id: row
        for row in Pupil.objects.select_for_update(of=("self",)).filter(pk__in=[x.pupil_id for x in leavings])
    }
    for leaving in leavings:
        row = rows.get(leaving.pupil_id)
        if row is None:  # he is another town's pupil by now; his stay here has ended already
            continue
        stay = (
            Enrolment.objects.filter(Q(ends__isnull=True) | Q(ends__gt=leaving.last_day), pupil=row)
            .order_by("begins")
            .last()
        )
        if stay is not None:
            last_day = max(leaving.last_day, stay.begins)
            Enrolment.objects.filter(pk=stay.pk).update(ends=last_day, end_kind=leaving.end_kind)
            Pupil.objects.filter(pk=row.id).update(left_on=last_day)
        places = ClassPupil.objects.filter(pupil=row)
        places.filter(begins__gt=leaving.last_day).delete()
        places.filter(Q(ends__isnull=True) | Q(ends__gt=leaving.last_day)).update(ends=leaving.last_day)
        note(actor, row, decision, leaving.end_kind, last_day=leaving.last_day)
    disable_accounts(actor=actor, municipality_id=municipality_id,
                     account_ids=[row.account_id for row in rows.values() if row.account_id])  # fmt: skip


def disable_accounts(*, actor: Actor, municipality_id: UUID, account_ids: Sequence[UUID]) -> None:
    """サインインを止める for people who left."""
    may_import(actor, municipality_id)
    Account.objects.filter(pk__in=account_ids).update(is_active=False)


def import_seats(
    *, actor: Actor, municipality_id: UUID, new: Sequence[RosterSeat], changed: Sequence[RosterSeat],
    ended: Mapping[UUID, dt.date],
) -> None:  # fmt: skip
    """学級への所属. A place that ends before it began never held and is taken back."""
    may_import(actor, municipality_id)
    there = set(ClassPupil.objects.filter(pk__in=[s.id for s in changed]).values_list("id", flat=True))
    new = [*new, *(s for s in changed if s.id not in there)]
    ClassPupil.objects.bulk_create(
        [
            ClassPupil(
                id=s.id, municipality_id=municipality_id, school_class_id=s.class_id, pupil_id=s.pupil_id, kind=s.kind,
                number=s.number, begins=s.begins, ends=s.ends,
            )
            for s in new
        ],
        batch_size=BATCH,
    )  # fmt: skip
    for s in (s for s in changed if s.id in there):
        ClassPupil.objects.filter(pk=s.id).update(number=s.number, begins=s.begins, ends=s.ends)
    _end(ClassPupil, ended)


def import_teaching(
    *, actor: Actor, municipality_id: UUID, new: Sequence[RosterTeaching], changed: Sequence[RosterTeaching],
    ended: Mapping[UUID, dt.date],
) -> None:  # fmt: skip
    """担任・教科担任."""
    may_import(actor, municipality_id)
    there = set(ClassStaff.objects.filter(pk__in=[t.id for t in changed]).values_list("id", flat=True))
    new = [*new, *(t for t in changed if t.id not in there)]
    ClassStaff.objects.bulk_create(
        [
            ClassStaff(
                id=t.id, municipality_id=municipality_id, school_class_id=t.class_id, account_id=t.account_id,
                primary=t.primary, begins=t.begins, ends=t.ends,
            )
            for t in new
        ],
        batch_size=BATCH,
    )  # fmt: skip
    for t in (t for t in changed if t.id in there):
        ClassStaff.objects.filter(pk=t.id).update(primary=t.primary, begins=t.begins, ends=t.ends)
    _end(ClassStaff, ended)


def _end(model: type[ClassPupil] | type[ClassStaff], ended: Mapping[UUID, dt.date]) -> None:
    days: dict[dt.date, list[UUID]] = {}
    for key, day in ended.items():
        days.setdefault(day, []).append(key)
    for day, keys in days.items():
        rows: Any = model.objects.filter(pk__in=keys)
        rows.filter(begins__gt=day).delete()
        rows.filter(Q(ends__isnull=True) | Q(ends__gt=day)).update(ends=Greatest(F("begins"), Value(day)))


def receive_pupil(
    *, actor: Actor, municipality_id: UUID, pupil_id: UUID, person: RosterPerson, place: RosterPlace,
    accepted_on: dt.date, next_school: str,
) -> None:  # fmt: skip
    """町をまたぐ転入: the row keeps its id and comes under this municipality; the other one keeps stay and places,
    ended on the 転学日 (the day before). Both municipalities must be in scope."""
    decision = may_import(actor, municipality_id)
    row = Pupil.objects.select_for_update(of=("self",)).get(pk=pupil_id)
    last_day = accepted_on - ONE_DAY
    for stay in Enrolment.objects.filter(pupil=row, ends__isnull=True):
        ends = max(last_day, stay.begins)
        Enrolment.objects.filter(pk=stay.pk).update(ends=ends, end_kind="transfer_out", next_school=next_school)
    places = ClassPupil.objects.filter(pupil=row)
    places.filter(begins__gt=last_day).delete()
    places.filter(Q(ends__isnull=True) | Q(ends__gt=last_day)).update(ends=last_day)
    GuardianLink.objects.filter(Q(ends__isnull=True) | Q(ends__gt=last_day), pupil=row).update(ends=last_day)
    note(actor, row, decision, "transfer_out", last_day=last_day)
    if row.account_id is not None:
        Account.objects.filter(pk=row.account_id).update(
            login_id=person.login_id, email=person.email, label=person.label, is_active=person.enabled
        )
    Pupil.objects.filter(pk=pupil_id).update(
        municipality_id=municipality_id, household=None, left_on=None,
        student_number=person.number, search_key=person.search_key, school_id=place.school_id, grade=place.grade,
        homeroom_id=place.homeroom_id, attendance_number=place.number, **_name(person.name),
    )  # fmt: skip


def give_accounts(*, actor: Actor, municipality_id: UUID, people: Iterable[RosterPerson]) -> None:
    """アカウントを作る for pupils who are here without one (entered by hand, or come from a town without sign-in)."""
    may_import(actor, municipality_id)
    wanted = {person.id: person for person in people}
    without = set(Pupil.objects.filter(pk__in=wanted, account__isnull=True).values_list("id", flat=True))
    _accounts([wanted[key] for key in without], Account.Kind.PUPIL)
    for key in without:
        Pupil.objects.filter(pk=key).update(account_id=wanted[key].account_id)


def note(actor: Actor, row: Pupil, decision: Decision, verb: str, **detail: Any) -> None:
    """One row in the trail for one child."""
    append(
        actor=actor, action=ACTION, resource_type="Pupil", resource_id=str(row.id), municipality=row.municipality_id,
        school=row.school_id, pupil=row.id, rules=decision.rules, detail={"verb": verb, **detail},
    )  # fmt: skip


def known_people(ids: Iterable[UUID]) -> dict[UUID, RosterPerson]:
    """いまの氏名とアカウント, of pupils and staff members by their row's id; those behind other walls are missing."""
    wanted = list(ids)
    found: dict[UUID, RosterPerson] = {}
    for row in Pupil.objects.filter(pk__in=wanted, account__isnull=False).select_related("account"):
        found[row.id] = _person(row, row.student_number, row.birth_date, row.sex or None)
    for member in StaffMember.objects.filter(pk__in=wanted).select_related("account"):
        found[member.id] = _person(member, member.staff_number, None, None)
    return found


def _person(row: Pupil | StaffMember, number: str, birth: dt.date | None, sex: str | None) -> RosterPerson:
    account = row.account
    if account is None:
        raise ValueError("a person of a roster has an account")
    return RosterPerson(
        row.id, account.id, account.login_id, account.email, account.is_active, row.name, row.search_key, row.master_id,
        number, birth, sex,
    )  # fmt: skip


def logins_in_use(logins: Iterable[str], emails: Iterable[str]) -> dict[str, UUID]:
    """使用中のログインIDとメールアドレス (folded) → the account that has it."""
    wanted = {text.casefold() for text in (*logins, *emails) if text}
    rows = Account.objects.annotate(login=Lower("login_id"), mail=Lower("email")).filter(
        Q(login__in=wanted) | Q(mail__in=wanted)
    )
    found: dict[str, UUID] = {}
    for key, login, mail in rows.values_list("id", "login", "mail"):
        found |= {f"login:{login}": key} | ({f"mail:{mail}": key} if mail else {})
    return found


def numbers_in_use(municipality_id: UUID, numbers: Iterable[str]) -> dict[str, UUID]:
    """使用中の学籍番号 → the pupil who has it."""
    rows = Pupil.objects.filter(municipality_id=municipality_id, student_number__in=[n for n in numbers if n])
    return dict(rows.values_list("student_number", "id"))


def teaching_accounts(municipality_id: UUID, on: dt.date) -> set[UUID]:
    """学級を持つ人: accounts that teach some class of the municipality on a day."""
    rows = ClassStaff.objects.filter(
        Q(ends__isnull=True) | Q(ends__gte=on), municipality=municipality_id, begins__lte=on
    )
    return set(rows.values_list("account_id", flat=True))
