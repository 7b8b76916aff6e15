"""One ground for many tests: rows planted and everybody signed in once, in a database of its own; each test leaves it as it found it.

Planting and signing in for each route anew was a quarter of the matrix. It is committed: a transaction that stays open for minutes
would hold back the sealer in the tests of the other processes. Nothing here asks for pytest-django's `db`; a test stands in a
transaction that is rolled back. The clock begins anew with each test (conftest.py), so a sign-in stays as old as it was.
"""

import datetime as dt
from collections.abc import Callable, Iterator, Mapping
from http.cookies import SimpleCookie
from typing import Any, Generic, TypeVar

import pytest
import time_machine
from django.db import transaction
from django.test import Client
from django.utils import timezone

from conftest import own_copy, sign_in
from tests.fixtures.world import CONDITIONS, SUBJECTS, World

Planted = TypeVar("Planted")
BEFORE = dt.timedelta(seconds=30)  # no row and no proof of the ground lies ahead of a test that has only begun


def signed_in(account: str, side: str | None, subject: str) -> Client:
    """A client of a subject, in the state CONDITIONS names."""
    return sign_in(Client(), account, side, CONDITIONS.get(subject, ""))


def fixtures(plant: Callable[[World], Any]) -> tuple[Any, Any]:
    """The fixtures `laid` (a module) and `ground` (a test) that stand on what `plant` writes."""

    @pytest.fixture(scope="module")
    def laid(django_db_setup: None, django_db_blocker: Any) -> Iterator[Ground[Any]]:
        with own_copy(django_db_blocker, "ground"):
            yield Ground(plant)

    @pytest.fixture
    def ground(laid: Ground[Any], settings: Any) -> Iterator[Ground[Any]]:
        yield from laid.stand(settings)

    return laid, ground


class Ground(Generic[Planted]):
    """What `plant` has written, and the cookies of every subject that signs in. Lives within `own_copy`."""

    planted: Planted

    def __init__(self, plant: Callable[[World], Planted]) -> None:
        self._plant = plant
        self._files: Any = None
        self._cookies: Mapping[str, dict[str, str]] = {}

    def stand(self, settings: Any) -> Iterator["Ground[Planted]"]:
        """For one test; what it does is taken back. The files stay those that were planted."""
        if self._files is None:
            with time_machine.travel(timezone.now() - BEFORE, tick=True), transaction.atomic():
                self._lay()
            self._files = settings.MEDIA_ROOT
        settings.MEDIA_ROOT = self._files
        with transaction.atomic():
            yield self
            transaction.set_rollback(True)

    def _lay(self) -> None:
        self.planted = self._plant(World())
        self._cookies = {
            subject: {name: morsel.value for name, morsel in signed_in(account, side, subject).cookies.items()}
            for subject, (account, side) in SUBJECTS.items()
            if account is not None
        }

    def seat(self, client: Client, subject: str) -> Client:
        """The same client, now with the cookies of a subject: a client of its own for each would load the middleware each time."""
        client.cookies = SimpleCookie(self._cookies.get(subject, {}))
        return client
