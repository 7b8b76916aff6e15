"""目標: what a measurement is asked to reach, beside what it came to."""

from collections.abc import Mapping
from typing import Any

NONE: Mapping[str, float] = {}


def missed(
    figures: Mapping[str, Any], *, least: Mapping[str, float] = NONE, most: Mapping[str, float] = NONE
) -> list[str]:
    """The figures that fall short of their goal, in words. A slower machine misses more: this ends no run with an error, what must
    hold on every machine does (`good`). Raises KeyError for a goal without a figure."""
    short = [f"{name} {figures[name]} (≥ {goal:g})" for name, goal in least.items() if figures[name] < goal]
    return short + [f"{name} {figures[name]} (≤ {goal:g})" for name, goal in most.items() if figures[name] > goal]
