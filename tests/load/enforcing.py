"""What enforcement adds to a request: the same request through the whole chain, and through the same chain without it.

`with`: session, actor with posts, device and limits, the row of the pupil, Cedar's decision, its line in the trail, the
commit. `without`: session, account, one row by its key, the commit; no actor, no decision, no trail. They take turns in one
process; CPU is that of this process and of the PostgreSQL process at the other end (nanoseconds of /proc/PID/schedstat).
"""

import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.load import town
from tests.load.client import percentile

TURNS = 1500
WARM = 100


def run(bench: town.Bench) -> dict[str, Any]:
    """Measure a teacher who opens a record of class II of a pupil of the own class."""
    town.measured()
    from django.conf import settings
    from django.db import connection
    from django.test import Client, override_settings

    teacher = town.uid("teacher", 1, 0)
    (signed_in,) = town.sessions([teacher], "school")
    pupil = town.uid("pupil", 1, 0, 1)
    bare = [entry for entry in settings.MIDDLEWARE if not entry.endswith("EnforcementMiddleware")]
    hosts = ["testserver", *settings.ALLOWED_HOSTS]
    spent: dict[str, list[float]] = {"with": [], "without": []}
    clients: dict[str, tuple[Client, str, list[str]]] = {
        "with": (Client(), f"/probe/{pupil}/", list(settings.MIDDLEWARE)), "without": (Client(), f"/bare/{teacher}/", bare),
    }  # fmt: skip
    with override_settings(ROOT_URLCONF="tests.load.probe", ALLOWED_HOSTS=hosts):
        for client, _path, chain in clients.values():
            for name, value in (part.split("=", 1) for part in signed_in().split("; ")):
                client.cookies[name] = value
            with override_settings(MIDDLEWARE=chain):
                client.handler.load_middleware()
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_backend_pid()")
            both = spender(cursor.fetchone()[0])
        for turn in range(TURNS + WARM):
            for kind, (client, path, _) in clients.items():
                before = both()
                answer = client.get(path)
                took = both() - before
                if answer.status_code != 200 or answer.content != b"ok":
                    raise SystemExit(f"{path}: HTTP {answer.status_code}")
                if turn >= WARM:
                    spent[kind].append(took)
    added = [a - b for a, b in zip(spent["with"], spent["without"], strict=True)]
    return {
        "request_without_cpu_p50_ms": round(percentile(spent["without"], 0.5) * 1000, 2),
        "request_with_cpu_p50_ms": round(percentile(spent["with"], 0.5) * 1000, 2),
        "added_cpu_p50_ms": round(percentile(added, 0.5) * 1000, 2),
        "added_cpu_p99_ms": round(percentile(added, 0.99) * 1000, 2),
    }


def spender(backend: int) -> Callable[[], float]:
    """CPU seconds of this process and of a backend of PostgreSQL so far."""
    place = Path(f"/proc/{backend}/schedstat")
    own = time.process_time
    if not place.exists() or os.name != "posix":
        raise SystemExit("/proc/PID/schedstat is needed for this measurement")
    return lambda: own() + int(place.read_text().split()[0]) / 1e9
