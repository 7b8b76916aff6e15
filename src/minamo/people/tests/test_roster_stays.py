"""在籍のまとめ書き: where pupils are, where a stay begins or goes on, who leaves, who comes from another town."""

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest

from minamo.access.api import Actor, Denied, widen_scope
from minamo.access.models import Account
from minamo.audit.models import Entry
from minamo.kernel.names import PersonName
from minamo.people.actions import roster
from minamo.people.models import ClassPupil, Enrolment, FormerPupil, GuardianLink, Pupil
from tests.fixtures.world import World

pytestmark = pytest.mark.django_db
BEGAN = dt.date(2026, 4, 1)
DAY = dt.date(2026, 11, 10)
EVE = DAY - dt.timedelta(days=1)


@pytest.fixture
def importer(world: World, system_for: Callable[..., Any]) -> dict[str, Any]:
    """The operator in municipality A, as every verb wants it."""
    return {"actor": system_for("A"), "municipality_id": world.municipality("A")}


def stay(world: World, pupil: str, school: str = "a1", grade: str = "P5", **more: Any) -> roster.RosterStay:
    """A stay as an import hands it over."""
    known = {"year": 2026, "begins": DAY, "begin_kind": "carried", "end_kind": "carried"} | more
    return roster.RosterStay(world.pupil(pupil), world.school(school), grade, **known)


def stays_of(world: World, pupil: str) -> list[tuple[Any, ...]]:
    """A pupil's stays, oldest first."""
    rows = Enrolment.objects.filter(pupil_id=world.pupil(pupil)).order_by("begins")
    return list(rows.values_list("school_id", "grade", "begins", "ends", "begin_kind", "end_kind"))


def entries(world: World, pupil: str) -> list[dict[str, Any]]:
    """What the trail says of a pupil's import."""
    return [e.detail for e in Entry.objects.filter(pupil_id=world.pupil(pupil), action="roster:import").order_by("id")]


def test_places_are_written_and_others_stay(importer: dict[str, Any], world: World) -> None:
    before = Pupil.objects.get(pk=world.pupil("sora"))
    place = roster.RosterPlace(world.school("a1"), "P6", world.klass("a1-2"), 17)
    roster.place_pupils(**importer, places={world.pupil("hana"): place})
    moved = Pupil.objects.get(pk=world.pupil("hana"))
    assert (moved.grade, moved.homeroom_id, moved.attendance_number) == ("P6", world.klass("a1-2"), 17)
    after = Pupil.objects.get(pk=world.pupil("sora"))
    assert (after.grade, after.homeroom_id, after.attendance_number) == (
        before.grade, before.homeroom_id, before.attendance_number,
    )  # fmt: skip


def test_another_school_ends_the_stay_the_day_before(importer: dict[str, Any], world: World) -> None:
    move = stay(world, "hana", "a2", begin_kind="transfer_in", end_kind="transfer_out", next_school="水上野中学校",
                previous_school="中央小学校")  # fmt: skip
    roster.import_stays(**importer, stays=[move], known=[world.pupil("hana")])
    assert stays_of(world, "hana") == [
        (world.school("a1"), "P5", BEGAN, EVE, "carried", "transfer_out"),
        (world.school("a2"), "P5", DAY, None, "transfer_in", ""),
    ]
    former = Enrolment.objects.get(pupil_id=world.pupil("hana"), school=world.school("a1"))
    assert former.next_school == "水上野中学校"
    assert entries(world, "hana") == [{"verb": "transfer_in", "begins": "2026-11-10"}]


def test_the_next_grade_goes_on_without_a_word_in_the_trail(importer: dict[str, Any], world: World) -> None:
    roster.import_stays(**importer, stays=[stay(world, "hana", grade="P6")], known=[world.pupil("hana")])
    assert [(row[1], row[2], row[3], row[5]) for row in stays_of(world, "hana")] == [
        ("P5", BEGAN, EVE, "carried"),
        ("P6", DAY, None, ""),
    ]
    assert entries(world, "hana") == []


@pytest.mark.parametrize("begins", [BEGAN, BEGAN - dt.timedelta(days=30)])
def test_a_stay_from_the_same_day_is_corrected_in_place_and_opened_again(
    importer: dict[str, Any], world: World, begins: dt.date
) -> None:
    hana = Enrolment.objects.filter(pupil_id=world.pupil("hana"))
    hana.update(ends=EVE, end_kind="transfer_out", next_school="どこか")
    Pupil.objects.filter(pk=world.pupil("hana")).update(left_on=EVE)
    roster.import_stays(**importer, stays=[stay(world, "hana", grade="P4", begins=begins)], known=[world.pupil("hana")])
    assert stays_of(world, "hana") == [(world.school("a1"), "P4", BEGAN, None, "carried", "")]
    assert hana.get().next_school == ""
    assert Pupil.objects.get(pk=world.pupil("hana")).left_on is None


def test_a_stay_that_had_ended_earlier_keeps_its_end(importer: dict[str, Any], world: World) -> None:
    """Who left in May and is back in November was away in between."""
    gone = dt.date(2026, 5, 31)
    Enrolment.objects.filter(pupil_id=world.pupil("hana")).update(ends=gone, end_kind="transfer_out")
    back = stay(world, "hana", begin_kind="transfer_in", end_kind="transfer_out")
    roster.import_stays(**importer, stays=[back], known=[world.pupil("hana")])
    assert [(row[2], row[3]) for row in stays_of(world, "hana")] == [(BEGAN, gone), (DAY, None)]


def test_who_is_new_here_begins_and_nothing_else_is_asked(importer: dict[str, Any], world: World) -> None:
    """Not named as known: no former stay is looked for (that of somebody just received lies with the other town)."""
    gone = dt.date(2026, 5, 31)
    Enrolment.objects.filter(pupil_id=world.pupil("hana")).update(ends=gone, end_kind="transfer_out")
    Pupil.objects.filter(pk=world.pupil("hana")).update(left_on=gone)
    roster.import_stays(**importer, stays=[stay(world, "hana", begin_kind="transfer_in")], known=[])
    assert [(row[2], row[3], row[5]) for row in stays_of(world, "hana")] == [
        (BEGAN, gone, "transfer_out"),
        (DAY, None, ""),
    ]
    assert Pupil.objects.get(pk=world.pupil("hana")).left_on == gone  # whoever receives a child says so


def test_a_leaver_ends_everywhere_on_the_last_day(importer: dict[str, Any], world: World) -> None:
    pupil = Pupil.objects.get(pk=world.pupil("hana"))
    assert pupil.account_id is not None
    roster.import_leavings(**importer, leavings=[roster.RosterLeaving(pupil.id, EVE, "transfer_out")])
    assert stays_of(world, "hana") == [(world.school("a1"), "P5", BEGAN, EVE, "carried", "transfer_out")]
    assert set(ClassPupil.objects.filter(pupil=pupil).values_list("ends", flat=True)) == {EVE}
    pupil.refresh_from_db()
    assert (pupil.left_on, pupil.attendance_number) == (EVE, 1)  # the number stays with the one who had it
    assert not Account.objects.get(pk=pupil.account_id).is_active
    assert entries(world, "hana")[-1] == {"verb": "transfer_out", "last_day": "2026-11-09"}
    assert Pupil.objects.get(pk=world.pupil("sora")).left_on is None


def test_places_that_never_came_to_be_are_taken_back(importer: dict[str, Any], world: World) -> None:
    later = ClassPupil.objects.create(
        municipality_id=importer["municipality_id"], school_class_id=world.klass("a1-2"), pupil_id=world.pupil("hana"),
        kind="scheduled", begins=DAY + dt.timedelta(days=5),
    )  # fmt: skip
    roster.import_leavings(**importer, leavings=[roster.RosterLeaving(world.pupil("hana"), EVE, "graduation")])
    assert not ClassPupil.objects.filter(pk=later.pk).exists()
    assert stays_of(world, "hana")[0][5] == "graduation"


def test_nobody_leaves_before_having_come(importer: dict[str, Any], world: World) -> None:
    early = BEGAN - dt.timedelta(days=10)
    roster.import_leavings(**importer, leavings=[roster.RosterLeaving(world.pupil("hana"), early, "transfer_out")])
    assert stays_of(world, "hana")[0][3] == BEGAN
    assert Pupil.objects.get(pk=world.pupil("hana")).left_on == BEGAN


def test_leaving_twice_is_leaving_once(importer: dict[str, Any], world: World) -> None:
    leaving = roster.RosterLeaving(world.pupil("hana"), EVE, "transfer_out")
    for _ in range(2):
        roster.import_leavings(**importer, leavings=[leaving])
    assert [row[3] for row in stays_of(world, "hana")] == [EVE]


def test_a_leaver_behind_another_wall_is_left_alone(
    importer: dict[str, Any], world: World, system_for: Callable[..., Any]
) -> None:
    """A child of town B: nothing can be seen, and nothing is written."""
    roster.import_leavings(**importer, leavings=[roster.RosterLeaving(world.pupil("nagi"), EVE, "transfer_out")])
    assert entries(world, "nagi") == []
    system_for("B")
    assert [row[3] for row in stays_of(world, "nagi")] == [None]
    assert Pupil.objects.get(pk=world.pupil("nagi")).left_on is None


def person(world: World, account: Any) -> roster.RosterPerson:
    """The same child as the new town writes it."""
    name = PersonName(
        family="高橋",
        given="花",
        official_family="髙橋",
        official_given="花",
        family_kana="たかはし",
        given_kana="はな",
    )
    return roster.RosterPerson(world.pupil("hana"), account, "hana@b.example.jp", "hana@b.example.jp", True, name,
                               name.search_key, None, "B-0001")  # fmt: skip


def test_a_child_from_another_town_keeps_the_row_and_leaves_the_old_town_whole(
    world: World, system_for: Callable[..., Any]
) -> None:
    system_for("A")
    account = Pupil.objects.get(pk=world.pupil("hana")).account_id
    guardians = GuardianLink.objects.filter(pupil_id=world.pupil("hana"), ends__isnull=True).count()
    assert guardians > 0
    actor, town = system_for("B"), world.municipality("B")
    widen_scope(world.municipality("A"))
    roster.receive_pupil(
        actor=actor, municipality_id=town, pupil_id=world.pupil("hana"),
        person=person(world, account), place=roster.RosterPlace(world.school("b1"), "P5", None, None), accepted_on=DAY,
        next_school="霧ヶ原小学校",
    )  # fmt: skip
    child = Pupil.objects.get(pk=world.pupil("hana"))
    assert (child.municipality_id, child.school_id, child.student_number) == (town, world.school("b1"), "B-0001")
    assert (child.left_on, child.household_id, child.homeroom_id) == (None, None, None)
    assert stays_of(world, "hana") == [(world.school("a1"), "P5", BEGAN, EVE, "carried", "transfer_out")]
    old = Enrolment.objects.get(pupil_id=world.pupil("hana"))
    assert (old.municipality_id, old.next_school) == (world.municipality("A"), "霧ヶ原小学校")
    assert set(ClassPupil.objects.filter(pupil=child).values_list("ends", flat=True)) == {EVE}
    assert set(GuardianLink.objects.filter(pupil=child).values_list("ends", flat=True)) == {EVE}
    assert Account.objects.get(pk=account).login_id == "hana@b.example.jp"
    assert entries(world, "hana")[-1] == {"verb": "transfer_out", "last_day": "2026-11-09"}
    system_for("A")
    assert not Pupil.objects.filter(pk=world.pupil("hana")).exists()  # behind the new town's wall
    assert Enrolment.objects.filter(pupil_id=world.pupil("hana")).exists()  # the old town keeps its part
    kept = FormerPupil.objects.get(pupil=world.pupil("hana"))
    assert (kept.display_name, kept.school_id, kept.grade, kept.last_day) == ("高橋 花", world.school("a1"), "P5", EVE)
    assert kept.official_name == "髙橋 花"


@pytest.mark.parametrize("who", ["a1-head", "a1-clerk", "b-board", "takahashi-mother"])
def test_only_the_board_of_the_town_writes_in_bulk(
    who: str, world: World, actor_for: Callable[..., Actor], system_for: Callable[..., Any]
) -> None:
    actor = actor_for(who)
    common = {"actor": actor, "municipality_id": world.municipality("A")}
    leaving = roster.RosterLeaving(world.pupil("hana"), EVE, "transfer_out")
    place = roster.RosterPlace(world.school("a1"), "P5", None, None)
    for attempt in (
        lambda: roster.place_pupils(**common, places={world.pupil("hana"): place}),
        lambda: roster.import_stays(**common, stays=[stay(world, "hana")], known=[world.pupil("hana")]),
        lambda: roster.import_leavings(**common, leavings=[leaving]),
        lambda: roster.receive_pupil(
            **common,
            pupil_id=world.pupil("hana"),
            person=person(world, None),
            place=place,
            accepted_on=DAY,
            next_school="",
        ),
    ):
        with pytest.raises(Denied):
            attempt()
    system_for("A")
    assert stays_of(world, "hana") == [(world.school("a1"), "P5", BEGAN, None, "carried", "")]
