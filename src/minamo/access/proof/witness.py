"""証人 (witness): a model of the solver as a real actor and a real resource, so that Cedar itself can be asked.

The plainest one is chosen: whatever need not be unusual is made usual, so that the words name only what matters.
"""

import datetime as dt
import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import z3

from minamo.access.actor import Actor
from minamo.access.limits import DEFAULTS
from minamo.access.pdp import Decision, decide
from minamo.access.policyset import Policies
from minamo.access.proof.environment import Environment, Value, entity_of, text_code, text_of
from minamo.access.proof.request import AGES, KINDS, SIDES, relation_terms
from minamo.access.relations import RELATION_TYPES, RELATIONS
from minamo.access.resources import Resource, registered

JST = dt.timezone(dt.timedelta(hours=9))
WORKDAY, HOLIDAY = dt.date(2026, 11, 24), dt.date(2026, 11, 22)
TIMEOUT_MS = 5000


class ProofBroken(Exception):
    """The solver gave up, or Cedar does not confirm a witness: the encoding may not be trusted."""


@dataclass(frozen=True)
class Witness:
    """One possible request. `actor` and `resource` can be handed to the real decision."""

    actor: Actor
    action: str
    resource: Resource

    def replay(self, rules: Policies, limits: Mapping[str, int] | None = None) -> Decision:
        """Ask Cedar about it; with `limits` under these numbers."""
        from dataclasses import replace

        actor = self.actor if limits is None else replace(self.actor, limits=limits)
        return decide(actor, self.action, self.resource, rules=rules)


def solver(*terms: Any) -> z3.Solver:
    """A solver with these terms and the time limit of the house."""
    made = z3.Solver()
    made.set("timeout", TIMEOUT_MS)
    made.add(*terms)
    return made


def satisfiable(asked: z3.Solver, *further: Any) -> bool:
    """Ask, with further terms for this once; an answer that is neither yes nor no is an error, never a proof."""
    if further:
        asked.push()
        asked.add(*further)
        answer = asked.check()
        asked.pop()
    else:
        answer = asked.check()
    if answer == z3.unknown:
        raise ProofBroken(f"the solver gave up: {asked.reason_unknown()}")
    return bool(answer == z3.sat)


def plainest(env: Environment, terms: Iterable[Any]) -> Witness | None:
    """The plainest request of the environment that fulfils all terms, None when there is none."""
    asked = solver(*terms)
    return plainest_of(env, asked) if satisfiable(asked) else None


def plainest_of(env: Environment, asked: z3.Solver) -> Witness:
    """The plainest request that answers `asked`, which must have one. Its wishes stay with it."""
    _grant(asked, _wishes(env))
    assert satisfiable(asked)
    return read(env, asked.model())


def _grant(asked: z3.Solver, wishes: Sequence[Any]) -> None:
    """Each wish that can still be granted beside those before it; many at once where all of them can."""
    if not wishes:
        return
    if satisfiable(asked, *wishes):
        asked.add(*wishes)
    elif len(wishes) > 1:
        middle = len(wishes) // 2
        _grant(asked, wishes[:middle])
        _grant(asked, wishes[middle:])


def _wishes(env: Environment) -> list[Any]:
    """What makes a request usual, most important first."""
    kind, side = env.at("principal.kind").term, env.at("context.side").term
    wishes = [z3.Or([kind == text_code(k) for k in KINDS]), z3.Or([side == text_code(s) for s in SIDES])]
    wishes += [kind == text_code("staff"), side == text_code("school")]
    usual = {"device": "trusted", "posture": "good", "posture_source": "mdm", "network": "other", "purpose": "everyday"}
    wishes += [env.at(f"context.{name}").term == text_code(value) for name, value in usual.items()]
    numbers = {"strength": 2, "authentication_age": 0, "device_proof_age": 0, "act_proof_age": 0, "hour": 10}
    wishes += [env.at(f"context.{name}").term == value for name, value in numbers.items()]
    wishes += [env.at("context.strength").term == 1, z3.Not(env.at("context.holiday").term)]
    wishes += [env.at(f"context.limits.{name}").term == value for name, value in DEFAULTS.items()]
    wishes += [env.at(f"context.{age}").term <= bound for age in AGES
               for bound in (100_000, 1440, 120, 60, 30, 16, 6)]  # fmt: skip
    wishes += [z3.Not(member) for _, member in relation_terms(env)]
    return wishes


def read(env: Environment, model: z3.ModelRef) -> Witness:
    """The model as an actor and a resource."""
    found = _Model(env, model)
    moment = dt.datetime.combine(WORKDAY, dt.time(found.number("context.hour")), JST)
    actor = Actor(
        account_id=UUID(found.entity(env.at("principal"))), kind=found.text("principal.kind"), label="",
        side=found.text("context.side"), device_id=None, strength=found.number("context.strength"),
        authenticated_at=moment - dt.timedelta(minutes=found.number("context.authentication_age")),
        today=HOLIDAY if found.truth("context.holiday") else WORKDAY, now=moment, relations=found.relations(),
        device_state=found.text("context.device"), posture=found.text("context.posture"),
        posture_source=found.text("context.posture_source"),
        device_proved_at=moment - dt.timedelta(minutes=found.number("context.device_proof_age")),
        act_proved_at=moment - dt.timedelta(minutes=found.number("context.act_proof_age")),
        network=found.text("context.network"), purpose=found.text("context.purpose"),
        limits={name: found.number(f"context.limits.{name}") for name in DEFAULTS},
    )  # fmt: skip
    return Witness(actor, env.action.name, found.resource())


class _Model:
    def __init__(self, env: Environment, model: z3.ModelRef) -> None:
        self.env = env
        self.model = model

    def _long(self, term: Any) -> int:
        return int(self.model.eval(term, model_completion=True).as_long())

    def number(self, path: str) -> int:
        return self._long(self.env.at(path).term)

    def text(self, path: str) -> str:
        return text_of(self._long(self.env.at(path).term))

    def truth(self, path: str) -> bool:
        return self._true(self.env.at(path).term)

    def entity(self, value: Value) -> str:
        """The id of an entity: a named one as the rule names it, any other as a UUID of its number."""
        code = self._long(value.term)
        return entity_of(code) or str(UUID(int=(code % 2**96) + (_prefix(value.type.name) << 96)))

    def relations(self) -> dict[str, frozenset[str]]:
        held: dict[str, set[str]] = {name: set() for name in RELATIONS}
        for relation, member in relation_terms(self.env):
            if self._true(member):
                item = Value(_element(self.env, relation), member.arg(0))
                held[relation].add(self.entity(item))
        return {name: frozenset(ids) for name, ids in held.items()}

    def members(self, held: Value) -> list[str]:
        """Those in a set of the resource that the request names (nobody else matters to any rule)."""
        element = held.type.of
        assert element is not None
        things = [item for item in self._things() if item.type.kind == "entity" and item.type.name == element.name]
        return sorted({self.entity(item) for item in things if self._true(held.term(item.term))})

    def _things(self) -> list[Value]:
        paths = ["principal", "resource", *(f"resource.{name}" for name in self.env.schema.entities[self.env.resource])]
        return [*(self.env.at(path) for path in paths), *self.env.named.values()]

    def _true(self, term: Any) -> bool:
        return bool(z3.is_true(self.model.eval(term, model_completion=True)))

    def resource(self) -> Resource:
        kind = registered()[self.env.resource]
        values: dict[str, Any] = {}
        for name in self.env.schema.entities[self.env.resource]:
            value = self.env.at(f"resource.{name}")
            if value.type.kind == "entity":
                values[name] = self.entity(value)
            elif value.type.kind == "set":
                values[name] = self.members(value)
            elif value.type.kind == "bool":
                values[name] = self.truth(f"resource.{name}")
            elif value.type.kind == "string":
                values[name] = self.text(f"resource.{name}")
            else:
                values[name] = self.number(f"resource.{name}")
        return Resource(self.env.resource, self.entity(self.env.at("resource")), values, kind)


def _element(env: Environment, relation: str) -> Any:
    element = env.at(f"principal.{relation}").type.of
    assert element is not None
    assert element.name == RELATION_TYPES[relation]
    return element


def _prefix(name: str) -> int:
    """A small number for an entity type, so that ids of different types differ in their first digits."""
    return zlib.crc32(name.encode())
