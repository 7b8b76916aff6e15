"""A formula of the encoder, evaluated for one concrete request: the other half of "encoder ≡ Cedar"."""

import datetime as dt
import random
from typing import Any
from uuid import UUID

import z3

from minamo.access.actor import Actor
from minamo.access.limits import LIMITS
from minamo.access.pdp import NOBODY, circumstances
from minamo.access.proof.environment import Environment, entity_code, text_code
from minamo.access.relations import RELATION_TYPES, RELATIONS
from minamo.access.resources import Resource, registered

KINDS = ("staff", "guardian", "pupil", "system", "visitor")
SIDES = ("school", "home", "learning", "cable")
NAMED = (str(UUID(int=401)),)  # ids the random rules name
POOLS = {
    name: [str(UUID(int=number * 100 + i)) for i in range(1, 4)]
    for number, name in enumerate(("Municipality", "School", "SchoolClass", "Pupil", "User"), start=1)
}

TEXTS = ("author", "class", "school", "elsewhere")  # what attributes of plain text may say, and something they never do


def some_actor(rng: random.Random) -> Actor:
    """Anybody, in any circumstances."""
    now = dt.datetime(2026, 11, 24, rng.randrange(24), 0, tzinfo=dt.timezone(dt.timedelta(hours=9)))
    ages = [now - dt.timedelta(minutes=rng.choice([0, 4, 5, 6, 15, 16, 60, 61])), None]
    share = rng.choice([0.2, 0.5, 0.9])
    return Actor(
        account_id=UUID(rng.choice(POOLS["User"])), kind=rng.choice(KINDS), label="", side=rng.choice(SIDES),
        device_id=None, strength=rng.choice([0, 1, 2, 3]), authenticated_at=rng.choice(ages), now=now,
        today=now.date() - dt.timedelta(days=rng.choice([0, 2])),
        relations={
            name: frozenset(i for i in POOLS[RELATION_TYPES[name]] if rng.random() < share) for name in RELATIONS
        },
        device_state=rng.choice(["none", "registered", "approved", "trusted", "quarantined", "lost", "melted"]),
        device_proved_at=rng.choice(ages), posture=rng.choice(["good", "bad", "unknown"]),
        posture_source=rng.choice(["none", "self", "proxy", "mdm"]),
        network=rng.choice(["other", "school-lan"]), purpose=rng.choice(["everyday", "emergency"]),
        limits={name: rng.choice([one.lower, one.default, one.upper]) for name, one in LIMITS.items()},
    )  # fmt: skip


def some_resource(rng: random.Random, name: str, env: Environment) -> Resource:
    """Any resource of a type, references from small pools (sometimes nobody)."""
    values: dict[str, Any] = {}
    own = rng.choice(POOLS.get(name, POOLS["Pupil"]))
    for attribute, field in env.schema.entities[name].items():
        if field.type.kind == "string":  # never missing: a column that is not null
            values[attribute] = rng.choice(TEXTS)
            continue
        many = field.type.of if field.type.kind == "set" else None
        pool = POOLS.get(many.name if many else field.type.name)
        assert pool is not None, f"{name}.{attribute}: widen POOLS"
        if many:
            values[attribute] = rng.sample(pool, rng.randrange(len(pool) + 1))
            continue
        values[attribute] = None if rng.random() < 0.1 else rng.choice(pool)
    return Resource(name, own, values, registered()[name])


def number_of(entity_type: str, entity_id: str | None) -> int:
    """The integer that stands for an entity."""
    code: int = entity_code(entity_type, entity_id or NOBODY).as_long()
    return code if entity_id in {None, *NAMED} else UUID(entity_id).int


def evaluate(term: Any, env: Environment, actor: Actor, resource: Resource) -> bool:
    """The formula with every symbol replaced by what the request says."""
    constants: list[tuple[Any, Any]] = []
    functions: list[tuple[Any, Any]] = []
    known = _values(env, actor, resource)
    for path, symbol in env.symbols.items():
        value = known[path]
        if symbol.type.kind == "set":
            assert symbol.type.of is not None
            held = [z3.Var(0, z3.IntSort()) == number_of(symbol.type.of.name, i) for i in value]
            functions.append((symbol.term, z3.Or(held)))
        elif symbol.type.kind == "bool":
            constants.append((symbol.term, z3.BoolVal(value)))
        elif symbol.type.kind == "string":
            constants.append((symbol.term, text_code(value)))
        elif symbol.type.kind == "entity":
            constants.append((symbol.term, z3.IntVal(number_of(symbol.type.name, value))))
        else:
            constants.append((symbol.term, z3.IntVal(value)))
    result = term
    if functions:
        result = z3.substitute_funs(result, *functions)
    result = z3.simplify(z3.substitute(result, *constants))
    assert z3.is_true(result) or z3.is_false(result), result
    return z3.is_true(result)


def _values(env: Environment, actor: Actor, resource: Resource) -> dict[str, Any]:
    known: dict[str, Any] = {"principal": str(actor.account_id), "principal.kind": actor.kind, "resource": resource.id}
    known |= {f"principal.{name}": actor.ids(name) for name in RELATIONS}
    known |= {f"resource.{name}": value for name, value in resource.values.items()}
    for name, value in circumstances(actor).items():
        if isinstance(value, dict):
            known |= {f"context.{name}.{inner}": number for inner, number in value.items()}
        else:
            known[f"context.{name}"] = value
    return known
