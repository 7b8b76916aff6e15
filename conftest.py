"""Fixtures of the whole house. The database is prepared by tests/database.py before Django starts."""

import datetime as dt
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from tests.fixtures.world import TODAY, World

JST = dt.timezone(dt.timedelta(hours=9))


@pytest.fixture(scope="session")
def django_db_setup() -> None:
    """Nothing to do: the database is a copy of the template."""


@pytest.fixture(autouse=True)
def _files_in_a_folder_of_their_own(tmp_path: Any, settings: Any) -> None:
    settings.MEDIA_ROOT = tmp_path / "files"


@pytest.fixture(autouse=True)
def _morning(request: pytest.FixtureRequest) -> Iterator[None]:
    """Every test runs on 24 November 2026, 7:42 in the morning (Japan), unless it is marked `real_clock`."""
    if request.node.get_closest_marker("real_clock"):
        yield
        return
    import time_machine

    with time_machine.travel(dt.datetime(2026, 11, 24, 7, 42, tzinfo=JST), tick=True):
        yield


@pytest.fixture(scope="session")
def world() -> World:
    """Ids of the small committed world by name."""
    return World()


@pytest.fixture
def client_for(db: None, world: World) -> Callable[..., Client]:
    """`client_for("a1-homeroom")`: a signed-in client; `side=` overrides the network side of the device."""

    def make(name: str, side: str | None = None) -> Client:
        return sign_in(Client(), name, side)

    return make


def sign_in(client: Client, name: str, side: str | None = None) -> Client:
    """Sign a client in as a person of the world (without the sign-in page)."""
    from minamo.access.middleware import SESSION_DEVICE, session_hash
    from minamo.access.models import Account, Device

    account = Account.objects.get(login_id=name)
    sides = {"staff": "school", "guardian": "home", "pupil": "learning"}
    now = timezone.now()
    device = Device.objects.create(
        account=account, side=side or sides[account.kind], label="試験", signed_in_at=now, seen_at=now
    )
    session = client.session
    session[SESSION_KEY] = str(account.pk)
    session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[-1]
    session[HASH_SESSION_KEY] = session_hash(account.password)
    session[SESSION_DEVICE] = str(device.pk)
    session.save()
    client.cookies[settings.SESSION_COOKIE_NAME] = session.session_key
    return client


@pytest.fixture
def actor_for(db: None, world: World) -> Callable[..., Any]:
    """`actor_for("a1-head")`: the Actor of a person, with the row-level scope opened for the rest of the test."""
    from minamo.access.actor import load_actor
    from minamo.access.models import Account, Device

    def make(name: str, side: str | None = None, today: dt.date = TODAY) -> Any:
        account = Account.objects.get(login_id=name)
        sides = {"staff": "school", "guardian": "home", "pupil": "learning"}
        now = timezone.now()
        device = Device.objects.create(
            account=account, side=side or sides[account.kind], label="試験", signed_in_at=now, seen_at=now
        )
        found = load_actor(account_id=account.pk, device_id=device.pk, now=now, today=today)
        assert found is not None
        return found.actor

    return make


@pytest.fixture
def system_for(db: None, world: World) -> Callable[..., Any]:
    """`system_for("A", "B")`: the operator of these municipalities, with the scope opened."""
    from minamo.access.api import set_scope, system_actor

    def make(*names: str) -> Any:
        ids = [world.municipality(name) for name in names]
        set_scope(municipalities=ids, side="school")
        return system_actor(*ids, now=timezone.now(), today=TODAY)

    return make


@dataclass
class Queries:
    """What a block asked the database, without transaction control."""

    statements: list[str] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.statements)


@pytest.fixture
def count_queries() -> Callable[[], AbstractContextManager[Queries]]:
    """`with count_queries() as asked: …` then `len(asked)`; BEGIN, COMMIT and savepoints are not counted."""

    @contextmanager
    def counting() -> Iterator[Queries]:
        asked = Queries()
        with CaptureQueriesContext(connection) as captured:
            yield asked
        control = ("BEGIN", "COMMIT", "ROLLBACK", "SAVEPOINT", "RELEASE")
        asked.statements = [q["sql"] for q in captured.captured_queries if not q["sql"].startswith(control)]

    return counting
