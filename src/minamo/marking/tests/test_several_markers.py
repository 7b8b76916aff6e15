"""何人かで採点する: claims tell and never block; the second marker is blind; differences are decided; ten at once lose nothing."""

import re
import uuid
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from minamo.access.api import set_scope
from minamo.marking.marks_rules import FIRST, SECOND, VERDICT
from minamo.marking.models import AnswerMark, Claim, Edition, SecondMarking, Sitting, Stroke
from minamo.marking.queries.scans import overview
from minamo.marking.tests.scans import begins
from tests.fixtures.assessments import ASSESSMENT, HANA, QUESTIONS, SITTING, SORA, an_assessment
from tests.fixtures.world import World, uid

ClientFor = Callable[..., Client]
BASE = f"/marking/sittings/{SITTING}/"
FIRST_STROKE = str(uid("assessment", "stroke"))


@pytest.fixture
def sitting(db: None, world: World) -> None:
    see(world)
    an_assessment(world, timezone.now(), sharing="school", comment="ひみつの一言")


def see(world: World) -> None:
    set_scope(municipalities=[world.municipality("A")], side="school")


def stroke(page: uuid.UUID, points: int | None, question: str = "q1", **more: Any) -> dict[str, Any]:
    return {"key": str(uuid.uuid4()), "page": str(page), "question": question, "points": points, **more}


def send(client: Client, *strokes: dict[str, Any]) -> Any:
    answer = client.post(f"{BASE}strokes/", {"strokes": list(strokes)}, content_type="application/json")
    assert answer.status_code == 200, answer.content
    return answer.json()


def holder(question: str = "q1", turn: int = FIRST) -> str | None:
    row = Claim.objects.filter(question=question, round=turn, given_back_at__isnull=True).first()
    return row.marker_label if row else None


def test_claim_tell_take_over_and_give_back(world: World, client_for: ClientFor, sitting: None) -> None:
    mine, other = client_for("a1-homeroom"), client_for("a1-teacher")
    for _ in range(2):
        assert mine.post(f"{BASE}claims/", {"do": "claim", "question": "q1"}).status_code == 302
    see(world)
    assert (holder(), Claim.objects.count()) == ("原澤 美咲", 1)
    told = other.post(f"{BASE}claims/", {"do": "claim", "question": "q1"})
    assert told.status_code == 422 and "原澤 美咲さんが受け持っています" in told.content.decode()
    assert send(other, stroke(SORA, 2))["held"], "a claim never blocks"
    assert other.post(f"{BASE}claims/", {"do": "over", "question": "q1"}).status_code == 302
    see(world)
    assert holder() == "林 専科"
    assert client_for("a1-nurse").post(f"{BASE}claims/", {"do": "back", "question": "q1"}).status_code == 403, (
        "not hers"
    )
    assert mine.post(f"{BASE}claims/", {"do": "back", "question": "q1"}).status_code == 302, "she answers for the class"
    see(world)
    assert holder() is None
    assert mine.post(f"{BASE}claims/", {"do": "claim", "question": "q9"}).status_code == 422
    assert mine.post(f"{BASE}claims/", {"do": "claim", "question": ""}).status_code == 302
    assert "全部を受け持っています" in other.get(f"{BASE}progress/").content.decode()


def test_hand_over_to_somebody_who_may_mark(world: World, client_for: ClientFor, sitting: None) -> None:
    teacher = client_for("a1-homeroom")
    page = teacher.get(f"{BASE}questions/q1/").content.decode()
    assert "林 専科" in page and "本多 担任" not in page and "教委 職員" not in page
    to = {"do": "hand", "question": "q1", "to": str(world.account("a1-teacher"))}
    assert teacher.post(f"{BASE}claims/", to).status_code == 302
    see(world)
    assert holder() == "林 専科"
    for wrong in (str(world.account("a2-homeroom")), str(world.account("takahashi-mother")), "x", ""):
        assert teacher.post(f"{BASE}claims/", to | {"to": wrong}).status_code == 422
    see(world)
    assert holder() == "林 専科"


def test_the_second_marker_sees_neither_points_nor_names_of_the_first(
    world: World, client_for: ClientFor, sitting: None
) -> None:
    head, second = client_for("a1-homeroom"), client_for("a1-teacher")
    send(head, stroke(SORA, 1, comment="ひみつの二言"))
    head.post(f"{BASE}claims/", {"do": "claim", "question": "q1"})
    assert head.post(f"{BASE}seconds/", {"do": "ask", "question": "q1"}).status_code == 302
    assert head.post(f"{BASE}seconds/", {"do": "ask", "question": "q1"}).status_code == 302
    see(world)
    assert SecondMarking.objects.count() == 1
    answers = second.get(f"{BASE}questions/q1/answers/").json()
    assert (answers["round"], answers["marks"], answers["conflicts"]) == (SECOND, {}, {})
    assert answers["stacks"] == {"past": [], "ahead": []} and answers["claims"] == [] and answers["sheeted"] == []
    for part in ("", "answers/", "state/"):
        text = second.get(f"{BASE}questions/q1/{part}").content.decode()
        # the list of colleagues one may hand over to stands in the page itself; it says nothing about marks
        named = part != "" and ("原澤 美咲" in text or "\\u539f\\u6fa4 \\u7f8e\\u54b2" in text)
        assert not named and "ひみつ" not in text and "\\u3072\\u307f\\u3064" not in text
        assert FIRST_STROKE not in text
    progress = second.get(f"{BASE}progress/").content.decode()
    row = progress[progress.index("questions/q1/") : progress.index("questions/q2/")]
    assert "原澤" not in row and "2回目" in row
    chips = {one["id"]: one["marked"] for one in answers["questions"]}
    assert chips["q1"] == 0, "how far the first is says nothing either"
    assert send(second, stroke(SORA, 2, round=SECOND))["held"]
    assert head.get(f"{BASE}questions/q1/answers/").json()["round"] == FIRST


def test_first_and_second_are_different_people_and_only_heads_decide(
    world: World, client_for: ClientFor, sitting: None
) -> None:
    head, second = client_for("a1-homeroom"), client_for("a1-teacher")
    head.post(f"{BASE}seconds/", {"do": "ask", "question": "q1"})
    mine = stroke(HANA, 1, round=SECOND)
    assert "別の先生" in send(head, mine)["refused"][mine["key"]]
    send(second, stroke(HANA, 1, round=SECOND))
    cross = stroke(SORA, 2)
    assert "別の先生" in send(second, cross)["refused"][cross["key"]]
    assert second.post(f"{BASE}claims/", {"do": "claim", "question": "q1", "round": "2"}).status_code == 302
    assert head.post(f"{BASE}claims/", {"do": "claim", "question": "q1", "round": "2"}).status_code == 422
    hand = {"do": "hand", "question": "q1", "round": "2", "to": str(world.account("a1-homeroom"))}
    assert second.post(f"{BASE}claims/", hand).status_code == 422
    verdict = stroke(HANA, 2, round=VERDICT, how="verdict")
    assert "管理職" in send(second, verdict)["refused"][verdict["key"]]
    assert second.get(f"{BASE}questions/q1/differences/").status_code == 403


def test_differences_are_listed_with_the_answer_and_decided(world: World, client_for: ClientFor, sitting: None) -> None:
    head, second = client_for("a1-homeroom"), client_for("a1-teacher")
    head.post(f"{BASE}seconds/", {"do": "ask", "question": "q1"})
    send(head, stroke(SORA, 2))
    send(second, stroke(HANA, 1, round=SECOND), stroke(SORA, 2, round=SECOND))
    url = f"{BASE}questions/q1/differences/"
    page = head.get(url).content.decode()
    assert "高橋 花" in page and "佐藤 空" not in page and "data:image/jpeg;base64," in page
    assert "<b>2点にする</b>" in page and "<b>1点にする</b>" in page and "1回目　原澤 美咲" in page
    assert "1回目と2回目のちがい 1" in head.get(f"{BASE}progress/").content.decode()
    decide = {"page": str(HANA), "key": str(uuid.uuid4()), "base": "", "points": "1"}
    for bad in ({"points": "9"}, {"points": "x"}, {"page": "x"}):
        assert head.post(url, decide | bad).status_code == 422
    assert head.post(url, decide).status_code == 302
    assert head.post(url, decide).status_code == 302, "sent twice counts once"
    see(world)
    assert AnswerMark.objects.get(page_id=HANA, round=VERDICT).points == 1
    assert "1点に決めました" in head.get(url).content.decode()
    assert "ちがい 1" not in head.get(f"{BASE}progress/").content.decode()
    late = decide | {"key": str(uuid.uuid4()), "points": "2"}
    refused = client_for("a1-head").post(url, late)
    assert refused.status_code == 422 and "先にこの答えの点を決めました" in refused.content.decode()
    assert head.post(f"{BASE}seconds/", {"do": "end", "question": "q1"}).status_code == 302
    see(world)
    assert not SecondMarking.objects.filter(ended_at__isnull=True).exists()
    assert Stroke.objects.filter(round=SECOND).count() == 2, "what was said stays in the log"


def test_the_keys_go_on_at_the_next_difference(world: World, client_for: ClientFor, sitting: None) -> None:
    head, second = client_for("a1-homeroom"), client_for("a1-teacher")
    head.post(f"{BASE}seconds/", {"do": "ask", "question": "q1"})
    send(head, stroke(HANA, 2), stroke(SORA, 2))
    send(second, stroke(HANA, 1, round=SECOND), stroke(SORA, 1, round=SECOND))
    url = f"{BASE}questions/q1/differences/"
    first, last = ("佐藤 空", SORA), ("高橋 花", HANA)
    page = head.get(url).content.decode()
    if page.index(first[0]) > page.index(last[0]):
        first, last = last, first
    assert first[0] in begins(page) and "すべて決めました" not in page
    one = {"page": str(last[1]), "key": str(uuid.uuid4()), "base": "", "points": "1"}
    wrong = head.post(url, one | {"points": "x"})
    assert wrong.status_code == 422 and last[0] in begins(wrong.content.decode()), "at the answer it was said of"
    page = head.get(head.post(url, one)["Location"]).content.decode()
    assert first[0] in begins(page), "after the last one the first that is still open"
    other = {"page": str(first[1]), "key": str(uuid.uuid4()), "base": "", "points": "2"}
    page = head.get(head.post(url, other)["Location"]).content.decode()
    assert "すべて決めました" in page and begins(page).startswith('<div class="alert good"')
    assert "progress/?at=q1" in page


def test_the_keys_stay_at_the_question_of_which_something_was_said(
    world: World, client_for: ClientFor, sitting: None
) -> None:
    teacher = client_for("a1-homeroom")
    assert begins(teacher.get(f"{BASE}progress/").content.decode()).startswith("<h1")
    for path, fields in (("claims/", {"do": "claim"}), ("seconds/", {"do": "ask"})):
        page = teacher.get(teacher.post(BASE + path, fields | {"question": "q2"})["Location"]).content.decode()
        assert "questions/q2/" in begins(page)
    page = teacher.get(teacher.post(f"{BASE}claims/", {"do": "claim", "question": ""})["Location"]).content.decode()
    assert begins(page).startswith("<span"), "what holds for the whole test now"
    refused = client_for("a1-teacher").post(f"{BASE}claims/", {"do": "claim", "question": "q2"})
    assert refused.status_code == 422 and begins(refused.content.decode()).startswith('<div class="alert bad"')


def test_whoever_may_mark_a_shared_test_finds_the_door(world: World, client_for: ClientFor, sitting: None) -> None:
    nurse = client_for("a1-nurse")
    page = nurse.get("/").content.decode()
    assert 'href="/marking/"' in page, "she has no class, and marks with the others"
    assert 'href="/results/"' not in page
    assert f'href="{BASE}"' in nurse.get("/marking/").content.decode()
    assert 'href="/marking/"' not in client_for("a-board").get("/").content.decode()


def test_points_changed_in_the_setup(world: World, client_for: ClientFor, sitting: None) -> None:
    teacher = client_for("a1-homeroom")
    send(teacher, stroke(SORA, 1), stroke(HANA, 1, "q2", criteria=["わけだけ"]), stroke(SORA, 2, "q2"))
    url = f"{BASE}changes/"
    assert "いまの設定と合っています" in teacher.get(url).content.decode()
    see(world)
    second = [QUESTIONS[0] | {"full": 4}, QUESTIONS[1] | {"full": 1, "criteria": [{"label": "わけだけ", "points": 0}]}]
    Edition.objects.create(municipality_id=world.municipality("A"), assessment_id=ASSESSMENT, number=2, questions=second,
                           saved_by_id=world.account("a1-homeroom"), saved_by_label="原", saved_at=timezone.now())  # fmt: skip
    page = teacher.get(url).content.decode()
    rows = re.findall(r'<td class="n">(\d)点</td><td class="n"><b>(\d)点</b></td><td><details><summary>(\d)人', page)
    assert rows == [("2", "4", "1"), ("1", "0", "1")], "○ stays ○, a criterion gives what it gives now"
    assert "先に見る答え" in page and "2点 / 1点" in page and "＋1点" in page
    assert "変わる点を見る" in teacher.get(f"{BASE}progress/").content.decode()
    here = teacher.get(BASE).content.decode()
    assert "3の採点が、いまの設定と合っていません" in here and f'href="{url}"' in here, (
        "also where the test is looked over"
    )
    assert f'href="{url}"' not in client_for("a1-teacher").get(BASE).content.decode(), "who may not change it"
    see(world)
    assert AnswerMark.objects.get(page_id=HANA, question="q1").points == 2, "looking changes nothing"
    assert teacher.post(url, {"edition": "1"}).status_code == 422, "another edition than was shown"
    assert client_for("a1-teacher").post(url, {"edition": "2"}).status_code == 403
    told = teacher.get(teacher.post(url, {"edition": "2"})["Location"]).content.decode()
    assert "計算し直しました" in told and begins(told).startswith('<div class="alert good"')
    see(world)
    points = {(row.page_id, row.question): row.points for row in AnswerMark.objects.all()}
    assert points == {(HANA, "q1"): 4, (SORA, "q1"): 1, (HANA, "q2"): 0, (SORA, "q2"): 2}
    assert Stroke.objects.filter(how="rescore").count() == 2
    rest = teacher.get(url).content.decode()
    assert "この点で計算し直す" not in rest and "<h2>先に見る答え</h2>" in rest, "what needs a person still waits"
    assert teacher.post(url, {"edition": "2"}).status_code == 302
    see(world)
    assert Stroke.objects.filter(how="rescore").count() == 2


def test_groups_are_asked_for(
    world: World, client_for: ClientFor, sitting: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    from minamo.kernel import jobs

    asked: list[tuple[str, Any]] = []
    monkeypatch.setattr(jobs, "defer", lambda name, **ids: asked.append((name, ids)) or 1)
    teacher = client_for("a1-homeroom")
    assert teacher.post(f"{BASE}groupings/", {"question": "q2"})["Location"].endswith("q2/?asked")
    assert teacher.post(f"{BASE}groupings/", {"question": "q9"}).status_code == 404
    assert asked == [
        ("marking.group", {"municipality": str(world.municipality("A")), "sitting": str(SITTING), "question": "q2"})
    ]


POSTS = [("claims/", {"do": "claim", "question": "q1"}), ("groupings/", {"question": "q1"}), ("seconds/", {"question": "q1"}),
         ("questions/q1/differences/", {}), ("changes/", {})]  # fmt: skip
GETS = ["progress/", "questions/q1/differences/", "changes/"]


@pytest.mark.parametrize("name", ["a2-head", "b1-head", "a-board", "takahashi-mother", "pupil-hana"])
def test_nobody_else(world: World, client_for: ClientFor, sitting: None, name: str) -> None:
    client = client_for(name)
    for path, fields in POSTS:
        assert client.post(BASE + path, fields).status_code in {403, 404}
    for path in GETS:
        assert client.get(BASE + path).status_code in {403, 404}
    see(world)
    assert not Claim.objects.exists() and not SecondMarking.objects.exists()


def test_nobody_in_particular(sitting: None) -> None:
    for path, fields in POSTS:
        assert Client().post(BASE + path, fields).status_code in {302, 401}
    for path in GETS:
        assert Client().get(BASE + path).status_code in {302, 401}


@pytest.mark.parametrize("path", ["questions/q1/", "questions/q1/answers/", "questions/q1/state/", *GETS])
def test_pages_cost_few_statements(
    world: World, client_for: ClientFor, sitting: None, count_queries: Any, path: str
) -> None:
    teacher = client_for("a1-homeroom")
    teacher.post(f"{BASE}seconds/", {"do": "ask", "question": "q1"})
    with count_queries() as asked:
        assert teacher.get(BASE + path).status_code == 200
    assert len(asked.statements) <= 12, "\n".join(asked.statements)


def test_who_answers_for_the_class_marks_blind_too(world: World, client_for: ClientFor, sitting: None) -> None:
    """教頭: may do everything, and is a second marker like any other as soon as somebody else marked first."""
    teacher, head = client_for("a1-homeroom"), client_for("a1-head")
    mine = stroke(SORA, 2, comment="ひみつの二言")
    send(teacher, mine)
    teacher.post(f"{BASE}seconds/", {"do": "ask", "question": "q1"})
    progress = head.get(f"{BASE}progress/").content.decode()
    row = progress[progress.index("questions/q1/") : progress.index("questions/q2/")]
    assert "2回目を受け持つ" in row and "原澤" not in row and 'name="round" value="2"' in row
    answers = head.get(f"{BASE}questions/q1/answers/")
    assert answers.json()["round"] == SECOND and answers.json()["marks"] == {}
    assert "ひみつ" not in str(answers.json()) and FIRST_STROKE not in answers.content.decode()
    over = stroke(SORA, 0, base=mine["key"])
    assert "2回採点" in send(head, over)["refused"][over["key"]], "no key of hers changes a first mark"
    early = stroke(SORA, 1, at="2020-01-01T00:00:00+09:00")
    assert send(head, early)["overtaken"] == [early["key"]], "what waited without a line from before is not lost"
    see(world)
    assert AnswerMark.objects.get(page_id=SORA, question="q1", round=FIRST).points == 2


def test_a_second_marker_who_decides_sees_the_differences_when_he_is_through(
    world: World, client_for: ClientFor, sitting: None
) -> None:
    teacher, head = client_for("a1-homeroom"), client_for("a1-head")
    send(teacher, stroke(SORA, 2))
    teacher.post(f"{BASE}seconds/", {"do": "ask", "question": "q1"})
    assert head.post(f"{BASE}claims/", {"do": "claim", "question": "q1", "round": "2"}).status_code == 302
    see(world)
    assert holder(turn=SECOND) is not None and holder() is None
    assert head.post(f"{BASE}claims/", {"do": "over", "question": "q1", "round": "1"}).status_code == 422
    send(head, stroke(HANA, 1, round=SECOND))
    url = f"{BASE}questions/q1/differences/"
    early = head.get(url).content.decode()
    assert "2回目の採点がまだです" in early and "<b>2点にする</b>" not in early
    assert "ちがいを見る" not in head.get(f"{BASE}progress/").content.decode()
    send(head, stroke(SORA, 2, round=SECOND))
    assert "<b>2点にする</b>" in head.get(url).content.decode()
    assert "ちがいを見る" in head.get(f"{BASE}progress/").content.decode()
    assert head.get(f"{BASE}questions/q1/answers/").json()["round"] == SECOND, "the first stays out of reach"


def test_a_second_marker_is_told_of_the_own_part(world: World, client_for: ClientFor, sitting: None) -> None:
    """2回目のあなたの分: the questions she has taken or begun; the class hears that the second marking is not through."""
    teacher, guest = client_for("a1-homeroom"), client_for("a1-teacher")
    send(teacher, stroke(SORA, 2), stroke(SORA, 1, "q2"), stroke(HANA, 1, "q2"))
    teacher.post(f"{BASE}seconds/", {"do": "ask", "question": "q1"})

    def told() -> dict[str, tuple[int, bool, int]]:
        rows = guest.get(f"{BASE}questions/q1/answers/").json()["questions"]
        return {one["id"]: (one["round"], one["taken"], one["marked"]) for one in rows}

    assert told() == {"q1": (SECOND, False, 0), "q2": (FIRST, False, 2)}
    guest.post(f"{BASE}claims/", {"do": "claim", "question": "q1", "round": "2"})
    assert told()["q1"] == (SECOND, True, 0)
    send(guest, stroke(HANA, 2, round=SECOND))
    assert told()["q1"] == (SECOND, True, 1)
    see(world)
    seen = overview(Sitting.objects.get(pk=SITTING), timezone.now())
    assert (seen.marked, seen.to_mark, seen.seconds) == (4, 4, (1, 2))
    assert replace(seen, roster=()).step == "second"
    assert "2回目 1 / 2" in guest.get(BASE).content.decode()


def test_a_head_may_step_into_an_unfinished_first_marking_and_is_no_second_marker_then(
    world: World, client_for: ClientFor, sitting: None
) -> None:
    teacher, head, guest = client_for("a1-homeroom"), client_for("a1-head"), client_for("a1-teacher")
    teacher.post(f"{BASE}seconds/", {"do": "ask", "question": "q1"})  # 空 is not marked yet
    assert "1回目を引き受ける" in head.get(f"{BASE}progress/").content.decode()
    assert "1回目を引き受ける" not in guest.get(f"{BASE}progress/").content.decode()
    assert guest.post(f"{BASE}claims/", {"do": "claim", "question": "q1", "round": "1"}).status_code == 422
    assert head.post(f"{BASE}claims/", {"do": "over", "question": "q1", "round": "1"}).status_code == 302
    assert head.get(f"{BASE}questions/q1/answers/").json()["round"] == FIRST
    assert send(head, stroke(SORA, 1))["held"]
    head.post(f"{BASE}claims/", {"do": "back", "question": "q1", "round": "1"})
    assert head.post(f"{BASE}claims/", {"do": "claim", "question": "q1", "round": "2"}).status_code == 422


def test_changed_points_show_no_first_mark_to_who_marks_blind(
    world: World, client_for: ClientFor, sitting: None
) -> None:
    teacher, head = client_for("a1-homeroom"), client_for("a1-head")
    teacher.post(f"{BASE}seconds/", {"do": "ask", "question": "q1"})
    see(world)
    Edition.objects.create(municipality_id=world.municipality("A"), assessment_id=ASSESSMENT, number=2,
                           questions=[QUESTIONS[0] | {"full": 4}, QUESTIONS[1]], saved_by_id=world.account("a1-homeroom"),
                           saved_by_label="原", saved_at=timezone.now())  # fmt: skip
    assert "<b>4点</b>" in teacher.get(f"{BASE}changes/").content.decode()
    blind = head.get(f"{BASE}changes/").content.decode()
    assert "<b>4点</b>" not in blind and "＋2点" not in blind and "いまは見えません" in blind


def test_before_any_paper_there_is_nothing_to_go_on_with(client_for: ClientFor, world: World, sitting: None) -> None:
    """The progress of a test without papers says so and leads into no empty question; who marks what can be settled before."""
    teacher = client_for("a1-homeroom")
    assert "続きを採点する" in teacher.get(f"{BASE}progress/").content.decode()
    see(world)
    Sitting.objects.get(pk=SITTING).bindings.update(replaced_at=timezone.now())
    text = teacher.get(f"{BASE}progress/").content.decode()
    assert "採点できる答案がまだありません" in text and "続きを採点する" not in text and "全部を受け持つ" in text
