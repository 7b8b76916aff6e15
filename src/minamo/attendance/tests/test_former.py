"""ほかの自治体へ転学した子: the former school's papers keep the name of then; where she is now is not to be learnt there."""

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from minamo.access.api import set_scope, widen_scope
from minamo.audit.api import append
from minamo.kernel.names import PersonName
from minamo.people.api import roster_import as roster
from minamo.people.models import Enrolment, FormerPupil, Pupil, Restriction
from tests.fixtures.world import World

ClientFor = Callable[..., Client]
pytestmark = pytest.mark.django_db
DAY = dt.date(2026, 11, 10)
NEW = ("新垣", "はる", "あらかき", "霧ヶ原", "B-0001")


@pytest.fixture
def gone(world: World, system_for: Callable[..., Any]) -> Callable[..., None]:
    """花 has gone to municipality B and has another name there."""

    def go() -> None:
        system_for("A")
        account = Pupil.objects.get(pk=world.pupil("hana")).account_id
        actor = system_for("B")
        widen_scope(world.municipality("A"))
        name = PersonName(family=NEW[0], given=NEW[1], family_kana=NEW[2], given_kana=NEW[1])
        person = roster.RosterPerson(world.pupil("hana"), account, "hana@b.example.jp", "hana@b.example.jp", True, name,
                                     name.search_key, None, NEW[4])  # fmt: skip
        roster.receive_pupil(actor=actor, municipality_id=world.municipality("B"), pupil_id=world.pupil("hana"),
                             person=person, place=roster.RosterPlace(world.school("b1"), "P5", None, None),
                             accepted_on=DAY, next_school="霧ヶ原小学校")  # fmt: skip
        set_scope(municipalities=[world.municipality("A")], side="school")

    return go


def nothing_new(text: str) -> bool:
    return not [word for word in NEW if word in text]


@pytest.mark.parametrize("who", ["a1-head", "a1-homeroom", "a-board"])
def test_the_past_register_keeps_the_name(who: str, world: World, client_for: ClientFor, gone: Any) -> None:
    gone()
    client = client_for(who)
    for path in (f"/classes/{world.klass('a1-1')}/months/2026/11/", f"/classes/{world.klass('a1-1')}/register/2026-11-09/",
                 f"/schools/{world.school('a1')}/months/2026/11/"):  # fmt: skip
        page = client.get(path)
        assert page.status_code == 200
        assert "高橋 花" in page.content.decode() and nothing_new(page.content.decode()), path
    today = client.get(f"/classes/{world.klass('a1-1')}/register/").content.decode()
    assert "高橋 花" not in today


def test_the_printed_register_has_everybody(world: World, client_for: ClientFor, gone: Any) -> None:
    client = client_for("a1-head")
    path = f"/classes/{world.klass('a1-1')}/months/2026/11/print/"
    gone()
    printed = client.get(path)
    assert printed.status_code == 200 and printed["Content-Type"] == "application/pdf"


def test_the_list_of_those_who_left(world: World, client_for: ClientFor, gone: Any) -> None:
    gone()
    client = client_for("a1-head")
    path = f"/schools/{world.school('a1')}/pupils/"
    assert "高橋 花" not in client.get(path).content.decode()
    listed = client.get(f"{path}?left=1&q=髙橋").content.decode()
    assert "高橋 花" in listed and "2026-11-09" in listed and nothing_new(listed)
    assert client.get(f"/pupils/{world.pupil('hana')}/").status_code == 404


def test_another_school_or_town_sees_no_former_pupil(world: World, client_for: ClientFor, gone: Any) -> None:
    gone()
    assert client_for("a2-head").get(f"/schools/{world.school('a1')}/pupils/?left=1").status_code == 403
    here = client_for("b1-head").get(f"/schools/{world.school('b1')}/pupils/?left=1").content.decode()
    assert "転学した児童生徒" not in here and NEW[0] in here


def test_the_trail_says_the_name_of_then(world: World, client_for: ClientFor, gone: Any, actor_for: Any) -> None:
    gone()
    head = actor_for("a1-head")
    append(actor=head, action="pupil:read", resource_type="Pupil", resource_id=str(world.pupil("hana")),
           municipality=world.municipality("A"), school=world.school("a1"), pupil=world.pupil("hana"))  # fmt: skip
    page = client_for("a1-head").get(f"/schools/{world.school('a1')}/trail/")
    assert page.status_code == 200
    assert "高橋 花" in page.content.decode() and nothing_new(page.content.decode())


def test_under_protection_the_next_school_is_not_written_down(world: World, gone: Any, system_for: Any) -> None:
    system_for("A")
    Restriction.objects.create(municipality_id=world.municipality("A"), pupil_id=world.pupil("hana"), kind="address",
                               begins=dt.date(2026, 5, 1), ground="申し出")  # fmt: skip
    gone()
    assert Enrolment.objects.get(pupil_id=world.pupil("hana"), school=world.school("a1")).next_school == ""
    assert FormerPupil.objects.count() == 1
