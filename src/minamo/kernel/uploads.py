"""受け取るファイル (uploads): the one door for files from outside: size, name, content and, when configured, a virus scan.

A file comes in only as one of the kinds its form names. The ending of its name and its first bytes must say the same, a picture
declares no more pixels than `kernel.pictures` allows;
what unpacks is limited again by whoever unpacks it (`kernel.tables`, `interop.roster.package`). Names of files are never used as paths:
content is kept under its digest (`kernel.files`).

What came in is never served: not under the type of a picture, not inline, not at all. Scans are evidence and stay byte for byte;
what browsers get as a picture this program has decoded and coded itself, what leaves inside a PDF are bare pixels
(`marking/giveback/bare.py`); so what a camera wrote beside a picture stays here and what hides behind one ends here (ADR 0032).
Should a room ever hand a file on as it came, it is an attachment under a neutral type, with nosniff.
"""

import logging
import socket
import struct
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile, UploadedFile

from minamo.kernel.files import FileTooLarge, read_limited
from minamo.kernel.pictures import MOST_PIXELS, pixels_of

logger = logging.getLogger(__name__)
CHUNK = 64 * 1024
LONGEST_NAME = 120


class UploadRefused(ValueError):
    """受け取れないファイル; the message is for the person who chose it and says what to do next."""


@dataclass(frozen=True)
class Kind:
    """ファイルの種類: its Japanese name, endings, a look at the content, and the largest size in bytes."""

    label: str
    endings: tuple[str, ...]
    looks_right: Callable[[bytes], bool]
    most: int


@dataclass(frozen=True)
class Accepted:
    """受け取ったファイル: the name (its last part, for showing only), content and kind."""

    name: str
    content: bytes
    kind: Kind


def _is_zip(content: bytes) -> bool:
    return content[:4] == b"PK\x03\x04"


def _is_text(content: bytes) -> bool:
    # UTF-16 from old Excel has NULs, too: the table reader explains that one better than we could.
    return not content.startswith((b"PK", b"MZ", b"\x7fELF", b"%PDF", b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"#!"))


ZIP = Kind("ZIP", (".zip",), _is_zip, 100 * 2**20)
EXCEL = Kind("Excel（.xlsx）", (".xlsx", ".xlsm"), lambda c: _is_zip(c) or c[:4] == b"\xd0\xcf\x11\xe0", 30 * 2**20)
CSV = Kind("CSV", (".csv", ".txt", ".tsv"), _is_text, 30 * 2**20)
PDF = Kind("PDF", (".pdf",), lambda c: b"%PDF-" in c[:1024], 300 * 2**20)
JPEG = Kind("JPEG", (".jpg", ".jpeg"), lambda c: c[:3] == b"\xff\xd8\xff", 40 * 2**20)
PNG = Kind("PNG", (".png",), lambda c: c[:8] == b"\x89PNG\r\n\x1a\n", 40 * 2**20)
HEIC = Kind("HEIC", (".heic", ".heif"), lambda c: c[4:8] == b"ftyp", 40 * 2**20)
WORD = Kind("Word（.docx）", (".docx",), _is_zip, 30 * 2**20)
ODF = Kind("OpenDocument（.odt・.ods）", (".odt", ".ods"), _is_zip, 30 * 2**20)
SLIDES = Kind("PowerPoint（.pptx）", (".pptx",), _is_zip, 30 * 2**20)
TIFF = Kind("TIFF", (".tif", ".tiff"), lambda c: c[:4] in {b"II*\0", b"MM\0*"}, 300 * 2**20)

PICTURES = (JPEG, PNG)


def accept_bytes(name: str, content: bytes, kinds: Sequence[Kind], *, most: int | None = None) -> Accepted:
    """受け取る: a file that came in parts or from a folder, through the same door."""
    return accept(SimpleUploadedFile(name, content), kinds, most=most)


def accept(upload: "UploadedFile[Any] | None", kinds: Sequence[Kind], *, most: int | None = None) -> Accepted:
    """受け取る: the upload as one of `kinds`, at most `most` bytes. Raises UploadRefused before anything is kept."""
    labels = "・".join(kind.label for kind in kinds)
    if upload is None:
        raise UploadRefused(f"ファイルを選んでください（{labels}）。")
    name = shown_name(upload.name or "")
    kind = next((k for k in kinds if name.lower().endswith(k.endings)), None)
    if kind is None:
        raise UploadRefused(f"この種類のファイルは受け取れません。{labels} を選んでください。")
    limit = min(kind.most, most or kind.most)
    try:
        content = read_limited(upload, limit)
    except FileTooLarge:
        raise UploadRefused(f"ファイルが大きすぎます（上限 {limit // 2**20} MB）。分けて送ってください。") from None
    if not content:
        raise UploadRefused("ファイルが空です。保存し直してから、もう一度選んでください。")
    if not kind.looks_right(content):
        raise UploadRefused(f"名前は {kind.label} ですが、中身が違います。もとのソフトで保存し直してください。")
    if kind in PICTURES:
        _small_enough(content)
    scan(content)
    return Accepted(name, content, kind)


def _small_enough(content: bytes) -> None:
    """The pixels a picture declares are held to a cap before anybody decodes it (TIFF and PDF: by their readers)."""
    pixels = pixels_of(content)
    if pixels is None:
        raise UploadRefused("画像が壊れているため、読めません。もとのソフトで保存し直してください。")
    if pixels > MOST_PIXELS:
        raise UploadRefused("画像が大きすぎます。400 dpi 以下で取り込み直してください。")


def shown_name(name: str) -> str:
    """The last part of a file's name without control characters, for showing and for the trail; never a path."""
    last = PurePosixPath(name.replace("\\", "/")).name
    return "".join(c for c in last if c.isprintable())[-LONGEST_NAME:]


def scan(content: bytes) -> None:
    """ウイルス検査 by clamd (INSTREAM), when MINAMO_CLAMD names one (`host:port` or a socket's path).

    Raises UploadRefused for a finding and also when the scanner does not answer: configured means required.
    """
    where: str = settings.CLAMD
    if not where:
        return
    try:
        answer = _ask_clamd(where, content)
    except OSError as error:
        logger.error("virus scanner does not answer: %s", type(error).__name__)
        raise UploadRefused(
            "ウイルス検査ができないため、いまは受け取れません。少したってから送ってください。"
        ) from None
    if answer.endswith(b"OK"):
        return
    if answer.endswith(b"FOUND"):
        logger.warning("virus scanner refused an upload")
        raise UploadRefused("ウイルスが見つかったため受け取りませんでした。送ったパソコンを点検してください。")
    logger.error("virus scanner answered something unknown")
    raise UploadRefused("ウイルス検査ができないため、いまは受け取れません。運用担当に知らせてください。")


def _ask_clamd(where: str, content: bytes) -> bytes:
    host, colon, port = where.rpartition(":")
    if colon and port.isdigit():
        line = socket.create_connection((host, int(port)), timeout=30)
    else:
        line = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        line.settimeout(30)
        line.connect(where)
    with line:
        line.sendall(b"zINSTREAM\0")
        for start in range(0, len(content), CHUNK):
            part = content[start : start + CHUNK]
            line.sendall(struct.pack("!I", len(part)) + part)
        line.sendall(struct.pack("!I", 0))
        answer = b""
        while not answer.endswith(b"\0") and (more := line.recv(4096)):
            answer += more
    return answer.rstrip(b"\0\n ")
