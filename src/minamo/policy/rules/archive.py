"""過去の版 (archive): what an edition replaced, how its time ended, and both in a line.

An edition keeps what it took the place of: `number` (0: the model policy), those `clauses` that read differently as they stood
before (None: was not there), the complete `limits`, the `overlay`. Its difference then needs no other row and never changes.
"""

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from minamo.kernel.schoolyear import jst_date
from minamo.policy.rules.layers import reading
from minamo.policy.rules.text import Text, differing

COMING, IN_FORCE, FORMER, UNDONE, NEVER = "coming", "in_force", "former", "undone", "never"
LONGEST_LIST = 5


@dataclass(frozen=True)
class Span:
    """一つの版の時: from when to when it was in force; `goes_back`: made by a rollback, not by a revision."""

    number: int
    begins: dt.datetime | None
    ends: dt.datetime | None
    goes_back: bool = False


def replaced_by(old: Text, new: Text) -> dict[str, Any]:
    """What `new` keeps of what it takes the place of."""
    return {
        "number": old.number,
        "clauses": {number: old.clauses.get(number) for number in differing(old, new)},
        "limits": dict(old.limits),
        "overlay": old.overlay,
    }


def before(new: Text, replaced: Mapping[str, Any]) -> Text:
    """What the edition took the place of, as far as it differs: every other clause reads as in the edition itself."""
    clauses = {**reading(new.clauses, new.limits), **replaced["clauses"]}
    there = {number: clause for number, clause in clauses.items() if clause is not None}
    return Text(replaced["number"], there, replaced["limits"], replaced["overlay"])


def crowded(spans: Iterable[Span]) -> frozenset[dt.date]:
    """Days on which editions took each other's place more than once: there a date alone says nothing."""
    moments = {moment for span in spans for moment in (span.begins, span.ends) if moment is not None}
    days = [jst_date(moment) for moment in moments]
    return frozenset(day for day in days if days.count(day) > 1)


def follower(span: Span, spans: Iterable[Span]) -> Span | None:
    """The edition that took its place: it began at the very moment this one ended."""
    if span.ends is None:
        return None
    later = [other for other in spans if other.begins == span.ends and other.number > span.number]
    return min(later, key=lambda other: other.number, default=None)


def standing(span: Span, after: Span | None) -> str:
    """How it stands: coming, in force, former, undone (somebody went back), never (overtaken before its day)."""
    if span.ends is None:
        return COMING if span.begins is None else IN_FORCE
    if span.begins is None:
        return NEVER
    return UNDONE if after is not None and after.goes_back else FORMER


def listed(names: list[str], counter: str) -> str:
    """A short list in a sentence: the first few, and how many more."""
    more = len(names) - LONGEST_LIST
    return "・".join(names[:LONGEST_LIST]) + (f"ほか{more}{counter}" if more > 0 else "")
