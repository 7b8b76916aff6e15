"""言葉の違い: what reads differently when one text of the policy takes the place of another: clauses, numbers, overlay."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from minamo.access.api import LIMITS, policies
from minamo.policy.rules.archive import Text, differing
from minamo.policy.rules.layers import reading
from minamo.policy.rules.words import Piece, difference


@dataclass(frozen=True)
class Changed:
    """変わる条文 with its difference in words. `own`: of the draft's own layer."""

    number: str
    title: str
    kind: str
    pieces: tuple[Piece, ...]
    own: bool = False


@dataclass(frozen=True)
class ChangedLimit:
    """変わる数値."""

    name: str
    label: str
    unit: str
    old: int
    new: int
    stricter: bool

    @property
    def sentences(self) -> tuple[str, str]:
        """What it did and what it will do, in words."""
        return tuple(LIMITS[self.name].means.format(f"{n}{self.unit}") for n in (self.old, self.new))  # type: ignore[return-value]

    @property
    def beside(self) -> bool:
        """Whether no rule reads it, so that no single decision, and no proof about decisions, tells what it does."""
        return self.name not in read_by_rules()


@dataclass(frozen=True)
class Difference:
    """違い: `after` is the number of the edition it is measured against (0: the model policy)."""

    after: int
    clauses: tuple[Changed, ...]
    limits: tuple[ChangedLimit, ...]
    old_overlay: str
    new_overlay: str

    @property
    def nothing(self) -> bool:
        """Whether both read the same."""
        return not (self.clauses or self.limits or self.old_overlay != self.new_overlay)


def between(old: Text, new: Text, own: Mapping[str, Any] | None = None) -> Difference:
    """What reads differently. `own`: clauses of the draft's own layer."""
    was, now = reading(old.clauses, old.limits), reading(new.clauses, new.limits)
    clauses = []
    for number in differing(old, new):
        one, two = was.get(number), now.get(number)
        kind = "新しい条文" if one is None else "なくなる条文" if two is None else "変わる条文"
        pieces = difference(str(one["text"]) if one else "", str(two["text"]) if two else "")
        title = str((two or one or {})["title"])
        clauses.append(Changed(number, title, kind, tuple(pieces), number in (own or {})))
    return Difference(old.number, tuple(clauses), changed_limits(old.limits, new.limits), old.overlay, new.overlay)


def changed_limits(old: Mapping[str, int], new: Mapping[str, int]) -> tuple[ChangedLimit, ...]:
    """The numbers that differ."""
    return tuple(
        ChangedLimit(name, limit.label, limit.unit, old[name], new[name], limit.stricter([old[name], new[name]]) == new[name])
        for name, limit in LIMITS.items()
        if old[name] != new[name]
    )  # fmt: skip


@lru_cache(maxsize=1)
def read_by_rules() -> frozenset[str]:
    """The numbers that rules read; the others end a sign-in or say how long something lasts."""
    text = "".join(repr(rule.template) for rule in policies().rules)
    return frozenset(name for name in LIMITS if f"'{name}'" in text)
