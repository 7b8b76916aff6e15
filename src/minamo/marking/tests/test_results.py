"""テスト結果の入口: from a table to the family's page and back, and who stays outside."""

import csv
import datetime as dt
import io
import uuid
from collections.abc import Callable
from typing import Any

import openpyxl
import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, transaction
from django.test import Client
from django.utils import timezone

from minamo.access.api import set_scope
from minamo.kernel.tables import write_csv
from minamo.marking.models import Release, Result, ResultPaper, Review, ReviewAnswer
from minamo.marking.tests.scans import begins
from tests.fixtures.results import PAPER, RESULT, REVIEW, a_result
from tests.fixtures.world import TODAY, World

ClientFor = Callable[..., Client]
pytestmark = pytest.mark.django_db
HEAD = ["番", "氏名", "ようす", "問1", "問2"]
ROWS = [["", "配点", "", 2, 3], [1, "高橋 花", "", 2, 1], [2, "佐藤 空", "", 0, 3], [4, "渡邉 蓮", "欠席", "", ""]]


def see_all(world: World) -> None:
    set_scope(municipalities=[world.municipality("A"), world.municipality("B")], side="school")


@pytest.fixture
def given_back(world: World) -> uuid.UUID:
    see_all(world)
    return a_result(world, timezone.now())


@pytest.fixture
def settled(world: World) -> uuid.UUID:
    see_all(world)
    return a_result(world, timezone.now(), released=False)


def body(rows: Any = ROWS, **more: Any) -> dict[str, Any]:
    file = SimpleUploadedFile("点数.csv", write_csv(rows, HEAD).content)
    return {
        "title": "わり算",
        "subject": "算数",
        "held_on": "2026-11-20",
        "key": str(uuid.uuid4()),
        "file": file,
    } | more


def test_from_a_table_to_the_analysis(world: World, client_for: ClientFor) -> None:
    teacher = client_for("a1-homeroom")
    sheet = teacher.get(f"/results/classes/{world.klass('a1-1')}/table/")
    assert sheet.content.startswith(b"PK")
    content = body()
    where = f"/results/classes/{world.klass('a1-1')}/new/"
    assert begins(teacher.get(where).content.decode()).startswith("<h1")
    answer = teacher.post(where, content)
    assert answer.status_code == 302
    text = teacher.get(answer["Location"]).content.decode()
    for words in ("わり算", "5点満点", "S–P表", "高橋 花", "返却する"):
        assert words in text
    again = teacher.post(where, body(key=content["key"]))
    assert again["Location"] == answer["Location"], "sent twice is one result"
    see_all(world)
    row = Result.objects.get(title="わり算")
    assert row.settled_by_label == "原澤 美咲"
    assert [(p.number, p.points, p.absent) for p in row.papers.all()] == [
        (1, [2, 1], False),
        (2, [0, 3], False),
        (4, [], True),
    ]


def test_a_refused_table_changes_nothing_and_keeps_what_was_typed(world: World, client_for: ClientFor) -> None:
    teacher, where = client_for("a1-homeroom"), f"/results/classes/{world.klass('a1-1')}/new/"
    answer = teacher.post(where, body([*ROWS[:1], [1, "高橋 花", "", 9, 1]], title="速さ"))
    text = answer.content.decode()
    assert answer.status_code == 422
    assert 'value="速さ"' in text and "問1：「9」" in text and "何も変わっていません" in text
    for spoiled, words in (({"title": " "}, "テストの名前"), ({"held_on": "2026-12-24"}, "先の日"), ({"held_on": "x"}, "実施日を入れて"),
                           ({"file": SimpleUploadedFile("a.pdf", b"%PDF-")}, "受け取れません")):  # fmt: skip
        answer = teacher.post(where, body(**spoiled))
        assert answer.status_code == 422
        assert words in answer.content.decode()
    see_all(world)
    assert not Result.objects.exists()


def test_who_may_settle(world: World, client_for: ClientFor) -> None:
    where = f"/results/classes/{world.klass('a1-1')}/new/"
    for name in ("a1-homeroom2", "a1-nurse", "a2-head", "b1-head", "a-board", "takahashi-mother", "pupil-hana"):
        assert client_for(name).post(where, body()).status_code in {403, 404}, name
    assert Client().post(where, body()).status_code in {302, 401}
    see_all(world)
    assert not Result.objects.exists()


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("book/", "spreadsheetml"),
        ("totals/", "text/csv"),
        ("print/", "application/pdf"),
        ("advice/", "application/pdf"),
    ],
)
def test_files(world: World, client_for: ClientFor, settled: uuid.UUID, path: str, kind: str) -> None:
    answer = client_for("a1-homeroom").get(f"/results/{settled}/{path}")
    assert answer.status_code == 200
    assert kind in answer["Content-Type"]
    assert "filename*=UTF-8''" in answer["Content-Disposition"]
    if path == "totals/":
        rows = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))
        assert rows[1][:5] == ["1", "高橋 花", "5年1組", "", "3"]
        assert rows[3][3] == "欠席"
    for name in ("a1-homeroom2", "a2-head", "b1-head", "takahashi-mother"):
        assert client_for(name).get(f"/results/{settled}/{path}").status_code in {403, 404}


def test_queries_do_not_grow(world: World, client_for: ClientFor, settled: uuid.UUID, count_queries: Any) -> None:
    teacher = client_for("a1-homeroom")
    for path, most in ((f"/results/{settled}/", 12), ("/results/", 8)):
        with count_queries() as asked:
            assert teacher.get(path).status_code == 200
        assert len(asked) <= most, [q[:90] for q in asked.statements]


@pytest.mark.parametrize(
    ("name", "reads"),
    [("a1-homeroom", True), ("a1-head", True), ("a1-vice", True), ("a1-coordinator", True), ("a1-homeroom2", False),
     ("a1-nurse", False), ("a2-head", False), ("b1-head", False), ("a-board", False), ("takahashi-mother", False),
     ("pupil-hana", False)],
)  # fmt: skip
def test_who_may_read_a_result(world: World, client_for: ClientFor, settled: uuid.UUID, name: str, reads: bool) -> None:
    """Clause 11.2: those of the class, and who leads the school; not the board."""
    answer = client_for(name).get(f"/results/{settled}/")
    assert answer.status_code in ({200} if reads else {403, 404})
    assert ("高橋 花" in answer.content.decode()) == reads


def test_nothing_comes_home_before_the_release(world: World, client_for: ClientFor, settled: uuid.UUID) -> None:
    for name in ("takahashi-mother", "pupil-hana"):
        client = client_for(name)
        assert "わり算" not in client.get("/results/").content.decode()
        assert client.get(f"/results/papers/{PAPER}/").status_code == 404
        assert client.post(f"/results/papers/{PAPER}/reviews/", {"item": "q1", "text": "x"}).status_code == 404


def test_release_and_withdrawal(world: World, client_for: ClientFor, settled: uuid.UUID) -> None:
    teacher, mother = client_for("a1-homeroom"), client_for("takahashi-mother")
    page = teacher.get(f"/results/{settled}/releases/").content.decode()
    assert "2人" in page and "欠席の1人" in page
    assert (
        begins(page) == '<h1 tabindex="-1" autofocus>家庭へ返却する'
        and 'data-hotkey="Control+Enter">返却する <kbd' in page
    )
    assert f'href="/results/{settled}/"' in begins(teacher.get("/results/").content.decode())
    refused = teacher.post(f"/results/{settled}/releases/", {"days": "0", "comment": "復習しましょう"})
    assert refused.status_code == 422 and 'id="f-days"' in begins(refused.content.decode())
    answer = teacher.post(f"/results/{settled}/releases/", {"days": "5", "comment": "復習しましょう"})
    assert answer.status_code == 302
    see_all(world)
    assert Release.objects.get(result=settled).review_until == dt.date(2026, 12, 1)
    assert "わり算" in mother.get("/results/").content.decode()
    text = mother.get(f"/results/papers/{PAPER}/").content.decode()
    for words in ("花</span>さん", "復習しましょう", "問1", "/ 5点", "見直しを頼む"):
        assert words in text
    assert teacher.post(f"/results/{settled}/withdrawals/").status_code == 302
    assert mother.get(f"/results/papers/{PAPER}/").status_code == 404
    assert "わり算" not in mother.get("/results/").content.decode()


def test_a_half_marked_test_does_not_go_home(world: World, client_for: ClientFor, settled: uuid.UUID) -> None:
    ResultPaper.objects.filter(pk=PAPER).update(points=[2, None])
    answer = client_for("a1-homeroom").post(f"/results/{settled}/releases/", {"days": "5"})
    assert answer.status_code == 422
    assert "採点が終わっていない" in answer.content.decode()
    see_all(world)
    assert not Release.objects.exists()


@pytest.mark.parametrize("name", ["takahashi-mother", "takahashi-father", "pupil-hana"])
def test_a_family_meets_its_own_paper_only(
    world: World, client_for: ClientFor, given_back: uuid.UUID, name: str
) -> None:
    client = client_for(name)
    text = client.get(f"/results/papers/{PAPER}/").content.decode()
    assert "わり算" in text
    for other in ("佐藤", "空", "平均"):
        assert other not in text.replace("空らん", "")
    see_all(world)
    other = ResultPaper.objects.get(result=given_back, pupil=world.pupil("sora")).pk
    assert client.get(f"/results/papers/{other}/").status_code in {403, 404}
    assert client.post(f"/results/papers/{other}/reviews/", {"item": "q1", "text": "x"}).status_code in {403, 404}


@pytest.mark.parametrize(
    "name", ["sato-father", "sato-mother", "shimizu-father", "pupil-nagi", "a-board", "b1-head", "a1-nurse"]
)
def test_nobody_else_meets_a_paper(world: World, client_for: ClientFor, given_back: uuid.UUID, name: str) -> None:
    assert client_for(name).get(f"/results/papers/{PAPER}/").status_code in {403, 404}


def test_walls_of_the_database(world: World, settled: uuid.UUID) -> None:
    """Row-level security alone: at home nothing before the release; a learner sees one paper after it."""
    town = [world.municipality("A")]
    set_scope(municipalities=town, side="home")
    assert (Result.objects.count(), ResultPaper.objects.count()) == (0, 0)
    see_all(world)
    Release.objects.create(municipality_id=town[0], result_id=RESULT, review_until=TODAY, released_by_id=world.account("a1-homeroom"),
                           released_by_label="x", released_at=timezone.now())  # fmt: skip
    set_scope(municipalities=town, side="home")
    assert ResultPaper.objects.count() == 3
    set_scope(municipalities=town, side="learning", self_id=world.pupil("hana"))
    assert [paper.pk for paper in ResultPaper.objects.all()] == [PAPER]
    set_scope(municipalities=[world.municipality("B")], side="school")
    assert (Result.objects.count(), ResultPaper.objects.count(), Release.objects.count(), Review.objects.count()) == (
        0,
        0,
        0,
        0,
    )


def test_a_review_is_asked_and_answered(world: World, client_for: ClientFor, given_back: uuid.UUID) -> None:
    Review.objects.all()
    see_all(world)
    ReviewAnswer.objects.all().delete()
    Review.objects.all().delete()
    mother, teacher = client_for("takahashi-mother"), client_for("a1-homeroom")
    where = f"/results/papers/{PAPER}/reviews/"
    for spoiled, words in (
        ({"item": "q2", "text": " "}, "ひとこと"),
        ({"item": "q9", "text": "x"}, "設問を選んで"),
        ({"item": "", "text": "書いた"}, "書いた"),
    ):
        answer = mother.post(where, spoiled)
        assert answer.status_code == 422
        assert words in answer.content.decode()
    asked = mother.get(mother.post(where, {"item": "q2", "text": "式は合っています"})["Location"]).content.decode()
    assert begins(asked).endswith("見直しを頼みました。返事を待っています。"), (
        "on a phone the top of the page says nothing of it"
    )
    assert mother.post(where, {"item": "q2", "text": "もう一度"}).status_code == 422
    assert "返事を待っています" in mother.get(f"/results/papers/{PAPER}/").content.decode()
    assert "見直し 1件" in teacher.get("/results/").content.decode()
    assert "見直しの返事を待っています" in mother.get("/results/").content.decode()
    see_all(world)
    review = Review.objects.get()
    page = teacher.get(f"/results/reviews/{review.pk}/").content.decode()
    assert "式は合っています" in page and "1 / 3点" in page and begins(page).startswith("<h1")
    for points in ("4", "-1", "x", ""):
        assert (
            teacher.post(f"/results/reviews/{review.pk}/", {"points": points, "text": "直しました"}).status_code == 422
        )
    assert teacher.post(f"/results/reviews/{review.pk}/", {"points": "3", "text": ""}).status_code == 422
    assert teacher.post(f"/results/reviews/{review.pk}/", {"points": "3", "text": "直しました"}).status_code == 302
    assert teacher.post(f"/results/reviews/{review.pk}/", {"points": "0", "text": "やはり"}).status_code == 422
    see_all(world)
    assert ResultPaper.objects.get(pk=PAPER).points == [2, 3]
    assert (review.answer.before, review.answer.after) == (1, 3)
    text = mother.get(f"/results/papers/{PAPER}/").content.decode()
    assert "直しました" in text and "1 → 3点" in text
    assert "見直しの返事があります" in mother.get("/results/").content.decode(), "nobody opens every test to find it"
    for name in ("a1-homeroom2", "a1-coordinator", "a2-head", "b1-head", "takahashi-mother"):
        assert client_for(name).post(f"/results/reviews/{review.pk}/", {"points": "0", "text": "x"}).status_code in {
            403,
            404,
        }


def test_after_the_last_day_it_is_too_late(world: World, client_for: ClientFor, given_back: uuid.UUID) -> None:
    see_all(world)
    Review.objects.filter(pk=REVIEW).delete()
    Release.objects.update(review_until=dt.date(2026, 11, 30))
    for day, status in ((30, 302), (31, 422)):
        moment = dt.datetime(2026, 11, 30, 8, 0, tzinfo=dt.timezone(dt.timedelta(hours=9))) + dt.timedelta(
            days=day - 30
        )
        with time_machine.travel(moment), transaction.atomic():
            answer = client_for("takahashi-mother").post(
                f"/results/papers/{PAPER}/reviews/", {"item": "q1", "text": "x"}
            )
            assert answer.status_code == status
            transaction.set_rollback(True)
    assert "受付は終わりました" in answer.content.decode()


def test_one_release_and_one_review_are_constraints(world: World, given_back: uuid.UUID) -> None:
    release = Release.objects.get()
    release.pk = uuid.uuid4()
    with pytest.raises(IntegrityError), transaction.atomic():
        release.save(force_insert=True)
    review = Review.objects.get(pk=REVIEW)
    review.pk = uuid.uuid4()
    with pytest.raises(IntegrityError), transaction.atomic():
        review.save(force_insert=True)


def another_class(world: World, title: str = "わり算") -> None:
    """The same test of 5年2組: one pupil with everything right."""
    first = Result.objects.get(pk=RESULT)
    other = Result.objects.create(
        municipality_id=first.municipality_id, school_id=first.school_id, school_class_id=world.klass("a1-2"), title=title,
        subject="算数", held_on=first.held_on, items=first.items, key=uuid.uuid4(), settled_by_id=first.settled_by_id,
        settled_by_label="角田 誠", settled_at=first.settled_at,
    )  # fmt: skip
    ResultPaper.objects.create(
        municipality_id=first.municipality_id, result=other, pupil_id=world.pupil("yui"), points=[2, 3]
    )


def test_classes_are_compared_as_far_as_one_may_see_them(
    world: World, client_for: ClientFor, settled: uuid.UUID, count_queries: Any
) -> None:
    another_class(world)
    where = f"/results/{settled}/comparison/"
    client = client_for("a1-head")
    with count_queries() as asked:
        head = client.get(where).content.decode()
    assert len(asked) <= 8, [q[:90] for q in asked.statements]
    assert begins(head).startswith("<h1")
    for words in ("5年1組", "5年2組", "全体", "60.0%", "100.0%", "73.3%"):
        assert words in head
    teacher = client_for("a1-homeroom").get(where).content.decode()
    assert "5年2組" not in teacher and "まだほかにありません" in teacher
    shared = client_for("a1-head").get(f"{where}?share=1").content.decode()
    assert "60.0%" not in shared and "100.0%" not in shared and "伏せています" in shared
    assert f"{where}book/?share=1" in shared and f'{where}print/"' in head


def test_the_comparison_is_a_book_and_a_print_as_far_as_one_may_see_it(
    world: World, client_for: ClientFor, settled: uuid.UUID
) -> None:
    another_class(world)
    where = f"/results/{settled}/comparison/"
    head = client_for("a1-head")
    book = head.get(f"{where}book/")
    names = [row[0] for row in openpyxl.load_workbook(io.BytesIO(book.content))["まとめ"].values]
    assert len(names) == 4 and names[-1] == "全体" and "attachment" in book["Content-Disposition"]
    shared = openpyxl.load_workbook(io.BytesIO(head.get(f"{where}book/?share=1").content))["まとめ"].values
    assert [row[2] for row in list(shared)[1:]] == [None, None, None], "classes of one pupil and two"
    printed = head.get(f"{where}print/?share=1")
    assert printed.content.startswith(b"%PDF") and "inline" in printed["Content-Disposition"]
    teacher = client_for("a1-homeroom")
    own = openpyxl.load_workbook(io.BytesIO(teacher.get(f"{where}book/").content))["まとめ"].values
    assert [row[0] for row in list(own)[1:]] == ["令和8年度 5年1組"], "of other classes there is nothing in it"
    assert f"{where}book/" not in teacher.get(where).content.decode()


def test_another_test_is_no_comparison(world: World, client_for: ClientFor, settled: uuid.UUID) -> None:
    another_class(world, "速さ")
    assert "まだほかにありません" in client_for("a1-head").get(f"/results/{settled}/comparison/").content.decode()


def test_a_teacher_reads_when_the_time_for_reviews_is_over(
    world: World, client_for: ClientFor, given_back: uuid.UUID
) -> None:
    """The day is told in either case; what came in time can still be answered."""
    teacher, where = client_for("a1-homeroom"), f"/results/{given_back}/"
    assert "までです。" in teacher.get(where).content.decode()
    Release.objects.update(review_until=TODAY - dt.timedelta(days=1))
    text = teacher.get(where).content.decode()
    assert "に終わりました" in text and "までです。" not in text and "返事をする" in text
    home = client_for("takahashi-mother").get(f"/results/papers/{PAPER}/").content.decode()
    assert 'name="item"' not in home and "返事を待っています" in home, "what was asked in time is still waited for"
