"""Blank sheets as files, good and bad ones, for the tests of the set-up."""

import io
import struct
import uuid
import zlib
from typing import Any

import pikepdf
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from tests.fixtures.papers.layouts import FAMILIES


def a_sheet(family: str = "grid", seed: int = 71) -> bytes:
    """A blank sheet as PDF."""
    out = io.BytesIO()
    FAMILIES[family](seed).page.save(out, "PDF", resolution=200)
    return out.getvalue()


def upload(content: bytes, name: str = "社会 期末.pdf", **more: Any) -> dict[str, Any]:
    return {"file": SimpleUploadedFile(name, content), "title": "", "subject": "社会", "key": str(uuid.uuid4())} | more


def encrypted() -> bytes:
    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(a_sheet())) as book:
        book.save(out, encryption=pikepdf.Encryption(owner="a", user="b"))
    return out.getvalue()


def many(count: int) -> bytes:
    out = io.BytesIO()
    book = pikepdf.new()
    for _ in range(count):
        book.add_blank_page()
    book.save(out)
    return out.getvalue()


def picture(size: tuple[int, int], kind: str = "PNG", mode: str = "L") -> bytes:
    out = io.BytesIO()
    Image.new(mode, size).save(out, kind)
    return out.getvalue()


def huge_png() -> bytes:
    """The head of a picture of 30,000 × 30,000 points, without its 900 million points."""
    head = struct.pack(">IIBBBBB", 30_000, 30_000, 8, 0, 0, 0, 0)
    chunk = b"IHDR" + head
    return b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + chunk + struct.pack(">I", zlib.crc32(chunk)) + b"\0\0\0\0IDAT"
