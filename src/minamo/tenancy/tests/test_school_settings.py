"""学校の設定: who may, what is refused with what was typed kept, and that it reaches the trail."""

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from minamo.access.api import set_scope
from minamo.audit.models import Entry
from minamo.tenancy.models import School
from tests.fixtures.world import World

ClientFor = Callable[..., Client]
pytestmark = pytest.mark.django_db
GOOD = {
    "notice_deadline": "８時１０分",
    "first_time": "6:30",
    "last_time": "18:30",
    "phone": "0278-00-0000",
    "terms": "2",
}


def place(world: World) -> str:
    return f"/schools/{world.school('a1')}/settings/"


def school(world: World) -> School:
    set_scope(municipalities=[world.municipality("A")], side="school")
    return School.objects.get(pk=world.school("a1"))


def test_the_head_changes_it_and_the_trail_knows(world: World, client_for: ClientFor) -> None:
    head = client_for("a1-head")
    assert head.get(place(world)).status_code == 200
    assert head.post(place(world), GOOD).status_code == 302
    row = school(world)
    assert (row.notice_deadline, row.first_time, row.last_time, row.terms, row.phone) == (
        dt.time(8, 10), dt.time(6, 30), dt.time(18, 30), 2, "0278-00-0000")  # fmt: skip
    entry = Entry.objects.get(action="school:manage", outcome="allow", detail__has_key="changed")
    assert entry.school_id == row.pk and "0278" not in str(entry.detail)
    assert head.post(place(world), GOOD).status_code == 302
    school(world)
    assert Entry.objects.filter(action="school:manage", detail__has_key="changed").count() == 1


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"notice_deadline": "25:00"}, "8:15 のように"), ({"notice_deadline": ""}, "時刻を入れて"),
        ({"first_time": "19:00"}, "より後の時刻"), ({"notice_deadline": "5:00"}, "範囲の中"),
        ({"terms": "4"}, "2学期制か3学期制"), ({"phone": "<b>"}, "数字とハイフン"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused_and_kept(change: Any, said: str, world: World, client_for: ClientFor) -> None:
    before = school(world).notice_deadline
    answer = client_for("a1-head").post(place(world), GOOD | change)
    text = answer.content.decode()
    assert answer.status_code == 422 and said in text and ("0278-00-0000" in text or "phone" in change)
    assert school(world).notice_deadline == before


@pytest.mark.parametrize(
    ("who", "status"),
    [
        ("a1-vice", 200),
        ("a-board", 200),
        ("a2-head", 403),
        ("b1-head", 404),
        ("a1-teacher", 403),
        ("takahashi-mother", 403),
    ],
)
def test_who_may(who: str, status: int, world: World, client_for: ClientFor) -> None:
    assert client_for(who).get(place(world)).status_code == status
    if status != 200:
        assert client_for(who).post(place(world), GOOD).status_code == status


def test_nobody_without_a_sign_in(world: World, client: Client) -> None:
    assert client.get(place(world)).status_code == 302
