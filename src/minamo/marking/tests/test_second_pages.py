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
from minamo.kernel import clock, files
from minamo.marking.actions import giving
from minamo.marking.leaves import paired
from minamo.marking.models import AnswerMark, Assessment, Edition, MarkedBook, PaperSheet, ScanPage, Settlement, Sitting
from minamo.marking.tests.scans import pages, read, see_all, sent
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
def _inside(settings: Any) -> None:
    settings.MARKING_PROCESSES = 0


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
    assert "2枚目が見つかりません" in tray and "scan.pdf の9枚目" in tray and "1枚だけの答案として使う" in tray
    text = teacher.get(f"{here}owners/").content.decode()
    assert "2枚目が1枚目より先に入っていました" in text and text.count(">2枚目を見る<") == 5
    # The missing page comes later, alone: a person says whose it is.
    late = pile_of(world, test, (5, 1), name="late.pdf")[0]
    assert (late.status, late.reason) == ("review", "loose")
    assert "だれの2枚目か選ぶ" in teacher.get(f"{here}pages/").content.decode()
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
    assert "2枚目なし" in text
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
    assert refused.status_code == 422 and "もう2枚目があります" in refused.content.decode()


@pytest.mark.django_db
def test_who_may_lay_pages_behind_others(world: World, client_for: ClientFor, test: Sitting) -> None:
    row = pile_of(world, test, (1, 0), (1, 1))[1]
    url = f"/marking/pages/{row.pk}/behind/"
    for name in ("a1-nurse", "a2-head", "b1-head", "a-board", "takahashi-mother", "pupil-hana"):
        client = client_for(name)
        assert client.get(url).status_code in {403, 404}, name
        assert client.post(url, {"do": "take"}).status_code in {403, 404}, name
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
