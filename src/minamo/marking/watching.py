"""見張りフォルダー: what a copier lays into a folder goes to a test by itself.

A file is taken when it has stopped growing, and is moved aside afterwards: `送信済み`, or `送れないもの` with the reason beside
it. When the line or the server is away it stays where it is and is tried again.
"""

import hashlib
import http.cookiejar
import json
import shutil
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import urldefrag, urlsplit

from minamo.marking.upload_rules import CHUNK, KINDS

SENT, REFUSED = "送信済み", "送れないもの"
ENDINGS = tuple(ending for kind in KINDS for ending in kind.endings)
PATIENCE = 60  # seconds one request may take


class NotAccepted(Exception):
    """受け取られない; the message says why. The file is moved aside."""


class Away(Exception):
    """いまは送れない (no line, server restarting); the file stays."""


class Target(Protocol):
    """送り先."""

    def send(self, name: str, content: bytes) -> str:
        """What was done, in words. Raises NotAccepted, Away."""
        ...


@dataclass
class Watch:
    """見張り: one folder, one target. `look` is called now and then."""

    folder: Path
    target: Target
    say: Callable[[str], None]
    sizes: dict[Path, int] = field(default_factory=dict)

    def look(self, *, settled: bool = False) -> int:
        """Send what has stopped growing since the last look (`settled`: everything); returns how many files were dealt with."""
        dealt, now = 0, {}
        for path in sorted(self.folder.iterdir()):
            if path.name.startswith(".") or not path.is_file() or not path.name.lower().endswith(ENDINGS):
                continue
            size = path.stat().st_size
            if size and (settled or self.sizes.get(path) == size):
                dealt += self._send(path)
            else:
                now[path] = size
        self.sizes = now
        return dealt

    def _send(self, path: Path) -> int:
        try:
            words = self.target.send(path.name, path.read_bytes())
        except NotAccepted as problem:
            self._aside(path, REFUSED, str(problem))
            self.say(f"{path.name}　送れません：{problem}")
            return 1
        except (Away, OSError) as problem:
            self.sizes.pop(path, None)
            self.say(f"{path.name}　あとで送ります（{problem}）")
            return 0
        self._aside(path, SENT, "")
        self.say(f"{path.name}　{words}")
        return 1

    def _aside(self, path: Path, where: str, note: str) -> None:
        folder = self.folder / where
        folder.mkdir(exist_ok=True)
        target, number = folder / path.name, 1
        while target.exists():
            number += 1
            target = folder / f"{path.stem}（{number}）{path.suffix}"
        shutil.move(path, target)
        if note:
            target.with_name(f"{target.name}.txt").write_text(note + "\n", encoding="utf-8")


class _Stay(urllib.request.HTTPRedirectHandler):
    """Follows nothing: the secret of the link goes to the address its operator gave and to no other."""

    def redirect_request(self, *asked: object) -> None:
        """None: the answer itself is raised as an HTTPError."""


class ByLink:
    """送り先のリンク, over the network: parts, then the whole, as the page in the browser does it."""

    def __init__(self, address: str) -> None:
        self.page, self.token = urldefrag(address)
        if not self.token or urlsplit(self.page).scheme not in {"http", "https"}:
            raise ValueError("送り先のアドレスは、「送り先を作る」で出た全体（#より後ろも）を写してください。")
        self.cookies = http.cookiejar.CookieJar()
        self.line = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(self.cookies), _Stay)

    def send(self, name: str, content: bytes) -> str:
        """One file."""
        self._ask("GET", self.page, None, {})
        pieces = [content[at : at + CHUNK] for at in range(0, len(content), CHUNK)]
        digests = [hashlib.sha256(piece).hexdigest() for piece in pieces]
        missing = set(self._json(f"{self.page}parts/", {"parts": digests})["missing"])
        for digest, piece in zip(digests, pieces, strict=True):
            if digest in missing:
                missing.discard(digest)
                more = {"Content-Type": "application/octet-stream", "X-Part": digest}
                self._ask("POST", f"{self.page}parts/", piece, more)
        done = self._json(self.page, {"files": [{"name": name, "parts": digests}]})
        return "送りました" if "sent=1" in done["to"] else "もう届いています（ふたつにはしていません）"

    def _json(self, url: str, body: Mapping[str, Any]) -> Any:
        return json.loads(self._ask("POST", url, json.dumps(body).encode(), {"Content-Type": "application/json"}))

    def _ask(self, method: str, url: str, body: bytes | None, headers: Mapping[str, str]) -> bytes:
        known = next((one.value or "" for one in self.cookies if one.name.endswith("csrftoken")), "")
        more = {"X-CSRFToken": known, "X-Token": self.token, "Referer": self.page, **headers}
        request = urllib.request.Request(url, body, more, method=method)  # noqa: S310  http and https only, see __init__
        try:
            with self.line.open(request, timeout=PATIENCE) as answer:
                found: bytes = answer.read()
                return found
        except urllib.error.HTTPError as problem:
            if 300 <= problem.code < 400:
                raise Away("別のアドレスへ回されました。送り先を作り直してください") from problem
            if problem.code == 429:
                raise Away("少し待つように言われました") from problem
            if problem.code >= 500:
                raise Away(f"サーバーの返事 {problem.code}") from problem
            raise NotAccepted(_words(problem)) from problem
        except (urllib.error.URLError, TimeoutError, ConnectionError) as problem:
            raise Away("つながりません") from problem


def _words(problem: urllib.error.HTTPError) -> str:
    try:
        return str(json.loads(problem.read())["problem"])
    except (ValueError, KeyError, TypeError):
        return f"受け取られませんでした（{problem.code}）。"
