"""Sealing in tests: other test processes share the cluster, and their open transactions hold the sealer back."""

import time

from django.db import connection

from minamo.audit import seal


def settle() -> None:
    """Wait until every transaction that has begun by now is over. Raises TimeoutError after a minute."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_snapshot_xmax(pg_current_snapshot())::text::bigint")
        until = cursor.fetchone()[0]
        for _ in range(3000):
            cursor.execute("SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint")
            if cursor.fetchone()[0] >= until:
                return
            time.sleep(0.02)
    raise TimeoutError("a transaction of another process does not end")


def seal_all() -> int:
    """Seal everything written so far; returns how many rows."""
    settle()
    return seal.seal_all()


def seal_round(limit: int = seal.ROUND) -> int:
    """One round over what is written so far."""
    settle()
    return seal.seal_round(limit)
