"""名簿の値 for the neighbours: the right people on the right day, one query each, nobody behind a restriction."""

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest

from minamo.kernel.schoolyear import JST
from minamo.people import api
from minamo.people.actions import classes, enrol
from minamo.people.actions.settle import settle
from minamo.people.models import JoinAttempt, Pupil, SchoolClass
from minamo.people.schools import School
from tests.fixtures.world import TODAY, World

ActorFor = Callable[..., Any]
pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)


def test_a_class_on_a_day_has_gaps_and_one_query(world: World, actor_for: ActorFor, count_queries: Any) -> None:
    actor_for("a1-homeroom")
    with count_queries() as asked:
        roster = api.roster_of_class(world.klass("a1-1"), TODAY)
    assert [(row.number, row.display_name, row.kana) for row in roster] == [
        (1, "高橋 花", "たかはし はな"),
        (2, "佐藤 空", "さとう そら"),
        (4, "渡邉 蓮", "わたなべ れん"),
    ]
    assert len(asked) == 1 and roster[0].class_title == "5年1組" and roster[0].belongs_on(TODAY)


def test_who_moves_is_in_one_class_each_day_and_in_the_months_of_both(world: World, actor_for: ActorFor) -> None:
    head = actor_for("a1-head")
    to = SchoolClass.objects.get(pk=world.klass("a1-2"))
    classes.change_class(actor=head, pupil_id=world.pupil("hana"), to=to, begins=TODAY)

    def rooms(day: dt.date) -> list[str]:
        return [r.class_title for r in api.roster_of_school(world.school("a1"), day) if r.display_name == "高橋 花"]

    assert rooms(TODAY - DAY) == ["5年1組"] and rooms(TODAY) == ["5年2組"]
    first, last = dt.date(2026, 11, 1), dt.date(2026, 11, 30)
    month = api.roster_of_class_between(world.klass("a1-1"), first, last)
    assert [row.ends for row in month if row.display_name == "高橋 花"] == [TODAY - DAY]
    december = api.roster_of_class_between(world.klass("a1-1"), last + DAY, last + 31 * DAY)
    assert "高橋 花" not in [row.display_name for row in december]


def test_classes_of_a_school_and_their_teachers(world: World, actor_for: ActorFor, count_queries: Any) -> None:
    actor_for("a1-head")
    with count_queries() as asked:
        rooms = api.homerooms_of(world.school("a1"), 2026)
    assert len(asked) == 1 and [room.title for room in rooms] == ["5年1組", "5年2組", "1・2年", "ひまわり学級"]
    assert [room.combined for room in rooms] == [False, False, True, False] and rooms[3].special_needs
    assert api.homerooms_of(world.school("a1"), 2025) == []
    music = api.class_card(world.klass("a1-music"), TODAY)
    assert set(music.teachers) == {"原澤 美咲", "林 専科"}
    with pytest.raises(SchoolClass.DoesNotExist):
        api.class_card(world.klass("b1-1"))


def test_children_of_a_guardian_over_schools_and_municipalities(
    world: World, actor_for: ActorFor, count_queries: Any
) -> None:
    mother = actor_for("takahashi-mother")
    with count_queries() as asked:
        children = api.children_of(mother)
    assert [child.display_name for child in children] == ["高橋 拓", "高橋 花", "高橋 海"] and len(asked) == 1
    assert {child.school_name for child in children} == {"中央小", "水上野中", "霧ヶ原小"}
    assert [child.display_name for child in api.children_of(actor_for("takahashi-father"))] == ["高橋 拓", "高橋 花"]
    assert api.children_of(actor_for("sato-father")) == []
    assert api.children_of(actor_for("a1-head")) == []


def test_a_child_who_left_is_no_longer_listed(world: World, actor_for: ActorFor) -> None:
    head = actor_for("a1-head")
    enrol.transfer_out(actor=head, pupil_id=world.pupil("hana"), accepted_on=TODAY, next_school="別の町の小学校")
    mother = actor_for("takahashi-mother")
    assert "高橋 花" not in [child.display_name for child in api.children_of(mother)]


def test_whom_to_notify_and_whom_to_call(world: World, actor_for: ActorFor, count_queries: Any) -> None:
    teacher = actor_for("a1-homeroom")
    told = api.guardians_to_notify(world.pupil("sora"), TODAY)
    assert [person.account_id for person in told] == [world.account("sato-mother")]
    assert [p.relation for p in api.guardians_to_notify(world.pupil("hana"), TODAY)] == ["母", "父"]
    both = [world.pupil("hana"), world.pupil("sora"), world.pupil("yui"), world.pupil("taku")]
    with count_queries() as asked:
        contacts = api.contacts_of(teacher, both, TODAY)
    assert len(asked) == 1 and set(contacts) == {world.pupil("hana"), world.pupil("sora")}
    assert [person.display_name for person in contacts[world.pupil("sora")]] == ["佐藤 恵"]
    assert contacts[world.pupil("hana")][0].phones[0].startswith("090-0000-")
    assert api.contacts_of(actor_for("a1-homeroom2"), both, TODAY) == {}


def test_cards(world: World, actor_for: ActorFor) -> None:
    actor_for("a1-head")
    card = api.pupil_card(world.pupil("hana"))
    assert (card.display_name, card.homeroom_title, card.number, card.left_on) == ("高橋 花", "5年1組", 1, None)
    cards = api.pupil_cards([world.pupil("hana"), world.pupil("nagi")])
    assert set(cards) == {world.pupil("hana")}  # the village is behind the wall
    with pytest.raises(Pupil.DoesNotExist):
        api.pupil_card(world.pupil("nagi"))


def test_what_was_entered_for_a_coming_day_takes_hold_on_it(
    world: World, actor_for: ActorFor, system_for: ActorFor
) -> None:
    head, soon = actor_for("a1-head"), TODAY + 7 * DAY
    new = School.objects.get(pk=world.school("a2"))
    enrol.transfer_out(actor=head, pupil_id=world.pupil("hana"), accepted_on=soon, to_school=new)
    room = SchoolClass.objects.get(pk=world.klass("a1-2"))
    classes.change_class(actor=head, pupil_id=world.pupil("sora"), to=room, begins=soon)
    with pytest.raises(PermissionError):
        settle(actor=head, on=soon)
    system = system_for("A")
    assert settle(actor=system, on=soon - DAY) == 0
    assert settle(actor=system, on=soon) == 2
    assert settle(actor=system, on=soon + 3 * DAY) == 0
    assert Pupil.objects.get(pk=world.pupil("hana")).school_id == world.school("a2")
    moved = Pupil.objects.get(pk=world.pupil("sora"))
    assert (moved.homeroom_id, moved.attendance_number) == (room.pk, 2)


def test_the_nightly_job_finds_the_municipalities_itself(
    world: World, actor_for: ActorFor, system_for: ActorFor
) -> None:
    import time_machine

    from minamo.people import jobs

    head = actor_for("a1-head")
    room = SchoolClass.objects.get(pk=world.klass("a1-2"))
    classes.change_class(actor=head, pupil_id=world.pupil("sora"), to=room, begins=TODAY + DAY)
    JoinAttempt.objects.create(key="x", at=dt.datetime(2026, 11, 24, 7, tzinfo=JST))
    assert jobs.turn_day(0) == 0 and not JoinAttempt.objects.exists()
    with time_machine.travel(dt.datetime(2026, 11, 24, 15, 5, tzinfo=dt.UTC)):  # five past midnight in Japan
        assert jobs.turn_day(0) == 1
    system_for("A")
    assert Pupil.objects.get(pk=world.pupil("sora")).homeroom_id == room.pk
