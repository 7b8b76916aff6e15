"""異動の取り消し: everything stands again as before, the history keeps both, later facts stand in the way."""

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from minamo.access.api import Denied
from minamo.audit.models import Entry
from minamo.kernel.names import PersonName
from minamo.people import rules
from minamo.people.actions import classes, edit, enrol, movement
from minamo.people.actions.movement import standing
from minamo.people.models import ClassPupil, Pupil, PupilRevision, SchoolClass
from minamo.people.queries.pupils import PupilFilter, pupil_rows
from minamo.people.rules import Refused, Stay
from minamo.people.schools import School
from tests.fixtures.world import TODAY, World

ActorFor = Callable[..., Any]
ClientFor = Callable[..., Client]
TOMORROW = TODAY + dt.timedelta(days=1)
NEW = enrol.NewPupil(
    PersonName(family="新井", given="葵", family_kana="あらい", given_kana="あおい"), dt.date(2015, 6, 1)
)


def last_of(pupil: Pupil) -> PupilRevision:
    """The latest movement of a pupil."""
    return PupilRevision.objects.filter(pupil=pupil).exclude(verb="edit").order_by("-changed_at")[0]


def pointers(pupil_id: Any) -> tuple[Any, ...]:
    """What the lists go by."""
    return Pupil.objects.values_list("school", "grade", "homeroom", "attendance_number", "left_on").get(pk=pupil_id)


@pytest.mark.django_db
@pytest.mark.parametrize("verb", ["inside", "outside", "withdraw", "graduate", "class"])
def test_everything_stands_as_before(verb: str, world: World, actor_for: ActorFor) -> None:
    head, hana = actor_for("a1-head"), Pupil.objects.get(pk=world.pupil("hana"))
    a2, room = School.objects.get(pk=world.school("a2")), SchoolClass.objects.get(pk=world.klass("a1-2"))
    before, was = standing(hana), pointers(hana.pk)
    acts: dict[str, Callable[[], Any]] = {
        "inside": lambda: enrol.transfer_out(actor=head, pupil_id=hana.pk, accepted_on=TOMORROW, to_school=a2),
        "outside": lambda: enrol.transfer_out(actor=head, pupil_id=hana.pk, accepted_on=TOMORROW, next_school="北小"),
        "withdraw": lambda: enrol.withdraw(actor=head, pupil_id=hana.pk, on=TODAY),
        "graduate": lambda: enrol.graduate(actor=head, pupil_id=hana.pk, on=TODAY),
        "class": lambda: classes.change_class(actor=head, pupil_id=hana.pk, to=room, begins=TODAY),
    }
    acts[verb]()
    assert standing(hana) != before and last_of(hana).after == standing(hana)
    movement.take_back(actor=head, revision_id=last_of(hana).pk)
    assert standing(hana) == before and pointers(hana.pk) == was
    assert [row.verb for row in hana.revisions.order_by("changed_at")][1:] == ["taken_back"]
    entry = Entry.objects.filter(pupil_id=hana.pk, action="pupil:edit").latest("pk")
    assert entry.detail["verb"] == "take_back" and entry.rules == ["people.edit-officers"]
    movement.take_back(actor=head, revision_id=last_of(hana).pk)  # the taking back can itself be taken back
    assert standing(hana) == last_of(hana).after != before


@pytest.mark.django_db
def test_a_child_taken_back_was_never_here(world: World, actor_for: ActorFor) -> None:
    clerk, school = actor_for("a1-clerk"), School.objects.get(pk=world.school("a1"))
    room = SchoolClass.objects.get(pk=world.klass("a1-1"))
    child = enrol.enter(actor=clerk, school=school, who=NEW, grade="P5", on=TODAY, homeroom=room,
                        grade_note="")  # fmt: skip
    movement.take_back(actor=clerk, revision_id=last_of(child).pk)
    for left in (False, True):
        rows = pupil_rows(clerk, school.pk, PupilFilter(with_left=left))
        assert rows and child.pk not in {row.pupil_id for row in rows}
    found = enrol.former_pupils(actor=clerk, school=school, name=NEW.name, birth_date=dt.date(2015, 6, 1))
    assert [row.pk for row in found] == [child.pk]
    again = enrol.enter(actor=clerk, school=school, who=child.pk, grade="P5", on=TODAY, homeroom=room)
    assert again.left_on is None and ClassPupil.objects.filter(pupil=again).count() == 1


@pytest.mark.django_db
def test_later_facts_stand_in_the_way(world: World, actor_for: ActorFor) -> None:
    head, hana = actor_for("a1-head"), Pupil.objects.get(pk=world.pupil("hana"))
    second, first = (SchoolClass.objects.get(pk=world.klass(name)) for name in ("a1-2", "a1-1"))
    classes.change_class(actor=head, pupil_id=hana.pk, to=second, begins=TODAY)
    early = last_of(hana)
    edit.edit_pupil(actor=head, pupil_id=hana.pk, changes={"sex": "other"}, applies_from=TODAY, reason="")
    classes.change_class(actor=head, pupil_id=hana.pk, to=first, begins=TOMORROW)
    with pytest.raises(Refused, match="「学級の変更」（11月25日から、原澤 校長）"):
        movement.take_back(actor=head, revision_id=early.pk)
    ClassPupil.objects.filter(pupil=hana, ends__isnull=True, kind="homeroom").update(number=40)
    with pytest.raises(Refused, match="名簿の取り込みなど"):
        movement.take_back(actor=head, revision_id=last_of(hana).pk)
    with pytest.raises(PupilRevision.DoesNotExist):
        edit.undo_edit(actor=head, revision_id=early.pk)


@pytest.mark.django_db
def test_a_number_given_to_another_child_is_not_taken_twice(world: World, actor_for: ActorFor) -> None:
    head, hana = actor_for("a1-head"), Pupil.objects.get(pk=world.pupil("hana"))
    second = SchoolClass.objects.get(pk=world.klass("a1-2"))
    place = classes.change_class(actor=head, pupil_id=hana.pk, to=second, begins=TODAY)
    movement.take_back(actor=head, revision_id=last_of(hana).pk)
    other = classes.change_class(actor=head, pupil_id=world.pupil("sora"), to=second, begins=TODAY)
    assert other.number == place.number
    kept = standing(hana)
    with pytest.raises(Refused, match="ほかの子の番号"):
        movement.take_back(actor=head, revision_id=last_of(hana).pk)
    assert kept == last_of(hana).after


@pytest.mark.django_db
@pytest.mark.parametrize("name", ["a1-homeroom", "a1-nurse", "a2-head", "a-board", "b1-head"])
def test_who_may_not(name: str, world: World, actor_for: ActorFor) -> None:
    classes.change_class(actor=actor_for("a1-head"), pupil_id=world.pupil("hana"), begins=TODAY,
                         to=SchoolClass.objects.get(pk=world.klass("a1-2")))  # fmt: skip
    revision = last_of(Pupil.objects.get(pk=world.pupil("hana")))
    actor = actor_for(name)
    with pytest.raises((Denied, PupilRevision.DoesNotExist, Pupil.DoesNotExist)):
        movement.take_back(actor=actor, revision_id=revision.pk)


@pytest.mark.django_db
def test_by_the_page(world: World, client_for: ClientFor, system_for: Any) -> None:
    clerk, path = client_for("a1-clerk"), f"/pupils/{world.pupil('hana')}/"
    clerk.post(path + "place/", {"to": str(world.klass("a1-2")), "begins": TODAY.isoformat()})
    page = clerk.get(path).content.decode()
    assert "訂正と異動の履歴" in page and "取り消す" in page
    system_for("A")
    first = {"revision": str(last_of(Pupil.objects.get(pk=world.pupil("hana"))).pk)}
    assert client_for("a1-homeroom").post(path + "undoings/", first).status_code == 403
    assert client_for("a2-head").post(path + "undoings/", first).status_code in {403, 404}
    assert client_for("b1-head").post(path + "undoings/", first).status_code == 404
    assert Client().post(path + "undoings/", first).status_code == 302
    assert clerk.post(path + "undoings/", first)["Location"].endswith("?done=back")
    refused = clerk.post(path + "undoings/", first)
    assert refused.status_code == 409 and "「異動の取り消し」" in refused.content.decode()
    assert "異動を取り消しました" in clerk.get(path + "?done=back").content.decode()


def test_lost_days_are_what_the_other_side_does_not_have() -> None:
    day = dt.date(2026, 5, 10)
    whole, open_end = Stay("a", dt.date(2026, 4, 1), dt.date(2026, 5, 31)), Stay("a", dt.date(2026, 4, 1))
    assert rules.lost_days([whole], [open_end]) == []
    assert rules.lost_days([open_end], [whole]) == [Stay("a", dt.date(2026, 6, 1))]
    assert rules.lost_days([whole], [Stay("b", day)]) == [whole]
    middle = rules.lost_days([whole], [Stay("a", day, day)])
    assert middle == [Stay("a", whole.begins, dt.date(2026, 5, 9)), Stay("a", dt.date(2026, 5, 11), whole.ends)]
