"""名簿のZIP: opened without trust. Nothing is written to disk, nothing is read further than announced and allowed."""

import io
import stat
import zipfile
import zlib
from dataclasses import dataclass

from minamo.interop.roster.problems import Findings, Problem


@dataclass(frozen=True)
class Limits:
    """上限: bytes of the ZIP, of all content, of one file; number of entries; ratio of packing above `ratio_from`."""

    packed: int = 50 * 1024 * 1024
    total: int = 400 * 1024 * 1024
    single: int = 200 * 1024 * 1024
    entries: int = 64
    ratio: int = 150
    ratio_from: int = 1024 * 1024


LIMITS = Limits()
CHUNK = 256 * 1024
ENCRYPTED = 0x1
METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)


def open_package(content: bytes, findings: Findings, limits: Limits = LIMITS) -> dict[str, bytes]:
    """The files of the ZIP by name; empty when it was refused (see findings). Raises nothing for hostile content."""
    if len(content) > limits.packed:
        _refuse(findings, "zip_too_large", "", f"ZIPが大きすぎます（上限 {limits.packed // 2**20} MB）。")
        return {}
    try:
        archive = zipfile.ZipFile(io.BytesIO(content))
        entries = archive.infolist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError, EOFError, UnicodeDecodeError):
        _refuse(findings, "not_a_zip", "", "ZIPファイルとして開けません。名簿のZIPを選び直してください。")
        return {}
    with archive:
        if not _headers_fit(entries, findings, limits):
            return {}
        return _read_all(archive, entries, findings, limits)


def _headers_fit(entries: list[zipfile.ZipInfo], findings: Findings, limits: Limits) -> bool:
    before = len(findings.problems)
    if not entries:
        _refuse(findings, "zip_empty", "", "ZIPの中にファイルがありません。")
    if len(entries) > limits.entries:
        _refuse(
            findings,
            "zip_too_many",
            "",
            f"ZIPの中のファイルが多すぎます（{len(entries)}個。上限 {limits.entries}個）。",
        )
        return False
    seen: set[str] = set()
    for entry in entries:
        _check_entry(entry, findings, limits)
        if entry.filename.casefold() in seen:
            _refuse(findings, "zip_duplicate", entry.filename, "同じ名前のファイルが二つあります。")
        seen.add(entry.filename.casefold())
    if sum(entry.file_size for entry in entries) > limits.total:
        _refuse(findings, "zip_bomb", "", f"展開すると大きすぎます（上限 {limits.total // 2**20} MB）。")
    return len(findings.problems) == before


def _check_entry(entry: zipfile.ZipInfo, findings: Findings, limits: Limits) -> None:
    """Refuse what a roster never needs. `orig_filename` is the name as written; zipfile tidies `filename`."""
    for name in (entry.orig_filename, entry.filename):
        if "/" in name or "\\" in name or ":" in name or name in {"", ".", ".."} or not name.isprintable():
            message = "ファイルはZIPの一番上に置いてください（フォルダー・絶対パス・「..」は使えません）。"
            _refuse(findings, "zip_path", _printable(name), message)
            return
    mode = entry.external_attr >> 16
    if mode and not stat.S_ISREG(mode) and stat.S_IFMT(mode):
        _refuse(
            findings, "zip_not_a_file", entry.filename, "ふつうのファイルではありません（リンクなどは使えません）。"
        )
    if entry.flag_bits & ENCRYPTED:
        _refuse(findings, "zip_encrypted", entry.filename, "暗号化されています。パスワードなしのZIPにしてください。")
    if entry.compress_type not in METHODS:
        _refuse(findings, "zip_method", entry.filename, "この圧縮方式は使えません（DeflateのZIPにしてください）。")
    if entry.file_size > limits.single:
        _refuse(findings, "zip_bomb", entry.filename, f"展開すると大きすぎます（上限 {limits.single // 2**20} MB）。")
    elif entry.file_size > limits.ratio_from and entry.file_size > limits.ratio * max(entry.compress_size, 1):
        _refuse(findings, "zip_bomb", entry.filename, "圧縮率が異常です。取り込みません。")


def _read_all(
    archive: zipfile.ZipFile, entries: list[zipfile.ZipInfo], findings: Findings, limits: Limits
) -> dict[str, bytes]:
    files: dict[str, bytes] = {}
    left = limits.total
    for entry in entries:
        content = _read_one(archive, entry, findings, min(limits.single, left))
        if content is None:
            return {}
        left -= len(content)
        files[entry.filename] = content
    return files


def _read_one(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, findings: Findings, cap: int) -> bytes | None:
    """Read while counting: the announced size may be a lie."""
    parts: list[bytes] = []
    size = 0
    try:
        with archive.open(entry) as stream:
            while chunk := stream.read(CHUNK):
                size += len(chunk)
                if size > cap or size > entry.file_size:
                    _refuse(
                        findings, "zip_bomb", entry.filename, "表示された大きさを超えて展開されます。取り込みません。"
                    )
                    return None
                parts.append(chunk)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, OSError, ValueError):
        _refuse(findings, "zip_broken", entry.filename, "ファイルが壊れていて読めません。もう一度書き出してください。")
        return None
    return b"".join(parts)


def _printable(name: str) -> str:
    return "".join(c if c.isprintable() else "?" for c in name)[:80]


def _refuse(findings: Findings, code: str, file: str, message: str) -> None:
    findings.refuse(Problem(code, file, message))
