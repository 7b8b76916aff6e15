"""いっしょに書く (two people at one form): a form carries every field, also those its writer has not touched. What only one of them
changed is taken; where both changed the same field differently, the second one has to choose. Pure.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

UNOPENED = "new"  # what a form says it has seen that was opened before anything was written


@dataclass(frozen=True)
class Together:
    """合わせた結果: the value of each field (of a clash: what was typed), and the fields both have changed, in order."""

    values: Mapping[str, Any]
    clashes: tuple[str, ...]


def together(typed: Mapping[str, Any], now: Mapping[str, Any], base: Mapping[str, Any]) -> Together:
    """`typed` beside what stands `now`; `base` is what stood when the form was opened, a field of which nobody can say that is left out
    and clashes wherever the two differ."""
    values, clashes = dict(typed), []
    for name, mine in typed.items():
        if name in base and mine == base[name]:
            values[name] = now[name]
        elif mine != now[name] and not (name in base and now[name] == base[name]):
            clashes.append(name)
    return Together(values, tuple(clashes))
