"""Trouble in the decision never opens a door: Cedar alone would allow when a forbid cannot be evaluated."""

import datetime as dt
import uuid
from dataclasses import replace

import cedarpy
import pytest

from minamo.access import pdp
from minamo.access.actor import Actor
from minamo.access.own import own
from minamo.access.pdp import decide
from minamo.access.policyset import Policies, PolicyError, policies
from minamo.access.resources import Resource, resource_type

NOW = dt.datetime(2026, 11, 24, 8, 0, tzinfo=dt.UTC)
TOWN, SCHOOL, KLASS, PUPIL = (str(uuid.uuid4()) for _ in range(4))


def teacher(**relations: frozenset[str]) -> Actor:
    """A homeroom teacher of one class."""
    held = {"municipalities": frozenset([TOWN]), "serves": frozenset([SCHOOL]), "homerooms": frozenset([KLASS])}
    return Actor(
        account_id=uuid.uuid4(), kind="staff", label="", side="school", device_id=None, strength=1,
        authenticated_at=NOW, today=NOW.date(), now=NOW, relations=held | relations,
    )  # fmt: skip


def pupil(**values: object) -> Resource:
    """A pupil of that class."""
    known = {"municipality": TOWN, "school": SCHOOL, "homeroom": KLASS} | values
    return Resource("Pupil", PUPIL, known, resource_type("Pupil"))


def test_allows_the_plain_case() -> None:
    decision = decide(teacher(), "pupil:read", pupil())
    assert decision.allowed
    assert decision.rules == ("people.pupil-own-school",)


def test_denial_names_the_wall() -> None:
    decision = decide(teacher(), "pupil:read", pupil(municipality=str(uuid.uuid4())))
    assert not decision.allowed
    assert "access.wall-municipality" in decision.rules
    assert decision.clause.startswith("4.1")


def test_who_holds_less_is_somebody_else_to_the_engine() -> None:
    """What the engine reads of an actor is written once for it, and for no other made from it."""
    had = teacher()
    assert decide(had, "pupil:read", pupil()).allowed
    less = replace(had, relations={**had.relations, "serves": frozenset(), "homerooms": frozenset()})
    assert not decide(less, "pupil:read", pupil()).allowed
    assert decide(had, "pupil:read", pupil()).allowed


def test_undeclared_action_is_refused() -> None:
    decision = decide(teacher(), "pupil:eat", pupil())
    assert not decision.allowed
    assert decision.alarm


def test_missing_attribute_is_refused() -> None:
    broken = pupil()
    del broken.values["school"]  # type: ignore[attr-defined]
    decision = decide(teacher(), "pupil:read", broken)
    assert not decision.allowed
    assert decision.alarm == "KeyError"


def test_wrong_type_of_attribute_is_refused() -> None:
    kind = resource_type("Pupil")
    twisted = replace(
        kind, attributes={**kind.attributes, "school": replace(kind.attributes["school"], entity="Pupil")}
    )
    decision = decide(teacher(), "pupil:read", Resource("Pupil", PUPIL, pupil().values, twisted))
    assert not decision.allowed
    assert decision.alarm


def test_unknown_entity_type_is_refused() -> None:
    stranger = Resource("Dragon", PUPIL, pupil().values, resource_type("Pupil"))
    decision = decide(teacher(), "pupil:read", stranger)
    assert not decision.allowed
    assert decision.alarm


@pytest.mark.parametrize("name", ["side", "strength", "authentication_age", "device", "limits", "hour"])
def test_missing_circumstance_is_refused(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    complete = pdp.circumstances
    monkeypatch.setattr(pdp, "circumstances", lambda actor: {k: v for k, v in complete(actor).items() if k != name})
    decision = decide(teacher(), "pupil:read", pupil())
    assert not decision.allowed
    assert decision.alarm


def test_an_account_of_no_kind_opens_nothing() -> None:
    """Clause 4.15: not even what everybody may do with what is the own."""
    for kind in ("", "robot", "Staff"):
        stranger = replace(teacher(), kind=kind)
        for action, target in (("pupil:read", pupil()), ("own:manage", own(stranger.account_id))):
            decision = decide(stranger, action, target)
            assert not decision.allowed and "access.wall-unknown" in decision.rules, (kind, action)
    known = teacher()
    assert decide(known, "pupil:read", pupil()).allowed and decide(known, "own:manage", own(known.account_id)).allowed


def test_a_device_of_no_side_opens_nothing() -> None:
    """Clause 4.15: a device that belongs to no side is not one of the school."""
    for side in ("", "lab"):
        somewhere = replace(teacher(), side=side)
        for action, target in (("pupil:read", pupil()), ("own:manage", own(somewhere.account_id))):
            decision = decide(somewhere, action, target)
            assert not decision.allowed and "access.wall-unknown" in decision.rules, (side, action)


def test_a_crashing_engine_is_a_refusal(monkeypatch: pytest.MonkeyPatch) -> None:
    def crash(*_: object) -> None:
        raise RuntimeError("engine")

    monkeypatch.setattr(cedarpy, "is_authorized", crash)
    assert not decide(teacher(), "pupil:read", pupil()).allowed


def test_cedar_alone_would_fail_open() -> None:
    """Why the schema is always passed: the same request without it is an Allow with errors."""
    text = "permit(principal, action, resource); forbid(principal, action, resource) when { context.gone == 1 };"
    request = {"principal": 'User::"a"', "action": 'Action::"x"', "resource": 'Pupil::"p"', "context": {}}
    result = cedarpy.is_authorized(request, text, [])
    assert result.decision == cedarpy.Decision.Allow
    assert result.diagnostics.errors


@pytest.mark.parametrize(
    "text",
    [
        'permit (principal, action == Action::"own:manage", resource);',
        '@id("x.a") @clause("1") permit (principal, action == Action::"own:manage", resource);',
        '@id("other.a") @clause("1") @ja("あ") permit (principal, action == Action::"own:manage", resource);',
        '@id("x.a") @clause("1") @ja("あ") permit (principal, action, resource) when { principal.nothing };',
        '@id("x.a") @clause("1") @ja("あ") permit (principal, action',
    ],
)
def test_unusable_policy_text_stops_the_start(text: str) -> None:
    with pytest.raises((PolicyError, ValueError)):
        Policies({"x": text}, policies().schema_text)
