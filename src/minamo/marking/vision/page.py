"""1ページの形: gray pixels with their frames, and how large a page may be. What every way of reading a file gives.

A page keeps two frames beside its pixels: `stored` (the pixels of the embedded or given image as stored) and `frame`
(what `minamo marking align` speaks in: the image itself, or the PDF page drawn at 200 dpi).
"""

from dataclasses import dataclass

import numpy as np

from minamo.marking.vision.errors import TooLarge, TooSmall
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
