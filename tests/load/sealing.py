"""`bin/bench audit`: rows per second appended in business transactions, sealed, verified; tamperings found and located."""

import multiprocessing
import os
import shutil
import subprocess
import sys
import time
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import psycopg

from minamo.config import cluster
from tests.load import appending
from tests.load.goals import missed

T = TypeVar("T")
ROOT = Path(__file__).resolve().parents[2]
NAME = "minamo_bench_audit"
ROWS = 500_000
SMALL = 300
TRIALS = 10_000
MANY = """
    INSERT INTO audit_entry (municipality_id, school_id, actor_id, actor_kind, actor_label, device_id, action, resource_type,
        resource_id, pupil_id, outcome, rules, policy_digest, detail)
    SELECT %s, md5((n %% 12)::text)::uuid, md5((n %% 300)::text)::uuid, 'staff', '原澤 美咲', md5((n %% 300)::text)::uuid,
        'pupil:read', 'Pupil', md5(n::text)::uuid::text, md5(n::text)::uuid, 'allow', '{people.pupil-own-school}',
        repeat('a', 64), jsonb_build_object('day', '2026-11-24', 'n', n)
    FROM generate_series(1, %s) AS n
"""


def run(var: Path, trials: int = TRIALS) -> dict[str, Any]:
    """Everything in a fresh database (dropped at the end)."""
    server, urls = cluster.start(var)
    os.environ |= {
        "MINAMO_VAR": str(var), "DJANGO_SETTINGS_MODULE": "minamo.config.settings",
        "DATABASE_URL": cluster.renamed(urls.app, NAME), "MINAMO_OWNER_DATABASE_URL": cluster.renamed(urls.owner, NAME),
    }  # fmt: skip
    with psycopg.connect(urls.admin, autocommit=True) as admin:
        admin.execute(f'DROP DATABASE IF EXISTS "{NAME}" WITH (FORCE)')
        cluster.create_database(admin, NAME)
        subprocess.run(
            [sys.executable, "-m", "minamo", "migrate", "--verbosity", "0", "--skip-checks"], check=True, cwd=ROOT
        )
        try:
            shutil.rmtree(var / "witness", ignore_errors=True)  # what the sealer remembers of a former run's trees
            pool, pid = multiprocessing.get_context("spawn"), server.get_pid()
            if pid is None:
                raise SystemExit("PostgreSQL does not run under this bench")
            result = appending.append(pool, pid) | appending.seal_lag(pool)
            with pool.Pool(1) as one:
                result |= one.apply(seal_and_verify, (ROWS, pid))
            result |= tamper(pool, trials)
        finally:
            admin.execute(f'DROP DATABASE IF EXISTS "{NAME}" WITH (FORCE)')
    least = {"append_events_per_s": 2000, "seal_rows_per_s": 20_000, "verify_rows_per_s": 100_000}
    result["goals_missed"] = missed(result, least=least, most={"seal_age_max_s": 1, "seal_batch_rows_max": 1000})
    return result | {"good": result["tamper_found"] == result["tamper_located"] == trials}


def seal_and_verify(rows: int, postgres: int) -> dict[str, Any]:
    """Seal what the writers left and half a million rows more; verify all of it, signatures included. Rates stand by the clock
    and by the CPU of both sides (they take turns, so on an idle machine the two agree)."""
    import django

    django.setup()
    from minamo.audit.seal import seal_all
    from minamo.audit.verify import verify

    seal_all()
    with psycopg.connect(os.environ["MINAMO_OWNER_DATABASE_URL"], autocommit=True) as db:
        db.execute(MANY, [uuid.uuid5(uuid.NAMESPACE_OID, "town"), rows])
        db.execute("VACUUM ANALYZE audit_entry")
    sealed, sealing, seal_cpu = timed(seal_all, postgres)
    report, verifying, verify_cpu = timed(verify, postgres)
    if not report.ok or report.unsealed:
        raise SystemExit(f"the sealed trail does not verify: {report.problems[:3]}, unsealed {report.unsealed}")
    return {
        "seal_rows": sealed, "seal_rows_per_s": round(sealed / sealing), "seal_rows_per_cpu_s": round(sealed / seal_cpu),
        "verify_rows": report.rows, "verify_signatures": sum(log.checkpoints for log in report.logs),
        "verify_rows_per_s": round(report.rows / verifying), "verify_rows_per_cpu_s": round(report.rows / verify_cpu),
    }  # fmt: skip


def timed(work: Callable[[], T], postgres: int) -> tuple[T, float, float]:
    """What came of it, seconds by the clock, CPU seconds of this process and PostgreSQL."""
    before = appending.server_times(postgres)
    began, cpu = time.perf_counter(), time.process_time()
    result = work()
    took, own = time.perf_counter() - began, time.process_time() - cpu
    return result, took, own + appending.server_cpu(before, postgres)


def tamper(pool: Any, trials: int) -> dict[str, Any]:
    """Random alterations of a small sealed trail by the owner of the tables, two processes."""
    os.environ["DATABASE_URL"] = os.environ["MINAMO_OWNER_DATABASE_URL"]
    with pool.Pool(1) as one:
        one.apply(_small)
    with pool.Pool(2) as two:
        parts = two.starmap(_trials, [(1, trials // 2), (2, trials - trials // 2)], chunksize=1)
    missed = [miss for _, _, misses in parts for miss in misses]
    return {"tamper_trials": trials, "tamper_found": sum(p[0] for p in parts), "tamper_located": sum(p[1] for p in parts),
            "tamper_missed": missed[:10]}  # fmt: skip


def _small() -> None:
    """A trail small enough to verify thousands of times."""
    import django

    django.setup()
    from django.db import connection

    from minamo.audit import seal

    seal.BATCH = 25
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE audit_entry, audit_batch, audit_node, audit_head, audit_cursor, audit_key,"
                       " audit_cosignature, audit_log")  # fmt: skip
        shutil.rmtree(Path(os.environ["MINAMO_VAR"]) / "witness", ignore_errors=True)
        for town in ("town", "village"):
            cursor.execute(MANY, [uuid.uuid5(uuid.NAMESPACE_OID, town), SMALL // 2])
    seal.seal_all()


def _trials(seed: int, count: int) -> tuple[int, int, list[str]]:
    import django

    django.setup()
    from tests.load.tampering import Insider, trial

    insider = Insider(seed)
    found = located = 0
    missed = []
    for _ in range(count):
        act, seen, named = trial(insider)
        found += seen
        located += named
        if not named:
            missed.append(f"{act.name} {sorted(act.entries)[:3]}")
    return found, located, missed
