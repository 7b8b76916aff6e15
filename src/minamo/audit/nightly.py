"""夜の検証 (nightly verification): the judgement of `audit verify` over the whole trail, kept for each municipality.

The result is no proof by itself (who owns the tables can change it as well): it is told to people whom nobody else tells. What
belongs to no municipality is a count that every board sees, without rows.
"""

import json
import logging
from collections.abc import Iterable
from dataclasses import asdict
from typing import Any

from django.db import connection, transaction

from minamo.audit.checked import Finding
from minamo.audit.judge import Problem
from minamo.audit.seal import as_sealer, towns
from minamo.audit.verify import LogReport, Report, verify
from minamo.kernel import clock

logger = logging.getLogger(__name__)
KEPT = 20  # findings written out; the count says how many there are


def check_all() -> int:
    """Verify everything and keep what was found; returns how many findings. Rows are read in portions (verify.py)."""
    now = clock.now()
    report = verify()
    logs = {log.municipality: log for log in report.logs}
    every = [(key, _row(report, logs.get(str(key)), code)) for key, (code, _) in towns().items()]
    rows = [(key, *row) for key, row in every if row is not None]
    own = {origin for _, origin, _ in rows}
    elsewhere = sum(count for origin, count in report.found.items() if origin not in own)
    with transaction.atomic():
        as_sealer()
        with connection.cursor() as cursor:
            cursor.executemany(
                "INSERT INTO audit_check (municipality_id, at, elsewhere, found, size, root, grounded, findings)"
                " VALUES (%s, %s, %s, %s, %s, %s, %s, %s)",
                [[key, now, elsewhere, report.found.get(origin, 0), *kept] for key, origin, kept in rows],
            )
    for problem in report.problems:
        logger.error(
            "the trail does not verify: %s, row %s, %s", problem.log or "-", problem.entry or "-", problem.kind
        )
    return report.problem_count


def _row(report: Report, log: LogReport | None, code: str) -> tuple[str, list[Any]] | None:
    """Origin and what is kept; None for a municipality of which nothing was ever sealed."""
    lost = next((origin for origin in report.found if origin.endswith(f"/{code}")), None)
    origin = log.origin if log else lost
    if origin is None:
        return None
    findings = json.dumps([asdict(one) for one in _findings(report.problems, origin)], ensure_ascii=False)
    grounded = log is not None and bool(log.pinned) and bool(log.memories)
    return origin, [log.size if log else 0, log.root if log else "", grounded, findings]


def _findings(problems: Iterable[Problem], origin: str) -> list[Finding]:
    own = [problem for problem in problems if problem.log == origin][:KEPT]
    return [
        Finding(one.text, one.entry, one.standing.at, one.standing.action, one.standing.who)
        if one.standing
        else Finding(one.text, one.entry)
        for one in own
    ]
