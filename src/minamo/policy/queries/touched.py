"""だれが何を (who is touched): the result of a proof, grouped so that it is grasped at a glance: direction and reason, then one line
for each post with what it can or cannot do any more; below that, operation by operation, an example for each post."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Line:
    """一つの職 (or relation, or smallest combination of both) and the operations that change for it."""

    who: str
    what: tuple[str, ...]


@dataclass(frozen=True)
class Reason:
    """一つのわけ: the closing rule that is new or gone, an example of when it matters, and everybody it touches. `rows` are the
    same by operation, with an example for each post: (operation, ((post, sentence), …))."""

    sentence: str
    when: str
    lines: tuple[Line, ...]
    rows: tuple[tuple[str, tuple[tuple[str, str], ...]], ...]

    @property
    def examples(self) -> int:
        """How many examples there are."""
        return sum(len(each) for _, each in self.rows)


@dataclass(frozen=True)
class Side:
    """得る側か失う側."""

    gained: bool
    reasons: tuple[Reason, ...]
    operations: int


def sides(changes: Iterable[Mapping[str, Any]]) -> tuple[Side, ...]:
    """Who gains, then who loses; a side without anybody is left out."""
    found = list(changes)
    both = ((gained, [c for c in found if c["gained"] == gained]) for gained in (True, False))
    return tuple(Side(gained, _reasons(of), len({c["what"] for c in of})) for gained, of in both if of)


def _reasons(changes: Sequence[Mapping[str, Any]]) -> tuple[Reason, ...]:
    grouped: dict[tuple[str, ...], list[Mapping[str, Any]]] = {}
    for change in changes:
        grouped.setdefault(tuple(change["by"]), []).append(change)
    return tuple(_reason("、".join(by), of) for by, of in grouped.items())


def _reason(sentence: str, changes: Sequence[Mapping[str, Any]]) -> Reason:
    times = {change["when"] for change in changes}
    posts: dict[str, list[str]] = {}
    for change in changes:
        for who in change["who"]:
            posts.setdefault(who, []).append(change["what"])
    lines = sorted((Line(who, tuple(dict.fromkeys(what))) for who, what in posts.items()), key=lambda x: -len(x.what))
    rows = tuple((change["what"], tuple((one["who"], one["sentence"]) for one in change["each"])) for change in changes)
    return Reason(sentence, times.pop() if len(times) == 1 else "", tuple(lines), rows)
