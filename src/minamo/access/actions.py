"""Verbs of access control: open a device, sign one out, mark a device as belonging to the learning side."""

import datetime as dt
from uuid import UUID

from django.contrib.sessions.models import Session
from django.db import transaction
from django.http import HttpRequest
from django.utils import timezone

from minamo.access import ports
from minamo.access.actor import Actor
from minamo.access.enforce import authorise
from minamo.access.middleware import SESSION_DEVICE
from minamo.access.models import Account, Device
from minamo.access.resources import Resource
from minamo.access.routes import OWN
from minamo.kernel import clock, live

SIDE_COOKIE = "minamo_side"
DEFAULT_SIDES = {
    Account.Kind.STAFF: Device.Side.SCHOOL,
    Account.Kind.GUARDIAN: Device.Side.HOME,
    Account.Kind.PUPIL: Device.Side.LEARNING,
}


def own(account_id: UUID) -> Resource:
    """A person's own account as the policy sees it."""
    return Resource("Own", str(account_id), {"account": account_id}, OWN)


def open_device(*, request: HttpRequest, account: Account, strength: int, label: str = "") -> Device:
    """端末を開く: remember the browser of this session. A tablet marked as learning-side stays so for everybody."""
    now = clock.now()
    if not request.session.session_key:
        request.session.save()
    device = Device.objects.create(
        account=account,
        side=side_of(request, account),
        label=label or describe(request.headers.get("User-Agent", "")),
        session_key=request.session.session_key or "",
        signed_in_at=now,
        seen_at=now,
        strength=strength,
    )
    request.session[SESSION_DEVICE] = str(device.pk)
    ports.trail()(
        actor=_as_actor(account, device, now),
        action="own:sign-in",
        resource_type="Own",
        resource_id=str(account.pk),
        rules=("access.own",),
        detail={"strength": strength, "side": device.side},
    )
    return device


def side_of(request: HttpRequest, account: Account) -> str:
    """The network side of this device: by mark, else by whose account it is. Never by the wire."""
    if request.get_signed_cookie(SIDE_COOKIE, default="", salt=SIDE_COOKIE) == Device.Side.LEARNING:
        return Device.Side.LEARNING
    return DEFAULT_SIDES[Account.Kind(account.kind)]


def _as_actor(account: Account, device: Device, now: dt.datetime) -> Actor:
    return Actor(
        account_id=account.pk, kind=account.kind, label=account.label, side=device.side, device_id=device.pk,
        strength=device.strength, authenticated_at=now, today=timezone.localdate(now), now=now,
    )  # fmt: skip


def sign_out_device(*, actor: Actor, device: Device) -> None:
    """端末をサインアウトする: the next request of that device is refused and its open streams end."""
    decision = authorise(actor, "own:manage", own(device.account_id))
    with transaction.atomic():
        locked = Device.objects.select_for_update().get(pk=device.pk)
        if locked.signed_out_at is not None:
            return
        locked.signed_out_at = actor.now
        locked.save(update_fields=["signed_out_at"])
        Session.objects.filter(session_key=locked.session_key).delete()
        ports.trail()(
            actor=actor, action="own:sign-out", resource_type="Device", resource_id=str(device.pk), rules=decision.rules
        )
        live.publish(f"device:{device.pk}", "revoked")


def sign_out_others(*, actor: Actor) -> int:
    """ほかの端末をすべてサインアウトする; returns how many there were."""
    others = Device.objects.filter(account_id=actor.account_id, signed_out_at=None).exclude(pk=this_device(actor))
    for device in others:
        sign_out_device(actor=actor, device=device)
    return len(others)


def this_device(actor: Actor) -> UUID:
    """The device the actor is on. Raises ValueError for an operator, who is on none."""
    if actor.device_id is None:
        raise ValueError("an operator has no device")
    return actor.device_id


def mark_learning_side(*, actor: Actor) -> None:
    """この端末を学習用にする: from the next request on, no staff data is reachable from it."""
    decision = authorise(actor, "own:manage", own(actor.account_id))
    Device.objects.filter(pk=this_device(actor)).update(side=Device.Side.LEARNING)
    ports.trail()(
        actor=actor, action="own:mark-learning", resource_type="Device", resource_id=str(actor.device_id),
        rules=decision.rules,
    )  # fmt: skip


def change_password(*, actor: Actor, account: Account, password: str) -> None:
    """パスワードを変える: every other device is signed out with it."""
    decision = authorise(actor, "own:manage", own(account.pk))
    account.set_password(password)
    account.save(update_fields=["password"])
    sign_out_others(actor=actor)
    ports.trail()(
        actor=actor, action="own:password", resource_type="Own", resource_id=str(account.pk), rules=decision.rules
    )


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
