"""What is taken away is gone at the next request, whatever it was and however it was taken; open streams end with it."""

import asyncio
import datetime as dt
import json
import random
from collections.abc import AsyncIterator, Callable
from typing import Any
from uuid import UUID

import pytest
from django.db import transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from minamo.access.actor import Signals, load_actor
from minamo.access.api import may
from minamo.access.emergencies import pupil_model
from minamo.access.models import Account, Device, Emergency, TerminalState
from minamo.access.scope import set_scope
from minamo.access.streams import fingerprints
from minamo.kernel import live
from minamo.people.models import ClassStaff, GuardianLink, Restriction
from minamo.tenancy.models import Membership
from tests.fixtures.world import TODAY, World

SEED = 20261124
TRIALS = 1000
YESTERDAY = TODAY - dt.timedelta(days=1)
# who → (action, pupil) that is allowed before, by which relation
HOLDS = [
    ("a1-homeroom", "pupil:contacts", "hana", "class"), ("a1-homeroom", "pupil:read", "yui", "post"),
    ("a1-head", "pupil:protected", "sora", "post"), ("a1-nurse", "pupil:contacts", "mei", "post"),
    ("a1-clerk", "pupil:edit", "ren", "post"), ("a12-nurse", "pupil:contacts", "taku", "post"),
    ("a-board", "pupil:read", "kai", "post"), ("a2-homeroom", "pupil:export", "kai", "class"),
    ("a1-teacher", "pupil:contacts", "rio", "emergency"), ("takahashi-mother", "pupil:family", "hana", "guardian"),
]  # fmt: skip
ALWAYS = ["account", "device", "terminal-lost"]


def take(what: str, device: Device, world: World, pupil: str) -> None:
    """Take one thing away, straight in the tables, as any way of doing it would end up."""
    account = device.account_id
    if what == "account":
        Account.objects.filter(pk=account).update(is_active=False)
    elif what == "device":
        Device.objects.filter(pk=device.pk).update(signed_out_at=timezone.now())
    elif what.startswith("terminal"):
        TerminalState.objects.create(
            terminal_id=device.terminal_id, municipality_id=world.municipality("A"), at=timezone.now(), by_label="試験",
            state=what.removeprefix("terminal-"),
        )  # fmt: skip
    elif what == "post":
        Membership.objects.filter(account_id=account).update(ends=YESTERDAY)
    elif what == "class":
        ClassStaff.objects.filter(account_id=account).update(ends=YESTERDAY)
    elif what == "emergency":
        Emergency.objects.filter(account_id=account).update(expires_at=timezone.now())
    elif what == "guardian":
        GuardianLink.objects.filter(guardian__account_id=account, pupil_id=world.pupil(pupil)).update(ends=YESTERDAY)
    else:
        Restriction.objects.create(
            municipality_id=world.municipality("A"), pupil_id=world.pupil(pupil), kind="contact", begins=YESTERDAY,
            guardian_id=world.guardian("takahashi-mother"), ground="試験",
        )  # fmt: skip


def emergency(account: UUID, world: World, pupil: str) -> None:
    """An open one."""
    now = timezone.now()
    Emergency.objects.create(
        account_id=account, account_label="", municipality_id=world.municipality("A"), school_id=world.school("a1"),
        pupil_id=world.pupil(pupil), reason="けがのため保護者にすぐ連絡する必要があります。", opened_at=now, due=TODAY,
        expires_at=now + dt.timedelta(hours=1),
    )  # fmt: skip


def allowed(device: Device, action: str, pupil: Any) -> bool:
    """What the next request of this sign-in may do: a new actor from the database, as the enforcement point builds it."""
    now = timezone.now()
    found = load_actor(
        account_id=device.account_id, device_id=device.pk, now=now, today=TODAY, signals=Signals(proved_at=now)
    )
    return found is not None and may(found.actor, action, pupil)


def test_a_thousand_revocations(actor_for: Callable[..., Any], world: World) -> None:
    rng = random.Random(SEED)
    devices = {who: Device.objects.get(pk=actor_for(who).device_id) for who, *_ in HOLDS}
    set_scope(municipalities=[world.municipality("A"), world.municipality("B")], side="school")
    pupils = {name: pupil_model()._default_manager.get(pk=world.pupil(name)) for _, _, name, _ in HOLDS}
    failures: list[str] = []
    for trial in range(TRIALS):
        who, action, name, relation = rng.choice(HOLDS)
        choices = [*ALWAYS[: 2 if relation == "guardian" else 3], relation]
        choices += ["restriction"] if relation == "guardian" else ["terminal-quarantined"]
        what = rng.choice(choices)
        with transaction.atomic():
            set_scope(municipalities=[world.municipality("A")], side="school")
            if relation == "emergency":
                emergency(devices[who].account_id, world, name)
            before = allowed(devices[who], action, pupils[name])
            mark = fingerprints(frozenset([f"device:{devices[who].pk}"]))
            set_scope(municipalities=[world.municipality("A")], side="school")
            take(what, devices[who], world, name)
            after = allowed(devices[who], action, pupils[name])
            moved = fingerprints(frozenset([f"device:{devices[who].pk}"])) != mark
            transaction.set_rollback(True)
        if not before or after or not moved:
            failures.append(f"{trial}: {who} {action} {what}: before {before}, after {after}, noticed {moved}")
    assert failures == [], f"seed {SEED}"


def test_the_next_request_of_a_removed_head_is_refused(client_for: Callable[..., Client], world: World) -> None:
    client = client_for("a1-head")
    path = reverse("people-pupils", kwargs={"school_id": world.school("a1")})
    assert client.get(path).status_code == 200
    set_scope(municipalities=[world.municipality("A")], side="school")
    Membership.objects.filter(account_id=world.account("a1-head")).update(ends=YESTERDAY)
    assert client.get(path).status_code in {403, 404}


def test_a_stream_ends_when_its_ground_is_gone() -> None:
    async def watch() -> tuple[bytes, bool]:
        hub = live.Hub()
        topics = ("school:x", "device:d")
        queue = hub.open(topics)
        known = frozenset(topics)
        hub.compare(known, {"device:d": "one"})
        hub.compare(known, {"device:d": "one"})
        quiet = queue.empty()
        hub.compare(known, {"device:d": "two"})
        event = queue.get_nowait()
        hub.compare(known, {})
        gone = queue.get_nowait()
        hub.close(queue)
        for task in (hub._task, hub._watch):
            if task is not None:
                task.cancel()
        return b"".join([event.as_sse(), gone.as_sse()]), quiet

    told, quiet = asyncio.run(watch())
    assert quiet
    assert told.count(b"event: revoked") == 2


@pytest.mark.parametrize("before", [1, live.QUEUE_LIMIT])
@pytest.mark.parametrize("after", [0, live.QUEUE_LIMIT + 1])
def test_no_crowd_of_events_hides_the_end(before: int, after: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """A screen that does not read while many events come: what waits is dropped, the revocation never."""

    async def walk() -> list[bytes]:
        hub = live.Hub()
        monkeypatch.setattr(live, "hub", hub)
        lines = live.stream(("school:x",), "device:d")
        told = [await anext(lines)]
        more = json.dumps({"t": "school:x", "n": "notice", "d": {}})
        for payload in (*[more] * before, json.dumps({"t": "device:d", "n": "revoked", "d": {}}), *[more] * after):
            hub._deliver(payload)
        told += [line async for line in _soon(lines)]
        for task in (hub._task, hub._watch):
            if task is not None:
                task.cancel()
        assert not hub._queues
        return told

    assert [line.partition(b"\n")[0] for line in asyncio.run(walk())] == [b"retry: 1500"]


async def _soon(lines: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """What a stream still says; a stream that goes on is a failure and no endless test."""
    while True:
        try:
            yield await asyncio.wait_for(anext(lines), 2)
        except StopAsyncIteration:
            return


def test_streams_are_looked_after_within_five_seconds() -> None:
    assert live.GUARD_SECONDS < 5
    assert fingerprints in live._guards


def test_nobody_is_looked_up_without_a_sign_in(db: None) -> None:
    assert fingerprints(frozenset(["school:x", "device:None"])) == {}
