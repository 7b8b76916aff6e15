"""Signed notes: the published example of the format, round trips, and refusal of what is not one."""

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from minamo.audit import notes

CHECKPOINT = notes.Checkpoint("minamo.example/480441", 42, bytes(range(32)))


def signer(kind: int, name: str = "minamo.example/480441") -> notes.Signer:
    return notes.Signer(name, kind, Ed25519PrivateKey.from_private_bytes(bytes([kind]) * 32))


def test_a_key_of_another_implementation_is_read() -> None:
    # The key of Go's checksum database, as published with the format.
    text = "sum.golang.org+033de0ae+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8"
    assert str(notes.VerifierKey.parse(text)) == text


@pytest.mark.parametrize("kind", [notes.LOG, notes.WITNESS])
def test_sign_and_verify(kind: int) -> None:
    own = signer(kind)
    made = notes.cosign(own, CHECKPOINT, 1_800_000_000) if kind == notes.WITNESS else notes.sign(own, CHECKPOINT)
    found, (read,) = notes.read(notes.note(CHECKPOINT, made))
    assert (found, read) == (CHECKPOINT, made)
    assert notes.valid(read, found, own.verifier)
    assert notes.VerifierKey.parse(str(own.verifier)) == own.verifier
    assert not notes.valid(read, notes.Checkpoint(found.origin, 43, found.root), own.verifier)
    assert not notes.valid(read, found, signer(5 - kind).verifier)
    if kind == notes.WITNESS:
        assert notes.time_of(read) == 1_800_000_000


def test_the_form_of_a_note() -> None:
    text = notes.note(CHECKPOINT, notes.sign(signer(notes.LOG), CHECKPOINT))
    lines = text.split("\n")
    assert lines[:2] == ["minamo.example/480441", "42"]
    assert lines[3] == ""
    assert lines[4].startswith("— minamo.example/480441 ")


@pytest.mark.parametrize("text", ["", "a\n1\nAA==\n", "a\n1\nAA==\n\n- x AAAA\n", "a\nx\nAA==\n\n— x AAAAAAAA\n",
                                  "a\n01\n" + "A" * 43 + "=\n\n— x AAAAAAAA\n", "a\n1\nAA==\n\n— x %%\n"])  # fmt: skip
def test_what_is_no_note(text: str) -> None:
    with pytest.raises(notes.NoteError):
        notes.read(text)


@pytest.mark.parametrize(
    "text", ["", "a", "a+b+c", "sum.golang.org+033de0af+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8"]
)
def test_what_is_no_key(text: str) -> None:
    with pytest.raises(notes.NoteError):
        notes.VerifierKey.parse(text)


@given(st.text(max_size=200))
def test_reading_anything_never_breaks(text: str) -> None:
    try:
        notes.read(text)
    except notes.NoteError:
        return
    raise AssertionError("a random text is a signed note")
