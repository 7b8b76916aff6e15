"""学校の一覧: the names of a town and its schools are for everybody who has to do with it, and for nobody else (clause 5.1)."""

from collections.abc import Callable
from typing import Any

import pytest

from minamo.access.api import may, set_scope
from minamo.tenancy.models import Municipality, School
from tests.fixtures.world import World

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("who", "inside"),
    [
        ("a1-aide", True),
        ("a2-head", True),
        ("a-board", True),
        ("takahashi-mother", True),
        ("pupil-hana", True),
        ("b1-head", False),
        ("b-board", False),
        ("shimizu-father", False),
        ("a1-former", False),
    ],
)
def test_who_belongs_to_a_town_reads_its_names_and_nobody_else(
    who: str, inside: bool, world: World, actor_for: Callable[..., Any]
) -> None:
    actor = actor_for(who)
    set_scope(municipalities=[world.municipality("A")], side="school")
    town, school = Municipality.objects.get(pk=world.municipality("A")), School.objects.get(pk=world.school("a1"))
    assert (may(actor, "municipality:read", town), may(actor, "school:read", school)) == (inside, inside)
