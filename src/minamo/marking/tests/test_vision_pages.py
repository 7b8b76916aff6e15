"""Pages in: every format a school sends, and a clear answer with the page number for what cannot be read."""

import io
import pickle
import weakref
from pathlib import Path

import numpy as np
import pikepdf
import pytest
from PIL import Image

from minamo.marking.tests.papers import filled, pdf
from minamo.marking.vision import images
from minamo.marking.vision import pdf as papers
from minamo.marking.vision.errors import BrokenFile, EncryptedFile, PageError, TooLarge, TooSmall, UnknownFormat
from minamo.marking.vision.pages import close_files, count_pages, read_page
from tests.fixtures.papers.layouts import FAMILIES


@pytest.fixture(scope="module")
def picture() -> np.ndarray:
    return filled(FAMILIES["grid"](3), "straight", 3)[0]


def test_a_scanners_pdf_is_taken_out_without_drawing(tmp_path: Path, picture: np.ndarray) -> None:
    path = pdf(tmp_path / "scan.pdf", [picture, picture[::-1]])
    page = read_page(path, 1)
    assert count_pages(path) == 2
    assert not page.rendered
    assert page.gray.shape == picture.shape
    assert np.abs(page.gray.astype(int) - picture[::-1]).mean() < 4
    assert np.allclose(page.frame, np.eye(3), atol=2e-3)


def test_frames_of_a_300_dpi_page(tmp_path: Path, picture: np.ndarray) -> None:
    large = np.asarray(Image.fromarray(picture).resize((2481, 3508)))
    page = read_page(pdf(tmp_path / "scan.pdf", [large], 300), 0)
    assert page.gray.shape == (3508, 2481)
    middle = page.frame @ [1240.0, 1753.5, 1]
    assert np.allclose(middle[:2], [826.8, 1168.8], atol=0.7)


def test_what_a_phone_keeps_behind_a_picture_is_no_page(tmp_path: Path, picture: np.ndarray) -> None:
    """MPO, the JPEG of many phones: the picture first, a preview behind it. A TIFF of two frames is two pages."""
    behind = Image.fromarray(np.full_like(picture, 90))
    Image.fromarray(picture).save(tmp_path / "phone.jpg", format="MPO", save_all=True, append_images=[behind])
    assert count_pages(tmp_path / "phone.jpg") == 1
    assert np.abs(read_page(tmp_path / "phone.jpg", 0).gray.astype(int) - picture).mean() < 4
    Image.fromarray(picture).save(tmp_path / "two.tif", save_all=True, append_images=[Image.fromarray(picture)])
    assert count_pages(tmp_path / "two.tif") == 2


@pytest.mark.parametrize("turn", [90, 180, 270])
def test_a_turned_pdf_page_is_framed_as_it_is_shown(tmp_path: Path, picture: np.ndarray, turn: int) -> None:
    path = pdf(tmp_path / "scan.pdf", [picture])
    with pikepdf.open(path, allow_overwriting_input=True) as file:
        file.pages[0].rotate(turn, relative=False)
        file.save(path)
    page = read_page(path, 0)
    assert not page.rendered
    shown = {90: [2338, 0], 180: [1653, 2338], 270: [0, 1653]}[turn]
    assert np.allclose((page.frame @ [0, 0, 1])[:2], shown, atol=1.5)


def test_words_on_top_of_the_picture_are_drawn_not_lost(tmp_path: Path, picture: np.ndarray) -> None:
    path = pdf(tmp_path / "scan.pdf", [picture])
    with pikepdf.open(path, allow_overwriting_input=True) as file:
        file.pages[0].contents_add(b"q 0 g 100 100 200 50 re f Q", prepend=False)
        file.save(path)
    page = read_page(path, 0)
    assert page.rendered
    assert abs(page.gray.shape[1] - picture.shape[1]) <= 1
    assert page.gray[2339 - 340, 500] < 40


def test_cmyk_and_flate_images_are_drawn(tmp_path: Path, picture: np.ndarray) -> None:
    path = tmp_path / "cmyk.pdf"
    Image.fromarray(picture).convert("CMYK").save(path, "PDF", resolution=200)
    page = read_page(path, 0)
    assert page.rendered
    assert np.abs(page.gray[:2339, :1654].astype(int) - picture).mean() < 12


def _saved(tmp_path: Path, name: str, image: Image.Image, **options: object) -> Path:
    image.save(tmp_path / name, **options)
    return tmp_path / name


@pytest.mark.parametrize("name", ["a.png", "a.jpg", "a.tiff", "a.bmp", "a.webp", "a.heic"])
def test_one_picture_in_every_format(tmp_path: Path, picture: np.ndarray, name: str) -> None:
    if name.endswith("heic"):
        assert images.heic_ready()
    path = _saved(tmp_path, name, Image.fromarray(picture).convert("RGB"))
    page = read_page(path, 0)
    assert count_pages(path) == 1
    assert np.abs(page.gray.astype(int) - picture).mean() < 6


def test_heic_without_its_library_is_refused_in_plain_words(
    tmp_path: Path, picture: np.ndarray, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = _saved(tmp_path, "a.heic", Image.fromarray(picture).convert("RGB"))
    monkeypatch.setattr(images, "heic_ready", lambda: False)
    with pytest.raises(UnknownFormat, match="互換性優先"):
        read_page(path, 0)


def test_frames_of_a_tiff_are_pages(tmp_path: Path, picture: np.ndarray) -> None:
    one, two = Image.fromarray(picture), Image.fromarray(255 - picture)
    path = _saved(tmp_path, "a.tiff", one, save_all=True, append_images=[two])
    assert count_pages(path) == 2
    assert np.array_equal(read_page(path, 1).gray, 255 - picture)
    with pytest.raises(BrokenFile, match="3ページ目"):
        read_page(path, 2)


@pytest.mark.parametrize("full", [4095, 65535])
def test_sixteen_bits_keep_their_contrast(tmp_path: Path, picture: np.ndarray, full: int) -> None:
    deep = (picture.astype(np.float64) / 255 * full).astype(np.uint16)
    page = read_page(_saved(tmp_path, "a.png", Image.fromarray(deep)), 0)
    assert np.abs(page.gray.astype(int) - picture).max() <= 2


def test_cmyk_jpeg_and_transparency_lie_on_white_paper(tmp_path: Path, picture: np.ndarray) -> None:
    cmyk = read_page(_saved(tmp_path, "c.jpg", Image.fromarray(picture).convert("CMYK")), 0)
    assert np.abs(cmyk.gray.astype(int) - picture).mean() < 6
    clear = Image.new("RGBA", (1000, 1400), (0, 0, 0, 0))
    assert read_page(_saved(tmp_path, "t.png", clear), 0).gray.min() == 255


def test_a_phone_held_sideways_is_shown_upright(tmp_path: Path, picture: np.ndarray) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    lying = Image.fromarray(np.rot90(picture).copy())
    for name in ("a.jpg", "a.png"):
        page = read_page(_saved(tmp_path, name, lying, exif=exif), 0)
        assert page.gray.shape == picture.shape
        assert np.abs(page.gray.astype(int) - picture).mean() < 8


def test_an_encrypted_pdf_says_so(tmp_path: Path, picture: np.ndarray) -> None:
    path = pdf(tmp_path / "scan.pdf", [picture])
    with pikepdf.open(path, allow_overwriting_input=True) as file:
        file.save(path, encryption=pikepdf.Encryption(owner="o", user="u"))
    with pytest.raises(EncryptedFile, match="パスワード"):
        count_pages(path)


@pytest.mark.parametrize("content", [b"", b"%PDF-1.7\nhello", b"\x89PNG\r\n\x1a\n", b"hello world, not a picture"])
def test_rubbish_is_a_page_error(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "x.pdf"
    path.write_bytes(content)
    with pytest.raises(PageError, match=r"x\.pdf"):
        read_page(path, count_pages(path) - 1)


def test_a_jpeg_cut_short_does_not_pass_as_whole(tmp_path: Path, picture: np.ndarray) -> None:
    stream = io.BytesIO()
    Image.fromarray(picture).save(stream, "JPEG")
    path = tmp_path / "cut.jpg"
    path.write_bytes(stream.getvalue()[:300])
    with pytest.raises(PageError, match=r"cut\.jpg"):
        read_page(path, 0)


def test_one_pixel_and_a_field_of_pixels(tmp_path: Path) -> None:
    with pytest.raises(TooSmall, match="1×1"):
        read_page(_saved(tmp_path, "1.png", Image.new("L", (1, 1))), 0)
    huge = _saved(tmp_path, "h.png", Image.new("1", (30_000, 30_000), 1))
    with pytest.raises(TooLarge, match=r"h\.png の1ページ目"):
        read_page(huge, 0)


def test_a_huge_jpeg_inside_a_pdf_is_refused_before_decoding(tmp_path: Path) -> None:
    path = tmp_path / "h.pdf"
    Image.new("L", (20_500, 300), 255).save(path, "PDF", resolution=200)
    with pytest.raises(TooLarge, match=r"h\.pdf の1ページ目"):
        read_page(path, 0)


def test_a_poster_is_drawn_smaller_with_its_frame(tmp_path: Path) -> None:
    file = pikepdf.new()
    file.add_blank_page(page_size=(3600, 3600))
    file.save(tmp_path / "poster.pdf")
    page = read_page(tmp_path / "poster.pdf", 0)
    assert page.gray.size <= 37_000_000
    assert np.isclose(page.frame[0, 0] * page.gray.shape[1], 10_000, rtol=1e-3)


def test_a_broken_page_between_good_ones_has_its_number(tmp_path: Path, picture: np.ndarray) -> None:
    path = pdf(tmp_path / "scan.pdf", [picture] * 3)
    with pikepdf.open(path, allow_overwriting_input=True) as file:
        image = next(iter(file.pages[1].images.values()))
        image.write(b"not a jpeg at all", filter=pikepdf.Name.DCTDecode)
        file.save(path)
    assert read_page(path, 0).gray.shape == picture.shape
    assert read_page(path, 2).gray.shape == picture.shape
    with pytest.raises(BrokenFile) as broken:
        read_page(path, 1)
    assert broken.value.page == 2  # drawn, it would be white paper and could be taken for the back of a sheet


def test_errors_cross_processes_with_their_words() -> None:
    error = pickle.loads(pickle.dumps(TooSmall("a.png", 3)))
    assert (error.page, error.code, str(error)) == (3, "too_small", str(TooSmall("a.png", 3)))


def test_of_a_long_pile_nothing_is_kept(tmp_path: Path, picture: np.ndarray, monkeypatch: pytest.MonkeyPatch) -> None:
    """pdfium keeps every coded picture it has handed out until its file is closed: it is opened anew after some pages, and the
    one before is closed; in the end none is open."""
    path = pdf(tmp_path / "scan.pdf", [picture[:400, :400]] * 7)
    opened: list[weakref.ref[object]] = []
    real = papers.pdfium.PdfDocument

    def watched(name: str) -> object:
        found = real(name)
        opened.append(weakref.ref(found))
        return found

    monkeypatch.setattr(papers.pdfium, "PdfDocument", watched)
    monkeypatch.setattr(papers, "REOPENED", 3)
    close_files()
    grays = [read_page(path, index).gray.shape for index in range(7)]
    assert grays == [(400, 400)] * 7
    assert len(opened) == 3 and sum(one() is not None for one in opened) == 1
    close_files()
    assert not any(one() is not None for one in opened)
