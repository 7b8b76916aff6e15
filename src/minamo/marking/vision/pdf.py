"""PDFの山: the JPEG of a scanned page taken out as it is (a sixth of the cost of drawing it), or the page drawn at 200 dpi."""

import atexit
import ctypes
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pypdfium2 as pdfium
import pypdfium2.raw as raw

from minamo.marking.vision.errors import BrokenFile, EncryptedFile, TooManyPages
from minamo.marking.vision.images import reduction
from minamo.marking.vision.ink import Gray, Matrix
from minamo.marking.vision.page import DPI, MOST_DECODED, MOST_PAGES, Page, checked, still
from minamo.marking.vision.template import scaling

LOOKED_AT = 400  # page objects looked at before a page counts as drawn
FINE = 64  # device units per 200 dpi pixel when asking pdfium for places (it answers in whole units)
# Pages: pdfium keeps the coded pictures it has handed out until the file is closed (118 MB after 500 pages).
REOPENED = 60
INVISIBLE = 3  # text render mode of the words an OCR copier lays under its picture


_seen: list[int] = []  # pages taken since the files were opened


@lru_cache(maxsize=2)
def _document(path: str, stamp: int) -> pdfium.PdfDocument:
    return pdfium.PdfDocument(path)


def close() -> None:
    """Close the files that are open, and let go of what pdfium has kept of them."""
    _document.cache_clear()
    _seen.clear()


atexit.register(close)  # files are closed before the library is


def document(path: Path) -> pdfium.PdfDocument:
    """The open file; kept open while its pages are read. Raises EncryptedFile, BrokenFile."""
    try:
        return _document(str(path), path.stat().st_mtime_ns)
    except pdfium.PdfiumError as problem:
        kind = EncryptedFile if "password" in str(problem).lower() else BrokenFile
        raise kind(path.name) from problem
    except OSError as problem:
        raise BrokenFile(path.name) from problem


def count(path: Path) -> int:
    """How many pages."""
    pages = len(document(path))
    if pages == 0:
        raise BrokenFile(path.name)
    if pages > MOST_PAGES:
        raise TooManyPages(
            path.name, None, f"{pages}ページあります。{MOST_PAGES}ページまでに分けて取り込んでください。"
        )
    return pages


@contextmanager
def page_of(path: Path, index: int) -> Iterator[Any]:
    """One open page. Raises BrokenFile with the page number."""
    whole = document(path)
    try:
        page = whole[index]
    except (pdfium.PdfiumError, IndexError) as problem:
        raise BrokenFile(path.name, index + 1) from problem
    try:
        yield page
    finally:
        page.close()
        _seen.append(index)
        if len(_seen) >= REOPENED:
            close()


def read(path: Path, index: int) -> Page:
    """One page: its embedded JPEG when that is all there is, else drawn."""
    with page_of(path, index) as page:
        if min(page.get_size()) <= 0:
            raise BrokenFile(path.name, index + 1)
        image = only_image(page)
        found = taken_out(page, image, path.name, index) if image is not None else None
        if found is not None:
            return found
        picture = drawn(page, path.name, index)
        # A picture that cannot be decoded is drawn as white paper: that page is broken, not blank.
        if image is not None and list(image.get_filters()) == ["DCTDecode"] and int(picture.gray.min()) == 255:
            raise BrokenFile(path.name, index + 1)
        return picture


def only_image(page: Any) -> Any | None:
    """The one image that covers the page, when nothing else on the page can be seen."""
    found = None
    for number, one in enumerate(page.get_objects(max_depth=2)):
        if number > LOOKED_AT:
            return None
        if one.type == raw.FPDF_PAGEOBJ_IMAGE and found is None:
            found = one
        elif one.type == raw.FPDF_PAGEOBJ_TEXT and raw.FPDFTextObj_GetTextRenderMode(one.raw) == INVISIBLE:
            continue
        elif one.type != raw.FPDF_PAGEOBJ_FORM:
            return None
    return found


def places(page: Any, image: Any, size: tuple[int, int]) -> Matrix | None:
    """画像の画素 → 200 dpi のページ (3×3), or None when the image does not cover the page or lies inside a form."""
    if getattr(image, "level", 0):
        return None
    a, b, c, d, e, f = image.get_matrix().get()
    width, height = (value / 72 * DPI for value in page.get_size())
    corners = [(e + c, f + d), (e + a + c, f + b + d), (e, f)]  # stored top left, top right, bottom left
    device = []
    for x, y in corners:
        dx, dy = ctypes.c_int(), ctypes.c_int()
        raw.FPDF_PageToDevice(page.raw, 0, 0, round(width * FINE), round(height * FINE), 0, x, y, dx, dy)
        device.append((dx.value / FINE, dy.value / FINE))
    top_left, top_right, bottom_left = np.array(device)
    box = np.array([top_left, top_right, bottom_left, top_right + bottom_left - top_left])
    slack = 0.02 * max(width, height)
    if box.min(0).max() > slack or box.max(0)[0] < width - slack or box.max(0)[1] < height - slack:
        return None
    across, down = (top_right - top_left) / size[0], (bottom_left - top_left) / size[1]
    matrix = np.array([[across[0], down[0], top_left[0]], [across[1], down[1], top_left[1]], [0, 0, 1.0]])
    half = np.array([[1, 0, 0.5], [0, 1, 0.5], [0, 0, 1.0]])
    return np.asarray(np.linalg.inv(half) @ matrix @ half)


def taken_out(page: Any, image: Any, name: str, index: int) -> Page | None:
    """画像のまま: the stored JPEG decoded to gray; None when it must be drawn after all (CMYK, odd filters)."""
    if list(image.get_filters()) != ["DCTDecode"]:
        return None
    info = image.get_metadata()
    size = (int(info.width), int(info.height))
    checked(size, name, index + 1)
    if info.colorspace not in (raw.FPDF_COLORSPACE_DEVICEGRAY, raw.FPDF_COLORSPACE_DEVICERGB, raw.FPDF_COLORSPACE_ICCBASED,
                               raw.FPDF_COLORSPACE_CALGRAY, raw.FPDF_COLORSPACE_CALRGB) or info.bits_per_pixel > 24:  # fmt: skip
        return None
    frame = places(page, image, size)
    if frame is None:
        return None
    length = raw.FPDFImageObj_GetImageDataRaw(image.raw, None, 0)
    data = np.empty(length, np.uint8)
    raw.FPDFImageObj_GetImageDataRaw(image.raw, data.ctypes.data_as(ctypes.c_void_p), length)
    gray = cv2.imdecode(data, reduction(size) | cv2.IMREAD_IGNORE_ORIENTATION)
    if gray is None:
        return None
    stored = scaling((gray.shape[1], gray.shape[0]), size)
    return Page(np.asarray(gray, np.uint8), stored, frame @ stored)


def drawn(page: Any, name: str, index: int) -> Page:
    """描く at 200 dpi, or smaller when the sheet is a poster."""
    width, height = (value / 72 * DPI for value in page.get_size())
    shrink = min(1.0, (MOST_DECODED / max(1.0, width * height)) ** 0.5)
    checked((max(1, round(width)), max(1, round(height))), name, index + 1)
    try:
        pixels = page.render(scale=DPI / 72 * shrink, grayscale=True, fill_color=(255, 255, 255, 255)).to_numpy()
    except (pdfium.PdfiumError, MemoryError) as problem:
        raise BrokenFile(name, index + 1) from problem
    gray: Gray = np.ascontiguousarray(pixels if pixels.ndim == 2 else pixels[..., 0])
    back = scaling((1000, 1000), (round(1000 / shrink), round(1000 / shrink))) if shrink < 1 else still()
    return Page(gray, back, back, rendered=True)
