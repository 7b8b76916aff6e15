"""10,000 faults in the decision path: none opens a door, each is an alarm or an error page. The seed is kept."""

import dataclasses
import json
import logging
import random
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from types import SimpleNamespace
from typing import Any

import cedarpy
import pytest
from django.db import DatabaseError, InterfaceError, OperationalError, connection, transaction
from django.test import Client

from minamo.access import actor as actors
from minamo.access import pdp, ports
from minamo.access.actor import Actor
from minamo.access.pdp import Decision, decide
from minamo.access.policyset import Policies, policies
from minamo.access.proof.encode import Encoder
from minamo.access.proof.tests.concrete import some_actor, some_resource
from minamo.access.resources import Attribute, Resource
from tests.fixtures.world import World

SEED = 20261124
FAULTS = 10_000


class Panic(BaseException):
    """What a crash inside the engine looks like: not an Exception."""


def deciding(actor: Actor, action: str, resource: Resource, rules: Policies | None = None) -> Decision:
    return decide(actor, action, resource, rules=rules)


@contextmanager
def patched(where: Any, name: str, value: Any) -> Iterator[None]:
    """One thing replaced for one decision."""
    before = getattr(where, name)
    setattr(where, name, value)
    try:
        yield
    finally:
        setattr(where, name, before)


# Each fault takes a clean request and decides it broken. It returns None where it does not apply.
Fault = Callable[[random.Random, Actor, str, Resource], Decision | None]


def attribute_missing(rng: random.Random, actor: Actor, action: str, resource: Resource) -> Decision | None:
    values = dict(resource.values)
    del values[rng.choice(sorted(values))]
    return deciding(actor, action, dataclasses.replace(resource, values=values))


def attribute_of_another_type(rng: random.Random, actor: Actor, action: str, resource: Resource) -> Decision | None:
    name = rng.choice(sorted(resource.type.attributes))
    if resource.type.attributes[name].entity is None:
        values = {**resource.values, name: rng.choice([7, True, ["school"], {"a": "b"}])}
        return deciding(actor, action, dataclasses.replace(resource, values=values))
    if resource.type.attributes[name].many and not resource.values.get(name):
        return None  # an empty set of anything is a set of people as well
    wrong = rng.choice([None, "Dragon", "Own", 'School"', ""])
    kind = dataclasses.replace(resource.type, attributes={**resource.type.attributes, name: Attribute("x", wrong)})
    return deciding(actor, action, dataclasses.replace(resource, type=kind))


def attribute_nobody_declared(rng: random.Random, actor: Actor, action: str, resource: Resource) -> Decision | None:
    kind = dataclasses.replace(resource.type, attributes={**resource.type.attributes, "extra": Attribute("x", None)})
    values = {**resource.values, "extra": rng.choice(["a", 1, True])}
    return deciding(actor, action, dataclasses.replace(resource, type=kind, values=values))


def resource_of_another_type(rng: random.Random, actor: Actor, action: str, resource: Resource) -> Decision | None:
    name = rng.choice([n for n in ("Dragon", "User", "Action", "", "Own", "Trail") if n != resource.name])
    if name in policies().resource_names[action]:
        return None
    return deciding(actor, action, dataclasses.replace(resource, name=name))


def action_unknown(rng: random.Random, actor: Actor, action: str, resource: Resource) -> Decision | None:
    wrong = rng.choice(["", "staff", "class1", action + " ", action.upper(), "pupil:eat", "*", 'x", "y'])
    return deciding(actor, wrong, resource)


def circumstance_missing(rng: random.Random, actor: Actor, action: str, resource: Resource) -> Decision | None:
    complete = pdp.circumstances(actor)
    gone = rng.choice(sorted(complete))
    with patched(pdp, "circumstances", lambda _: {k: v for k, v in complete.items() if k != gone}):
        return deciding(actor, action, resource)


def circumstance_of_another_type(rng: random.Random, actor: Actor, action: str, resource: Resource) -> Decision | None:
    complete = pdp.circumstances(actor)
    name = rng.choice(sorted(complete))
    wrongs: list[Any] = [None, [], {}, object(), float("nan"), 1.5, 2**70, b"x", "1" if name != "side" else 1]
    if isinstance(complete[name], str):
        wrongs = [w for w in wrongs if not isinstance(w, str)]
    wrong = rng.choice(wrongs)
    with patched(pdp, "circumstances", lambda _: {**complete, name: wrong}):
        return deciding(actor, action, resource)


def limit_missing(rng: random.Random, actor: Actor, action: str, resource: Resource) -> Decision | None:
    gone = rng.choice(sorted(actor.limits))
    limits: Any = {k: v for k, v in actor.limits.items() if k != gone}
    return deciding(
        dataclasses.replace(actor, limits=rng.choice([limits, None, {**limits, gone: "15"}])), action, resource
    )


def circumstance_nobody_declared(rng: random.Random, actor: Actor, action: str, resource: Resource) -> Decision | None:
    complete = pdp.circumstances(actor)
    with patched(pdp, "circumstances", lambda _: {**complete, "superuser": True}):
        return deciding(actor, action, resource)


def actor_broken(rng: random.Random, actor: Actor, action: str, resource: Resource) -> Decision | None:
    name, value = rng.choice(
        [("kind", None), ("kind", 7), ("side", None), ("strength", "2"), ("strength", None), ("now", "noon"),
         ("today", None), ("relations", None), ("device_state", None), ("authenticated_at", "yesterday")]
    )  # fmt: skip
    return deciding(dataclasses.replace(actor, **{name: value}), action, resource)  # type: ignore[arg-type]


def engine_raises(rng: random.Random, actor: Actor, action: str, resource: Resource) -> Decision | None:
    errors = (RuntimeError, ValueError, MemoryError, RecursionError, OSError, TypeError, Panic)
    error = rng.choice(errors)

    def broken(*_: object) -> None:
        raise error("engine")

    with patched(cedarpy, "is_authorized", broken):
        return deciding(actor, action, resource)


def engine_babbles(rng: random.Random, actor: Actor, action: str, resource: Resource) -> Decision | None:
    permit = next(rule.id for rule in policies().rules if rule.permits)
    forbid = next(rule.id for rule in policies().rules if not rule.permits)
    good = SimpleNamespace(reasons=[permit], errors=[])
    answer = rng.choice([
        None, True, "Allow", {}, SimpleNamespace(decision=cedarpy.Decision.Allow),
        SimpleNamespace(decision="Allow", diagnostics=good), SimpleNamespace(decision=True, diagnostics=good),
        SimpleNamespace(decision=cedarpy.Decision.NoDecision, diagnostics=good),
        SimpleNamespace(decision=cedarpy.Decision.Allow, diagnostics=SimpleNamespace(reasons=[permit], errors=["e"])),
        SimpleNamespace(decision=cedarpy.Decision.Allow, diagnostics=SimpleNamespace(reasons=None, errors=[])),
        SimpleNamespace(decision=cedarpy.Decision.Allow, diagnostics=SimpleNamespace(reasons=[], errors=[])),
        SimpleNamespace(decision=cedarpy.Decision.Allow, diagnostics=SimpleNamespace(reasons=["gone"], errors=[])),
        SimpleNamespace(decision=cedarpy.Decision.Allow, diagnostics=SimpleNamespace(reasons=[forbid], errors=[])),
    ])  # fmt: skip
    with patched(cedarpy, "is_authorized", lambda *_: answer):
        return deciding(actor, action, resource)


def schema_of_another_version(rng: random.Random, actor: Actor, action: str, resource: Resource) -> Decision | None:
    return deciding(actor, action, resource, rng.choice(_under_other_schemas()))


def policies_unreadable(rng: random.Random, actor: Actor, action: str, resource: Resource) -> Decision | None:
    error = rng.choice([OSError, ValueError, KeyError])

    def broken(_: tuple[str, ...]) -> Policies:
        raise error("policies")

    with patched(pdp, "rules_for", broken):
        return deciding(actor, action, resource)


@cache
def _under_other_schemas() -> tuple[Policies, ...]:
    """The rules of this installation, each time with a schema that is not theirs."""
    text = policies().schema_text
    changes = [("strength: Long,", ""), ("  side: String,\n", "  side: Long,\n"), ("kind: String,", "kind: Long,"),
               ("heads: Set<School>,", ""), ("strength: Long,", "strength: Long,\n  moon: String,")]  # fmt: skip
    found = []
    for before, after in changes:
        assert text.count(before) >= 1
        found.append(policies().replaced(policies().rules))
        found[-1].schema_text = text.replace(before, after)
    return tuple(found)


BREAKING: tuple[Fault, ...] = (
    attribute_missing, attribute_of_another_type, attribute_nobody_declared, resource_of_another_type, action_unknown,
    circumstance_missing, circumstance_of_another_type, circumstance_nobody_declared, limit_missing, actor_broken,
    engine_raises, engine_babbles, schema_of_another_version, policies_unreadable,
)  # fmt: skip


def requests_both_ways(rng: random.Random) -> Iterator[tuple[Actor, str, Resource]]:
    """Random requests, every other one such that it is allowed while nothing is broken."""
    encoder = Encoder(policies().schema_text)
    environments = list(encoder.environments.values())
    while True:
        env = rng.choice(environments)
        found = some_actor(rng), env.action.name, some_resource(rng, env.resource, env)
        yield found
        allowed = _operator(found[0], found[2])
        if allowed is not None and "staff" in policies().groups(env.action.name):
            yield allowed, env.action.name, found[2]


def _operator(actor: Actor, resource: Resource) -> Actor | None:
    """The operator's command, who may do every action of the staff there."""
    town = resource.values.get("municipality")
    if town is None:
        return None
    return dataclasses.replace(
        actor, kind="system", side="school", device_state="none", relations={"municipalities": frozenset([str(town)])}
    )


def test_ten_thousand_faults_open_nothing(caplog: pytest.LogCaptureFixture) -> None:
    """Every fault refuses with an alarm and a line in the log; half of the requests would be allowed without it."""
    caplog.set_level(logging.ERROR, logger="minamo.access.pdp")
    rng = random.Random(SEED)
    source = requests_both_ways(rng)
    counted: Counter[str] = Counter()
    open_doors: list[str] = []
    would_be_allowed = 0
    while sum(counted.values()) < FAULTS:
        actor, action, resource = next(source)
        fault = BREAKING[sum(counted.values()) % len(BREAKING)]
        caplog.clear()
        decision = fault(rng, actor, action, resource)
        if decision is None:
            continue
        counted[fault.__name__] += 1
        would_be_allowed += decide(actor, action, resource).allowed
        if decision.allowed or not decision.alarm or not caplog.records:
            open_doors.append(f"{fault.__name__}: {action} on {resource.name}: {decision}")
    assert open_doors == [], f"seed {SEED}"
    assert set(counted) == {fault.__name__ for fault in BREAKING}
    assert would_be_allowed > FAULTS * 0.3, "the faults must meet requests that would be allowed"


DATABASE_ERRORS = (OperationalError, InterfaceError, DatabaseError)


def break_actor(rng: random.Random, monkeypatch: pytest.MonkeyPatch) -> None:
    """The statement that reads posts and relations fails."""
    error = rng.choice(DATABASE_ERRORS)

    def broken(**_: object) -> None:
        raise error("gone")

    monkeypatch.setattr("minamo.access.middleware.load_actor", broken)


def break_facts(rng: random.Random, monkeypatch: pytest.MonkeyPatch) -> None:
    """The posts and relations come back as something else."""
    answer = rng.choice([{"serves": None}, {"serves": 5}, [], None, "{", 7])
    original = actors.split_facts
    broken = json.dumps(answer) if rng.random() < 0.3 else answer
    monkeypatch.setattr(actors, "split_facts", lambda _: original(broken))


def break_trail(rng: random.Random, monkeypatch: pytest.MonkeyPatch) -> None:
    """The trail cannot be written: a read that cannot be recorded is not shown."""
    error = rng.choice(DATABASE_ERRORS)

    def broken(**_: object) -> None:
        raise error("trail")

    monkeypatch.setattr(ports, "_trail", [broken])


def break_decision(rng: random.Random, monkeypatch: pytest.MonkeyPatch) -> None:
    """The engine fails in the middle of a request."""

    def broken(*_: object) -> None:
        raise rng.choice([RuntimeError, MemoryError, Panic])("engine")

    monkeypatch.setattr(cedarpy, "is_authorized", broken)


@pytest.mark.parametrize("number", range(40))
@pytest.mark.parametrize("breaking", [break_actor, break_facts, break_trail, break_decision])
def test_a_fault_in_a_request_shows_nothing(
    breaking: Callable[..., None], number: int, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture,
    client_for: Callable[..., Client], world: World,
) -> None:  # fmt: skip
    """A page the head may see: with a fault it is an error page or a refusal, without the pupil, and it is in the log."""
    client = client_for("a1-head")
    client.raise_request_exception = False
    path = f"/pupils/{world.pupil('hana')}/"
    if number == 0:
        with transaction.atomic():
            assert "高橋" in client.get(path).content.decode()
            transaction.set_rollback(True)
    caplog.set_level(logging.WARNING)
    breaking(random.Random(f"{SEED}{number}"), monkeypatch)
    with transaction.atomic():
        response = client.get(path)
        transaction.set_rollback(True)
    assert response.status_code in {403, 500}
    assert "高橋" not in response.content.decode()
    assert caplog.records


def test_a_database_that_goes_away_during_the_request(client_for: Callable[..., Client], world: World) -> None:
    client = client_for("a1-head")
    client.raise_request_exception = False

    def gone(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if "people_pupil" in sql and sql.startswith("SELECT"):
            raise OperationalError("server closed the connection")
        return execute(sql, params, many, context)

    with transaction.atomic(), connection.execute_wrapper(gone):
        response = client.get(f"/pupils/{world.pupil('hana')}/")
        transaction.set_rollback(True)
    assert response.status_code == 500
    assert "高橋" not in response.content.decode()


def test_the_clean_request_is_no_alarm() -> None:
    """The other side of the coin: without a fault there is no alarm, or the counts above would mean nothing."""
    rng = random.Random(SEED)
    source = requests_both_ways(rng)
    assert not any(decide(*next(source)).alarm for _ in range(500))
