"""児童生徒のページ: what one may see of one child. Contacts and addresses are only read when the policy allows them."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db import connection
from django.db.models import Exists, OuterRef, Q

from minamo.access.api import Actor, Reach, reach
from minamo.people.models import (
    ClassPupil,
    Enrolment,
    GuardianLink,
    Household,
    Invitation,
    Pupil,
    PupilRevision,
    Restriction,
)
from minamo.people.roster import active_links, holds_on

HIDDEN = "秘匿"


@dataclass(frozen=True)
class GuardianView:
    """保護者の1行: as far as the actor may see. `address` is None when it is hidden (支援措置)."""

    guardian_id: UUID
    link_id: UUID
    display_name: str
    kana: str
    relation: str
    contact_order: int
    custody: str
    phone: str
    email: str
    home_phone: str
    emergency_phone: str
    address: str | None
    note: str
    has_account: bool
    institution: bool
    shut_out: bool
    ended: bool
    invited_at: dt.datetime | None


@dataclass(frozen=True)
class Siblings:
    """きょうだい: those the actor may see, and how many more there are elsewhere."""

    seen: Sequence[Pupil]
    elsewhere: int


@dataclass(frozen=True)
class PupilView:
    """児童生徒のページの中身. `guardians` is None for who may not see contacts; `address` None when hidden; `notes` (備考 of the homes) stand
    with the address, `reasons` (学年が違うわけ by stay) with the corrections; `contacts` and `secret` say how far the actor is from either."""

    pupil: Pupil
    stays: Sequence[Enrolment]
    places: Sequence[ClassPupil]
    revisions: Sequence[PupilRevision]
    siblings: Siblings
    guardians: Sequence[GuardianView] | None
    address: str | None
    notes: Sequence[str]
    reasons: Mapping[UUID, str]
    protected: bool
    restrictions: Sequence[Restriction]
    undoable: frozenset[UUID]
    may_edit: bool
    contacts: Reach
    secret: Reach


def pupil_view(actor: Actor, pupil: Pupil) -> PupilView:
    """Everything of the page, in at most seven queries. The route has decided `pupil:read`."""
    contacts = reach(actor, "pupil:contacts", pupil)
    restrictions = list(
        Restriction.objects.filter(holds_on(actor.today), pupil=pupil).select_related("guardian").order_by("begins")
    )
    protected = any(row.kind == Restriction.Kind.ADDRESS for row in restrictions)
    secret = reach(actor, "pupil:protected", pupil) if protected and contacts.now else Reach(not protected)
    open_address = contacts.now and secret.now
    editing = reach(actor, "pupil:edit", pupil)
    revisions = list(PupilRevision.objects.filter(pupil=pupil)[:50]) if editing.now else []
    stays = list(Enrolment.objects.filter(pupil=pupil).select_related("school").order_by("-begins"))
    guardians = guardians_of(actor, pupil, restrictions, open_address) if contacts.now else None
    notes = [pupil.household.note if pupil.household else "", *(row.note for row in guardians or () if not row.ended)]
    return PupilView(
        pupil=pupil,
        stays=stays,
        places=list(ClassPupil.objects.filter(pupil=pupil).select_related("school_class").order_by("-begins", "kind")),
        revisions=revisions,
        undoable=_undoable(revisions),
        siblings=siblings_of(actor, pupil),
        guardians=guardians,
        address=address_of(pupil.household) if open_address else None,
        notes=list(dict.fromkeys(note for note in notes if note)) if open_address else [],
        reasons={stay.pk: stay.grade_note for stay in stays if stay.grade_note} if editing.now else {},
        protected=protected,
        restrictions=[row for row in restrictions if contacts.now],
        may_edit=editing.offered,
        contacts=contacts,
        secret=secret,
    )


def _undoable(revisions: Sequence[PupilRevision]) -> frozenset[UUID]:
    """元に戻せる履歴: the latest correction and the latest movement; what lies under them comes after them."""
    latest = {row.movement: row.pk for row in reversed(revisions)}
    return frozenset(latest.values())


def guardians_of(
    actor: Actor, pupil: Pupil, restrictions: Sequence[Restriction], open_address: bool
) -> list[GuardianView]:
    """保護者の一覧 in the order of contact, those shut out and former ones last. Two queries."""
    shut_out = {row.guardian_id for row in restrictions if row.kind == Restriction.Kind.CONTACT}
    links = (
        GuardianLink.objects.filter(pupil=pupil).select_related("guardian__household").order_by("contact_order", "id")
    )
    waiting = Invitation.objects.filter(
        pupil=pupil, used_at__isnull=True, revoked_at__isnull=True, expires_at__gt=actor.now
    )
    pairs = waiting.filter(guardian__isnull=False).values_list("guardian_id", "issued_at")
    invited = {guardian: issued for guardian, issued in pairs if guardian is not None}
    views = [_guardian(link, link.guardian_id in shut_out, open_address, actor.today, invited) for link in links]
    return sorted(views, key=lambda view: (view.shut_out or view.ended, view.contact_order))


def _guardian(
    link: GuardianLink, shut_out: bool, open_address: bool, today: dt.date, invited: Mapping[UUID, dt.datetime]
) -> GuardianView:
    person, home = link.guardian, link.guardian.household
    return GuardianView(
        guardian_id=person.id, link_id=link.id, display_name=person.display_name, kana=person.kana,
        relation=link.relation, contact_order=link.contact_order, custody=link.get_custody_display(),
        phone=person.phone, email=person.email, home_phone=home.phone if home else "",
        emergency_phone=home.emergency_phone if home else "", address=address_of(home) if open_address else None,
        note=home.note if home and open_address else "", has_account=person.account_id is not None, institution=person.institution, shut_out=shut_out,
        ended=link.ends is not None and link.ends < today, invited_at=invited.get(person.id),
    )  # fmt: skip


def address_of(home: Household | None) -> str:
    """住所 in one line; empty when none is known."""
    if home is None or not home.address:
        return ""
    return f"〒{home.postal_code}　{home.address}" if home.postal_code else home.address


def siblings_of(actor: Actor, pupil: Pupil) -> Siblings:
    """きょうだい: children of the same guardians or household, in all schools and municipalities. Two queries.

    Whom the actor may not see is counted and never named; nor are children who are only tied by a guardian shut out.
    """
    mine = active_links(actor.today).filter(pupil=pupil)
    theirs = active_links(actor.today).filter(guardian__in=mine.values("guardian"))
    together = Q(pk__in=theirs.values("pupil"))
    if pupil.household_id:
        together |= Q(household=pupil.household_id)
    here = Q(left_on__isnull=True) | Q(left_on__gte=actor.today)
    visible = Pupil.objects.visible_to(actor).filter(pk=OuterRef("pk"))
    found = list(
        Pupil.objects.filter(together, here).exclude(pk=pupil.pk).select_related("school", "homeroom")
        .annotate(seen=Exists(visible)).order_by("birth_date", "id")
    )  # fmt: skip
    seen = [row for row in found if row.seen]
    return Siblings(seen, len(found) - len(seen) + _elsewhere(pupil.pk, actor.today))


def _elsewhere(pupil_id: UUID, on: dt.date) -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT people_siblings_elsewhere(%s, %s)", [pupil_id, on])
        row = cursor.fetchone()
    return int(row[0]) if row else 0
