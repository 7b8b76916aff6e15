"""封をした側の控え: before the sealer signs anything more, the tree must still be the one it signed last.

Without this, whoever writes to the database can take the trees away, rewrite the rows and let the sealer sign all of it
again with the genuine key. Sealing does not stop on it (rows would stay unsealed); the memory is not moved on any more, so
that `audit verify` says from then on what the sealer had signed and that it is no longer there.
"""

import logging
from collections.abc import Iterable

from django.db import connection

from minamo.audit import notes
from minamo.audit.memory import SEALER, Memory
from minamo.audit.merkle import HASH, Frontier
from minamo.kernel import clock

logger = logging.getLogger(__name__)


class OwnMemory:
    """What was signed last, for one round of sealing."""

    def __init__(self) -> None:
        self.memory = Memory(SEALER)
        self.made: list[tuple[notes.Checkpoint, notes.VerifierKey]] = []

    def look(self, log_id: int, origin: str, head: Frontier) -> None:
        """Compare the tree about to grow with what was signed last."""
        last = self.memory.last(origin)
        if last is None or self.memory.refused(origin):
            return
        if not (last.size == head.size and last.root == head.root()) and not _grew(log_id, last, head):
            logger.error("the tree %s at %d is not the one signed at %d", origin, head.size, last.size)
            why = f"封をした木（{last.size}件）の続きではありません"
            self.memory.refuse(origin, head.size, why, clock.now())

    def add(self, checkpoint: notes.Checkpoint, key: notes.VerifierKey) -> None:
        """A checkpoint made in this round."""
        self.made.append((checkpoint, key))

    def keep(self) -> None:
        """After the commit: remember what was made, but nothing that goes on from another tree."""
        good = [(checkpoint, key) for checkpoint, key in self.made if not self.memory.refused(checkpoint.origin)]
        for checkpoint, key in good:
            self.memory.note(checkpoint, key)
        if good:
            self.memory.write()


def _grew(log_id: int, last: notes.Checkpoint, head: Frontier) -> bool:
    """After a stop between commit and memory the tree is ahead: recomputed from all leaf records (stored nodes could be kept
    as they were by whoever changed the leaves), it has to pass through what was signed and to end where the head is."""
    if head.size <= last.size:
        return False
    tree, passed = Frontier(), last.size == 0
    for leaf in _leaves(log_id):
        tree.extend([leaf])
        if tree.size == last.size:
            passed = tree.root() == last.root
    return passed and (tree.size, tree.root()) == (head.size, head.root())


def _leaves(log_id: int) -> Iterable[bytes]:
    with connection.chunked_cursor() as cursor:
        cursor.execute("SELECT leaves FROM audit_batch WHERE log_id = %s ORDER BY first", [log_id])
        for (packed,) in cursor:
            raw = bytes(packed)
            yield from (raw[at : at + HASH] for at in range(0, len(raw), HASH))
