"""Of a picture that is handed on only its pixels: what was written beside it and what stands behind it stays at home."""

import io
from pathlib import Path

import cv2
import numpy as np
import pikepdf
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from minamo.marking.blank import take_in
from minamo.marking.bundling import bundle
from minamo.marking.giveback import give_back
from minamo.marking.giveback.bare import NotBare, anew, bare, bare_pictures, without_notes
from minamo.marking.leaves import leaves_of
from minamo.marking.sheet_values import Printed
from minamo.marking.sheets import faces_of, print_sheets
from minamo.marking.tests.evil import evil_jpeg, told
from minamo.marking.tests.papers import filled
from minamo.marking.tests.test_giveback import marked
from tests.fixtures.papers.layouts import FAMILIES

SHEET = FAMILIES["grid"](31)
RNG = np.random.default_rng(5)
SMALL = RNG.integers(0, 255, (90, 64), np.uint8)
PLAIN = bytes(cv2.imencode(".jpg", SMALL)[1])


def pixels(jpeg: bytes) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(jpeg)).convert("RGB"))


def streams(pdf: bytes) -> bytes:
    """Everything a PDF holds, unpacked."""
    with pikepdf.open(io.BytesIO(pdf)) as book:
        parts = [one.read_raw_bytes() for one in book.objects if isinstance(one, pikepdf.Stream)]
        parts += [
            one.read_bytes()
            for one in book.objects
            if isinstance(one, pikepdf.Stream) and "/DCTDecode" not in str(one.get("/Filter"))
        ]
        parts += [repr(one).encode() for one in book.objects if not isinstance(one, pikepdf.Stream)]
    return b"".join([pdf, *parts])


def test_the_evil_picture_is_evil() -> None:
    content = evil_jpeg(SMALL)
    assert len(told(content)) >= 5
    assert Image.open(io.BytesIO(content)).getexif().get_ifd(0x8825)[1] == "N"


@pytest.mark.parametrize("turn", [1, 6])
def test_pixels_stay_and_words_go(turn: int) -> None:
    content = evil_jpeg(SMALL, turn)
    clean = without_notes(content)
    assert told(clean) == []
    assert np.array_equal(pixels(clean), pixels(content))
    assert len(Image.open(io.BytesIO(clean)).getexif()) == 0


@pytest.mark.parametrize(
    "options",
    [{"progressive": True}, {"restart_marker_blocks": 2}, {"optimize": True}, {"subsampling": 0}, {"quality": 5}],
)
@pytest.mark.parametrize("mode", ["L", "RGB", "CMYK"])
def test_every_way_of_coding(mode: str, options: dict[str, object]) -> None:
    colour = Image.fromarray(RNG.integers(0, 255, (70, 50, 3), np.uint8)).convert(mode)
    out = io.BytesIO()
    colour.save(out, "JPEG", comment=b"CANARY", **options)
    clean = without_notes(out.getvalue() + b"CANARY")
    assert told(clean) == []
    assert np.array_equal(pixels(clean), pixels(out.getvalue()))
    assert without_notes(clean) == clean


def test_a_plain_one_stays_identical() -> None:
    assert without_notes(PLAIN) == PLAIN


@given(
    st.lists(st.tuples(st.sampled_from([*range(0xE0, 0xF0), 0xFE]), st.binary(max_size=60)), max_size=6),
    st.binary(max_size=80),
)
def test_whatever_stands_beside_or_behind_it(parts: list[tuple[int, bytes]], behind: bytes) -> None:
    beside = b"".join(b"\xff" + bytes([m]) + (len(b) + 8).to_bytes(2, "big") + b"CANARY" + b for m, b in parts)
    clean = without_notes(PLAIN[:2] + beside + PLAIN[2:] + b"CANARY" + behind)
    assert clean == PLAIN


@settings(max_examples=120)
@given(st.data())
def test_broken_ones_are_refused_or_clean(data: st.DataObject) -> None:
    """Any bytes changed, left out or put in: no error but the one that is named, and no word that was planted."""
    broken = bytearray(evil_jpeg(SMALL))
    for _ in range(data.draw(st.integers(1, 5))):
        at = data.draw(st.integers(0, len(broken) - 1))
        kind = data.draw(st.sampled_from(["change", "cut", "put"]))
        if kind == "change":
            broken[at] = data.draw(st.integers(0, 255))
        elif kind == "cut":
            del broken[at : at + data.draw(st.integers(1, 40))]
        else:
            broken[at:at] = data.draw(st.binary(min_size=1, max_size=10))
        if not broken:
            return
    try:
        clean = without_notes(bytes(broken))
    except NotBare:
        return
    assert clean[:2] == b"\xff\xd8" and clean[-2:] == b"\xff\xd9"
    assert without_notes(clean) == clean


def test_one_that_was_cut_off_is_shown_as_far_as_it_goes() -> None:
    clean = without_notes(PLAIN[: len(PLAIN) // 2])
    assert clean.endswith(b"\xff\xd9")
    assert cv2.imdecode(np.frombuffer(clean, np.uint8), cv2.IMREAD_GRAYSCALE).shape == SMALL.shape


@pytest.mark.parametrize("content", [b"", b"no jpeg", PLAIN[:30], b"\xff\xd8\xff\xd9", b"GIF89a" + PLAIN])
def test_what_is_no_picture(content: bytes) -> None:
    with pytest.raises(NotBare):
        bare(content)


def test_one_whose_parts_cannot_be_told_apart_is_drawn_anew() -> None:
    at = PLAIN.index(b"\xff\xdb")
    odd = PLAIN[:at] + b"CANARY" + PLAIN[at:]
    with pytest.raises(NotBare):
        without_notes(odd)
    made = bare(odd)
    assert told(made) == []
    assert pixels(made).shape == pixels(PLAIN).shape
    assert np.abs(pixels(made).astype(int) - pixels(PLAIN)).mean() < 12
    assert told(anew(evil_jpeg(SMALL))) == []


def test_a_second_picture_behind_the_first_does_not_come_along() -> None:
    out = io.BytesIO()
    Image.fromarray(SMALL).save(out, "MPO", save_all=True, append_images=[Image.fromarray(255 - SMALL)])
    both = out.getvalue()
    assert both.count(b"\xff\xd8\xff") == 2
    assert without_notes(both).count(b"\xff\xd8\xff") == 1


def test_a_photo_given_back_and_a_bundle_of_photos(tmp_path: Path) -> None:
    picture, truth = filled(SHEET, "straight", 4)
    path = tmp_path / "page.jpg"
    path.write_bytes(evil_jpeg(picture))
    assert told(streams(give_back([marked(path, 0, truth)]))) == []
    pile = bundle([("a.jpg", path.read_bytes()), ("b.jpg", path.read_bytes())])
    assert told(streams(pile)) == []


def test_a_drawn_page_given_back_has_bare_pictures_too(tmp_path: Path) -> None:
    """Two pictures on a page: it is taken over as it is drawn."""
    picture, truth = filled(SHEET, "straight", 4)
    path = tmp_path / "scan.pdf"
    path.write_bytes(a_pdf_with(evil_jpeg(picture), (picture.shape[1], picture.shape[0]), also=evil_jpeg(SMALL)))
    assert told(streams(path.read_bytes())) != []
    assert told(streams(give_back([marked(path, 0, truth)]))) == []


def test_a_blank_is_printed_without_anything_but_its_look(tmp_path: Path) -> None:
    """A photographed blank, and a PDF whose pictures talk, that runs a script and carries a file."""
    picture = np.asarray(SHEET.page.convert("L"))
    photo, written = tmp_path / "用紙.jpg", tmp_path / "用紙.pdf"
    photo.write_bytes(evil_jpeg(picture))
    written.write_bytes(a_pdf_with(evil_jpeg(picture), (picture.shape[1], picture.shape[0])))
    for path in (photo, written):
        blank = take_in(path)
        assert told(blank.picture) == []
        made = print_sheets(
            blank.pdf, faces_of(blank.picture, leaves_of((), *blank.size)), [Printed("code", "5年1組　1番")], "用紙"
        )
        assert told(streams(made)) == []
        for word in (b"/JavaScript", b"/OpenAction", b"/EmbeddedFile", b"/Metadata"):
            assert word not in streams(made), word


def a_pdf_with(jpeg: bytes, size: tuple[int, int], also: bytes = b"") -> bytes:
    """One page that draws a JPEG as it is, with all that a PDF can carry beside it."""
    book = pikepdf.new()
    width, height = size[0] * 72 / 200, size[1] * 72 / 200
    page = book.add_blank_page(page_size=(width, height))
    names = pikepdf.Dictionary()
    for name, content, (wide, high) in (("/A", jpeg, size), ("/B", also, SMALL.shape[::-1])):
        if content:
            one = pikepdf.Stream(book, content)
            one.Type, one.Subtype, one.Width, one.Height = pikepdf.Name.XObject, pikepdf.Name.Image, wide, high
            one.ColorSpace, one.BitsPerComponent, one.Filter = pikepdf.Name.DeviceGray, 8, pikepdf.Name.DCTDecode
            one.Metadata = pikepdf.Stream(book, b"<x:xmpmeta>CANARY</x:xmpmeta>")
            names[name] = book.make_indirect(one)
    page.Resources = pikepdf.Dictionary(XObject=names)
    second = b"q 20 0 0 20 5 5 cm /B Do Q" if also else b""
    page.Contents = book.make_stream(f"q {width} 0 0 {height} 0 0 cm /A Do Q".encode() + second)
    book.Root.OpenAction = pikepdf.Dictionary(S=pikepdf.Name.JavaScript, JS="app.alert('CANARY')")
    book.attachments["CANARY.html"] = pikepdf.AttachedFileSpec(book, b"<html>CANARY")
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def test_pictures_packed_twice_in_a_pdf_are_bare_too() -> None:
    import zlib

    book = pikepdf.new()
    one = pikepdf.Stream(book, zlib.compress(evil_jpeg(SMALL)))
    one.Subtype, one.Width, one.Height = pikepdf.Name.Image, 64, 90
    one.Filter = pikepdf.Array([pikepdf.Name.FlateDecode, pikepdf.Name.DCTDecode])
    book.Root.Picture = book.make_indirect(one)
    bare_pictures(book)
    assert told(book.Root.Picture.read_raw_bytes()) == []
