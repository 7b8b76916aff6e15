"""The watched folder: nothing is sent before it is whole, nothing is lost when the line is away, nothing goes twice."""

import re
import threading
import urllib.error
import uuid
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import StringIO
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone

from minamo.marking.models import Pile
from minamo.marking.tests.scans import see_all
from minamo.marking.watching import Away, ByLink, NotAccepted, Watch
from tests.fixtures import piles
from tests.fixtures.world import World

pytestmark = pytest.mark.django_db


class Fake:
    """A target that answers as told."""

    def __init__(self) -> None:
        self.got: list[tuple[str, bytes]] = []
        self.answer: Exception | None = None

    def send(self, name: str, content: bytes) -> str:
        if self.answer is not None:
            raise self.answer
        self.got.append((name, content))
        return "送りました"


@pytest.fixture
def test(world: World) -> uuid.UUID:
    see_all(world)
    return piles.a_sitting(world, timezone.now())


def test_a_file_is_taken_when_it_has_stopped_growing(tmp_path: Path) -> None:
    fake, said = Fake(), list[str]()
    watch = Watch(tmp_path, fake, said.append)
    (tmp_path / "a.pdf").write_bytes(b"half")
    for hidden in (".a.pdf", "notes.docx"):
        (tmp_path / hidden).write_bytes(b"x")
    (tmp_path / "empty.pdf").write_bytes(b"")
    assert watch.look() == 0
    (tmp_path / "a.pdf").write_bytes(b"half and half")
    assert watch.look() == 0
    assert watch.look() == 1
    assert fake.got == [("a.pdf", b"half and half")]
    assert (tmp_path / "送信済み" / "a.pdf").read_bytes() == b"half and half"
    (tmp_path / "a.pdf").write_bytes(b"another")
    assert watch.look(settled=True) == 1
    assert {path.name for path in (tmp_path / "送信済み").iterdir()} == {"a.pdf", "a（2）.pdf"}
    assert (tmp_path / "notes.docx").exists() and (tmp_path / "empty.pdf").exists()


def test_refused_goes_aside_with_its_reason_and_away_is_tried_again(tmp_path: Path) -> None:
    fake = Fake()
    watch = Watch(tmp_path, fake, lambda words: None)
    (tmp_path / "a.pdf").write_bytes(b"x")
    fake.answer = Away("つながりません")
    assert watch.look(settled=True) == 0
    assert (tmp_path / "a.pdf").exists()
    fake.answer = NotAccepted("大きすぎます")
    assert watch.look(settled=True) == 1
    assert (tmp_path / "送れないもの" / "a.pdf.txt").read_text().strip() == "大きすぎます"


def test_the_command_sends_to_a_sitting(world: World, test: uuid.UUID, tmp_path: Path) -> None:
    (tmp_path / "scan.pdf").write_bytes(piles.pdf([piles.picture(1)]))
    (tmp_path / "bad.pdf").write_bytes(b"no pdf")
    out = StringIO()
    call_command("marking", "watch", str(tmp_path), "--sitting", str(test), "--once", stdout=out)
    assert "2つのファイル" in out.getvalue() and "中身が違います" in out.getvalue()
    see_all(world)
    (pile,) = Pile.objects.all()
    assert (pile.source, pile.sent_by_label) == ("folder", "見張りフォルダー")


@pytest.mark.parametrize(
    ("more", "words"),
    [
        (["--sitting", "x"], "番号を入れてください"), (["--sitting", str(uuid.uuid4())], "ありません"),
        (["--link", "https://school.example/scans/"], "全体"), (["--link", "file:///etc#x"], "全体"),
    ],
)  # fmt: skip
def test_targets_that_are_none(tmp_path: Path, more: list[str], words: str) -> None:
    with pytest.raises(CommandError, match=words):
        call_command("marking", "watch", str(tmp_path), "--once", *more)


def test_a_folder_that_is_none(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="フォルダーがありません"):
        call_command("marking", "watch", str(tmp_path / "x"), "--once", "--link", "https://school.example/scans/#t")


class Line:
    """Django's test client in the place of the network."""

    def __init__(self, link: ByLink) -> None:
        self.client = Client(enforce_csrf_checks=True)
        self.link, self.cut, self.busy = link, 0, 0

    def open(self, request: Any, timeout: float) -> Any:
        if self.cut:
            self.cut -= 1
            raise urllib.error.URLError("no line")
        if self.busy:
            self.busy -= 1
            raise urllib.error.HTTPError(request.full_url, 429, "", {}, None)  # type: ignore[arg-type]
        headers = {name: value for name, value in request.header_items() if name.lower() != "content-type"}
        kind = request.get_header("Content-type") or ""
        answer = self.client.generic(request.get_method(), request.selector, request.data or b"", kind, headers=headers)
        self.link.cookies = [SimpleNamespace(name=key, value=one.value) for key, one in self.client.cookies.items()]  # type: ignore[assignment]
        if answer.status_code >= 400:
            import io

            raise urllib.error.HTTPError(request.full_url, answer.status_code, "", {}, io.BytesIO(answer.content))  # type: ignore[arg-type]
        return _Answer(answer.content)


class _Answer:
    def __init__(self, content: bytes) -> None:
        self.content = content

    def __enter__(self) -> "_Answer":
        return self

    def __exit__(self, *_: object) -> None:
        return None

    def read(self) -> bytes:
        return self.content


def test_a_link_takes_the_folder_over_the_network(
    world: World, client_for: Any, test: uuid.UUID, tmp_path: Path
) -> None:
    page = client_for("a1-homeroom").post(f"/marking/sittings/{test}/links/").content.decode()
    found = re.search(r"(/scans/#[\w-]+)", page)
    assert found is not None
    link = ByLink("http://testserver" + found.group(1))
    line = Line(link)
    link.line = line  # type: ignore[assignment]
    watch = Watch(tmp_path, link, lambda words: None)
    (tmp_path / "scan.pdf").write_bytes(piles.pdf([piles.picture(1), piles.picture(2)]))
    line.cut = 1
    assert watch.look(settled=True) == 0, "no line: it stays"
    assert watch.look(settled=True) == 1
    (tmp_path / "またscan.pdf").write_bytes((tmp_path / "送信済み" / "scan.pdf").read_bytes())
    assert watch.look(settled=True) == 1
    (tmp_path / "later.pdf").write_bytes(piles.pdf([piles.blank_paper()]))
    line.busy = 1
    assert watch.look(settled=True) == 0, "the server asked for patience: it stays"
    assert (tmp_path / "later.pdf").exists()
    (tmp_path / "later.pdf").unlink()
    (tmp_path / "bad.pdf").write_bytes(b"no pdf")
    assert watch.look(settled=True) == 1
    assert "中身が違います" in (tmp_path / "送れないもの" / "bad.pdf.txt").read_text()
    see_all(world)
    (pile,) = Pile.objects.all()
    assert (pile.source, pile.filename) == ("link", "scan.pdf")


def test_the_secret_of_a_link_follows_nobody_elsewhere() -> None:
    """A server that sends on to another address is not obeyed, and the file waits."""
    came: list[str] = []

    class Elsewhere(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            came.append(self.path)
            self.send_response(302)
            self.send_header("Location", "/elsewhere")
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            """Nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Elsewhere) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        with pytest.raises(Away, match="別のアドレス"):
            ByLink(f"http://127.0.0.1:{server.server_port}/scans/#secret").send("scan.pdf", b"%PDF")
        server.shutdown()
    assert came == ["/scans/"]
