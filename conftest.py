"""Fixtures of the whole house. The database is prepared by tests/database.py before Django starts."""

import datetime as dt
import gc
import itertools
import os
import re
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import hypothesis
import psycopg
import pytest
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.core.signals import setting_changed
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from django.utils.crypto import get_random_string

from minamo.config import cluster
from tests.database import admin_url, copy_name, copy_of_the_template
from tests.fixtures.world import STAFF, TODAY, World, uid

JST = dt.timezone(dt.timedelta(hours=9))
hypothesis.settings.register_profile("minamo", deadline=None)  # a busy machine is no failure
hypothesis.settings.load_profile("minamo")


def pytest_collection_finish() -> None:
    """What is loaded by now stays: the collector of garbage need not walk through it again and again (a tenth of the time)."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 10, 10)


@pytest.fixture(scope="session")
def django_db_setup() -> None:
    """Nothing to do: the database is a copy of the template."""


@pytest.fixture(scope="session", autouse=True)
def _static_files_are_looked_for_once() -> Iterator[None]:
    """Every client loads the middleware anew; a process of the web does it once. Looking through the folders of all rooms
    each time was two fifths of the tests' time."""
    from whitenoise.middleware import WhiteNoiseMiddleware  # type: ignore[import-untyped]

    found: dict[str, Any] = {}
    look = WhiteNoiseMiddleware.add_files_from_finders

    def once(self: WhiteNoiseMiddleware) -> None:
        if not found:
            look(self)
            found.update(self.files)
        self.files = dict(found)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(WhiteNoiseMiddleware, "add_files_from_finders", once)
        yield


@pytest.fixture(scope="session", autouse=True)
def _passwords_are_quickly_hashed() -> Iterator[None]:
    """By the same scrypt with less work: what makes guessing slow says nothing in a test."""
    from django.contrib.auth.hashers import ScryptPasswordHasher

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ScryptPasswordHasher, "work_factor", 2**4)
        yield


@pytest.fixture(scope="session")
def _folders(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder for each test; whoever keeps a file makes it."""
    within = tmp_path_factory.mktemp("kept")
    return (within / str(number) for number in itertools.count())


@pytest.fixture(autouse=True)
def _files_in_a_folder_of_their_own(_folders: Iterator[Path]) -> None:
    """Said to Django without its way of taking settings back and without a folder on the disk: most tests keep no file."""
    settings.MEDIA_ROOT = next(_folders)
    setting_changed.send(sender=type(settings), setting="MEDIA_ROOT", value=settings.MEDIA_ROOT, enter=True)


@pytest.fixture(autouse=True)
def _nobody_has_asked_yet() -> None:
    """What one test asks for does not count for the next."""
    from minamo.access.pacing import forget

    forget()


@pytest.fixture(autouse=True)
def _morning(request: pytest.FixtureRequest) -> Iterator[None]:
    """Every test runs on 24 November 2026, 7:42 in the morning (Japan), unless it is marked `real_clock`."""
    if request.node.get_closest_marker("real_clock"):
        yield
        return
    import time_machine

    with time_machine.travel(dt.datetime(2026, 11, 24, 7, 42, tzinfo=JST), tick=True):
        yield


# What a request may write without a row of its own: sessions, sign-in counters, jobs, the trail and its seal, "last seen", forms kept
# for a quarter of an hour.
_PLUMBING = ("django_", "axes_", "procrastinate_", "audit_", "account_", "mfa_", "access_pace", "access_stash")
_WRITTEN = re.compile(r'^\s*(?:INSERT INTO|UPDATE|DELETE FROM)\s+"?([a-z_]+)', re.IGNORECASE)


@pytest.fixture(autouse=True)
def _no_write_without_a_row(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every request any test sends is watched: what was written and acknowledged has its row in the trail."""
    if not {"client", "client_for", "ground"} & set(request.fixturenames):
        return
    send = Client.request

    def watched(self: Client, **kwargs: Any) -> Any:
        statements: list[str] = []

        def note(execute: Any, sql: Any, params: Any, many: bool, context: Any) -> Any:
            result = execute(sql, params, many, context)
            if context["cursor"].rowcount:  # an insert that met its twin has written nothing
                statements.append(str(sql))
            return result

        with connection.execute_wrapper(note):
            response = send(self, **kwargs)
        tables = {found.group(1) for text in statements if (found := _WRITTEN.match(text))}
        written = {name for name in tables if not name.startswith(_PLUMBING)} - {"access_device"}
        if response.status_code < 400 and written and kwargs.get("REQUEST_METHOD") == "POST":
            assert "audit_entry" in tables, f"{kwargs.get('PATH_INFO')} wrote {sorted(written)} and left no row"
        return response

    monkeypatch.setattr(Client, "request", watched)


@pytest.fixture(scope="session")
def world() -> World:
    """Ids of the small committed world by name."""
    return World()


@pytest.fixture
def client_for(db: None, world: World) -> Callable[..., Client]:
    """`client_for("a1-homeroom")`: a signed-in client; `side=` overrides the network side of the device. Staff have proved
    themselves with two factors a minute ago, at a trusted device; `condition=` (see CONDITIONS of the world) spoils one
    of these."""

    def make(name: str, side: str | None = None, condition: str = "") -> Client:
        return sign_in(Client(), name, side, condition)

    return make


def open_sign_in(name: str, side: str | None, condition: str, **more: Any) -> Any:
    """The row of a sign-in as it would be after a minute."""
    from minamo.access.models import Account, Device, Posture
    from minamo.access.scope import system_scope

    account = Account.objects.get(login_id=name)
    sides = {"staff": "school", "guardian": "home", "pupil": "learning"}
    staff, now = account.kind == "staff", timezone.now()
    state = condition if condition in {"quarantined", "lost", "suspect"} else "trusted"
    town = STAFF[name][1][0][2] if name in STAFF else "A"
    terminal = uid("terminal", f"{town}-{state}") if staff and condition != "unknown-device" else None
    if terminal and condition == "suspect":
        with system_scope(uid("municipality", town)):
            Posture.objects.create(
                terminal_id=terminal, municipality_id=uid("municipality", town), source="mdm", good=False, at=now
            )
    ago = dt.timedelta(minutes=20 if condition == "stale" else 1)
    return Device.objects.create(
        account=account, side=side or sides[account.kind], label="試験", signed_in_at=now - ago, seen_at=now,
        strength=2 if staff and condition != "password-only" else 1, terminal_id=terminal, **more,
    )  # fmt: skip


def sign_in(client: Client, name: str, side: str | None = None, condition: str = "") -> Client:
    """Sign a client in as a person of the world (without the sign-in page). Three statements: most tests begin with it."""
    from django.contrib.sessions.backends.db import SessionStore
    from django.contrib.sessions.models import Session

    from minamo.access.cookies import SESSION_BINDING, SESSION_DEVICE
    from minamo.access.middleware import session_hash
    from minamo.access.proofs import PROOF_COOKIE, cookie_value

    session = SessionStore(get_random_string(32))
    device = open_sign_in(name, side, condition, session_key=session.session_key)
    held = {
        SESSION_KEY: str(device.account_id), BACKEND_SESSION_KEY: settings.AUTHENTICATION_BACKENDS[-1],
        HASH_SESSION_KEY: session_hash(device.account.password), SESSION_DEVICE: str(device.pk), SESSION_BINDING: "binding",
    }  # fmt: skip
    ends = timezone.now() + dt.timedelta(seconds=settings.SESSION_COOKIE_AGE)
    Session(session.session_key, session.encode(held), ends).save(force_insert=True)
    client.cookies[settings.SESSION_COOKIE_NAME] = session.session_key
    if condition != "without-proof":
        client.cookies[PROOF_COOKIE] = cookie_value(device.pk, "binding", timezone.now())
    return client


@contextmanager
def own_copy(blocker: Any, kind: str) -> Iterator[str]:
    """A fresh copy of the world under the default connection for a while; yields the owner's URL. What is committed there nobody
    else meets."""
    name = f"{copy_name().rsplit('_', 1)[0]}_{kind}_{os.getpid()}"
    former = connection.settings_dict["NAME"]
    server = admin_url()
    with blocker.unblock():
        with psycopg.connect(server, autocommit=True) as admin:
            admin.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
            copy_of_the_template(admin, name)
        connection.close()
        connection.settings_dict["NAME"] = name
        try:
            yield cluster.renamed(os.environ["MINAMO_OWNER_DATABASE_URL"], name)
        finally:
            connection.close()
            connection.settings_dict["NAME"] = former
            with psycopg.connect(server, autocommit=True) as admin:
                admin.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


@pytest.fixture
def actor_for(db: None, world: World) -> Callable[..., Any]:
    """`actor_for("a1-head")`: the Actor of a person, with the row-level scope opened for the rest of the test."""
    return an_actor


def an_actor(name: str, side: str | None = None, today: dt.date = TODAY, condition: str = "") -> Any:
    """The same where something else than a fixture has opened the database."""
    from minamo.access.actor import Signals, load_actor

    device = open_sign_in(name, side, condition)
    now = timezone.now()
    signals = Signals(proved_at=None if condition == "without-proof" else now)
    found = load_actor(account_id=device.account_id, device_id=device.pk, now=now, today=today, signals=signals)
    assert found is not None
    return found.actor


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
