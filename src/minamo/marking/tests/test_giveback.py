"""返却: the scan stays byte for byte what it was, and every mark stands in its box, however the page was fed."""

import io
import math
from pathlib import Path

import cv2
import numpy as np
import pikepdf
import pypdfium2
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageDraw

from minamo.marking.analysis.values import Item
from minamo.marking.giveback import Heading, Marked, Placed, give_back
from minamo.marking.giveback.places import belongs, outline, placed
from minamo.marking.giveback.values import PARTIAL, RIGHT, WRONG
from minamo.marking.overlay import figures
from minamo.marking.seats import seat
from minamo.marking.tests.papers import BY_NAME, filled, pdf
from minamo.marking.vision.boxes import Found
from minamo.marking.vision.letters import Letter
from minamo.marking.vision.score import score_box
from tests.fixtures.papers.canvas import font
from tests.fixtures.papers.layouts import FAMILIES
from tests.fixtures.papers.pupils import write
from tests.fixtures.papers.scanner import enlarged, scan, similar

SHEET = FAMILIES["grid"](31)
SIZE = (SHEET.size[0], SHEET.size[1])


def marks(sheet=SHEET):
    verdicts = (RIGHT, WRONG, PARTIAL)
    return tuple(
        Placed(tuple(map(float, box)), verdicts[at % 3], (3, 0, 1)[at % 3]) for at, box in enumerate(sheet.boxes)
    )


def marked(scan: Path, index: int, matrix, sheet=SHEET, **more) -> Marked:
    return Marked(scan, index, np.asarray(matrix, float), sheet.size, more.pop("marks", marks(sheet)), **more)


def pictures(data: bytes) -> list[bytes]:
    """Coded bytes of the scan of each page."""
    with pikepdf.open(io.BytesIO(data)) as book:
        return [page.Resources.XObject.Scan.read_raw_bytes() for page in book.pages]


def coded(path: Path) -> list[bytes]:
    with pikepdf.open(path) as book:
        return [next(iter(page.get_images().values())).read_raw_bytes() for page in book.pages]


def drawn(data: bytes, page: int = 0) -> np.ndarray:
    """The page in colour at 200 dpi."""
    document = pypdfium2.PdfDocument(data)
    picture = document[page].render(scale=200 / 72, rev_byteorder=True).to_numpy()[..., :3]
    document.close()
    return np.asarray(picture)


def text_of(data: bytes) -> str:
    document = pypdfium2.PdfDocument(data)
    text = document[0].get_textpage().get_text_range()
    document.close()
    return text


def red(picture: np.ndarray) -> np.ndarray:
    r, g, b = (picture[..., at].astype(int) for at in range(3))
    return (r - np.maximum(g, b)) > 60


@pytest.mark.parametrize("case", ["feeder", "upside", "left", "right", "crooked", "copy82", "phone8"])
def test_marks_stand_in_their_boxes(tmp_path, case):
    """Red only inside boxes: the drawn page laid back onto the blank shows every mark in its box and nowhere else."""
    picture, truth = filled(SHEET, case, 5)
    scan = pdf(tmp_path / "scan.pdf", [picture])
    data = give_back([marked(scan, 0, truth)])
    assert pictures(data) == coded(scan)
    page = drawn(data)
    back = upright(page, truth, picture.shape)
    ink = red(
        cv2.warpPerspective(page, back, SIZE, flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP, borderValue=(255,) * 3)
    )
    outside = ink.copy()
    for box in SHEET.boxes:
        inner = ink[box[1] : box[3], box[0] : box[2]]
        assert inner.sum() > 60, box
        outside[box[1] - 3 : box[3] + 3, box[0] - 3 : box[2] + 3] = False
    assert outside.sum() == 0


def upright(page: np.ndarray, truth: np.ndarray, shape: tuple[int, ...], size=SIZE) -> np.ndarray:
    """Blank → pixels of the drawn page, worked out anew: quarter turns and one scale are all that may have happened."""
    best, height, width = None, shape[0], shape[1]
    across = truth @ [size[0] / 2 + 50, size[1] / 2, 1]
    here = truth @ [size[0] / 2, size[1] / 2, 1]
    step = across[:2] / across[2] - here[:2] / here[2]
    turns = {(1, 0): 0, (0, 1): 1, (-1, 0): 2, (0, -1): 3}[
        tuple(np.where(abs(step) == abs(step).max(), np.sign(step), 0).astype(int))
    ]
    square = [(0, 0), (width, 0), (width, height), (0, height)]
    target = [(0, 0), (page.shape[1], 0), (page.shape[1], page.shape[0]), (0, page.shape[0])]
    best = cv2.getPerspectiveTransform(np.float32(square), np.float32(np.roll(target, turns, axis=0)))
    return best @ truth


def test_a_turned_page_comes_back_upright_and_true_to_size(tmp_path):
    """An A3 enlargement fed sideways is given back as A4 paper, standing."""
    picture, truth = enlarged(SHEET.image, 1.414, 3)
    turned = np.ascontiguousarray(np.rot90(picture, -1))
    quarter = np.array([[0, -1, picture.shape[0] - 1], [1, 0, 0], [0, 0, 1.0]])
    scan = pdf(tmp_path / "scan.pdf", [turned])
    with pikepdf.open(io.BytesIO(give_back([marked(scan, 0, quarter @ truth)]))) as book:
        left, low, right, high = (float(value) for value in book.pages[0].mediabox)
    assert (right - left, high - low) == pytest.approx((SIZE[0] * 0.36, SIZE[1] * 0.36), rel=0.01)


def test_points_are_text_and_the_total_too(tmp_path):
    picture, truth = filled(SHEET, "feeder", 5)
    scan = pdf(tmp_path / "scan.pdf", [picture])
    heading = Heading(
        78,
        100,
        (("知識・技能", 50, 60), ("思考・判断・表現", 28, 40)),
        "よくがんばりました。",
        "たいへん\nよくできました",
    )
    one = Placed(tuple(map(float, SHEET.boxes[0])), PARTIAL, 7, "単位を書きましょう")
    data = give_back([marked(scan, 0, truth, marks=(one,), heading=heading)], title="社会")
    text = text_of(data)
    for words in (
        "78",
        "/ 100",
        "知識・技能",
        "50",
        "28",
        "よくがんばりました。",
        "単位を書きましょう",
        "よくできました",
        "7",
    ):
        assert words in text


@pytest.mark.parametrize(
    ("degrees", "shift"), [(0, (0, 0)), (0, (16, -16)), (1.6, (16, -16)), (-1.6, (16, 16)), (1.6, (-16, -94)), (0, (94, 0))]
)  # fmt: skip
def test_no_letter_stands_off_the_paper(tmp_path, degrees, shift):
    """Name, 観点, stamp and comment of a page the feeder took a little aside: every letter lies on the page, with room to its edge."""
    width, height = SHEET.size
    truth = similar(width, height, degrees, 1, *shift)
    page = np.full((height, width), 255, np.uint8)
    last = (width - 320.0, height - 170.0, width - 50.0, height - 60.0)
    cv2.rectangle(page, (int(last[0]), int(last[1])), (int(last[2]), int(last[3])), 0, 3)
    file = pdf(tmp_path / "scan.pdf", [cv2.warpPerspective(page, truth, (width, height), borderValue=255)])
    parts = (("知識・技能", 36, 58), ("思考・判断・表現", 4, 10))
    note = Placed(last, RIGHT, 2, "よく考えました。", ("よくできました",), name="大問1 (1)")
    one = marked(file, 0, truth, marks=(note,), heading=Heading(40, 68, parts, "24番　藤田 涼太"))
    document = pypdfium2.PdfDocument(give_back([one]))
    (wide, high), text = document[0].get_size(), document[0].get_textpage()
    letters = [(text.get_text_range(at, 1), text.get_charbox(at)) for at in range(text.count_chars())]
    shown = [(letter, box) for letter, box in letters if letter.strip()]
    off = [(letter, box) for letter, box in shown
           if min(box[:2]) < 2 or box[2] > wide - 2 or box[3] > high - 2]  # fmt: skip
    document.close()
    assert "4/10" in "".join(letter for letter, _ in shown)
    assert not off


def test_the_order_is_the_callers_and_pages_bring_no_neighbours(tmp_path):
    """One child's PDF holds one child's scan, though the pile holds all."""
    pages = [filled(SHEET, "feeder", seed) for seed in (1, 2, 3)]
    scan = pdf(tmp_path / "scan.pdf", [page for page, _ in pages])
    originals = coded(scan)
    data = give_back([marked(scan, at, pages[at][1]) for at in (2, 0)])
    assert pictures(data) == [originals[2], originals[0]]
    alone = give_back([marked(scan, 1, pages[1][1])])
    assert originals[1] in alone
    assert originals[0] not in alone
    assert originals[2] not in alone
    assert len(alone) < len(originals[1]) + 120_000


def shared_resources(path: Path, jpegs: list[bytes], size: tuple[int, int], extra: bytes = b"") -> Path:
    """A copier's PDF whose pages all name the pictures of the whole pile in one shared list."""
    book = pikepdf.new()
    images = pikepdf.Dictionary()
    for at, jpeg in enumerate(jpegs):
        made = pikepdf.Stream(book, b"")
        made.write(jpeg, filter=pikepdf.Name.DCTDecode)
        made.Type, made.Subtype, made.Width, made.Height = pikepdf.Name.XObject, pikepdf.Name.Image, *size
        made.ColorSpace, made.BitsPerComponent = pikepdf.Name.DeviceGray, 8
        images[f"/Im{at}"] = book.make_indirect(made)
    resources = book.make_indirect(pikepdf.Dictionary(XObject=images))
    for at in range(len(jpegs)):
        page = book.add_blank_page(page_size=(size[0] * 0.36, size[1] * 0.36))
        page.Resources = resources
        page.Contents = book.make_stream(
            f"q {size[0] * 0.36} 0 0 {size[1] * 0.36} 0 0 cm /Im{at} Do Q ".encode() + extra
        )
    book.save(path)
    return path


@pytest.mark.parametrize("extra", [b"", b"0 0 1 RG 40 40 m 300 40 l S"])
def test_a_shared_list_of_pictures_gives_nobody_elses_away(tmp_path, extra):
    """Also when the page holds a drawn line and is taken over whole."""
    jpegs, truths = [], []
    for seed in (1, 2, 3):
        picture, truth = filled(SHEET, "feeder", seed)
        jpegs.append(bytes(cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, 60])[1]))
        truths.append(truth)
    scan = shared_resources(tmp_path / "scan.pdf", jpegs, SIZE, extra)
    data = give_back([marked(scan, 1, truths[1])])
    assert jpegs[1] in data
    assert jpegs[0] not in data
    assert jpegs[2] not in data
    assert red(drawn(data)).sum() > 1000


@pytest.mark.parametrize("turn", [1, 3, 6, 8])
def test_a_phone_picture_keeps_its_code_and_loses_its_place(tmp_path, turn):
    """EXIF turns are honoured; where and with what the picture was taken stays at home."""
    picture, truth = filled(SHEET, "straight", 4)
    stored = {1: picture, 3: np.rot90(picture, 2), 6: np.rot90(picture), 8: np.rot90(picture, -1)}[turn]
    exif = Image.Exif()
    exif[0x0112], exif[0x010F] = turn, "SecretPhone"
    path = tmp_path / "page.jpg"
    Image.fromarray(np.ascontiguousarray(stored)).save(path, exif=exif, quality=70, comment=b"at home")
    data = give_back([marked(path, 0, truth)])
    (kept,) = pictures(data)
    assert b"SecretPhone" not in kept
    assert b"at home" not in kept
    original = path.read_bytes()
    assert kept[kept.index(b"\xff\xdb") :] == original[original.index(b"\xff\xdb") :]
    page = drawn(data)
    seen = cv2.resize(
        cv2.cvtColor(page, cv2.COLOR_RGB2GRAY),
        (picture.shape[1] // 8, picture.shape[0] // 8),
        interpolation=cv2.INTER_AREA,
    )
    expected = cv2.resize(picture, (picture.shape[1] // 8, picture.shape[0] // 8), interpolation=cv2.INTER_AREA)
    assert np.corrcoef(seen.ravel(), expected.ravel())[0, 1] > 0.8


def test_a_png_loses_nothing(tmp_path):
    picture, truth = filled(SHEET, "feeder", 6)
    path = tmp_path / "page.png"
    Image.fromarray(picture).save(path)
    with pikepdf.open(io.BytesIO(give_back([marked(path, 0, truth)]))) as book:
        assert book.pages[0].Resources.XObject.Scan.read_bytes() == picture.tobytes()


def test_refusals(tmp_path):
    with pytest.raises(ValueError, match="nothing"):
        give_back([])
    with pytest.raises(ValueError, match="verdict"):
        Placed((0, 0, 1, 1), "maybe")
    scan = pdf(tmp_path / "scan.pdf", [filled(SHEET, "feeder", 5)[0]])
    with pytest.raises(ValueError, match="homography"):
        give_back([marked(scan, 0, np.zeros((3, 3)) + np.diag([0, 0, 1.0]))])


def test_long_boxes_hold_their_marks_too():
    for box in [(0, 0, 900, 60), (0, 0, 60, 900), (5, 5, 45, 45), (0, 0, 400, 300), (0, 0, 90, 30)]:
        x, y, radius = seat(box)
        assert box[0] <= x - radius, box
        assert x + radius <= box[2], box
        assert box[1] <= y - radius, box
        assert y + radius <= box[3], box


def test_the_same_again_is_the_same_file(tmp_path):
    """Nothing of the moment or the machine is in the file."""
    assert BY_NAME["feeder"]
    picture, truth = filled(SHEET, "feeder", 5)
    scan = pdf(tmp_path / "scan.pdf", [picture])
    assert give_back([marked(scan, 0, truth)]) == give_back([marked(scan, 0, truth)])


UNITS = ("世紀", "条", "歳以上", "km")
FONT = font(30)


def with_units(sheet):
    """A filled sheet on which the boxes print a unit in their corner, and the longest of them are written full."""
    image = Image.fromarray(write(sheet, 3, number="3")[0])
    pen = ImageDraw.Draw(image)
    for at, box in enumerate(sheet.boxes):
        unit = UNITS[at % 4]
        if box[2] - box[0] > 130:
            pen.text((box[2] - 12 - pen.textlength(unit, FONT), box[3] - 44), unit, fill=20, font=FONT)
    return np.asarray(image)


@pytest.mark.parametrize(("family", "case"), [("grid", "feeder"), ("grid", "upside"), ("vertical", "feeder")])
def test_points_and_signs_lie_beside_print_and_writing(tmp_path, family, case):
    """Of the red of a page hardly anything lies on what is printed or written, however it was fed."""
    sheet = FAMILIES[family](31)
    paper = with_units(sheet)
    picture, truth = scan(paper, BY_NAME[case], 5)
    file = pdf(tmp_path / "scan.pdf", [picture])
    shown = drawn(give_back([marked(file, 0, truth, sheet, marks=marks(sheet))]))
    there = upright(shown, truth, picture.shape, sheet.size)
    back = cv2.warpPerspective(
        shown, there, sheet.size, flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP, borderValue=(255,) * 3
    )
    colour, ink = red(back), paper < 110
    on_ink = [int((colour & ink)[b[1] + 9 : b[3] - 9, b[0] + 9 : b[2] - 9].sum()) for b in sheet.boxes]
    assert colour.sum() > 60 * len(sheet.boxes)
    assert sum(on_ink) < 0.01 * colour.sum(), on_ink


def test_a_full_box_gets_a_plate_and_an_empty_one_its_usual_place():
    box, full = (100.0, 100.0, 400.0, 200.0), np.zeros((300, 500), np.uint8)
    empty = placed(full, box, RIGHT, "3")
    assert (empty.x, empty.y, empty.radius, empty.plate) == (*seat(box), False)
    assert empty.points is not None and not empty.points.plate and empty.points.x > 370 and empty.points.y > 170
    full[::4, ::4] = 1
    crowded = placed(cv2.dilate(full, np.ones((3, 3), np.uint8)), box, WRONG, "12")
    assert crowded.plate and crowded.points is not None and crowded.points.plate


@given(st.lists(st.tuples(st.integers(0, 280), st.integers(0, 90), st.integers(5, 90), st.integers(5, 40)), max_size=6),
       st.sampled_from([RIGHT, PARTIAL, WRONG]), st.sampled_from(["0", "12", "100"]))  # fmt: skip
def test_what_has_no_plate_meets_nothing(blots, sign, points):
    """Whatever is written: a sign or figures without a plate lie on white, and both lie in the box."""
    page, box = np.zeros((300, 500), np.uint8), (100.0, 100.0, 400.0, 200.0)
    for x, y, wide, high in blots:
        page[100 + y : 100 + y + high, 100 + x : 100 + x + wide] = 1
    found = placed(page, box, sign, points)
    line = outline(page.shape, sign, found.x, found.y, found.radius, 3)
    assert found.plate or found.around or not (line & page).any(), "not even a stroke that ends at it"
    assert found.points is not None
    if not found.around:
        assert box[0] <= found.x - found.radius and found.x + found.radius <= box[2]
    wide, high = 0.62 * len(points) * found.points.size * 200 / 72, 0.76 * found.points.size * 200 / 72
    left, top = round(found.points.x - wide / 2), round(found.points.y - high / 2)
    under = page[top : top + round(high), left : left + round(wide)]
    assert found.points.plate or under.sum() <= 0.02 * under.size
    assert box[0] - 1 <= left and left + wide <= box[2] + 1


def test_a_sign_that_steps_aside_stands_clear_of_the_writing():
    """A word fills the place of the ○: it moves to the free end, with its gap between line and writing, not up to the pen's edge."""
    page = np.zeros((200, 700), np.uint8)
    box = (40.0, 40.0, 560.0, 140.0)
    page[60:120, 200:552] = 1
    seat = placed(page, box, RIGHT, "")
    assert not seat.plate and seat.x < 200
    assert 200 - (seat.x + seat.radius) >= 7


@pytest.mark.parametrize("left", [70, 110, 150, 190, 330, 420])
def test_a_circle_is_no_figure_of_the_number_before_it(left: int) -> None:
    """Wherever 「25」 stands in its box, and in the box of the demo: a clear gap of paper; where a small box has no room for it, around it."""
    for box in ((40.0, 40.0, 560.0, 140.0), (40.0, 40.0, 300.0, 130.0), (40.0, 40.0, 190.0, 120.0)):
        page = np.zeros((200, 700), np.uint8)
        at = min(left, int(box[2]) - 84)
        cv2.putText(page, "25", (at, 104), cv2.FONT_HERSHEY_SIMPLEX, 1.6, 1, 4)
        seat = placed(page, box, RIGHT, "2")
        rows = np.flatnonzero(page[round(seat.y - seat.radius) : round(seat.y + seat.radius)].any(axis=0))
        outside = [x for x in rows.tolist() if abs(x - seat.x) > seat.radius]
        clear = not seat.plate and all(abs(x - seat.x) >= seat.radius + 31 for x in outside)
        assert clear or seat.around
        assert not seat.around or box[2] - box[0] < 200, "where there is room it is kept"
    assert not placed(page, box, WRONG, "2").around, "a × is no figure"


def test_a_circle_around_an_answer_has_its_middle_there_and_the_points_outside() -> None:
    """The unit printed behind a number does not belong to it, and a number wider than the ○ may be is crossed by a line, never covered."""
    box = (40.0, 40.0, 190.0, 130.0)
    page = np.zeros((200, 700), np.uint8)
    cv2.putText(page, "75", (54, 106), cv2.FONT_HERSHEY_SIMPLEX, 1.6, 1, 4)
    cv2.putText(page, "cm", (150, 112), cv2.FONT_HERSHEY_SIMPLEX, 0.6, 1, 2)
    written = np.flatnonzero(page[:, :140].any(axis=0))
    seat = placed(page, box, RIGHT, "3")
    assert seat.around and not seat.plate and seat.points is not None
    assert abs(seat.x - (written[0] + written[-1]) / 2) <= 2
    assert seat.y - seat.radius >= box[1] - 7 and seat.y + seat.radius <= box[3] + 7
    assert math.hypot(seat.points.x - seat.x, seat.points.y - seat.y) > seat.radius
    under = outline(page.shape, RIGHT, seat.x, seat.y, seat.radius, 4) & page
    assert under.sum() < 0.2 * page[:, :140].sum()


def test_the_sign_of_a_tall_line_stands_at_one_of_its_ends():
    """Never between two letters: at the foot, in the room the last letter leaves, at the head, or on a plate at the foot."""
    box = (0.0, 0.0, 86.0, 420.0)

    def seated(*rows):
        page = np.zeros((420, 86), np.uint8)
        for begins, ends in rows:
            page[begins:ends, 14:72] = 1
        return placed(page, box, RIGHT, "")

    empty = seated((10, 250))
    assert (empty.x, empty.y, empty.radius, empty.plate) == (*seat(box), False)
    low = seated((10, 350))  # what is left at the foot is too low for the whole ○
    assert low.y - low.radius > 350 and low.radius < empty.radius and not low.plate
    head = seated((80, 230), (290, 412))
    assert head.y + head.radius < 80 and not head.plate, "the room between two letters is no end of the line"
    full = seated((10, 170), (235, 412))
    assert full.plate and full.y > 340 and full.y + full.radius < 420


def test_the_sign_beside_a_cross_or_circle_stands_in_the_same_corner_on_every_paper():
    """Whatever a pupil has drawn into the box, and wherever; a plate where the drawing comes that far."""
    box = (40.0, 40.0, 150.0, 260.0)
    seats = []
    for x, y in ((75, 130), (95, 150), (60, 220), (120, 70)):
        page = np.zeros((300, 200), np.uint8)
        for one, other in (((x - 20, y - 20), (x + 20, y + 20)), ((x + 20, y - 20), (x - 20, y + 20))):
            cv2.line(page, one, other, 1, 4)
        seats.append(placed(page, box, RIGHT, "2", corner=True))
    assert {(one.x, one.y, one.radius) for one in seats} == {seat(box, corner=True)}
    assert [one.plate for one in seats] == [False, False, False, True]
    figure, usual = (figures((Item("q", "1", 2),), (2,), {"q": box}, corners)[0] for corners in (("q",), ()))
    assert (figure.x, figure.y) == (round(seats[0].x, 1), round(seats[0].y, 1)), (
        "the screen has it where the paper has it"
    )
    assert (usual.x, usual.y) != (figure.x, figure.y)
    for odd in [box, (0, 0, 60, 60), (0, 0, 40, 200), (0, 0, 300, 44), (0, 0, 14, 14)]:
        x, y, radius = seat(odd, corner=True)
        assert odd[0] <= x - radius and x + radius <= odd[2] and odd[1] <= y - radius and y + radius <= odd[3], odd


def test_stamps_do_not_lie_across_the_frame(tmp_path):
    """A stamp under its box leaves the lower line of the frame alone."""
    picture, truth = filled(SHEET, "straight", 5)
    file = pdf(tmp_path / "scan.pdf", [picture])
    box = tuple(map(float, SHEET.boxes[0]))
    page = drawn(give_back([marked(file, 0, truth, marks=(Placed(box, stamps=("おしい！",)),))]))
    low = upright(page, truth, picture.shape) @ [box[0], box[3], 1]
    rows = np.flatnonzero(red(page).any(axis=1))
    assert rows.size and rows.min() > low[1] / low[2] + 2


@pytest.mark.parametrize("comment", ["", "ここは、もう一度読み直して、理由を書きましょう。"])
def test_stamps_and_comments_lie_in_no_other_answer(tmp_path, comment):
    """Where the next box begins right below, they stand in the room their own box leaves, and each in a place of its own."""
    page = np.full((900, 1200), 255, np.uint8)
    boxes = [(100.0, 100.0 + 180 * at, 700.0, 270.0 + 180 * at) for at in range(4)]
    for left, top, right, low in boxes:
        cv2.rectangle(page, (int(left), int(top)), (int(right), int(low)), 0, 3)
        cv2.rectangle(page, (int(left) + 24, int(top) + 30), (int(left) + 120, int(low) - 30), 40, 6)
    file = pdf(tmp_path / "scan.pdf", [page])
    notes = tuple(Placed(box, RIGHT, 5, comment, ("おしい！",)) for box in boxes)
    bare = tuple(Placed(box, RIGHT, 5) for box in boxes)
    without = drawn(give_back([Marked(file, 0, np.eye(3), (1200, 900), bare)]))
    scale = without.shape[1] / 1200
    for at in range(len(boxes)):
        alone = drawn(give_back([Marked(file, 0, np.eye(3), (1200, 900), (*bare[:at], notes[at], *bare[at + 1 :]))]))
        added = np.abs(alone.astype(int) - without.astype(int)).max(axis=2) > 40
        assert added.sum() > 200
        for other in [*boxes[:at], *boxes[at + 1 :]]:
            x0, y0, x1, y1 = (round(value * scale) for value in other)
            assert not added[y0:y1, x0:x1].any(), (at, other)


@pytest.mark.parametrize("comment", ["", "見直そう。"])
def test_in_a_table_of_small_boxes_no_stamp_falls_onto_the_next_answer(tmp_path, comment):
    """Thirty boxes wall to wall, each with a stamp: those that have no room at their box stand in the nearest empty place of the page and
    name their question; those at the edge of the table stand at their box and name nobody."""
    page = np.full((1600, 1130), 255, np.uint8)
    boxes = [
        (200.0 + 100 * (at % 6), 400.0 + 80 * (at // 6), 300.0 + 100 * (at % 6), 480.0 + 80 * (at // 6))
        for at in range(30)
    ]
    for left, top, right, low in boxes:
        cv2.rectangle(page, (int(left), int(top)), (int(right), int(low)), 0, 3)
    file = pdf(tmp_path / "scan.pdf", [page])
    bare = tuple(Placed(box, WRONG, 0) for box in boxes)
    notes = tuple(
        Placed(box, WRONG, 0, comment, ("見直そう",), name=f"大問2 ({at})") for at, box in enumerate(boxes, 1)
    )
    data = give_back([Marked(file, 0, np.eye(3), (1130, 1600), notes)])
    without, shown = drawn(give_back([Marked(file, 0, np.eye(3), (1130, 1600), bare)])), drawn(data)
    added = np.abs(shown.astype(int) - without.astype(int)).max(axis=2) > 40
    scale = without.shape[1] / 1130
    for at, box in enumerate(boxes):
        x0, y0, x1, y1 = (round(value * scale) for value in box)
        assert not added[y0 + 2 : y1 - 2, x0 + 2 : x1 - 2].any(), at
    words = text_of(data).replace(" ", "").replace("\r\n", "")
    assert words.count("見直そう") == (60 if comment else 30)
    named = [at for at in range(1, 31) if f"大問2({at})" in words]
    inner = {8, 9, 10, 11, 14, 15, 16, 17, 20, 21, 22, 23}
    assert inner <= set(named), named
    assert len(named) < 30 and 25 not in named, "the corner below has room"


def test_a_note_belongs_to_the_box_it_is_nearest_to():
    box, other = (100.0, 100.0, 200.0, 150.0), (100.0, 200.0, 200.0, 250.0)
    assert belongs((100, 154, 180, 190), box, [other]), "right under it"
    assert not belongs((100, 170, 180, 199), box, [other]), "right over the other"
    assert belongs((100, 60, 180, 80), box, [other])
    assert not belongs((100, 300, 180, 340), box, []), "too far away to be seen as its own"
    under = (100.0, 150.0, 200.0, 200.0)
    assert not belongs((20, 152, 96, 190), box, [under]), "cornerwise at its own, and beside the next"
    assert not belongs((170, 60, 290, 96), box, [(200.0, 100.0, 300.0, 150.0)]), "most of it stands over the next"


def test_a_paper_that_is_not_wholly_marked_says_so(tmp_path):
    """In the line of the head, in plain ink; no total stands anywhere, not in the sheet's own box either."""
    picture, truth = filled(SHEET, "feeder", 5)
    file = pdf(tmp_path / "scan.pdf", [picture])
    head = Heading(None, 100, comment="3番　空", box=(1200.0, 150.0, 1360.0, 210.0), left=7)
    data = give_back([marked(file, 0, truth, marks=(), heading=head)])
    words = text_of(data).replace(" ", "")
    assert "採点の途中（あと7問）" in words and "3番" in words and "100" not in words


def test_the_total_stands_in_the_sheets_own_box_beside_its_word(tmp_path):
    """A word processor's sheet says 得点 in the corner of a box: the total is drawn there, and not in the corner of the page."""
    picture, truth = filled(SHEET, "feeder", 5)
    file = pdf(tmp_path / "scan.pdf", [picture])
    box = (1200.0, 150.0, 1360.0, 210.0)
    data = give_back([marked(file, 0, truth, marks=(), heading=Heading(78, 100, box=box))])
    assert "/ 100" not in text_of(data)
    letters = [Letter("得", (1206, 154, 1226, 174)), Letter("点", (1228, 154, 1248, 174))]
    cell, other = Found((1200, 150, 1360, 210), "box", 0.01), Found((200, 150, 900, 210), "box")
    assert score_box([other, cell], letters, vertical=False) == cell.box
    assert score_box([other, cell], [], vertical=False) is None
    twice = [
        Found((1200, 850, 1360, 910), "box", 0.01),
        *(Letter(one.text, (one.box[0], one.box[1] + 700, one.box[2], one.box[3] + 700)) for one in letters),
    ]
    assert score_box([other, cell, twice[0]], [*letters, *twice[1:]], vertical=False) is None
