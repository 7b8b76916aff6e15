"""Every route × method × subject: what may be used is used, what may not is refused, and nothing leaks.

The expected value comes from expected.py. Canaries are texts that only people allowed to see the pupil could know; they
must not stand in any refused answer.
"""

import datetime as dt
import re
import uuid
from collections.abc import Callable
from importlib import import_module
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from minamo.access.api import all_routes, set_scope
from minamo.access.routes import Route
from tests.access_matrix.expected import EXPECTED
from tests.fixtures.world import CONDITIONS, GUARDIANS, PUPILS, SUBJECTS, World, hash_number, uid

import_module("minamo.config.urls")  # declares the routes
PROTECTED = sorted(name for name, route in all_routes().items() if not route.public)
# What stands about other people's children in the database: official names and secret addresses.
CANARIES = [row[2] + row[1] for row in PUPILS.values()] + [f"大字秘密{hash_number(name)}" for name in GUARDIANS]
CANARIES += [f"{row[0]} {row[1]}" for row in PUPILS.values()]


def test_there_are_at_least_thirty_subjects() -> None:
    assert len(SUBJECTS) >= 30


@pytest.mark.parametrize("name", PROTECTED)
def test_every_protected_route_is_in_the_table(name: str) -> None:
    route = all_routes()[name]
    assert name in EXPECTED, f"{name} has no line in expected.py"
    assert set(EXPECTED[name]) == set(route.actions)


@pytest.fixture
def notice_id(db: None, world: World) -> uuid.UUID:
    """One notice about 花, written as the operator."""
    from minamo.attendance.models import Notice

    set_scope(municipalities=[world.municipality("A")], side="school")
    now = timezone.now()
    a_revision(world, now)
    return Notice.objects.create(
        municipality_id=world.municipality("A"), school_id=world.school("a1"), pupil_id=world.pupil("hana"),
        homeroom_id=world.klass("a1-1"), kind="absent", reason="sick", text="高橋 花 発熱", begins=dt.date(2026, 11, 24),
        ends=dt.date(2026, 11, 24), channel="app", sender_id=world.account("takahashi-mother"), sender_label="母",
        key=uuid.uuid4(), written_at=now, received_at=now,
    ).pk  # fmt: skip


def a_revision(world: World, now: dt.datetime) -> None:
    """A revision of the policy of A in review, drafted by somebody who is none of the subjects' board."""
    from minamo.policy.models import Revision, RevisionStep

    town, author = world.municipality("A"), world.account("a1-former")
    row = Revision.objects.create(id=uid("revision", "matrix"), municipality_id=town, title="改正", author_id=author,
                                  author_label="前任", created_at=now, changed_at=now)  # fmt: skip
    RevisionStep.objects.create(municipality_id=town, revision=row, kind="submitted", actor_label="前任", at=now)


def path_of(route: Route, world: World, notice: uuid.UUID) -> str:
    """The route about municipality A, school a1, class a1-1, 花."""
    values: dict[str, Any] = {
        "school_id": world.school("a1"), "class_id": world.klass("a1-1"), "pupil_id": world.pupil("hana"),
        "municipality_id": world.municipality("A"), "notice_id": notice, "date": "2026-11-24", "year": 2026, "month": 11,
        "run_id": uuid.uuid4(), "row_id": uuid.uuid4(), "device_id": uuid.uuid4(), "pk": 1, "entry_id": uuid.uuid4(),
        "invitation_id": uuid.uuid4(), "guardian_id": world.guardian("takahashi-mother"), "link_id": uuid.uuid4(),
        "restriction_id": uuid.uuid4(), "closure_id": uuid.uuid4(), "stash_id": uuid.uuid4(), "kind": "Pupil", "key": world.pupil("hana"), "emergency_id": uuid.uuid4(),
        "terminal_id": world.terminal("A-registered"), "revision_id": uid("revision", "matrix"), "number": "4.1",
    }  # fmt: skip
    wanted = re.findall(r"<\w+:(\w+)>", route.pattern)
    return reverse(route.name, kwargs={key: values[key] for key in wanted})


def ask(client: Client, method: str, path: str) -> Any:
    """Send a request without a body."""
    return client.get(path) if method == "GET" else client.post(path, {})


def body_of(response: Any) -> str:
    """What was answered; a stream is closed unread."""
    if response.streaming:
        return ""
    return response.content.decode("utf-8", "replace")


@pytest.mark.parametrize("name", PROTECTED)
def test_route(name: str, world: World, notice_id: uuid.UUID, client_for: Callable[..., Client]) -> None:
    """All subjects against one route."""
    from django.db import transaction

    route = all_routes()[name]
    path = path_of(route, world, notice_id)
    wrong: list[str] = []
    for method in route.actions:
        for subject, (account, side) in SUBJECTS.items():
            with transaction.atomic():
                client = Client() if account is None else client_for(account, side, CONDITIONS.get(subject, ""))
                client.raise_request_exception = False
                set_scope(municipalities=[], side="learning")
                response = ask(client, method, path)
                verdict = judge(name, method, subject, response)
                transaction.set_rollback(True)
            if verdict:
                wrong.append(f"{method} {path} as {subject}: {verdict}")
    assert wrong == []


def judge(name: str, method: str, subject: str, response: Any) -> str:
    """Empty when the answer is as expected, otherwise what is wrong."""
    allowed = subject in EXPECTED[name][method]
    status = response.status_code
    text = body_of(response)
    signed_out = status == 401 or (status == 302 and response["Location"].startswith("/accounts/login/"))
    if status >= 500:
        return f"HTTP {status}"
    if allowed:
        return (
            f"refused with {status}"
            if signed_out or (status == 403 and not is_own(name)) or absent(name, method, status)
            else ""
        )
    if not signed_out and status not in {403, 404}:
        return f"allowed with {status}"
    leaks = [canary for canary in CANARIES if canary in text]
    return f"leaks {leaks}" if leaks else ""


def is_own(name: str) -> bool:
    """Pages about oneself: there a 403 is allauth's own (no password to confirm with), not the enforcement point's."""
    return set(all_routes()[name].actions.values()) == {"own:manage"}


def absent(name: str, method: str, status: int) -> bool:
    """A page that should be there is not. Posts without a body and made-up ids may well find nothing."""
    made_up = any(part in all_routes()[name].pattern for part in ("run_id", "row_id", "device_id", "<int:pk>"))
    return status == 404 and method == "GET" and not made_up and not is_own(name)
