"""送り先のリンクと、採点する範囲の動詞."""

import datetime as dt
import hashlib
import secrets
from dataclasses import dataclass
from uuid import UUID

from django.db import connection

from minamo.access.api import Actor, authorise
from minamo.marking.actions.trail import note
from minamo.marking.models import Sitting, UploadLink
from minamo.marking.upload_rules import expiry

AUDIENCES = ("class", "school")


@dataclass(frozen=True)
class Opened:
    """作った送り先: the only moment at which the secret part of the address exists."""

    link: UploadLink
    token: str


def token_hash(token: str) -> str:
    """What is kept of an address."""
    return hashlib.sha256(token.encode()).hexdigest()


def open_link(*, actor: Actor, sitting: Sitting) -> Opened:
    """送り先を作る for the copier, until the end of the school day. An earlier one of the sitting ends."""
    decision = authorise(actor, "sitting:manage", sitting)
    _close(sitting, actor)
    token = secrets.token_urlsafe(18)
    link = UploadLink.objects.create(
        municipality_id=sitting.municipality_id, sitting=sitting, token_hash=token_hash(token), made_by_id=actor.account_id,
        made_by_label=actor.label[:60], made_at=actor.now, expires_at=expiry(actor.now),
    )  # fmt: skip
    note(actor, sitting, decision.rules, {"link": link.pk, "until": link.expires_at})
    return Opened(link, token)


def close_links(*, actor: Actor, sitting: Sitting) -> int:
    """送り先を閉じる; returns how many were open."""
    decision = authorise(actor, "sitting:manage", sitting)
    closed = _close(sitting, actor)
    note(actor, sitting, decision.rules, {"closed": closed})
    return closed


def link_of(token: str, now: dt.datetime) -> UploadLink | None:
    """The open link of an address, or None. Ask inside the scope `municipality_of` names."""
    return (
        UploadLink.objects.select_related("sitting")
        .filter(token_hash=token_hash(token), closed_at__isnull=True, expires_at__gt=now)
        .first()
    )


def municipality_of(token: str) -> UUID | None:
    """Behind which wall the link of an address is; None for an unknown one."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT marking_link_municipality(%s)", [token_hash(token)])
        found: UUID | None = cursor.fetchone()[0]
    return found


def share_sitting(*, actor: Actor, sitting: Sitting, audience: str) -> Sitting:
    """校内の先生と分けて採点する (`school`), or only those answerable for the class (`class`). Raises ValueError for neither."""
    decision = authorise(actor, "sitting:manage", sitting)
    if audience not in AUDIENCES:
        raise ValueError(audience)
    held = Sitting.objects.select_for_update().get(pk=sitting.pk)
    held.audience = audience
    held.save(update_fields=["audience"])
    note(actor, sitting, decision.rules, {"audience": audience})
    return held


def _close(sitting: Sitting, actor: Actor) -> int:
    return UploadLink.objects.filter(sitting=sitting, closed_at__isnull=True).update(closed_at=actor.now)
