"""規程のデモ: what the demo town shows, made by the verbs in a small town."""

import datetime as dt

import pytest
from django.db.models import F

from minamo.access.api import set_scope
from minamo.policy import demo
from minamo.policy.models import Acknowledgement, ExceptionGrant, Incident
from minamo.policy.queries.assets import AssetFilter, assets_of
from minamo.policy.queries.exceptions import exceptions_of
from minamo.policy.queries.grounds import new_ground
from minamo.policy.queries.revision import counted, revisions_of
from minamo.policy.queries.services import services_due
from minamo.policy.queries.texts import issue_in_force, limits_of
from minamo.policy.replay import Terms, replay, sought
from minamo.tenancy.models import Membership
from tests.fixtures.world import YEAR_BEGINS

pytestmark = pytest.mark.django_db


def test_the_demo_town_has_something_of_everything(system_for, actor_for, world):
    system_for("A")
    town, schools = world.municipality("A"), [world.school("a1"), world.school("a2")]
    with pytest.raises(ValueError, match="two officers"):
        demo.load(town, schools)
    set_scope(municipalities=[town], side="school")
    Membership.objects.create(
        municipality_id=town, account_id=world.account("a1-aide"), post="board", begins=YEAR_BEGINS
    )
    demo.load(town, schools, county=["990011"])
    board = actor_for("a-board")
    issue = issue_in_force(town)
    ground = new_ground(town)
    assert ground is not None and ground.county.clauses.keys() == {"2.5.14"} and ground.draft is None
    assert Acknowledgement.objects.filter(right_at_first__lt=F("asked")).count() == 1  # somebody was wrong at first
    assert issue.number == 1 and issue.limits == {"idle_minutes": 20} and issue.acknowledge_by > demo.TODAY
    read = Acknowledgement.objects.filter(issue=issue).count()
    assert 0 < read < Membership.objects.filter(municipality=town).count()
    assert sorted(state for _, state in revisions_of(board, town)) == ["draft", "issued"]
    due = {line.name for line in assets_of(board, town, AssetFilter(due=True)).lines}
    assert due == {"操作記録", "返却されたテスト", "行事の写真（USBメモリ）"}
    assert {line.row.name for line in services_due(board)} == {"学習ドリル", "健康診断票の入力"}
    assert sorted(card.state for card in exceptions_of(board, town)) == ["in_force", "requested"]
    person = ExceptionGrant.objects.get(template="roll").person_id
    assert actor_for(next(n for n in ("a2-head", "a12-nurse", "a1-nurse") if world.account(n) == person)).terms
    assert Incident.objects.get().school_id == schools[0]


def test_the_demo_has_decisions_to_measure_a_revision_by(system_for, actor_for, world):
    system_for("A")
    town, schools = world.municipality("A"), [world.school("a1"), world.school("a2")]
    Membership.objects.create(
        municipality_id=town, account_id=world.account("a1-aide"), post="board", begins=YEAR_BEGINS
    )
    demo.load(town, schools)
    board = actor_for("a-board")
    set_scope(municipalities=[town], side="school")
    before = Terms(limits_of({}))
    for limit, lost, gained in ((10, "2 人の 8 件の閲覧", ""), (60, "", "2 人の 4 件の閲覧")):
        new = Terms(limits_of({"reauth_minutes": limit}))
        since, until = board.now - dt.timedelta(days=90), board.now + dt.timedelta(days=400)
        found = replay(before, new, sought(town, since, until, before, new)).as_json()
        assert (counted(found["lost"]), counted(found["gained"])) == (lost, gained)
