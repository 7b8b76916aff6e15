"""未入力: one definition for the register, the morning, the start page; days on which nothing is recorded."""

import datetime as dt
import re

import pytest

from minamo.attendance.actions.closing import ClosingError, close_month
from minamo.attendance.actions.closures import ClosureError, add_closure, withdraw_closure
from minamo.attendance.actions.marks import HealthEntry, RegisterError, RowChange, save_register
from minamo.attendance.api import morning_counts, read_register
from minamo.attendance.models import Closure, HealthObservation, Mark
from minamo.attendance.queries.closures import closed_days
from minamo.attendance.tests.test_register import DAY, klass, tell, url
from minamo.attendance.tests.test_school import school

pytestmark = pytest.mark.django_db
FETCH = {"X-Requested-With": "fetch"}
FRIDAY, SATURDAY, SUNDAY = dt.date(2026, 11, 27), dt.date(2026, 11, 28), dt.date(2026, 11, 29)


def close(world, actor, begins, ends, name="a1-1", scope="class", **more):
    class_id = world.klass(name) if scope == "class" else None
    return add_closure(actor=actor, school=school(world), scope=scope, begins=begins, ends=ends, reason="かぜ",
                       class_id=class_id, **more)  # fmt: skip


def test_register_morning_and_start_page_count_the_same_children(world, actor_for, client_for):
    """Three children: one with a notice, one marked, one of whom nobody has said anything."""
    client, actor = client_for("a1-homeroom"), actor_for("a1-homeroom")
    tell(world, "hana")
    save_register(
        actor=actor, school_class=klass(world), day=DAY, rows=[RowChange(world.pupil("sora"), code="PRESENT")]
    )
    ours = next(c for c in morning_counts(world.school("a1"), DAY).classes if c.title == "5年1組")
    assert ours.unmarked == read_register(klass(world), DAY).unentered == 1
    assert "未入力 1" in client.get(url(world)).content.decode()
    assert "<b>1人</b></a> <span>未入力です" in client.get("/").content.decode()
    assert "あと1人" in client.get(f"/schools/{world.school('a1')}/morning/").content.decode()


@pytest.mark.parametrize("rest", [True, False], ids=["everybody", "one child"])
def test_a_closed_class_is_not_recorded(world, actor_for, client_for, rest):
    client, nurse = client_for("a1-homeroom"), actor_for("a1-nurse")
    close(world, nurse, DAY, DAY)
    page = client.get(url(world)).content.decode()
    assert "出欠は記録しません" in page and "学級閉鎖" in page
    assert "全員出席にする" not in page and 'name="set"' not in page and "data-health" not in page
    asked = {"all": "1"} if rest else {"set": f"{world.pupil('hana')}:present"}
    refused = client.post(url(world), asked, headers=FETCH)
    assert refused.status_code == 422 and "学級閉鎖" in refused.content.decode()
    actor_for("a1-head")
    assert not Mark.objects.exists()


@pytest.mark.parametrize(("day", "why"), [("2026-11-23", "授業日ではない"), ("2026-11-25", "先の日")])
def test_a_holiday_and_a_day_to_come_are_not_recorded(world, actor_for, client_for, day, why):
    client = client_for("a1-homeroom")
    page = client.get(url(world, day=day)).content.decode()
    assert why in page and "全員出席にする" not in page and 'name="set"' not in page and 'class="cell"' not in page
    for asked in (
        {"all": "1"},
        {"set": f"{world.pupil('hana')}:late"},
        {"health": str(world.pupil("hana")), "item": "WELL"},
    ):
        assert client.post(url(world, day=day), asked, headers=FETCH).status_code == 422
    actor_for("a1-head")
    assert not Mark.objects.exists() and not HealthObservation.objects.exists()


def test_who_may_only_look_sees_words_and_no_buttons(world, actor_for, client_for):
    save_register(actor=actor_for("a1-homeroom"), school_class=klass(world), day=DAY, rest_present=True)
    page = client_for("a1-clerk").get(url(world)).content.decode()
    assert page.count('<span class="tag good">出席</span>') == 3 and 'name="set"' not in page


def test_a_grade_away_leaves_the_others_of_a_combined_class(world, actor_for):
    actor = actor_for("a1-head")
    close(world, actor, DAY, DAY, scope="grade", grade="P1")
    with pytest.raises(RegisterError, match="健康観察"):
        save_register(actor=actor, school_class=klass(world, "a1-combined"), day=DAY,
                      rows=[RowChange(world.pupil("mei"), health=HealthEntry(("WELL",)))])  # fmt: skip
    save_register(actor=actor, school_class=klass(world, "a1-combined"), day=DAY, rest_present=True)
    assert set(Mark.objects.values_list("pupil_id", flat=True)) == {world.pupil("ao")}


def test_a_refused_temperature_names_its_field(world, client_for):
    client = client_for("a1-homeroom")
    for typed in ("x", "60"):
        answer = client.post(url(world), {"health": str(world.pupil("hana")), "temperature": typed}, headers=FETCH)
        assert answer.status_code == 422 and 'data-field="temperature"' in answer.content.decode()


# --- closures --------------------------------------------------------------------------------------------------------
def test_a_closure_names_the_school_days_it_takes(world, actor_for, client_for):
    client, actor = client_for("a1-head"), actor_for("a1-head")
    row = close(world, actor, FRIDAY, dt.date(2026, 11, 30))
    assert closed_days(world.school("a1"), [row])[row.pk] == [FRIDAY, dt.date(2026, 11, 30)]
    page = re.sub(r"\s+", "", client.get(f"/schools/{world.school('a1')}/closures/").content.decode())
    assert "2日</b>" in page and "11月27日（金）・11月30日（月）" in page


@pytest.mark.parametrize("scope", ["class", "grade", "school"])
def test_a_closure_of_no_school_day_is_refused(world, actor_for, scope):
    actor = actor_for("a1-head")
    with pytest.raises(ClosureError, match="授業日がありません"):
        close(world, actor, SATURDAY, SUNDAY, scope=scope, grade="P5" if scope == "grade" else "")
    assert not Closure.objects.exists()


def test_a_closure_that_is_there_already_is_named(world, actor_for):
    actor = actor_for("a1-head")
    first = close(world, actor, DAY, dt.date(2026, 11, 25))
    for begins, ends in ((DAY, dt.date(2026, 11, 25)), (dt.date(2026, 11, 25), FRIDAY), (DAY, DAY)):
        with pytest.raises(ClosureError, match=r"5年1組の学級閉鎖は、11月24日.*11月25日.*かぜ"):
            close(world, actor, begins, ends)
    close(world, actor, dt.date(2026, 11, 26), FRIDAY)
    close(world, actor, DAY, DAY, name="a1-2")
    close(world, actor, DAY, DAY, scope="grade", grade="P5")  # the wider one decides how the day counts
    close(world, actor, DAY, DAY, name="a1-special")  # has children of another grade too
    withdraw_closure(actor=actor, school=school(world), closure_id=first.pk)
    with pytest.raises(ClosureError, match="5年の臨時休業"):
        close(world, actor, DAY, DAY)


def test_a_closure_by_the_page_twice_is_one(world, actor_for, client_for):
    client, path = client_for("a1-head"), f"/schools/{world.school('a1')}/closures/"
    sent = {"target": f"class:{world.klass('a1-1')}", "begins": "2026-11-25", "ends": "2026-11-27", "reason": "かぜ"}
    assert [client.post(path, sent).status_code for _ in range(2)] == [302, 422]
    actor_for("a1-head")
    assert Closure.objects.count() == 1


# --- the month -------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("month", "offered"), [("2026/10", True), ("2026/11", False), ("2026/12", False), ("2027/8", False)]
)
def test_only_a_month_that_is_over_can_be_closed(world, actor_for, client_for, month, offered):
    client, path = client_for("a1-head"), f"/classes/{world.klass('a1-1')}/months/{month}/"
    page = client.get(path).content.decode()
    assert ("この月を締める" in page) == offered
    assert ("最後の授業日が終わると締められます" in page) != offered
    if not offered:
        year, number = map(int, month.split("/"))
        actor = actor_for("a1-head")
        with pytest.raises(ClosingError, match="まだ授業日"):
            close_month(actor=actor, school_class=klass(world), year=year, month=number)
