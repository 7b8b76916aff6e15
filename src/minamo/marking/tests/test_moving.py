"""ほかの学級へ移す: a marked page goes with its marks, both logs say so, and it comes back the same way."""

import json
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from minamo.access.api import set_scope
from minamo.audit.models import Entry
from minamo.marking.marks_rules import FIRST, folded, stacks
from minamo.marking.models import AnswerMark, Binding, Edition, ScanPage, SecondMarking, Settlement, Sitting, Stroke
from minamo.marking.queries.marks import log_of
from minamo.marking.queries.settlement import standing_of
from tests.fixtures.assessments import ASSESSMENT, HANA, QUESTIONS, SITTING, SORA, an_assessment
from tests.fixtures.world import TODAY, World

ClientFor = Callable[..., Client]
pytestmark = pytest.mark.django_db
MOVES = f"/marking/pages/{HANA}/moves/"
THERE = uuid.UUID("5f3c1f0a-8a51-4f0e-9d55-0d2a1f9f5a10")


@pytest.fixture
def two(world: World) -> None:
    """5年1組 with a marked paper of 花, and 5年2組 with the same test."""
    see(world)
    now = timezone.now()
    an_assessment(world, now)
    AnswerMark.objects.update(comment="ていねいです")
    Sitting.objects.create(
        id=THERE, municipality_id=world.municipality("A"), school_id=world.school("a1"), assessment_id=ASSESSMENT, held_on=TODAY,
        school_class_id=world.klass("a1-2"), opened_by_id=world.account("a1-head"), opened_by_label="校長", opened_at=now,
    )  # fmt: skip


def see(world: World) -> None:
    set_scope(municipalities=[world.municipality("A"), world.municipality("B")], side="school")


def seen(client: Client) -> dict[str, str]:
    """What the page sends: the strokes that stood on it."""
    text = client.get(MOVES).content.decode()
    return {"to": str(THERE), "seen": text.partition('name="seen" value="')[2].partition('"')[0]}


def log(sitting: Any) -> list[Any]:
    return log_of(Sitting.objects.get(pk=sitting))


def test_the_page_says_what_goes_and_then_it_goes(world: World, client_for: ClientFor, two: None) -> None:
    head = client_for("a1-head")
    text = head.get(MOVES).content.decode()
    assert (
        "1番 高橋 花" in text
        and "1問　2点" in text
        and "1件" in text
        and "原澤 美咲" in text
        and "ていねいです" in text
    )
    answer = head.post(MOVES, seen(head))
    assert answer.status_code == 302
    page = head.get(answer["Location"]).content.decode()
    assert "ほかの学級へ移しました" in page and f'href="{MOVES}"' in page
    see(world)
    assert ScanPage.objects.get(pk=HANA).sitting_id == THERE
    mark = AnswerMark.objects.get(page=HANA)
    assert (mark.sitting_id, mark.points, mark.comment, mark.marker_label) == (THERE, 2, "ていねいです", "原澤 美咲")
    came = Stroke.objects.get(order=mark.stroke)
    assert (came.sitting_id, came.how, came.marker_label, came.base) == (THERE, "came", "原澤 美咲", None)
    gone = Stroke.objects.get(how="gone")
    assert (gone.sitting_id, gone.points, gone.marker_label) == (SITTING, None, "原澤 校長")
    assert not Binding.objects.filter(page=HANA, replaced_at__isnull=True).exists()
    assert log(SITTING) == [] and [one.how for one in log(THERE)] == ["came"]
    details = [
        json.dumps(row.detail) for row in Entry.objects.filter(action="sitting:manage") if "moved" in str(row.detail)
    ]
    assert len(details) == 2 and all('"marks": 1' in one for one in details), details


def test_it_is_marked_on_there_and_comes_back(world: World, client_for: ClientFor, two: None) -> None:
    head = client_for("a1-head")
    head.post(MOVES, seen(head))
    stroke = {"key": str(uuid.uuid4()), "page": str(HANA), "question": "q2", "points": 3}
    there = head.post(f"/marking/sittings/{THERE}/strokes/", {"strokes": [stroke]}, content_type="application/json")
    assert there.json()["held"], there.content
    late = {"key": str(uuid.uuid4()), "page": str(HANA), "question": "q2", "points": 0}
    here = head.post(f"/marking/sittings/{SITTING}/strokes/", {"strokes": [late]}, content_type="application/json")
    assert late["key"] in here.json()["refused"], "a key that waited on a device for the other class"
    assert head.post(MOVES, seen(head) | {"to": str(SITTING)}).status_code == 302
    see(world)
    assert {(one.question, one.points, one.sitting_id) for one in AnswerMark.objects.filter(page=HANA)} == {
        ("q1", 2, SITTING),
        ("q2", 3, SITTING),
    }
    held = folded(log(SITTING))
    assert {slot[1]: one.points for slot, one in held.items()} == {"q1": 2, "q2": 3}
    assert log(THERE) == []
    # A key takes back what is said of the page since it came, not what was said before it went.
    marker = str(world.account("a1-homeroom"))
    assert stacks(log(SITTING), marker).past == []
    again = {
        "key": str(uuid.uuid4()),
        "page": str(HANA),
        "question": "q1",
        "points": 1,
        "base": held[str(HANA), "q1", FIRST].key,
    }
    teacher = client_for("a1-homeroom")
    assert teacher.post(
        f"/marking/sittings/{SITTING}/strokes/", {"strokes": [again]}, content_type="application/json"
    ).json()["held"]
    see(world)
    assert [[step.before[0] for step in act] for act in stacks(log(SITTING), marker).past] == [[2]]


def test_what_changed_meanwhile_is_looked_at_again(world: World, client_for: ClientFor, two: None) -> None:
    head = client_for("a1-head")
    unseen = head.post(MOVES, {"to": str(THERE)})
    assert unseen.status_code == 422 and "いっしょに移るものを見てから" in unseen.content.decode()
    sent = seen(head)
    stroke = {"key": str(uuid.uuid4()), "page": str(HANA), "question": "q2", "points": 3}
    client_for("a1-homeroom").post(
        f"/marking/sittings/{SITTING}/strokes/", {"strokes": [stroke]}, content_type="application/json"
    )
    stale = head.post(MOVES, sent)
    assert (
        stale.status_code == 422
        and "採点が変わりました" in stale.content.decode()
        and "2問　5点" in stale.content.decode()
    )
    see(world)
    assert (
        ScanPage.objects.get(pk=HANA).sitting_id == SITTING
        and not Stroke.objects.filter(how__in=("came", "gone")).exists()
    )


def test_what_stands_in_the_way_is_said(world: World, client_for: ClientFor, two: None) -> None:
    head = client_for("a1-head")
    copy = ScanPage.objects.get(pk=SORA)
    ScanPage.objects.filter(pk=SORA).update(status="review", reason="duplicate", copy_of_id=HANA)
    assert "同じ紙が" in head.post(MOVES, seen(head)).content.decode()
    see(world)
    ScanPage.objects.filter(pk=SORA).update(status=copy.status, reason="", copy_of=None)
    Edition.objects.create(
        municipality_id=world.municipality("A"), assessment_id=ASSESSMENT, number=2, questions=[{**one, "full": one["full"] + 1} for one in QUESTIONS],
        saved_by_id=world.account("a1-homeroom"), saved_by_label="原澤 美咲", saved_at=timezone.now(),
    )  # fmt: skip
    changed = head.post(MOVES, seen(head))
    assert changed.status_code == 422 and "配点の変更が、この答案の採点にまだ入っていません" in changed.content.decode()
    see(world)
    Edition.objects.filter(number=2).delete()
    assert head.post(f"/marking/sittings/{SITTING}/settlement/", {"named": ["unmarked"]}).status_code == 302
    assert "確定しています" in head.get(MOVES).content.decode()
    assert "確定しています" in head.post(MOVES, seen(head)).content.decode()
    see(world)
    assert Settlement.objects.count() == 1 and ScanPage.objects.get(pk=HANA).sitting_id == SITTING


def test_nobody_marks_an_answer_twice_by_moving_it(world: World, client_for: ClientFor, two: None) -> None:
    """There the question is marked twice, and who gave the first mark here is the second marker there."""
    head, now = client_for("a1-head"), timezone.now()
    here = {"municipality_id": world.municipality("A"), "sitting_id": THERE}
    SecondMarking.objects.create(
        **here, question="q1", asked_by_id=world.account("a1-head"), asked_by_label="校長", asked_at=now
    )
    Stroke.objects.create(**here, key=uuid.uuid4(), page_id=SORA, question="q1", round=2, points=1, how="key", struck_at=now, at=now,
                          marker_id=world.account("a1-homeroom"), marker_label="原澤 美咲")  # fmt: skip
    answer = head.post(MOVES, seen(head))
    assert answer.status_code == 422 and "2回目の採点" in answer.content.decode()
    see(world)
    SecondMarking.objects.update(ended_at=now)
    assert head.post(MOVES, seen(head)).status_code == 302
    see(world)
    standing = standing_of(Sitting.objects.get(pk=SITTING))
    assert [sheet.page for sheet in standing.sheets] == [str(SORA)]
    assert "reading" not in {lack.kind for lack in standing.lacks}, "the page that went has been read all the same"


def test_who_marks_blind_sees_no_first_marks_here_either(world: World, client_for: ClientFor, two: None) -> None:
    head, now = client_for("a1-head"), timezone.now()
    SecondMarking.objects.create(
        municipality_id=world.municipality("A"), sitting_id=SITTING, question="q1", asked_by_id=world.account("a1-homeroom"),
        asked_by_label="原澤 美咲", asked_at=now,
    )  # fmt: skip
    text = head.get(MOVES).content.decode()
    assert "いまは見えません" in text and "ていねいです" not in text and "原澤 美咲" not in text and "　2点" not in text
    assert "ていねいです" in client_for("a1-homeroom").get(MOVES).content.decode(), "who gave it sees it"


@pytest.mark.parametrize(
    "who",
    ["a1-homeroom", "a1-homeroom2", "a1-nurse", "a2-head", "b1-head", "a-board", "takahashi-mother", "pupil-hana"],
)
def test_only_who_answers_for_both_classes_moves(world: World, client_for: ClientFor, two: None, who: str) -> None:
    other = client_for(who)
    own = who == "a1-homeroom"
    assert other.get(MOVES).status_code in ({200} if own else {403, 404})
    assert other.post(MOVES, {"to": str(THERE), "seen": "1"}).status_code in ({422} if own else {403, 404})
    assert Client().get(MOVES).status_code in {302, 401}
    see(world)
    assert ScanPage.objects.get(pk=HANA).sitting_id == SITTING


def test_the_page_costs_few_statements(world: World, client_for: ClientFor, two: None, count_queries: Any) -> None:
    head = client_for("a1-head")
    with count_queries() as asked:
        assert head.get(MOVES).status_code == 200
    assert len(asked) <= 12, [one[:90] for one in asked.statements]
