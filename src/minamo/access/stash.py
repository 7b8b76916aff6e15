"""預かり (stash): what somebody had typed when a refusal asked for a proof first; given back once the proof is there.

Encrypted with a key made from the server's secret and the session, so that it opens in the same session only; gone after
a quarter of an hour. Files are not kept.
"""

import datetime as dt
import json
from dataclasses import dataclass
from uuid import UUID

from cryptography.fernet import Fernet, InvalidToken
from django.conf import settings
from django.http import HttpRequest

from minamo.access.actor import Actor
from minamo.access.box import box
from minamo.access.cookies import binding_of
from minamo.access.models import Stash

KEPT = dt.timedelta(minutes=15)
LARGEST = 256 * 1024
_FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")


@dataclass(frozen=True)
class Kept:
    """預かった入力: where it was going, the fields in their order, and how many files were left out."""

    path: str
    fields: tuple[tuple[str, str], ...]
    files: int


def keep(request: HttpRequest, actor: Actor) -> UUID | None:
    """Keep the form of this request; None when it is none, or too large to keep."""
    Stash.objects.filter(kept_at__lt=actor.now - KEPT).delete()
    if request.method != "POST" or request.content_type not in _FORMS:
        return None
    fields = [
        (name, value) for name, values in request.POST.lists() for value in values if name != "csrfmiddlewaretoken"
    ]
    text = json.dumps({"path": request.get_full_path(), "fields": fields, "files": len(request.FILES),
                       "account": str(actor.account_id)}).encode()  # fmt: skip
    if len(text) > LARGEST:
        return None
    row = Stash.objects.create(body=_box(request).encrypt(text), kept_at=actor.now)
    return row.pk


def look(request: HttpRequest, actor: Actor, stash_id: UUID) -> Kept | None:
    """What was kept for this person in this session, or None when there is nothing (any more)."""
    row = Stash.objects.filter(pk=stash_id, kept_at__gte=actor.now - KEPT).first()
    if row is None:
        return None
    try:
        kept = json.loads(_box(request).decrypt(bytes(row.body)))
    except InvalidToken:
        return None
    if kept["account"] != str(actor.account_id):
        return None
    return Kept(kept["path"], tuple((name, value) for name, value in kept["fields"]), kept["files"])


def _box(request: HttpRequest) -> Fernet:
    return box(f"{settings.SECRET_KEY}\0{binding_of(request)}", b"minamo stash")
