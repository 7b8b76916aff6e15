"""朝の出席簿: what a teacher does and sees; budgets; who may not."""

import datetime as dt
import json
import uuid

import pytest

from minamo.attendance.actions.marks import HealthEntry, MonthClosed, RegisterError, RowChange, save_register
from minamo.attendance.models import HealthObservation, Mark, MarkChange, MonthClosing, Notice, Resolution
from minamo.people.api import SchoolClass

pytestmark = pytest.mark.django_db
DAY = dt.date(2026, 11, 24)


def klass(world, name="a1-1"):
    return SchoolClass.objects.select_related("school").get(pk=world.klass(name))


def tell(world, pupil, *, kind="absent", reason="sick", begins=DAY, ends=DAY, hours=-1, sender="母", **more):
    from django.utils import timezone

    from minamo.people.api import Pupil

    row = Pupil.objects.get(pk=world.pupil(pupil))
    at = timezone.now() + dt.timedelta(hours=hours)
    return Notice.objects.create(
        municipality_id=row.municipality_id, school_id=row.school_id, pupil=row, homeroom_id=row.homeroom_id, kind=kind,
        reason=reason, begins=begins, ends=ends, channel="app", sender_id=world.account("takahashi-mother"),
        sender_label=sender, key=uuid.uuid4(), written_at=at, received_at=at, **more)  # fmt: skip


def url(world, name="a1-1", day=DAY):
    return f"/classes/{world.klass(name)}/register/{day}/"


@pytest.fixture
def told(monkeypatch):
    """Events announced."""
    events = []
    monkeypatch.setattr("minamo.kernel.live.publish", lambda topic, name, **data: events.append((topic, name, data)))
    return events


def test_one_tap_marks_everyone_and_confirms_the_notice(world, actor_for, told):
    actor = actor_for("a1-homeroom")
    tell(world, "hana")
    saved = save_register(actor=actor, school_class=klass(world), day=DAY, rest_present=True)
    marks = dict(Mark.objects.filter(day=DAY).values_list("pupil_id", "code"))
    assert marks == {world.pupil("hana"): "ABS_SICK", world.pupil("sora"): "PRESENT", world.pupil("ren"): "PRESENT"}
    assert set(saved.changed) == set(marks)
    assert [(topic.split(":")[0], name, data["what"], data["pupil"]) for topic, name, data in told] == [
        ("class", "register", "mark", ""), ("school", "attendance", "mark", "")
    ]  # fmt: skip
    again = save_register(actor=actor, school_class=klass(world), day=DAY, rest_present=True)
    assert again.changed == () and len(told) == 2, "a second tap has nothing to do"


def test_a_tap_takes_its_ground_from_the_notice(world, actor_for):
    actor = actor_for("a1-homeroom")
    tell(world, "hana", reason="infection")
    rows = [RowChange(world.pupil("hana"), button="absent"), RowChange(world.pupil("sora"), button="absent")]
    save_register(actor=actor, school_class=klass(world), day=DAY, rows=rows)
    marks = dict(Mark.objects.filter(day=DAY).values_list("pupil_id", "code"))
    assert marks == {world.pupil("hana"): "SUSP_INFECT", world.pupil("sora"): "ABS_ACCIDENT"}


def test_every_change_keeps_the_value_before(world, actor_for):
    actor = actor_for("a1-homeroom")
    for code in ("PRESENT", "LATE", ""):
        save_register(actor=actor, school_class=klass(world), day=DAY, rows=[RowChange(world.pupil("hana"), code=code)])
    assert not Mark.objects.filter(pupil_id=world.pupil("hana")).exists()
    changes = MarkChange.objects.filter(pupil_id=world.pupil("hana")).values_list("before", "after")
    assert sorted(changes) == [("LATE", ""), ("PRESENT", "LATE")]


def test_health_and_note_are_saved_beside_the_mark(world, actor_for, told):
    actor = actor_for("a1-nurse")
    entry = HealthEntry(("FEVER", "COUGH"), 38.2, "保健室で休んでいる")
    rows = [RowChange(world.pupil("hana"), code="EARLY", note="迎え 10時", health=entry)]
    save_register(actor=actor, school_class=klass(world), day=DAY, rows=rows)
    found = HealthObservation.objects.get(pupil_id=world.pupil("hana"), day=DAY)
    assert (found.items, str(found.temperature), found.note) == (["FEVER", "COUGH"], "38.2", "保健室で休んでいる")
    assert Mark.objects.get(pupil_id=world.pupil("hana")).note == "迎え 10時"
    save_register(actor=actor, school_class=klass(world), day=DAY,
                  rows=[RowChange(world.pupil("sora"), health=HealthEntry(("WELL",)))])  # fmt: skip
    assert told[-1][2]["what"] == "health" and not Mark.objects.filter(pupil_id=world.pupil("sora")).exists()


@pytest.mark.parametrize(
    ("row", "day"),
    [
        (lambda w: RowChange(w.pupil("hana"), code="PRESENT"), dt.date(2026, 11, 25)),
        (lambda w: RowChange(w.pupil("hana"), code="PRESENT"), dt.date(2026, 11, 23)),
        (lambda w: RowChange(w.pupil("yui"), code="PRESENT"), DAY),
        (lambda w: RowChange(w.pupil("hana"), code="NOSUCH"), DAY),
        (lambda w: RowChange(w.pupil("hana"), code="CLOSURE_CLASS"), DAY),
        (lambda w: RowChange(w.pupil("hana"), health=HealthEntry(("NOSUCH",))), DAY),
        (lambda w: RowChange(w.pupil("hana"), health=HealthEntry((), 60.0)), DAY),
        (lambda w: RowChange(w.pupil("hana"), code="LATE", note="長" * 201), DAY),
        (lambda w: RowChange(w.pupil("hana"), note="出欠のないメモ"), DAY),
    ],
    ids=["to come", "holiday", "other class", "unknown", "derived", "item", "temperature", "long note", "note alone"],
)
def test_what_cannot_be_saved_is_refused_in_words(world, actor_for, row, day):
    actor = actor_for("a1-homeroom")
    with pytest.raises(RegisterError, match="。"):
        save_register(actor=actor, school_class=klass(world), day=day, rows=[row(world)])
    assert not Mark.objects.exists() and not HealthObservation.objects.exists()


def test_after_the_closing_only_with_a_reason(world, actor_for):
    actor = actor_for("a1-homeroom")
    day = dt.date(2026, 10, 6)
    rows = [RowChange(world.pupil("hana"), code="LATE")]
    save_register(actor=actor, school_class=klass(world), day=day, rest_present=True)
    MonthClosing.objects.create(
        municipality_id=world.municipality("A"), school_id=world.school("a1"), school_class_id=world.klass("a1-1"),
        month=day.replace(day=1), closed_by_id=world.account("a1-head"), closed_by_label="校長", closed_at=actor.now,
        digest="x")  # fmt: skip
    with pytest.raises(MonthClosed):
        save_register(actor=actor, school_class=klass(world), day=day, rows=rows)
    save_register(actor=actor, school_class=klass(world), day=day, rows=rows, reason="登校時刻の聞き違い")
    change = MarkChange.objects.get(pupil_id=world.pupil("hana"), day=day)
    assert (change.before, change.after, change.after_closing, change.reason) == (
        "PRESENT", "LATE", True, "登校時刻の聞き違い")  # fmt: skip


# --- pages -----------------------------------------------------------------------------------------------------------
def test_the_page_shows_both_sides_of_a_disagreement(world, client_for, actor_for):
    client = client_for("a1-homeroom")
    actor = actor_for("a1-homeroom")
    told = tell(world, "sora", hours=-0.5)
    save_register(
        actor=actor, school_class=klass(world), day=DAY, rows=[RowChange(world.pupil("sora"), code="PRESENT")]
    )
    page = client.get(url(world)).content.decode()
    assert "食い違い" in page and "保護者 欠席 7:12／先生 出席 7:42" in page
    assert Mark.objects.get(pupil_id=world.pupil("sora")).code == "PRESENT" and Notice.objects.get(pk=told.pk)
    answer = client.post(url(world), {"holds": "notice", "notice": str(told.pk), "pupil": str(world.pupil("sora"))},
                         headers={"X-Requested-With": "fetch"})  # fmt: skip
    assert answer.status_code == 200 and "食い違い" not in answer.content.decode()
    assert "連絡を採りました" in answer.content.decode()
    assert (
        Resolution.objects.get().holds == "notice" and Mark.objects.get(pupil_id=world.pupil("sora")).code == "PRESENT"
    )


def test_a_notice_is_on_the_page_without_a_mark(world, client_for, actor_for):
    client = client_for("a1-homeroom")
    actor_for("a1-homeroom")
    tell(world, "ren", kind="late", reason="hospital", hours=0, arrives_at=dt.time(10, 0), sender="父")
    tell(world, "hana", reason="infection", begins=dt.date(2026, 11, 21), ends=dt.date(2026, 11, 26), hours=-70)
    page = client.get(url(world)).content.decode()
    assert "いま届きました" in page and "父 7:42" in page and "10:00ごろ登校" in page
    assert "11/21–26 停止" in page and "渡邉 蓮さんの父から遅刻の連絡" in page


def test_a_row_alone_for_the_live_screen(world, client_for):
    page = client_for("a1-homeroom").get(f"{url(world)}rows/{world.pupil('hana')}/").content.decode()
    assert page.count("<tr ") == 1 and 'id="strip"' in page and 'id="timeline"' in page


def test_saving_by_the_page(world, client_for):
    client = client_for("a1-homeroom")
    answer = client.post(url(world), {"set": f"{world.pupil('hana')}:late"}, headers={"X-Requested-With": "fetch"})
    assert answer.status_code == 200 and 'data-code="LATE"' in answer.content.decode()
    health = {
        "health": str(world.pupil("hana")),
        "item": ["FEVER"],
        "temperature": "38.2",
        "health_note": "",
        "note": "x",
    }
    assert "発熱 38.2℃" in client.post(url(world), health, headers={"X-Requested-With": "fetch"}).content.decode()
    assert client.post(url(world), {"all": "1"}).status_code == 302
    assert Mark.objects.filter(day=DAY).count() == 3
    refused = client.post(url(world, day="2026-11-23"), {"all": "1", "set": f"{world.pupil('hana')}:late"})
    assert refused.status_code == 422 and "授業日ではない" in refused.content.decode()
    assert client.post(url(world), {"set": "nobody:late"}).status_code == 422
    assert client.post(url(world), {"health": str(world.pupil("hana")), "temperature": "x"}).status_code == 422
    assert client.get(f"/classes/{world.klass('a1-1')}/register/soon/").status_code == 404
    assert client.get(f"/classes/{world.klass('a1-music')}/register/").status_code == 404


def test_budgets(world, client_for, count_queries):
    client = client_for("a1-homeroom")
    client.get(url(world))
    with count_queries() as asked:
        assert client.get(f"/classes/{world.klass('a1-1')}/register/").status_code == 200
    assert len(asked) <= 6, asked.statements
    with count_queries() as asked:
        assert client.post(url(world), {"all": "1"}, headers={"X-Requested-With": "fetch"}).status_code == 200
    assert len(asked) <= 10, asked.statements
    with count_queries() as asked:
        client.get(f"{url(world)}rows/{world.pupil('hana')}/")
    assert len(asked) <= 6, asked.statements  # the row in the trail among them


def test_reads_and_writes_leave_a_trace(world, client_for, actor_for):
    from minamo.audit.api import open_private
    from minamo.audit.models import Entry

    client = client_for("a1-homeroom")
    client.get(url(world))
    client.post(url(world), {"set": f"{world.pupil('hana')}:late"})
    actor_for("a1-head")
    rows = Entry.objects.filter(resource_id=str(world.klass("a1-1"))).order_by("id")
    assert [r.action for r in rows] == ["register:read", "register:mark"]
    assert rows[1].pupil_id == world.pupil("hana")
    detail = rows[1].detail if isinstance(rows[1].detail, dict) else json.loads(rows[1].detail)
    said = open_private(entry=rows[1].id, municipality=rows[1].municipality_id, detail=detail)
    assert said == {world.pupil("hana"): {"before": "未入力", "after": "遅刻（LATE）"}}
    assert "LATE" not in json.dumps(detail)


READERS = {"a1-homeroom": 200, "a1-homeroom2": 200, "a1-head": 200, "a1-clerk": 200, "a1-nurse": 200, "a-board": 200,
           "a2-head": 403, "b1-head": 404, "b-board": 404, "takahashi-mother": 403, "pupil-hana": 403,
           "a1-former": 403}  # fmt: skip
MARKERS = {"a1-homeroom": 200, "a1-head": 200, "a1-vice": 200, "a1-coordinator": 200, "a1-nurse": 200,
           "a1-homeroom2": 403, "a1-clerk": 403, "a1-aide": 403, "a-board": 403, "a2-head": 403, "b1-head": 404,
           "takahashi-mother": 403, "pupil-hana": 403}  # fmt: skip


@pytest.mark.parametrize(("who", "status"), READERS.items())
def test_who_may_look(world, client_for, who, status):
    client = client_for(who)
    for path in (f"/classes/{world.klass('a1-1')}/register/", url(world), f"{url(world)}rows/{world.pupil('hana')}/"):
        answer = client.get(path)
        assert answer.status_code == status, path
        assert status == 200 or "高橋 花" not in answer.content.decode()


@pytest.mark.parametrize(("who", "status"), MARKERS.items())
def test_who_may_mark(world, client_for, actor_for, who, status):
    answer = client_for(who).post(url(world), {"all": "1"}, headers={"X-Requested-With": "fetch"})
    assert answer.status_code == status
    actor_for("a1-head")
    assert Mark.objects.filter(day=DAY).exists() == (status == 200)


def test_nobody_signed_in(world, client):
    assert client.get(url(world)).status_code == 302
    assert client.post(url(world), {"all": "1"}).status_code == 302
    assert client.get(f"/classes/{world.klass('a1-1')}/register/stream/").status_code == 302


def test_a_learning_device_reaches_nothing(world, client_for):
    assert client_for("a1-homeroom", side="learning").get(url(world)).status_code in {403, 404}
