"""The writers of `bin/bench audit`: rows appended in business transactions, in the shape of the web, and how soon they are sealed.

Eight writers are two processes with four threads each, as `config/pages.py` runs them: a connection and prepared statements
per thread, the heap of the loaded program frozen. Each transaction changes an account through the ORM and appends its row;
every commit waits for the disk. A machine that also works for others gives a low rate, so the CPU of an event is printed too
(writers and PostgreSQL together), what two cores carry by it, and the share of the machine these processes got.
"""

import gc
import os
import threading
import time
import uuid
from collections.abc import Mapping
from contextlib import suppress
from functools import partial
from typing import Any

import psutil
import psycopg

from tests.load.client import percentile

PROCESSES, THREADS = 2, 4
WARM = 100
SECONDS = 8.0
CORES = 2
CALM_RATE, CALM_SECONDS = 200, 10.0  # a busy morning of a town, while the sealer runs
LAG = """
    SELECT extract(epoch FROM b.sealed_at - e.at)::float8, cardinality(b.entries) FROM audit_batch b
    CROSS JOIN LATERAL unnest(b.entries) AS one(id) JOIN audit_entry e ON e.id = one.id WHERE e.at >= %s
"""


def share(gate: Any) -> None:
    """Give a new process the barrier at which all begin."""
    globals()["_gate"] = gate


def append(pool: Any, postgres: int) -> dict[str, Any]:
    """Eight writers for some seconds, and the same without a row in the trail: the floor of this machine today. `postgres` is the
    server's process."""
    floor = _written(pool, postgres, trail=False)
    found = _written(pool, postgres, trail=True)
    return {
        "append_writers": PROCESSES * THREADS,
        "floor_transactions_without_a_row_per_s": floor["events_per_s"],
        **{f"append_{name}": value for name, value in found.items()},
        "append_share_of_floor": round(found["events_per_s"] / floor["events_per_s"], 2),
    }


def _written(pool: Any, postgres: int, *, trail: bool) -> dict[str, Any]:
    gate = pool.Barrier(PROCESSES + 1)
    with pool.Pool(PROCESSES, initializer=share, initargs=(gate,)) as writers:
        parts = writers.map_async(partial(_write, trail=trail), range(PROCESSES), chunksize=1)
        gate.wait(120)
        before, busy = server_times(postgres), _busy()
        time.sleep(SECONDS - 0.2)  # while every backend still lives
        spent, machine = server_cpu(before, postgres), _busy() - busy
        done = parts.get(120)
    events, python = sum(p[0] for p in done), sum(p[1] for p in done)
    each = (python + spent * SECONDS / (SECONDS - 0.2)) / events
    return {
        "events_per_s": round(events / SECONDS),
        "cpu_ms_per_event": round(each * 1000, 3),
        "cpu_ms_postgresql": round(spent / events * 1000, 3),
        "events_per_s_by_cpu_of_2_cores": round(CORES / each),
        "share_of_busy_cpu": round(min(1.0, each * events / max(machine, 0.01)), 2),
    }


def _write(number: int, *, trail: bool) -> tuple[int, float]:
    """One process: events of its threads, and the CPU seconds of all of them."""
    import django

    django.setup()
    from minamo.access.api import Account, system_actor
    from minamo.kernel import clock

    town, now = uuid.uuid5(uuid.NAMESPACE_OID, "town"), clock.now()
    actor = system_actor(town, now=now, today=now.date())
    accounts = [
        Account.objects.create(login_id=f"writer-{number}-{n}-{trail}", kind="staff", label="測定").pk
        for n in range(THREADS)
    ]
    counts = [0] * THREADS
    ready, begin = threading.Barrier(THREADS + 1), threading.Barrier(THREADS + 1)

    def one(n: int) -> None:
        for count in range(WARM):
            event(actor, town, accounts[n], count, trail=trail)
        ready.wait()
        begin.wait()
        until = time.perf_counter() + SECONDS
        while time.perf_counter() < until:
            event(actor, town, accounts[n], counts[n], trail=trail)
            counts[n] += 1

    threads = [threading.Thread(target=one, args=(n,)) for n in range(THREADS)]
    for thread in threads:
        thread.start()
    ready.wait()
    gc.collect()
    gc.freeze()
    globals()["_gate"].wait(120)
    used = time.process_time()
    begin.wait()
    for thread in threads:
        thread.join()
    return sum(counts), time.process_time() - used


def event(actor: Any, town: uuid.UUID, account: uuid.UUID, count: int, *, trail: bool = True) -> None:
    """One business transaction: a changed row and its line in the trail."""
    from django.db import transaction

    from minamo.access.api import Account
    from minamo.audit.api import append as append_row

    with transaction.atomic():
        Account.objects.filter(pk=account).update(label=f"測定 {count}")
        if trail:
            append_row(actor=actor, action="own:manage", resource_type="Own", resource_id=str(account), municipality=town,
                       rules=("access.own",), detail={"count": count})  # fmt: skip


def seal_lag(pool: Any) -> dict[str, Any]:
    """How old a row is when its checkpoint is signed, while the sealer of the worker runs beside a steady writer."""
    with pool.Pool(1) as one:
        return dict(one.apply(_seal_beside))


def _seal_beside() -> dict[str, Any]:
    import django

    django.setup()
    from minamo.access.api import Account, system_actor
    from minamo.audit.seal import BATCH, keep_sealing, seal_all
    from minamo.kernel import clock

    seal_all()
    town, now = uuid.uuid5(uuid.NAMESPACE_OID, "town"), clock.now()
    actor = system_actor(town, now=now, today=now.date())
    account = Account.objects.create(login_id="writer-calm", kind="staff", label="測定").pk
    stop = threading.Event()
    sealer = threading.Thread(target=keep_sealing, args=(stop,))
    sealer.start()
    began, count = time.perf_counter(), 0
    while (late := time.perf_counter() - began) < CALM_SECONDS:
        if count < late * CALM_RATE:
            event(actor, town, account, count)
            count += 1
        else:
            time.sleep(0.002)
    time.sleep(2.5)
    stop.set()
    sealer.join()
    with psycopg.connect(os.environ["MINAMO_OWNER_DATABASE_URL"]) as db:
        rows = db.execute(LAG, [now]).fetchall()
    if len(rows) < count:
        raise SystemExit(f"{count - len(rows)} of {count} rows were not sealed 2.5 s later")
    ages = [row[0] for row in rows]
    return {
        "seal_age_rows": len(rows), "seal_age_p50_s": round(percentile(ages, 0.5), 2),
        "seal_age_max_s": round(max(ages), 2), "seal_batch_rows_max": max(row[1] for row in rows), "seal_batch_limit": BATCH,
    }  # fmt: skip


def server_times(pid: int) -> dict[int, float]:
    """CPU seconds so far of PostgreSQL and of each of its backends that lives."""
    server = psutil.Process(pid)
    found = {}
    for process in (server, *server.children(recursive=True)):
        with suppress(psutil.NoSuchProcess):
            times = process.cpu_times()
            found[process.pid] = times.user + times.system
    return found


def server_cpu(before: Mapping[int, float], pid: int) -> float:
    """CPU seconds of PostgreSQL since `before`, of the backends that live; what others did that have ended meanwhile is no one's."""
    return sum(spent - before.get(one, 0.0) for one, spent in server_times(pid).items())


def _busy() -> float:
    """CPU seconds this machine has worked, for whomever."""
    times = psutil.cpu_times()
    return float(sum(times) - times.idle - times.iowait - times.guest - times.guest_nice)
