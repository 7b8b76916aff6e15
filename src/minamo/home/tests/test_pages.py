"""入口: each role sees what needs it now, nobody sees another's, in few queries."""

import datetime as dt
import json
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from minamo.access.api import set_scope
from minamo.attendance.models import HealthObservation, Mark
from tests.fixtures.results import REVIEW, a_result
from tests.fixtures.world import PUPILS, TODAY, World

ClientFor = Callable[..., Client]
pytestmark = pytest.mark.django_db


@pytest.fixture
def morning(world: World, client_for: ClientFor) -> None:
    """蓮 is here, 空 is absent without a word, 花 has a notice, 結衣 has a fever."""
    mother = client_for("takahashi-mother")
    mother.post("/notices/", {"pupil": str(world.pupil("hana")), "kind": "absent", "reason": "sick",
                              "when": TODAY.isoformat(), "key": str(uuid4())})  # fmt: skip
    set_scope(municipalities=[world.municipality("A")], side="school")
    common: dict[str, Any] = {"municipality_id": world.municipality("A"), "school_id": world.school("a1"), "day": TODAY}
    at = dt.datetime(2026, 11, 23, 23, 2, tzinfo=dt.UTC)
    for name, code in (("ren", "PRESENT"), ("sora", "ABS_ACCIDENT")):
        Mark.objects.create(pupil_id=world.pupil(name), code=code, marked_at=at, marked_by_label="担任",
                            marked_by_id=world.account("a1-homeroom"), **common)  # fmt: skip
    HealthObservation.objects.create(
        pupil_id=world.pupil("yui"), items=["FEVER"], temperature="38.1", observed_at=at,
        observed_by_id=world.account("a1-homeroom2"), **common,
    )  # fmt: skip


def text_of(client: Client, path: str = "/") -> str:
    answer = client.get(path)
    assert answer.status_code == 200
    return str(answer.content.decode())


def test_guardian(morning: None, world: World, client_for: ClientFor) -> None:
    page = text_of(client_for("takahashi-mother"))
    assert "おはようございます" in page and "花" in page and "海" in page
    assert "欠席の連絡が学校に届いています　7:42" in page
    assert page.count("きょうの欠席・遅刻を連絡") == 2  # 拓 and 海; 花 is already announced
    assert "空" not in page and "蓮" not in page


def test_guardian_sees_arrival(world: World, client_for: ClientFor) -> None:
    set_scope(municipalities=[world.municipality("A")], side="school")
    Mark.objects.create(
        municipality_id=world.municipality("A"), school_id=world.school("a1"), day=TODAY, code="PRESENT",
        pupil_id=world.pupil("sora"), marked_by_label="担任", marked_by_id=world.account("a1-homeroom"),
        marked_at=dt.datetime(2026, 11, 23, 23, 2, tzinfo=dt.UTC),
    )  # fmt: skip
    page = text_of(client_for("sato-mother"))
    assert "✓ 登校しました　8:02" in page and "きょうの欠席" not in page
    shut_out = text_of(client_for("sato-father"))
    assert "空" not in shut_out and "登録が、まだありません" in shut_out


def test_teacher_starts_with_the_own_class(morning: None, client_for: ClientFor) -> None:
    page = text_of(client_for("a1-homeroom"))
    assert "5年1組" in page and "高橋 花" in page and "連絡なし" in page and "佐藤 空" in page
    assert "学校のけさ" not in page and "結衣" not in page
    other = text_of(client_for("a1-homeroom2"))
    assert "5年2組" in other and "高橋 花" not in other and "1人</b></a> <span>未入力です" in other


def test_reviews_that_wait_stand_before_whoever_answers_them(world: World, client_for: ClientFor) -> None:
    set_scope(municipalities=[world.municipality("A")], side="school")
    result = a_result(world, timezone.now())
    teacher = client_for("a1-homeroom")
    asked = teacher.get("/").content.decode()
    assert f'/results/{result}/#reviews"><b>わり算</b>' in asked and "返事待ち 1件" in asked
    assert "高橋" not in asked.partition("採点の見直し")[2].partition("</section>")[0], "no name of a child"
    assert 'id="reviews"' in text_of(teacher, f"/results/{result}/")
    for other in ("a1-homeroom2", "a1-teacher", "a1-head"):  # a head may answer, but begins with other things
        assert "採点の見直し" not in text_of(client_for(other))
    teacher.post(reverse("marking-review", kwargs={"review_id": REVIEW}), {"points": "2", "text": "このままです"})
    assert "採点の見直し" not in text_of(teacher)


def test_teacher_without_a_class_sees_the_school(morning: None, client_for: ClientFor) -> None:
    page = text_of(client_for("a1-teacher"))
    assert "学校のけさ" in page and "佐藤 空" in page and "健康観察　" not in page and "登録コード" not in page


def test_head(morning: None, client_for: ClientFor) -> None:
    page = text_of(client_for("a1-head"))
    for words in ("学校のけさ", "まだ入れていない学級", "食い違い", "月の締め", "健康観察　", "登録コード"):
        assert words in page, words
    assert "水上野中" not in page


def test_nurse_sees_health_and_chooses_a_school(morning: None, world: World, client_for: ClientFor) -> None:
    nurse = client_for("a12-nurse")
    first = text_of(nurse)
    assert "吉田 結衣" in first and "発熱" in first and "38.1℃" in first and "出席停止・忌引" in first
    second = text_of(nurse, f"/?school={world.school('a2')}")
    assert "水上野中" in second and "吉田 結衣" not in second
    assert "霧ヶ原" not in text_of(nurse, f"/?school={world.school('b1')}")
    assert "吉田 結衣" in text_of(nurse, "/?school=nonsense")


def test_office(morning: None, client_for: ClientFor) -> None:
    page = text_of(client_for("a1-clerk"))
    assert "電話の連絡を書く" in page and "登録コード" in page and "吉田 結衣" not in page


def test_board_sees_numbers_not_names(morning: None, client_for: ClientFor) -> None:
    page = text_of(client_for("a-board"))
    assert "水上野町立中央小学校" in page and "霧ヶ原" not in page
    assert not [name for name, row in PUPILS.items() if f"{row[0]} {row[1]}" in page]


def test_pupil_sees_oneself(morning: None, client_for: ClientFor) -> None:
    page = text_of(client_for("pupil-hana"))
    assert "花" in page and "5年1組" in page and "出欠" in page
    assert "空" not in page and "体調" not in page


@pytest.mark.parametrize(
    ("who", "side"),
    [("a1-homeroom", "learning"), ("a1-head", "learning"), ("a1-homeroom", "home"), ("a-board", "learning"),
     ("takahashi-mother", "learning")],
)  # fmt: skip
def test_wrong_device_shows_nothing(morning: None, client_for: ClientFor, who: str, side: str) -> None:
    page = text_of(client_for(who, side))
    assert "この端末では開けません" in page and "花" not in page and "5年" not in page


@pytest.mark.parametrize(
    "name", ["marking-results", "marking-home", "attendance-children", "attendance-notices", "attendance-notice-new"]
)
def test_a_list_is_not_empty_on_a_device_of_another_side_it_says_why(client_for: ClientFor, name: str) -> None:
    for who, side, clause in (("a1-homeroom", "learning", "4.2 学習系の端末"), ("a1-head", "home", "4.3 家庭の端末")):
        answer = client_for(who, side).get(reverse(name))
        assert answer.status_code == 403 and clause in answer.content.decode()
    led = client_for("takahashi-mother", "learning").get(reverse(name))
    assert (led.status_code, led["Location"]) == (302, "/")


def test_a_pupil_at_the_own_device_and_a_teacher_at_school_find_their_tests(client_for: ClientFor) -> None:
    for who, side in (("pupil-hana", "learning"), ("takahashi-mother", "home"), ("a1-homeroom", "school")):
        assert client_for(who, side).get(reverse("marking-results")).status_code == 200


def test_former_and_coming_heads_have_nothing(client_for: ClientFor) -> None:
    for who in ("a1-former", "a1-future"):
        assert "受け持っている職がありません" in text_of(client_for(who))


def test_anonymous_is_asked_to_sign_in() -> None:
    for path in ("/", "/settings/"):
        answer = Client().get(path)
        assert answer.status_code == 302 and "/accounts/login/" in answer["Location"]


@pytest.mark.parametrize(
    "who",
    ["takahashi-mother", "pupil-hana", "a1-homeroom", "a1-teacher", "a1-head", "a12-nurse", "a1-clerk", "a-board"],
)
def test_queries(morning: None, client_for: ClientFor, count_queries: Callable[..., Any], who: str) -> None:
    client = client_for(who)
    with count_queries() as asked:
        client.get("/")
    assert len(asked) <= 12, f"{len(asked)}:\n" + "\n".join(asked.statements)


def test_settings_are_cookies_of_the_device(client_for: ClientFor) -> None:
    mother = client_for("takahashi-mother")
    answer = mother.post("/settings/", {"text": "larger", "furigana": "on", "theme": "purple"}, follow=True)
    page = answer.content.decode()
    assert 'data-text="larger"' in page and 'data-furigana="on"' in page
    assert "minamo_theme" not in mother.cookies


def test_app_files_are_public_and_hold_nothing_personal() -> None:
    worker = Client().get("/sw.js")
    assert worker["Content-Type"].startswith("text/javascript") and worker["Cache-Control"] == "no-cache"
    text = worker.content.decode()
    # Trusted Types hold in workers too: without a policy of its own the worker could not load its waiting line.
    assert text.index('createPolicy("default"') < text.index("importScripts(")
    scripts = [path.partition("?")[0] for path in json.loads(text.split("const SCRIPTS = ")[1].split(";\n")[0])]
    names = [path.rpartition("/")[2] for path in scripts]
    assert names == ["refusal.js", "sealed.js", "queue.js", "browserkey.js"], (
        "what reads a refusal stands before what is refused"
    )
    assets = json.loads(text.split("const ASSETS = ")[1].split(";\n")[0])
    for path in [*assets, *scripts, "/offline/"]:
        answer = Client().get(path)
        assert answer.status_code == 200, path
    manifest = Client().get("/manifest.webmanifest").json()
    assert manifest["start_url"] == "/" and manifest["display"] == "standalone"
    for icon in manifest["icons"]:
        assert Client().get(icon["src"]).status_code == 200
    page = Client().get("/offline/").content.decode()
    assert "data-offline" in page and "回線が戻ったら" in page


def test_the_settings_speak_to_whom_they_are_for(client_for: ClientFor) -> None:
    said = {who: client_for(who).get("/settings/").content.decode() for who in ("pupil-hana", "takahashi-mother")}
    assert "あなたの名前も消えます" in said["pupil-hana"] and "お子さん" not in said["pupil-hana"]
    assert "お子さんの名前も消えます" in said["takahashi-mother"]
    assert "名前も消えます" not in client_for("a1-teacher").get("/settings/").content.decode()
