"""ゼロトラストの対応表 (anchors): the seven tenets of NIST SP 800-207 and the elements of strong access control of the
guideline, each with what minamo does, what the municipality must do, the clauses that say so and the tests that show it.

The words stand in `anchors.toml`; that the clauses and tests exist is a test of the room.
"""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from minamo.access.api import PROOF_FACTS, collected
from minamo.policy.clauses import Clause, model

_FILE = Path(__file__).parent / "anchors.toml"
WHO = {"minamo": "minamo が守る", "both": "両方で守る", "town": "自治体が守る"}


@dataclass(frozen=True)
class Anchor:
    """求められること, with who does what about it."""

    number: str
    title: str
    who: str
    minamo: str
    town: str
    clauses: tuple[Clause, ...]
    tests: tuple[str, ...]


@dataclass(frozen=True)
class Proved:
    """証明の数: invariants that `bin/minamo policy prove` proves for every possible request, and what it takes for true."""

    walls: int
    duties: int
    facts: tuple[str, ...]


@lru_cache(maxsize=1)
def anchors() -> Mapping[str, tuple[Anchor, ...]]:
    """`tenet` and `control`, in order. Raises KeyError for a clause that the model policy does not have."""
    data = tomllib.loads(_FILE.read_text(encoding="utf-8"))
    return {kind: tuple(_anchor(row) for row in data[kind]) for kind in ("tenet", "control")}


def _anchor(row: Mapping[str, Any]) -> Anchor:
    clauses: Sequence[str] = row["clauses"]
    return Anchor(
        row["n"], row["title"], WHO[row.get("who", "both")], row["minamo"], row["town"],
        tuple(model().clauses[number] for number in clauses), tuple(row["tests"]),
    )  # fmt: skip


def proved() -> Proved:
    """How many invariants the rooms claim."""
    invariants, _ = collected()
    walls = sum(invariant.kind == "wall" for invariant in invariants)
    facts = tuple(fact.partition("（")[0] for fact in PROOF_FACTS.values())  # without the place in the code
    return Proved(walls, len(invariants) - walls, facts)
