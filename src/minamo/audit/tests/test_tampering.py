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
@pytest.mark.parametrize("moment", ["infinity", "-infinity", "0044-03-15 BC", "12026-01-01"])
def test_a_moment_beyond_all_time_hides_nothing(moment: str) -> None:
    """It would stop whoever reads it, and with that the search."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT min(entries[3]) FROM audit_batch WHERE cardinality(entries) > 3")
        (entry,) = cursor.fetchone()
        cursor.execute("UPDATE audit_entry SET at = %s WHERE id = %s", [moment, entry])
        for column in ("sealed_at", "earliest", "latest"):
            cursor.execute(f"UPDATE audit_batch SET {column} = %s WHERE %s = ANY(entries)", [moment, entry])
    report = verify()
    assert not report.ok and entry in {one.entry for one in report.problems}


@pytest.mark.usefixtures("insider_database")
def test_without_an_act_nothing_is_found() -> None:
    assert verify().ok
