"""封 (sealing): one sealer orders rows that can no longer change place and appends them to the trees.

Writers never wait for it. A row may be sealed when its transaction is older than every running one
(`pg_snapshot_xmin`): then all rows of smaller (xid, id) are decided, so the order is final and none can slip in before.
An advisory lock keeps a second sealer out. Each batch (at most 1,000 rows of one log) ends with a signed checkpoint.
"""

import datetime as dt
import logging
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple
from urllib.parse import urlsplit
from uuid import UUID

import psycopg
from django.conf import settings
from django.db import DatabaseError, connection, transaction

from minamo.audit import canonical, notes
from minamo.audit.arrays import bigints
from minamo.audit.keys import KeyTrouble
from minamo.audit.memory import MemoryTrouble
from minamo.audit.merkle import Frontier
from minamo.audit.own_memory import OwnMemory
from minamo.audit.publish import signer_of
from minamo.kernel import clock

logger = logging.getLogger(__name__)
BATCH = 1_000
ROUND = 10_000
PAUSE = 0.8  # seconds between rounds when there was nothing more to do: a row is sealed within about a second
LOCK = 0x6D696E616D6F  # the sealer's advisory lock ("minamo")
STORED_LEVELS = 8  # every eighth level of the tree is stored
LAST = 2**63 - 1

_LEAF = f"sha256('\\x00'::bytea || convert_to({canonical.SQL[canonical.CURRENT]}, 'UTF8'))"
_AT = canonical.readable("e.at")  # whoever may write a row must not be able to stop the sealer with it
_PENDING = f"""
    SELECT e.id, e.xid, e.municipality_id, {_AT}, {_LEAF} FROM audit_entry e
    WHERE e.id > %s AND (e.xid, e.id) > (%s, %s) AND e.xid < %s ORDER BY e.xid, e.id LIMIT %s
"""
_KEEP = "INSERT INTO audit_batch VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s::bigint[], %s, %s, %s, %s)"
_FORGOTTEN = f"""
    SELECT e.id, e.xid, e.municipality_id, {_AT}, {_LEAF} FROM audit_entry e
    WHERE NOT EXISTS (SELECT 1 FROM (SELECT unnest(entries) AS id FROM audit_batch) s WHERE s.id = e.id) ORDER BY e.id
"""


class Row(NamedTuple):
    """One row on its way into a tree."""

    id: int
    xid: int
    municipality_id: UUID | None
    at: dt.datetime
    leaf: bytes


@dataclass(frozen=True)
class Log:
    """台帳: one tree."""

    id: int
    municipality_id: UUID | None
    origin: str


@dataclass(frozen=True)
class Position:
    """Everything up to (xid, entry) is sealed, and everything up to the id `floor` whatever its xid."""

    cluster: int
    floor: int
    xid: int
    entry: int


def as_sealer() -> None:
    """Open all municipalities to the sealer or the verifier, for the rest of the transaction."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('minamo.sealer', 'on', true)")


def seal_all() -> int:
    """Seal everything that can be sealed now; returns how many rows. Another sealer at work means 0."""
    total = 0
    while sealed := seal_round():
        total += sealed
        if sealed < ROUND:
            break
    return total


def seal_round(limit: int = ROUND) -> int:
    """One transaction: at most `limit` rows into batches with checkpoints; returns how many."""
    with transaction.atomic():
        as_sealer()
        if not _alone():
            return 0
        own = OwnMemory()
        count = _seal(limit, own)
    own.keep()
    return count


def _seal(limit: int, own: OwnMemory) -> int:
    position, horizon, cluster = _position()
    if position.cluster != cluster:
        return _resume_after_restore(cluster, own)
    rows = _pending(position, horizon, limit)
    if not rows:
        return 0
    _append(rows, own)
    end = (rows[-1].xid, rows[-1].id) if len(rows) == limit else (horizon - 1, LAST)
    _move(Position(cluster, position.floor, *end))
    return len(rows)


def _alone() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [LOCK])
        return bool(cursor.fetchone()[0])


def _position() -> tuple[Position, int, int]:
    """Where the sealer stands, the oldest running transaction, and which cluster this is."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint, system_identifier"
                       " FROM pg_control_system()")  # fmt: skip
        horizon, cluster = cursor.fetchone()
        cursor.execute("SELECT cluster, floor, xid, entry FROM audit_cursor")
        row = cursor.fetchone()
    return (Position(*row) if row else Position(cluster, 0, 0, 0)), horizon, cluster


def _resume_after_restore(cluster: int, own: OwnMemory) -> int:
    """復元のあと: numbers of transactions began anew. Seal what is not sealed, then go on from the last id."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT audit_hold_writers()")
        floor = cursor.fetchone()[0]
    rows = _read(_FORGOTTEN, [])
    _append(rows, own)
    _move(Position(cluster, floor, 0, 0))
    logger.warning("sealing goes on in another database cluster (restored): %d rows caught up", len(rows))
    return len(rows)


def _pending(position: Position, horizon: int, limit: int) -> list[Row]:
    """What comes next, read in the order of the index. Left to itself the planner takes the rows behind a position for few (no
    statistics reach the newest transactions) and sorts all of them, every round anew."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_sort = off")
        rows = _read(_PENDING, [position.floor, position.xid, position.entry, horizon, limit])
        cursor.execute("SET LOCAL enable_sort TO DEFAULT")
    return rows


def _read(statement: str, arguments: Sequence[Any]) -> list[Row]:
    connection.ensure_connection()
    own = psycopg.Cursor(connection.connection, row_factory=lambda _: Row._make)
    with connection.wrap_database_errors, own as cursor:  # not Django's: results in binary are several times as fast
        cursor.execute(statement, arguments, binary=True)
        return cursor.fetchall()


def _append(rows: Sequence[Row], own: OwnMemory) -> None:
    by_log: dict[UUID | None, list[Row]] = {}
    for row in rows:
        by_log.setdefault(row.municipality_id, []).append(row)
    logs = _logs(by_log)
    now = clock.now()
    for municipality, part in by_log.items():
        _append_to(logs[municipality], part, now, own)


def _append_to(log: Log, rows: Sequence[Row], now: dt.datetime, own: OwnMemory) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT size, frontier FROM audit_head WHERE log_id = %s", [log.id])
        size, packed = cursor.fetchone()
        frontier = Frontier.of(size, bytes(packed))
        own.look(log.id, log.origin, frontier)
        signer = signer_of(log.id, log.origin, now)
        batches, nodes = [], []
        for start in range(0, len(rows), BATCH):
            part = rows[start : start + BATCH]
            first = frontier.size
            nodes += [(log.id, *node) for node in frontier.extend([row.leaf for row in part], STORED_LEVELS)]
            checkpoint = notes.Checkpoint(log.origin, frontier.size, frontier.root())
            signature = notes.sign(signer, checkpoint)
            batches.append((
                log.id, first, frontier.size, log.municipality_id, canonical.CURRENT, now, min(r.at for r in part),
                max(r.at for r in part), bigints(r.id for r in part), b"".join(r.leaf for r in part), checkpoint.root,
                signature.key_id, signature.value,
            ))  # fmt: skip
        cursor.executemany(_KEEP, batches)
        if nodes:
            cursor.executemany("INSERT INTO audit_node VALUES (%s, %s, %s, %s)", nodes)
        cursor.execute(
            "UPDATE audit_head SET size = %s, frontier = %s WHERE log_id = %s",
            [frontier.size, frontier.packed(), log.id],
        )
        own.add(notes.Checkpoint(log.origin, frontier.size, frontier.root()), signer.verifier)


def _move(to: Position) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO audit_cursor (cluster, floor, xid, entry, moved_at) VALUES (%s, %s, %s, %s, %s) ON CONFLICT (one)"
            " DO UPDATE SET (cluster, floor, xid, entry, moved_at) ="
            " (excluded.cluster, excluded.floor, excluded.xid, excluded.entry, excluded.moved_at)",
            [to.cluster, to.floor, to.xid, to.entry, clock.now()],
        )


def logs() -> list[Log]:
    """All trees, the oldest first."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT id, municipality_id, origin FROM audit_log ORDER BY id")
        return [Log(*row) for row in cursor.fetchall()]


def _logs(wanted: dict[UUID | None, list[Row]]) -> dict[UUID | None, Log]:
    known = {log.municipality_id: log for log in logs()}
    missing = wanted.keys() - known.keys()
    if missing:
        codes = towns()
        for municipality in sorted(missing, key=str):
            known[municipality] = _open(municipality, codes)
    return known


def towns() -> dict[UUID, tuple[str, str]]:
    """Municipalities by id: code and name, in the order of the codes."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT id, code, name FROM audit_towns()")
        return {row[0]: (row[1], row[2]) for row in cursor.fetchall()}


def _open(municipality: UUID | None, codes: dict[UUID, tuple[str, str]]) -> Log:
    """A log of its own, named 「host/code」 once and for all."""
    host = settings.AUDIT_ORIGIN or urlsplit(settings.PUBLIC_URL).hostname
    name = "instance" if municipality is None else codes.get(municipality, (str(municipality), ""))[0]
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO audit_log (municipality_id, origin, opened_at) VALUES (%s, %s, %s) RETURNING id",
            [municipality, f"{host}/{name}", clock.now()],
        )
        log = Log(cursor.fetchone()[0], municipality, f"{host}/{name}")
        cursor.execute("INSERT INTO audit_head (log_id) VALUES (%s)", [log.id])
    return log


def keep_sealing(stop: threading.Event) -> None:
    """封をし続ける: the loop that runs beside the worker's jobs. Trouble is logged and tried again, never passed over."""
    while not stop.wait(PAUSE):
        try:
            seal_all()
        except (DatabaseError, KeyTrouble, MemoryTrouble, OSError) as error:
            told = isinstance(error, (KeyTrouble, MemoryTrouble))
            logger.error("sealing failed: %s", error if told else type(error).__name__)
            connection.close()
            stop.wait(5)
    connection.close()
