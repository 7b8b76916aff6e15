"""Hostile ZIPs: refused from their headers or while they stream, never unpacked."""

import io
import struct
import zipfile

import pytest

from minamo.interop.roster.package import Limits, open_package
from minamo.interop.roster.problems import Findings
from minamo.interop.tests.roster.packages import SMALL, content


def zipped(*entries: tuple[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        for name, data in entries:
            archive.writestr(name, data)
    return out.getvalue()


def codes(data: bytes, limits: Limits | None = None) -> list[str]:
    findings = Findings()
    files = open_package(data, findings, limits or Limits())
    assert bool(files) is findings.clean
    return [problem.code for problem in findings.problems]


def test_a_good_one() -> None:
    assert codes(content(SMALL)) == []


@pytest.mark.parametrize(
    "name", ["../users.csv", "/etc/passwd", "a/users.csv", "a\\users.csv", "C:users.csv", "..", "folder/", "a\nb.csv"]
)
def test_paths(name: str) -> None:
    assert codes(zipped((name, b"x"))) == ["zip_path"]


def test_name_that_zipfile_would_tidy() -> None:
    data = zipped(("users.csv?evil", b"x")).replace(b"users.csv?evil", b"users.csv\x00evil")
    assert codes(data) == ["zip_path"]


def test_symbolic_link() -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        entry = zipfile.ZipInfo("users.csv")
        entry.external_attr = 0o120777 << 16
        archive.writestr(entry, "/etc/passwd")
    assert codes(out.getvalue()) == ["zip_not_a_file"]


def test_encrypted() -> None:
    data = bytearray(zipped(("users.csv", b"x")))
    for magic, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = data.find(magic) + offset
        data[at] |= 1
    assert codes(bytes(data)) == ["zip_encrypted"]


def test_twice_the_same() -> None:
    with pytest.warns(UserWarning, match="Duplicate"):
        data = zipped(("users.csv", b"x"), ("users.csv", b"y"))
    assert codes(data) == ["zip_duplicate"]
    assert codes(zipped(("users.csv", b"x"), ("USERS.csv", b"y"))) == ["zip_duplicate"]


def test_bomb_by_header() -> None:
    assert codes(zipped(("users.csv", b"0" * 3_000_000))) == ["zip_bomb"]
    assert codes(zipped(("users.csv", b"ab" * 600)), Limits(single=1000)) == ["zip_bomb"]
    assert codes(zipped(("a.csv", b"ab" * 600), ("b.csv", b"ab" * 600)), Limits(total=2000)) == ["zip_bomb"]


def test_bomb_that_lies_in_its_header() -> None:
    """The header says 10 bytes; the stream says otherwise: nothing beyond the announced size is taken."""
    data = bytearray(zipped(("users.csv", b"0" * 900_000)))
    for magic, offset in ((b"PK\x03\x04", 22), (b"PK\x01\x02", 24)):
        at = data.find(magic) + offset
        data[at : at + 4] = struct.pack("<I", 10)
    assert codes(bytes(data)) in (["zip_bomb"], ["zip_broken"])


def test_too_many_and_too_large_and_empty() -> None:
    assert codes(zipped(*((f"{n}.csv", b"") for n in range(65)))) == ["zip_too_many"]
    assert codes(b"x" * 2000, Limits(packed=1000)) == ["zip_too_large"]
    assert codes(zipped()) == ["zip_empty"]


def test_other_methods() -> None:
    assert codes(zipped(("users.csv", b"x"), method=zipfile.ZIP_BZIP2)) == ["zip_method"]


@pytest.mark.parametrize("data", [b"", b"hello", b"PK\x03\x04", b"\x89PNG\r\n\x1a\n", content(SMALL)[:5000]])
def test_no_zip_at_all(data: bytes) -> None:
    assert codes(data) == ["not_a_zip"]


def test_damaged() -> None:
    data = bytearray(content(SMALL))
    middle = len(data) // 2
    data[middle : middle + 40] = b"\x00" * 40
    assert codes(bytes(data)) == ["zip_broken"]
