"""What counting adds to a request: at the door (every request, memory only) and for a costly act (three statements).

CPU is that of this process and of the PostgreSQL process at the other end, as in enforcing.py.
"""

from typing import Any

from tests.load import enforcing, town
from tests.load.client import percentile

DOORS, ACTS = 20_000, 1_000


def run(bench: town.Bench) -> dict[str, Any]:
    """A teacher's requests, one after the other."""
    town.measured()
    from django.conf import settings
    from django.db import connection, transaction
    from django.http import HttpRequest
    from django.test import RequestFactory, override_settings

    from minamo.access import pacing

    teacher = str(town.uid("teacher", 1, 0))
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        both = enforcing.spender(cursor.fetchone()[0])

    def request() -> HttpRequest:
        made = RequestFactory().get("/", REMOTE_ADDR="10.0.0.1")
        made.session = {"_auth_user_id": teacher}  # type: ignore[assignment]  # the chain has loaded it before
        made.COOKIES[settings.SESSION_COOKIE_NAME] = "x"
        return made

    doors, acts = [], []
    with override_settings(PACE="person=1000000/60 export=1000000/60"):
        for _ in range(DOORS // 100):
            asked = [request() for _ in range(100)]
            before = both()
            for one in asked:
                if pacing.at_the_door(one, lambda _: None) is not None:
                    raise SystemExit("refused at the door")
            doors.append((both() - before) / 100)
        for _ in range(ACTS):
            one = request()
            before = both()
            with transaction.atomic():
                if pacing.slow_down(one, "export") is not None:
                    raise SystemExit("refused")
            pacing.settle(one)
            acts.append(both() - before)
    return {
        "pace_door_cpu_p50_us": round(percentile(doors, 0.5) * 1e6, 1),
        "pace_door_cpu_p99_us": round(percentile(doors, 0.99) * 1e6, 1),
        "pace_costly_act_cpu_p50_ms": round(percentile(acts, 0.5) * 1000, 2),
        "pace_costly_act_cpu_p99_ms": round(percentile(acts, 0.99) * 1000, 2),
    }
