"""鍵の公表 (published keys): which public keys have signed for a log, and how each took over from the one before."""

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db import connection, transaction

from minamo.audit import notes
from minamo.audit.keys import KeyTrouble, endorsed, signers
from minamo.kernel import clock

PURPOSES = {notes.LOG: "audit", notes.WITNESS: "witness"}


@dataclass(frozen=True)
class Published:
    """A public key as it was published."""

    key: notes.VerifierKey
    endorsement: bytes | None
    since: dt.datetime


def published(log_id: int, kind: int = notes.LOG) -> list[Published]:
    """The keys of a log (or of the witness that belongs to it), oldest first."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT name, kind, public, endorsement, since FROM audit_key WHERE log_id = %s AND kind = %s ORDER BY id",
            [log_id, kind],
        )
        return [
            Published(notes.VerifierKey(name, kind, bytes(public)), bytes(mark) if mark else None, since)
            for name, kind, public, mark, since in cursor.fetchall()
        ]


def signer_of(log_id: int, name: str, now: dt.datetime, kind: int = notes.LOG) -> notes.Signer:
    """The key to sign with; a new one is published first, signed by the former.

    Raises KeyTrouble when the former secret is gone, so that nobody can slip in a key of his own.
    """
    own = signers(PURPOSES[kind], name)
    known = published(log_id, kind)
    if not known or known[-1].key != own[0].verifier:
        _publish(log_id, own, known, now)
    return own[0]


def _publish(log_id: int, own: Sequence[notes.Signer], known: Sequence[Published], now: dt.datetime) -> None:
    key, mark = own[0].verifier, None
    if known:
        former = next((signer for signer in own[1:] if signer.verifier == known[-1].key), None)
        if former is None:
            raise KeyTrouble(
                f"{key.name} の署名鍵が、公表した鍵（{known[-1].key.id.hex()}）とつながりません。"
                "以前の鍵を2番目に戻してください。失ったときは bin/minamo audit rotate --lost を実行してください。"
            )
        mark = former.private.sign(endorsed(key))
    insert_key(log_id, key, mark, now)


def insert_key(log_id: int, key: notes.VerifierKey, mark: bytes | None, now: dt.datetime) -> None:
    """Publish a key."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO audit_key (log_id, kind, name, public, endorsement, since) VALUES (%s, %s, %s, %s, %s, %s)",
            [log_id, key.kind, key.name, key.public, mark, now],
        )


def foreign_keys() -> list[notes.VerifierKey]:
    """Keys of witnesses of other instances, entered by an operator."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT name, public FROM audit_witness_key ORDER BY name, since")
        return [notes.VerifierKey(name, notes.WITNESS, bytes(public)) for name, public in cursor.fetchall()]


def trusted(chain: Iterable[Published], pinned: Iterable[notes.VerifierKey]) -> tuple[list[notes.VerifierKey], bool]:
    """Keys of a chain up to the first that nobody vouches for, and whether the whole chain holds.

    With pinned keys the chain has to contain one of them; keys before a pinned one are vouched for by having endorsed it.
    """
    rows = list(chain)
    good: list[notes.VerifierKey] = []
    for row in rows:
        if good and not (row.endorsement and good[-1].holds(row.endorsement, endorsed(row.key))):
            return good, False
        good.append(row.key)
    wanted = set(pinned)
    return good, not wanted or any(key in wanted for key in good)


def replace_lost(purpose: str) -> int:
    """鍵を失ったとき: publish present keys although nobody vouches for them; the verifier goes on saying so. How many."""
    kind = next(kind for kind, name in PURPOSES.items() if name == purpose)
    count = 0
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT DISTINCT log_id, name FROM audit_key WHERE kind = %s", [kind])
        for log_id, name in cursor.fetchall():
            key = signers(purpose, name)[0].verifier
            if published(log_id, kind)[-1].key != key:
                insert_key(log_id, key, None, clock.now())
                count += 1
    return count
