"""Officeの用紙: Word, Excel, PowerPoint and OpenDocument become PDF through LibreOffice where the machine has it.

A file from outside may name addresses to load and programs to run: the profile it is opened with follows no link and runs no
macro, and what would still ask the network is sent to a port where nobody listens. The profile and whatever the program writes
beside it are gone when it ends; a program that hangs is ended with its children. These files are ZIPs: how much is in one is
asked of its directory, then of the content itself (a directory may lie), before the program sees it; what the program may take
of memory and disk is limited beside that.
"""

import os
import resource
import shutil
import signal
import subprocess
import tempfile
import zipfile
import zlib
from contextlib import suppress
from pathlib import Path
from threading import BoundedSemaphore

LONGEST = 90  # seconds
AT_ONCE = BoundedSemaphore(2)  # a program takes some 300 MB
MOST_ENTRIES = 2_000
MOST_UNPACKED = 200 * 2**20  # bytes; a sheet with photographs has some 20 MB, and these hardly pack
MEMORY = 4 * 2**30  # bytes of addresses; the program asks for one or two and uses 300 MB
LARGEST_FILE = 300 * 2**20  # bytes of anything it writes; what a PDF from outside may have
CHUNK = 2**18
SAVE_AS_PDF = "もとのソフトで「PDFとして保存」してから、そのPDFを選んでください。"


NOBODY = "http://127.0.0.1:9"  # the discard port
SETTINGS = """<?xml version="1.0" encoding="UTF-8"?>
<oor:items xmlns:oor="http://openoffice.org/2001/registry" xmlns:xs="http://www.w3.org/2001/XMLSchema"
 xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">
<item oor:path="/org.openoffice.Office.Common/Security/Scripting"><prop oor:name="BlockUntrustedRefererLinks" oor:op="fuse">
<value>true</value></prop></item>
<item oor:path="/org.openoffice.Office.Common/Security/Scripting"><prop oor:name="DisableActiveContent" oor:op="fuse">
<value>true</value></prop></item>
<item oor:path="/org.openoffice.Office.Common/Security/Scripting"><prop oor:name="DisableMacrosExecution" oor:op="fuse">
<value>true</value></prop></item>
<item oor:path="/org.openoffice.Office.Common/Security/Scripting"><prop oor:name="MacroSecurityLevel" oor:op="fuse">
<value>3</value></prop></item>
</oor:items>
"""


class OfficeRefused(ValueError):
    """PDFにできないOfficeのファイル; the message says what to do."""


def office() -> str | None:
    """The program, when the machine has it."""
    return shutil.which("soffice")


def to_pdf(path: Path) -> Path:
    """PDFにする, beside the file. Raises OfficeRefused."""
    program = office()
    if program is None:
        raise OfficeRefused(f"このサーバーでは、Word・Excel・PowerPointをそのまま開けません。{SAVE_AS_PDF}")
    _measure(path)
    with AT_ONCE, tempfile.TemporaryDirectory(prefix="minamo-office-", ignore_cleanup_errors=True) as home:
        ended = _run(program, path, Path(home))
    made = path.with_suffix(".pdf")
    if ended is None:
        raise OfficeRefused(f"{path.name}：開くのに時間がかかりすぎるため、やめました。{SAVE_AS_PDF}")
    if ended < 0 or ended > 128:
        raise OfficeRefused(f"{path.name}：開く途中でプログラムが止まりました。{SAVE_AS_PDF}")
    if ended or not made.exists():
        raise OfficeRefused(f"{path.name}：PDFにできませんでした。ファイルが壊れているかもしれません。{SAVE_AS_PDF}")
    return made


def _measure(path: Path) -> None:
    """Raises OfficeRefused for a ZIP that unpacks into too much, and for what is none (a file with a password)."""
    too_much = OfficeRefused(f"{path.name}：開くと大きくなりすぎます。図や写真を減らすか、{SAVE_AS_PDF}")
    found = 0
    try:
        with zipfile.ZipFile(path) as archive:
            entries = archive.infolist()
            if len(entries) > MOST_ENTRIES or sum(entry.file_size for entry in entries) > MOST_UNPACKED:
                raise too_much
            for entry in entries:
                with archive.open(entry) as part:
                    while piece := part.read(CHUNK):
                        found += len(piece)
                        if found > MOST_UNPACKED:
                            raise too_much
    except (
        zipfile.BadZipFile,
        zlib.error,
        NotImplementedError,
        RuntimeError,
        EOFError,
        ValueError,
        OSError,
    ) as problem:
        if problem is too_much:
            raise
        raise OfficeRefused(
            f"{path.name}：開けません。壊れているか、パスワードが付いているようです。{SAVE_AS_PDF}"
        ) from problem


def _run(program: str, path: Path, home: Path) -> int | None:
    """The program with a profile of its own; how it ended, None when it took too long and was ended with all it had started."""
    profile = home / "profile"
    (profile / "user").mkdir(parents=True)
    (profile / "user" / "registrymodifications.xcu").write_text(SETTINGS, encoding="utf-8")
    closed = dict.fromkeys(("http_proxy", "https_proxy", "ftp_proxy", "all_proxy"), NOBODY)
    environment = {
        "PATH": os.environ.get("PATH", ""),
        "HOME": str(home),
        "TMPDIR": str(home),
        "LANG": "C.UTF-8",
        **closed,
    }
    command = [
        program, f"-env:UserInstallation={profile.as_uri()}", "--headless", "--norestore", "--convert-to", "pdf", "--outdir",
        str(path.parent), str(path),
    ]  # fmt: skip
    try:
        process = subprocess.Popen(  # noqa: S603  no shell, fixed program
            command, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True,
        )  # fmt: skip
    except OSError:
        return 1
    try:
        with suppress(ProcessLookupError):  # its children have the same limits; it has hardly begun
            resource.prlimit(process.pid, resource.RLIMIT_AS, (MEMORY, MEMORY))
            resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (LARGEST_FILE, LARGEST_FILE))
        return process.wait(timeout=LONGEST)
    except subprocess.TimeoutExpired:
        return None
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
