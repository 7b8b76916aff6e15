"""秘匿した内容 (private detail): personal text in the trail, encrypted under a key of the pupil it is about.

The leaf of the tree hashes the ciphertext, so that destroying the key (erase.py) makes the text unreadable and leaves the
tree whole. Data keys (AES-256-GCM, one per pupil) are wrapped by a key of the operator, `MINAMO_AUDIT_KEK`, that no backup
of the database holds. The associated data bind a text to table, row, pupil and municipality: moved elsewhere it does not open.
"""

import base64
import hashlib
import json
import secrets
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.db import connection, transaction

from minamo.audit.keys import KeyTrouble, rotate, seeds
from minamo.kernel import clock

FIELD = "_private"
NONCE = 12


class Unreadable(RuntimeError):
    """開けない: the text was moved, altered, or belongs to another key."""


def seal_private(*, entry: int, pupil: UUID, municipality: UUID, values: Mapping[str, str]) -> dict[str, str]:
    """Encrypt `values` for the row `entry`; the result is stored in its detail under FIELD."""
    key = _data_key(pupil, municipality) or _new_key(pupil, municipality)
    nonce = secrets.token_bytes(NONCE)
    text = json.dumps(dict(values), ensure_ascii=False).encode()
    sealed = AESGCM(key).encrypt(nonce, text, _place(entry, pupil, municipality))
    return {"form": "aes-256-gcm/1", "text": base64.b64encode(nonce + sealed).decode()}


def open_private(*, entry: int, pupil: UUID, municipality: UUID, detail: Mapping[str, Any]) -> dict[str, str] | None:
    """The private values of a row; None when there are none or the pupil's key has been destroyed.

    Raises Unreadable when the text does not belong to this row.
    """
    stored = detail.get(FIELD)
    key = _data_key(pupil, municipality) if stored else None
    if not stored or key is None:
        return None
    raw = base64.b64decode(stored["text"])
    try:
        text = AESGCM(key).decrypt(raw[:NONCE], raw[NONCE:], _place(entry, pupil, municipality))
    except InvalidTag as error:
        raise Unreadable(entry) from error
    values: dict[str, str] = json.loads(text)
    return values


def _place(entry: int, pupil: UUID, municipality: UUID) -> bytes:
    return f"minamo audit_entry detail v1|{entry}|{pupil}|{municipality}".encode()


def _wrapping(pupil: UUID, municipality: UUID) -> bytes:
    return f"minamo audit_pupil_key v1|{pupil}|{municipality}".encode()


def kek_id(kek: bytes) -> str:
    """A short name of a wrapping key."""
    return hashlib.sha256(b"minamo kek" + kek).hexdigest()[:16]


def _data_key(pupil: UUID, municipality: UUID) -> bytes | None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT kek_id, wrapped FROM audit_pupil_key WHERE pupil_id = %s AND municipality_id = %s",
                       [pupil, municipality])  # fmt: skip
        row = cursor.fetchone()
    return _unwrap(row[0], bytes(row[1]), pupil, municipality) if row else None


def _unwrap(name: str, wrapped: bytes, pupil: UUID, municipality: UUID) -> bytes:
    for kek in seeds("pupil"):
        if kek_id(kek) == name:
            try:
                return AESGCM(kek).decrypt(wrapped[:NONCE], wrapped[NONCE:], _wrapping(pupil, municipality))
            except InvalidTag as error:
                raise Unreadable(str(pupil)) from error
    raise KeyTrouble(f"MINAMO_AUDIT_KEK に鍵 {name} がありません。替える前の鍵を2番目に戻してください。")


def _wrap(key: bytes, pupil: UUID, municipality: UUID) -> tuple[str, bytes]:
    kek, nonce = seeds("pupil")[0], secrets.token_bytes(NONCE)
    return kek_id(kek), nonce + AESGCM(kek).encrypt(nonce, key, _wrapping(pupil, municipality))


def _new_key(pupil: UUID, municipality: UUID) -> bytes:
    name, wrapped = _wrap(AESGCM.generate_key(256), pupil, municipality)
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO audit_pupil_key (pupil_id, municipality_id, kek_id, wrapped, made_at) VALUES (%s, %s, %s, %s, %s)"
            " ON CONFLICT DO NOTHING",
            [pupil, municipality, name, wrapped, clock.now()],
        )
    key = _data_key(pupil, municipality)  # perhaps the one another writer made a moment before
    if key is None:
        raise KeyTrouble("児童生徒の鍵を作れませんでした。ほかの自治体の児童生徒ではないかを確かめてください。")
    return key


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
