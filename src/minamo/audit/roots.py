"""保存した木 (stored tree): roots of ranges for proofs, from the stored nodes (every eighth level) and the leaf records."""

from functools import lru_cache

from django.db import connection

from minamo.audit.merkle import HASH, RangeRoot, cover, node_hash
from minamo.audit.seal import STORED_LEVELS

BLOCK = 1 << STORED_LEVELS


class Incomplete(LookupError):
    """木の記録が足りない: a leaf or a node that must be there is not."""


def stored_roots(log_id: int) -> RangeRoot:
    """Range roots of a log in the present transaction. They raise Incomplete when records are missing."""

    @lru_cache(maxsize=256)
    def block(number: int) -> list[bytes]:
        return leaves(log_id, number * BLOCK, (number + 1) * BLOCK)

    @lru_cache(maxsize=1 << 16)
    def node(level: int, index: int) -> bytes:
        if level == 0:
            own = block(index // BLOCK)
            if index % BLOCK >= len(own):
                raise Incomplete(index)
            return own[index % BLOCK]
        if level % STORED_LEVELS == 0:
            return stored_node(log_id, level, index)
        return node_hash(node(level - 1, 2 * index), node(level - 1, 2 * index + 1))

    def root(low: int, high: int) -> bytes:
        found = b""
        for level, index in reversed(list(cover(low, high))):
            found = node_hash(node(level, index), found) if found else node(level, index)
        return found

    return root


def leaves(log_id: int, low: int, high: int) -> list[bytes]:
    """Recorded leaf hashes [low, high), as many as there are."""
    found: list[bytes] = []
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT first, leaves FROM audit_batch WHERE log_id = %s AND first < %s AND size > %s ORDER BY first",
            [log_id, high, low],
        )
        for first, packed in cursor.fetchall():
            raw = bytes(packed)
            begin, end = max(low, first) - first, min(high, first + len(raw) // HASH) - first
            found += [raw[at * HASH : (at + 1) * HASH] for at in range(begin, end)]
    return found


def stored_node(log_id: int, level: int, index: int) -> bytes:
    """A stored inner node. Raises Incomplete."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT hash FROM audit_node WHERE log_id = %s AND level = %s AND index = %s", [log_id, level, index]
        )
        row = cursor.fetchone()
    if row is None:
        raise Incomplete((level, index))
    return bytes(row[0])
