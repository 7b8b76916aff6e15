"""食い違いの見分け (telling what was altered) inside one batch. Pure."""

import datetime as dt
import json
from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any

from minamo.audit.canonical import encode, readable
from minamo.audit.merkle import Frontier, leaf_hash

COMPARED = 100  # changed rows among which an exchange is looked for
PLACES = (
    ("id",),
    ("id", "at"),
    ("id", "xid"),
    ("id", "at", "xid"),
)  # what stays where it is when two rows are exchanged


@dataclass(frozen=True)
class Standing:
    """いまの行: what stands now in the row that a problem names: time in Japan, action, who. It may be what was altered."""

    at: str
    action: str
    who: str


@dataclass(frozen=True)
class Problem:
    """食い違い: what kind, in which tree, at which place (0 = first leaf; -1 = none), which row, and in words."""

    kind: str
    log: str
    seq: int
    entry: int | None
    text: str
    standing: Standing | None = None


@dataclass(frozen=True)
class Batch:
    """束: leaves [first, size) as they are recorded."""

    first: int
    size: int
    encoding: int
    sealed_at: dt.datetime
    earliest: dt.datetime
    latest: dt.datetime
    entries: list[int]
    leaves: bytes
    root: bytes
    key_id: bytes
    signature: bytes

    @classmethod
    def of(cls, row: Sequence[Any]) -> "Batch":
        """From a row of audit_batch."""
        return cls(*row[:7], *(bytes(part) for part in row[7:]))


BATCH_COLUMNS = ", ".join(
    readable(column.name) if column.type is dt.datetime else column.name for column in fields(Batch)
)
"""SQL: the columns of audit_batch that make a `Batch`."""


def judge(
    origin: str, batch: Batch, before: Frontier, found: Sequence[bytes], leaves: Sequence[bytes]
) -> list[Problem]:
    """Rows (`found`, b"" where there is none) against recorded leaves, with the signed root to decide between them."""
    places = [at for at, pair in enumerate(zip(found, leaves, strict=False)) if pair[0] != pair[1]]
    if len(leaves) != len(found):
        return [
            Problem("leaf", origin, batch.first, None, f"{batch.first + 1}〜{batch.size}件目の葉の記録の数が合いません")
        ]
    if _root(before, leaves) == batch.root:
        return [_row(origin, batch, at, found, leaves, places) for at in places]
    if all(found) and _root(before, found) == batch.root:
        return [
            Problem("leaf", origin, batch.first + at, batch.entries[at],
                    f"{batch.first + at + 1}件目（行 {batch.entries[at]}）の葉の記録が変えられています（行はもとのまま）")
            for at in places
        ]  # fmt: skip
    exchanged = [_row(origin, batch, at, found, leaves, places) for at in places]
    whole = f"{batch.first + 1}〜{batch.size}件目は、署名した根と合いません（葉の記録も変えられた）"
    return [*exchanged, Problem("checkpoint", origin, batch.first, None, whole)]


def _root(before: Frontier, leaves: Sequence[bytes]) -> bytes:
    tree = before.copy()
    tree.extend(leaves)
    return tree.root()


def _row(
    origin: str, batch: Batch, at: int, found: Sequence[bytes], leaves: Sequence[bytes], places: Sequence[int]
) -> Problem:
    seq, entry = batch.first + at, batch.entries[at]
    if not found[at]:
        return Problem("missing", origin, seq, entry, f"{seq + 1}件目（行 {entry}）がありません")
    other = next((place for place in places if leaves[place] == found[at]), None)
    if other is not None:
        text = f"{seq + 1}件目（行 {entry}）の場所に、{batch.first + other + 1}件目の行があります（順序の入れ替え）"
        return Problem("reordered", origin, seq, entry, text)
    return Problem("changed", origin, seq, entry, f"{seq + 1}件目（行 {entry}）の内容が、封をしたときと違います")


@dataclass(frozen=True)
class Touched:
    """A row that is not what was sealed: its line of now and the leaf that was recorded for it."""

    problem: Problem
    line: bytes
    leaf: bytes


def exchanged(touched: Sequence[Touched]) -> list[Problem]:
    """The problems of changed rows, where two have changed places said as such: each, put back, is what was sealed."""
    found = {one.problem.entry: one.problem for one in touched}
    some = touched[:COMPARED]
    for at, one in enumerate(some):
        other = next((each for each in some[at + 1 :] if _put_back(one, each) and _put_back(each, one)), None)
        if other is not None:
            found |= {
                one.problem.entry: _swapped(one.problem, other),
                other.problem.entry: _swapped(other.problem, one),
            }
    return list(found.values())


def _put_back(row: Touched, place: Touched) -> bool:
    """Whether the content of a row, at another's place, is what was sealed there."""
    content, there = json.loads(row.line), json.loads(place.line)
    return any(leaf_hash(encode(content | {name: there[name] for name in names})) == place.leaf for names in PLACES)


def _swapped(problem: Problem, other: Touched) -> Problem:
    text = f"{problem.seq + 1}件目（行 {problem.entry}）の内容が、行 {other.problem.entry} の内容と入れ替えられています"
    return Problem("exchanged", problem.log, problem.seq, problem.entry, text)
