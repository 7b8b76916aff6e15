"""採点済みの答案: drawn from the scans of a settled sitting, downloaded by the teacher, seen by the own family from the release on."""

import io
import json
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pikepdf
import pypdfium2
import pytest
from django.conf import settings
from django.db import transaction
from django.test import Client
from django.utils import timezone
from PIL import Image

from minamo.access.api import set_scope, system_actor
from minamo.kernel import clock, files
from minamo.marking.actions import giving
from minamo.marking.models import (
    AnswerMark,
    Assessment,
    Edition,
    MarkedBook,
    PaperSheet,
    Pile,
    Release,
    Result,
    ResultPaper,
    Review,
    ReviewAnswer,
    ScanPage,
    Settlement,
    Sitting,
    Stroke,
)  # fmt: skip
from minamo.marking.queries.giving import drawing_of
from tests.fixtures.given import GIVEN, a_given_back, a_jpeg, a_pdf
from tests.fixtures.results import PAPER, RESULT, REVIEW, a_result
from tests.fixtures.world import World

ClientFor = Callable[..., Client]
pytestmark = pytest.mark.django_db
PILE = Path(settings.PROJECT_ROOT) / "tests" / "fixtures" / "piles" / "rika"
HOME = f"/results/papers/{PAPER}/"
MARKED = f"/results/{RESULT}/marked/"


def see(world: World) -> None:
    set_scope(municipalities=[world.municipality("A")], side="school")


@pytest.fixture
def given_back(world: World) -> None:
    see(world)
    a_result(world, timezone.now())
    a_given_back(world, timezone.now())


@pytest.fixture
def scanned(world: World, given_back: None) -> MarkedBook:
    """The same result over two real pages of a pile: 花's and 空's; 空's lies upside down in the pile."""
    key, truth = (json.loads((PILE / name).read_text()) for name in ("key.json", "scan.truth.json"))
    questions = [{name: key["questions"][at][name] for name in (
        "id", "label", "box", "kind", "alphabet", "keys", "full", "section", "aspect", "note", "criteria")} for at in (0, 8)]  # fmt: skip
    for question, name in zip(questions, ("q1", "q2"), strict=True):
        question["id"] = name
    width, height = key["blank_size_px"]
    Assessment.objects.filter(sittings=GIVEN).update(width=width, height=height)
    Edition.objects.filter(assessment__sittings=GIVEN).update(questions=questions)
    content = files.keep((PILE / "scan.pdf").read_bytes())
    Pile.objects.filter(sitting=GIVEN).update(content=content, pages=30)
    pile = Pile.objects.get(sitting=GIVEN)
    for number, index in ((1, 0), (2, 20)):
        matrix = [value for row in truth["pages"][index]["H_blank_to_scan"] for value in row]
        page = ScanPage.objects.create(
            municipality_id=pile.municipality_id, pile=pile, sitting_id=GIVEN, index=index + 1, status="ok", homography=matrix,
            edition=Edition.objects.get(assessment__sittings=GIVEN), read_at=timezone.now(),
        )  # fmt: skip
        ScanPage.objects.filter(pk=page.pk).update(index=index) if number == 2 else None
        ResultPaper.objects.filter(result=RESULT, number=number).update(page=page)
    ScanPage.objects.filter(sitting=GIVEN, index=0).update(index=40)
    ScanPage.objects.filter(sitting=GIVEN, index=1).update(index=0)
    actor = system_actor(world.municipality("A"), now=clock.now(), today=clock.now().date())
    book = giving.ask_book(actor=actor, result=Result.objects.get(pk=RESULT))
    assert book is not None
    return book


def draw(world: World, book: MarkedBook) -> None:
    actor = system_actor(world.municipality("A"), now=clock.now(), today=clock.now().date())
    giving.draw_book(actor=actor, book_id=book.pk)
    see(world)


def words(pdf: bytes) -> list[str]:
    document = pypdfium2.PdfDocument(pdf)
    found = [document[at].get_textpage().get_text_bounded() for at in range(len(document))]
    document.close()
    return found


def test_a_class_in_one_file_in_class_order_with_nobody_twice(world: World, scanned: MarkedBook) -> None:
    draw(world, scanned)
    book = MarkedBook.objects.get(pk=scanned.pk)
    assert (book.done, book.pages, book.refusal) == (2, 2, "")
    pdf = files.read(book.content)
    with pikepdf.open(io.BytesIO(pdf)) as made, made.open_outline() as outline:
        assert [(item.title, item.destination is None) for item in outline.root] == [
            ("1番 高橋 花", False),
            ("2番 佐藤 空", False),
            ("4番 渡邉 蓮（欠席）", True),
        ]
        pictures = [bytes(page.Resources.XObject.Scan.read_raw_bytes()) for page in made.pages]
    with pikepdf.open(PILE / "scan.pdf") as source:
        scans = [next(iter(source.pages[at].get_images().values())).read_raw_bytes() for at in (0, 20)]
    assert pictures == scans, "the scan stays byte for byte what it was"
    first, second = words(pdf)
    assert "高橋 花" in first and "佐藤 空" not in first and "佐藤 空" in second
    assert "3" in first and "知識・技能" in first


def test_a_paper_that_is_not_wholly_marked_says_how_much_is_left(world: World, scanned: MarkedBook) -> None:
    """空's second answer waits: her sheet says so where the total would stand; 花's has its total; the screen gets the same corners."""
    points = ResultPaper.objects.get(result=RESULT, number=2).points
    ResultPaper.objects.filter(result=RESULT, number=2).update(points=[points[0], None])
    edition = Edition.objects.get(assessment__sittings=GIVEN)
    edition.questions = [edition.questions[0] | {"kind": "sign", "alphabet": "○×"}, *edition.questions[1:]]
    Edition.objects.filter(pk=edition.pk).update(questions=edition.questions)
    actor = system_actor(world.municipality("A"), now=clock.now(), today=clock.now().date())
    book = giving.ask_book(actor=actor, result=Result.objects.get(pk=RESULT))
    assert book is not None and book.pk != scanned.pk
    draw(world, book)
    first, second = (words(files.read(sheet.pdf))[0].replace(" ", "")
                     for sheet in PaperSheet.objects.filter(paper__result=RESULT).order_by("paper__number"))  # fmt: skip
    assert "採点の途中（あと1問）" in second and "採点の途中" not in first
    assert PaperSheet.objects.get(paper__result=RESULT, paper__number=2).corners == ["q1"]


def test_a_single_paper_shows_nothing_of_its_neighbour(world: World, scanned: MarkedBook) -> None:
    draw(world, scanned)
    mine = files.read(PaperSheet.objects.get(paper=PAPER).pdf)
    assert len(words(mine)) == 1 and "佐藤" not in words(mine)[0]
    with pikepdf.open(io.BytesIO(mine)) as made:
        assert len(made.pages) == 1 and "/Outlines" not in made.Root
        streams = [bytes(one.read_raw_bytes()) for one in made.objects if isinstance(one, pikepdf.Stream)]
    with pikepdf.open(PILE / "scan.pdf") as source:
        neighbour = next(iter(source.pages[20].get_images().values())).read_raw_bytes()
    assert neighbour not in streams


def test_the_picture_lies_upright_on_its_blank(world: World, scanned: MarkedBook) -> None:
    draw(world, scanned)
    sheet = PaperSheet.objects.get(paper__result=RESULT, paper__number=2)
    picture = Image.open(io.BytesIO(files.read(sheet.picture)))
    assert (sheet.width, sheet.height) == (1654, 1165) and picture.size == (1654, 1165)
    title = picture.crop((90, 40, 900, 100)).convert("L")
    empty = picture.crop((90, 1100, 900, 1160)).convert("L")
    assert min(title.getdata()) < 90 and min(empty.getdata()) > 200, "upside down in the pile, upright here"


def test_run_again_nothing_is_drawn_twice_and_old_points_are_left(
    world: World, scanned: MarkedBook, monkeypatch: pytest.MonkeyPatch
) -> None:
    draw(world, scanned)
    before = list(PaperSheet.objects.values_list("made_at", flat=True))
    draw(world, scanned)
    assert list(PaperSheet.objects.values_list("made_at", flat=True)) == before
    MarkedBook.objects.update(content="", done=0)
    ResultPaper.objects.filter(pk=PAPER).update(points=[0, 1])
    draw(world, scanned)
    assert MarkedBook.objects.get(pk=scanned.pk).content == "", "the change has asked for its own"


def test_a_change_of_points_asks_for_new_sheets_and_the_old_file_is_not_given(
    world: World, scanned: MarkedBook, client_for: ClientFor
) -> None:
    draw(world, scanned)
    teacher = client_for("a1-homeroom")
    there = teacher.get(f"{MARKED}file/")
    assert there["Content-Type"] == "application/pdf" and there.content.startswith(b"%PDF")
    assert teacher.post(f"/results/reviews/{REVIEW}/", {"points": "1", "text": "直しました"}).status_code == 302
    assert teacher.get(f"{MARKED}file/")["Location"] == MARKED
    assert "0 / 2" in teacher.get(MARKED).content.decode()
    asked_again = teacher.get(MARKED, headers={"HX-Request": "true"}).content.decode()
    assert "0 / 2" in asked_again and "every 1s" in asked_again and "<html" not in asked_again
    see(world)
    newest = MarkedBook.objects.first()
    assert newest is not None and newest.pk != scanned.pk
    draw(world, newest)
    assert teacher.get(f"{MARKED}file/").status_code == 200


def test_what_cannot_be_drawn_says_so_and_is_tried_again(
    world: World, scanned: MarkedBook, client_for: ClientFor, monkeypatch: pytest.MonkeyPatch
) -> None:
    ScanPage.objects.filter(sitting=GIVEN).update(homography=[0] * 9)
    book = giving.ask_book(actor=system_actor(world.municipality("A"), now=clock.now(), today=clock.now().date()),
                           result=Result.objects.get(pk=RESULT))  # fmt: skip
    assert book is not None
    with pytest.raises(Exception, match=r"divide|homography"), transaction.atomic():
        draw(world, book)
    see(world)
    giving._refuse(world.municipality("A"), book, giving.FAILED)
    page = client_for("a1-homeroom").get(MARKED).content.decode()
    assert "PDFを作れませんでした" in page and "もう一度作る" in page


def test_only_who_may_ask_about_others_is_offered_why_a_paper_is_seen(given_back: None, client_for: ClientFor) -> None:
    """A paper has nothing for the staff to do: the page would be empty for a teacher, who asks only about herself."""
    way = f"/why/ResultPaper/{PAPER}/"
    assert way in client_for("a1-head").get(MARKED).content.decode()
    page = client_for("a1-homeroom").get(MARKED).content.decode()
    assert "高橋 花" in page and way not in page


def test_the_progress_of_a_settled_test_offers_nobody_to_take_it_on(given_back: None, client_for: ClientFor) -> None:
    page = client_for("a1-head").get(f"/marking/sittings/{GIVEN}/progress/").content.decode()
    assert "このテストは確定しています" in page and "採点した人" in page
    assert "/claims/" not in page and "/seconds/" not in page and ">受け持ち<" not in page


def test_the_own_family_sees_the_paper_from_the_release_on(
    world: World, given_back: None, client_for: ClientFor
) -> None:
    for who in ("takahashi-mother", "pupil-hana"):
        page = client_for(who).get(HOME).content.decode()
        assert f"{HOME}picture/" in page and 'class="mk"' in page and "自分の答え" in page
        picture = client_for(who).get(f"{HOME}picture/")
        assert picture["Content-Type"] == "image/jpeg" and picture.content == a_jpeg()
        assert "no-store" in picture["Cache-Control"]
        assert client_for(who).get(f"{HOME}marked/").content == a_pdf()
    see(world)
    Release.objects.update(withdrawn_at=timezone.now())
    for part in ("", "picture/", "marked/"):
        assert client_for("takahashi-mother").get(f"{HOME}{part}").status_code == 404


def test_row_level_security_keeps_pictures_as_papers(world: World, given_back: None) -> None:
    """Beneath every view: the home side reads a picture only while its paper is given back, a learner only the own."""
    town = [world.municipality("A")]
    set_scope(municipalities=town, side="home")
    assert PaperSheet.objects.count() == 1
    for table in (Settlement, MarkedBook, ScanPage, Pile, Edition, Sitting, Stroke, AnswerMark):
        assert not table.objects.exists(), table
    set_scope(municipalities=town, side="learning", self_id=world.pupil("sora"))
    assert not PaperSheet.objects.exists()
    set_scope(municipalities=town, side="learning", self_id=world.pupil("hana"))
    assert PaperSheet.objects.count() == 1
    set_scope(municipalities=[world.municipality("B")], side="school")
    assert not PaperSheet.objects.exists()
    see(world)
    Release.objects.update(withdrawn_at=timezone.now())
    set_scope(municipalities=town, side="home")
    assert not PaperSheet.objects.exists()


@pytest.mark.parametrize("who", ["sato-mother", "sato-father", "shimizu-father", "a-board", "a2-head"])
def test_no_other_family_and_no_other_school_sees_it(
    world: World, given_back: None, client_for: ClientFor, who: str
) -> None:
    for path in (
        f"{HOME}picture/",
        f"{HOME}marked/",
        MARKED,
        f"{MARKED}file/",
        f"{MARKED}{PAPER}/",
        f"/results/{RESULT}/pictures/{PAPER}/",
    ):
        assert client_for(who).get(path).status_code in {403, 404}, path
        assert Client().get(path).status_code in {302, 401}


def test_a_paper_of_another_result_is_not_reached_through_this_one(
    world: World, given_back: None, client_for: ClientFor
) -> None:
    other = Result.objects.get(pk=RESULT)
    other.pk, other.key = uuid.uuid4(), uuid.uuid4()
    other.save(force_insert=True)
    teacher = client_for("a1-homeroom")
    assert teacher.get(f"/results/{RESULT}/pictures/{PAPER}/").status_code == 200
    for part in (f"pictures/{PAPER}/", f"marked/{PAPER}/", "marked/"):
        assert teacher.get(f"/results/{other.pk}/{part}").status_code == 404


def test_a_review_is_asked_and_answered_with_the_answer_in_sight(
    world: World, given_back: None, client_for: ClientFor
) -> None:
    see(world)
    ReviewAnswer.objects.all().delete()
    Review.objects.filter(item="q2").delete()
    home = client_for("takahashi-mother").get(f"{HOME}?item=q2").content.decode()
    assert "この答えについて頼みます" in home and 'viewBox="86.0 186.0 828.0 248.0"' in home
    staff = client_for("a1-homeroom").get(f"/results/reviews/{REVIEW}/").content.decode()
    assert f"/results/{RESULT}/pictures/{PAPER}/" in staff and 'class="cut"' in staff


def test_queries(world: World, given_back: None, client_for: ClientFor, count_queries: Callable[..., Any]) -> None:
    for who, path in (
        ("a1-homeroom", MARKED),
        ("takahashi-mother", HOME),
        ("a1-homeroom", f"/results/reviews/{REVIEW}/"),
    ):
        client = client_for(who)
        client.get(path)
        with count_queries() as asked:
            assert client.get(path).status_code == 200
        assert len(asked) <= 12, [path, *asked.statements]
    see(world)
    row = Result.objects.get(pk=RESULT)
    with count_queries() as asked:
        assert drawing_of(row) is not None
    assert len(asked) <= 5
