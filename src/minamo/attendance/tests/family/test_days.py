"""連絡の日: closures, which days of a period remain, the school's hours, several children of whom one is told already."""

import datetime as dt
import re
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client

from minamo.access.api import set_scope
from minamo.attendance.models import Closure, Notice
from minamo.attendance.queries.closures import lesson_days
from minamo.people.api import Pupil
from minamo.tenancy.api import School
from tests.fixtures.world import TODAY, World

ClientFor = Callable[..., Client]
pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)


def see_all(world: World) -> None:
    set_scope(municipalities=[world.municipality("A"), world.municipality("B")], side="school")


@pytest.fixture
def close(world: World) -> Callable[..., Closure]:
    """Writes a closure of the first school of A."""

    def make(scope: str, begins: dt.date, ends: dt.date | None = None, **where: Any) -> Closure:
        see_all(world)
        school = School.objects.get(pk=world.school("a1"))
        return Closure.objects.create(
            municipality_id=school.municipality_id, school=school, scope=scope, begins=begins, ends=ends or begins,
            reason="感染症", entered_by_id=world.account("a1-head"),
            entered_at=dt.datetime(2026, 11, 23, tzinfo=dt.UTC), **where,
        )  # fmt: skip

    return make


def body(world: World, *names: str, **changes: Any) -> dict[str, Any]:
    return {
        "pupil": [str(world.pupil(name)) for name in names], "kind": "absent", "reason": "sick",
        "when": TODAY.isoformat(), "key": str(uuid4()),
    } | changes  # fmt: skip


def period(days: int) -> dict[str, str]:
    return {"when": "period", "begins": TODAY.isoformat(), "ends": (TODAY + days * DAY).isoformat()}


def test_a_closed_day_needs_no_notice(world: World, client_for: ClientFor, close: Any) -> None:
    close("class", TODAY, school_class_id=world.klass("a1-1"))
    mother = client_for("takahashi-mother")
    answer = mother.post("/notices/", body(world, "hana", text="熱"))
    assert answer.status_code == 422 and "11月24日（火）は学級閉鎖です。連絡は要りません。" in answer.content.decode()
    assert "熱" in answer.content.decode()
    two = mother.post("/notices/", body(world, "hana", "taku"))
    assert two.status_code == 422 and "花さんの11月24日（火）は学級閉鎖です" in two.content.decode()
    see_all(world)
    assert not Notice.objects.exists()


def test_another_class_or_a_withdrawn_closure_closes_nothing(world: World, client_for: ClientFor, close: Any) -> None:
    close("class", TODAY, school_class_id=world.klass("a1-2"))
    close("school", TODAY, withdrawn_at=dt.datetime(2026, 11, 23, 1, tzinfo=dt.UTC))
    assert client_for("takahashi-mother").post("/notices/", body(world, "hana")).status_code == 302


def test_the_days_of_a_period_are_said(world: World, client_for: ClientFor, close: Any) -> None:
    close("school", TODAY + 2 * DAY)
    page = client_for("takahashi-mother").post("/notices/", body(world, "hana", **period(3)), follow=True)
    text = page.content.decode()
    assert "授業のある日は 11/24（火）・11/25（水）・11/27（金） の3日です（11/26（木）は臨時休業）。" in text
    assert "いま出ています" in text


def test_a_period_that_begins_on_a_closed_day_stands_later(world: World, client_for: ClientFor, close: Any) -> None:
    close("grade", TODAY, grade=_pupil(world, "hana").grade)
    text = (
        client_for("takahashi-mother").post("/notices/", body(world, "hana", **period(1)), follow=True).content.decode()
    )
    assert "いま出ています" not in text and "11月25日（水）の朝、担任の先生の画面に出ます。" in text


def test_a_period_without_lessons_is_refused(world: World, client_for: ClientFor, close: Any) -> None:
    close("school", TODAY, TODAY + 5 * DAY)
    answer = client_for("takahashi-mother").post("/notices/", body(world, "hana", **period(3)))
    assert answer.status_code == 422 and "授業のある日がありません" in answer.content.decode()


def _pupil(world: World, name: str) -> Pupil:
    see_all(world)
    return Pupil.objects.get(pk=world.pupil(name))


def test_lesson_days_take_two_queries(world: World, close: Any, django_assert_num_queries: Any) -> None:
    close("school", TODAY + DAY)
    hana = _pupil(world, "hana")
    with django_assert_num_queries(2):
        days = lesson_days(hana, TODAY, TODAY + 2 * DAY)
    assert days.open == (TODAY, TODAY + 2 * DAY) and days.closed == ((TODAY + DAY, "臨時休業"),)


def test_the_hours_are_the_schools_own(world: World, client_for: ClientFor) -> None:
    late = {"kind": "late", "arrives_at": "18:30"}
    mother = client_for("takahashi-mother")
    refused = mother.post("/notices/", body(world, "hana", **late))
    assert refused.status_code == 422 and "6:00 から 18:00 の間" in refused.content.decode()
    see_all(world)
    School.objects.filter(pk=world.school("a1")).update(last_time="19:00")
    assert mother.post("/notices/", body(world, "hana", **late)).status_code == 302


def told(world: World, client_for: ClientFor) -> tuple[Client, Notice]:
    """The mother with two children, of whom 拓 is told of already."""
    mother = client_for("takahashi-mother")
    assert mother.post("/notices/", body(world, "taku")).status_code == 302
    see_all(world)
    return mother, Notice.objects.get()


def test_one_told_child_is_unticked_and_the_others_are_named(world: World, client_for: ClientFor) -> None:
    mother, first = told(world, client_for)
    answer = mother.post("/notices/", body(world, "hana", "taku", reason="family", text="法事"))
    text = answer.content.decode()
    assert answer.status_code == 422 and "花さんの連絡は、まだ送られていません" in text and "法事" in text
    assert f'href="/notices/{first.pk}/"' in text and "拓さんの届いている連絡" in text
    ticked = {name: re.search(rf'value="{world.pupil(name)}"[^>]*>', text) for name in ("hana", "taku")}
    assert ticked["hana"] and "checked" in ticked["hana"][0]
    assert ticked["taku"] and "checked" not in ticked["taku"][0]
    see_all(world)
    assert Notice.objects.count() == 1


def test_the_waiting_line_learns_whom_to_send(world: World, client_for: ClientFor) -> None:
    mother, first = told(world, client_for)
    content = body(world, "hana", "taku", reason="family")
    answer = mother.post("/notices/", content, content_type="application/json")
    said = answer.json()
    assert answer.status_code == 422
    assert said["told"] == {str(world.pupil("taku")): f"/notices/{first.pk}/"}
    assert said["unsent"] == [str(world.pupil("hana"))] and said["url"] == f"/notices/{first.pk}/"
    rest = mother.post("/notices/", content | {"pupil": said["unsent"]}, content_type="application/json")
    assert rest.status_code == 201 and [n["pupil"] for n in rest.json()["notices"]] == said["unsent"]


def test_a_correction_that_runs_into_another_keeps_all_and_shows_the_way(world: World, client_for: ClientFor) -> None:
    mother, _ = told(world, client_for)
    later = (TODAY + 2 * DAY).isoformat()
    assert mother.post("/notices/", body(world, "taku", when="period", begins=later, ends=later)).status_code == 302
    see_all(world)
    first, second = Notice.objects.order_by("begins")
    typed = {"kind": "absent", "reason": "sick", **period(2), "symptoms": ["FEVER", "COUGH"], "text": "のどが痛い"}
    answer = mother.post(f"/notices/{first.pk}/corrections/", typed)
    text = answer.content.decode()
    assert answer.status_code == 422 and f'href="/notices/{second.pk}/"' in text and "のどが痛い" in text
    for symptom in ("FEVER", "COUGH"):
        box = re.search(rf'<input[^>]*value="{symptom}"[^>]*>', text)
        assert box and "checked" in box[0]


def test_a_coming_late_arrival_stands_with_its_time_at_home(world: World, client_for: ClientFor) -> None:
    mother = client_for("takahashi-mother")
    assert mother.post("/notices/", body(world, "hana", kind="late", arrives_at="10:30")).status_code == 302
    assert "10:30ごろ登校" in mother.get("/").content.decode()


def test_the_page_of_a_notice_says_its_days(world: World, client_for: ClientFor, close: Any) -> None:
    close("school", TODAY + DAY, TODAY + 2 * DAY)
    mother = client_for("takahashi-mother")
    sent = mother.post("/notices/", body(world, "hana", **period(6)))
    see_all(world)
    text = mother.get(f"/notices/{Notice.objects.get().pk}/").content.decode()
    assert (
        "授業のある日は 11/24（火）・11/27（金）・11/30（月） の3日です（11/25（水）〜11/26（木）は臨時休業）。" in text
    )
    assert "(&#39;" not in text and "[(" not in text, "no value of the form between the words"
    assert sent.status_code == 302 and 'value="period"' in text, "the days that can be tapped are still there"


def test_children_who_stand_on_different_days_are_told_so(world: World, client_for: ClientFor, close: Any) -> None:
    close("class", TODAY, school_class_id=world.klass("a1-1"))
    mother = client_for("takahashi-mother")
    text = mother.post("/notices/", body(world, "hana", "taku", **period(1)), follow=True).content.decode()
    assert text.count("いま出ています") == 1 and text.count("11月25日（水）の朝、担任の先生の画面に出ます。") == 1


def test_what_was_withdrawn_does_not_stand_any_more(world: World, client_for: ClientFor) -> None:
    mother = client_for("takahashi-mother")
    where = mother.post("/notices/", body(world, "hana")).headers["Location"]
    assert "いま出ています" in mother.get(where).content.decode()
    see_all(world)
    assert mother.post(f"/notices/{Notice.objects.get().pk}/withdrawal/").status_code == 302
    assert "いま出ています" not in mother.get(where).content.decode()


FIELDS = {
    "pupil": ({"pupil": []}, "どのお子さん"),
    "reason": ({"reason": ""}, "理由を選んで"),
    "kind": ({"kind": "gone"}, "どれかを選んで"),
    "arrives_at": ({"kind": "late", "arrives_at": "5:00"}, "6:00 から 18:00"),
    "temperature": ({"temperature": "99"}, "34℃から43℃"),
    "ends": ({"when": "period", "begins": "2026-11-27", "ends": "2026-11-25"}, "終わりの日が"),
    "returns_on": ({"returns_on": TODAY.isoformat()}, "登校する日は"),
    "text": ({"text": "あ" * 301}, "300字まで"),
}


@pytest.mark.parametrize("field", FIELDS)
def test_a_refusal_stands_at_its_field(field: str, world: World, client_for: ClientFor) -> None:
    changes, said = FIELDS[field]
    mother = client_for("takahashi-mother")
    content = {**body(world, "hana", text="朝から熱"), **changes}
    text = mother.post("/notices/", content).content.decode()
    assert re.search(rf'<span class="error"[^>]*>[^<]*{said}', text), "the sentence at the field, not only on top"
    assert mother.post("/notices/", content, content_type="application/json").json()["field"] == field


def test_a_correction_refused_stands_at_its_field(world: World, client_for: ClientFor) -> None:
    mother = client_for("takahashi-mother")
    mother.post("/notices/", body(world, "hana"))
    see_all(world)
    typed = body(world, "hana", kind="late", arrives_at="23:00", text="のどが痛い", symptoms=["COUGH"])
    answer = mother.post(f"/notices/{Notice.objects.get().pk}/corrections/", typed)
    text = answer.content.decode()
    assert answer.status_code == 422 and re.search(r'<span class="error" id="arrives_at-error">', text)
    assert "のどが痛い" in text and 'value="23:00"' in text
