"""関係 (relations): what a person can be to somebody or to a place, and which rooms tell it.

The policy text speaks of a person only through these. They lie below actor and decision, which both need them.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

# Relation → the type of what it is held to; the schema declares the same names (see policy/schema.cedarschema).
RELATION_TYPES: Mapping[str, str] = MappingProxyType(
    {
        "municipalities": "Municipality", "boards": "Municipality",
        "serves": "School", "heads": "School", "coordinators": "School", "nurses": "School", "clerks": "School",
        "technicians": "School",
        "homerooms": "SchoolClass", "teaches": "SchoolClass",
        "children": "Pupil", "selves": "Pupil", "emergencies": "Pupil",
        "roll_exceptions": "School", "contacts_exceptions": "SchoolClass", "register_exceptions": "SchoolClass",
    }
)  # fmt: skip
RELATIONS = tuple(RELATION_TYPES)


@dataclass(frozen=True)
class Facts:
    """One room's contribution to the actor: `function(account uuid, on date) returns jsonb`, keys → lists of ids."""

    function: str
    keys: tuple[str, ...]


_facts: list[Facts] = []


def register_facts(facts: Facts) -> None:
    """Called at start by each room that knows relations of an account (no upward import: access asks, rooms offer)."""
    if facts not in _facts:
        _facts.append(facts)


def registered_facts() -> tuple[Facts, ...]:
    """All relations known to this installation, in the order they were registered."""
    return tuple(_facts)
