"""預かり (stash): what somebody had typed when a refusal asked for a proof first, or when the sign-in had ended; given back once
the proof, or the new sign-in of the same person, is there.

Encrypted, so that the table alone tells nothing: after a refusal with a key made from the server's secret and the session; after
an ended sign-in, where there is no session any more, with one made from the server's secret and a cookie of this browser. Whose
an ended sign-in was says the session that is still there, otherwise the signed cookie of the sign-ins this browser has been: its first
is the last one who signed in here, and a page of anybody before fails at the token against forged forms, which each sign-in renews.
It opens for that account only. Gone when it has been given back, after a quarter of an hour, at sign-out, and when somebody
else signs in in the same browser. Files are not kept, and nothing of the pages that ask for a password or a code.
"""

import datetime as dt
import json
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import urlsplit
from uuid import UUID

from cryptography.fernet import Fernet, InvalidToken
from django.conf import settings
from django.http import HttpRequest, HttpResponseBase
from django.urls import resolve

from minamo.access.actor import Actor
from minamo.access.box import box
from minamo.access.cookies import SESSION_DEVICE, binding_of, give_cookie, known_devices
from minamo.access.models import Device, Stash

KEPT = dt.timedelta(minutes=15)
LARGEST = 256 * 1024
MOST = 8  # forms of one sign-in; the oldest goes first
COOKIE = "minamo_kept"
SECRET_FIELDS = frozenset({"password", "current", "new", "code", "credential"})  # nothing to keep, not even encrypted
_FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")
_NEVER = (
    "/accounts/",
    "/account/proof/",
    "/account/device-",
)  # passwords and codes; signing out; what a page asks by itself


@dataclass(frozen=True)
class Kept:
    """預かった入力: where it was going, the fields in their order, how many files were left out, and whether it came when the sign-in
    had ended. Such a form goes on only when the person has seen it and says so: between the end of the sign-in and the next one
    somebody else may have sat at the browser."""

    path: str
    fields: tuple[tuple[str, str], ...]
    files: int
    ended: bool = False

    @property
    def words(self) -> list[str]:
        """What a person would recognise among the fields: no keys, no dates, no names of buttons."""
        return [value for _, value in self.fields if value.strip() and not value.isascii()]

    @property
    def choices(self) -> int:
        """How many of the fields hold something else: a choice, a day, a number. Their words stand on the page they come from."""
        return len(
            {name for name, value in self.fields if value.strip() and value.isascii() and not name.startswith("_")}
        )

    @property
    def page(self) -> bool:
        """Whether where it goes is a page as well, which can be opened to look."""
        declared = getattr(resolve(urlsplit(self.path).path).func, "minamo_route", None)
        return declared is not None and declared.action_for("GET") is not None


def keep(request: HttpRequest, actor: Actor) -> UUID | None:
    """Keep the form of this request; None when it is none, holds secrets, or is too large to keep."""
    sweep(actor.now)
    return _put(request, actor.account_id, actor.device_id, actor.now, _box(request))


def keep_for_later(request: HttpRequest, now: dt.datetime) -> tuple[UUID, str] | None:
    """Keep the form of somebody whose sign-in has ended: its id and the secret for this browser (`remember`). None when it is no form,
    too large, of a page that is never kept, or nobody knows whose it is."""
    sweep(now)
    if request.path.startswith(_NEVER):
        return None
    owner = last_here(request)
    if owner is None:
        return None
    secret = request.COOKIES.get(COOKIE) or secrets.token_urlsafe(24)
    row = _put(request, owner.account_id, owner.pk, now, _browser_box(secret))
    return None if row is None else (row, secret)


def remember(request: HttpRequest, response: HttpResponseBase, secret: str) -> None:
    """Let this browser open what was kept for it."""
    give_cookie(request, response, COOKIE, secret, KEPT)


def last_here(request: HttpRequest) -> Device | None:
    """The sign-in that has ended in this browser, or None when nobody has signed in here."""
    known = request.session.get(SESSION_DEVICE) or next(iter(known_devices(request)), None)
    return Device.objects.filter(pk=known).first() if known else None


def look(request: HttpRequest, actor: Actor, stash_id: UUID) -> Kept | None:
    """What was kept for this person in this session or browser, or None when there is nothing (any more)."""
    row = Stash.objects.filter(pk=stash_id, kept_at__gte=actor.now - KEPT).first()
    text, ended = _opened(request, bytes(row.body)) if row else (None, False)
    if text is None:
        return None
    kept = json.loads(text)
    if kept["account"] != str(actor.account_id):
        return None
    return Kept(kept["path"], tuple((name, value) for name, value in kept["fields"]), kept["files"], ended)


def give_back(request: HttpRequest, actor: Actor, stash_id: UUID) -> Kept | None:
    """What was kept, handed out once: afterwards it is gone."""
    kept = look(request, actor, stash_id)
    if kept is not None:
        Stash.objects.filter(pk=stash_id).delete()
    return kept


def sweep(now: dt.datetime) -> int:
    """What is older than a quarter of an hour goes; returns how many."""
    return Stash.objects.filter(kept_at__lt=now - KEPT).delete()[0]


def forget(devices: Iterable[UUID]) -> None:
    """What was kept for these sign-ins goes: somebody signed out, or somebody else signs in."""
    Stash.objects.filter(device_id__in=list(devices)).delete()


def _put(request: HttpRequest, account: UUID, device: UUID | None, now: dt.datetime, sealed: Fernet) -> UUID | None:
    if request.method != "POST" or request.content_type not in _FORMS or SECRET_FIELDS & set(request.POST):
        return None
    fields = [
        (name, value) for name, values in request.POST.lists() for value in values if name != "csrfmiddlewaretoken"
    ]
    text = json.dumps({"path": request.get_full_path(), "fields": fields, "files": len(request.FILES),
                       "account": str(account)}).encode()  # fmt: skip
    if len(text) > LARGEST:
        return None
    if device is not None:
        older = Stash.objects.filter(device_id=device).order_by("-kept_at").values("pk")[MOST - 1 :]
        Stash.objects.filter(pk__in=list(older.values_list("pk", flat=True))).delete()
    return Stash.objects.create(body=sealed.encrypt(text), kept_at=now, device_id=device).pk


def _opened(request: HttpRequest, body: bytes) -> tuple[bytes | None, bool]:
    """The text, and whether it was kept after the sign-in had ended."""
    secret = request.COOKIES.get(COOKIE)
    for sealed, ended in ((_box(request), False), (_browser_box(secret) if secret else None, True)):
        try:
            if sealed is not None:
                return sealed.decrypt(body), ended
        except InvalidToken:
            continue
    return None, False


def _box(request: HttpRequest) -> Fernet:
    return box(f"{settings.SECRET_KEY}\0{binding_of(request)}", b"minamo stash")


def _browser_box(secret: str) -> Fernet:
    return box(f"{settings.SECRET_KEY}\0{secret}", b"minamo stash of an ended sign-in")
