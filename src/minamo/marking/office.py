"""Officeの用紙: Word, Excel and PowerPoint become PDF through LibreOffice where the machine has it. Macros never run."""

import shutil
import subprocess
from pathlib import Path

LONGEST = 90  # seconds
SAVE_AS_PDF = "もとのソフトで「PDFとして保存」してから、そのPDFを選んでください。"


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
    command = [
        program, f"-env:UserInstallation={profile.resolve().as_uri()}", "--headless", "--norestore", "--convert-to", "pdf",
        "--outdir", str(path.parent), str(path),
    ]  # fmt: skip
    made = path.with_suffix(".pdf")
    try:
        subprocess.run(command, timeout=LONGEST, check=True, capture_output=True)  # noqa: S603  no shell, fixed program
    except (subprocess.SubprocessError, OSError) as problem:
        raise OfficeRefused(f"このファイルをPDFにできませんでした。{SAVE_AS_PDF}") from problem
    if not made.exists():
        raise OfficeRefused(f"このファイルをPDFにできませんでした。{SAVE_AS_PDF}")
    return made
