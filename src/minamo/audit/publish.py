"""鍵の公表 (published keys): which public keys have signed for a log, and how each took over from the one before."""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from django.db import connection, transaction

from minamo.audit import notes
from minamo.audit.keys import KeyTrouble, endorsed, signers, succeeded
from minamo.kernel import clock

PURPOSES = {notes.LOG: "audit", notes.WITNESS: "witness"}


@dataclass(frozen=True)
class Published:
    """A public key as it was published: the former key's signature under it, and its own that it took over from the former."""

    key: notes.VerifierKey
    endorsement: bytes | None
    succession: bytes | None = None

    def vouched_by(self, former: "Published") -> bool:
        """Whether the former key passed its place on to this one."""
        return self.endorsement is not None and former.key.holds(self.endorsement, endorsed(self.key))

    def follows(self, former: "Published") -> bool:
        """Whether this key says that it took over from the former one."""
        return self.succession is not None and self.key.holds(self.succession, succeeded(former.key, self.key))

    def as_json(self) -> dict[str, str | None]:
        """As it leaves the house."""
        return {
            "key": str(self.key),
            "endorsement": self.endorsement.hex() if self.endorsement else None,
            "succession": self.succession.hex() if self.succession else None,
        }

    @classmethod
    def of_json(cls, row: Mapping[str, str | None]) -> "Published":
        """From what `as_json` wrote. Raises NoteError."""
        marks = [bytes.fromhex(text) if (text := row.get(name)) else None for name in ("endorsement", "succession")]
        return cls(notes.VerifierKey.parse(row["key"] or ""), *marks)


def published(log_id: int, kind: int = notes.LOG) -> list[Published]:
    """The keys of a log (or of the witness that belongs to it), oldest first."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT name, kind, public, endorsement, succession FROM audit_key WHERE log_id = %s AND kind = %s ORDER BY id",
            [log_id, kind],
        )
        return [
            Published(notes.VerifierKey(name, kind, bytes(public)), *(bytes(mark) if mark else None for mark in marks))
            for name, kind, public, *marks in cursor.fetchall()
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
    key, mark, taken = own[0].verifier, None, None
    if known:
        former = next((signer for signer in own[1:] if signer.verifier == known[-1].key), None)
        if former is None:
            raise KeyTrouble(
                f"{key.name} の署名鍵が、公表した鍵（{known[-1].key.id.hex()}）とつながりません。"
                "以前の鍵を2番目に戻してください。失ったときは bin/minamo audit rotate --lost を実行してください。"
            )
        mark = former.private.sign(endorsed(key))
        taken = own[0].private.sign(succeeded(former.verifier, key))
    insert_key(log_id, Published(key, mark, taken), now)


def insert_key(log_id: int, row: Published, now: dt.datetime) -> None:
    """Publish a key."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO audit_key (log_id, kind, name, public, endorsement, succession, since)"
            " VALUES (%s, %s, %s, %s, %s, %s, %s)",
            [log_id, row.key.kind, row.key.name, row.key.public, row.endorsement, row.succession, now],
        )


def foreign_keys() -> list[notes.VerifierKey]:
    """Keys of witnesses of other instances, entered by an operator."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT name, public FROM audit_witness_key ORDER BY name, since")
        return [notes.VerifierKey(name, notes.WITNESS, bytes(public)) for name, public in cursor.fetchall()]


def trusted(chain: Iterable[Published], pinned: Iterable[notes.VerifierKey]) -> tuple[list[notes.VerifierKey], bool]:
    """Keys of a chain that may have signed, and whether that is all of them.

    With pinned keys: those, what they endorsed (and so on), and what they say they took over from (and so on). That a key
    endorses a pinned one says nothing, since anybody can do so. Without a pin, what the first key leads to.
    """
    rows, wanted = list(chain), set(pinned)
    good = [row.key in wanted if wanted else at == 0 for at, row in enumerate(rows)]
    for at in range(1, len(rows)):
        good[at] = good[at] or (good[at - 1] and rows[at].vouched_by(rows[at - 1]))
    for at in range(len(rows) - 1, 0, -1):
        good[at - 1] = good[at - 1] or (good[at] and rows[at].follows(rows[at - 1]))
    return [row.key for row, fits in zip(rows, good, strict=True) if fits], all(good)


def replace_lost(purpose: str) -> int:
    """鍵を失ったとき: publish present keys although nobody vouches for them; the verifier goes on saying so. How many."""
    kind = next(kind for kind, name in PURPOSES.items() if name == purpose)
    count = 0
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT DISTINCT log_id, name FROM audit_key WHERE kind = %s", [kind])
        for log_id, name in cursor.fetchall():
            key = signers(purpose, name)[0].verifier
            if published(log_id, kind)[-1].key != key:
                insert_key(log_id, Published(key, None), clock.now())
                count += 1
    return count
