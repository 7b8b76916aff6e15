"""ページを取り出す: gray pixels of each page of a PDF or image file, one page at a time, memory capped."""

from pathlib import Path

from minamo.marking.vision import images, pdf
from minamo.marking.vision.errors import BrokenFile
from minamo.marking.vision.page import Page


def is_pdf(path: Path) -> bool:
    """PDF by content: the mark may follow a little rubbish."""
    try:
        with path.open("rb") as file:
            return b"%PDF-" in file.read(1024)
    except OSError as problem:
        raise BrokenFile(path.name, None, "ファイルを開けません。もう一度選んでください。") from problem


def close_files() -> None:
    """開いたままのファイルを閉じる: whoever has read a pile through keeps nothing of it."""
    pdf.close()


def count_pages(path: Path) -> int:
    """ページ数. Raises PageError for files that cannot be read at all."""
    return pdf.count(path) if is_pdf(path) else images.count(path)


def read_page(path: Path, index: int) -> Page:
    """1ページを読む (index from 0). Raises PageError with the page number."""
    return pdf.read(path, index) if is_pdf(path) else images.read(path, index)
