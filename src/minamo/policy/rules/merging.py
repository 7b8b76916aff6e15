"""新しい版に合わせる (three-way merge): a draft whose ground has moved, laid on the newer issue, clause by clause and number by
number. What only one side changed is taken; where both changed the same thing differently somebody has to choose.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

THEIRS, MINE = "theirs", "mine"


@dataclass(frozen=True)
class Layer:
    """町の層: the town's own clauses, numbers and overlay."""

    clauses: Mapping[str, Any]
    limits: Mapping[str, int]
    overlay: str = ""

    @property
    def parts(self) -> dict[str, Any]:
        """Everything that can be changed by itself, by key: `clause:2.2.12`, `limit:reauth_minutes`, `overlay`."""
        found: dict[str, Any] = {f"clause:{number}": text for number, text in self.clauses.items()}
        found |= {f"limit:{name}": value for name, value in self.limits.items()}
        return found | ({"overlay": self.overlay} if self.overlay else {})


@dataclass(frozen=True)
class Conflict:
    """両方で変わったところ; None stands for "not in the town's layer" (the model policy's words or number)."""

    key: str
    base: Any
    theirs: Any
    mine: Any


@dataclass(frozen=True)
class Merged:
    """合わせた結果: the layer (conflicts without a choice stay as in the newer issue), what the newer issue brings in, and all
    conflicts."""

    layer: Layer
    brought: tuple[str, ...]
    conflicts: tuple[Conflict, ...]

    def unsettled(self, choices: Mapping[str, str]) -> list[str]:
        """Keys of conflicts nobody has chosen about."""
        return [one.key for one in self.conflicts if choices.get(one.key) not in {THEIRS, MINE}]


def merged(base: Layer, theirs: Layer, mine: Layer, choices: Mapping[str, str]) -> Merged:
    """The draft (`mine`, begun from `base`) laid on the newer issue (`theirs`)."""
    b, t, m = base.parts, theirs.parts, mine.parts
    result, brought, conflicts = {}, [], []
    for key in sorted({*b, *t, *m}):
        old, other, own = b.get(key), t.get(key), m.get(key)
        chosen = own if other == old else other
        if other not in (old, own) and own != old:
            conflicts.append(Conflict(key, old, other, own))
            chosen = own if choices.get(key) == MINE else other
        elif other not in (old, own):
            brought.append(key)
        if chosen is not None or key in (m if chosen == own else t):
            result[key] = chosen
    return Merged(_layer(result), tuple(brought), tuple(conflicts))


def _layer(parts: Mapping[str, Any]) -> Layer:
    split = [(*key.partition(":")[::2], value) for key, value in parts.items()]
    return Layer(
        {name: value for kind, name, value in split if kind == "clause"},
        {name: value for kind, name, value in split if kind == "limit"},
        parts.get("overlay") or "",
    )
