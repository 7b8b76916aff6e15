"""2ページの答案: from a blank of two pages to marked sheets that hold both, with a page that is missing, a pair that lies the wrong way
round, and a page nobody knows the owner of."""

import io
import json
import re
import uuid
from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
import pikepdf
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from minamo.access.api import system_actor
from minamo.audit.models import Entry
from minamo.kernel import clock, files
from minamo.marking.actions import giving
from minamo.marking.leaves import paired
from minamo.marking.models import (
    AnswerMark,
    Assessment,
    Binding,
    Edition,
    MarkedBook,
    PaperSheet,
    ScanPage,
    Settlement,
    Sitting,
)
from minamo.marking.queries.marks import papers_of
from minamo.marking.tests.scans import pages, read, see_all, seen_once, sent
from minamo.marking.tests.test_scan_pages import form_of
from tests.fixtures import piles
from tests.fixtures.papers.layouts import FAMILIES
from tests.fixtures.papers.pupils import write
from tests.fixtures.papers.scanner import scan
from tests.fixtures.world import World

ClientFor = Callable[..., Client]
FRONT, SECOND = FAMILIES["grid"](31), FAMILIES["steps"](61)


@cache
def side(number: int, leaf: int) -> np.ndarray:
    """One page of a pupil's paper; only the first carries the number."""
    sheet = SECOND if leaf else FRONT
    page, _ = write(sheet, number + 100 * leaf, number="" if leaf else str(number))
    return scan(page, piles.BY_NAME["feeder"], number + 100 * leaf)[0]


@pytest.fixture(autouse=True)
def _inside(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.MARKING_PROCESSES = 0
    seen_once(monkeypatch)


@pytest.fixture
def test(world: World, client_for: ClientFor, db: None) -> Sitting:
    """A test of two pages in use."""
    return two_pages(world, client_for)


def two_pages(world: World, client_for: ClientFor) -> Sitting:
    """A test of two pages, set up from its blank and used by 5年1組 (1–6): three questions of each page."""
    see_all(world)
    piles.a_class(world, 6)
    teacher = client_for("a1-homeroom")
    blank = SimpleUploadedFile("社会.pdf", piles.pdf([FRONT.image, SECOND.image]))
    posted = {"file": blank, "title": "", "subject": "社会", "key": str(uuid.uuid4())}
    made = teacher.post(f"/marking/schools/{world.school('a1')}/new/", posted)
    assert made.status_code == 302, made.content.decode()[:2000]
    see_all(world)
    row = Assessment.objects.get()
    edition = Edition.objects.get()
    high = FRONT.size[1]
    assert (row.leaves, row.height) == ([list(FRONT.size), list(SECOND.size)], high + SECOND.size[1])
    assert len(edition.questions) >= 0.95 * (len(FRONT.boxes) + len(SECOND.boxes))
    upper = [one for one in edition.questions if one["box"][1] < high]
    lower = [one for one in edition.questions if one["box"][1] >= high]
    assert upper and lower and edition.questions == [*upper, *lower], "page after page"
    assert edition.name_box and edition.name_box[3] < high
    kept = {"questions": [*upper[:3], *lower[:3]], "base": 1, "vertical": False} | {
        name: getattr(edition, name) for name in ("number_box", "name_box")
    }
    saved = teacher.post(f"/marking/assessments/{row.pk}/", json.dumps(kept), content_type="application/json")
    assert saved.status_code == 200, saved.content.decode()
    teacher.post(
        f"/marking/classes/{world.klass('a1-1')}/sittings/", {"assessment": str(row.pk), "held_on": "2026-11-24"}
    )
    see_all(world)
    return Sitting.objects.select_related("assessment").get()


def pile_of(world: World, sitting: Sitting, *shown: tuple[int, int], name: str = "scan.pdf") -> list[ScanPage]:
    """A pile of (pupil, page of the paper), read."""
    pile = sent(world, piles.pdf([side(*one) for one in shown]), name, sitting.pk)
    read(world, pile)
    return pages(pile)


def asked(sitting: Sitting) -> list[str]:
    newest = Edition.objects.filter(assessment=sitting.assessment).order_by("-number")[0]
    return [one["id"] for one in newest.questions]


def test_the_order_of_a_pile_says_what_lies_behind_what() -> None:
    def told(text: str) -> list[tuple[int, int, bool, bool]]:
        found = paired([None if one == "?" else int(one) for one in text])
        return [(one.front, one.behind, one.swapped, one.sure) for one in found]

    assert told("010101") == [(0, 1, False, True), (2, 3, False, True), (4, 5, False, True)]
    assert told("101010") == [(1, 0, False, True), (3, 2, False, True), (5, 4, False, True)], "fed face down"
    assert told("0110" + "01" * 3)[:2] == [(0, 1, False, True), (3, 2, True, False)], "one pair the wrong way round"
    missing = told("01" * 3 + "0" + "01" * 3)
    assert [(one[0], one[1]) for one in missing] == [(0, 1), (2, 3), (4, 5), (7, 8), (9, 10), (11, 12)]
    assert [one[3] for one in missing].count(False) <= 2, "only beside the gap there is a doubt"
    assert told("0?01") == [(2, 3, False, True)], "nothing pairs over a page nobody knows"
    assert told("0") == told("1") == []


@pytest.mark.django_db
def test_from_a_blank_of_two_pages_to_marked_sheets(world: World, client_for: ClientFor, test: Sitting) -> None:
    teacher, here = client_for("a1-homeroom"), f"/marking/sittings/{test.pk}/"
    order = [(1, 0), (1, 1), (2, 0), (2, 1), (3, 1), (3, 0), (4, 0), (4, 1), (5, 0), (6, 0), (6, 1)]
    rows = pile_of(world, test, *order)
    assert [row.leaf for row in rows] == [leaf for _, leaf in order], "told by its print"
    behind = {row.index: row.front.index for row in rows if row.front}
    assert behind == {1: 0, 3: 2, 4: 5, 7: 6, 10: 9}
    assert [row.reason for row in rows if row.status == "review"] == ["no_second"]
    tray = teacher.get(f"{here}pages/").content.decode()
    assert "裏がない答案です" in tray and "scan.pdf の9ページ目" in tray and "裏のない答案として使う" in tray
    text = teacher.get(f"{here}owners/").content.decode()
    assert "裏が表より先に入っていました" in text and text.count(">裏を見る<") == 5
    # The missing page comes later, alone: a person says whose it is.
    late = pile_of(world, test, (5, 1), name="late.pdf")[0]
    assert (late.status, late.reason) == ("review", "loose")
    assert "だれの裏か選ぶ" in teacher.get(f"{here}pages/").content.decode()
    choice = teacher.get(f"/marking/pages/{late.pk}/behind/").content.decode()
    assert choice.count('name="front"') == 1, "only a front without a second page is offered"
    done = teacher.post(f"/marking/pages/{late.pk}/behind/", {"do": "put", "front": str(rows[8].pk)})
    assert done.status_code == 302
    form = form_of(teacher.get(f"{here}owners/").content.decode())
    assert sorted(form[f"page-{rows[at].pk}"] for at in (0, 2, 5, 6, 8, 9)) == sorted(
        str(piles.pupil(n)) for n in range(1, 7)
    )
    assert teacher.post(f"{here}owners/", form)["Location"].endswith("?done=owners")
    marked_on_both_pages(teacher, here, test, [rows[at] for at in (0, 2, 5, 6, 8, 9)])
    assert teacher.post(f"/marking/pages/{late.pk}/behind/", {"do": "take"}).status_code == 422, (
        "its marks would stay behind"
    )
    settled_and_drawn(world, teacher, here)


def marked_on_both_pages(teacher: Client, here: str, sitting: Sitting, fronts: list[ScanPage]) -> None:
    """Every answer of a paper hangs on its first page, with the picture of the page it stands on."""
    names = asked(sitting)
    for name in names:
        seen = teacher.get(f"{here}questions/{name}/answers/").json()["answers"]
        assert [one["page"] for one in seen] == [str(row.pk) for row in fronts]
        assert all(one["image"] for one in seen)
        assert all((one["whole"] == one["page"]) == (name in names[:3]) for one in seen)
        assert teacher.get(f"{here}pages/{seen[0]['whole']}/context/").status_code in {200, 404}
        strokes = [
            {"key": str(uuid.uuid4()), "page": one["page"], "question": name, "points": 1, "how": "key"} for one in seen
        ]
        sent_ = teacher.post(f"{here}strokes/", {"strokes": strokes}, content_type="application/json").json()
        assert len(sent_["held"]) == 6, sent_
    assert AnswerMark.objects.filter(points=1).count() == 36


def settled_and_drawn(world: World, teacher: Client, here: str) -> None:
    """確定 → two pages per pupil in the class's file, in the pupil's own, and in the picture the family sees."""
    form = teacher.get(f"{here}settlement/").content.decode()
    seen = re.search(r'name="seen" value="(\d+)"', form)
    assert seen, form[-3000:]
    kinds = re.findall(r'name="named" value="([a-z]+)"', form)
    answer = teacher.post(f"{here}settlement/", {"seen": seen.group(1), "named": kinds})
    assert answer.status_code == 302, answer.content.decode()
    see_all(world)
    book = MarkedBook.objects.get(result=Settlement.objects.get().result)
    giving.draw_book(
        actor=system_actor(world.municipality("A"), now=clock.now(), today=clock.now().date()), book_id=book.pk
    )
    see_all(world)
    book.refresh_from_db()
    with pikepdf.open(io.BytesIO(files.read(book.content))) as made, made.open_outline() as outline:
        assert len(made.pages) == 12 and len(outline.root) == 6
    paper = PaperSheet.objects.filter(paper__number=3).get()
    with pikepdf.open(io.BytesIO(files.read(paper.pdf))) as own:
        assert len(own.pages) == 2
    assert (paper.width, paper.height) == (1654, 2 * 2339)
    assert {box[1] >= 2339 for box in paper.boxes.values()} == {True, False}


@pytest.mark.django_db
def test_a_page_alone_is_used_as_it_is_or_waits(world: World, client_for: ClientFor, test: Sitting) -> None:
    teacher, here = client_for("a1-homeroom"), f"/marking/sittings/{test.pk}/"
    rows = pile_of(world, test, (1, 0), (1, 1), (2, 0), (2, 1), (3, 0))
    alone = rows[4]
    assert alone.reason == "no_second"
    assert form_of(teacher.get(f"{here}owners/").content.decode())["absent"] == [], "a page that waits is no absence"
    assert teacher.post(f"/marking/pages/{alone.pk}/behind/", {"do": "alone"}).status_code == 302
    see_all(world)
    alone.refresh_from_db()
    assert (alone.status, alone.reason) == ("ok", "alone")
    read(world, sent(world, piles.pdf([side(4, 0), side(4, 1)]), "more.pdf", test.pk))
    alone.refresh_from_db()
    assert (alone.status, alone.reason) == ("ok", "alone"), "what a person has said stays"
    text = teacher.get(f"{here}owners/").content.decode()
    assert "裏がない" in text and "（7ページ）" in text
    assert teacher.post(f"{here}owners/", form_of(text)).status_code == 302
    last = asked(test)[-1]
    images = {one["page"]: one["image"] for one in teacher.get(f"{here}questions/{last}/answers/").json()["answers"]}
    assert images[str(alone.pk)] is None and images[str(rows[0].pk)]
    # A pair taken apart waits again, both halves of it.
    assert teacher.post(f"/marking/pages/{rows[3].pk}/behind/", {"do": "take"}).status_code == 302
    see_all(world)
    rows[3].refresh_from_db()
    assert (rows[3].status, rows[3].reason, rows[3].front_id) == ("review", "loose", None)
    other = {"do": "put", "front": str(rows[0].pk)}
    refused = teacher.post(f"/marking/pages/{rows[3].pk}/behind/", other)
    assert refused.status_code == 422 and "もう裏があります" in refused.content.decode()


def bound(teacher: Client, here: str, absent: tuple[int, ...] = ()) -> None:
    form = form_of(teacher.get(f"{here}owners/").content.decode())
    form["absent"] = [str(piles.pupil(number)) for number in absent]
    assert teacher.post(f"{here}owners/", form).status_code == 302


def struck(teacher: Client, here: str, page: ScanPage, *points: tuple[str, int]) -> None:
    strokes = [
        {"key": str(uuid.uuid4()), "page": str(page.pk), "question": name, "points": one, "how": "key"}
        for name, one in points
    ]
    answer = teacher.post(f"{here}strokes/", {"strokes": strokes}, content_type="application/json").json()
    assert len(answer["held"]) == len(points), answer


def state(world: World, sitting: Sitting) -> dict[int | None, tuple[str, str | None, dict[str, int | None]]]:
    """By 出席番号: the paper, the page behind it, its points."""
    see_all(world)
    marks: dict[uuid.UUID, dict[str, int | None]] = {}
    for one in AnswerMark.objects.filter(sitting=sitting):
        marks.setdefault(one.page_id, {})[one.question] = one.points
    return {
        row.number: (str(row.page_id), str(row.page.second.pk) if row.page.second else None, marks.get(row.page_id, {}))
        for row in papers_of(sitting)
    }


@pytest.mark.django_db
def test_a_paper_of_two_pages_goes_to_another_pupil_whole(world: World, client_for: ClientFor, test: Sitting) -> None:
    """The second page and the marks of both pages go along: to another pupil, to nobody, and to another class and back."""
    teacher, here = client_for("a1-homeroom"), f"/marking/sittings/{test.pk}/"
    rows = pile_of(world, test, (1, 0), (1, 1), (2, 0), (2, 1))
    bound(teacher, here, (3, 4, 5, 6))
    names = asked(test)
    struck(teacher, here, rows[0], (names[0], 1), (names[-1], 2))
    struck(teacher, here, rows[2], (names[-1], 0))
    one, two = (str(rows[0].pk), str(rows[1].pk), {names[0]: 1, names[-1]: 2}), (
        str(rows[2].pk), str(rows[3].pk), {names[-1]: 0},
    )  # fmt: skip
    assert state(world, test) == {1: one, 2: two}
    form = form_of(teacher.get(f"{here}owners/").content.decode())
    first, second = f"page-{rows[0].pk}", f"page-{rows[2].pk}"
    form[first], form[second] = form[second], form[first]
    assert teacher.post(f"{here}owners/", form).status_code == 302
    assert state(world, test) == {1: two, 2: one}
    seen = {answer["page"]: answer for answer in teacher.get(f"{here}questions/{names[-1]}/answers/").json()["answers"]}
    assert seen[str(rows[0].pk)]["whole"] == str(rows[1].pk) and seen[str(rows[0].pk)]["image"]
    table = teacher.get(f"{here}settlement/").content.decode()
    assert re.findall(r'<td class="n total">(\d+|—)', table)[:2] == ["0", "3"], "points with their paper"
    form = form_of(teacher.get(f"{here}owners/").content.decode()) | {first: ""}
    assert teacher.post(f"{here}owners/", form).status_code == 302
    assert state(world, test) == {1: two}
    bound(teacher, here, (3, 4, 5, 6))
    see_all(world)
    other = Sitting.objects.create(
        municipality_id=test.municipality_id, school_id=test.school_id, assessment=test.assessment, held_on=test.held_on,
        school_class_id=world.klass("a1-2"), opened_by_id=test.opened_by_id, opened_by_label="", opened_at=test.opened_at,
    )  # fmt: skip
    head, to = client_for("a1-head"), {"to": str(other.pk)}
    alone = head.post(f"/marking/pages/{rows[1].pk}/moves/", to)
    assert alone.status_code == 422 and "裏だけは移せません" in alone.content.decode()
    move = f"/marking/pages/{rows[0].pk}/moves/"
    assert head.post(move, to).status_code == 422, "its marks were not seen"
    shown = head.get(move).content.decode()
    assert "裏" in shown and "いっしょに移ります" in shown
    seen_ = re.search(r'name="seen" value="(\d+)"', shown)
    assert seen_ is not None
    assert head.post(move, to | {"seen": seen_.group(1)}).status_code == 302
    see_all(world)
    rows = [ScanPage.objects.get(pk=row.pk) for row in rows]
    assert [row.sitting_id for row in rows] == [other.pk, other.pk, test.pk, test.pk] and rows[1].front_id == rows[0].pk
    assert AnswerMark.objects.filter(sitting=other, page=rows[0]).count() == 2
    assert state(world, test).keys() == {1}
    again = re.search(r'name="seen" value="(\d+)"', head.get(move).content.decode())
    assert again is not None
    assert head.post(move, {"to": str(test.pk), "seen": again.group(1)}).status_code == 302
    bound(teacher, here, (3, 4, 5, 6))
    assert one in state(world, test).values()


@pytest.mark.django_db
def test_a_missing_second_page_is_said_until_the_release(world: World, client_for: ClientFor, test: Sitting) -> None:
    teacher, here = client_for("a1-homeroom"), f"/marking/sittings/{test.pk}/"
    rows = pile_of(world, test, (1, 0), (1, 1), (2, 0))
    assert teacher.post(f"/marking/pages/{rows[2].pk}/behind/", {"do": "alone"}).status_code == 302
    bound(teacher, here, (4, 6))
    page = teacher.get(f"{here}settlement/").content.decode()
    assert re.search(r"3番 試験3[^、<]*、5番 試験5", page), "who has neither paper nor 欠席, by number"
    bound(teacher, here, (3, 4, 5, 6))
    names = asked(test)
    for row in (rows[0], rows[2]):
        struck(teacher, here, row, *((name, 1) for name in names))
    page = teacher.get(f"{here}settlement/").content.decode()
    assert "裏がない答案があります" in page and page.count("裏がない</span>") == 1
    who = re.search(r'<p class="sub">(2番 [^<]+)</p>', page)
    assert who is not None
    seen = re.search(r'name="seen" value="(\d+)"', page)
    assert seen is not None
    kinds = [kind for kind in re.findall(r'name="named" value="([a-z]+)"', page) if kind != "backless"]
    assert teacher.post(f"{here}settlement/", {"seen": seen.group(1), "named": kinds}).status_code == 422
    assert teacher.post(f"{here}settlement/", {"seen": seen.group(1), "named": [*kinds, "backless"]}).status_code == 302
    see_all(world)
    settled = Settlement.objects.get()
    book = MarkedBook.objects.get(result=settled.result)
    giving.draw_book(
        actor=system_actor(world.municipality("A"), now=clock.now(), today=clock.now().date()), book_id=book.pk
    )
    see_all(world)
    book.refresh_from_db()
    with pikepdf.open(io.BytesIO(files.read(book.content))) as made, made.open_outline() as outline:
        titles = [str(item.title) for item in outline.root]
        assert len(made.pages) == 3 and [title.endswith("（裏がない）") for title in titles if "欠席" not in title] == [
            False,
            True,
        ]
    whole, half = PaperSheet.objects.order_by("paper__number")
    assert (len(whole.boxes), len(half.boxes)) == (6, 3), "nothing is shown of a page that is missing"
    marked = teacher.get(f"/results/{settled.result_id}/marked/").content.decode()
    assert "（2人・3ページ）" in marked and "裏がない答案が1人分あります" in marked and "裏がない</span>" in marked
    release = teacher.get(f"/results/{settled.result_id}/releases/").content.decode()
    assert "裏がない答案が1人分あります" in release and who.group(1) in release
    late = teacher.post(f"/marking/pages/{rows[1].pk}/behind/", {"do": "take"})
    assert late.status_code == 422 and "もう確定しています" in late.content.decode()


@pytest.mark.django_db
def test_papers_without_a_back_are_used_in_one_go(world: World, client_for: ClientFor, test: Sitting) -> None:
    teacher, here = client_for("a1-homeroom"), f"/marking/sittings/{test.pk}/"
    fronts = pile_of(world, test, (1, 0), (2, 0), (3, 0))
    url = f"{here}pages/together/"
    tray = teacher.get(f"{here}pages/").content.decode()
    assert "裏のない答案が3人分あります" in tray and f"{url}?why=no_second" in tray
    assert "まとめて裏のない答案として使う" in tray and ">裏のない答案として使う<" not in tray
    single = teacher.get(f"{here}pages/?why=no_second").content.decode()
    assert single.count(">裏のない答案として使う<") == 3 and single.count("照合 ") == 3
    shown = teacher.get(f"{url}?why=no_second").content.decode()
    assert (
        "3人分を、裏のない答案として使います" in shown
        and "除" not in shown.partition("<main")[2].partition("</main")[0]
    )
    seen = re.search(r'name="seen" value="([0-9a-f]+)"', shown)
    assert seen is not None
    assert teacher.post(url, {"why": "no_second", "seen": "x"}).status_code == 422
    see_all(world)
    assert ScanPage.objects.filter(reason="no_second").count() == 3
    done = teacher.post(url, {"why": "no_second", "seen": seen.group(1)})
    assert done.status_code == 302 and done["Location"].endswith("done=alone")
    see_all(world)
    assert {(row.status, row.reason) for row in ScanPage.objects.all()} == {("ok", "alone")}
    assert Entry.objects.filter(detail__alone=[str(row.pk) for row in fronts]).exists()
    assert not Binding.objects.exists(), "used, not put aside"
    for name in ("a1-nurse", "a2-head", "takahashi-mother"):
        assert client_for(name).post(url, {"why": "no_second", "seen": seen.group(1)}).status_code in {403, 404}, name


@pytest.mark.django_db
@pytest.mark.parametrize("order", ["same", "reversed"])
def test_a_pile_of_backs_is_matched_at_once_by_a_person(
    world: World, client_for: ClientFor, test: Sitting, order: str
) -> None:
    teacher, here = client_for("a1-homeroom"), f"/marking/sittings/{test.pk}/"
    fronts = pile_of(world, test, (1, 0), (2, 0), (3, 0), name="表.pdf")
    assert [row.reason for row in fronts] == ["no_second"] * 3
    fed = (1, 2, 3) if order == "same" else (3, 2, 1)
    short = pile_of(world, test, (fed[0], 1), (fed[1], 1), name="裏.pdf")
    assert "組を見て決める" not in teacher.get(f"{here}pages/").content.decode(), (
        "one sticks in the feeder: nothing is proposed"
    )
    assert (
        "まとめて組にできる山ではありません"
        in teacher.get(f"/marking/piles/{short[0].pile_id}/backs/").content.decode()
    )
    see_all(world)
    whole = pile_of(world, test, *((number, 1) for number in fed), name="裏全部.pdf")
    ScanPage.objects.filter(pk__in=[row.pk for row in whole]).update(status="review", reason="loose", copy_of=None)
    ScanPage.objects.filter(pk__in=[row.pk for row in short]).update(status="review", reason="blank")
    tray = teacher.get(f"{here}pages/").content.decode()
    assert "「裏全部.pdf」の裏3ページと、裏のない答案3人分の数が同じです" in tray
    url = f"/marking/piles/{whole[0].pile_id}/backs/"
    shown = teacher.get(f"{url}?order={order}").content.decode()
    assert shown.count('class="strip"') == 3 and shown.count("（裏）") == 3
    seen = re.search(r'name="seen" value="([0-9a-f]+)"', shown)
    assert seen is not None
    for wrong in ({"order": "", "seen": seen.group(1)}, {"order": order, "seen": "x"}, {}):
        assert teacher.post(url, wrong).status_code == 422
    see_all(world)
    assert not ScanPage.objects.filter(front__isnull=False).exists(), "never without a person"
    assert teacher.post(url, {"order": order, "seen": seen.group(1)}).status_code == 302
    see_all(world)
    pairs = {row.front_id: row.pk for row in ScanPage.objects.filter(front__isnull=False)}
    mine = whole if order == "same" else whole[::-1]
    assert pairs == {front.pk: back.pk for front, back in zip(fronts, mine, strict=True)}
    assert Entry.objects.filter(detail__matched=str(whole[0].pile_id), detail__order=order).exists()
    assert not ScanPage.objects.filter(status="review", reason__in=("no_second", "loose")).exists()


@pytest.mark.django_db
def test_who_may_lay_pages_behind_others(world: World, client_for: ClientFor, test: Sitting) -> None:
    row = pile_of(world, test, (1, 0), (1, 1))[1]
    url = f"/marking/pages/{row.pk}/behind/"
    for name in ("a1-nurse", "a2-head", "b1-head", "a-board", "takahashi-mother", "pupil-hana"):
        client = client_for(name)
        assert client.get(url).status_code in {403, 404}, name
        assert client.post(url, {"do": "take"}).status_code in {403, 404}, name
        backs = f"/marking/piles/{row.pile_id}/backs/"
        assert {client.get(backs).status_code, client.post(backs, {"order": "same"}).status_code} <= {403, 404}, name
    assert Client().get(url).status_code in {302, 401}
    see_all(world)
    row.refresh_from_db()
    assert row.front_id is not None


@pytest.mark.django_db
def test_a_box_over_two_pages_and_a_blank_of_three_are_refused(
    world: World, client_for: ClientFor, test: Sitting
) -> None:
    teacher = client_for("a1-homeroom")
    edition = Edition.objects.order_by("-number")[0]
    high = FRONT.size[1]
    asked_ = [{**edition.questions[0], "box": [100, high - 50, 400, high + 50]}]
    body = {"questions": asked_, "base": edition.number, "vertical": False, "number_box": None, "name_box": None}
    refused = teacher.post(
        f"/marking/assessments/{test.assessment_id}/", json.dumps(body), content_type="application/json"
    )
    assert refused.status_code == 422 and "2枚の用紙にまたがっています" in refused.json()["problems"][0]
    three = SimpleUploadedFile("三枚.pdf", piles.pdf([FRONT.image, SECOND.image, FRONT.image]))
    posted = {"file": three, "title": "", "subject": "", "key": str(uuid.uuid4())}
    answer = teacher.post(f"/marking/schools/{world.school('a1')}/new/", posted)
    assert answer.status_code == 422 and "2ページ（表と裏、または2枚）まで" in answer.content.decode()
    assert "2ページずつ別のテスト" in answer.content.decode()
