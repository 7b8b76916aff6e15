"""届きかけのファイル: parts of a file on their way, kept under whom they belong to until the file is whole.

A part is named by its SHA-256, so a line that was lost goes on where it was: the browser asks which parts are missing. They
lie in a folder of one sitting (or link): nobody can claim a part somebody else has sent.
"""

import datetime as dt
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from django.core.files.storage import Storage, default_storage
from django.utils import timezone

from minamo.kernel.files import digest_of, intact, path_of, put
from minamo.marking.upload_rules import CHUNK, MOST_BYTES, MOST_FILES, MOST_WAITING

FOLDER = "incoming"
KEPT = dt.timedelta(days=2)


class PartRefused(ValueError):
    """部分を受け取れない; the message is for the sender."""


@dataclass(frozen=True)
class Whole:
    """送り終えたファイル as the sender lists it: its name and its parts in order."""

    name: str
    parts: tuple[str, ...]


def _place(owner: UUID, digest: str) -> str:
    path_of(digest)  # a digest and nothing else
    return f"{FOLDER}/{owner}/{digest}"


def keep_part(owner: UUID, digest: str, content: bytes, *, storage: Storage = default_storage) -> None:
    """部分を置く. Raises PartRefused when it did not arrive whole, or when too much lies unfinished."""
    if len(content) > CHUNK or hashlib.sha256(content).hexdigest() != digest:
        raise PartRefused("途中で切れました。もう一度送ります。")
    if intact(_place(owner, digest), digest, storage=storage, length=len(content)):
        return
    if _waiting(owner, storage) + len(content) > MOST_WAITING:
        raise PartRefused("送りかけのファイルが多すぎます。少したってから送ってください。")
    put(_place(owner, digest), content, storage=storage)


def missing(owner: UUID, digests: Sequence[str], *, storage: Storage = default_storage) -> list[str]:
    """まだ届いていない部分. Raises PartRefused for what is no list of digests."""
    try:
        return [digest for digest in dict.fromkeys(digests) if not storage.exists(_place(owner, digest))]
    except (TypeError, ValueError) as problem:
        raise PartRefused("送り方がちがいます。画面を開き直してください。") from problem


def whole(owner: UUID, file: Whole, *, storage: Storage = default_storage) -> bytes:
    """一つにする: the parts joined. Raises PartRefused when one is missing or the file is too large; and when one is no longer what
    was sent, which is then thrown away, so that the sender is asked for it again."""
    if len(file.parts) * CHUNK > MOST_BYTES + CHUNK:
        raise PartRefused(f"{file.name} が大きすぎます（上限 {MOST_BYTES // 2**20} MB）。分けて送ってください。")
    if missing(owner, file.parts, storage=storage):
        raise PartRefused(f"{file.name} がまだ届いていません。もう一度送ってください。")
    pieces = []
    for digest in file.parts:
        with storage.open(_place(owner, digest), "rb") as handle:
            pieces.append(handle.read())
    damaged = {digest for digest, piece in zip(file.parts, pieces, strict=True) if digest_of(piece) != digest}
    for digest in damaged:
        storage.delete(_place(owner, digest))
    if damaged:
        raise PartRefused(f"{file.name} の一部がこわれています。もう一度送ってください。")
    return b"".join(pieces)


def forget(owner: UUID, files: Sequence[Whole], *, storage: Storage = default_storage) -> None:
    """片づける: the parts of files that have become piles."""
    for digest in {digest for file in files for digest in file.parts}:
        storage.delete(_place(owner, digest))


def listed(given: object) -> list[Whole]:
    """送り終えた知らせを読む. Raises PartRefused when it is none."""
    if not isinstance(given, list) or not 1 <= len(given) <= MOST_FILES:
        raise PartRefused(f"ファイルを選んでください（{MOST_FILES}まで）。")
    files = []
    for one in given:
        name, parts = (one.get("name"), one.get("parts")) if isinstance(one, dict) else (None, None)
        if not isinstance(name, str) or not isinstance(parts, list) or not all(isinstance(p, str) for p in parts):
            raise PartRefused("送り方がちがいます。画面を開き直してください。")
        files.append(Whole(name, tuple(parts)))
    return files


def sweep(*, storage: Storage = default_storage) -> int:
    """古いものを捨てる: parts nobody finished within two days; returns how many."""
    gone = 0
    if not storage.exists(FOLDER):
        return 0
    for owner in storage.listdir(FOLDER)[0]:
        for digest in storage.listdir(f"{FOLDER}/{owner}")[1]:
            place = f"{FOLDER}/{owner}/{digest}"
            if timezone.now() - storage.get_modified_time(place) > KEPT:
                storage.delete(place)
                gone += 1
    return gone


def _waiting(owner: UUID, storage: Storage) -> int:
    folder = f"{FOLDER}/{owner}"
    if not storage.exists(folder):
        return 0
    return sum(storage.size(f"{folder}/{name}") for name in storage.listdir(folder)[1])
