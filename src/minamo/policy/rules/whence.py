"""だれの言葉か (whence): whether what reads differently comes from the town, from its county's agreement, or from an update of the model
policy. Kept with an edition, because what lies below it changes later.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from minamo.policy.rules.text import Text, differing

TOWN, COUNTY, MODEL = "town", "county", "model"
LABELS = {TOWN: "町の定め", COUNTY: "郡の定め", MODEL: "手本の更新"}


@dataclass(frozen=True)
class Layers:
    """重なり: what the town says itself, and what the county's layer under it says."""

    own: Mapping[str, Any] = field(default_factory=dict)
    limits: Mapping[str, int] = field(default_factory=dict)
    county: Mapping[str, Any] = field(default_factory=dict)
    county_limits: Mapping[str, int] = field(default_factory=dict)


def whence(old: Text, new: Text, was: Layers, now: Layers) -> dict[str, dict[str, str]]:
    """Where each clause and each number that differs comes from: {"clauses": {…}, "limits": {…}}."""
    limits = {
        name: _of_limit(name, value, was, now) for name, value in new.limits.items() if old.limits.get(name) != value
    }
    return {"clauses": {n: _of_clause(n, old, new, was, now, limits) for n in differing(old, new)}, "limits": limits}


def _of_limit(name: str, value: int, was: Layers, now: Layers) -> str:
    if was.county_limits.get(name) != now.county_limits.get(name) and now.county_limits.get(name) == value:
        return COUNTY
    return TOWN if was.limits.get(name) != now.limits.get(name) else MODEL


def _of_clause(n: str, old: Text, new: Text, was: Layers, now: Layers, limits: Mapping[str, str]) -> str:
    if was.own.get(n) != now.own.get(n):
        return TOWN
    if n not in now.own and was.county.get(n) != now.county.get(n):
        return COUNTY
    if old.notes.get(n) != new.notes.get(n):
        return TOWN
    text = str(new.clauses.get(n, {}).get("text", ""))
    if old.clauses.get(n, {}).get("text") == text:  # the words stand, a number in them is another
        return next((limits[name] for name in re.findall(r"\{(\w+)\}", text) if name in limits), MODEL)
    return MODEL
