"""検証 (verification) of the whole log inside the database: recompute every leaf, every root, every signature.

Rows are read in the order of the leaves and hashed here, not in the database. What does not fit is named: a row changed,
missing, put in afterwards or exchanged; a leaf record, a checkpoint, a stored node, a key or the head that was altered; a
countersignature that saw another tree; a memory outside the database (outside.py) of another tree, or of a refusal. One
REPEATABLE READ snapshot, so that sealing may go on meanwhile.
"""

import datetime as dt
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from django.db import connection, transaction

from minamo.audit import notes
from minamo.audit.judge import COMPARED, Batch, Problem, Touched, exchanged, judge
from minamo.audit.memory import checkpoint_of, spoken
from minamo.audit.merkle import HASH, Frontier
from minamo.audit.outside import NONE, Outside
from minamo.audit.publish import published, trusted
from minamo.audit.reading import groups_with_rows
from minamo.audit.seal import STORED_LEVELS, Log, as_sealer, logs
from minamo.audit.standing import described
from minamo.audit.strangers import strangers

LATE = dt.timedelta(hours=1)
SHOWN = 1_000  # problems listed; the count goes on


@dataclass
class LogReport:
    """What was found about one tree."""

    origin: str
    municipality: str | None
    size: int = 0
    root: str = ""
    checkpoints: int = 0
    cosignatures: int = 0  # of witnesses whose key is pinned
    unpinned_cosignatures: int = 0
    pinned: str = (
        NONE  # where the key it was checked with comes from: given, configured, or nowhere outside the database
    )
    memories: int = 0


@dataclass
class Report:
    """検証の結果. `ok` when nothing is wrong; an unsealed tail is no fault."""

    rows: int = 0
    unsealed: int = 0
    unsealed_since: str | None = None
    late_batches: int = 0
    logs: list[LogReport] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    problem_count: int = 0
    found: dict[str, int] = field(default_factory=dict)  # how many problems, by tree

    @property
    def ok(self) -> bool:
        """Whether everything fits."""
        return self.problem_count == 0

    def add(self, *found: Problem) -> None:
        """Note problems."""
        self.problem_count += len(found)
        for problem in found:
            self.found[problem.log] = self.found.get(problem.log, 0) + 1
        self.problems.extend(found[: max(0, SHOWN - len(self.problems))])


def verify(
    *,
    only: UUID | None = None,
    pinned: Sequence[notes.VerifierKey] = (),
    known: Sequence[notes.Checkpoint] = (),
) -> Report:
    """Check all trees, or the one of a municipality; `pinned` keys and `known` checkpoints come from outside (a printed
    report, a witness) and must fit. Without a pinned key those count whose secrets are configured here."""
    outside = Outside(pinned, known)
    alone = not connection.in_atomic_block
    with transaction.atomic():
        if alone:
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        as_sealer()
        return _verified(outside, only)


def _verified(outside: Outside, only: UUID | None) -> Report:
    report, every = Report(), logs()
    witnesses = outside.witnesses(every)
    chosen = [log for log in every if only is None or log.municipality_id == only]
    touched: list[Touched] = []
    for log in chosen:
        walk = _Walk(log, report, outside, witnesses)
        walk.run()
        touched += walk.touched
    report.add(*exchanged(touched))
    if only is None:
        report.add(
            *(
                Problem("memory", origin, 0, None, "封をした木そのものが失われています")
                for origin in outside.lost(every)
            )
        )
    tail, found = strangers(only, {log.municipality_id: log.origin for log in every}, report.rows, report.ok)
    report.unsealed, report.unsealed_since = tail.count, tail.since
    report.add(*found)
    report.problems = described(report.problems)
    return report


class _Walk:
    """Goes once through one tree."""

    def __init__(
        self, log: Log, report: Report, outside: Outside, witnesses: Mapping[bytes, tuple[notes.VerifierKey, bool]]
    ) -> None:
        self.log, self.report, self.witnesses = log, report, witnesses
        self.frontier = Frontier()
        self.touched: list[Touched] = []
        pins, origin_of_pins = outside.pins(log.origin)
        self.own = LogReport(
            log.origin, str(log.municipality_id) if log.municipality_id else None, pinned=origin_of_pins
        )
        self.known = [checkpoint for checkpoint in outside.known if checkpoint.origin == log.origin]
        self.memories = [(spoken(who), row) for who, origin, row in outside.remembered if origin == log.origin]
        self.cosigned = _cosignatures(log.id)
        self.wanted = {row[0] for row in self.cosigned} | {checkpoint.size for checkpoint in self.known}
        self.wanted |= {row["size"] for _, row in self.memories if "size" in row}
        self.roots: dict[int, bytes] = {}
        self.nodes: dict[tuple[int, int], bytes] = {}
        self.keys, whole = trusted(published(log.id), pins)
        if not whole:
            self._problem("key", 0, None, "署名鍵のつながりが切れているか、手もとの鍵につながらない鍵があります")

    def _problem(self, kind: str, seq: int, entry: int | None, text: str) -> None:
        self.report.add(Problem(kind, self.log.origin, seq, entry, text))

    def run(self) -> None:
        """Batches, then what is derived from them, then what others have seen."""
        for group, rows in groups_with_rows(self.log.id):
            for batch in group:
                self._batch(batch, rows)
        self._stored()
        self._seen()
        self._remembered()
        self.own.size, self.own.root = self.frontier.size, self.frontier.root().hex()
        self.report.logs.append(self.own)

    def _batch(self, batch: Batch, rows: Mapping[int, bytes]) -> None:
        if batch.first != self.frontier.size:
            kind = "このあいだの束が失われています" if batch.first > self.frontier.size else "束が重なっています"
            self._problem("batch", self.frontier.size, None, f"{self.frontier.size} から {batch.first}：{kind}")
        sha = hashlib.sha256
        found = [sha(b"\0" + row).digest() if (row := rows.get(entry)) is not None else b"" for entry in batch.entries]
        leaves = batch.leaves
        before = self.frontier.copy()
        if b"".join(found) == leaves:
            self._append(found)
            if self.frontier.root() != batch.root:
                text = (
                    f"{batch.first + 1}〜{batch.size}件目は、署名した根と合いません（行と葉の記録が一緒に変えられた）"
                )
                self._problem("checkpoint", batch.first, None, text)
        else:
            split = [leaves[at : at + HASH] for at in range(0, len(leaves), HASH)]
            self._judged(judge(self.log.origin, batch, before, found, split), batch, rows, split)
            self._append(split)
        self._signature(batch)
        self.report.rows += len(batch.entries)
        self.report.late_batches += batch.sealed_at - batch.earliest > LATE
        self.own.checkpoints += 1
        if batch.size in self.wanted:
            self.roots[batch.size] = self.frontier.root()

    def _judged(
        self, problems: Sequence[Problem], batch: Batch, rows: Mapping[int, bytes], leaves: Sequence[bytes]
    ) -> None:
        """Changed rows wait until all trees are read, as many as are compared: two of them may have been exchanged."""
        for problem in problems:
            if problem.kind == "changed" and problem.entry is not None and len(self.touched) < COMPARED:
                self.touched.append(Touched(problem, rows[problem.entry], leaves[problem.seq - batch.first]))
            else:
                self.report.add(problem)

    def _append(self, leaves: Sequence[bytes]) -> None:
        for level, index, node in self.frontier.extend(leaves, STORED_LEVELS):
            self.nodes[level, index] = node

    def _signature(self, batch: Batch) -> None:
        checkpoint = notes.Checkpoint(self.log.origin, batch.size, batch.root)
        signature = notes.Signature(self.log.origin, batch.key_id, batch.signature)
        if not any(notes.valid(signature, checkpoint, key) for key in self.keys):
            self._problem("signature", batch.first, None, f"{batch.size}件目のチェックポイントの署名が合いません")

    def _stored(self) -> None:
        """Head and nodes are derived; they must be what was recomputed."""
        with connection.cursor() as cursor:
            cursor.execute("SELECT size, frontier FROM audit_head WHERE log_id = %s", [self.log.id])
            size, packed = cursor.fetchone() or (-1, b"")
            cursor.execute("SELECT level, index, hash FROM audit_node WHERE log_id = %s", [self.log.id])
            stored = {(level, index): bytes(value) for level, index, value in cursor.fetchall()}
        if size > self.frontier.size:
            self._problem(
                "batch", self.frontier.size, None, f"{self.frontier.size + 1}〜{size}件目の束が失われています"
            )
        elif (size, bytes(packed)) != (self.frontier.size, self.frontier.packed()):
            self._problem("head", size, None, "木の先端の記録が変えられています")
        for place in sorted(stored.keys() ^ self.nodes.keys()):
            self._problem("node", place[1] << place[0], None, f"途中の節 {place} が足りないか、余っています")
        for place in sorted(p for p in stored.keys() & self.nodes.keys() if stored[p] != self.nodes[p]):
            self._problem("node", place[1] << place[0], None, f"途中の節 {place} が変えられています")

    def _seen(self) -> None:
        """What witnesses and papers say must be what is here."""
        for checkpoint in self.known:
            if self.roots.get(checkpoint.size) != checkpoint.root:
                self._problem(
                    "known", checkpoint.size, None, f"手もとのチェックポイント（{checkpoint.size}件）と違います"
                )
        for size, root, name, key_id, value in self.cosigned:
            checkpoint = notes.Checkpoint(self.log.origin, size, root)
            key, sure = self.witnesses.get(key_id, (None, False))
            if key is None or not notes.valid(notes.Signature(name, key_id, value), checkpoint, key):
                self._problem("witness", size, None, f"{name} の副署（{size}件）が合いません")
            elif self.roots.get(size) != root:
                self._problem("witness", size, None, f"{name} が見た木（{size}件）と、いまの木が違います")
            elif sure:
                self.own.cosignatures += 1
            else:
                self.own.unpinned_cosignatures += 1

    def _remembered(self) -> None:
        """What the sealer and the witnesses remember outside the database."""
        for who, row in self.memories:
            self.own.memories += 1
            seen = checkpoint_of(self.log.origin, row)
            if seen is not None and self.roots.get(seen.size) != seen.root:
                self._problem("memory", seen.size, None, f"{who}の控え（{seen.size}件）と、いまの木が違います")
            if refused := row.get("refused"):
                self._problem(
                    "refused", int(refused["size"]), None,
                    f"{who}が {refused['at'][:16]} に断りました（{refused['size']}件）：{refused['why']}",
                )  # fmt: skip


def _cosignatures(log_id: int) -> list[tuple[int, bytes, str, bytes, bytes]]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT size, root, name, key_id, signature FROM audit_cosignature WHERE log_id = %s ORDER BY size",
                       [log_id])  # fmt: skip
        return [(size, bytes(root), name, bytes(key), bytes(mark)) for size, root, name, key, mark in cursor.fetchall()]
