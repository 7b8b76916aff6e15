"""家庭の画面の入口: each works for one's own child, and for nobody else; few queries; forms and JSON alike."""

import datetime as dt
import re
from collections.abc import Callable
from typing import Any
from uuid import uuid4, uuid5

import pytest
from django.test import Client

from minamo.access.api import set_scope, waiting_keys
from minamo.attendance.models import Mark, Notice, NoticeChange
from tests.fixtures.world import TODAY, World

ClientFor = Callable[..., Client]
pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)


def see_all(world: World) -> None:
    """Tests look at the tables as the operator."""
    set_scope(municipalities=[world.municipality("A"), world.municipality("B")], side="school")


def body(world: World, *names: str, **changes: Any) -> dict[str, Any]:
    return {
        "pupil": [str(world.pupil(name)) for name in names], "kind": "absent", "reason": "sick",
        "when": TODAY.isoformat(), "key": str(uuid4()),
    } | changes  # fmt: skip


def a_notice(
    world: World, client_for: ClientFor, child: str = "hana", who: str = "takahashi-mother", **more: Any
) -> Any:
    content = body(world, child, **more)
    assert client_for(who).post("/notices/", content).status_code == 302
    see_all(world)
    return Notice.objects.get(key=uuid5(_uuid(content["key"]), str(world.pupil(child))))


def _uuid(text: str) -> Any:
    from uuid import UUID

    return UUID(text)


def test_form_to_confirmation_without_javascript(world: World, client_for: ClientFor) -> None:
    mother = client_for("takahashi-mother")
    page = mother.get(f"/notices/new/?child={world.pupil('hana')}").content.decode()
    hana = re.search(rf'<input[^>]*value="{world.pupil("hana")}"[^>]*>', page)
    assert hana and "checked" in hana[0] and "陽子" not in page
    key = re.search(r'name="key" value="([0-9a-f-]{36})"', page)
    assert key
    answer = mother.post("/notices/", body(world, "hana", key=key[1], text="熱があります"), follow=True)
    text = answer.content.decode()
    assert "学校に届きました" in text and "7:42" in text and "花さん" in text and "取り消す" in text
    again = mother.post("/notices/", body(world, "hana", key=key[1]), follow=True)
    assert again.status_code == 200
    see_all(world)
    assert Notice.objects.count() == 1


def test_several_children_in_two_towns(world: World, client_for: ClientFor) -> None:
    answer = client_for("takahashi-mother").post("/notices/", body(world, "hana", "taku", "umi"), follow=True)
    assert answer.content.decode().count("届いています") == 3


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"pupil": []}, "どのお子さん"),
        ({"reason": ""}, "理由を選んで"),
        ({"when": "period", "begins": ""}, "始まりの日"),
        ({"when": "2026-11-20"}, "もう過ぎた日"),
        ({"temperature": "あつい"}, "37.5 のように"),
        ({"arrives_at": "9時ごろ", "kind": "late"}, "9:30 のように"),
        ({"key": ""}, "開き直して"),
        ({"key": "x"}, "開き直して"),
    ],
)
def test_mistakes_come_back_with_a_sentence(
    world: World, client_for: ClientFor, change: dict[str, Any], words: str
) -> None:
    answer = client_for("takahashi-mother").post("/notices/", body(world, "hana", text="入力は残る") | change)
    assert answer.status_code == 422 and words in answer.content.decode() and "入力は残る" in answer.content.decode()
    see_all(world)
    assert not Notice.objects.exists()


def test_period_and_wide_digits(world: World, client_for: ClientFor) -> None:
    notice = a_notice(
        world, client_for, kind="late_early", when="period", begins="2026-11-25", ends="2026-11-27", temperature="３７．８",
        arrives_at="９：３０", leaves_at="14:00", symptoms=["COUGH", "NOSE"], returns_on="2026-11-30",
    )  # fmt: skip
    assert (notice.begins, notice.ends, str(notice.temperature)) == (TODAY + DAY, TODAY + 3 * DAY, "37.8")
    assert (notice.arrives_at, notice.leaves_at, notice.symptoms) == (dt.time(9, 30), dt.time(14), ["COUGH", "NOSE"])


def test_json_from_the_waiting_line(world: World, client_for: ClientFor) -> None:
    mother = client_for("takahashi-mother")
    content = body(world, "hana", written_at="2026-11-24T06:30:00+09:00")
    send = {"content_type": "application/json", "headers": {"X-Requested-With": "fetch"}}
    first = mother.post("/notices/", content, **send)
    second = mother.post("/notices/", content, **send)
    assert (first.status_code, second.status_code) == (201, 200)
    assert first.json()["notices"] == second.json()["notices"] and first.json()["notices"][0]["received"] == "7:42"
    page = mother.get(f"/notices/{first.json()['notices'][0]['id']}/").content.decode()
    assert "書いた時刻" in page and "6:30" in page
    late = mother.post("/notices/", body(world, "hana", when="2026-11-23"), **send)
    assert late.status_code == 422 and "もう過ぎた日" in late.json()["error"]
    assert mother.post("/notices/", b"[1]", **send).status_code == 422


def test_waiting_line_learns_whose_it_is(world: World, client_for: ClientFor) -> None:
    answer = client_for("takahashi-mother").get("/notices/queue/").json()
    assert answer["account"] == str(world.account("takahashi-mother")) and answer["token"]
    assert {child["name"] for child in answer["children"]} == {"花", "拓", "海"}
    assert set(answer["children"][0]) == {"id", "name", "place"}
    assert answer["keys"] == waiting_keys(world.account("takahashi-mother"))
    assert Client().get("/notices/queue/", headers={"X-Requested-With": "fetch"}).status_code == 401
    assert client_for("a1-homeroom").get("/notices/queue/").status_code == 404


@pytest.mark.parametrize(
    ("who", "side", "child", "status"),
    [
        ("sato-mother", None, "hana", 403),  # somebody else's child
        ("sato-father", None, "sora", 404),  # shut out: without another child no wall is open to him
        ("shimizu-father", None, "hana", 404),  # behind the wall of another municipality
        ("a1-homeroom", None, "hana", 404),  # staff write telephone calls elsewhere
        ("a1-head", None, "hana", 404),
        ("pupil-hana", None, "hana", 404),  # a child does not excuse itself
        ("takahashi-mother", "learning", "hana", 404),
    ],
)
def test_who_cannot_send(
    world: World, client_for: ClientFor, who: str, side: str | None, child: str, status: int
) -> None:
    assert client_for(who, side).post("/notices/", body(world, child)).status_code == status
    see_all(world)
    assert not Notice.objects.exists()


def test_anonymous_is_asked_to_sign_in(world: World) -> None:
    assert Client().post("/notices/", body(world, "hana")).status_code == 302
    for path in ("/notices/", "/notices/new/", "/notices/sent/", "/children/", f"/children/{world.pupil('hana')}/"):
        answer = Client().get(path)
        assert answer.status_code == 302 and "/accounts/login/" in answer["Location"]
    see_all(world)
    assert not Notice.objects.exists()


def test_notice_page_and_its_verbs_by_person(world: World, client_for: ClientFor) -> None:
    notice = a_notice(world, client_for, "sora", "sato-mother")
    path = f"/notices/{notice.pk}/"
    allowed = {"sato-mother": 200, "a1-homeroom": 200, "a1-aide": 200}
    refused = {
        "takahashi-mother": 403, "sato-father": 404, "a2-head": 403, "b1-head": 404, "a-board": 403, "pupil-hana": 404,
    }  # fmt: skip
    for who, status in (allowed | refused).items():
        assert client_for(who).get(path).status_code == status, who
    for who in (*refused, "a1-aide", "a1-homeroom2"):
        for verb in ("corrections", "withdrawal"):
            assert client_for(who).post(f"{path}{verb}/", body(world, "sora")).status_code in {403, 404}, who
    assert client_for("sato-mother", "learning").get(path).status_code in {403, 404}
    assert Client().get(path).status_code == 302
    see_all(world)
    assert not NoticeChange.objects.exists()


def test_correction_and_withdrawal_by_form(world: World, client_for: ClientFor) -> None:
    notice = a_notice(world, client_for)
    father = client_for("takahashi-father")
    change = body(world, "hana", kind="late", reason="hospital", arrives_at="10:30")
    page = father.post(f"/notices/{notice.pk}/corrections/", change, follow=True).content.decode()
    assert "遅刻" in page and "10:30" in page and "訂正" in page and "前は「欠席 体調不良" in page
    wrong = father.post(f"/notices/{notice.pk}/corrections/", change | {"reason": "none"})
    assert wrong.status_code == 422 and "理由を選んで" in wrong.content.decode()
    gone = father.post(f"/notices/{notice.pk}/withdrawal/", follow=True).content.decode()
    assert "取り消し" in gone and "なおして送る" not in gone


def test_list_shows_own_children_only(world: World, client_for: ClientFor) -> None:
    a_notice(world, client_for, "sora", "sato-mother", text="ひみつ")
    assert "まだ連絡はありません" in client_for("takahashi-mother").get("/notices/").content.decode()
    assert "空さん" in client_for("sato-mother").get("/notices/").content.decode()
    assert "空さん" not in client_for("sato-father").get("/notices/").content.decode()


def test_month_of_ones_own_child(world: World, client_for: ClientFor) -> None:
    see_all(world)
    for day, code in ((2, "PRESENT"), (4, "ABS_ACCIDENT"), (5, "LATE"), (6, "SUSP_INFECT")):
        Mark.objects.create(
            municipality_id=world.municipality("A"), school_id=world.school("a1"), pupil_id=world.pupil("hana"),
            day=dt.date(2026, 11, day), code=code, marked_by_id=world.account("a1-homeroom"), note="家のことは書かない",
            marked_by_label="担任", marked_at=dt.datetime(2026, 11, day, 0, tzinfo=dt.UTC),
        )  # fmt: skip
    path = f"/children/{world.pupil('hana')}/"
    page = client_for("takahashi-mother").get(path).content.decode()
    assert "2026年11月" in page and "停止" in page and "遅刻" in page and "欠席" in page
    assert "家のこと" not in page and "欠席・事" not in page
    assert client_for("takahashi-mother").get(f"{path}?month=2026-10").status_code == 200
    for bad in ("2026-13", "2027-01", "x"):
        assert client_for("takahashi-mother").get(f"{path}?month={bad}").status_code == 404
    for who, status in {"sato-mother": 403, "a1-homeroom": 403, "shimizu-father": 404, "pupil-hana": 403}.items():
        assert client_for(who).get(path).status_code == status, who
    assert client_for("sato-father").get(f"/children/{world.pupil('sora')}/").status_code == 404


def test_choice_among_children(world: World, client_for: ClientFor) -> None:
    assert "拓" in client_for("takahashi-mother").get("/children/").content.decode()
    assert client_for("sato-mother").get("/children/")["Location"] == f"/children/{world.pupil('sora')}/"
    assert "まだありません" in client_for("sato-father").get("/children/").content.decode()


def test_queries(world: World, client_for: ClientFor, count_queries: Callable[..., Any]) -> None:
    mother = client_for("takahashi-mother")
    mother.get("/notices/")  # caches of the process
    with count_queries() as asked:
        assert mother.post("/notices/", body(world, "hana")).status_code == 302
    assert len(asked) <= 9, "\n".join(asked.statements)
    see_all(world)
    notice = Notice.objects.get()
    pages = ("/notices/new/", "/notices/", f"/notices/sent/?n={notice.pk}", f"/notices/{notice.pk}/", "/children/",
             f"/children/{world.pupil('hana')}/")  # fmt: skip
    for path in pages:
        with count_queries() as asked:
            assert mother.get(path).status_code == 200
        assert len(asked) <= 12, f"{path}: {len(asked)}"


def test_a_second_notice_leads_to_the_first(world: World, client_for: ClientFor) -> None:
    mother = client_for("takahashi-mother")
    first = a_notice(world, client_for, kind="late", arrives_at="9:30")
    answer = mother.post("/notices/", body(world, "hana"))
    text = answer.content.decode()
    assert answer.status_code == 422 and "すでに届いています" in text and f'href="/notices/{first.pk}/"' in text
    told = mother.post("/notices/", body(world, "hana"), content_type="application/json")
    assert told.status_code == 422 and told.json()["url"] == f"/notices/{first.pk}/"
    same = mother.post("/notices/", body(world, "hana", kind="late", arrives_at="9:30"), follow=True)
    assert same.status_code == 200 and "学校に届きました" in same.content.decode()
    see_all(world)
    assert Notice.objects.count() == 1


def test_what_was_sent_is_shown_with_its_times_and_days(world: World, client_for: ClientFor) -> None:
    mother = client_for("takahashi-mother")
    text = mother.post("/notices/", body(world, "hana", kind="late", arrives_at="9:30"), follow=True).content.decode()
    assert "9:30 ごろ登校" in text and "いま出ています" in text
    coming = body(world, "taku", when=(TODAY + DAY).isoformat(), returns_on=(TODAY + 2 * DAY).isoformat())
    later = mother.post("/notices/", coming, follow=True).content.decode()
    assert "11月25日（水）の朝、担任の先生の画面に出ます" in later and "いま出ています" not in later
    assert "11月26日（木） から登校" in later
    listed = mother.get("/notices/").content.decode()
    assert "9:30 ごろ登校" in listed
