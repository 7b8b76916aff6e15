"""The formula and Cedar say the same: on random requests about the real rules, and on random rules."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from minamo.access.compile import UnsupportedPolicy
from minamo.access.pdp import decide
from minamo.access.policyset import Policies, policies
from minamo.access.proof.encode import Encoder
from minamo.access.proof.prove import confirmed
from minamo.access.proof.request import facts
from minamo.access.proof.schema import parse
from minamo.access.proof.tests.concrete import evaluate, some_actor, some_resource
from minamo.access.proof.witness import plainest

ATOMS = [
    "principal.heads.contains(resource.school)", "principal.serves.contains(resource.school)",
    "principal.municipalities.contains(resource.municipality)", "principal.children.contains(resource)",
    "principal.homerooms.contains(resource.homeroom)", "principal.selves.contains(resource)",
    'principal.kind == "staff"', 'principal.kind != "guardian"', '"learning" == context.side',
    '["school", "home"].contains(context.side)', "context.strength < 2", "2 <= context.strength",
    "context.authentication_age > context.limits.reauth_minutes", "context.hour >= 20", "context.holiday",
    "context.holiday == false", "resource has school", "resource has registrant", "context has limits",
    "context has limits.reauth_minutes", 'action in Action::"class2"', 'action == Action::"pupil:edit"',
    'action in [Action::"class1", Action::"class3"]', 'resource == Pupil::"00000000-0000-0000-0000-000000000191"',
    'resource.school == School::"none"', 'principal.serves.containsAny([School::"none", School::"x"])',
    'principal.heads.containsAll([School::"none"])', "resource is Pupil", "principal == principal", "true",
]  # fmt: skip
ACTIONS = ["pupil:read", "pupil:contacts", "pupil:edit", "pupil:protected", "pupil:family", "pupil:self"]


def joined(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    """Conditions of conditions."""
    return st.one_of(
        inner.map(lambda a: f"!({a})"),
        st.tuples(inner, inner).map(lambda p: f"(({p[0]}) && ({p[1]}))"),
        st.tuples(inner, inner).map(lambda p: f"(({p[0]}) || ({p[1]}))"),
        st.tuples(inner, inner, inner).map(lambda p: f"(if {p[0]} then ({p[1]}) else ({p[2]}))"),
    )


CONDITION = st.recursive(st.sampled_from(ATOMS), joined, max_leaves=6)
SCOPE = st.sampled_from(
    [f'action == Action::"{name}"' for name in ACTIONS[:3]]
    + [
        'action in [Action::"pupil:read", Action::"pupil:self"]',
        'action in Action::"staff"',
        'action in Action::"family"',
    ]
)
RULE = st.tuples(st.sampled_from(["permit", "permit", "forbid"]), SCOPE, st.sampled_from(["when", "unless"]), CONDITION)


def written(rules: list[tuple[str, str, str, str]]) -> str:
    """Rules as Cedar text. Only pupils are spoken of, so that every attribute exists."""
    return "\n".join(
        f'@id("x.{n}") @clause("1") @ja("あ") {effect} (principal, {scope}, resource is Pupil) {word} {{ {condition} }};'
        for n, (effect, scope, word, condition) in enumerate(rules)
    )


@settings(max_examples=100, deadline=None)
@given(rules=st.lists(RULE, min_size=1, max_size=5), seed=st.integers(0, 2**32))
def test_random_rules_mean_the_same_in_both(rules: list[tuple[str, str, str, str]], seed: int) -> None:
    rng = random.Random(seed)
    chosen = Policies({"x": written(rules)}, policies().schema_text)
    encoder = Encoder(chosen.schema_text)
    for action in rng.sample(ACTIONS, 3):
        env = encoder.environments[action, "Pupil"]
        term = encoder.allow(chosen, env)
        for _ in range(6):
            actor, resource = some_actor(rng), some_resource(rng, "Pupil", env)
            decision = decide(actor, action, resource, rules=chosen)
            assert not decision.alarm
            assert evaluate(term, env, actor, resource) == decision.allowed
        witness = plainest(env, [*facts(env), term])
        if witness is not None:
            confirmed(witness, chosen, True)


def test_the_real_rules_mean_the_same_in_both() -> None:
    """Every environment of this installation, on random requests: a fair share is allowed."""
    rng = random.Random(20261124)
    chosen = policies()
    encoder = Encoder(chosen.schema_text)
    allowed = total = 0
    for env in encoder.environments.values():
        term = encoder.allow(chosen, env)
        for _ in range(60):
            actor, resource = some_actor(rng), some_resource(rng, env.resource, env)
            decision = decide(actor, env.action.name, resource, rules=chosen)
            assert not decision.alarm, decision
            assert evaluate(term, env, actor, resource) == decision.allowed, (env.key, actor, resource)
            allowed += decision.allowed
            total += 1
    assert allowed > total * 0.02


def test_every_action_on_every_resource_is_an_environment() -> None:
    known = {(a, r) for a, names in policies().resource_names.items() for r in names}
    assert set(Encoder(policies().schema_text).environments) == known


@pytest.mark.parametrize(
    "condition",
    [
        "context.hour + 1 > 3", 'principal.kind like "st*"', "principal.heads.isEmpty()",
        "principal.heads.containsAny(principal.serves)", "resource in resource.school", "context.hour * 2 > 3",
        'principal.heads == [School::"x"]', "principal.serves.containsAll(principal.heads)",
    ],
)  # fmt: skip
def test_what_is_not_understood_is_refused(condition: str) -> None:
    chosen = Policies({"x": written([("permit", 'action == Action::"pupil:read"', "when", condition)])},
                      policies().schema_text)  # fmt: skip
    encoder = Encoder(chosen.schema_text)
    with pytest.raises(UnsupportedPolicy):
        encoder.allow(chosen, encoder.environments["pupil:read", "Pupil"])


def test_an_attribute_of_an_attribute_is_refused() -> None:
    """The decision carries actor and resource only; Cedar would fail on the rest."""
    text = ('@id("x.1") @clause("1") @ja("あ") permit (principal, action == Action::"notice:read", resource) '
            "when { principal.serves.contains(resource.pupil.school) };")  # fmt: skip
    chosen = Policies({"x": text}, policies().schema_text)
    encoder = Encoder(chosen.schema_text)
    with pytest.raises(UnsupportedPolicy):
        encoder.allow(chosen, encoder.environments["notice:read", "Notice"])


@pytest.mark.parametrize(
    "text",
    [
        "namespace X { entity A; }", "entity A in [B];", "entity A tags String;", "entity A = { x: ipaddr };",
        'entity A enum ["x"];', "entity A = { x: Set<Unknown> };", "nonsense", "entity A = { x: String }",
    ],
)  # fmt: skip
def test_a_schema_that_is_not_understood_is_refused(text: str) -> None:
    with pytest.raises(UnsupportedPolicy):
        parse(text)


def test_optional_attributes_are_refused() -> None:
    schema = policies().schema_text.replace("entity Pupil = {", "entity Pupil = { nickname?: String,")
    text = ('@id("x.1") @clause("1") @ja("あ") permit (principal, action == Action::"pupil:read", resource) '
            'when { resource has nickname && resource.nickname == "x" };')  # fmt: skip
    chosen = Policies({"x": text}, schema)
    encoder = Encoder(schema)
    with pytest.raises(UnsupportedPolicy):
        encoder.allow(chosen, encoder.environments["pupil:read", "Pupil"])
