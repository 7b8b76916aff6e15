"""異動の取り消しを止める事実: marks, health, notices and closed months of days that would fall away."""

import datetime as dt
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest

from minamo.attendance.models import Mark, MonthClosing, Notice
from minamo.people.actions import classes, enrol, movement
from minamo.people.models import Pupil, PupilRevision, SchoolClass
from minamo.people.rules import Refused
from minamo.people.schools import School
from tests.fixtures.world import TODAY, World

pytestmark = pytest.mark.django_db
ActorFor = Callable[..., Any]
NOW = dt.datetime(2026, 11, 24, 3, 0, tzinfo=dt.UTC)


def moved(world: World, actor_for: ActorFor) -> tuple[Any, PupilRevision]:
    """花 goes to the neighbouring school of the town today, and who may take that back."""
    leaving, hana = actor_for("a1-head"), world.pupil("hana")
    a2 = School.objects.get(pk=world.school("a2"))
    enrol.transfer_out(actor=leaving, pupil_id=hana, accepted_on=TODAY, to_school=a2)
    return actor_for("a2-head"), PupilRevision.objects.get(pupil=hana, verb="transfer_out")


def mark(world: World, school: str, day: dt.date) -> Mark:
    """A mark of a teacher."""
    return Mark.objects.create(
        municipality_id=world.municipality("A"), school_id=world.school(school), pupil_id=world.pupil("hana"), day=day,
        code="PRESENT", marked_by_id=world.account("a2-head"), marked_by_label="星", marked_at=NOW,
    )  # fmt: skip


def test_marks_of_days_that_fall_away(world: World, actor_for: ActorFor) -> None:
    head, revision = moved(world, actor_for)
    mark(world, "a1", TODAY - dt.timedelta(days=1))
    first = mark(world, "a2", TODAY)
    with pytest.raises(Refused, match=r"出欠の記録が1日分（11月24日から）.*消してください"):
        movement.take_back(actor=head, revision_id=revision.pk)
    first.delete()
    movement.take_back(actor=head, revision_id=revision.pk)
    assert Pupil.objects.get(pk=world.pupil("hana")).school_id == world.school("a1")


def test_a_notice_of_such_a_day(world: World, actor_for: ActorFor) -> None:
    head, revision = moved(world, actor_for)
    notice = Notice.objects.create(
        municipality_id=world.municipality("A"), school_id=world.school("a2"), pupil_id=world.pupil("hana"),
        kind="absent", reason="sick", begins=TODAY, ends=TODAY, channel="app", key=uuid4(), written_at=NOW,
        sender_id=world.account("takahashi-mother"), sender_label="高橋", received_at=NOW,
    )  # fmt: skip
    with pytest.raises(Refused, match="保護者の連絡（11月24日"):
        movement.take_back(actor=head, revision_id=revision.pk)
    notice.withdrawn_at = NOW
    notice.save()
    movement.take_back(actor=head, revision_id=revision.pk)


def test_a_month_closed_since(world: World, actor_for: ActorFor) -> None:
    head = actor_for("a1-head")
    room = SchoolClass.objects.get(pk=world.klass("a1-2"))
    classes.change_class(actor=head, pupil_id=world.pupil("hana"), to=room, begins=TODAY)
    revision = PupilRevision.objects.get(pupil=world.pupil("hana"))
    closing = MonthClosing.objects.create(
        municipality_id=world.municipality("A"), school_id=world.school("a1"), school_class=room, digest="",
        month=TODAY.replace(day=1), closed_by_id=world.account("a1-head"), closed_by_label="原澤",
        closed_at=revision.changed_at + dt.timedelta(minutes=1),
    )  # fmt: skip
    with pytest.raises(Refused, match="5年2組の11月の出席簿が締めて"):
        movement.take_back(actor=head, revision_id=revision.pk)
    closing.closed_at = revision.changed_at - dt.timedelta(minutes=1)  # closed before: it goes on as it was closed
    closing.save()
    movement.take_back(actor=head, revision_id=revision.pk)
