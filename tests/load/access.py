"""`bin/bench access`: decisions per second on one core (schema-validated), the price of a compiled list filter, what enforcement adds
to a request (enforcing.py), what counting adds (pacing.py), and lists of 50 out of 240,000 rows (listing.py)."""

import time
from typing import Any

from tests.load import enforcing, listing, pacing, town
from tests.load.client import percentile
from tests.load.goals import missed

COUNT = 5000


def run(bench: town.Bench) -> dict[str, Any]:
    """All of it."""
    figures = decisions() | enforcing.run(bench) | pacing.run(bench) | listing.run(bench)
    most = {"added_cpu_p50_ms": 2, "added_cpu_p99_ms": 8, "list_of_50_p95_ms": 20}
    return figures | {"goals_missed": missed(figures, least={"decisions_per_cpu_s": 2500}, most=most)}


def decisions() -> dict[str, Any]:
    """Decide about many pupils and compile many filters."""
    town.measured()
    import datetime as dt

    from minamo.access.actor import Actor
    from minamo.access.api import Resource, resource_type
    from minamo.access.compile import visible_q
    from minamo.access.pdp import decide

    now = dt.datetime.now(dt.UTC)
    actor = Actor(
        account_id=town.uid("teacher", 1, 0), kind="staff", label="", side="school", device_id=None, strength=2,
        device_state="trusted", device_proved_at=now, authenticated_at=now, today=now.date(), now=now,
        relations={"municipalities": frozenset([str(town.uid("town"))]), "serves": frozenset([str(town.uid("school", 1))]),
                   "homerooms": frozenset([str(town.uid("class", 1, 0))])},
    )  # fmt: skip
    kind = resource_type("Pupil")
    spent: list[float] = []
    allowed = 0
    for number in range(COUNT):
        values = {
            "municipality": town.uid("town"),
            "school": town.uid("school", number % 10 + 1),
            "homeroom": town.uid("class", 1, number % 12),
        }
        resource = Resource("Pupil", str(town.uid("p", number)), values, kind)
        began = time.process_time()
        allowed += decide(actor, "pupil:contacts" if number % 2 else "pupil:read", resource).allowed
        spent.append(time.process_time() - began)
    began = time.process_time()
    for _ in range(1000):
        visible_q(actor, "pupil:read", kind)
    return {
        "decisions_per_cpu_s": round(COUNT / sum(spent)),
        "decision_cpu_p50_ms": round(percentile(spent, 0.5) * 1000, 3),
        "decision_cpu_p99_ms": round(percentile(spent, 0.99) * 1000, 3),
        "allowed_share": round(allowed / COUNT, 2),
        "filter_compile_cpu_ms": round(time.process_time() - began, 3),
    }
