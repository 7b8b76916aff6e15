"""登録コード: issued by the school for one guardian of one pupil, printed once, used once.

Only a keyed hash of the code is kept (SHA-256 with a pepper derived from the installation's secret), so neither the
database nor a log can give a code away; a lost sheet means a new code. A guardian who is shut out (CONTACT) gets none.
"""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import connection
from django.db.models import Q
from django.utils.crypto import salted_hmac

from minamo.access.api import Account, Actor, authorise, set_scope, widen_scope
from minamo.audit.api import append
from minamo.kernel.jobs import defer
from minamo.kernel.live import publish
from minamo.kernel.schoolyear import jst_date
from minamo.people import codes
from minamo.people.actions.record import account_of
from minamo.people.models import Guardian, GuardianLink, Invitation, JoinAttempt, Pupil, SchoolClass
from minamo.people.roster import active_links

VALID_DAYS = 60
WRONG_CODES = 5
PAUSE = dt.timedelta(minutes=15)


class CodeRefused(ValueError):
    """登録コードが使えない: the message says why and what to do, in plain Japanese."""


@dataclass(frozen=True)
class Issued:
    """発行したコード: the only moment at which the code itself exists."""

    invitation_id: UUID
    pupil_id: UUID
    guardian_id: UUID
    code: str
    expires_on: dt.date


@dataclass(frozen=True)
class Line:
    """Whence a code is typed: a keyed hash of the network address, for the pause after wrong codes."""

    key: str

    @classmethod
    def of(cls, address: str) -> "Line":
        """The line of an address (the address itself is not kept)."""
        return cls(_keyed("line", address))


def _keyed(purpose: str, text: str, secret: str | bytes | None = None) -> str:
    return salted_hmac(f"minamo.people.{purpose}", text, secret=secret, algorithm="sha256").hexdigest()


def code_hash(code: str) -> str:
    """What is kept of a code (as printed)."""
    return _keyed("invitation", code)


def hashes_of(code: str) -> list[str]:
    """What may be kept of a code: under today's secret, and under earlier ones while sheets of then are about."""
    return [_keyed("invitation", code, secret) for secret in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)]


def issue(*, actor: Actor, school: Any, pupil_ids: Iterable[UUID], again: bool = False) -> list[Issued]:
    """発行: one code for every guardian without account of these pupils of the school; a former unused code is revoked.

    `again` also issues for guardians who have an account already (the code then adds the child to that account only).
    Raises Denied (`people:invite`). Pupils of another school are passed over. The whole school is five queries.
    """
    decision = authorise(actor, "people:invite", school)
    here = Pupil.objects.filter(school=school.id, pk__in=list(pupil_ids))
    links = active_links(actor.today).filter(pupil__in=here.values("pk")).select_related("guardian")
    if not again:
        links = links.filter(guardian__account__isnull=True)
    chosen = list(links.select_for_update(of=("self",)).order_by("pupil_id", "contact_order", "id"))
    _revoke(chosen, actor.now)
    expires = actor.now + dt.timedelta(days=VALID_DAYS)
    made = [(link, codes.new_code()) for link in chosen]
    rows = [
        Invitation(
            municipality_id=school.municipality_id, pupil_id=link.pupil_id, guardian_id=link.guardian_id,
            code_hash=code_hash(code), issued_by_id=account_of(actor), expires_at=expires,
        )
        for link, code in made
    ]  # fmt: skip
    Invitation.objects.bulk_create(rows)
    append(
        actor=actor, action="people:invite", resource_type="School", resource_id=str(school.id),
        municipality=school.municipality_id, school=school.id, rules=decision.rules,
        detail={"verb": "issue", "count": len(rows), "invitations": [row.id for row in rows]},
    )  # fmt: skip
    last_day = actor.today + dt.timedelta(days=VALID_DAYS)
    pairs = zip(rows, made, strict=True)
    return [Issued(row.id, link.pupil_id, link.guardian_id, code, last_day) for row, (link, code) in pairs]


def _revoke(links: list[GuardianLink], now: dt.datetime) -> None:
    pairs = {(link.pupil_id, link.guardian_id) for link in links}
    waiting = Invitation.objects.filter(
        used_at__isnull=True, revoked_at__isnull=True, pupil__in=[pair[0] for pair in pairs]
    )
    stale = [row.pk for row in waiting if (row.pupil_id, row.guardian_id) in pairs]
    Invitation.objects.filter(pk__in=stale).update(revoked_at=now)


def pupils_of_class(school_class: SchoolClass, today: dt.date) -> list[UUID]:
    """Pupils in a homeroom now, for sheets of one class."""
    here = Q(left_on__isnull=True) | Q(left_on__gte=today)
    return list(Pupil.objects.filter(here, homeroom=school_class).values_list("pk", flat=True))


def paused(line: Line, now: dt.datetime) -> bool:
    """Whether too many wrong codes came from this line."""
    return JoinAttempt.objects.filter(key=line.key, at__gt=now - PAUSE).count() >= WRONG_CODES


def find(*, text: str, line: Line, now: dt.datetime, actor: Actor | None = None) -> Invitation:
    """The invitation of a typed code, locked, with the scope opened for it. Raises CodeRefused.

    A slip of the pen (the check character disagrees) is told at once and not counted: it tells a guesser nothing he
    could not compute himself. A well-formed code that nobody was given is counted.
    """
    if paused(line, now):
        raise CodeRefused("まちがいが続いたため、15分ほど入力を止めています。あとでもう一度お試しください。")
    try:
        code = codes.read_code(text)
    except codes.MistypedCode as error:
        raise CodeRefused("コードの文字がどこか違うようです。案内の紙と見くらべてください。") from error
    hashed, municipality = next(((h, town) for h in hashes_of(code) if (town := _municipality_of(h))), ("", None))
    if municipality is None:
        JoinAttempt.objects.create(key=line.key, at=now)
        raise CodeRefused("このコードは見つかりません。案内の紙と同じときは、学校にお知らせください。")
    if actor is None:
        set_scope(municipalities=[municipality], side="home")
    else:
        widen_scope(municipality)
    invitation = Invitation.objects.select_for_update(of=("self",)).get(code_hash=hashed)
    return _usable(invitation, now)


def _usable(invitation: Invitation, now: dt.datetime) -> Invitation:
    if invitation.used_at is not None:
        raise CodeRefused("このコードは、もう使われています。ご自分で登録した場合は、サインインしてください。")
    if invitation.revoked_at is not None:
        raise CodeRefused("このコードは、新しいコードに替わりました。いちばん新しい案内の紙をお使いください。")
    if invitation.expires_at <= now:
        raise CodeRefused("このコードは期限（60日）を過ぎています。学校に新しいコードをお求めください。")
    open_links = active_links(jst_date(now)).filter(pupil=invitation.pupil_id, guardian=invitation.guardian_id)
    if not open_links.exists():
        raise CodeRefused("このコードは、いまは使えません。学校にお問い合わせください。")
    return invitation


def _municipality_of(hashed: str) -> UUID | None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT people_invitation_municipality(%s)", [hashed])
        row = cursor.fetchone()
    return row[0] if row else None


def redeem(*, invitation: Invitation, account: Account, now: dt.datetime, actor: Actor | None = None) -> Pupil:
    """登録: the guardian of the invitation is this account from now on; brothers and sisters come together by it.

    `find` has locked the invitation. Raises CodeRefused when the account is not a guardian's, or when the guardian of
    the sheet is already somebody else's account.
    """
    if account.kind != Account.Kind.GUARDIAN:
        raise CodeRefused("保護者のアカウントでサインインしてください。")
    assert invitation.guardian_id is not None
    guardian = Guardian.objects.select_for_update(of=("self",)).get(pk=invitation.guardian_id)
    if guardian.account_id not in {None, account.pk}:
        raise CodeRefused("この保護者は、ほかのアカウントで登録されています。学校にお問い合わせください。")
    guardian.account = account
    guardian.save(update_fields=["account"])
    invitation.used_at, invitation.used_by = now, account
    invitation.save(update_fields=["used_at", "used_by"])
    pupil = Pupil.objects.get(pk=invitation.pupil_id)
    append(
        actor=actor, action="people:join", resource_type="Pupil", resource_id=str(pupil.id),
        municipality=pupil.municipality_id, school=pupil.school_id, pupil=pupil.id,
        detail={"verb": "redeem", "invitation": invitation.id, "account": account.pk, "guardian": guardian.pk},
    )  # fmt: skip
    _tell(pupil, guardian, now)
    return pupil


def _tell(pupil: Pupil, joined: Guardian, now: dt.datetime) -> None:
    """The school's open screens learn of it at once, the other guardians by mail: nobody joins behind their back."""
    publish(f"school:{pupil.school_id}", "people", pupil=pupil.id, what="joined")
    others = active_links(jst_date(now)).filter(pupil=pupil, guardian__account__isnull=False).exclude(guardian=joined)
    for link_id in others.values_list("pk", flat=True):
        defer("people.tell_joined", municipality=str(pupil.municipality_id), link=str(link_id))
