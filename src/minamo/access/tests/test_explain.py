"""誰が見られるか: the panel says exactly what the engine would decide for each person."""

from collections.abc import Callable
from typing import Any

import pytest

from minamo.access.api import may
from minamo.access.explain import SIDES, who_can
from minamo.access.models import Account
from minamo.people.models import Pupil
from tests.fixtures.world import DISABLED, TODAY, World

ACTIONS = (
    "pupil:read",
    "pupil:contacts",
    "pupil:protected",
    "pupil:edit",
    "pupil:export",
    "pupil:family",
    "pupil:self",
)
pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("name", ["hana", "sora", "kai", "nagi"])
def test_the_panel_is_the_engine(name: str, world: World, actor_for: Callable[..., Any]) -> None:
    accounts = list(Account.objects.all())
    actors = {a.login_id: actor_for(a.login_id) for a in accounts if a.login_id not in DISABLED}
    head = actor_for("b1-head" if name == "nagi" else "a1-head")
    pupil = Pupil.objects.get(pk=world.pupil(name))
    grants = who_can(pupil, ACTIONS, candidates=[a.pk for a in accounts], today=TODAY, now=head.now)
    said = {(grant.account_id, grant.action) for grant in grants}
    expected = {
        (actor.account_id, action) for actor in actors.values() for action in ACTIONS if may(actor, action, pupil)
    }
    assert said == expected and expected
    assert all(actor.side == SIDES[actor.kind] for actor in actors.values())


def test_grants_name_the_rule_in_japanese(world: World, actor_for: Callable[..., Any]) -> None:
    actor = actor_for("a1-head")
    pupil = Pupil.objects.get(pk=world.pupil("sora"))
    accounts = Account.objects.values_list("pk", flat=True)
    grants = who_can(pupil, ["pupil:protected", "pupil:family"], candidates=accounts, today=TODAY, now=actor.now)
    by_action = {grant.action: grant for grant in grants}
    assert by_action["pupil:protected"].rule_id == "people.protected-heads"
    assert "校長・教頭だけ" in by_action["pupil:protected"].sentence
    family = [grant.label for grant in grants if grant.action == "pupil:family"]
    assert family == ["佐藤 恵"]  # the father is shut out, the disabled head is nobody


def test_one_query_and_an_unknown_action_is_an_error(
    world: World, actor_for: Callable[..., Any], count_queries: Callable[[], Any]
) -> None:
    actor = actor_for("a1-head")
    pupil = Pupil.objects.get(pk=world.pupil("hana"))
    accounts = list(Account.objects.values_list("pk", flat=True))
    with count_queries() as asked:
        who_can(pupil, ACTIONS, candidates=accounts, today=TODAY, now=actor.now)
    assert len(asked) == 1
    with pytest.raises(KeyError):
        who_can(pupil, ["pupil:eat"], candidates=accounts, today=TODAY, now=actor.now)
