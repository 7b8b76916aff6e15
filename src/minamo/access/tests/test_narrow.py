"""The schema of one action: nothing else is lost, and a decision is the one of the whole schema."""

import cedarpy
import pytest

from minamo.access.narrow import narrowed, schema_for
from minamo.access.policyset import GROUPS, policies
from minamo.access.proof.schema import parse


@pytest.mark.parametrize("action", sorted(policies().actions))
def test_only_the_other_actions_are_gone(action: str) -> None:
    whole, part = parse(policies().schema_text), parse(narrowed(policies().schema_text, action))
    assert part.entities == whole.entities
    assert part.actions == {action: whole.actions[action]}
    assert part.actions[action].groups == policies().groups(action)


def test_groups_stay() -> None:
    text = narrowed(policies().schema_text, "own:manage")
    assert all(f'action "{group}"' in text for group in GROUPS)


def test_a_broken_schema_is_an_error() -> None:
    with pytest.raises(ValueError, match="schema"):
        schema_for("entity User = {", "own:manage")


def test_an_undeclared_attribute_is_still_refused() -> None:
    entity = '[{"uid": {"type": "Municipality", "id": "x"}, "attrs": {"moon": 1}, "parents": []}]'
    with pytest.raises(ValueError, match="entity"):
        cedarpy.Entities.from_json_str(entity, schema_for(policies().schema_text, "own:manage"))
    assert cedarpy.Entities.from_json_str(entity)  # without the schema nobody would have noticed
