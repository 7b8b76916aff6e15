"""言葉の違い: what reads differently when one text of the policy takes the place of another: clauses, numbers, overlay."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import lru_cache

from minamo.access.api import LIMITS, policies
from minamo.policy.rules.closings import Closing, closings
from minamo.policy.rules.text import Text, differing
from minamo.policy.rules.whence import LABELS
from minamo.policy.rules.words import Piece, difference


@dataclass(frozen=True)
class Changed:
    """変わる条文 with its difference in words. `own`: of the draft's own layer; `whence`: whose words are new, "" where nobody has
    kept it."""

    number: str
    title: str
    kind: str
    pieces: tuple[Piece, ...]
    own: bool = False
    whence: str = ""


@dataclass(frozen=True)
class ChangedLimit:
    """変わる数値."""

    name: str
    label: str
    unit: str
    old: int
    new: int
    stricter: bool
    whence: str = ""

    @property
    def sentences(self) -> tuple[str, str]:
        """What it did and what it will do, in words."""
        return tuple(LIMITS[self.name].means.format(f"{n}{self.unit}") for n in (self.old, self.new))  # type: ignore[return-value]

    @property
    def beside(self) -> bool:
        """Whether no rule reads it, so that no single decision, and no proof about decisions, tells what it does."""
        return self.name not in read_by_rules()


@dataclass(frozen=True)
class ChangedOverlay:
    """上乗せの違い: the rules that go and those that come, in words; and both as they are written."""

    gone: tuple[Closing, ...]
    come: tuple[Closing, ...]
    old: str
    new: str

    @property
    def written(self) -> bool:
        """Whether the rules themselves are shown and differ."""
        return self.old != self.new


@dataclass(frozen=True)
class Difference:
    """違い: `after` is the number of the edition it is measured against (0: the model policy)."""

    after: int
    clauses: tuple[Changed, ...]
    limits: tuple[ChangedLimit, ...]
    overlay: ChangedOverlay

    @property
    def nothing(self) -> bool:
        """Whether both read the same."""
        return not (self.clauses or self.limits or self.overlay.written)


def between(
    old: Text, new: Text, own: Collection[str] = (), whence: Mapping[str, Mapping[str, str]] | None = None
) -> Difference:
    """What reads differently. `own`: clauses of the draft's own layer; `whence`: see rules/whence.py."""
    of = whence or {"clauses": {}, "limits": {}}
    clauses = tuple(
        _changed(number, old, new, own=number in own, whence=LABELS.get(of["clauses"].get(number, ""), ""))
        for number in differing(old, new)
    )
    return Difference(old.number, clauses, changed_limits(old.limits, new.limits, of["limits"]), _overlays(old, new))


def _changed(number: str, old: Text, new: Text, *, own: bool, whence: str) -> Changed:
    there = number in old.words, number in new.words
    kind = "変わる条文" if all(there) else "新しい条文" if there[1] else "なくなる条文"
    title = new.words.get(number, old.words.get(number, ("",)))[0]
    return Changed(number, title, kind, tuple(difference(old.said(number), new.said(number))), own, whence)


def _overlays(old: Text, new: Text) -> ChangedOverlay:
    was, now = closings(old.overlay), closings(new.overlay)
    gone, come = (one for one in was if one not in now), (one for one in now if one not in was)
    return ChangedOverlay(tuple(gone), tuple(come), old.overlay, new.overlay)


def changed_limits(
    old: Mapping[str, int], new: Mapping[str, int], whence: Mapping[str, str] | None = None
) -> tuple[ChangedLimit, ...]:
    """The numbers that differ."""
    return tuple(
        ChangedLimit(
            name, limit.label, limit.unit, old[name], new[name], limit.stricter([old[name], new[name]]) == new[name],
            LABELS.get((whence or {}).get(name, ""), ""),
        )
        for name, limit in LIMITS.items()
        if old[name] != new[name]
    )  # fmt: skip


@lru_cache(maxsize=1)
def read_by_rules() -> frozenset[str]:
    """The numbers that rules read; the others end a sign-in or say how long something lasts."""
    text = "".join(repr(rule.template) for rule in policies().rules)
    return frozenset(name for name in LIMITS if f"'{name}'" in text)
