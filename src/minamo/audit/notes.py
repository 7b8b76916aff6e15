"""署名つきの要約 (signed notes): checkpoints and countersignatures in the forms of C2SP. Pure; keys come in as arguments.

A checkpoint (tlog-checkpoint) is three lines: origin, size, root in base64. A signed note adds an empty line and lines
「— name base64(key id ‖ signature)」. The log signs with Ed25519 (type 0x01); a witness with cosignature/v1 (type 0x04),
whose signature covers the time it was given.
"""

import base64
import binascii
import hashlib
import struct
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

LOG, WITNESS = 0x01, 0x04


class NoteError(ValueError):
    """要約が読めない・署名が合わない."""


@dataclass(frozen=True)
class VerifierKey:
    """検証鍵: a name, the kind of signature and 32 bytes; written 「name+id+base64」."""

    name: str
    kind: int
    public: bytes

    @property
    def id(self) -> bytes:
        """Four bytes that name the key in signature lines."""
        return hashlib.sha256(self.name.encode() + b"\n" + bytes([self.kind]) + self.public).digest()[:4]

    def __str__(self) -> str:
        return f"{self.name}+{self.id.hex()}+{base64.b64encode(bytes([self.kind]) + self.public).decode()}"

    @classmethod
    def parse(cls, text: str) -> "VerifierKey":
        """From its written form. Raises NoteError when it is not one or its id does not fit."""
        try:
            name, key_id, encoded = text.strip().split("+", 2)
            raw = base64.b64decode(encoded, validate=True)
            key = cls(name, raw[0], raw[1:])
            fits = key.id.hex() == key_id and len(key.public) == 32 and key.kind in {LOG, WITNESS}
        except (ValueError, IndexError, binascii.Error) as error:
            raise NoteError(
                "検証鍵の形ではありません（名前+8桁+base64 の1行。bin/minamo audit keys が示す形です）。"
            ) from error
        if not fits:
            raise NoteError("検証鍵の番号と中身が合いません。写しまちがいがないか、確かめてください。")
        return key

    def holds(self, signature: bytes, message: bytes) -> bool:
        """Whether the signature over the message is of this key."""
        try:
            Ed25519PublicKey.from_public_bytes(self.public).verify(signature, message)
        except (InvalidSignature, ValueError):
            return False
        return True


@dataclass(frozen=True)
class Signer:
    """署名鍵: a private key under its name."""

    name: str
    kind: int
    private: Ed25519PrivateKey

    @property
    def verifier(self) -> VerifierKey:
        """The public half."""
        return VerifierKey(self.name, self.kind, self.private.public_key().public_bytes_raw())


@dataclass(frozen=True)
class Checkpoint:
    """チェックポイント: the log's statement of how large it is and what its root is."""

    origin: str
    size: int
    root: bytes

    def body(self) -> bytes:
        """The text that is signed."""
        return f"{self.origin}\n{self.size}\n{base64.b64encode(self.root).decode()}\n".encode()

    @classmethod
    def parse(cls, body: str) -> "Checkpoint":
        """From the text. Raises NoteError."""
        lines = body.split("\n")
        try:
            found = cls(lines[0], int(lines[1]), base64.b64decode(lines[2], validate=True))
        except (IndexError, ValueError, binascii.Error) as error:
            raise NoteError("チェックポイントの文面ではありません（台帳の名前・件数・根の3行）。") from error
        if found.body() != body.encode() or len(found.root) != 32:
            raise NoteError(
                "チェックポイントの文面が、決まった形ではありません。空白や改行が変わっていないか、確かめてください。"
            )
        return found


@dataclass(frozen=True)
class Signature:
    """署名の行."""

    name: str
    key_id: bytes
    value: bytes  # for witnesses: 8 bytes of time, then the signature

    def line(self) -> str:
        """As it stands in a note."""
        return f"— {self.name} {base64.b64encode(self.key_id + self.value).decode()}\n"


def sign(signer: Signer, checkpoint: Checkpoint) -> Signature:
    """The log's own signature."""
    return Signature(signer.name, signer.verifier.id, signer.private.sign(checkpoint.body()))


def cosign(signer: Signer, checkpoint: Checkpoint, seconds: int) -> Signature:
    """副署: a witness' signature at a time (seconds since 1970)."""
    value = signer.private.sign(_witnessed(checkpoint, seconds))
    return Signature(signer.name, signer.verifier.id, struct.pack(">Q", seconds) + value)


def _witnessed(checkpoint: Checkpoint, seconds: int) -> bytes:
    return b"cosignature/v1\n" + f"time {seconds}\n".encode() + checkpoint.body()


def time_of(signature: Signature) -> int:
    """When a countersignature was given (seconds since 1970)."""
    return int(struct.unpack(">Q", signature.value[:8])[0])


def valid(signature: Signature, checkpoint: Checkpoint, key: VerifierKey) -> bool:
    """Whether a signature line over a checkpoint is of this key."""
    if (signature.name, signature.key_id) != (key.name, key.id):
        return False
    if key.kind == WITNESS:
        if len(signature.value) != 72:
            return False
        return key.holds(signature.value[8:], _witnessed(checkpoint, time_of(signature)))
    return key.holds(signature.value, checkpoint.body())


def note(checkpoint: Checkpoint, *signatures: Signature) -> str:
    """The signed note as text."""
    return checkpoint.body().decode() + "\n" + "".join(signature.line() for signature in signatures)


def read(text: str) -> tuple[Checkpoint, list[Signature]]:
    """A signed note taken apart, nothing verified yet. Raises NoteError."""
    body, mark, rest = text.replace("\r\n", "\n").partition("\n\n")
    if not mark:
        raise NoteError("署名つきの文面ではありません（署名の前に、空の行がひとつ要ります）。")
    signatures = []
    for line in rest.strip("\n").split("\n"):
        parts = line.split(" ")
        if len(parts) != 3 or parts[0] != "—":
            raise NoteError("署名の行が壊れています。ファイルを写しなおしてください。")
        try:
            raw = base64.b64decode(parts[2], validate=True)
        except binascii.Error as error:
            raise NoteError("署名の行が壊れています。ファイルを写しなおしてください。") from error
        signatures.append(Signature(parts[1], raw[:4], raw[4:]))
    return Checkpoint.parse(body + "\n"), signatures
