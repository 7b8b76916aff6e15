"""ページを取り出す: gray pixels of each page of a PDF or image file, one page at a time, memory capped.

A page keeps two frames beside its pixels: `stored` (the pixels of the embedded or given image as stored) and `frame`
(what `minamo marking align` speaks in: the image itself, or the PDF page drawn at 200 dpi).
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from minamo.marking.vision.errors import BrokenFile, TooLarge, TooSmall
from minamo.marking.vision.ink import Gray, Matrix

DPI = 200
LEAST_SIDE = 200  # pixels: less cannot be an answer sheet
MOST_PIXELS = 120_000_000  # A3 at 600 dpi is 70 million
MOST_SIDE = 20_000
MOST_PAGES = 5_000
MOST_DECODED = 36_000_000  # larger JPEG pages are decoded at half or quarter size


@dataclass(frozen=True)
class Page:
    """ページ: gray pixels and the two frames (3×3: pixels → stored, pixels → frame)."""

    gray: Gray
    stored: Matrix
    frame: Matrix
    rendered: bool = False  # drawn from vectors instead of taken out


def still() -> Matrix:
    """The identity."""
    return np.eye(3)


def checked(size: tuple[int, int], name: str, page: int | None) -> None:
    """大きさを確かめる before anything is decoded. Raises TooSmall, TooLarge."""
    width, height = size
    if min(width, height) < LEAST_SIDE:
        raise TooSmall(name, page, f"画像が小さすぎます（{width}×{height}）。200 dpi 以上でスキャンしてください。")
    if max(width, height) > MOST_SIDE or width * height > MOST_PIXELS:
        raise TooLarge(name, page, f"画像が大きすぎます（{width}×{height}）。400 dpi 以下でスキャンしてください。")


def is_pdf(path: Path) -> bool:
    """PDF by content: the mark may follow a little rubbish."""
    try:
        with path.open("rb") as file:
            return b"%PDF-" in file.read(1024)
    except OSError as problem:
        raise BrokenFile(path.name, None, "ファイルを開けません。もう一度選んでください。") from problem


def count_pages(path: Path) -> int:
    """ページ数. Raises PageError for files that cannot be read at all."""
    from minamo.marking.vision import images, pdf

    return pdf.count(path) if is_pdf(path) else images.count(path)


def read_page(path: Path, index: int) -> Page:
    """1ページを読む (index from 0). Raises PageError with the page number."""
    from minamo.marking.vision import images, pdf

    return pdf.read(path, index) if is_pdf(path) else images.read(path, index)
