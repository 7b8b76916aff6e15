"""求め (request): one symbolic request, in the words invariants are written with, and what is known about all of them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import z3

from minamo.access.limits import LIMITS
from minamo.access.proof.environment import LONG, Environment, text_code
from minamo.access.relations import RELATION_TYPES, RELATIONS
from minamo.access.resources import registered

Term = Any  # a truth value of the solver

KINDS = ("staff", "guardian", "pupil", "system")
SIDES = ("school", "home", "learning")
AGES = ("authentication_age", "device_proof_age", "act_proof_age")


@dataclass(frozen=True)
class Request:
    """A request nobody has made yet. `r.action`, `r.resource` are known, everything else is a symbol."""

    env: Environment

    @property
    def action(self) -> str:
        """The action's name."""
        return self.env.action.name

    @property
    def groups(self) -> frozenset[str]:
        """The action's groups (staff, family, learner, class1 … class4)."""
        return self.env.action.groups

    @property
    def resource(self) -> str:
        """The resource's type."""
        return self.env.resource

    def has(self, attribute: str) -> bool:
        """Whether this type of resource has the attribute."""
        return attribute in self.env.schema.entities[self.resource]

    def within(self, *groups: str) -> Term:
        """The action belongs to one of these groups."""
        return z3.BoolVal(bool(self.groups & set(groups)))

    # the actor
    def kind(self, *kinds: str) -> Term:
        """The account is of one of these kinds (staff, guardian, pupil, system)."""
        return self._text("principal.kind", kinds)

    def holds(self, relation: str, of: str = "") -> Term:
        """The actor has the relation to the resource's attribute `of` (default: the resource's own school, class or
        child, by the relation's type)."""
        path = f"resource.{of}" if of else self._object(RELATION_TYPES[relation])
        return self.env.at(f"principal.{relation}").term(self.env.at(path).term)

    def any_post(self, *relations: str) -> Term:
        """The actor has one of the relations to the resource's own school, class, child or municipality."""
        return z3.Or([self.holds(relation) for relation in relations])

    def staff(self, *relations: str) -> Term:
        """A member of staff with one of these posts here."""
        return z3.And(self.kind("staff"), self.any_post(*relations))

    def by(self, *relations: str) -> Term:
        """Staff with one of these posts here, or the operator's command."""
        return z3.Or(self.staff(*relations), self.kind("system"))

    def only_post(self, relation: str) -> Term:
        """The actor's one relation to this resource is this (apart from lying in the municipality)."""
        others = [member for name, member in relation_terms(self.env) if name not in {relation, "municipalities"}]
        return z3.And(self.any_post(relation), z3.Not(z3.Or(others)))

    def parent(self) -> Term:
        """A guardian of the child the resource is about."""
        return z3.And(self.kind("guardian"), self.holds("children"))

    def in_municipality(self) -> Term:
        """The resource lies in a municipality of the actor (true for what lies in none)."""
        return self.holds("municipalities") if self.has("municipality") else z3.BoolVal(True)

    def himself(self, attribute: str) -> Term:
        """The resource's attribute is the actor."""
        return self.env.at(f"resource.{attribute}").term == self.env.at("principal").term

    def _object(self, entity: str) -> str:
        """Where the resource says which school, class, child or municipality it belongs to: `school` before `self`."""
        names = {"Municipality": "municipality", "School": "school", "SchoolClass": "homeroom", "Pupil": "pupil"}
        for path in (names[entity], "self"):
            field = self.env.schema.entities[self.resource].get(path)
            if field is not None and field.type.name == entity:
                return f"resource.{path}"
        if self.resource == entity:
            return "resource"
        raise ValueError(f"{self.resource} belongs to no {entity}")

    def among(self, attribute: str) -> Term:
        """The actor is one of those the resource's attribute names."""
        return self.env.at(f"resource.{attribute}").term(self.env.at("principal").term)

    def attribute(self, name: str, *values: str) -> Term:
        """The resource's attribute is one of these texts."""
        return self._text(f"resource.{name}", values)

    # circumstances
    def side(self, *sides: str) -> Term:
        """The device belongs to one of these sides (school, home, learning)."""
        return self._text("context.side", sides)

    def circumstance(self, name: str, *values: str) -> Term:
        """A circumstance is one of these texts."""
        return self._text(f"context.{name}", values)

    def number(self, name: str) -> Term:
        """A circumstance that is a number: strength, authentication_age, device_proof_age, hour."""
        return self.env.at(f"context.{name}").term

    def limit(self, name: str) -> Term:
        """A number the municipality sets (limits.py)."""
        return self.env.at(f"context.limits.{name}").term

    def _text(self, path: str, values: tuple[str, ...]) -> Term:
        term = self.env.at(path).term
        return z3.Or([term == text_code(value) for value in values])

    # joining
    def all(self, *terms: Term) -> Term:
        """Every one of them."""
        return z3.And(list(terms))

    def any(self, *terms: Term) -> Term:
        """At least one of them."""
        return z3.Or(list(terms))

    def no(self, term: Term) -> Term:
        """Not this."""
        return z3.Not(term)

    def implies(self, first: Term, second: Term) -> Term:
        """If the first, then the second."""
        return z3.Implies(first, second)

    def ordinary(self) -> Term:
        """ふだんの状態: the actor's own side and municipality, an approved device that has just proved itself, a fresh
        second factor (staff). Guardians and children: their own side. What is asked for has just been proved where it must be."""
        staff = z3.And(
            self.kind("staff"), self.side("school"), self.circumstance("device", "approved", "trusted"),
            self.number("strength") == 2, self.number("authentication_age") == 0,
            self.number("device_proof_age") == 0, self.number("act_proof_age") == 0, self.circumstance("posture", "good"),
            self.circumstance("purpose", "everyday"),
        )  # fmt: skip
        others = z3.And(self.circumstance("device", "none"), self.circumstance("purpose", "everyday"),
                        self.number("act_proof_age") == 0)  # fmt: skip
        present = z3.And(others, self.number("authentication_age") == 0)
        family = z3.And(self.kind("guardian"), self.side("home"), present)
        learner = z3.And(self.kind("pupil"), self.side("learning"), present)
        command = z3.And(self.kind("system"), self.side("school"), others)
        return z3.And(self.in_municipality(), z3.Or(staff, family, learner, command))


def facts(env: Environment, limits: Mapping[str, int] | None = None) -> list[Any]:
    """What holds of every real request of this environment (前提, see invariant.FACTS). With `limits` their values are fixed."""
    terms = []
    kind = registered().get(env.resource)
    for name, attribute in kind.attributes.items() if kind else ():
        if attribute.path == kind.key and attribute.entity == env.resource:  # type: ignore[union-attr]
            terms.append(env.at(f"resource.{name}").term == env.at("resource").term)
    ages = [env.at(f"context.{age}").term for age in AGES]
    terms += [z3.And(age >= 0, age < LONG) for age in ages]
    terms.append(z3.And(env.at("context.hour").term >= 0, env.at("context.hour").term <= 23))
    strength = env.at("context.strength").term
    terms.append(z3.And(strength >= -LONG, strength < LONG))
    for name, limit in LIMITS.items():
        term = env.at(f"context.limits.{name}").term
        if limits is None:
            terms.append(z3.And(term >= limit.lower, term <= limit.upper))
        else:
            terms.append(term == limits[name])
    return terms


def relation_terms(env: Environment) -> list[tuple[str, Any]]:
    """Every relation of the actor with every thing of its type that the request or a rule names."""
    paths = ["principal", "resource", *(f"resource.{name}" for name in env.schema.entities[env.resource])]
    things = [*(env.at(path) for path in paths), *env.named.values()]
    return [
        (relation, env.at(f"principal.{relation}").term(value.term))
        for relation in RELATIONS
        for value in things
        if value.type.kind == "entity" and value.type.name == RELATION_TYPES[relation]
    ]
