"""確定: a sitting becomes a result, what stands in its way is named, it can be taken back before it goes home."""

import datetime as dt
import io
import re
from collections.abc import Callable
from typing import Any

import openpyxl
import pytest
from django.test import Client
from django.utils import timezone
from procrastinate.contrib.django.models import ProcrastinateJob

from minamo.access.api import set_scope
from minamo.audit.models import Entry
from minamo.kernel.ids import new_id
from minamo.marking.models import (
    Absence,
    AnswerMark,
    MarkedBook,
    Pile,
    Release,
    Result,
    ResultPaper,
    Review,
    ScanPage,
    Settlement,
    Sitting,
    Stroke,
)  # fmt: skip
from minamo.marking.tests.scans import begins
from tests.fixtures.assessments import HANA, PILE, SITTING, SORA, an_assessment
from tests.fixtures.world import World

ClientFor = Callable[..., Client]
pytestmark = pytest.mark.django_db
URL = f"/marking/sittings/{SITTING}/settlement/"


@pytest.fixture
def sitting(world: World) -> None:
    see(world)
    an_assessment(world, timezone.now())


def see(world: World) -> None:
    set_scope(municipalities=[world.municipality("A"), world.municipality("B")], side="school")


def mark(world: World, page: Any, question: str, points: int | None) -> None:
    """One more stroke that holds."""
    now, teacher = timezone.now(), world.account("a1-homeroom")
    common = {"municipality_id": world.municipality("A"), "sitting_id": SITTING, "page_id": page, "question": question, "points": points,
              "how": "key", "marker_id": teacher, "marker_label": "原澤 美咲"}  # fmt: skip
    stroke = Stroke.objects.create(key=new_id(), struck_at=now, at=now, **common)
    AnswerMark.objects.create(stroke=stroke.order, **common)


def mark_all(world: World) -> None:
    for page, question, points in ((HANA, "q2", 3), (SORA, "q1", 0), (SORA, "q2", 1)):
        mark(world, page, question, points)


def settle(client: Client, **more: Any) -> Any:
    return client.post(URL, more)


def undo(client: Client, result: Any, why: str = "1人分の点をつけまちがえたため") -> Any:
    return client.post(f"/results/{result}/undoing/", {"why": why})


def test_the_overview_and_the_list_say_that_it_is_settled(
    world: World, client_for: ClientFor, sitting: None, count_queries: Any
) -> None:
    mark_all(world)
    teacher, here = client_for("a1-homeroom"), f"/marking/sittings/{SITTING}/"
    assert "結果を確定する" in teacher.get(here).content.decode()
    result = settle(teacher)["Location"]
    with count_queries() as asked:
        page = teacher.get(here).content.decode()
    assert len(asked) <= 12
    assert "結果は確定しています" in page and f'href="{result}"' in page and "返却はまだ" in page
    assert "結果を確定する" not in page and 'aria-current="step"' not in page
    assert "確定ずみ" in teacher.get("/marking/").content.decode()
    see(world)
    row = Result.objects.get(settlement__sitting=SITTING)
    Release.objects.create(
        municipality_id=row.municipality_id, result=row, review_until=timezone.now().date(), released_by_id=world.account("a1-homeroom"),
        released_by_label="原澤 美咲", released_at=timezone.now(),
    )  # fmt: skip
    assert "返却ずみ" in teacher.get(here).content.decode() and "返却ずみ" in teacher.get("/marking/").content.decode()


def test_a_whole_sitting_becomes_a_result(world: World, client_for: ClientFor, sitting: None) -> None:
    mark_all(world)
    teacher = client_for("a1-homeroom")
    page = teacher.get(URL).content.decode()
    assert "すべて採点が終わっています" in page and "高橋 花" in page and "disabled" not in page
    assert begins(page) == '<h1 tabindex="-1" autofocus>確定', "an Enter that is still held settles nothing"
    assert page.split(" autofocus")[1].split("<button")[1].split(">")[0].endswith('data-hotkey="s"'), "Tab leads to it"
    answer = settle(teacher)
    assert answer.status_code == 302
    see(world)
    result = Result.objects.get(settlement__sitting=SITTING)
    assert answer["Location"] == f"/results/{result.pk}/"
    assert [item["label"] for item in result.items] == ["1(1)", "1(2)"]
    papers = {paper.pupil_id: paper for paper in result.papers.all()}
    hana, sora, ren = (papers[world.pupil(name)] for name in ("hana", "sora", "ren"))
    assert (hana.points, hana.texts, hana.page_id, hana.number) == ([2, 3], ["ア", None], HANA, 1)
    assert (sora.points, sora.texts, sora.page_id) == ([0, 1], ["イ", None], SORA)
    assert ren.absent and ren.page_id is None
    assert Settlement.objects.get(result=result).exceptions == []
    assert Entry.objects.filter(
        action="sitting:manage", resource_id=str(SITTING), detail__result=str(result.pk)
    ).exists()
    shown = teacher.get(answer["Location"]).content.decode()
    assert begins(shown).startswith("<h1")
    assert "採点済みの答案 <kbd" in shown.split(" autofocus")[1].split("<a ")[1], "what comes next is one Tab away"
    assert begins(teacher.get(f"{answer['Location']}marked/").content.decode()).startswith("<h1")
    again = settle(teacher)
    assert again["Location"] == answer["Location"], "sent twice is one result"
    assert "確定しています" in teacher.get(URL).content.decode()


def test_a_right_reading_marked_wrong_leads_back_to_its_question(
    world: World, client_for: ClientFor, sitting: None
) -> None:
    """The analysis names it apart from what could not be read, and who may look is led there."""
    for page, question, points in ((HANA, "q2", 3), (SORA, "q1", 0), (SORA, "q2", 0)):
        mark(world, page, question, points)
    see(world)
    ScanPage.objects.filter(pk=SORA).update(readings={"q1": ["ア", 0.99], "q2": ["", 1.0]})
    teacher = client_for("a1-homeroom")
    where = settle(teacher)["Location"]
    see(world)
    paper = ResultPaper.objects.get(result__settlement__sitting=SITTING, pupil_id=world.pupil("sora"))
    assert (paper.texts, paper.looks) == ([None, ""], ["clash", ""])
    page = teacher.get(where).content.decode()
    link = f'<a href="/marking/sittings/{SITTING}/questions/q1/">読みと点が合わない 1人</a>'
    assert link in page and "空らん 1人" in page and "文字が不明" not in page
    (heading, first, second) = openpyxl.load_workbook(io.BytesIO(teacher.get(f"{where}book/").content))["設問"].values
    assert [dict(zip(heading, row, strict=True))["空らん(%)"] for row in (first, second)] == [0, 50]
    assert [dict(zip(heading, row, strict=True))["読みと点が合わない（人）"] for row in (first, second)] == [1, 0]


def test_marked_sheets_are_asked_for_at_once(world: World, client_for: ClientFor, sitting: None) -> None:
    mark_all(world)
    settle(client_for("a1-homeroom"))
    see(world)
    book = MarkedBook.objects.get(result__settlement__sitting=SITTING)
    assert (book.pages, book.done, book.content) == (2, 0, "")
    job = ProcrastinateJob.objects.get(task_name="marking.draw")
    assert job.args == {"municipality": str(world.municipality("A")), "book": str(book.pk)}


def test_what_is_not_marked_stands_in_the_way_until_it_is_named(
    world: World, client_for: ClientFor, sitting: None
) -> None:
    teacher = client_for("a1-homeroom")
    here = URL.removesuffix("settlement/")
    overview, progress = (teacher.get(f"{here}{name}").content.decode() for name in ("", "progress/"))
    assert re.search(rf'<a href="{URL}">確定する</a>.*?採点待ち 3<', overview, re.S), (
        "found without knowing its address"
    )
    assert f'<a href="{URL}">採点待ち 3 を残したまま確定する</a>' in progress
    refused = settle(teacher)
    text = refused.content.decode()
    assert refused.status_code == 422 and "まだ確定できません" in text
    assert f"/marking/sittings/{SITTING}/questions/q2/" in text and "1(2)（2）" in text and "1(1)（1）" in text
    see(world)
    assert not Result.objects.exists() and AnswerMark.objects.count() == 1
    assert settle(teacher, named=["unmarked"]).status_code == 302
    see(world)
    papers = ResultPaper.objects.filter(result__settlement__sitting=SITTING, absent=False).order_by("number")
    assert [paper.points for paper in papers] == [[2, None], [None, None]], "not marked is not zero"
    row = Settlement.objects.get(sitting=SITTING)
    assert row.exceptions == [
        {"kind": "unmarked", "count": 1, "about": "1(1)"}, {"kind": "unmarked", "count": 2, "about": "1(2)"},
    ]  # fmt: skip
    page = teacher.get(f"/results/{row.result_id}/").content.decode()
    assert "採点が終わっていない答案が2人分" in page
    release = teacher.post(f"/results/{row.result_id}/releases/", {"days": "5"})
    assert release.status_code == 422, "half a total does not go home"


@pytest.mark.parametrize("what", ["nobody", "unbound", "tray", "reading"])
def test_whose_every_page_is_must_be_whole(world: World, client_for: ClientFor, sitting: None, what: str) -> None:
    mark_all(world)
    if what == "nobody":
        Absence.objects.update(ended_at=timezone.now())
    elif what == "reading":
        Pile.objects.filter(pk=PILE).update(pages=5)
    else:
        page = ScanPage.objects.get(pk=HANA)
        page.pk, page.index, page.status = new_id(), 7, "ok" if what == "unbound" else "review"
        page.save(force_insert=True)
        Pile.objects.filter(pk=PILE).update(pages=3)
    teacher = client_for("a1-homeroom")
    refused = settle(teacher, named=["unmarked", "second", "different", "checks", what])
    words = {
        "nobody": "番 渡邉 蓮",
        "unbound": "だれの答案か決まっていない答案",
        "tray": "見てほしいページ",
        "reading": "読み取っている途中",
    }
    assert refused.status_code == 422 and words[what] in refused.content.decode()
    assert "disabled" in teacher.get(URL).content.decode()
    see(world)
    assert not Settlement.objects.exists()


def test_marks_that_came_after_the_table_was_seen_are_shown_first(
    world: World, client_for: ClientFor, sitting: None
) -> None:
    mark_all(world)
    seen = Stroke.objects.latest("order").order
    mark(world, uuid_page(world), "q1", 1)
    refused = settle(client_for("a1-homeroom"), seen=str(seen))
    assert refused.status_code == 422 and "採点が変わりました" in refused.content.decode()


def uuid_page(world: World) -> Any:
    """A page of the same sitting that is nobody's paper any more."""
    page = ScanPage.objects.get(pk=HANA)
    page.pk, page.index = new_id(), 9
    page.save(force_insert=True)
    Pile.objects.filter(pk=PILE).update(pages=3)
    return page.pk


def test_a_settled_sitting_takes_no_strokes(world: World, client_for: ClientFor, sitting: None) -> None:
    mark_all(world)
    teacher = client_for("a1-homeroom")
    settle(teacher)
    stroke = {"key": str(new_id()), "page": str(HANA), "question": "q1", "points": 0}
    sent = {"strokes": [stroke], "device": str(new_id())}
    refused = teacher.post(f"/marking/sittings/{SITTING}/strokes/", sent, content_type="application/json")
    assert refused.status_code >= 400 and "確定" in refused.json()["error"]
    see(world)
    assert AnswerMark.objects.get(page=HANA, question="q1").points == 2


def test_taken_back_marking_goes_on_and_is_settled_again(world: World, client_for: ClientFor, sitting: None) -> None:
    mark_all(world)
    teacher = client_for("a1-homeroom")
    settle(teacher)
    see(world)
    first = Result.objects.get()
    assert undo(teacher, first.pk, "  ").status_code == 422
    assert undo(teacher, first.pk)["Location"] == URL
    see(world)
    base = Stroke.objects.get(page=SORA, question="q1").key
    stroke = {"key": str(new_id()), "page": str(SORA), "question": "q1", "points": 2, "base": str(base)}
    sent = {"strokes": [stroke], "device": str(new_id())}
    assert (
        teacher.post(f"/marking/sittings/{SITTING}/strokes/", sent, content_type="application/json").status_code == 200
    )
    settle(teacher)
    see(world)
    second = Result.objects.get(settlement__ended_at__isnull=True)
    assert second.pk != first.pk
    listing = teacher.get("/results/").content.decode()
    assert str(second.pk) in listing and str(first.pk) not in listing
    old = teacher.get(f"/results/{first.pk}/").content.decode()
    assert "この確定は取りやめました" in old and "つけまちがえたため" in old and "返却する" not in old
    assert teacher.post(f"/results/{first.pk}/releases/", {"days": "5"}).status_code == 422
    assert teacher.post(f"/results/{first.pk}/points/", {"step": "take", "q1": "1", "q2": "3"}).status_code == 422
    assert "取りやめました" in teacher.get(URL).content.decode()


def test_what_went_home_is_not_taken_back(world: World, client_for: ClientFor, sitting: None) -> None:
    mark_all(world)
    teacher = client_for("a1-homeroom")
    settle(teacher)
    see(world)
    result = Result.objects.get()
    assert teacher.post(f"/results/{result.pk}/releases/", {"days": "5"}).status_code == 302
    refused = undo(teacher, result.pk)
    assert refused.status_code == 422 and "もう返却してあります" in refused.content.decode()
    see(world)
    Review.objects.create(
        municipality_id=result.municipality_id, paper=result.papers.get(number=1), item="q1", text="?", asked_at=timezone.now(),
        asked_by_id=world.account("takahashi-mother"), asked_by_label="母",
    )  # fmt: skip
    Release.objects.update(withdrawn_at=timezone.now())
    assert "見直しが届いています" in undo(teacher, result.pk).content.decode()
    see(world)
    assert Settlement.objects.get().ended_at is None


def test_the_page_shows_what_holds_after_a_review(
    world: World, client_for: ClientFor, sitting: None, count_queries: Callable[..., Any]
) -> None:
    """見直し 2 → 1 of (1), then (2) gives 6 instead of 3: the totals are those of the result, the ones of then stand beside them;
    the way back is offered only while it works."""
    mark_all(world)
    teacher = client_for("a1-homeroom")
    settle(teacher)
    see(world)
    result, way_back = Result.objects.get(), "確定を取りやめて採点に戻る</button>"
    page = teacher.get(URL).content.decode()
    assert way_back in page and totals(page)[:2] == ["5", "1"] and "確定時" not in page
    assert teacher.post(f"/results/{result.pk}/releases/", {"days": "5"}).status_code == 302
    assert way_back not in teacher.get(URL).content.decode()
    see(world)
    paper = result.papers.get(number=1)
    Review.objects.create(
        municipality_id=result.municipality_id, paper=paper, item="q1", text="?", asked_at=timezone.now(),
        asked_by_id=world.account("takahashi-mother"), asked_by_label="母",
    )  # fmt: skip
    review = Review.objects.get()
    assert teacher.post(f"/results/reviews/{review.pk}/", {"points": "1", "text": "直しました"}).status_code == 302
    page = teacher.get(URL).content.decode()
    assert totals(page)[:2] == ["4 確定時 5", "1"] and "1人の合計が変わりました" in page
    assert teacher.post(f"/results/{result.pk}/points/", {"step": "take", "q1": "2", "q2": "6"}).status_code == 302
    see(world)
    Release.objects.update(withdrawn_at=timezone.now())
    with count_queries() as asked:
        page = teacher.get(URL).content.decode()
    assert len(asked) <= 12, [q[:90] for q in asked.statements]
    assert totals(page)[:2] == ["7 確定時 5", "1"] and "/ 8<" in page
    assert way_back not in page and "見直しが届いているので、取りやめられません" in page


def totals(page: str) -> list[str]:
    """The column of totals as it is read."""
    cells = re.findall(r'<td class="n total">(.*?)</td>', page, re.S)
    return [" ".join(re.sub(r"<[^>]+>", " ", cell).split()) for cell in cells]


def test_a_test_of_tomorrow_is_not_settled(world: World, client_for: ClientFor, sitting: None) -> None:
    mark_all(world)
    Sitting.objects.update(held_on=dt.date(2026, 11, 30))
    refused = settle(client_for("a1-homeroom"), named=["unmarked"])
    assert refused.status_code == 422 and "実施日が先の日" in refused.content.decode()


@pytest.mark.parametrize(
    "who", ["a1-homeroom2", "a1-teacher", "a2-head", "b1-head", "a-board", "takahashi-mother", "pupil-hana"]
)
def test_nobody_else_settles_or_takes_back(world: World, client_for: ClientFor, sitting: None, who: str) -> None:
    mark_all(world)
    settle(client_for("a1-homeroom"))
    see(world)
    result = Result.objects.get().pk
    other = client_for(who)
    for answer in (other.get(URL), settle(other), undo(other, result)):
        assert answer.status_code in {403, 404}
    assert Client().get(URL).status_code in {302, 401}
    see(world)
    assert Settlement.objects.get().ended_at is None


def test_queries_do_not_grow_with_the_class(
    world: World, client_for: ClientFor, sitting: None, count_queries: Callable[..., Any]
) -> None:
    teacher = client_for("a1-homeroom")
    teacher.get(URL)
    costs = []
    for _ in range(2):
        with count_queries() as asked:
            assert teacher.get(URL).status_code == 200
        costs.append(len(asked))
        see(world)
        mark_all(world) if len(costs) == 1 else None
    assert costs[0] == costs[1] <= 12, [q[:90] for q in asked.statements]


def test_a_settled_sitting_takes_no_scans_and_changes_no_owners(
    world: World, client_for: ClientFor, sitting: None
) -> None:
    from minamo.access.api import system_actor
    from minamo.kernel import clock
    from minamo.marking.actions.bindings import confirm_owners
    from minamo.marking.actions.piles import PileRefused, Scans, send_piles
    from minamo.marking.check_rules import Conflict

    mark_all(world)
    settle(client_for("a1-homeroom"))
    see(world)
    actor = system_actor(world.municipality("A"), now=clock.now(), today=clock.now().date())
    row = Sitting.objects.get(pk=SITTING)
    with pytest.raises(PileRefused, match="確定しています"):
        send_piles(actor=actor, sitting=row, scans=[Scans("more.pdf", b"%PDF-1.7 more")], source="browser")
    with pytest.raises(Conflict, match="確定しています"):
        confirm_owners(actor=actor, sitting=row, owners={HANA: None}, absent=[])
    assert Pile.objects.filter(sitting=row).count() == 1


def test_points_given_unseen_to_what_was_read_as_wrong_are_named(
    world: World, client_for: ClientFor, sitting: None
) -> None:
    """A pile read anew after 残り全部○, or strokes of an old screen: settling does not say that everything is well."""
    mark_all(world)
    mark_of = AnswerMark.objects.get(page_id=SORA, question="q1")
    stroke = Stroke.objects.create(municipality_id=world.municipality("A"), sitting_id=SITTING, page_id=SORA, question="q1", points=2, how="all",
                                   key=new_id(), base=mark_of.stroke, marker_id=world.account("a1-homeroom"), marker_label="原澤 美咲",
                                   struck_at=timezone.now(), at=timezone.now())  # fmt: skip
    AnswerMark.objects.filter(pk=mark_of.pk).update(points=2, how="all", stroke=stroke.order)
    teacher = client_for("a1-homeroom")
    page = teacher.get(URL).content.decode()
    assert "まとめて○にした答えがあります" in page and "すべて採点が終わっています" not in page
    assert settle(teacher).status_code == 422
    assert settle(teacher, named=["unseen"]).status_code == 302
    see(world)
    assert [one["kind"] for one in Settlement.objects.get(sitting=SITTING).exceptions] == ["unseen"]
