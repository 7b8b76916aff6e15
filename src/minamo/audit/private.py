"""秘匿した内容 (private detail): words about pupils in the trail, each encrypted under a key of the pupil it is about.

The leaf of the tree hashes the ciphertext, so that destroying the key (actions.py) makes the words unreadable and leaves the
tree whole. Data keys (AES-256-GCM, one per pupil) are wrapped by a key of the operator, `MINAMO_AUDIT_KEK`, that no backup
of the database holds. The associated data bind words to row, pupil and municipality: moved elsewhere they do not open.

In the detail of a row, under FIELD: pupil's id → {"form": "aes-256-gcm/1", "key": name of the data key, "text": base64}.
"""

import base64
import hashlib
import json
import secrets
from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.db import connection, transaction

from minamo.audit.keys import KeyTrouble, rotate, seeds
from minamo.kernel import clock

FIELD = "_private"
LOST = "_private_lost"  # in its place: how many children's words were lost for want of a key
NONCE = 12
# The number of a row before it is written, for private words are bound to it; beside it the keys there are.
_NUMBER_AND_KEYS = """
    SELECT (SELECT nextval(pg_get_serial_sequence('audit_entry', 'id'))), k.pupil_id, k.kek_id, k.wrapped
    FROM (VALUES (1)) AS one LEFT JOIN audit_pupil_key k ON k.pupil_id = ANY(%s) AND k.municipality_id = %s
"""


class Unreadable(RuntimeError):
    """開けない: the words were moved, altered, or belong to another key."""


def seal_private(
    *, municipality: UUID, words: Mapping[UUID, Mapping[str, str]]
) -> tuple[int, dict[str, dict[str, str]]]:
    """Encrypt the words of each pupil for a row to come: its number, and what its detail holds under FIELD. One query when the
    pupils have keys, two the first time.

    Raises KeyTrouble or Unreadable when a pupil's key does not open under MINAMO_AUDIT_KEK.
    """
    with connection.cursor() as cursor:
        cursor.execute(_NUMBER_AND_KEYS, [list(words), municipality])
        rows = cursor.fetchall()
    entry, keys = rows[0][0], _unwrapped((row[1:] for row in rows if row[1]), municipality)
    if missing := [pupil for pupil in words if pupil not in keys]:
        keys |= _new_keys(missing, municipality)
    sealed = {}
    for pupil, values in words.items():
        nonce, text = secrets.token_bytes(NONCE), json.dumps(dict(values), ensure_ascii=False).encode()
        closed = AESGCM(keys[pupil]).encrypt(nonce, text, _place(entry, pupil, municipality))
        sealed[str(pupil)] = {
            "form": "aes-256-gcm/1", "key": _name_of(keys[pupil]), "text": base64.b64encode(nonce + closed).decode(),
        }  # fmt: skip
    return entry, sealed


def open_private(*, entry: int, municipality: UUID, detail: Mapping[str, Any]) -> dict[UUID, dict[str, str] | None]:
    """The private words of a row by pupil, in the order they were written; None for a pupil whose key has been destroyed.

    Raises Unreadable when words do not belong to this row, KeyTrouble when MINAMO_AUDIT_KEK is not the one they need.
    """
    stored = {UUID(pupil): one for pupil, one in detail.get(FIELD, {}).items()}
    keys = _data_keys(stored, municipality) if stored else {}
    return {
        pupil: _open(keys[pupil], one["text"], _place(entry, pupil, municipality))
        if pupil in keys and _name_of(keys[pupil]) == one["key"]
        else None
        for pupil, one in stored.items()
    }


def _open(key: bytes, text: str, place: bytes) -> dict[str, str]:
    raw = base64.b64decode(text)
    try:
        values: dict[str, str] = json.loads(AESGCM(key).decrypt(raw[:NONCE], raw[NONCE:], place))
    except InvalidTag as error:
        raise Unreadable("words were moved or altered") from error
    return values


# Names of the wrapping keys in use as the scope sees them, for a query that asks for something else as well.
KEKS_IN_USE = "ARRAY(SELECT DISTINCT kek_id FROM audit_pupil_key)"


def trouble(used: Iterable[str]) -> str:
    """鍵の不都合: why private words cannot be written or opened on this host, in Japanese; "" when they can. `used`: KEKS_IN_USE."""
    used = set(used)
    try:
        lacking = used - {kek_id(kek) for kek in seeds("pupil", make=not used)}
    except (KeyTrouble, OSError) as error:
        return str(error)
    return _lacking(", ".join(sorted(lacking))) if lacking else ""


def _lacking(names: str) -> str:
    return f"MINAMO_AUDIT_KEK に鍵 {names} がありません。替える前の鍵を2番目に戻してください。"


def _name_of(key: bytes) -> str:
    """A short name of a data key, so that words under a destroyed one are told from words that were tampered with."""
    return hashlib.sha256(b"minamo pupil key" + key).hexdigest()[:16]


def _place(entry: int, pupil: UUID, municipality: UUID) -> bytes:
    return f"minamo audit_entry detail v1|{entry}|{pupil}|{municipality}".encode()


def _wrapping(pupil: UUID, municipality: UUID) -> bytes:
    return f"minamo audit_pupil_key v1|{pupil}|{municipality}".encode()


def kek_id(kek: bytes) -> str:
    """A short name of a wrapping key."""
    return hashlib.sha256(b"minamo kek" + kek).hexdigest()[:16]


def _data_keys(pupils: Iterable[UUID], municipality: UUID) -> dict[UUID, bytes]:
    """The data keys there are. One query."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pupil_id, kek_id, wrapped FROM audit_pupil_key WHERE pupil_id = ANY(%s) AND municipality_id = %s",
            [list(pupils), municipality],
        )
        return _unwrapped(cursor.fetchall(), municipality)


def _unwrapped(rows: Iterable[tuple[UUID, str, Any]], municipality: UUID) -> dict[UUID, bytes]:
    return {pupil: _unwrap(name, bytes(wrapped), pupil, municipality) for pupil, name, wrapped in rows}


def _unwrap(name: str, wrapped: bytes, pupil: UUID, municipality: UUID) -> bytes:
    for kek in seeds("pupil"):
        if kek_id(kek) == name:
            try:
                return AESGCM(kek).decrypt(wrapped[:NONCE], wrapped[NONCE:], _wrapping(pupil, municipality))
            except InvalidTag as error:
                raise Unreadable("a wrapped key was altered") from error
    raise KeyTrouble(_lacking(name))


def _wrap(key: bytes, pupil: UUID, municipality: UUID) -> tuple[str, bytes]:
    kek, nonce = seeds("pupil")[0], secrets.token_bytes(NONCE)
    return kek_id(kek), nonce + AESGCM(kek).encrypt(nonce, key, _wrapping(pupil, municipality))


def _new_keys(pupils: list[UUID], municipality: UUID) -> dict[UUID, bytes]:
    """Keys for pupils who have none: ours, or the ones another writer made a moment before. One query, two after such a writer."""
    made = {pupil: AESGCM.generate_key(256) for pupil in sorted(pupils)}
    rows = [(pupil, *_wrap(key, pupil, municipality)) for pupil, key in made.items()]
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO audit_pupil_key (pupil_id, municipality_id, kek_id, wrapped, made_at)"
            " SELECT one.pupil, %s, one.kek, one.wrapped, %s"
            " FROM unnest(%s::uuid[], %s::text[], %s::bytea[]) AS one (pupil, kek, wrapped) ON CONFLICT DO NOTHING RETURNING pupil_id",
            [municipality, clock.now(), *map(list, zip(*rows, strict=True))],
        )
        keys = {pupil: made[pupil] for (pupil,) in cursor.fetchall()}
    if others := made.keys() - keys:
        keys |= _data_keys(others, municipality)
    if len(keys) < len(pupils):
        raise KeyTrouble("児童生徒の鍵を作れませんでした。ほかの自治体の児童生徒ではないかを確かめてください。")
    return keys


def destroy_key(pupil: UUID, municipality: UUID) -> bool:
    """Delete the pupil's key; returns whether there was one."""
    with connection.cursor() as cursor:
        cursor.execute(
            "DELETE FROM audit_pupil_key WHERE pupil_id = %s AND municipality_id = %s", [pupil, municipality]
        )
        return bool(cursor.rowcount)


def rewrap_all() -> int:
    """包む鍵を替える: wrap every data key under the present KEK, then forget the former one (when it is in a file).

    After an erasure this also closes old backups and write-ahead logs, which may still hold the wrapped key.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT set_config('minamo.sealer', 'on', true)")
        cursor.execute("SELECT pupil_id, municipality_id, kek_id, wrapped FROM audit_pupil_key FOR UPDATE")
        rows = cursor.fetchall()
        for pupil, municipality, name, wrapped in rows:
            fresh = _wrap(_unwrap(name, bytes(wrapped), pupil, municipality), pupil, municipality)
            cursor.execute("UPDATE audit_pupil_key SET kek_id = %s, wrapped = %s WHERE pupil_id = %s", [*fresh, pupil])
    return len(rows)


def rotate_kek() -> int:
    """A new KEK in front, all keys under it, the former forgotten; returns how many keys."""
    rotate("pupil")
    count = rewrap_all()
    rotate("pupil", forget=True)
    return count
