"""欠席連絡の動詞: exactly once, several children, limits, the deadline, corrections and withdrawal in plain sight."""

import datetime as dt
import json
from collections.abc import Callable
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4, uuid5

import pytest
import time_machine
from django.core import mail
from django.core.mail import BadHeaderError
from django.db import connection, transaction

from minamo.access.api import Account, Denied, set_scope
from minamo.attendance.actions.notice_changes import correct_notice, withdraw_notice
from minamo.attendance.actions.notices import AlreadyTold, NoticeError, send_notices, take_call_notice
from minamo.attendance.jobs import copy_to_guardians
from minamo.attendance.models import Notice, NoticeChange
from minamo.audit.models import Entry
from minamo.curriculum.models import CalendarEntry
from minamo.people.api import Pupil
from minamo.tenancy.api import School
from tests.fixtures.world import TODAY, World

ActorFor = Callable[..., Any]
pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)
JST = dt.timezone(dt.timedelta(hours=9))


def kids(world: World, *names: str) -> list[Pupil]:
    ids = [world.pupil(name) for name in names]
    found = {p.pk: p for p in Pupil.objects.select_related("school").filter(pk__in=ids)}
    return [found[i] for i in ids if i in found]


def send(actor: Any, pupils: list[Pupil], key: UUID | None = None, **changes: Any) -> Any:
    content = {"kind": "absent", "reason": "sick", "begins": TODAY, "ends": TODAY} | changes
    return send_notices(actor=actor, pupils=pupils, key=key or uuid4(), **content)


def trail(world: World, action: str) -> list[Entry]:
    """The trail is walled off at home: read it as the operator, then look no further."""
    set_scope(municipalities=[world.municipality("A"), world.municipality("B")], side="school")
    return list(Entry.objects.filter(action=action))


def queued() -> list[dict[str, Any]]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT args FROM procrastinate_jobs WHERE task_name = 'attendance.copy_to_guardians' ORDER BY id"
        )
        return [json.loads(row[0]) for row in cursor.fetchall()]


def test_one_notice_with_trail_and_copy(world: World, actor_for: ActorFor) -> None:
    mother = actor_for("takahashi-mother")
    sent = send(mother, kids(world, "hana"), text=" 熱があります ", symptoms=["FEVER"], temperature=Decimal("38.2"))
    notice = Notice.objects.get()
    assert sent.notices == (notice,) and not sent.repeated
    assert (notice.sender_label, notice.channel, notice.text, notice.homeroom_id) == (
        "母", "app", "熱があります", world.klass("a1-1"))  # fmt: skip
    assert notice.temperature == Decimal("38.2") and notice.after_deadline is False
    (entry,) = trail(world, "notice:send")
    assert entry.pupil_id == world.pupil("hana") and entry.rules == ["attendance.notice-own-child"]
    assert "熱" not in str(entry.detail) and "sick" not in str(entry.detail)
    assert [job["notice"] for job in queued()] == [str(notice.pk)]


def test_same_key_again_changes_nothing(world: World, actor_for: ActorFor) -> None:
    mother, key = actor_for("takahashi-mother"), uuid4()
    first = send(mother, kids(world, "hana"), key)
    again = send(mother, kids(world, "hana"), key, kind="late", text="ちがう内容")
    assert again.repeated and again.notices[0].pk == first.notices[0].pk and again.notices[0].kind == "absent"
    assert Notice.objects.count() == 1 and len(trail(world, "notice:send")) == 1
    assert len(queued()) == 1


def test_same_key_after_midnight_gives_the_first_answer(world: World, actor_for: ActorFor) -> None:
    key = uuid4()
    first = send(actor_for("takahashi-mother"), kids(world, "hana"), key)
    tomorrow = actor_for("takahashi-mother", today=TODAY + DAY)
    again = send(tomorrow, kids(world, "hana"), key)
    assert again.repeated and again.notices == first.notices
    with pytest.raises(NoticeError, match="もう過ぎた日"):
        send(tomorrow, kids(world, "hana"), uuid4())


def test_key_of_somebody_else_is_refused(world: World, actor_for: ActorFor) -> None:
    key = uuid4()
    send(actor_for("takahashi-mother"), kids(world, "hana"), key)
    with pytest.raises(NoticeError, match="受け付けられません"):  # another day, so that only the key is in the way
        send(actor_for("takahashi-father"), kids(world, "hana"), key, begins=TODAY + DAY, ends=TODAY + DAY)


def test_a_day_of_a_child_has_one_notice(world: World, actor_for: ActorFor) -> None:
    mother = actor_for("takahashi-mother")
    first = send(mother, kids(world, "hana"), kind="late", arrives_at=dt.time(9)).notices[0]
    again = send(mother, kids(world, "hana"), kind="late", arrives_at=dt.time(9))  # back, and sent with another key
    assert again.repeated and again.notices == (first,)
    for change in (
        {"kind": "late", "arrives_at": dt.time(10)},
        {"kind": "early", "leaves_at": dt.time(13)},
        {"begins": TODAY, "ends": TODAY + 2 * DAY},
    ):
        with pytest.raises(AlreadyTold, match="すでに届いています（母") as told:
            send(mother, kids(world, "hana"), **change)
        assert told.value.notice == first.pk
    with pytest.raises(AlreadyTold, match="花さんの11月24日（火）は、「遅刻」"):
        send(actor_for("takahashi-father"), kids(world, "hana"))
    assert Notice.objects.count() == 1


def test_a_told_day_stops_the_whole_message_and_names_the_child(world: World, actor_for: ActorFor) -> None:
    mother = actor_for("takahashi-mother")
    send(mother, kids(world, "taku"))
    with pytest.raises(AlreadyTold, match="拓さん"), transaction.atomic():
        send(mother, kids(world, "hana", "taku"), reason="family")
    assert Notice.objects.count() == 1


def test_a_withdrawn_notice_leaves_its_day_free(world: World, actor_for: ActorFor) -> None:
    mother = actor_for("takahashi-mother")
    withdraw_notice(actor=mother, notice=send(mother, kids(world, "hana")).notices[0])
    assert not send(mother, kids(world, "hana"), reason="family").repeated


def test_a_correction_does_not_run_into_another_notice(world: World, actor_for: ActorFor) -> None:
    mother = actor_for("takahashi-mother")
    today = send(mother, kids(world, "hana")).notices[0]
    later = send(mother, kids(world, "hana"), begins=TODAY + 2 * DAY, ends=TODAY + 2 * DAY, reason="hospital").notices[
        0
    ]
    with pytest.raises(AlreadyTold) as told:
        correct_notice(actor=mother, notice=today, kind="absent", reason="sick", begins=TODAY, ends=TODAY + 2 * DAY)
    assert told.value.notice == later.pk
    today.refresh_from_db()
    assert today.ends == TODAY and today.changes.count() == 0


def test_days_without_lessons_need_no_notice(world: World, actor_for: ActorFor) -> None:
    mother = actor_for("takahashi-mother")
    saturday = TODAY + 4 * DAY
    with pytest.raises(NoticeError, match="11月28日（土）は授業のない日です"):
        send(mother, kids(world, "hana"), begins=saturday, ends=saturday)
    with pytest.raises(NoticeError, match="授業のある日がありません"):
        send(mother, kids(world, "hana"), begins=saturday, ends=saturday + DAY)
    assert send(mother, kids(world, "hana"), begins=TODAY + 3 * DAY, ends=saturday + 2 * DAY).notices
    set_scope(municipalities=[world.municipality("A"), world.municipality("B")], side="school")
    CalendarEntry.objects.create(
        municipality_id=world.municipality("A"), school_id=world.school("a1"), begins=TODAY + DAY, ends=TODAY + DAY,
        kind="no_school", title="開校記念日", grades=[], position=9,
    )  # fmt: skip
    with pytest.raises(NoticeError, match="11月25日（水）は授業のない日です"):
        send(mother, kids(world, "hana"), begins=TODAY + DAY, ends=TODAY + DAY)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"kind": "late", "arrives_at": dt.time(23, 30)}, "arrives_at"),
        ({"kind": "early", "leaves_at": dt.time(5, 59)}, "leaves_at"),
    ],
)
def test_times_a_school_cannot_mean(world: World, actor_for: ActorFor, change: Any, field: str) -> None:
    with pytest.raises(NoticeError, match="6:00 から 18:00") as refused:
        send(actor_for("takahashi-mother"), kids(world, "hana"), **change)
    assert refused.value.field == field


def test_several_children_over_the_wall(world: World, actor_for: ActorFor) -> None:
    mother, key = actor_for("takahashi-mother"), uuid4()
    sent = send(mother, kids(world, "hana", "taku", "umi"), key)
    assert {n.key for n in sent.notices} == {uuid5(key, str(world.pupil(k))) for k in ("hana", "taku", "umi")}
    assert {n.municipality_id for n in sent.notices} == {world.municipality("A"), world.municipality("B")}


def test_partly_sent_before_is_completed(world: World, actor_for: ActorFor) -> None:
    mother, key = actor_for("takahashi-mother"), uuid4()
    send(mother, kids(world, "hana"), key)
    sent = send(mother, kids(world, "hana", "taku"), key)
    assert not sent.repeated and Notice.objects.count() == 2


@pytest.mark.parametrize(
    ("who", "child"),
    [("takahashi-father", "sora"), ("sato-father", "sora"), ("a1-homeroom", "hana"), ("sato-mother", "hana")],
)
def test_only_for_ones_own_child(world: World, actor_for: ActorFor, who: str, child: str) -> None:
    actor = actor_for(who)
    pupils = kids(world, child) or [Pupil(pk=world.pupil(child), municipality_id=world.municipality("A"),
                                          school_id=world.school("a1"), homeroom_id=world.klass("a1-1"))]  # fmt: skip
    with pytest.raises(Denied):
        send(actor, pupils)
    assert trail(world, "notice:send") == []


def test_nothing_is_kept_when_one_of_the_children_is_not_ones_own(world: World, actor_for: ActorFor) -> None:
    with pytest.raises(Denied):
        send(actor_for("takahashi-mother"), kids(world, "hana", "sora"))
    assert not Notice.objects.exists()


def test_guardian_on_a_learning_device_cannot(world: World, actor_for: ActorFor) -> None:
    mother = actor_for("takahashi-mother")
    pupils = kids(world, "hana")
    learning = actor_for("takahashi-mother", side="learning")
    assert pupils and mother.side == "home"
    with pytest.raises(Denied):
        send(learning, pupils)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"begins": TODAY - DAY}, "もう過ぎた日"),
        ({"begins": TODAY + 31 * DAY, "ends": TODAY + 31 * DAY}, "30日先"),
        ({"ends": TODAY + 93 * DAY}, "期間が長すぎます"),
        ({"ends": TODAY - DAY}, "終わりの日"),
        ({"kind": "holiday"}, "欠席・遅刻・早退"),
        ({"reason": ""}, "理由"),
        ({"text": "あ" * 301}, "300字"),
        ({"symptoms": ["LAZY"]}, "症状"),
        ({"temperature": Decimal("50.0")}, "体温"),
        ({"returns_on": TODAY}, "登校する日"),
        ({"kind": "late_early", "arrives_at": dt.time(12), "leaves_at": dt.time(9)}, "下校の時刻"),
    ],
)
def test_limits(world: World, actor_for: ActorFor, change: dict[str, Any], message: str) -> None:
    mother = actor_for("takahashi-mother")
    with pytest.raises(NoticeError, match=message):
        send(mother, kids(world, "hana"), **change)
    assert not Notice.objects.exists()


def test_the_outermost_days_are_taken(world: World, actor_for: ActorFor) -> None:
    begins = TODAY + 30 * DAY
    sent = send(actor_for("takahashi-mother"), kids(world, "hana"), begins=begins, ends=begins + 92 * DAY)
    assert sent.notices[0].ends == begins + 92 * DAY


@pytest.mark.parametrize(("hour", "minute", "late"), [(8, 15, False), (8, 16, True)])
def test_deadline(world: World, actor_for: ActorFor, hour: int, minute: int, late: bool) -> None:
    with time_machine.travel(dt.datetime(2026, 11, 24, hour, minute, tzinfo=JST), tick=False):
        mother = actor_for("takahashi-mother")
        today, tomorrow = (
            send(mother, kids(world, "hana")),
            send(mother, kids(world, "taku"), begins=TODAY + DAY, ends=TODAY + DAY),
        )
    assert today.notices[0].after_deadline is late and tomorrow.notices[0].after_deadline is False


def test_written_time_is_believed_within_reason(world: World, actor_for: ActorFor) -> None:
    mother = actor_for("takahashi-mother")
    earlier = mother.now - dt.timedelta(hours=1)
    assert send(mother, kids(world, "hana"), written_at=earlier).notices[0].written_at == earlier
    for days, wrong in enumerate((mother.now + dt.timedelta(days=3), None), 1):
        day = TODAY + days * DAY
        sent = send(mother, kids(world, "hana"), written_at=wrong, begins=day, ends=day)
        assert sent.notices[0].written_at == mother.now
    long_ago = dt.datetime(1999, 1, 1, tzinfo=JST)
    ancient = send(mother, kids(world, "taku"), written_at=long_ago).notices[0]
    assert mother.now - ancient.written_at == dt.timedelta(days=7)


def test_correction_keeps_what_was_said(world: World, actor_for: ActorFor) -> None:
    mother = actor_for("takahashi-mother")
    notice = send(mother, kids(world, "hana")).notices[0]
    correct_notice(actor=mother, notice=notice, kind="late", reason="hospital", begins=TODAY, ends=TODAY,
                   arrives_at=dt.time(10, 30))  # fmt: skip
    now = Notice.objects.get()
    change = NoticeChange.objects.get()
    assert (now.kind, now.reason, now.arrives_at) == ("late", "hospital", dt.time(10, 30))
    assert (change.kind, change.before["kind"], change.after_deadline) == ("correction", "absent", False)
    correct_notice(actor=mother, notice=now, kind="late", reason="hospital", begins=TODAY, ends=TODAY,
                   arrives_at=dt.time(10, 30))  # fmt: skip
    assert NoticeChange.objects.count() == 1  # the same again is no change
    (entry,) = trail(world, "notice:change")
    assert entry.detail["after_deadline"] is False


def test_after_the_deadline_changes_are_visible(world: World, actor_for: ActorFor) -> None:
    notice = send(actor_for("takahashi-mother"), kids(world, "hana"), ends=TODAY + DAY).notices[0]
    with time_machine.travel(dt.datetime(2026, 11, 24, 9, 0, tzinfo=JST), tick=False):
        mother = actor_for("takahashi-mother")
        correct_notice(actor=mother, notice=notice, kind="absent", reason="sick", begins=TODAY, ends=TODAY + 2 * DAY)
        withdraw_notice(actor=mother, notice=notice)
        withdraw_notice(actor=mother, notice=notice)
    changes = {change.kind: change.after_deadline for change in NoticeChange.objects.all()}
    # A longer absence touches only the days to come; a withdrawal touches this morning.
    assert changes == {"correction": False, "withdrawal": True}
    assert Notice.objects.get().withdrawn_at is not None
    with pytest.raises(NoticeError, match="取り消した連絡"):
        correct_notice(actor=mother, notice=notice, kind="late", reason="sick", begins=TODAY, ends=TODAY)


def test_running_absence_can_be_shortened_not_undone(world: World, actor_for: ActorFor) -> None:
    notice = send(actor_for("takahashi-mother"), kids(world, "hana"), ends=TODAY + 4 * DAY).notices[0]
    later = actor_for("takahashi-mother", today=TODAY + 2 * DAY)
    with pytest.raises(NoticeError, match="もう始まった連絡"):
        withdraw_notice(actor=later, notice=notice)
    same = {"kind": "absent", "reason": "sick"}
    with pytest.raises(NoticeError, match="始まりの日"):
        correct_notice(actor=later, notice=notice, begins=TODAY + DAY, ends=TODAY + 4 * DAY, **same)
    with pytest.raises(NoticeError, match="きのうより前"):
        correct_notice(actor=later, notice=notice, begins=TODAY, ends=TODAY, **same)
    correct_notice(actor=later, notice=notice, begins=TODAY, ends=TODAY + DAY, **same)
    assert Notice.objects.get().ends == TODAY + DAY
    with pytest.raises(NoticeError, match="もう終わった連絡"):
        correct_notice(
            actor=actor_for("takahashi-mother", today=TODAY + 3 * DAY), notice=notice, begins=TODAY, ends=TODAY, **same
        )


def test_the_other_parent_may_correct_and_a_shut_out_one_may_not(world: World, actor_for: ActorFor) -> None:
    notice = send(actor_for("takahashi-mother"), kids(world, "hana")).notices[0]
    withdraw_notice(actor=actor_for("takahashi-father"), notice=notice)
    assert NoticeChange.objects.get().changed_by_label == "高橋 修"
    for_sora = send(actor_for("sato-mother"), kids(world, "sora")).notices[0]
    with pytest.raises(Denied):
        withdraw_notice(actor=actor_for("sato-father"), notice=for_sora)
    with pytest.raises(Denied):
        withdraw_notice(actor=actor_for("a1-homeroom2"), notice=for_sora)


def test_call_taken_by_the_office(world: World, actor_for: ActorFor) -> None:
    clerk, key = actor_for("a1-clerk"), uuid4()
    pupil = kids(world, "sora")[0]
    content = {"kind": "late", "reason": "hospital", "begins": TODAY, "ends": TODAY, "arrives_at": dt.time(10)}
    one = take_call_notice(actor=clerk, pupil=pupil, caller_label="祖母", key=key, **content)
    two = take_call_notice(actor=clerk, pupil=pupil, caller_label="祖母", key=key, **content)
    assert one.pk == two.pk and (one.channel, one.sender_label, one.entered_by_label) == ("phone", "祖母", "笛木 事務")
    assert len(trail(world, "notice:take-call")) == 1
    with pytest.raises(NoticeError, match="どなた"):
        take_call_notice(actor=clerk, pupil=pupil, caller_label=" ", key=uuid4(), **content)
    with pytest.raises(Denied):
        take_call_notice(actor=actor_for("a2-head"), pupil=pupil, caller_label="母", key=uuid4(), **content)


def test_copies_reach_the_other_guardian_only_and_tell_nothing(world: World, actor_for: ActorFor) -> None:
    hana = send(actor_for("takahashi-mother"), kids(world, "hana"), text="熱").notices[0]
    assert copy_to_guardians(str(hana.municipality_id), str(hana.pk), "new") == 1
    letter = mail.outbox[0]
    assert letter.to == ["takahashi-father@example.jp"]
    assert all(word not in letter.subject + letter.body for word in ("花", "高橋", "熱", "体調"))
    sora = send(actor_for("sato-mother"), kids(world, "sora")).notices[0]
    assert len(queued()) == 1  # the only other guardian is shut out: nobody to tell
    assert copy_to_guardians(str(sora.municipality_id), str(sora.pk), "new") == 0


@pytest.mark.parametrize("end", ["\n", "\r", "\r\n"])
@pytest.mark.parametrize("place", ["address", "subject"])
def test_a_line_break_writes_no_head_of_its_own_into_a_mail(
    world: World, actor_for: ActorFor, place: str, end: str
) -> None:
    hana = send(actor_for("takahashi-mother"), kids(world, "hana")).notices[0]
    if place == "address":
        Account.objects.filter(email="takahashi-father@example.jp").update(
            email=f"takahashi-father@example.jp{end}Bcc: thief@example.com"
        )
    else:
        set_scope(municipalities=[world.municipality("A")], side="school")
        School.objects.filter(pk=hana.school_id).update(short_name=f"西小{end}Bcc: thief@example.com")
    with pytest.raises(BadHeaderError):
        copy_to_guardians(str(hana.municipality_id), str(hana.pk), "new")
    assert mail.outbox == []
