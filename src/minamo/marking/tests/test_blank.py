"""解答用紙を受け取る: any file becomes one page at 200 dpi with its boxes, or words."""

import io
import json
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pikepdf
import pytest
from PIL import Image, ImageDraw

from minamo.marking.apart import apart, blank_of
from minamo.marking.blank import take_in
from minamo.marking.setup import ASPECTS, SHORT, SIGN, SYMBOL, WRITING, checked
from minamo.marking.sheet_values import Blank
from minamo.marking.tests.papers import overlap
from minamo.marking.vision.errors import PageError
from minamo.marking.vision.outline import outline
from minamo.marking.vision.pages import read_page
from tests.fixtures.papers.canvas import Sheet, font
from tests.fixtures.papers.heads import Head, row, words
from tests.fixtures.papers.layouts import FAMILIES
from tests.fixtures.papers.scanner import finish
from tests.fixtures.piles_of_others import PILES, SHARED


def saved(image: Image.Image, path: Path, **options: Any) -> Path:
    image.save(path, **options)
    return path


def share_found(blank: Blank, boxes: list[Any], scale: float = 1.0) -> float:
    hits = [
        max((overlap([v * scale for v in box], one.box) for one in blank.questions), default=0.0) > 0.7 for box in boxes
    ]
    return sum(hits) / len(hits)


@pytest.mark.parametrize("seed", [61, 73])
@pytest.mark.parametrize("family", sorted(FAMILIES))
def test_boxes_of_all_layouts_are_found(family: str, seed: int, tmp_path: Path) -> None:
    sheet = FAMILIES[family](seed)
    blank = take_in(saved(sheet.page, tmp_path / "用紙.pdf", resolution=200))
    assert share_found(blank, sheet.answers) >= 0.95
    assert len(blank.questions) <= 1.05 * len(sheet.answers)
    assert blank.vertical == sheet.vertical
    assert blank.number is not None and blank.name is not None
    assert checked([one.plain() for one in blank.questions], blank.size) == blank.questions, (
        "a proposal can be saved as it is"
    )


@pytest.mark.skipif(not SHARED, reason="the shared piles are not here")
@pytest.mark.parametrize("name", SHARED or ["none"])
def test_boxes_of_the_shared_piles_are_found_and_counted_in_order(name: str) -> None:
    blank, key = take_in(PILES / name / "blank.pdf"), json.loads((PILES / name / "key.json").read_text())
    boxes = [one["box"] for one in key["questions"]]
    assert share_found(blank, boxes) >= 0.95
    assert len(blank.questions) <= 1.1 * len(boxes)
    assert blank.number is not None and overlap(blank.number, key["identity"]["number"]) > 0.8
    assert blank.name is not None and overlap(blank.name, key["identity"]["name"]) > 0.8


def photographed(page: np.ndarray, seed: int) -> Image.Image:
    """The sheet on a table, seen from one side in uneven light."""
    dice = np.random.default_rng(seed)
    height, width = page.shape
    square = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    corners = square + dice.uniform(-0.04, 0.04, (4, 2)) * (width, height) + (0.15 * width, 0.12 * height)
    matrix = cv2.getPerspectiveTransform(square, corners.astype(np.float32))
    table = int(dice.integers(40, 130))
    whole = (round(1.3 * width), round(1.24 * height))
    return Image.fromarray(finish(cv2.warpPerspective(page, matrix, whole, borderValue=table), "phone", dice))


@pytest.mark.parametrize("seed", [5, 6])
@pytest.mark.parametrize("family", ["grid", "table", "vertical"])
def test_a_photograph_of_a_sheet_is_laid_flat(family: str, seed: int, tmp_path: Path) -> None:
    sheet = FAMILIES[family](61)
    blank = take_in(saved(photographed(sheet.image, seed), tmp_path / "用紙.jpg", quality=90))
    scale = blank.size[0] / sheet.size[0]
    assert abs(blank.size[1] / sheet.size[1] - scale) < 0.01
    assert share_found(blank, sheet.answers, scale) >= 0.95
    assert len(blank.questions) <= 1.05 * len(sheet.answers)
    assert blank.number is not None and overlap(blank.number, [v * scale for v in sheet.number or ()]) > 0.8


def test_a_scan_with_a_dark_rim_or_a_dark_picture_on_it_is_left_as_it_is() -> None:
    page = FAMILIES["steps"](61).image
    page[:, :12] = 30
    assert outline(page) is None
    page[1200:2000, 300:1300] = 20
    assert outline(page) is None
    assert outline(np.full((2339, 1654), 255, np.uint8)) is None


@pytest.mark.parametrize(
    ("ending", "options"),
    [
        (".png", {"dpi": (300, 300)}),
        (".jpg", {"dpi": (300, 300), "quality": 85}),
        (".tif", {"dpi": (300, 300)}),
        (".jpg", {}),
        (".heic", {}),
    ],
)
def test_a_picture_is_laid_on_a_page_of_its_true_size(ending: str, options: dict[str, Any], tmp_path: Path) -> None:
    sheet = FAMILIES["steps"](61)
    large = sheet.page.resize((2481, 3508))
    if ending == ".heic":
        pillow_heif = pytest.importorskip("pillow_heif")
        pillow_heif.register_heif_opener()
    path = saved(large, tmp_path / f"写真{ending}", **options)
    blank = take_in(path)
    assert abs(blank.size[0] - 1654) <= 2 and abs(blank.size[1] - 2339) <= 2
    assert share_found(blank, sheet.answers) >= 0.95
    kept = tmp_path / "kept.pdf"
    kept.write_bytes(blank.pdf)
    page = read_page(kept, 0)
    if ending == ".jpg":
        assert page.gray.shape == (3508, 2481) and not page.rendered, "the camera's own pixels, not drawn again"


@pytest.mark.parametrize("mode", ["CMYK", "I;16", "1", "RGBA", "P"])
def test_odd_colours_are_paper_too(mode: str, tmp_path: Path) -> None:
    sheet = FAMILIES["steps"](61)
    if mode == "I;16":
        image = Image.fromarray(np.asarray(sheet.page, np.uint16) * 257)
    else:
        image = sheet.page.convert("RGB").convert(mode)
    blank = take_in(saved(image, tmp_path / "用紙.tif", dpi=(200, 200)))
    assert share_found(blank, sheet.answers) >= 0.95


def test_frames_pages_and_posters_are_refused_in_words(tmp_path: Path) -> None:
    page = FAMILIES["grid"](61).page
    frames = saved(page, tmp_path / "3枚.tif", save_all=True, append_images=[page, page])
    poster = saved(page.resize((2400, 3400)), tmp_path / "大.pdf", resolution=72)
    card = saved(page.resize((400, 300)), tmp_path / "小.pdf", resolution=300)
    for path, said in ((frames, "3ページ"), (poster, "大きすぎます"), (card, "小さすぎます")):
        with pytest.raises(PageError, match=said):
            take_in(path)


def test_an_empty_page_at_the_end_is_no_back(tmp_path: Path) -> None:
    """As a word processor leaves it, even with a page number; what bears a single line to write on is a back."""
    sheet = FAMILIES["grid"](61)
    empty, numbered, lined = (Image.new("L", sheet.size, 255) for _ in range(3))
    ImageDraw.Draw(numbered).text((820, 2240), "- 2 -", 0, font=font(28))
    ImageDraw.Draw(lined).line((300, 400, 1300, 400), 0, 3)
    for name, more in (("空", [empty]), ("番号", [numbered]), ("三枚", [numbered, empty])):
        blank = take_in(saved(sheet.page, tmp_path / f"{name}.pdf", resolution=200, save_all=True, append_images=more))
        assert (blank.unused, blank.leaves, blank.size) == (len(more), (), sheet.size), name
        with pikepdf.open(io.BytesIO(blank.pdf)) as book:
            assert len(book.pages) == 1
        assert share_found(blank, sheet.answers) >= 0.95
    two = take_in(saved(sheet.page, tmp_path / "裏.pdf", resolution=200, save_all=True, append_images=[lined, empty]))
    assert (two.unused, two.leaves) == (1, (sheet.size, sheet.size))


def test_kinds_follow_the_shape(tmp_path: Path) -> None:
    """Small boxes are symbols, manuscript grids and large boxes sentences, underlines words; 観点 and points follow."""
    grid = take_in(saved(FAMILIES["grid"](61).page, tmp_path / "a.pdf", resolution=200))
    assert {one.kind for one in grid.questions} == {SYMBOL}
    sparse = take_in(saved(FAMILIES["sparse"](61).page, tmp_path / "b.pdf", resolution=200))
    assert {(one.kind, one.aspect) for one in sparse.questions} == {(WRITING, ASPECTS[1])}
    lines = take_in(saved(FAMILIES["underline"](61).page, tmp_path / "c.pdf", resolution=200))
    assert SHORT in {one.kind for one in lines.questions}
    vertical = take_in(saved(FAMILIES["vertical"](61).page, tmp_path / "d.pdf", resolution=200))
    assert vertical.questions[0].section == "一" and vertical.questions[-1].kind == WRITING


def test_slim_boxes_and_boxes_with_a_place_for_each_character_are_words(tmp_path: Path) -> None:
    """国語: 読みを書く細い枠, 漢字二字の枠 with a dashed rule; a box for one symbol is neither, nor is one with a letter printed in it."""
    sheet = Sheet("words")
    for at, (wide, high) in enumerate(((90, 390), (120, 320), (120, 150), (120, 320))):
        box = sheet.frame((300 + at * 250, 500, 300 + at * 250 + wide, 500 + high))
        if at == 1:
            sheet.dash((box[0], 660, box[2], 660), 2, 0)
    sheet.frame((300, 1100, 640, 1210))  # wide enough for its label, and for one symbol
    blank = take_in(saved(sheet.page, tmp_path / "語.pdf", resolution=200))
    assert {round(one.box[0] / 10): one.kind for one in blank.questions if one.box[1] < 1000} == {
        30: SHORT, 55: SHORT, 80: SYMBOL, 105: SYMBOL,
    }  # fmt: skip
    assert [one.kind for one in blank.questions if one.box[1] > 1000] == [SYMBOL]


def test_kinds_follow_the_words_of_the_part(tmp_path: Path) -> None:
    """Boxes under 「正しければ○、まちがいなら×」 are ○×, those of the next part are not; a scan knows only shapes. Room for two long lines is
    for sentences either way, one line only where the words ask for them."""
    plan = (("1 正しければ○、まちがいなら×", 420, 5, 92), ("2 記号で答えなさい", 720, 5, 92), ("3 文をよく読んで答えなさい", 1020, 1, 143),
            ("4 理由を説明しなさい", 1320, 1, 90), ("5 人の名前を書きなさい", 1620, 1, 90))  # fmt: skip
    free = [letter for text, y, *_ in plan for letter in words(118, y, 30, text)]
    boxes = [(118 + at * 1300 // many, y + 70, 98 + (at + 1) * 1300 // many, y + 70 + high)
             for _, y, many, high in plan for at in range(many)]  # fmt: skip
    head = Head(
        row(900, 170, 94, (90, "番号", "c"), (110, "", "c"), (90, "氏名", "c"), (350, "", "c")), free=free, own=boxes
    )
    path = tmp_path / "語.pdf"
    path.write_bytes(head.pdf())
    assert [one.kind for one in take_in(path).questions] == [SIGN] * 5 + [SYMBOL] * 5 + [WRITING, WRITING, SHORT]
    scan = take_in(saved(head.sheet().page, tmp_path / "絵.pdf", resolution=200))
    assert [one.kind for one in scan.questions] == [SYMBOL] * 10 + [WRITING, SHORT, SHORT]


RIGHT = {"letter": {SYMBOL}, "symbol": {SYMBOL}, "free": {SHORT, WRITING}}


@pytest.mark.skipif("kokugo" not in SHARED, reason="the shared piles are not here")
def test_kinds_of_the_shared_piles_are_mostly_guessed() -> None:
    """Of 100 boxes for a symbol, a word or sentences two are taken for another: 漢字一字 in nearly square boxes."""
    wrong = []
    for name in ("eigo", "kokugo", "sansu", "shakai"):
        blank, key = take_in(PILES / name / "blank.pdf"), json.loads((PILES / name / "key.json").read_text())
        for one in key["questions"]:
            guess = max(blank.questions, key=lambda other: overlap(one["box"], other.box)).kind
            if guess not in RIGHT.get(one["kind"], {guess}):
                wrong.append((name, one["id"]))
    assert wrong == [("kokugo", "二-3"), ("kokugo", "二-5")]


def test_another_process_says_the_same_and_brings_errors_home(tmp_path: Path) -> None:
    path = saved(FAMILIES["steps"](61).page, tmp_path / "用紙.pdf", resolution=200)
    assert apart(path.name, blank_of, path) == take_in(path)
    path.write_bytes(b"%PDF-1.7 rubbish")
    with pytest.raises(PageError, match=r"用紙\.pdf"):
        apart(path.name, blank_of, path)


def test_the_picture_is_small_and_true(tmp_path: Path) -> None:
    sheet = FAMILIES["grid"](61)
    blank = take_in(saved(sheet.page, tmp_path / "用紙.pdf", resolution=200))
    with Image.open(io.BytesIO(blank.picture)) as image:
        assert image.size == blank.size
    assert len(blank.picture) < 120_000
