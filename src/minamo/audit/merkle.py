"""ハッシュ木 (Merkle tree) as in RFC 9162 §2.1, SHA-256. Pure functions over 32-byte hashes; no I/O.

Leaf: SHA-256(0x00 ‖ entry). Node: SHA-256(0x01 ‖ left ‖ right). A tree that grows only needs its *frontier*: the roots of
the perfect subtrees it is made of, at most one per bit of its size. Appending n leaves costs n node hashes in total.
"""

import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

HASH = 32
EMPTY = hashlib.sha256(b"").digest()

# Root of leaves [low, high) of a tree; what proofs are made from.
RangeRoot = Callable[[int, int], bytes]


class ProofError(ValueError):
    """証明が合わない: the hashes do not lead to the root that was claimed."""


def leaf_hash(entry: bytes) -> bytes:
    """Hash of an entry."""
    return hashlib.sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Hash of an inner node."""
    return hashlib.sha256(b"\x01" + left + right).digest()


@dataclass
class Frontier:
    """先端: size of a growing tree and the roots of its perfect subtrees, the largest first."""

    size: int = 0
    peaks: list[bytes] = field(default_factory=list)

    @classmethod
    def of(cls, size: int, packed: bytes) -> "Frontier":
        """From its stored form. Raises ValueError when the number of hashes does not fit the size."""
        if len(packed) != HASH * size.bit_count():
            raise ValueError("a frontier has one hash per bit of its size")
        return cls(size, [packed[at : at + HASH] for at in range(0, len(packed), HASH)])

    def packed(self) -> bytes:
        """The stored form: the peaks in a row."""
        return b"".join(self.peaks)

    def copy(self) -> "Frontier":
        """An independent copy."""
        return Frontier(self.size, list(self.peaks))

    def append(self, leaf: bytes, level: int = 0) -> list[tuple[int, int, bytes]]:
        """Add a leaf (or the root of a perfect subtree of 2^level leaves, at its place); returns the inner nodes that
        became complete as (level, index, hash). Raises ValueError when a subtree does not fit here."""
        if self.size & ((1 << level) - 1):
            raise ValueError("a subtree begins at a multiple of its size")
        completed: list[tuple[int, int, bytes]] = []
        peaks = self.peaks
        bits = self.size >> level
        while bits & 1:
            leaf = hashlib.sha256(b"\x01" + peaks.pop() + leaf).digest()
            level += 1
            bits >>= 1
            completed.append((level, self.size >> level, leaf))
        peaks.append(leaf)
        self.size += 1 << (level - len(completed))
        return completed

    def extend(self, leaves: Iterable[bytes], every: int = 0) -> list[tuple[int, int, bytes]]:
        """Add leaves, a whole level of nodes at a time; returns those that became complete on each `every`-th level as (level,
        index, hash), the lowest level first (0: none are wanted)."""
        row, first, level = list(leaves), self.size, 0
        self.size += len(row)
        kept: list[tuple[int, int, bytes]] = []
        peaks, fresh, sha = self.peaks, [], hashlib.sha256
        while row:
            if first & 1:
                row.insert(0, peaks.pop())
            if len(row) & 1:
                fresh.append(row.pop())
            row = [sha(b"\x01" + left + right).digest() for left, right in zip(row[::2], row[1::2], strict=True)]
            first, level = first >> 1, level + 1
            if every and level % every == 0:
                kept += [(level, index, node) for index, node in enumerate(row, first)]
        peaks += reversed(fresh)
        return kept

    def root(self) -> bytes:
        """The root of the whole tree; SHA-256 of nothing when it is empty."""
        if not self.peaks:
            return EMPTY
        root = self.peaks[-1]
        for peak in reversed(self.peaks[:-1]):
            root = node_hash(peak, root)
        return root


def root_of(leaves: Iterable[bytes]) -> bytes:
    """The root over leaf hashes."""
    frontier = Frontier()
    frontier.extend(leaves)
    return frontier.root()


def range_roots(leaves: Sequence[bytes]) -> RangeRoot:
    """Range roots of a tree that is in memory."""
    return lambda low, high: root_of(leaves[low:high])


def cover(low: int, high: int) -> Iterator[tuple[int, int]]:
    """The perfect subtrees that make up leaves [low, high), left to right, as (level, index)."""
    while low < high:
        level = (low & -low).bit_length() - 1 if low else (high - low).bit_length() - 1
        while low + (1 << level) > high:
            level -= 1
        yield level, low >> level
        low += 1 << level


def split(size: int) -> int:
    """The largest power of two smaller than `size` (size ≥ 2): where RFC 9162 divides a tree."""
    return 1 << ((size - 1).bit_length() - 1)


def inclusion_proof(index: int, size: int, roots: RangeRoot) -> list[bytes]:
    """包含の証明: PATH(index, D[size]) of RFC 9162 §2.1.3.1. Raises IndexError outside the tree."""
    if not 0 <= index < size:
        raise IndexError(index)
    path: list[bytes] = []
    low, high = 0, size
    while high - low > 1:
        middle = low + split(high - low)
        if index < middle:
            path.append(roots(middle, high))
            high = middle
        else:
            path.append(roots(low, middle))
            low = middle
    return path[::-1]


def check_inclusion(leaf: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes) -> None:
    """Verify as in RFC 9162 §2.1.3.2. Raises ProofError when the leaf is not at that place under that root."""
    if not 0 <= index < size:
        raise ProofError("the index lies outside the tree")
    at, last, found = index, size - 1, leaf
    for step in proof:
        if last == 0:
            raise ProofError("the proof is too long")
        if at & 1 or at == last:
            found = node_hash(step, found)
            while not at & 1 and at:
                at, last = at >> 1, last >> 1
        else:
            found = node_hash(found, step)
        at, last = at >> 1, last >> 1
    if last or found != root:
        raise ProofError("the entry is not in the tree at that place")


def consistency_proof(first: int, second: int, roots: RangeRoot) -> list[bytes]:
    """整合の証明: PROOF(first, D[second]) of RFC 9162 §2.1.4.1; empty when there is nothing to prove."""
    if not 0 <= first <= second:
        raise IndexError(first)
    if first in {0, second}:
        return []
    proof: list[bytes] = []
    low, high, known = 0, second, True
    while first != high:
        middle = low + split(high - low)
        if first <= middle:
            proof.append(roots(middle, high))
            high = middle
        else:
            proof.append(roots(low, middle))
            low, known = middle, False
    if not known:
        proof.append(roots(low, high))
    return proof[::-1]


def check_consistency(first: int, second: int, old: bytes, new: bytes, proof: Sequence[bytes]) -> None:
    """Verify as in RFC 9162 §2.1.4.2. Raises ProofError when the larger tree does not begin with the smaller one."""
    if first > second:
        raise ProofError("the tree has shrunk")
    if first == second or first == 0:
        if proof or (first == second and old != new) or (first == 0 and old != EMPTY):
            raise ProofError("two different trees of the same size")
        return
    path = list(proof) if first & (first - 1) else [old, *proof]
    if not path:
        raise ProofError("the proof is empty")
    at, last = first - 1, second - 1
    while at & 1:
        at, last = at >> 1, last >> 1
    seen_old = seen_new = path[0]
    for step in path[1:]:
        if last == 0:
            raise ProofError("the proof is too long")
        if at & 1 or at == last:
            seen_old, seen_new = node_hash(step, seen_old), node_hash(step, seen_new)
            while not at & 1 and at:
                at, last = at >> 1, last >> 1
        else:
            seen_new = node_hash(seen_new, step)
        at, last = at >> 1, last >> 1
    if last or seen_old != old or seen_new != new:
        raise ProofError("the larger tree does not begin with the smaller one")
