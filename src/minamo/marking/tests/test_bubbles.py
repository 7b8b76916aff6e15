"""マーク欄: circles in the boxes of printed sheets: printed, filled in, scanned and read; in doubt, or without circles, nothing is."""

import uuid
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from django.test import Client
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageDraw

from minamo.access.api import set_scope
from minamo.kernel import files
from minamo.marking.blank import Blank, take_in
from minamo.marking.bubbles import bubbles_on
from minamo.marking.leaves import leaves_of
from minamo.marking.models import Assessment, Edition
from minamo.marking.pile import Answer, Codes, Exam, Question, Reader
from minamo.marking.scanning import cells_of, exam_of
from minamo.marking.setup import SetupRefused, checked, fitting
from minamo.marking.sheet_codes import code_of
from minamo.marking.sheet_values import Asked, Printed
from minamo.marking.sheets import faces_of, print_sheets
from minamo.marking.tests.papers import BY_NAME, pdf
from minamo.marking.vision.align import OK
from minamo.marking.vision.bubbles import LEAST, Bubbles, Circle, laid_out
from minamo.marking.vision.duplicates import duplicates
from minamo.marking.vision.form import DPI
from minamo.marking.vision.pages import read_page
from tests.fixtures.assessments import ASSESSMENT, QUESTIONS, SITTING, an_assessment
from tests.fixtures.papers.canvas import Sheet
from tests.fixtures.papers.pupils import answer
from tests.fixtures.papers.scanner import scan
from tests.fixtures.world import World

SITTING_OF, HANA, SORA = uuid.UUID(int=1), uuid.UUID(int=2), uuid.UUID(int=3)
BOXES = {
    "four": ((150, 400, 450, 490), "アイウエ"),
    "corner": ((550, 400, 800, 520), "ア-オ"),
    "square": ((900, 400, 1060, 540), "○×"),
    "number": ((150, 700, 700, 800), "0-99"),
    "long": ((800, 700, 1450, 780), "ア-コ"),
}


def blank_of(folder: Path) -> Blank:
    """Boxes of several shapes; one has a printed number in its corner."""
    sheet = Sheet("marks")
    sheet.text(150, 250, "確認テスト　あてはまる丸をぬりましょう", 34)
    for name, (box, _) in BOXES.items():
        sheet.frame(box)
        if name == "corner":
            sheet.text(box[0] + 6, box[1] + 4, "(2)", 24)
    for at in range(4):
        sheet.frame((150 + 340 * at, 1000, 430 + 340 * at, 1700))
        sheet.text(150 + 340 * at, 955, f"問{at + 5} わけを書きましょう", 26)
    path = folder / "用紙.pdf"
    sheet.page.save(path, "PDF", resolution=DPI)
    return take_in(path)


class Class:
    """A printed sheet, a reader of the test, and a pencil."""

    def __init__(self, folder: Path, *, printed: bool = True) -> None:
        self.folder, blank = folder, blank_of(folder)
        leaves = leaves_of((), *blank.size)
        faces = faces_of(blank.picture, leaves)
        self.place, asked = (
            faces[0].placed,
            [Asked(tuple(map(float, box)), alphabet) for box, alphabet in BOXES.values()],
        )
        found = [bubbles_on(faces[0].gray, one) for one in asked]
        self.bubbles: dict[str, Bubbles] = {name: one for name, one in zip(BOXES, found, strict=True) if one}
        kept = folder / "blank.pdf"
        kept.write_bytes(blank.pdf)
        self.codes = {code_of(SITTING_OF, HANA): 1, code_of(SITTING_OF, SORA): 2}
        sheets = [Printed(code, "5年1組", asked=tuple(asked) if printed else ()) for code in self.codes]
        path = folder / "印刷.pdf"
        path.write_bytes(print_sheets(blank.pdf, faces, sheets, "用紙"))
        self.pages = [read_page(path, at).gray for at in range(2)]
        cells = tuple(
            Question(name, one.box, one.alphabet, self.bubbles[name]) for name, one in zip(BOXES, asked, strict=True)
        )
        self.reader = Reader(Exam(kept, cells, None, (1, 2), Codes(self.codes, "", self.place)))
        self.shots: list[np.ndarray] = []

    def at(self, x: float, y: float) -> tuple[float, float]:
        return x * self.place.scale + self.place.x, y * self.place.scale + self.place.y

    def filled(
        self, said: dict[str, str], *, page: int = 0, gray: int = 70, part: float = 0.85, draw: Any = None
    ) -> Image.Image:
        """The printed page with circles filled in: every letter of what is said (of a number, digit after digit)."""
        image = Image.fromarray(self.pages[page])
        pen = ImageDraw.Draw(image)
        for name, text in said.items():
            groups = self.bubbles[name].groups
            wanted = (
                [(groups[0], one) for one in text]
                if len(groups) == 1
                else list(zip(groups[-len(text) :], text, strict=True))
            )
            for group, one in wanted:
                circle = next(c for c in group if c.text == one)
                (x, y), r = self.at(circle.x, circle.y), self.bubbles[name].radius * self.place.scale * part
                pen.ellipse((x - r + 1, y - r + 2, x + r, y + r - 1), fill=gray)
        if draw:
            draw(pen)
        return image

    def read(self, *pages: Image.Image, case: str = "feeder", seeds: Sequence[int] = (3, 4, 5)) -> list[Any]:
        shots = [scan(np.asarray(page), BY_NAME[case], seed)[0] for page, seed in zip(pages, seeds, strict=False)]
        pile = pdf(self.folder / "scan.pdf", shots)
        return [self.reader.read(pile, at) for at in range(len(shots))]


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory) -> Class:
    return Class(tmp_path_factory.mktemp("marks"))


SAID = {"four": "ウ", "corner": "ア", "square": "×", "number": "40", "long": "コ"}


@pytest.mark.parametrize("case", ["straight", "feeder", "upside", "copy82", "copy71", "faint", "phone3", "crooked"])
def test_filled_circles_are_read_however_the_page_was_fed(room: Class, case: str) -> None:
    (sheet,) = room.read(room.filled(SAID), case=case)
    assert sheet.status == OK
    read = {name: one.text for name, one in sheet.answers.items() if one.text is not None}
    assert read.items() <= SAID.items() and len(read) >= (4 if case == "faint" else 5), (
        "a faint copy may leave one to a person"
    )
    assert all(sheet.answers[name].confidence > 0.8 for name in read)


@pytest.mark.parametrize(("gray", "part"), [(150, 0.8), (110, 0.6), (40, 1.15)])
def test_light_and_careless_pencils_are_read_or_left_to_a_person(room: Class, gray: int, part: float) -> None:
    """Never another symbol than the one filled in, and never called empty."""
    (sheet,) = room.read(room.filled(SAID, gray=gray, part=part))
    for name, one in sheet.answers.items():
        assert one.text in (SAID[name], None), (name, one)
    assert sum(one.text is not None for one in sheet.answers.values()) >= 4


def test_nothing_two_and_half_a_circle(room: Class) -> None:
    """Empty circles are a blank; two, a dot, a number without its last digit, and words beside the circles wait for a person."""
    (empty,) = room.read(room.filled({}))
    assert {one.text for one in empty.answers.values()} == {""}
    (two,) = room.read(room.filled({"four": "アウ", "corner": "イエ", "square": "○×", "long": "アコ"}))
    assert [two.answers[name].text for name in ("four", "corner", "square", "long")] == [None] * 4
    (dots,) = room.read(room.filled({"four": "イ", "square": "○"}, part=0.4, gray=60))
    assert dots.answers["four"].text in (None, "イ") and dots.answers["square"].text in (None, "○")

    def strokes(pen: ImageDraw.ImageDraw) -> None:
        tens = next(one for one in room.bubbles["number"].groups[0] if one.text == "3")
        (x, y), r = room.at(tens.x, tens.y), room.bubbles["number"].radius * 0.8
        pen.ellipse((x - r, y - r, x + r, y + r), fill=60)
        x0, y0, x1, y1 = BOXES["four"][0]
        pen.line((*room.at(x0 + 20, y1 - 12), *room.at(x1 - 20, y0 + 12)), fill=60, width=5)

    (odd,) = room.read(room.filled({"four": "ウ"}, draw=strokes))
    assert odd.answers["number"].text is None, "the ones are missing"
    assert odd.answers["four"].text is None, "struck out"


def test_a_rubbed_out_circle_does_not_count_beside_a_dark_one(room: Class) -> None:
    page = room.filled({"four": "エ", "long": "イ"}, gray=225)
    pen = ImageDraw.Draw(page)
    for name, text in (("four", "ア"), ("long", "カ")):
        circle = next(c for c in room.bubbles[name].circles if c.text == text)
        (x, y), r = room.at(circle.x, circle.y), room.bubbles[name].radius * 0.85
        pen.ellipse((x - r, y - r, x + r, y + r), fill=50)
    (sheet,) = room.read(page)
    assert (sheet.answers["four"].text, sheet.answers["long"].text) == ("ア", "カ")


def test_a_sheet_without_circles_is_read_as_handwriting(tmp_path: Path) -> None:
    """The print is the witness: on the teacher's own copies nobody has printed circles, whatever the setup says."""
    room = Class(tmp_path, printed=False)
    page = np.array(room.pages[0])
    for name in ("four", "long"):
        box = BOXES[name][0]
        x0, y0 = room.at(box[0], box[1])
        x1, y1 = room.at(box[2], box[3])
        answer(page, (round(x0), round(y0), round(x1), round(y1)), 80, np.random.default_rng(5), most=3)
    (sheet,) = room.read(Image.fromarray(page))
    assert sheet.answers["square"] == Answer("", 1.0)
    assert sheet.answers["four"].text != "", "writing is never called empty"


def test_two_papers_filled_in_alike_are_two_papers(room: Class) -> None:
    """Named sheets have nothing of their own but circles: two pupils who are right everywhere are not one sheet scanned twice."""
    both = room.read(room.filled(SAID), room.filled(SAID, page=1), room.filled(SAID), seeds=(3, 4, 3))
    traces = {at: one.trace for at, one in enumerate(both)}
    assert duplicates(traces, {at: one.code for at, one in enumerate(both)}) == {2: 0}


BOX = st.tuples(st.integers(0, 400), st.integers(0, 400), st.integers(20, 900), st.integers(20, 400))


@given(BOX, st.sampled_from(["アイウエ", "ア-コ", "○×", "0-9", "0-99", "0-999", "ア-ソ"]))
def test_circles_lie_in_their_box_and_apart(box: tuple[int, int, int, int], alphabet: str) -> None:
    x, y, wide, high = box
    found = fitting((x, y, x + wide, y + high), alphabet)
    if found is None:
        assert min(wide, high) < 2000, "there is no room"
        return
    circles, r = found.circles, found.radius
    assert r >= LEAST and all(x + r < c.x < x + wide - r and y + r < c.y < y + high - r for c in circles)
    for at, one in enumerate(circles):
        for other in circles[at + 1 :]:
            assert np.hypot(one.x - other.x, one.y - other.y) > 2.3 * r
    if len(found.groups) == 1:
        assert len({c.text for c in circles}) == len(circles)


def test_a_large_box_has_large_circles_in_one_line() -> None:
    found = laid_out((0, 0, 400, 90), list("アイウエ"))
    assert found is not None and len({c.y for c in found.circles}) == 1
    assert [c.text for c in sorted(found.circles, key=lambda c: c.x)] == list("アイウエ")
    assert laid_out((0, 0, 30, 30), list("アイウエ")) is None
    assert Circle("ア", 1, 2).text == "ア"


# --- set-up and printing ------------------------------------------------------------------------------------------------
def row(**more: Any) -> dict[str, Any]:
    return {**QUESTIONS[0], **more}


def test_the_setup_says_where_circles_have_no_room() -> None:
    (asked,) = checked([row(bubbles=True)], (1654, 2339))
    assert asked.bubbles and asked.plain()["bubbles"] is True
    (words,) = checked([row(bubbles=True, kind="writing")], (1654, 2339))
    assert not words.bubbles, "words have no circles"
    with pytest.raises(SetupRefused, match="マーク欄が枠に入りません"):
        checked([row(bubbles=True, box=[100, 100, 150, 150], alphabet="ア-ソ")], (1654, 2339))


@pytest.mark.django_db
def test_what_is_printed_is_what_is_read(world: World, client_for: Callable[..., Client], tmp_path: Path) -> None:
    """The page of a class: circles stand in the box of the question that has them, and the eye is told the same places."""
    set_scope(municipalities=[world.municipality("A")], side="school")
    an_assessment(world, timezone.now())
    blank = blank_of(tmp_path)
    Assessment.objects.filter(pk=ASSESSMENT).update(
        blank=files.keep(blank.pdf), picture=files.keep(blank.picture), width=blank.size[0], height=blank.size[1]
    )
    asked = [
        row(id="q1", box=list(BOXES["four"][0]), bubbles=True),
        row(id="q2", label="(2)", box=list(BOXES["long"][0])),
    ]
    Edition.objects.filter(assessment=ASSESSMENT).update(questions=asked)
    path = tmp_path / "all.pdf"
    path.write_bytes(client_for("a1-homeroom").get(f"/marking/sittings/{SITTING}/sheets/").content)
    edition = Edition.objects.get(assessment=ASSESSMENT)
    leaves = leaves_of((), *blank.size)
    kept = tmp_path / "blank.pdf"
    kept.write_bytes(blank.pdf)
    faces = faces_of(blank.picture, leaves)
    exam, _ = exam_of(edition, kept, leaves[0], leaves, faces)
    assert [one.bubbles is not None for one in exam.questions] == [True, False]
    reader = Reader(exam)
    pile = pdf(tmp_path / "scan.pdf", [scan(read_page(path, 0).gray, BY_NAME["feeder"], 3)[0]])
    assert reader.read(pile, 0).answers["q1"] == Answer("", 1.0), "the circles are seen, and none is filled in"
    before = cells_of(edition)
    edition.questions = [asked[0] | {"bubbles": False}, asked[1]]
    assert cells_of(edition) != before, "pages that were read are read anew"
