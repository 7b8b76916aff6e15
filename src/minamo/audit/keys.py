"""署名鍵 (signing keys): derived from one secret per purpose, so that one secret serves every municipality's log.

`MINAMO_AUDIT_SEED` (the log's own signature) and `MINAMO_WITNESS_SEED` (countersignatures) hold one or more secrets of 32
bytes in hex, the present one first, separated by commas or line ends; or `…_FILE` names a file, which must be there; else a
file of mode 0600 in `var/keys/` is made on first use (one host). A key is Ed25519 from HKDF-SHA256(secret, 「minamo PURPOSE v1 NAME」).

Rotation: put a new secret in front and leave the former one behind it. The sealer then publishes the new public key
signed by the former one; after that the former secret can go.
"""

import os
import re
import secrets
from functools import lru_cache
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

from minamo.audit import notes
from minamo.kernel import secret_files

LENGTH = 32
VARIABLES = {"audit": "MINAMO_AUDIT_SEED", "witness": "MINAMO_WITNESS_SEED", "pupil": "MINAMO_AUDIT_KEK"}
KINDS = {"audit": notes.LOG, "witness": notes.WITNESS}


class KeyTrouble(RuntimeError):
    """鍵の不都合; the message says in Japanese what to do."""


def file_of(purpose: str) -> Path:
    """Where the secrets of a purpose lie when the environment does not hold them. Raises KeyTrouble when it names a file that is
    not there."""
    name = VARIABLES[purpose]
    try:
        path = secret_files.named(name)
    except secret_files.SecretTrouble as trouble:
        raise KeyTrouble(str(trouble)) from trouble
    return path or Path(settings.VAR_DIR / "keys" / name.removeprefix("MINAMO_").lower())


def seeds(purpose: str, *, make: bool = True) -> list[bytes]:
    """The secrets of a purpose, the present one first; made when there are none and `make` says so.

    Raises KeyTrouble when a secret is not 32 bytes in hex or the file is open to others.
    """
    text = os.environ.get(VARIABLES[purpose], "")
    if not text:
        path = file_of(purpose)
        if not path.exists():
            if not make:
                return []
            secret_files.write(path, _lines([secrets.token_bytes(LENGTH)]), first=True)
        try:
            secret_files.guarded(path)
            text = secret_files.read(path)
        except secret_files.SecretTrouble as trouble:
            raise KeyTrouble(str(trouble)) from trouble
    return _parse(text, purpose)


def _parse(text: str, purpose: str) -> list[bytes]:
    try:
        found = [bytes.fromhex(part) for part in re.split(r"[\s,]+", text.strip())]
    except ValueError:
        found = []
    if not found or any(len(seed) != LENGTH for seed in found):
        raise KeyTrouble(f"{VARIABLES[purpose]} は32バイトの16進数（64文字）で書いてください。")
    return found


def _lines(values: list[bytes]) -> str:
    return "".join(f"{value.hex()}\n" for value in values)


def rotate(purpose: str, *, forget: bool = False) -> None:
    """鍵を替える: a new secret in front; `forget` drops all former ones. Only for secrets kept in a file.

    Raises KeyTrouble when the environment holds them.
    """
    if os.environ.get(VARIABLES[purpose]):
        raise KeyTrouble(f"{VARIABLES[purpose]} は環境変数にあります。値の先頭に新しい鍵を加えてください。")
    found = seeds(purpose)
    kept = found[:1] if forget else [secrets.token_bytes(LENGTH), *found]
    secret_files.write(file_of(purpose), _lines(kept))


@lru_cache(maxsize=1024)
def _derive(purpose: str, name: str, seed: bytes) -> notes.Signer:
    material = HKDF(SHA256(), LENGTH, None, f"minamo {purpose} v1 {name}".encode()).derive(seed)
    return notes.Signer(name, KINDS[purpose], Ed25519PrivateKey.from_private_bytes(material))


def signers(purpose: str, name: str, *, make: bool = True) -> list[notes.Signer]:
    """The signing keys of a name, the present one first."""
    return [_derive(purpose, name, seed) for seed in seeds(purpose, make=make)]


def endorsed(key: notes.VerifierKey) -> bytes:
    """What a former key signs to pass its place on."""
    return f"minamo audit key v1\n{key}\n".encode()


def succeeded(former: notes.VerifierKey, key: notes.VerifierKey) -> bytes:
    """What a new key signs to say from whom it took over: who trusts the new one may trust the former."""
    return f"minamo audit key after v1\n{former}\n{key}\n".encode()
