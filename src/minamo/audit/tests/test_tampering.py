"""Random tampering by an owner of the tables: found and located every time. `bin/bench audit` does 10,000."""

from collections.abc import Callable
from typing import Any

import psycopg
import pytest
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from minamo.audit import seal
from minamo.audit.tests.settled import seal_all
from minamo.audit.verify import verify
from tests.load.tampering import Insider, trial


@pytest.fixture
def insider_database(
    write: Callable[..., None], own_database: str, settings: Any, tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Sealed rows, and the connection turned into the owner's."""
    settings.VAR_DIR = tmp_path
    monkeypatch.setattr(seal, "BATCH", 8)
    write(60)
    seal_all()
    connection.close()
    monkeypatch.setitem(connection.settings_dict, "USER", psycopg.conninfo.conninfo_to_dict(own_database)["user"])


@pytest.mark.usefixtures("insider_database")
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.integers(0, 2**32))
def test_every_act_is_found_and_located(seed: int) -> None:
    act, found, named = trial(Insider(seed))
    assert found, act
    assert named, act


@pytest.mark.usefixtures("insider_database")
def test_without_an_act_nothing_is_found() -> None:
    assert verify().ok
