"""学籍の動詞: edits with history, transfers without a lost or a double day, classes with gaps."""

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest

from minamo.access.api import Denied
from minamo.audit.models import Entry
from minamo.kernel.names import PersonName
from minamo.people.actions import classes, edit, enrol
from minamo.people.models import ClassPupil, ClassStaff, Enrolment, Pupil, PupilRevision, SchoolClass
from minamo.people.rules import Refused
from minamo.people.schools import School
from tests.fixtures.world import TODAY, World

ActorFor = Callable[..., Any]
pytestmark = pytest.mark.django_db


def days_enrolled(pupil: Pupil) -> dict[dt.date, int]:
    """How many schools the child is enrolled at, per day from April to the end of January."""
    rows = list(Enrolment.objects.filter(pupil=pupil))
    days = [dt.date(2026, 4, 1) + dt.timedelta(days=n) for n in range(300)]
    return {day: sum(row.begins <= day and (row.ends is None or day <= row.ends) for row in rows) for day in days}


def test_edit_keeps_the_official_layer_byte_exact_and_the_history(world: World, actor_for: ActorFor) -> None:
    clerk = actor_for("a1-clerk")
    revision = edit.edit_pupil(
        actor=clerk, pupil_id=world.pupil("ren"), applies_from=TODAY, reason="戸籍の字",
        changes={"official_family": "渡邉\U000e0110", "family": "渡辺", "given": "蓮"},
    )  # fmt: skip
    assert revision is not None and revision.after == {"official_family": "渡邉\U000e0110", "family": "渡辺"}
    pupil = Pupil.objects.get(pk=world.pupil("ren"))
    assert pupil.official_family == "渡邉\U000e0110" and pupil.search_key == pupil.name.search_key
    assert revision.before["official_family"] == "渡邉\U000e010f"
    entry = Entry.objects.get(pupil_id=pupil.pk, action="pupil:edit")
    assert entry.detail["verb"] == "edit" and "渡" not in str(entry.detail) and entry.rules == ["people.edit-officers"]


def test_undo_restores_and_is_itself_history(world: World, actor_for: ActorFor) -> None:
    clerk = actor_for("a1-clerk")
    change = {"birth_date": dt.date(2015, 5, 2), "sex": "other"}
    revision = edit.edit_pupil(
        actor=clerk, pupil_id=world.pupil("hana"), changes=change, applies_from=TODAY, reason="誤り"
    )
    assert revision is not None
    edit.undo_edit(actor=clerk, revision_id=revision.pk)
    pupil = Pupil.objects.get(pk=world.pupil("hana"))
    assert (pupil.birth_date, pupil.sex) == (dt.date(2015, 5, 1), "female")
    assert PupilRevision.objects.filter(pupil=pupil).count() == 2
    with pytest.raises(Refused, match="その後に"):
        edit.undo_edit(actor=clerk, revision_id=revision.pk)


def test_edit_refuses(world: World, actor_for: ActorFor) -> None:
    clerk = actor_for("a1-clerk")
    other = Pupil.objects.get(pk=world.pupil("sora")).student_number
    bad: list[tuple[dict[str, Any], dt.date]] = [
        ({"family": "", "given": ""}, TODAY),
        ({"grade": "P6"}, TODAY),
        ({"family": "新"}, dt.date(2026, 12, 1)),
        ({"student_number": other}, TODAY),
    ]
    for changes, day in bad:
        with pytest.raises(Refused):
            edit.edit_pupil(actor=clerk, pupil_id=world.pupil("hana"), changes=changes, applies_from=day, reason="")
    assert edit.edit_pupil(
        actor=clerk, pupil_id=world.pupil("hana"), changes={"family": "高橋"}, applies_from=TODAY, reason=""
    ) is None  # fmt: skip


@pytest.mark.parametrize("name", ["a1-homeroom", "a1-nurse", "a2-head", "a-board", "b1-head"])
def test_who_may_not_edit(name: str, world: World, actor_for: ActorFor) -> None:
    actor = actor_for(name)
    with pytest.raises((Denied, Pupil.DoesNotExist)):
        edit.edit_pupil(
            actor=actor, pupil_id=world.pupil("hana"), changes={"family": "x"}, applies_from=TODAY, reason=""
        )


@pytest.mark.parametrize("accepted", [TODAY, TODAY + dt.timedelta(days=7), TODAY - dt.timedelta(days=20)])
def test_transfer_inside_the_town_has_one_school_every_day(
    accepted: dt.date, world: World, actor_for: ActorFor
) -> None:
    head = actor_for("a1-head")
    new = School.objects.get(pk=world.school("a2"))
    pupil = enrol.transfer_out(actor=head, pupil_id=world.pupil("hana"), accepted_on=accepted, to_school=new,
                               last_attended=accepted - dt.timedelta(days=3))  # fmt: skip
    assert set(days_enrolled(pupil).values()) == {1}
    old = Enrolment.objects.get(pupil=pupil, school=world.school("a1"))
    assert old.ends == accepted - dt.timedelta(days=1) and old.last_attended == accepted - dt.timedelta(days=3)
    pupil.refresh_from_db()
    arrived = accepted <= TODAY
    assert pupil.school_id == world.school("a2" if arrived else "a1")
    assert pupil.homeroom_id == (None if arrived else world.klass("a1-1"))
    assert not ClassPupil.objects.filter(pupil=pupil, ends__isnull=True).exists()


def test_transfer_out_and_back_keeps_the_child_and_closes_the_gap(world: World, actor_for: ActorFor) -> None:
    head = actor_for("a1-head")
    child = world.pupil("sora")
    enrol.transfer_out(actor=head, pupil_id=child, accepted_on=dt.date(2026, 9, 1), next_school="川場小")
    assert Pupil.objects.get(pk=child).left_on == dt.date(2026, 8, 31)
    school = School.objects.get(pk=world.school("a1"))
    former = enrol.former_pupils(actor=head, school=school, name=PersonName(family="佐藤", given="空"),
                                 birth_date=dt.date(2015, 8, 12))  # fmt: skip
    assert [pupil.pk for pupil in former] == [child]
    room = SchoolClass.objects.get(pk=world.klass("a1-1"))
    back = enrol.transfer_in(actor=head, school=school, who=child, grade="P5", accepted_on=dt.date(2026, 9, 5),
                             previous_school="川場小", homeroom=room)  # fmt: skip
    assert back.pk == child and back.left_on is None and back.attendance_number == 2
    assert set(days_enrolled(back).values()) == {1}


def test_newcomers_come_last_and_gaps_stay(world: World, actor_for: ActorFor) -> None:
    clerk = actor_for("a1-clerk")
    school = School.objects.get(pk=world.school("a1"))
    room = SchoolClass.objects.get(pk=world.klass("a1-1"))
    who = enrol.NewPupil(PersonName(family="新", given="星", family_kana="あたらし", given_kana="ほし"))
    first = enrol.transfer_in(actor=clerk, school=school, who=who, grade="P5", accepted_on=TODAY,
                              previous_school="昭和小", homeroom=room)  # fmt: skip
    assert first.attendance_number == 5  # 3 is a gap, 4 the last
    enrol.transfer_out(actor=clerk, pupil_id=world.pupil("hana"), accepted_on=TODAY, next_school="別の町の小学校")
    second = enrol.enter(actor=clerk, school=school, who=enrol.NewPupil(PersonName(family="後", given="月")),
                         grade="P5", on=TODAY, homeroom=room)  # fmt: skip
    assert second.attendance_number == 6
    assert Pupil.objects.get(pk=world.pupil("ren")).attendance_number == 4


def test_a_child_enrolled_elsewhere_cannot_be_taken(world: World, actor_for: ActorFor) -> None:
    head = actor_for("a2-head")
    school = School.objects.get(pk=world.school("a2"))
    with pytest.raises(Refused, match="手続きがまだ"):
        enrol.transfer_in(actor=head, school=school, who=world.pupil("hana"), grade="J1", accepted_on=TODAY,
                          previous_school="")  # fmt: skip


def test_graduation_and_withdrawal_close_everything(world: World, actor_for: ActorFor) -> None:
    head = actor_for("a2-head")
    enrol.graduate(actor=head, pupil_id=world.pupil("taku"), on=dt.date(2027, 3, 31))
    enrol.withdraw(actor=head, pupil_id=world.pupil("kai"), on=TODAY)
    assert Pupil.objects.get(pk=world.pupil("kai")).left_on == TODAY
    kinds = Enrolment.objects.filter(school=world.school("a2")).values_list("end_kind", flat=True)
    assert sorted(kinds) == ["graduation", "withdrawal"]
    with pytest.raises(Refused, match="在籍していない"):
        enrol.withdraw(actor=head, pupil_id=world.pupil("kai"), on=TODAY)


def test_change_of_class_leaves_the_number_empty(world: World, actor_for: ActorFor) -> None:
    head = actor_for("a1-head")
    to = SchoolClass.objects.get(pk=world.klass("a1-2"))
    classes.change_class(actor=head, pupil_id=world.pupil("hana"), to=to, begins=TODAY)
    pupil = Pupil.objects.get(pk=world.pupil("hana"))
    assert (pupil.homeroom_id, pupil.attendance_number) == (to.pk, 2)
    old = ClassPupil.objects.get(pupil=pupil, school_class=world.klass("a1-1"))
    assert old.ends == TODAY - dt.timedelta(days=1) and old.number == 1
    music = ClassPupil.objects.get(pupil=pupil, school_class=world.klass("a1-music"))
    assert music.ends is None  # the subject class is another matter
    with pytest.raises(Refused, match="学級を選んで"):
        other = SchoolClass.objects.get(pk=world.klass("a2-1"))
        classes.change_class(actor=head, pupil_id=pupil.pk, to=other, begins=TODAY)


def test_exchange_class_beside_the_homeroom(world: World, actor_for: ActorFor) -> None:
    head = actor_for("a1-head")
    music = SchoolClass.objects.get(pk=world.klass("a1-music"))
    classes.join_class(actor=head, pupil_id=world.pupil("rio"), school_class=music, begins=TODAY)
    with pytest.raises(Refused, match="すでに"):
        classes.join_class(actor=head, pupil_id=world.pupil("rio"), school_class=music, begins=TODAY)
    assert Pupil.objects.get(pk=world.pupil("rio")).homeroom_id == world.klass("a1-special")
    classes.leave_class(actor=head, pupil_id=world.pupil("rio"), school_class=music, last_day=TODAY)
    with pytest.raises(Refused, match="入っていません"):
        classes.leave_class(actor=head, pupil_id=world.pupil("rio"), school_class=music, last_day=TODAY)


def test_a_new_homeroom_teacher_follows_the_former(world: World, actor_for: ActorFor) -> None:
    head = actor_for("a1-head")
    room = SchoolClass.objects.get(pk=world.klass("a1-1"))
    classes.assign_teacher(actor=head, school_class=room, account_id=world.account("a1-teacher"), begins=TODAY)
    rows = list(ClassStaff.objects.filter(school_class=room).order_by("begins").values_list("account", "ends"))
    assert rows == [(world.account("a1-homeroom"), TODAY - dt.timedelta(days=1)), (world.account("a1-teacher"), None)]
    with pytest.raises(Refused, match="勤めていない"):
        classes.assign_teacher(actor=head, school_class=room, account_id=world.account("a2-homeroom"), begins=TODAY)
    with pytest.raises(Denied):
        clerk = actor_for("a1-clerk")
        classes.assign_teacher(actor=clerk, school_class=room, account_id=world.account("a1-teacher"), begins=TODAY)


def test_the_operator_of_another_municipality_finds_nothing(world: World, system_for: ActorFor) -> None:
    system = system_for("B")
    with pytest.raises(Pupil.DoesNotExist):
        enrol.withdraw(actor=system, pupil_id=world.pupil("hana"), on=TODAY)
