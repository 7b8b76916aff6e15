"""Files from outside: by kind, by content, by size, and through the scanner when there is one."""

import io
import socket
import struct
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from django.core.files.uploadedfile import UploadedFile
from hypothesis import given
from hypothesis import strategies as st

from minamo.kernel import uploads
from minamo.kernel.pictures import pixels_of
from minamo.kernel.uploads import CSV, EXCEL, JPEG, PDF, PNG, ZIP, UploadRefused, accept, shown_name

EICAR = b"EICAR-STANDARD-ANTIVIRUS-TEST-FILE"


def sent(name: str, content: bytes) -> "UploadedFile[Any]":
    return UploadedFile(io.BytesIO(content), name)


def test_a_file_of_the_wanted_kind_comes_in() -> None:
    taken = accept(sent("名簿.CSV", "氏名\n".encode()), [EXCEL, CSV])
    assert (taken.name, taken.kind, taken.content) == ("名簿.CSV", CSV, "氏名\n".encode())


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("a.exe", b"MZ", "この種類"),
        ("a", b"x", "この種類"),
        ("a.csv.exe", b"x", "この種類"),
        ("a.zip", b"hello", "中身が違います"),
        ("a.csv", b"MZ\x90", "中身が違います"),
        ("a.csv", b"%PDF-1.7", "中身が違います"),
        ("a.pdf", b"<html>", "中身が違います"),
        ("a.csv", b"", "空です"),
        ("a.csv", b"x" * 101, "大きすぎます"),
    ],
)
def test_anything_else_is_refused_with_what_to_do(name: str, content: bytes, said: str) -> None:
    with pytest.raises(UploadRefused, match=said):
        accept(sent(name, content), [ZIP, CSV, PDF], most=100)


def test_nothing_chosen() -> None:
    with pytest.raises(UploadRefused, match="ファイルを選んで"):
        accept(None, [ZIP])


@pytest.mark.parametrize("name", ["../../etc/passwd", "C:\\temp\\passwd", "/etc/passwd", "pass\x00wd", "pass\r\nwd"])
def test_a_name_is_never_a_path(name: str) -> None:
    assert shown_name(name) == "passwd"


@pytest.fixture
def clamd(settings: Any) -> Iterator[list[bytes]]:
    """A scanner that speaks clamd's INSTREAM and finds only the test string."""
    seen: list[bytes] = []
    server = socket.create_server(("127.0.0.1", 0))
    settings.CLAMD = f"127.0.0.1:{server.getsockname()[1]}"

    def serve() -> None:
        while True:
            try:
                line, _ = server.accept()
            except OSError:
                return
            with line, line.makefile("rb") as reader:
                assert reader.read(10) == b"zINSTREAM\0"
                content = b""
                while size := struct.unpack("!I", reader.read(4))[0]:
                    content += reader.read(size)
                seen.append(content)
                line.sendall(b"stream: Eicar FOUND\0" if EICAR in content else b"stream: OK\0")

    threading.Thread(target=serve, daemon=True).start()
    yield seen
    server.close()


def test_everything_passes_the_scanner_whole(clamd: list[bytes]) -> None:
    content = b"a,b\n" * 50_000  # more than one part
    assert accept(sent("a.csv", content), [CSV]).content == content
    assert clamd == [content]


def test_a_finding_is_refused(clamd: list[bytes]) -> None:
    with pytest.raises(UploadRefused, match="ウイルスが見つかった"):
        accept(sent("a.csv", b"x," + EICAR), [CSV])


def test_a_scanner_that_does_not_answer_closes_the_door(settings: Any) -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        settings.CLAMD = f"127.0.0.1:{closed.getsockname()[1]}"
    with pytest.raises(UploadRefused, match="ウイルス検査ができない"):
        accept(sent("a.csv", b"x"), [CSV])


def test_an_answer_nobody_knows_closes_the_door(monkeypatch: pytest.MonkeyPatch, settings: Any) -> None:
    settings.CLAMD = "/nowhere"
    monkeypatch.setattr(uploads, "_ask_clamd", lambda where, content: b"INSTREAM size limit exceeded. ERROR")
    with pytest.raises(UploadRefused, match="ウイルス検査ができない"):
        accept(sent("a.csv", b"x"), [CSV])


def picture(kind: str, size: tuple[int, int], **how: Any) -> bytes:
    """A real picture, as a phone or a scanner writes it."""
    from PIL import Image

    out = io.BytesIO()
    Image.new("L", size, 255).save(out, kind, **how)
    return out.getvalue()


@pytest.mark.parametrize("how", [{}, {"progressive": True}, {"dpi": (300, 300)}, {"comment": b"\xff\xff" * 40}])
def test_pixels_are_read_from_the_head(how: dict[str, Any]) -> None:
    assert pixels_of(picture("JPEG", (300, 200), **how)) == 60_000
    assert pixels_of(picture("PNG", (300, 200))) == 60_000


def test_a_small_file_with_many_pixels_is_refused_before_it_is_decoded() -> None:
    honest = picture("PNG", (40, 30))
    assert accept(sent("a.png", honest), [PNG]).kind is PNG
    flood = honest[:16] + struct.pack(">II", 60_000, 60_000) + honest[24:]
    with pytest.raises(UploadRefused, match="400 dpi"):
        accept(sent("a.png", flood), [PNG])
    jpeg = bytearray(picture("JPEG", (40, 30)))
    at = jpeg.index(b"\xff\xc0") + 5
    jpeg[at : at + 4] = struct.pack(">HH", 65_000, 65_000)
    with pytest.raises(UploadRefused, match="400 dpi"):
        accept(sent("a.jpg", bytes(jpeg)), [JPEG])


@given(st.binary(max_size=200))
def test_a_broken_head_is_refused(rest: bytes) -> None:
    for name, kind, head in (("a.jpg", JPEG, b"\xff\xd8\xff"), ("a.png", PNG, b"\x89PNG\r\n\x1a\n")):
        if pixels_of(head + rest) is None:
            with pytest.raises(UploadRefused, match="壊れている"):
                accept(sent(name, head + rest), [kind])
