"""採点する: the log, the state, what is refused; over HTTP as a device sends it."""

import uuid
from collections.abc import Callable
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction
from django.test import Client
from django.utils import timezone

from minamo.access.api import set_scope
from minamo.audit.models import Entry
from minamo.kernel import files
from minamo.marking.models import AnswerMark, Edition, Result, ScanPage, Settlement, Stroke
from tests.fixtures.assessments import ASSESSMENT, EDITION, HANA, QUESTIONS, SITTING, SORA, an_assessment
from tests.fixtures.world import World, uid

ClientFor = Callable[..., Client]
URL = f"/marking/sittings/{SITTING}/strokes/"
FIRST_STROKE = str(uid("assessment", "stroke"))  # of 花, question 1: 2 points


@pytest.fixture
def sitting(db: None, world: World) -> None:
    set_scope(municipalities=[world.municipality("A")], side="school")
    an_assessment(world, timezone.now(), sharing="school")


def see(world: World) -> None:
    set_scope(municipalities=[world.municipality("A")], side="school")


def one(page: uuid.UUID = SORA, question: str = "q1", points: int | None = 2, **more: Any) -> dict[str, Any]:
    return {"key": str(uuid.uuid4()), "page": str(page), "question": question, "points": points, **more}


def send(client: Client, *strokes: dict[str, Any]) -> Any:
    return client.post(URL, {"strokes": list(strokes), "device": str(uuid.uuid4())}, content_type="application/json")


def holds(page: uuid.UUID, question: str = "q1", turn: int = 1) -> int | None:
    return AnswerMark.objects.get(page_id=page, question=question, round=turn).points


def test_a_stroke_holds_is_in_the_log_and_carries_the_reading_of_then(
    world: World, client_for: ClientFor, sitting: None
) -> None:
    stroke = one(points=0, at="2026-11-23T10:00:00+09:00", how="sheet")
    answer = send(client_for("a1-homeroom"), stroke)
    assert answer.json() == {"held": [stroke["key"]], "overtaken": [], "refused": {}}
    see(world)
    row = Stroke.objects.get(key=stroke["key"])
    assert (row.points, row.how, row.marker_label, row.base) == (0, "sheet", "原澤 美咲", None)
    assert row.reading == {"text": "イ", "confidence": 0.99, "reader": "r1"}
    assert row.struck_at.isoformat() == "2026-11-23T01:00:00+00:00"
    assert holds(SORA) == 0
    trail = Entry.objects.filter(action="sitting:mark", resource_id=str(SITTING)).latest("id")
    assert trail.detail["strokes"] == 1 and "イ" not in str(trail.detail)


def test_the_log_can_only_be_added_to(world: World, client_for: ClientFor, sitting: None) -> None:
    """The application's role has no right to change, remove or empty what was struck; the marks themselves can change."""
    assert send(client_for("a1-homeroom"), one(points=2)).status_code == 200
    see(world)
    before = list(Stroke.objects.values())
    assert before
    with pytest.raises(DatabaseError, match="permission denied"), transaction.atomic():
        Stroke.objects.update(points=0)
    with pytest.raises(DatabaseError, match="permission denied"), transaction.atomic():
        Stroke.objects.order_by().filter(page=SORA)._raw_delete("default")  # type: ignore[attr-defined]
    with pytest.raises(DatabaseError, match="permission denied"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("TRUNCATE marking_stroke CASCADE")
    assert list(Stroke.objects.values()) == before
    assert AnswerMark.objects.filter(page=SORA).update(points=1) == 1


def test_the_same_batch_again_counts_once_and_answers_the_same(
    world: World, client_for: ClientFor, sitting: None
) -> None:
    """kill −9 after the commit and before the answer: the device sends again."""
    teacher, first = client_for("a1-homeroom"), one(points=1)
    second = one(points=2, base=first["key"])
    told = send(teacher, first, second).json()
    assert told == send(teacher, first, second).json() == send(teacher, first, second, first).json()
    assert told["held"] == sorted([first["key"], second["key"]])
    see(world)
    assert Stroke.objects.filter(page_id=SORA).count() == 2
    assert holds(SORA) == 2


def test_a_batch_cut_in_the_middle_leaves_nothing_and_comes_again(
    world: World, client_for: ClientFor, sitting: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    from minamo.marking.actions import strokes as action

    def killed(*_: Any, **__: Any) -> None:
        raise RuntimeError("killed")

    teacher = client_for("a1-homeroom")
    teacher.raise_request_exception = False
    sent = [one(points=1), one(question="q2", points=3)]
    with monkeypatch.context() as patch:
        patch.setattr(action.audit, "append", killed)
        assert send(teacher, *sent).status_code == 500
    see(world)
    assert Stroke.objects.count() == 1
    assert send(teacher, *sent).status_code == 200
    see(world)
    assert (holds(SORA), holds(SORA, "q2"), Stroke.objects.count()) == (1, 3, 3)


def test_who_saw_something_else_is_kept_and_waits(world: World, client_for: ClientFor, sitting: None) -> None:
    other, late = client_for("a1-teacher"), one(HANA, points=0)
    again = one(HANA, points=1, base=late["key"])
    assert send(other, late, again).json()["overtaken"] == sorted([late["key"], again["key"]])
    see(world)
    assert holds(HANA) == 2
    state = client_for("a1-homeroom").get(f"/marking/sittings/{SITTING}/questions/q1/state/").json()
    assert [(found["points"], found["by"], found["mine"]) for found in state["conflicts"][str(HANA)]] == [
        (1, "林 専科", False)
    ]
    choice = one(HANA, points=1, how="choice", base=FIRST_STROKE, undoes=again["key"])
    assert send(client_for("a1-homeroom"), choice).json()["held"] == [choice["key"]]
    see(world)
    assert holds(HANA) == 1
    assert other.get(f"/marking/sittings/{SITTING}/questions/q1/state/").json()["conflicts"] == {}


def test_undo_survives_the_reload(world: World, client_for: ClientFor, sitting: None) -> None:
    teacher, act = client_for("a1-homeroom"), str(uuid.uuid4())
    all_ = [one(SORA, points=2, act=act, how="group"), one(SORA, "q2", points=3, act=act, how="group")]
    send(teacher, *all_)
    url = f"/marking/sittings/{SITTING}/questions/q1/state/"
    (fixture, last) = teacher.get(url).json()["stacks"]["past"]
    assert (last[0]["key"], last[0]["before"]["points"]) == (all_[0]["key"], None)
    assert fixture[0]["key"] == FIRST_STROKE
    send(teacher, one(SORA, points=None, how="undo", base=last[0]["key"], undoes=last[0]["key"]))
    found = teacher.get(url).json()
    assert found["marks"][str(SORA)]["points"] is None
    assert len(found["stacks"]["past"]) == 1 and found["stacks"]["ahead"][0][0]["before"]["points"] == 2
    assert client_for("a1-teacher").get(url).json()["stacks"] == {"past": [], "ahead": []}


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"points": 3}, "0から2まで"), ({"points": -1}, "0から2まで"), ({"question": "q9"}, "いまのテストの設定にありません"),
        ({"page": str(uuid.uuid4())}, "見つかりません"), ({"comment": "あ" * 201}, "200字まで"), ({"round": 3}, None),
        ({"round": 2}, "2回目の採点は終わっています"), ({"how": "machine"}, "画面が古く"), ({"round": 7}, "画面が古く"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused_alone(
    world: World, client_for: ClientFor, sitting: None, change: dict[str, Any], words: str | None
) -> None:
    bad, good = one() | change, one(question="q2", points=1)
    told = send(client_for("a1-homeroom"), bad, good).json()
    if words is None:  # the class teacher may decide
        assert bad["key"] in told["held"]
        return
    assert words in told["refused"][bad["key"]]
    assert told["held"] == [good["key"]]
    see(world)
    assert Stroke.objects.filter(page_id=SORA).count() == 1


@pytest.mark.parametrize(
    "body", ["", "[]", "{}", '{"strokes": 1}', '{"strokes": [1]}', '{"strokes": [{}]}', '{"strokes": [{"key": "x"}]}']
)
def test_no_batch_at_all(world: World, client_for: ClientFor, sitting: None, body: str) -> None:
    answer = client_for("a1-homeroom").post(URL, body, content_type="application/json")
    assert answer.status_code == 422 and "開き直して" in answer.json()["error"]
    strange = [one(points=v) for v in (True, "2", 1.5, [2])]  # type: ignore[arg-type]
    for stroke in strange:
        assert send(client_for("a1-homeroom"), stroke).status_code == 422
    assert send(client_for("a1-homeroom"), *[one() for _ in range(401)]).status_code == 422


def test_settled_is_settled(world: World, client_for: ClientFor, sitting: None) -> None:
    result = Result.objects.create(
        municipality_id=world.municipality("A"), school_id=world.school("a1"), school_class_id=world.klass("a1-1"), title="わり算",
        held_on="2026-11-20", items=[], key=uuid.uuid4(), settled_by_id=world.account("a1-homeroom"), settled_by_label="原",
        settled_at=timezone.now(),
    )  # fmt: skip
    Settlement.objects.create(municipality_id=world.municipality("A"), sitting_id=SITTING, result=result, edition_id=EDITION,
                              settled_at=timezone.now())  # fmt: skip
    answer = send(client_for("a1-homeroom"), one())
    assert answer.status_code == 422 and "確定しています" in answer.json()["error"]
    see(world)
    Settlement.objects.update(ended_at=timezone.now())
    assert send(client_for("a1-homeroom"), one()).status_code == 200


def test_points_of_an_older_edition_are_carried_over(world: World, client_for: ClientFor, sitting: None) -> None:
    """Marked without a line under 2 points; meanwhile the question gives 4."""
    Edition.objects.create(
        municipality_id=world.municipality("A"), assessment_id=ASSESSMENT, number=2, saved_by_label="原", saved_at=timezone.now(),
        questions=[QUESTIONS[0] | {"full": 4}, QUESTIONS[1]], saved_by_id=world.account("a1-homeroom"),
    )  # fmt: skip
    full, part, new = (
        one(points=2, edition=1),
        one(HANA, points=1, edition=1, base=FIRST_STROKE),
        one(SORA, "q2", points=3, edition=2),
    )
    assert len(send(client_for("a1-homeroom"), full, part, new).json()["held"]) == 3
    see(world)
    assert (holds(SORA), holds(HANA), holds(SORA, "q2")) == (4, 1, 3)


def test_forty_strokes_cost_as_many_statements_as_two(
    world: World, client_for: ClientFor, sitting: None, count_queries: Any
) -> None:
    many = [QUESTIONS[0] | {"id": f"q{at}", "label": f"({at})"} for at in range(1, 21)]
    Edition.objects.filter(assessment_id=ASSESSMENT).update(questions=many)
    strokes = [one(page, f"q{at}", points=1) for page in (HANA, SORA) for at in range(1, 21)]
    strokes[0]["base"] = FIRST_STROKE
    costs = []
    for batch in (strokes[:2], strokes):
        teacher = client_for("a1-homeroom")
        with count_queries() as asked:
            assert len(send(teacher, *batch).json()["held"]) == len(batch)
        costs.append(len(asked.statements))
    assert costs[0] == costs[1] <= 18, asked.statements


ALLOWED = ("a1-homeroom", "a1-head", "a1-vice")
SHARED = ("a1-teacher", "a1-coordinator", "a1-homeroom2", "a1-nurse")


@pytest.mark.parametrize("name", [*ALLOWED, *SHARED, "a2-head", "b1-head", "a-board", "takahashi-mother", "pupil-hana"])
@pytest.mark.parametrize("sharing", ["class", "school"])
def test_who_may(world: World, client_for: ClientFor, db: None, name: str, sharing: str) -> None:
    see(world)
    an_assessment(world, timezone.now(), sharing=sharing)
    allowed = name in ALLOWED or (sharing == "school" and name in SHARED)
    page, answers, stroke = f"/marking/sittings/{SITTING}/questions/q1/", "answers/", one()
    client = client_for(name)
    whole = f"/marking/sittings/{SITTING}/pages/{HANA}/"
    for status in (client.get(whole).status_code, client.get(page).status_code, client.get(page + answers).status_code, client.get(page + "state/").status_code,
                   send(client, stroke).status_code):  # fmt: skip
        assert status == 200 if allowed else status in {403, 404}
    see(world)
    assert Stroke.objects.filter(key=stroke["key"]).exists() == allowed


def test_the_whole_page_is_there_for_whoever_marks_and_gone_when_it_is_gone(
    world: World, client_for: ClientFor, sitting: None
) -> None:
    marker = client_for("a1-teacher")
    shown = marker.get(f"/marking/sittings/{SITTING}/pages/{HANA}/")
    assert (shown["Content-Type"], shown["Cache-Control"]) == ("image/jpeg", "private, no-store")
    assert shown.content == b"\xff\xd8\xff\xd9"
    assert marker.get(f"/marking/sittings/{SITTING}/pages/{uuid.uuid4()}/").status_code == 404
    see(world)
    files.drop(ScanPage.objects.get(pk=HANA).crops)
    assert marker.get(f"/marking/sittings/{SITTING}/pages/{HANA}/").status_code == 404
    answers = marker.get(f"/marking/sittings/{SITTING}/questions/q1/answers/").json()["answers"]
    assert [one["image"] for one in answers] == [None, None]


def test_nobody_in_particular(world: World, sitting: None) -> None:
    assert Client().post(URL).status_code in {302, 401}
    for part in ("", "answers/", "state/"):
        assert Client().get(f"/marking/sittings/{SITTING}/questions/q1/{part}").status_code in {302, 401}


def test_the_rest_right_never_reaches_what_was_read_as_wrong_or_empty(
    world: World, client_for: ClientFor, sitting: None
) -> None:
    """The screen leaves them out; so does the server, for any screen."""
    teacher = client_for("a1-homeroom")
    looks = {
        row["page"]: row["look"]
        for row in teacher.get(URL.replace("strokes/", "questions/q1/answers/")).json()["answers"]
    }
    assert looks == {str(HANA): False, str(SORA): True}
    wrong, seen = one(how="all"), one(how="key")
    assert "見てからつけてください" in send(teacher, wrong).json()["refused"][wrong["key"]]
    assert send(teacher, seen).json()["held"] == [seen["key"]]
