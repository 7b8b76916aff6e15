"""返却: the scan stays byte for byte what it was, and every mark stands in its box, however the page was fed."""

import io
from pathlib import Path

import cv2
import numpy as np
import pikepdf
import pypdfium2
import pytest
from PIL import Image

from minamo.marking.giveback import Heading, Marked, Placed, give_back
from minamo.marking.giveback.values import PARTIAL, RIGHT, WRONG
from minamo.marking.tests.papers import BY_NAME, filled, pdf
from tests.fixtures.papers.layouts import FAMILIES
from tests.fixtures.papers.scanner import enlarged

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


def upright(page: np.ndarray, truth: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """Blank → pixels of the drawn page, worked out anew: quarter turns and one scale are all that may have happened."""
    best, height, width = None, shape[0], shape[1]
    across = truth @ [SIZE[0] / 2 + 50, SIZE[1] / 2, 1]
    here = truth @ [SIZE[0] / 2, SIZE[1] / 2, 1]
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
    document = pypdfium2.PdfDocument(data)
    text = document[0].get_textpage().get_text_range()
    document.close()
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
    from minamo.marking.seats import seat

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
