"""Cookies a browser keeps between sign-ins: which sign-ins it has been, and whether it belongs to the learning side.

Neither opens anything. The first only names the rows to keep, so that a browser that comes back is the same line in the
list of devices; the second only closes. A browser a pupil has used is the learning side for the staff from then on, until
somebody approves it as a terminal of the staff (ADR 0036): the mark says so, and so do the rows of the sign-ins it has been.
"""

import datetime as dt
from collections.abc import Iterable
from uuid import UUID

from django.http import HttpRequest, HttpResponseBase

from minamo.access.models import Account, Device

SIDE_COOKIE = "minamo_side"
DEVICE_COOKIE = "minamo_device"
SESSION_DEVICE = "device"
SESSION_BINDING = "binding"
SESSION_PUPIL = "pupil"
SESSION_REFUSED = "refused"  # why the sign-in just ended, for the page that says so: no link can say it
PUPIL_MARK = "pupil"  # for the staff only: at home a family may share the browser
AGE = 60 * 60 * 24 * 400  # browsers keep no cookie longer
PERSONS_PER_BROWSER = 8
DEFAULT_SIDES = {
    Account.Kind.STAFF: Device.Side.SCHOOL,
    Account.Kind.GUARDIAN: Device.Side.HOME,
    Account.Kind.PUPIL: Device.Side.LEARNING,
}


def binding_of(request: HttpRequest) -> str:
    """A secret of this sign-in that survives a new session token: what proofs and kept forms are bound to."""
    return str(request.session.get(SESSION_BINDING) or request.session.session_key or "")


def known_devices(request: HttpRequest) -> list[UUID]:
    """The sign-ins this browser has been, one per person; empty without the cookie or with one that is not ours."""
    text = str(request.get_signed_cookie(DEVICE_COOKIE, default="", salt=DEVICE_COOKIE))
    return [UUID(part) for part in text.split(".") if part]


def remember_device(request: HttpRequest, response: HttpResponseBase) -> None:
    """Let this browser be recognised at its next sign-in, if somebody is signed in now."""
    current = request.session.get(SESSION_DEVICE)
    if current is None:
        return
    ids = [UUID(current), *(known for known in known_devices(request) if str(known) != current)]
    text = ".".join(device.hex for device in ids[:PERSONS_PER_BROWSER])
    _keep(request, response, DEVICE_COOKIE, text)
    if request.session.get(SESSION_PUPIL) and not mark_of(request):
        _keep(request, response, SIDE_COOKIE, PUPIL_MARK)


def mark_of(request: HttpRequest) -> str:
    """How this browser is marked: for everybody (learning), for the staff (pupil), or not at all."""
    return str(request.get_signed_cookie(SIDE_COOKIE, default="", salt=SIDE_COOKIE))


def mark_browser(request: HttpRequest, response: HttpResponseBase) -> None:
    """The mark of a learning-side browser outlives the sign-in."""
    _keep(request, response, SIDE_COOKIE, Device.Side.LEARNING)


def give_cookie(request: HttpRequest, response: HttpResponseBase, name: str, text: str, age: dt.timedelta) -> None:
    """A cookie no script reads, that comes back on the way it was given."""
    response.set_cookie(name, text, max_age=age, httponly=True, samesite="Lax", secure=request.is_secure())


def _keep(request: HttpRequest, response: HttpResponseBase, name: str, text: str) -> None:
    response.set_signed_cookie(
        name, text, salt=name, max_age=AGE, httponly=True, samesite="Lax", secure=request.is_secure()
    )


def side_of(request: HttpRequest, account: Account, known: Iterable[Device]) -> str:
    """The network side of this browser: by mark, by who has used it (`known`, with their accounts), else by whose account it
    is. Never by the wire. A row of the staff on the school side outranks both: a pupil's sign-in and the mark change those rows, so
    that one was approved since."""
    rows = [(row.account.kind, row.side) for row in known]
    mark, staff = mark_of(request), account.kind == Account.Kind.STAFF
    lent = staff and any(kind == Account.Kind.PUPIL or (kind == Account.Kind.STAFF and side == Device.Side.LEARNING)
                         for kind, side in rows)  # fmt: skip
    marked = mark == Device.Side.LEARNING or (staff and mark == PUPIL_MARK)
    if (marked or lent) and (Account.Kind.STAFF, Device.Side.SCHOOL) not in rows:
        return Device.Side.LEARNING
    return DEFAULT_SIDES[Account.Kind(account.kind)]


def describe(user_agent: str) -> str:
    """「Windows の Chrome」: enough to recognise a device in a list."""
    systems = (("iPhone", "iPhone"), ("iPad", "iPad"), ("Android", "Android"), ("CrOS", "Chromebook"), ("Windows", "Windows"),
               ("Mac OS", "Mac"), ("Linux", "Linux"))  # fmt: skip
    browsers = (
        ("Edg/", "Edge"),
        ("Firefox", "Firefox"),
        ("Chrome", "Chrome"),
        ("CriOS", "Chrome"),
        ("Safari", "Safari"),
    )
    system = next((name for mark, name in systems if mark in user_agent), "端末")
    browser = next((name for mark, name in browsers if mark in user_agent), "ブラウザ")
    return f"{system} の {browser}"
