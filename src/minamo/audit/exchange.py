"""よその立ち会い (witnesses elsewhere): checkpoints go out as a file, countersignatures come back as a file.

here:   bin/minamo audit checkpoint --out FILE              newest checkpoints, keys, proofs since what is known there
there:  bin/minamo audit countersign FILE --municipality CODE --out BACK      looks, remembers, countersigns
here:   bin/minamo audit accept BACK --key KEY                 KEY came another way, on paper or by telephone
"""

import json
from collections.abc import Mapping
from typing import Any

from django.db import connection, transaction

from minamo.audit import checkpoints, notes
from minamo.audit.memory import Memory, pin_foreign
from minamo.audit.merkle import ProofError, check_consistency, consistency_proof
from minamo.audit.publish import Published, foreign_keys, published, signer_of, trusted
from minamo.audit.roots import stored_roots
from minamo.audit.seal import Log, as_sealer, logs
from minamo.audit.witness import Outcome, name_of, record
from minamo.kernel import clock

BACK = 200  # countersigned sizes a proof is given from


def bundle() -> str:
    """The newest checkpoint of every log with keys and proofs of consistency from every countersigned one, as JSON."""
    with transaction.atomic():
        as_sealer()
        rows = [row for log in logs() if (row := _one(log)) is not None]
    return json.dumps({"form": 1, "logs": rows}, ensure_ascii=False, indent=1) + "\n"


def _one(log: Log) -> dict[str, Any] | None:
    newest = checkpoints.latest(log.id, log.origin)
    if newest is None:
        return None
    roots, size = stored_roots(log.id), newest.checkpoint.size
    proofs = {
        str(known): [step.hex() for step in consistency_proof(known, size, roots)]
        for known in checkpoints.witnessed_sizes(log.id)[-BACK:]
    }
    keys = [row.as_json() for row in published(log.id)]
    return {"note": notes.note(newest.checkpoint, newest.signature), "keys": keys, "proofs": proofs}


def countersign(text: str, log: Log) -> tuple[str, list[Outcome]]:
    """立ち会う: countersign what fits, as the municipality of `log`; returns the answer file and what was done.

    Raises NoteError when the file is not one.
    """
    name = name_of(log.origin)
    memory, now = Memory(name), clock.now()
    outcomes: list[Outcome] = []
    answers: list[str] = []
    with transaction.atomic():
        signer = signer_of(log.id, name, now, notes.WITNESS)
        for row in _rows(text):
            checkpoint, signatures = notes.read(row["note"])
            try:
                first = _look(row, checkpoint, signatures, memory)
            except ProofError as error:
                memory.refuse(checkpoint.origin, checkpoint.size, str(error), now)
                outcomes.append(Outcome(name, checkpoint.origin, checkpoint.size, str(error)))
                continue
            memory.keep(checkpoint, first)
            mark = notes.cosign(signer, checkpoint, int(now.timestamp()))
            answers.append(notes.note(checkpoint, *signatures, mark))
            outcomes.append(Outcome(name, checkpoint.origin, checkpoint.size))
    answer = {"form": 1, "key": str(signer.verifier), "notes": answers}
    return json.dumps(answer, ensure_ascii=False, indent=1) + "\n", outcomes


def _rows(text: str) -> list[Mapping[str, Any]]:
    try:
        rows: list[Mapping[str, Any]] = json.loads(text)["logs"]
    except (ValueError, KeyError, TypeError) as error:
        raise notes.NoteError("チェックポイントのファイルではありません。") from error
    return rows


def _look(
    row: Mapping[str, Any], checkpoint: notes.Checkpoint, signatures: list[notes.Signature], memory: Memory
) -> notes.VerifierKey:
    """Raises ProofError unless keys, signature and consistency fit; returns the first key of the log."""
    first, known = memory.key(checkpoint.origin), memory.last(checkpoint.origin)
    chain = [Published.of_json(key) for key in row["keys"]]
    keys, whole = trusted(chain, [first] if first else [])
    if not whole or not any(notes.valid(s, checkpoint, key) for s in signatures for key in keys):
        raise ProofError("署名が、はじめに見た鍵とつながりません")
    if known is not None:
        if known.size > checkpoint.size:
            raise ProofError(f"木が縮んでいます（{known.size} → {checkpoint.size}）")
        proof = [bytes.fromhex(step) for step in row["proofs"].get(str(known.size), [])]
        try:
            check_consistency(known.size, checkpoint.size, known.root, checkpoint.root, proof)
        except ProofError as error:
            raise ProofError(f"以前に見た木（{known.size}件）とつながりません") from error
    return keys[0]


def accept(text: str, pinned: list[notes.VerifierKey]) -> int:
    """副署を受け取る: keep countersignatures of witnesses elsewhere whose key was given now or earlier; returns how many.

    Raises NoteError when a countersignature is of no known key or of another tree.
    """
    try:
        parts: list[str] = json.loads(text)["notes"]
    except (ValueError, KeyError, TypeError) as error:
        raise notes.NoteError("副署のファイルではありません。") from error
    count = 0
    with transaction.atomic():
        as_sealer()
        for key in pinned:
            _enter(key)
            pin_foreign(key)
        keys, own = foreign_keys(), {log.origin: log for log in logs()}
        for part in parts:
            checkpoint, signatures = notes.read(part)
            log = own.get(checkpoint.origin)
            sealed = checkpoints.at_size(log.id, log.origin, checkpoint.size) if log else None
            if log is None or sealed is None or sealed.checkpoint != checkpoint:
                raise notes.NoteError(f"{checkpoint.origin}（{checkpoint.size}件）は、ここの木ではありません。")
            for mark in signatures:
                if any(notes.valid(mark, checkpoint, key) for key in keys):
                    record(log.id, checkpoint, mark)
                    count += 1
                elif mark.name != log.origin:
                    raise notes.NoteError(f"{mark.name} の検証鍵を --key で渡してください（紙か電話で確かめた鍵）。")
    return count


def _enter(key: notes.VerifierKey) -> None:
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO audit_witness_key (name, public, since) VALUES (%s, %s, %s) ON CONFLICT DO NOTHING",
                       [key.name, key.public, clock.now()])  # fmt: skip
