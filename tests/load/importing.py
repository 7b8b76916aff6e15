"""`bin/bench import`: the largest roster into an empty instance by the command line, then the same file again."""

import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import psycopg

from minamo.config import cluster
from tests.load import town

ROOT = Path(__file__).resolve().parents[2]
ROSTER = ROOT / "tests" / "fixtures" / "roster" / "oneroster" / "RO_20260401_480441.zip"
DATABASE = "minamo_import"


def run(bench: town.Bench) -> dict[str, Any]:
    """Import twice; count the rows that each time wrote. Times include the start of Python."""
    with psycopg.connect(bench.urls.admin, autocommit=True) as admin:
        admin.execute(f"DROP DATABASE IF EXISTS {DATABASE} WITH (FORCE)")
        cluster.create_database(admin, DATABASE)
    owner = cluster.renamed(bench.urls.owner, DATABASE)
    environment = bench.environment | {
        "DATABASE_URL": cluster.renamed(bench.urls.app, DATABASE),
        "MINAMO_OWNER_DATABASE_URL": owner,
    }
    command(environment, "migrate", "--verbosity", "0", "--skip-checks")
    result: dict[str, Any] = {}
    for name in ("first", "second"):
        before, cpu, wall = writes(owner), os.times().children_user, time.perf_counter()
        command(environment, "roster", "import", str(ROSTER))
        result[f"{name}_wall_s"] = round(time.perf_counter() - wall, 2)
        result[f"{name}_python_cpu_s"] = round(os.times().children_user - cpu, 2)
        result[f"{name}_rows_written"] = writes(owner) - before
    return result


def command(environment: dict[str, str], *words: str) -> None:
    """One management command."""
    quiet = subprocess.DEVNULL
    subprocess.run([sys.executable, "-m", "minamo", *words], env=environment, cwd=ROOT, check=True, stdout=quiet)


def writes(owner: str) -> int:
    """Rows inserted, updated or deleted so far, all tables of the rooms but the trail and the log of imports."""
    time.sleep(1.2)  # statistics reach the shared counters when a backend ends
    with psycopg.connect(owner, autocommit=True) as db:
        row = db.execute(
            "SELECT sum(n_tup_ins + n_tup_upd + n_tup_del) FROM pg_stat_user_tables"
            " WHERE relname ~ '^(access|tenancy|people|curriculum|attendance)_' OR relname = 'interop_sourcelink'"
        ).fetchone()
    return int(row[0]) if row and row[0] is not None else 0
