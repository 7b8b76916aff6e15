"""`bin/bench differential`: Cedar, the compiled SQL and row-level security on a million decisions (the nightly size)."""

import random
import resource
from typing import Any

from tests.load import town

SCALE = 2
SHOWN = 20


class RolledBack(Exception):
    """Ends the transaction without a trace."""


def run(bench: town.Bench, *, decisions: int, seed: int) -> dict[str, Any]:
    """Compare, roll back, report. `good` is false on any mismatch or when less than a fifth is allowed."""
    town.measured()
    from django.db import transaction

    from tests.access_matrix.differential import Outcome, Town, compare

    outcome = Outcome()
    try:
        with transaction.atomic():
            rng = random.Random(seed)
            outcome = compare(Town(rng, SCALE), rng, decisions)
            raise RolledBack
    except RolledBack:
        pass
    return {
        "good": not outcome.mismatches and outcome.allowed_share >= 0.2,
        "seed": seed,
        "decisions": outcome.decisions,
        "allowed_share": round(outcome.allowed_share, 3),
        "mismatches": len(outcome.mismatches),
        "first_mismatches": outcome.mismatches[:SHOWN],
        "asked_of_cedar": outcome.asked,
        "cedar_cpu_s": round(outcome.cedar_cpu_s, 1),
        "cpu_s": round(outcome.cpu_s, 1),
        "peak_memory_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
    }
