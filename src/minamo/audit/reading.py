"""読み出し (reading) of what was sealed: batches in order with the canonical bytes of their rows, for verification and export."""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import psycopg
from django.db import connection

from minamo.audit import canonical
from minamo.audit.arrays import bigints
from minamo.audit.judge import BATCH_COLUMNS, Batch

AT_ONCE = 20_000
PACKED = 16_384  # bytes of a line; longer ones come by themselves, so that no array outgrows what PostgreSQL can hold
_BATCHES = f"""
    SELECT {BATCH_COLUMNS}
    FROM audit_batch WHERE log_id = %s ORDER BY first
"""
Lines = dict[int, bytes]


def groups_with_rows(log_id: int) -> Iterator[tuple[list[Batch], Lines]]:
    """Batches of a log in order, about AT_ONCE leaves at a time, and their rows. While the caller hashes one group, PostgreSQL already
    works on the next, on the same connection: the caller asks it nothing until all groups are read."""
    connection.ensure_connection()
    own = connection.connection
    groups = _groups(own, log_id)

    def following() -> tuple[list[Batch], Lines]:
        group = next(groups, [])
        return group, _rows(own, group)

    with ThreadPoolExecutor(1, "audit-reading") as reader:
        coming = reader.submit(following)
        while True:
            with connection.wrap_database_errors:  # troubles are Django's, as everybody expects them
                found = coming.result()
            if not found[0]:
                return
            coming = reader.submit(following)
            yield found


def rows_of(group: Sequence[Batch]) -> Lines:
    """Canonical bytes of the rows of these batches, by id."""
    connection.ensure_connection()
    with connection.wrap_database_errors:
        return _rows(connection.connection, group)


def _groups(own: psycopg.Connection, log_id: int) -> Iterator[list[Batch]]:
    group: list[Batch] = []
    leaves = 0
    with psycopg.ServerCursor(own, "audit_batches") as cursor:
        cursor.execute(_BATCHES, [log_id], binary=True)
        while some := cursor.fetchmany(100):
            for row in some:
                group.append(Batch.of(row))
                leaves += len(group[-1].entries)
                if leaves >= AT_ONCE:
                    yield group
                    group, leaves = [], 0
    if group:
        yield group


def _rows(own: psycopg.Connection, group: Sequence[Batch]) -> Lines:
    found: Lines = {}
    for version in {batch.encoding for batch in group}:
        line = canonical.SQL.get(version)
        if line is None:
            continue
        some = [batch for batch in group if batch.encoding == version]
        entries = [entry for batch in some for entry in batch.entries if entry is not None]  # None: by somebody's hand
        text = f"SELECT e.id, convert_to({line}, 'UTF8') AS line FROM audit_entry e WHERE e.id = ANY(%s::bigint[])"
        packed = f"""
            SELECT array_agg(r.id), array_agg(r.line) FROM ({text} AND e.at BETWEEN %s AND %s OFFSET 0) r
            WHERE octet_length(r.line) <= {PACKED}
        """
        within = [min(batch.earliest for batch in some), max(batch.latest for batch in some)]
        [(ids, lines)] = _fetch(own, packed, [bigints(entries), *within])
        found |= zip(ids or (), lines or (), strict=True)
        rest = [entry for entry in entries if entry not in found]
        if rest:  # long, or moved in time, perhaps into another month
            found |= _fetch(own, text, [bigints(rest)])
    return found


def _fetch(own: psycopg.Connection, statement: str, arguments: Sequence[Any]) -> list[tuple[Any, Any]]:
    with psycopg.Cursor(own) as cursor:  # not Django's: results in binary are three times as fast
        cursor.execute(statement, arguments, binary=True)
        return cursor.fetchall()
