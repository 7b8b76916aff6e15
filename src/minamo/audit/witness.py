"""立ち会い (witnessing): neighbours countersign a log's newest checkpoint after seeing that it begins with the one before.

In one instance each municipality's log has a witness key of its own, and the next three municipalities (by origin, in a
ring) countersign. What a witness has seen lies in the database and, apart from it, in `var/witness/`: who rewrites only the
database does not reach the second. Between instances the same is done with files (exchange.py).
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass

from django.db import connection, transaction

from minamo.audit import checkpoints, notes
from minamo.audit.api import append
from minamo.audit.memory import Memory
from minamo.audit.merkle import ProofError, check_consistency, consistency_proof
from minamo.audit.publish import published, signer_of, trusted
from minamo.audit.roots import Incomplete, stored_roots
from minamo.audit.seal import Log, as_sealer, logs
from minamo.kernel import clock

logger = logging.getLogger(__name__)
WITNESSES = 3
LOCK = 0x6D696E616D70


@dataclass(frozen=True)
class Outcome:
    """What one witness did with one log: countersigned, or why not."""

    witness: str
    origin: str
    size: int
    refused: str = ""


def name_of(origin: str) -> str:
    """The name under which a log's municipality witnesses for others."""
    return f"{origin}/witness"


def neighbours(log: Log, every: Sequence[Log]) -> list[Log]:
    """Who witnesses a log: the next municipalities in the ring of origins; nobody witnesses himself."""
    ring = sorted((other for other in every if other.municipality_id is not None), key=lambda other: other.origin)
    after = [other for other in ring if other.origin > log.origin] + [
        other for other in ring if other.origin < log.origin
    ]
    return after[:WITNESSES]


def witness_all() -> list[Outcome]:
    """One round: every log whose tree has grown is shown to its witnesses. A refusal becomes a row in the trail."""
    outcomes: list[Outcome] = []
    with transaction.atomic():
        as_sealer()
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [LOCK])
            if not cursor.fetchone()[0]:
                return []
        every = logs()
        for log in every:
            newest = checkpoints.latest(log.id, log.origin)
            for other in neighbours(log, every) if newest else []:
                assert newest is not None
                if (outcome := _show(log, newest, other)) is not None:
                    outcomes.append(outcome)
    return outcomes


def _show(log: Log, newest: checkpoints.Sealed, other: Log) -> Outcome | None:
    """Let one neighbour look; None when it has seen this checkpoint already."""
    name = name_of(other.origin)
    memory = Memory(name)
    seen = [known for known in (memory.last(log.origin), _recorded(log, name)) if known is not None]
    if seen and all(known == newest.checkpoint for known in seen):
        return None
    try:
        keys = _keys(log, memory)
        if not notes.valid(newest.signature, newest.checkpoint, _among(keys, newest.signature)):
            raise ProofError("署名が合いません")
        for known in seen:
            _compare(log, known, newest.checkpoint)
    except (ProofError, Incomplete) as error:
        memory.refuse(log.origin, newest.checkpoint.size, str(error), clock.now())
        return _refuse(log, newest.checkpoint, name, str(error))
    now = clock.now()
    mark = notes.cosign(signer_of(other.id, name, now, notes.WITNESS), newest.checkpoint, int(now.timestamp()))
    record(log.id, newest.checkpoint, mark)
    memory.keep(newest.checkpoint, keys[0])
    return Outcome(name, log.origin, newest.checkpoint.size)


def _keys(log: Log, memory: Memory) -> list[notes.VerifierKey]:
    """Keys of the log that go back to the one this witness began with. Raises ProofError."""
    first = memory.key(log.origin)
    keys, whole = trusted(published(log.id), [first] if first else [])
    if not whole or not keys:
        raise ProofError("署名鍵がはじめに見た鍵とつながりません")
    return keys


def _among(keys: Sequence[notes.VerifierKey], signature: notes.Signature) -> notes.VerifierKey:
    return next((key for key in keys if key.id == signature.key_id), keys[0])


def _compare(log: Log, known: notes.Checkpoint, newest: notes.Checkpoint) -> None:
    if known.size > newest.size:
        raise ProofError(f"木が縮んでいます（{known.size} → {newest.size}）")
    proof = consistency_proof(known.size, newest.size, stored_roots(log.id))
    try:
        check_consistency(known.size, newest.size, known.root, newest.root, proof)
    except ProofError as error:
        raise ProofError(f"以前に見た木（{known.size}件）とつながりません") from error


def _recorded(log: Log, name: str) -> notes.Checkpoint | None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT size, root FROM audit_cosignature WHERE log_id = %s AND name = %s ORDER BY size DESC LIMIT 1",
                       [log.id, name])  # fmt: skip
        row = cursor.fetchone()
    return notes.Checkpoint(log.origin, row[0], bytes(row[1])) if row else None


def record(log_id: int, checkpoint: notes.Checkpoint, mark: notes.Signature) -> None:
    """Keep a countersignature."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO audit_cosignature (log_id, size, root, name, key_id, signature, at)"
            " VALUES (%s, %s, %s, %s, %s, %s, %s) ON CONFLICT DO NOTHING",
            [log_id, checkpoint.size, checkpoint.root, mark.name, mark.key_id, mark.value, clock.now()],
        )


def _refuse(log: Log, newest: notes.Checkpoint, name: str, why: str) -> Outcome:
    """副署を断る: loudly, and in the trail of the log that was not countersigned."""
    logger.error("witness %s refuses %s at %d", name, log.origin, newest.size)
    append(actor=None, action="audit:witness", resource_type="Trail", resource_id=str(newest.size), outcome="error",
           municipality=log.municipality_id, detail={"witness": name, "size": newest.size, "why": why})  # fmt: skip
    return Outcome(name, log.origin, newest.size, why)
