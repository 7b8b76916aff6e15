"""書き出し (export): rows of a time with proofs, for an auditor who has neither minamo nor the database.

A folder per log holds `entries.jsonl` (each line is exactly what was hashed; an empty line is a row that is gone),
`leaves.txt` (sequence number, row id, recorded leaf hash), `checkpoints.jsonl` (signed notes in the range and the newest
one with countersignatures), `log.json` (place in the tree, roots beside the range, keys, earlier checkpoints with proofs of
consistency), for small ranges `inclusion.jsonl` (a proof per row) and, where the signing secret is, `signature.txt` over the
two lists that no tree covers. `tools/audit_verify.py` reads it.
"""

import datetime as dt
import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

from django.db import connection, transaction

from minamo.audit import checkpoints, notes
from minamo.audit.judge import BATCH_COLUMNS, Batch
from minamo.audit.keys import signers
from minamo.audit.merkle import HASH, consistency_proof, cover, inclusion_proof
from minamo.audit.publish import foreign_keys, published
from minamo.audit.reading import rows_of
from minamo.audit.roots import stored_roots
from minamo.audit.seal import Log, as_sealer, logs

WITH_PROOFS = 5_000
EARLIER = 50  # earlier countersigned checkpoints with proofs
_RANGE = "SELECT min(first), max(size) FROM audit_batch WHERE log_id = %s AND latest >= %s AND earliest < %s"
_BATCHES = f"""
    SELECT {BATCH_COLUMNS}
    FROM audit_batch WHERE log_id = %s AND first >= %s AND size <= %s ORDER BY first
"""


@dataclass(frozen=True)
class Exported:
    """What was written for one log."""

    origin: str
    folder: Path
    rows: int


def export(*, begin: dt.datetime, end: dt.datetime, out: Path, only: UUID | None = None) -> list[Exported]:
    """Write rows with begin ≤ at < end of all logs, or of one municipality, into folders below `out` (whole batches: a
    few neighbours in time may come along). Raises FileExistsError when a folder is not empty."""
    written: list[Exported] = []
    outside = not connection.in_atomic_block
    with transaction.atomic():
        if outside:
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        as_sealer()
        for log in logs():
            if only is None or log.municipality_id == only:
                written += _export(log, begin, end, out / log.origin.rsplit("/", 1)[-1])
    return written


def _export(log: Log, begin: dt.datetime, end: dt.datetime, folder: Path) -> list[Exported]:
    with connection.cursor() as cursor:
        cursor.execute(_RANGE, [log.id, begin, end])
        low, high = cursor.fetchone()
    newest = checkpoints.latest(log.id, log.origin)
    if low is None or newest is None:
        return []
    if folder.exists() and any(folder.iterdir()):
        raise FileExistsError(f"{folder} は空ではありません。別の場所を指定してください。")
    folder.mkdir(parents=True, exist_ok=True)
    count = _entries(log, low, high, folder)
    _checkpoints(log, low, high, newest, folder)
    _place(log, low, high, newest, folder)
    if high - low <= WITH_PROOFS:
        _inclusion(log, low, high, newest.checkpoint.size, folder)
    _sign(log, folder)
    return [Exported(log.origin, folder, count)]


def _entries(log: Log, low: int, high: int, folder: Path) -> int:
    count = 0
    with (folder / "entries.jsonl").open("wb") as lines, (folder / "leaves.txt").open("w") as records:
        for batch in _batches(log.id, low, high):
            rows = rows_of([batch])
            for at, entry in enumerate(batch.entries):
                lines.write(rows.get(entry, b"") + b"\n")
                records.write(f"{batch.first + at} {entry} {batch.leaves[at * HASH : (at + 1) * HASH].hex()}\n")
                count += 1
    return count


def _batches(log_id: int, low: int, high: int) -> Iterator[Batch]:
    with connection.chunked_cursor() as cursor:
        cursor.execute(_BATCHES, [log_id, low, high])
        while some := cursor.fetchmany(100):
            yield from (Batch.of(row) for row in some)


def _checkpoints(log: Log, low: int, high: int, newest: checkpoints.Sealed, folder: Path) -> None:
    chosen = list(checkpoints.between(log.id, log.origin, low, high))
    chosen += [newest] if newest.checkpoint.size > high else []
    with (folder / "checkpoints.jsonl").open("w") as out:
        for sealed in chosen:
            out.write(json.dumps({"note": checkpoints.note_of(log.id, sealed)}, ensure_ascii=False) + "\n")


def _place(log: Log, low: int, high: int, newest: checkpoints.Sealed, folder: Path) -> None:
    roots, size = stored_roots(log.id), newest.checkpoint.size

    def sides(begin: int, end: int) -> list[str]:
        return [roots(index << level, (index + 1) << level).hex() for level, index in cover(begin, end)]

    earlier = []
    for known in [n for n in checkpoints.witnessed_sizes(log.id) if n <= low][-EARLIER:]:
        if sealed := checkpoints.at_size(log.id, log.origin, known):
            proof = [step.hex() for step in consistency_proof(known, size, roots)]
            earlier.append({"note": checkpoints.note_of(log.id, sealed), "proof": proof})
    place: dict[str, Any] = {
        "form": 1, "origin": log.origin, "first": low, "end": high, "size": size,
        "proofs": high - low <= WITH_PROOFS, "left": sides(0, low),
        "right": sides(high, size), "earlier": earlier, "keys": [row.as_json() for row in published(log.id)],
        "witness_keys": [str(row.key) for other in logs() for row in published(other.id, notes.WITNESS)]
        + [str(key) for key in foreign_keys()],
    }  # fmt: skip
    (folder / "log.json").write_text(json.dumps(place, ensure_ascii=False, indent=1) + "\n")


def _sign(log: Log, folder: Path) -> None:
    """The lists of keys and checkpoints under the log's present key, where its secret is at hand (the worker's machine)."""
    lists = " ".join(
        hashlib.sha256((folder / name).read_bytes()).hexdigest() for name in ("log.json", "checkpoints.jsonl")
    )
    for signer in signers("audit", log.origin, make=False)[:1]:
        (folder / "signature.txt").write_text(
            signer.private.sign(f"minamo audit export v1\n{lists}\n".encode()).hex() + "\n"
        )


def _inclusion(log: Log, low: int, high: int, size: int, folder: Path) -> None:
    roots = stored_roots(log.id)
    with (folder / "inclusion.jsonl").open("w") as out:
        for seq in range(low, high):
            path = [step.hex() for step in inclusion_proof(seq, size, roots)]
            out.write(json.dumps({"seq": seq, "path": path}) + "\n")
