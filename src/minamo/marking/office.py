"""Officeの用紙: Word, Excel and PowerPoint become PDF through LibreOffice where the machine has it.

A file from outside may name addresses to load and programs to run: the profile it is opened with follows no link and runs no
macro, and what would still ask the network is sent to a port where nobody listens.
"""

import os
import shutil
import subprocess
from pathlib import Path

LONGEST = 90  # seconds
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
    profile = path.parent / "profile"
    (profile / "user").mkdir(parents=True, exist_ok=True)
    (profile / "user" / "registrymodifications.xcu").write_text(SETTINGS, encoding="utf-8")
    closed = dict.fromkeys(("http_proxy", "https_proxy", "ftp_proxy", "all_proxy"), NOBODY)
    environment = {"PATH": os.environ.get("PATH", ""), "HOME": str(path.parent), "LANG": "C.UTF-8", **closed}
    command = [
        program, f"-env:UserInstallation={profile.resolve().as_uri()}", "--headless", "--norestore", "--convert-to", "pdf",
        "--outdir", str(path.parent), str(path),
    ]  # fmt: skip
    made = path.with_suffix(".pdf")
    try:
        subprocess.run(command, timeout=LONGEST, check=True, capture_output=True, env=environment)  # noqa: S603  no shell, fixed program
    except (subprocess.SubprocessError, OSError) as problem:
        raise OfficeRefused(f"このファイルをPDFにできませんでした。{SAVE_AS_PDF}") from problem
    if not made.exists():
        raise OfficeRefused(f"このファイルをPDFにできませんでした。{SAVE_AS_PDF}")
    return made
