"""A database of its own for tests that seal: sealing needs committed rows, and what is sealed can never be taken away."""

from collections.abc import Callable, Iterator
from typing import Any

import psycopg
import pytest
from django.db import transaction

from conftest import own_copy
from minamo.audit.api import append
from tests.fixtures.world import World


@pytest.fixture
def own_database(django_db_blocker: Any) -> Iterator[str]:
    """A fresh copy of the world under the default connection; yields the owner's URL (who may tamper)."""
    with own_copy(django_db_blocker, "seal") as owner:
        yield owner


@pytest.fixture
def write(own_database: str, world: World) -> Callable[..., None]:
    """`write(30)`: that many committed rows, turn by turn of municipality A, of B and of none."""

    def rows(count: int, towns: tuple[str | None, ...] = ("A", "B", None)) -> None:
        for number in range(count):
            town = towns[number % len(towns)]
            with transaction.atomic():
                append(actor=None, action="pupil:read", resource_type="Pupil", resource_id=f"{number}「\"\\\n\t\x01」髙𠮷",
                       municipality=world.municipality(town) if town else None, pupil=world.pupil("hana"),
                       rules=["a", 'b"'], detail={"n": number, "長い鍵": None, "x": [1.50, "é\u2028"]})  # fmt: skip

    return rows


@pytest.fixture
def tamper(own_database: str) -> Callable[..., None]:
    """Run statements as the owner of the tables: an insider."""

    def run(*statements: str) -> None:
        with psycopg.connect(own_database, autocommit=True) as db:
            for statement in statements:
                db.execute(statement)

    return run
