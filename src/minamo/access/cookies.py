"""Cookies a browser keeps between sign-ins: which sign-ins it has been, and whether it belongs to the learning side.

Neither opens anything. The first only names the rows to keep, so that a browser that comes back is the same line in the
list of devices; the second only closes.
"""

from uuid import UUID

from django.http import HttpRequest, HttpResponseBase

from minamo.access.models import Account, Device

SIDE_COOKIE = "minamo_side"
DEVICE_COOKIE = "minamo_device"
SESSION_DEVICE = "device"
SESSION_BINDING = "binding"
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


def mark_browser(request: HttpRequest, response: HttpResponseBase) -> None:
    """The mark of a learning-side browser outlives the sign-in."""
    _keep(request, response, SIDE_COOKIE, Device.Side.LEARNING)


def _keep(request: HttpRequest, response: HttpResponseBase, name: str, text: str) -> None:
    response.set_signed_cookie(
        name, text, salt=name, max_age=AGE, httponly=True, samesite="Lax", secure=request.is_secure()
    )


def side_of(request: HttpRequest, account: Account) -> str:
    """The network side of this browser: by mark, else by whose account it is. Never by the wire."""
    if request.get_signed_cookie(SIDE_COOKIE, default="", salt=SIDE_COOKIE) == Device.Side.LEARNING:
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
