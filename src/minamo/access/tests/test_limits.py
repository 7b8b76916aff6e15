"""数値の定め: bounds, strictness, and that rules may read them, in the engine and in SQL alike."""

import datetime as dt
import uuid
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from minamo.access.actor import NEVER, Actor
from minamo.access.compile import visible_q
from minamo.access.limits import DEFAULTS, LIMITS, checked, strictest
from minamo.access.pdp import decide
from minamo.access.policyset import CLASSES, Policies, policies
from minamo.access.resources import Resource, resource_type

NOW = dt.datetime(2026, 11, 24, 8, 0, tzinfo=dt.UTC)
TOWN = str(uuid.uuid4())
RULES = """
@id("x.open") @clause("1") @ja("開く") permit (principal, action == Action::"people:list", resource);
@id("x.old") @clause("1") @ja("古い") forbid (principal, action == Action::"people:list", resource)
when { context.authentication_age > context.limits.reauth_minutes };
"""
editions = st.lists(
    st.fixed_dictionaries({name: st.integers(limit.lower, limit.upper) for name, limit in LIMITS.items()})
)


def actor(minutes: int, **limits: int) -> Actor:
    """Someone who proved who he is so many minutes ago."""
    return Actor(
        account_id=uuid.uuid4(), kind="staff", label="", side="school", device_id=None, strength=2,
        authenticated_at=NOW - dt.timedelta(minutes=minutes), today=NOW.date(), now=NOW, limits=checked(limits),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("minutes", "limit", "allowed"), [(15, 15, True), (16, 15, False), (16, 30, True), (31, 30, False)]
)
def test_a_rule_reads_a_limit(minutes: int, limit: int, allowed: bool) -> None:
    rules = Policies({"x": RULES}, policies().schema_text)
    school = resource_type("School")
    values = dict.fromkeys(school.attributes, TOWN)
    asked = actor(minutes, reauth_minutes=limit)
    assert decide(asked, "people:list", Resource("School", TOWN, values, school), rules=rules).allowed is allowed
    folded = visible_q(asked, "people:list", school, rules=rules)
    assert (str(folded) == "(AND: )") is allowed


@given(editions)
def test_the_strictest_is_at_most_each(given_editions: list[dict[str, int]]) -> None:
    result = strictest(given_editions)
    assert set(result) == set(LIMITS)
    for edition in given_editions:
        assert all(LIMITS[name].stricter([result[name], value]) == result[name] for name, value in edition.items())
    if not given_editions:
        assert result == DEFAULTS


@pytest.mark.parametrize("name", sorted(LIMITS))
def test_out_of_bounds_is_refused(name: str) -> None:
    limit = LIMITS[name]
    assert checked({name: limit.lower})[name] == limit.lower
    for value in (limit.lower - 1, limit.upper + 1):
        with pytest.raises(ValueError, match=limit.label):
            checked({name: value})
    with pytest.raises(KeyError):
        checked({"no_such_limit": 1})


def test_every_staff_action_is_in_exactly_one_class() -> None:
    wrong = {
        name: groups & set(CLASSES)
        for name, groups in policies().actions.items()
        if len(groups & set(CLASSES)) != ("staff" in groups)
    }
    assert wrong == {}


def test_a_proof_that_lies_ahead_is_no_proof() -> None:
    ahead = replace(actor(-1), device_proved_at=NOW + dt.timedelta(seconds=1))
    assert (ahead.authentication_age, ahead.device_proof_age) == (NEVER, NEVER)
    assert replace(actor(0), device_proved_at=NOW).device_proof_age == 0
