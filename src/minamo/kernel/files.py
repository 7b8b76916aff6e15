"""ファイル (files): content-addressed by SHA-256, so that the same content is kept once and a change is seen.

Backed by Django's storage (a local folder, or S3-compatible through django-storages).
"""

import hashlib
from pathlib import Path
from typing import Protocol

from django.core.files.base import ContentFile
from django.core.files.storage import Storage, default_storage

PART = 2**20  # bytes copied at a time


class Readable(Protocol):
    """What can be read in parts: an upload, an open file."""

    def read(self, size: int = -1, /) -> bytes:
        """At most `size` bytes."""
        ...


class FileTooLarge(ValueError):
    """The upload is larger than this installation accepts."""


def digest_of(content: bytes) -> str:
    """SHA-256 in hex."""
    return hashlib.sha256(content).hexdigest()


def path_of(digest: str) -> str:
    """Where content lives in the storage: two levels of folders, then the digest."""
    if len(digest) != 64 or any(c not in "0123456789abcdef" for c in digest):
        raise ValueError("not a SHA-256 digest")
    return f"content/{digest[:2]}/{digest[2:4]}/{digest}"


def keep(content: bytes, *, storage: Storage = default_storage) -> str:
    """Keep content and return its digest; keeping it twice stores it once."""
    digest = digest_of(content)
    if not storage.exists(path_of(digest)):
        storage.save(path_of(digest), ContentFile(content))
    return digest


def read(digest: str, *, storage: Storage = default_storage) -> bytes:
    """The content of a digest. Raises FileNotFoundError when it is gone, ValueError when it was altered on disk."""
    with storage.open(path_of(digest), "rb") as handle:
        content: bytes = handle.read()
    if digest_of(content) != digest:
        raise ValueError("the stored content does not match its digest")
    return content


def copy(digest: str, target: Path, *, storage: Storage = default_storage) -> None:
    """The content of a digest as a file, part by part: a pile of hundreds of megabytes never lies in memory. Raises
    FileNotFoundError when it is gone, ValueError when it was altered on disk; then no file is left."""
    seen = hashlib.sha256()
    with storage.open(path_of(digest), "rb") as source, target.open("wb") as made:
        for part in source.chunks(PART):
            seen.update(part)
            made.write(part)
    if seen.hexdigest() != digest:
        target.unlink()
        raise ValueError("the stored content does not match its digest")


def size(digest: str, *, storage: Storage = default_storage) -> int:
    """How many bytes a content takes; 0 when it is gone."""
    path = path_of(digest)
    return storage.size(path) if storage.exists(path) else 0


def drop(digest: str, *, storage: Storage = default_storage) -> bool:
    """Remove a content for good; whether it was there. The caller has made sure that nobody needs it: the same content is
    kept once for all who have it."""
    there = storage.exists(path_of(digest))
    if there:
        storage.delete(path_of(digest))
    return there


def read_limited(upload: Readable, limit: int) -> bytes:
    """Read an upload, at most `limit` bytes. Raises FileTooLarge beyond that, before keeping anything."""
    content = upload.read(limit + 1)
    if len(content) > limit:
        raise FileTooLarge(limit)
    return content
