"""ファイル (files): content-addressed by SHA-256, so that the same content is kept once and a change is seen.

Backed by Django's storage (a local folder, or S3-compatible through django-storages). At an address lies a whole content or
nothing, also after a process was killed or the power went: see `put`.
"""

import datetime as dt
import hashlib
import logging
import os
from pathlib import Path
from typing import Protocol

from django.core.files.base import ContentFile
from django.core.files.storage import FileSystemStorage, Storage, default_storage
from django.utils import timezone

from minamo.kernel.ids import new_id

logger = logging.getLogger(__name__)

PART = 2**20  # bytes copied at a time
COMING = "coming"  # the folder of what is being written; nothing in it is at an address yet
ABANDONED = dt.timedelta(days=1)


class Readable(Protocol):
    """What can be read in parts: an upload, an open file."""

    def read(self, size: int = -1, /) -> bytes:
        """At most `size` bytes."""
        ...


class FileTooLarge(ValueError):
    """The upload is larger than this installation accepts."""


class Altered(ValueError):
    """What lies at the address is not the content of its digest: damaged on disk, or changed by somebody."""


UNREADABLE = (FileNotFoundError, Altered)  # the content is gone, or no longer itself


def digest_of(content: bytes) -> str:
    """SHA-256 in hex."""
    return hashlib.sha256(content).hexdigest()


def path_of(digest: str) -> str:
    """Where content lives in the storage: two levels of folders, then the digest."""
    if len(digest) != 64 or any(c not in "0123456789abcdef" for c in digest):
        raise ValueError("not a SHA-256 digest")
    return f"content/{digest[:2]}/{digest[2:4]}/{digest}"


def keep(content: bytes, *, storage: Storage = default_storage) -> str:
    """Keep content and return its digest; keeping it twice stores it once. What lies at its address and is not this content
    is replaced: keeping it again is the remedy for a file that was damaged."""
    digest = digest_of(content)
    if not intact(path_of(digest), digest, storage=storage, length=len(content)):
        put(path_of(digest), content, storage=storage)
    return digest


def intact(place: str, digest: str, *, storage: Storage = default_storage, length: int | None = None) -> bool:
    """Whether the content of this digest lies at a place, whole. `length`: how many bytes it has, where the caller knows."""
    if not storage.exists(place):
        return False
    try:
        if length is not None and storage.size(place) != length:
            return False
        return _digest_at(place, storage) == digest
    except FileNotFoundError:  # removed meanwhile
        return False


def put(place: str, content: bytes, *, storage: Storage = default_storage) -> None:
    """Write content to a place, whole or not at all: into a file of another name, to the disk, then renamed. What lies there is
    replaced. Returns when the power may go. Raises OSError (disk full, …); then the place is as it was.

    An object store shows an object when it has all of it, so it is asked as it is.
    """
    if not isinstance(storage, FileSystemStorage):
        if storage.exists(place):
            storage.delete(place)
        storage.save(place, ContentFile(content))
        return
    target, coming = Path(storage.path(place)), Path(storage.path(f"{COMING}/{new_id().hex}"))
    _folder(target.parent)
    _folder(coming.parent)
    try:
        with coming.open("xb") as handle:
            handle.write(content)
            handle.flush()
            if storage.file_permissions_mode is not None:
                os.fchmod(handle.fileno(), storage.file_permissions_mode)
            os.fsync(handle.fileno())
        coming.replace(target)
    finally:
        coming.unlink(missing_ok=True)
    _flush(target.parent)


def sweep(*, storage: Storage = default_storage) -> int:
    """片づける: what processes that were killed left half written, a day later; returns how many. It may be a picture of a pupil's
    answer, so it does not stay."""
    if not storage.exists(COMING):
        return 0
    left = [f"{COMING}/{name}" for name in storage.listdir(COMING)[1]]
    old = [place for place in left if timezone.now() - storage.get_modified_time(place) > ABANDONED]
    for place in old:
        storage.delete(place)
    return len(old)


def _folder(folder: Path) -> None:
    """Make a folder with those above it, each entered in the one above on the disk."""
    new = [one for one in (folder, *folder.parents) if not one.exists()]
    folder.mkdir(parents=True, exist_ok=True)
    for one in new:
        _flush(one.parent)


def _flush(folder: Path) -> None:
    """The entries of a folder to the disk."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _digest_at(place: str, storage: Storage) -> str:
    seen = hashlib.sha256()
    with storage.open(place, "rb") as handle:
        for part in handle.chunks(PART):
            seen.update(part)
    return seen.hexdigest()


def _altered(digest: str) -> Altered:
    logger.error("content %s: what is stored does not match its digest", digest)
    return Altered("the stored content does not match its digest")


def read(digest: str, *, storage: Storage = default_storage) -> bytes:
    """The content of a digest. Raises FileNotFoundError when it is gone, Altered when it was altered on disk."""
    with storage.open(path_of(digest), "rb") as handle:
        content: bytes = handle.read()
    if digest_of(content) != digest:
        raise _altered(digest)
    return content


def copy(digest: str, target: Path, *, storage: Storage = default_storage) -> None:
    """The content of a digest as a file, part by part: a pile of hundreds of megabytes never lies in memory. Raises
    FileNotFoundError when it is gone, Altered when it was altered on disk; then no file is left."""
    seen = hashlib.sha256()
    with storage.open(path_of(digest), "rb") as source, target.open("wb") as made:
        for part in source.chunks(PART):
            seen.update(part)
            made.write(part)
    if seen.hexdigest() != digest:
        target.unlink()
        raise _altered(digest)


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
