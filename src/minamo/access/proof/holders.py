"""だれが (holders): under which post or relation a request is made, so that a comparison can list everybody it touches.

A holding is a set of relations to what the request is about, and `himself`: an attribute of the record names the actor. Posts
at a school are tied to serving there, being class teacher to teaching the class: the two functions that tell the relations
(tenancy_facts, people_facts) always give both.
"""

from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Any

import z3

from minamo.access.proof.environment import Environment, Value
from minamo.access.proof.request import relation_terms
from minamo.access.proof.witness import satisfiable
from minamo.access.relations import RELATIONS

HIMSELF = "himself"
TIES: Mapping[str, str] = {
    "heads": "serves", "coordinators": "serves", "nurses": "serves", "clerks": "serves", "technicians": "serves",
    "homerooms": "teaches",
}  # fmt: skip
# Posts are held by members of the staff; what other accounts are to a record. Anything else is found as a combination.
HELD_BY: Mapping[str, tuple[str, ...]] = {"guardian": ("children", HIMSELF), "pupil": ("selves", HIMSELF)}
# Lying in the municipality is the wall's matter and nobody's post.
NAMES = (*(name for name in RELATIONS if name != "municipalities"), HIMSELF)
Holding = frozenset[str]


class Holders:
    """The holdings of one environment."""

    def __init__(self, env: Environment) -> None:
        self.env = env
        self._members: dict[str, list[Any]] = {name: [] for name in NAMES}
        for name, term in relation_terms(env):
            if name in self._members:
                self._members[name].append(term)
        self._members[HIMSELF] = list(_names_the_actor(env))

    @cached_property
    def names(self) -> tuple[str, ...]:
        """What can be held here at all."""
        return tuple(name for name in NAMES if self._members[name])

    def single(self, kind: str) -> tuple[Holding, ...]:
        """Nothing held, and each one alone (with what it is tied to) that an account of this kind can be said to hold."""
        own = [name for names in HELD_BY.values() for name in names if name != HIMSELF]
        usual = [name for name in self.names if name not in own] if kind == "staff" else HELD_BY.get(kind, ())
        return (frozenset(), *(frozenset({name}) for name in usual if name in self.names))

    def ties(self) -> list[Any]:
        """What holds of every real actor, see TIES."""
        return [
            z3.Implies(one, other)
            for name, tied in TIES.items()
            for one, other in zip(self._members[name], self._members[tied], strict=True)
        ]

    def holds(self, name: str) -> Any:
        """The actor holds it to something the request names."""
        return z3.Or(self._members[name])

    def contains(self, holding: Holding) -> Any:
        """At least this is held."""
        return z3.And([self.holds(name) for name in sorted(holding)])

    def exactly(self, holding: Holding) -> Any:
        """This is held, what it is tied to, and nothing else."""
        terms = [self.contains(holding)]
        for name in self.names:
            if name in holding:
                continue
            tied = [self._members[held] for held in holding if TIES.get(held) == name]
            for place, member in enumerate(self._members[name]):
                terms.append(member == z3.Or([members[place] for members in tied]))
        return z3.And(terms)

    def least(self, asked: z3.Solver) -> tuple[Holding, Any]:
        """A smallest holding among those that still answer `asked`, which must have one; and the term of exactly it."""
        dropped: dict[str, Any] = {}
        for name in self.names:
            free = z3.Not(self.holds(name))
            if satisfiable(asked, *dropped.values(), free):
                dropped[name] = free
        held = frozenset(self.names) - set(dropped)
        exact = z3.And(self.contains(held), *dropped.values())
        return held - {TIES[name] for name in held if name in TIES}, exact


def _names_the_actor(env: Environment) -> Iterator[Any]:
    """An attribute of the record is the actor, or a set of it holds him."""
    actor = env.at("principal")
    for name, field in env.schema.entities[env.resource].items():
        if field.type.kind == "entity" and field.type.name == "User":
            yield env.at(f"resource.{name}").term == actor.term
        elif field.type.kind == "set" and field.type.of is not None and field.type.of.name == "User":
            group: Value = env.at(f"resource.{name}")
            yield group.term(actor.term)
