"""Officeの用紙 through the real LibreOffice where the machine has it, and what a program that hangs or breaks leads to."""

import http.server
import os
import threading
import time
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from minamo.marking import office
from minamo.marking.blank import take_in
from minamo.marking.office import OfficeRefused, to_pdf
from tests.fixtures.papers import office as papers

REAL = office.office()
needs_it = pytest.mark.skipif(REAL is None, reason="LibreOffice (soffice) is not on this machine")


@pytest.fixture
def asked() -> Iterator[tuple[str, list[str]]]:
    """An address on this machine, and what was asked of it."""
    seen: list[str] = []

    class Door(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            seen.append(self.path)
            self.send_error(404)

        do_HEAD = do_OPTIONS = do_PROPFIND = do_GET  # noqa: N815  the names of the protocol

        def log_message(self, *words: object) -> None:
            """Quiet."""

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Door)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/picture.png", seen
    server.shutdown()


def word(link: str, ran: Path) -> bytes:
    return papers.docx(link)


def text(link: str, ran: Path) -> bytes:
    macro = f'Sub Go\n n = FreeFile()\n Open "{ran}" For Output As #n\n Print #n, "ran"\n Close #n\nEnd Sub\n'
    return papers.odt(link, macro)


def table(link: str, ran: Path) -> bytes:
    return papers.xlsx(f'=WEBSERVICE("{link}")')


@needs_it
@pytest.mark.parametrize(
    ("name", "make", "extra"), [("理科.docx", word, 0), ("理科.odt", text, 0), ("理科.xlsx", table, 3)]
)
def test_a_sheet_of_an_office_program_is_taken_in(
    name: str, make: Callable[[str, Path], bytes], extra: int, tmp_path: Path, asked: tuple[str, list[str]]
) -> None:
    """Every ruled answer box is found (`extra`: under the low rows of Excel there are lines that are none, taken off with Del), number and name stand beside their
    words; what the file wants to fetch or to run is neither; nothing is left beside file and PDF."""
    address, seen = asked
    ran = tmp_path.parent / "ran"
    (tmp_path / name).write_bytes(make(address, ran))
    made = to_pdf(tmp_path / name)
    assert sorted(one.name for one in tmp_path.iterdir()) == sorted([name, made.name])
    assert seen == [] and not ran.exists()
    blank = take_in(made)
    boxes = [
        one for one in blank.questions if 80 < one.box[3] - one.box[1] < 180 and 150 < one.box[2] - one.box[0] < 260
    ]
    assert len(boxes) == papers.BOXES
    assert len(blank.questions) - len(boxes) <= extra
    assert extra or len({one.section for one in boxes}) == papers.ROWS
    assert blank.number is not None and blank.name is not None
    assert blank.number[2] < blank.name[0] and blank.name[2] - blank.name[0] > 400


@needs_it
def test_a_broken_file_is_said(tmp_path: Path) -> None:
    path = tmp_path / "理科.docx"
    path.write_bytes(papers.docx()[:-300])
    with pytest.raises(OfficeRefused, match=r"理科\.docx：PDFにできませんでした.*壊れている.*PDFとして保存"):
        to_pdf(path)


@pytest.mark.parametrize(
    ("script", "words"),
    [
        ("sleep 300 & echo $! > {folder}/child; echo $HOME > {folder}/home; wait", "時間がかかりすぎる"),
        ("kill -SEGV $$", "途中でプログラムが止まりました"),
        ("exit 139", "途中でプログラムが止まりました"),
        ("exit 0", "壊れているかもしれません"),
    ],
)
def test_a_program_that_hangs_or_breaks(
    script: str, words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is ended with whatever it started, its profile goes, and the words say what to do."""
    program = tmp_path / "soffice"
    program.write_text("#!/bin/sh\n" + script.format(folder=tmp_path) + "\n")
    program.chmod(0o755)
    monkeypatch.setattr("minamo.marking.office.shutil.which", lambda _: str(program))
    monkeypatch.setattr(office, "LONGEST", 2)
    path = tmp_path / "用紙.docx"
    path.write_bytes(papers.docx(""))
    with pytest.raises(OfficeRefused, match=f"用紙.*{words}.*PDFとして保存"):
        to_pdf(path)
    if "sleep" in script:
        assert not Path((tmp_path / "home").read_text().strip()).exists()
        child = int((tmp_path / "child").read_text())
        for _ in range(1200):
            if not alive(child):
                return
            time.sleep(0.05)
        raise AssertionError("what the program had started goes on")


@pytest.fixture
def asked_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A stand-in for the program that leaves this file when it is started, with the limits it has then."""
    program, left = tmp_path / "soffice", tmp_path / "left"
    program.write_text(f"#!/bin/sh\nsleep 0.3\necho $(ulimit -v) $(ulimit -f) > {left}\n")
    program.chmod(0o755)
    monkeypatch.setattr("minamo.marking.office.shutil.which", lambda _: str(program))
    return left


def archive(path: Path, sizes: list[int]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as out:
        for number, size in enumerate(sizes):
            out.writestr(f"word/media/{number}", bytes(size))
    return path


def lying(path: Path) -> Path:
    """Its directory and its head say ten bytes, its content is larger than anything allowed here."""
    archive(path, [3_000_000])
    raw, size = path.read_bytes(), (3_000_000).to_bytes(4, "little")
    assert raw.count(size) == 2
    path.write_bytes(raw.replace(size, (10).to_bytes(4, "little")))
    return path


def test_what_unpacks_into_too_much_never_reaches_the_program(
    asked_for: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(office, "MOST_UNPACKED", 2_000_000)
    monkeypatch.setattr(office, "MOST_ENTRIES", 50)
    for number, sizes in enumerate([[2_000_001], [1_000_001, 1_000_000], [1] * 51]):
        with pytest.raises(OfficeRefused, match=r"大きくなりすぎます.*PDFとして保存"):
            to_pdf(archive(tmp_path / f"{number}.docx", sizes))
    with pytest.raises(OfficeRefused):
        to_pdf(lying(tmp_path / "lies.docx"))
    assert not asked_for.exists()


def test_a_small_file_that_unpacks_into_too_much_is_refused_unopened(
    asked_for: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the limits as they are, from what its directory says: 224 MB in 220 KB, of which nothing is unpacked."""
    path = archive(tmp_path / "用紙.docx", [16 * 2**20] * 14)
    opened: list[object] = []
    monkeypatch.setattr(zipfile.ZipFile, "open", lambda *_, **__: opened.append(1))
    with pytest.raises(OfficeRefused, match="大きくなりすぎます"):
        to_pdf(path)
    assert not opened and not asked_for.exists()


@pytest.mark.parametrize("content", [b"PK\x03\x04 torn", b"\xd0\xcf\x11\xe0 with a password", b""])
def test_what_is_no_archive_never_reaches_the_program(asked_for: Path, tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "表.xlsx"
    path.write_bytes(content)
    with pytest.raises(OfficeRefused, match=r"表.*パスワード.*PDFとして保存"):
        to_pdf(path)
    assert not asked_for.exists()


def test_the_program_has_limits_of_memory_and_disk(asked_for: Path, tmp_path: Path) -> None:
    with pytest.raises(OfficeRefused, match="壊れているかもしれません"):  # the stand-in makes no PDF
        to_pdf(archive(tmp_path / "用紙.docx", [10]))
    memory, file = map(int, asked_for.read_text().split())
    assert memory * 1024 == office.MEMORY and file * 512 == office.LARGEST_FILE


def alive(process: int) -> bool:
    """Whether it still runs (a process nobody has waited for yet does not)."""
    try:
        os.kill(process, 0)
        state = Path(f"/proc/{process}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except (OSError, IndexError):
        return False
    return state != "Z"
