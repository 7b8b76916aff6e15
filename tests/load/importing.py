"""`bin/bench import`: how long the largest roster takes, and how much a second import of the same file writes."""

import io
import time
from pathlib import Path
from typing import Any

import psycopg

from tests.load import town

ROSTER = Path(__file__).resolve().parents[1] / "fixtures" / "roster" / "oneroster" / "RO_20260401_480441.zip"


def run(bench: town.Bench) -> dict[str, Any]:
    """Import twice; count the rows that the second time changed."""
    town.measured()
    from django.core.management import call_command

    result: dict[str, Any] = {}
    for name in ("first", "second"):
        before = writes(bench)
        wall, cpu = time.perf_counter(), time.process_time()
        call_command("roster", "import", str(ROSTER), stdout=io.StringIO())
        result[f"{name}_wall_s"] = round(time.perf_counter() - wall, 2)
        result[f"{name}_cpu_s"] = round(time.process_time() - cpu, 2)
        result[f"{name}_rows_written"] = writes(bench) - before
    return result


def writes(bench: town.Bench) -> int:
    """Rows inserted, updated or deleted so far, all tables of the rooms but the trail and the log of imports."""
    with psycopg.connect(bench.urls.owner, autocommit=True) as db:
        db.execute("SELECT pg_stat_force_next_flush()")
        time.sleep(1.2)
        row = db.execute(
            "SELECT sum(n_tup_ins + n_tup_upd + n_tup_del) FROM pg_stat_user_tables"
            " WHERE relname ~ '^(access|tenancy|people|curriculum|attendance)_' OR relname = 'interop_sourcelink'"
        ).fetchone()
    return int(row[0]) if row and row[0] is not None else 0
