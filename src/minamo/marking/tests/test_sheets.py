"""用紙を印刷する: what is printed, written on and scanned is laid back onto the blank, and its code says whose it is."""

import dataclasses
import io
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pikepdf
import pypdfium2
import pytest
from django.test import Client
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageDraw

from minamo.access.api import set_scope
from minamo.kernel import files
from minamo.marking.blank import Blank, take_in
from minamo.marking.leaves import leaves_of
from minamo.marking.models import Assessment, Edition, Sitting
from minamo.marking.pile import Codes, Exam, Question, Reader
from minamo.marking.queries import scans
from minamo.marking.sheet_codes import code_of, of_sitting, whose, words_of
from minamo.marking.sheet_values import Printed
from minamo.marking.sheets import Face, faces_of, print_sheets
from minamo.marking.tests.papers import BY_NAME, pdf
from minamo.marking.views.setup import sheets as view
from minamo.marking.vision.align import OK, scanned
from minamo.marking.vision.duplicates import duplicates, likeness
from minamo.marking.vision.form import DPI, EDGE, QUIET, RADIUS, Placing, code_box, kept_free, number_marks, placing
from minamo.marking.vision.ingest import lay_printed
from minamo.marking.vision.markers import read_marked
from minamo.marking.vision.pages import count_pages, read_page
from minamo.marking.vision.printed import filled_number
from minamo.marking.vision.template import prepare
from tests.fixtures.assessments import ASSESSMENT, SITTING, an_assessment
from tests.fixtures.papers.canvas import Sheet
from tests.fixtures.papers.layouts import FAMILIES
from tests.fixtures.papers.pupils import answer
from tests.fixtures.papers.scanner import scan
from tests.fixtures.world import World

SITTING_OF, HANA, SORA = uuid.UUID(int=1), uuid.UUID(int=2), uuid.UUID(int=3)


def taken(sheet: Sheet, tmp_path: Path) -> Blank:
    path = tmp_path / "用紙.pdf"
    sheet.page.save(path, "PDF", resolution=DPI)
    return take_in(path)


def printed(blank: Blank, tmp_path: Path, pages: list[Printed]) -> Path:
    path = tmp_path / "印刷.pdf"
    path.write_bytes(print_sheets(blank.pdf, faces(blank), pages, "用紙"))
    return path


def faces(blank: Blank) -> tuple[Face, ...]:
    return faces_of(blank.picture, leaves_of(blank.leaves, *blank.size))


def placed(blank: np.ndarray, placing: Placing) -> np.ndarray:
    """The blank as it stands on the printed sheet, without squares and code."""
    moved, size = np.array(placing.matrix()[:2], np.float64), (blank.shape[1], blank.shape[0])
    return np.asarray(cv2.warpAffine(blank, moved, size, flags=cv2.INTER_AREA, borderValue=255))


def place_of(blank: Blank) -> Placing:
    return faces(blank)[0].placed


def gray_of(picture: bytes) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(picture)).convert("L"))


@pytest.mark.parametrize("family", ["grid", "table", "steps", "vertical"])
@pytest.mark.parametrize("case", ["feeder", "upside", "copy93", "phone3"])
def test_a_printed_and_scanned_sheet_is_laid_back_onto_the_blank(family: str, case: str, tmp_path: Path) -> None:
    sheet = FAMILIES[family](71)
    blank = taken(sheet, tmp_path)
    place = place_of(blank)
    page = read_page(printed(blank, tmp_path, [Printed(code_of(SITTING_OF, HANA), "5年1組　1番　高橋 花")]), 0).gray
    assert abs(page.shape[1] - blank.size[0]) <= 1 and abs(page.shape[0] - blank.size[1]) <= 1
    picture, truth = scan(page, BY_NAME[case], 5)
    marked = read_marked(picture, blank.size)
    assert marked is not None and whose(SITTING_OF, [SORA, HANA])[marked.payload] == HANA
    laid = lay_printed(prepare(gray_of(blank.picture)), np.eye(3), place, picture, scanned(picture))
    assert laid.status == OK
    points = np.array([(x, y) for box in sheet.answers for x in box[::2] for y in box[1::2]], np.float64).reshape(
        -1, 1, 2
    )
    there = cv2.perspectiveTransform(points, truth @ np.array(place.matrix()))
    assert laid.homography is not None
    here = cv2.perspectiveTransform(points, laid.homography)
    assert np.abs(here - there).max() < 8, "a millimetre"


def test_a_blank_with_print_in_the_corners_makes_room_and_another_stays_as_it_is(tmp_path: Path) -> None:
    titled = taken(FAMILIES["grid"](71), tmp_path)  # its title stands in the corner
    place = place_of(titled)
    assert place != Placing() and 0.8 < place.scale <= 1
    moved = placed(gray_of(titled.picture), place)
    assert all((moved[area[1] : area[3], area[0] : area[2]] < 170).sum() < 12 for area in kept_free(titled.size))
    roomy = Sheet("roomy")
    roomy.frame((300, 300, 1300, 900))
    assert place_of(taken(roomy, tmp_path)) == Placing()
    assert place_of(taken(Sheet("empty"), tmp_path)) == Placing()


@given(st.tuples(st.integers(1000, 3000), st.integers(1000, 3000)), st.tuples(*[st.floats(0, 1)] * 4))
def test_room_is_always_made(size: tuple[int, int], shares: tuple[float, float, float, float]) -> None:
    x0, y0 = int(shares[0] * (size[0] - 2)), int(shares[1] * (size[1] - 2))
    ink = (x0, y0, x0 + 1 + int(shares[2] * (size[0] - x0 - 1)), y0 + 1 + int(shares[3] * (size[1] - y0 - 1)))
    place = placing(size, False, ink)
    left, top, right, low = (
        place.scale * value + shift for value, shift in zip(ink, (place.x, place.y) * 2, strict=True)
    )
    strip = kept_free(size)[4]
    assert 0 < place.scale <= 1
    assert left >= EDGE - 1 and right <= size[0] - EDGE + 1 and low <= strip[1] + 1
    assert top >= kept_free(size)[0][3] - 1


def test_nothing_stands_where_printers_leave_white(tmp_path: Path) -> None:
    for size in ((1654, 2339), (2866, 2024), (1433, 2024)):
        x0, _, x1, y1 = code_box(size)
        assert size[1] - (y1 - QUIET) >= EDGE - 1 and x0 > 0 and x1 < size[0]
        assert all(y - RADIUS + 1 > EDGE and y + RADIUS <= size[1] - EDGE for row in number_marks(size) for _, y in row)
        assert all(x + RADIUS < x0 for row in number_marks(size) for x, _ in row)


@pytest.mark.parametrize("case", ["straight", "feeder", "upside", "faint", "phone3"])
def test_a_filled_in_number_is_read_and_doubt_is_none(case: str, tmp_path: Path) -> None:
    blank = taken(FAMILIES["steps"](71), tmp_path)
    path = printed(blank, tmp_path, [Printed(code_of(SITTING_OF, None), "5年1組", number=True)])
    marks = number_marks(blank.size)
    for filled, wanted in (
        ([(0, 1), (1, 7)], 17),
        ([(0, 0), (1, 3)], 3),
        ([], None),
        ([(0, 1)], None),
        ([(0, 1), (1, 2), (1, 5)], None),
    ):
        page = Image.fromarray(read_page(path, 0).gray)
        pen = ImageDraw.Draw(page)
        for place, digit in filled:
            x, y = marks[place][digit]
            pen.ellipse((x - RADIUS + 2, y - RADIUS + 3, x + RADIUS - 1, y + RADIUS - 2), fill=70)
        picture, _ = scan(np.asarray(page), BY_NAME[case], 3)
        found = read_marked(picture, blank.size)
        assert found is not None and of_sitting(found.payload, SITTING_OF)
        assert filled_number(picture, found.homography, blank.size) == wanted, (filled, case)


def test_a_code_says_nothing_and_belongs_to_one_pupil_of_one_sitting() -> None:
    codes = {
        code_of(sitting, pupil, leaf)
        for sitting in (SITTING_OF, HANA)
        for pupil in (HANA, SORA, None)
        for leaf in (0, 1)
    }
    assert len(codes) == 12
    assert all(len(code) == 18 and code.isalnum() and code.isupper() for code in codes), (
        "a small code of letters and digits"
    )
    known = whose(SITTING_OF, iter([SORA, HANA]))
    assert known[code_of(SITTING_OF, HANA)] == HANA
    assert code_of(SORA, HANA) not in known and "" not in known
    assert not of_sitting(code_of(SITTING_OF, HANA), SITTING_OF)
    assert whose(SITTING_OF, [SORA, HANA], 1)[code_of(SITTING_OF, HANA, 1)] == HANA
    assert code_of(SITTING_OF, HANA, 1) not in known, "a page says which one it is"


def test_old_sheets_are_known_after_the_secret_was_changed(settings: Any) -> None:
    code, before = code_of(SITTING_OF, HANA), settings.SECRET_KEY
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "another" * 8, [before]
    assert code_of(SITTING_OF, HANA) != code
    assert whose(SITTING_OF, [SORA, HANA])[code] == HANA
    assert words_of(SITTING_OF, HANA) == [code_of(SITTING_OF, HANA), code]


@pytest.mark.parametrize("family", ["grid", "vertical", "dashed"])
def test_the_pile_knows_whose_a_printed_sheet_is(family: str, tmp_path: Path) -> None:
    """Also where nothing is written in the box of the number, and whatever somebody wrote there."""
    sheet = FAMILIES[family](71)
    blank = taken(sheet, tmp_path)
    kept = tmp_path / "blank.pdf"
    kept.write_bytes(blank.pdf)
    pages = [
        Printed(code_of(SITTING_OF, HANA), "花"),
        Printed(code_of(SITTING_OF, None), "", number=True),
        Printed(code_of(SORA, HANA), "花"),
        Printed(code_of(SITTING_OF, SORA), "空"),
    ]
    path = printed(blank, tmp_path, pages)
    codes = Codes(
        {code_of(SITTING_OF, HANA): 12, code_of(SITTING_OF, SORA): None},
        code_of(SITTING_OF, None),
        place_of(blank),
    )
    cells = tuple(Question(one.id, one.box) for one in blank.questions)
    reader = Reader(Exam(kept, cells, blank.number, (3, 12), codes))
    scans = []
    for at in range(4):
        page = Image.fromarray(read_page(path, at).gray)
        if at == 1:
            for x, y in (number_marks(blank.size)[0][0], number_marks(blank.size)[1][3]):
                ImageDraw.Draw(page).ellipse((x - RADIUS + 2, y - RADIUS + 2, x + RADIUS - 2, y + RADIUS - 2), fill=60)
        scans.append(scan(np.asarray(page), BY_NAME["upside" if at else "feeder"], at)[0])
    pile = pdf(tmp_path / "scan.pdf", scans)
    seen = [reader.read(pile, at) for at in range(4)]
    assert [one.status for one in seen] == [OK] * 4
    assert [one.numbers for one in seen] == [(("12", 1.0),), (("3", 1.0),), (), ()], (
        "a sheet of another test says nothing"
    )
    # In a class that gives no numbers (教科の学級) the code itself says whose it is.
    assert [one.code for one in seen] == [code_of(SITTING_OF, HANA), "", "", code_of(SITTING_OF, SORA)]


def test_printed_sheets_with_little_writing_are_not_taken_for_one_paper(tmp_path: Path) -> None:
    """Squares, code and name are on all of them; the same paper scanned twice is still seen."""
    sheet = FAMILIES["grid"](71)
    blank = taken(sheet, tmp_path)
    kept = tmp_path / "blank.pdf"
    kept.write_bytes(blank.pdf)
    words = {code_of(SITTING_OF, pupil): number for number, pupil in ((1, HANA), (2, SORA))}
    path = printed(blank, tmp_path, [Printed(code, f"{number}番") for code, number in words.items()])
    place = place_of(blank)
    reader = Reader(Exam(kept, (), None, (1, 2), Codes(words, "", place)))
    shots = []
    for at, seed in ((0, 1), (1, 2), (0, 3)):
        page = np.array(read_page(path, at).gray)
        for box in sheet.answers[:20]:
            x0, y0, x1, y1 = (round(place.scale * v + s) for v, s in zip(box, (place.x, place.y) * 2, strict=True))
            answer(page, (x0, y0, x1, y1), 80, np.random.default_rng((at, x0, y0)), most=2)
        shots.append(scan(page, BY_NAME["feeder"], seed)[0])
    pile = pdf(tmp_path / "scan.pdf", shots)
    traces = {at: one for at in range(3) if (one := reader.read(pile, at).trace) is not None}
    assert len(traces) == 3
    assert likeness(traces[0], traces[1]) < 0.6, "two pupils"
    assert duplicates(traces) == {2: 0}


# --- the page -----------------------------------------------------------------------------------------------------------
@pytest.fixture
def kept(db: None, world: World, tmp_path: Path) -> Blank:
    """A test of a1-1 with a real blank."""
    set_scope(municipalities=[world.municipality("A")], side="school")
    an_assessment(world, timezone.now())
    blank = taken(FAMILIES["grid"](71), tmp_path)
    Assessment.objects.filter(pk=ASSESSMENT).update(
        blank=files.keep(blank.pdf), picture=files.keep(blank.picture), width=blank.size[0], height=blank.size[1]
    )
    Edition.objects.filter(assessment=ASSESSMENT).update(number_box=blank.number, name_box=blank.name)
    return blank


def in_box(path: Path, at: int, blank: Blank, box: Any) -> str:
    """What stands in a box of the blank on a printed page."""
    document, place = pypdfium2.PdfDocument(path), place_of(blank)
    x0, y0, x1, y1 = (
        (value * place.scale + add) * 72 / DPI for value, add in zip(box, (place.x, place.y) * 2, strict=True)
    )
    page = document[at]
    text = page.get_textpage().get_text_bounded(x0, page.get_height() - y1, x1, page.get_height() - y0)
    document.close()
    return text.replace(" ", "")


def test_one_sheet_per_pupil_in_class_order(
    world: World, client_for: Callable[..., Client], kept: Blank, tmp_path: Path
) -> None:
    teacher, where = client_for("a1-homeroom"), f"/marking/sittings/{SITTING}/sheets/"
    answer = teacher.get(where)
    assert answer["Content-Type"] == "application/pdf"
    path = tmp_path / "all.pdf"
    path.write_bytes(answer.content)
    assert count_pages(path) == 3
    for at, name in enumerate(("hana", "sora", "ren")):
        found = read_marked(read_page(path, at).gray, kept.size)
        assert found is not None
        assert whose(SITTING, [world.pupil(one) for one in ("ren", "sora", "hana")])[found.payload] == world.pupil(name)
    with pikepdf.open(path) as book:
        blanks = {page.resources.XObject.Blank.objgen for page in book.pages}
        assert len(blanks) == 1, "the blank lies in the file once"
    there = [(in_box(path, at, kept, kept.number), in_box(path, at, kept, kept.name)) for at in range(3)]
    wanted = scans.children(Sitting.objects.get(pk=SITTING))
    assert there == [(str(one.number), one.name.replace(" ", "")) for one in wanted], "nobody writes them by hand"
    unnamed = teacher.get(where, {"kind": "number"})
    path.write_bytes(unnamed.content)
    found = read_marked(read_page(path, 2).gray, kept.size)
    assert found is not None and of_sitting(found.payload, SITTING)
    assert in_box(path, 2, kept, kept.name) == in_box(path, 2, kept, kept.number) == ""


def test_a_class_without_numbers_is_printed_in_the_order_of_the_owners_page(
    world: World, client_for: Callable[..., Client], kept: Blank, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """教科の学級: the roster of the class is in no order and gives no numbers; number and order come from the homerooms."""
    row = Sitting.objects.select_related("school_class").get(pk=SITTING)
    there = scans.roster_of_class(row.school_class_id, row.held_on)

    def bare(*given: Any) -> list[Any]:
        return [dataclasses.replace(one, number=None) for one in reversed(there)]

    monkeypatch.setattr(scans, "roster_of_class", bare)
    monkeypatch.setattr(view, "roster_of_class", bare, raising=False)
    wanted = [one.pupil for one in scans.children(row)]
    assert wanted != [one.pupil_id for one in bare()] and len(wanted) == 3
    path = tmp_path / "all.pdf"
    path.write_bytes(client_for("a1-homeroom").get(f"/marking/sittings/{SITTING}/sheets/").content)
    codes = [read_marked(read_page(path, at).gray, kept.size) for at in range(3)]
    assert [whose(SITTING, wanted)[one.payload] for one in codes if one] == wanted
    document = pypdfium2.PdfDocument(path)
    words = [document[at].get_textpage().get_text_range() for at in range(3)]
    document.close()
    assert all(f"{one.number}番" in text.replace(" ", "") for one, text in zip(scans.children(row), words, strict=True))


def test_who_may_print(world: World, client_for: Callable[..., Client], kept: Blank) -> None:
    where = f"/marking/sittings/{SITTING}/sheets/"
    for name in ("a1-homeroom2", "a1-nurse", "a2-head", "b1-head", "a-board", "takahashi-mother", "pupil-hana"):
        assert client_for(name).get(where).status_code in {403, 404}, name
    assert Client().get(where).status_code in {302, 401}
