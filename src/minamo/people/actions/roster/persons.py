"""人とアカウント: pupils and staff members of a roster, new and changed."""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

from django.db.models import CharField, F, Q, Value
from django.db.models.functions import Concat, Lower

from minamo.access.api import Account, Actor, Decision
from minamo.people.actions.record import account_of
from minamo.people.actions.roster.values import (
    BATCH,
    NAME_FIELDS,
    RosterPerson,
    RosterPlace,
    may_import,
    name_columns,
    note,
)
from minamo.people.models import (
    Pupil,
    PupilRevision,
    StaffMember,
)


def import_pupils(*, actor: Actor, municipality_id: UUID, new: Sequence[tuple[RosterPerson, RosterPlace]]) -> None:
    """児童生徒とそのアカウントを登録する. The stays follow with `import_stays`."""
    may_import(actor, municipality_id)
    create_accounts([person for person, _ in new], Account.Kind.PUPIL)
    Pupil.objects.bulk_create(
        [
            Pupil(
                id=person.id, municipality_id=municipality_id, account_id=person.account_id,
                birth_date=person.birth_date, sex=person.sex or "", student_number=person.number,
                master_id=person.master_id, search_key=person.search_key, **name_columns(person.name),
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
    create_accounts(new, Account.Kind.STAFF)
    StaffMember.objects.bulk_create(
        [
            StaffMember(
                id=person.id, municipality_id=municipality_id, account_id=person.account_id, email=person.email,
                staff_number=person.number, master_id=person.master_id, search_key=person.search_key,
                **name_columns(person.name),
            )
            for person in new
        ],
        batch_size=BATCH,
    )  # fmt: skip


def create_accounts(people: Sequence[RosterPerson], kind: Account.Kind) -> None:
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
    old, new = name_columns(was.name), name_columns(now.name)
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


def disable_accounts(*, actor: Actor, municipality_id: UUID, account_ids: Sequence[UUID]) -> None:
    """サインインを止める for people who left."""
    may_import(actor, municipality_id)
    Account.objects.filter(pk__in=account_ids).update(is_active=False)


def give_accounts(*, actor: Actor, municipality_id: UUID, people: Iterable[RosterPerson]) -> None:
    """アカウントを作る for pupils who are here without one (entered by hand, or come from a town without sign-in)."""
    may_import(actor, municipality_id)
    wanted = {person.id: person for person in people}
    without = set(Pupil.objects.filter(pk__in=wanted, account__isnull=True).values_list("id", flat=True))
    create_accounts([wanted[key] for key in without], Account.Kind.PUPIL)
    for key in without:
        Pupil.objects.filter(pk=key).update(account_id=wanted[key].account_id)


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
