"""チェックポイントを読む: the signed notes of a log, with what witnesses have added to them."""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.db import connection

from minamo.audit import notes

_COLUMNS = "b.size, b.root, b.key_id, b.signature, b.sealed_at"


@dataclass(frozen=True)
class Sealed:
    """A checkpoint with its signature and the time of sealing."""

    checkpoint: notes.Checkpoint
    signature: notes.Signature
    at: dt.datetime


def latest(log_id: int, origin: str) -> Sealed | None:
    """The newest checkpoint of a log; None while nothing is sealed."""
    return next(_read(log_id, origin, "ORDER BY b.size DESC LIMIT 1", []), None)


def at_size(log_id: int, origin: str, size: int) -> Sealed | None:
    """The checkpoint at a size, if the log has one there."""
    return next(_read(log_id, origin, "AND b.size = %s", [size]), None)


def between(log_id: int, origin: str, low: int, high: int) -> Iterator[Sealed]:
    """Checkpoints with low < size ≤ high, the smallest first."""
    return _read(log_id, origin, "AND b.size > %s AND b.size <= %s ORDER BY b.size", [low, high])


def until(log_id: int, origin: str, moment: dt.datetime) -> Sealed | None:
    """The last checkpoint made before a moment."""
    return next(_read(log_id, origin, "AND b.sealed_at < %s ORDER BY b.size DESC LIMIT 1", [moment]), None)


def _read(log_id: int, origin: str, rest: str, arguments: list[Any]) -> Iterator[Sealed]:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {_COLUMNS} FROM audit_batch b WHERE b.log_id = %s {rest}", [log_id, *arguments])
        for size, root, key_id, value, at in cursor.fetchall():
            checkpoint = notes.Checkpoint(origin, size, bytes(root))
            yield Sealed(checkpoint, notes.Signature(origin, bytes(key_id), bytes(value)), at)


def cosignatures(log_id: int, checkpoint: notes.Checkpoint) -> list[notes.Signature]:
    """Countersignatures of exactly this checkpoint, by name."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT name, key_id, signature FROM audit_cosignature WHERE log_id = %s AND size = %s AND root = %s"
            " ORDER BY name",
            [log_id, checkpoint.size, checkpoint.root],
        )
        return [notes.Signature(name, bytes(key), bytes(value)) for name, key, value in cursor.fetchall()]


def witnessed_sizes(log_id: int) -> list[int]:
    """Sizes that some witness has countersigned, the smallest first."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT DISTINCT size FROM audit_cosignature WHERE log_id = %s ORDER BY size", [log_id])
        return [row[0] for row in cursor.fetchall()]


def note_of(log_id: int, sealed: Sealed) -> str:
    """The signed note with all countersignatures."""
    return notes.note(sealed.checkpoint, sealed.signature, *cosignatures(log_id, sealed.checkpoint))
