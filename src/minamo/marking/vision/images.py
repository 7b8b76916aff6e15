"""画像ファイル: JPEG, PNG, TIFF (many frames), HEIC, BMP, WebP; any bit depth, CMYK, turned by EXIF."""

import io
import warnings
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path

import cv2
import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

from minamo.marking.vision.errors import BrokenFile, TooLarge, TooManyPages, UnknownFormat
from minamo.marking.vision.ink import Gray
from minamo.marking.vision.page import MOST_DECODED, MOST_PAGES, Page, checked, still
from minamo.marking.vision.template import scaling

ORIENTATION = 0x0112
TURNS: dict[int, Callable[[np.ndarray], np.ndarray]] = {  # what EXIF says → how to make the picture upright
    2: lambda a: a[:, ::-1],
    3: lambda a: a[::-1, ::-1],
    4: lambda a: a[::-1],
    5: lambda a: a.T,
    6: lambda a: np.rot90(a, -1),
    7: lambda a: a[::-1, ::-1].T,
    8: lambda a: np.rot90(a),
}
HEIC_BRANDS = (b"heic", b"heix", b"heim", b"heis", b"hevc", b"mif1", b"msf1", b"heif")


@lru_cache(maxsize=1)
def heic_ready() -> bool:
    """Whether the HEIC library is there; registers it."""
    try:
        import pillow_heif
    except ImportError:
        return False
    pillow_heif.register_heif_opener()
    return True


def opened(path: Path) -> Image.Image:
    """Only the head of the file is read. Raises UnknownFormat, BrokenFile."""
    with path.open("rb") as file:
        head = file.read(16)
    if not head:
        raise BrokenFile(path.name, None, "ファイルが空です。もう一度スキャンしてください。")
    if head[4:8] == b"ftyp" and head[8:12] in HEIC_BRANDS and not heic_ready():
        raise UnknownFormat(
            path.name, None, "HEIC はこのサーバーでは扱えません。スマホの設定で「互換性優先（JPEG）」にしてください。"
        )
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            return Image.open(path)
    except UnidentifiedImageError as problem:
        raise UnknownFormat(path.name) from problem
    except Image.DecompressionBombError as problem:
        raise TooLarge(path.name, 1) from problem
    except (OSError, ValueError, SyntaxError) as problem:
        raise BrokenFile(path.name) from problem


def count(path: Path) -> int:
    """How many pages: frames of the file; what a phone keeps behind the picture itself (MPO: a preview, the other eye) is none."""
    with opened(path) as image:
        if image.format == "MPO":
            return 1
        try:
            frames = int(getattr(image, "n_frames", 1))
        except (OSError, ValueError, SyntaxError) as problem:
            raise BrokenFile(path.name) from problem
    if frames > MOST_PAGES:
        raise TooManyPages(path.name)
    return frames


def read(path: Path, index: int) -> Page:
    """One frame as it is meant to be seen (EXIF applied)."""
    with opened(path) as image:
        try:
            image.seek(index)
        except (EOFError, OSError, ValueError, SyntaxError) as problem:
            raise BrokenFile(path.name, index + 1) from problem
        checked(image.size, path.name, index + 1)
        if image.format == "JPEG" and image.mode in {"L", "RGB"}:
            return from_jpeg(path.read_bytes(), path.name, index)
        try:
            gray = to_gray(image if image.format == "TIFF" else ImageOps.exif_transpose(image) or image)
        except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as problem:
            raise BrokenFile(path.name, index + 1) from problem
    return Page(gray, still(), still())


def from_jpeg(data: bytes, name: str, index: int) -> Page:
    """JPEG straight to gray; very large ones at half or quarter size."""
    with Image.open(io.BytesIO(data)) as head:
        width, height = head.size
        turn = TURNS.get(head.getexif().get(ORIENTATION, 1))
    decoded = cv2.imdecode(np.frombuffer(data, np.uint8), reduction((width, height)) | cv2.IMREAD_IGNORE_ORIENTATION)
    if decoded is None:
        raise BrokenFile(name, index + 1)
    gray = np.ascontiguousarray(turn(decoded) if turn else decoded)
    size = (height, width) if turn and decoded.shape != gray.shape else (width, height)
    stored = scaling((gray.shape[1], gray.shape[0]), size)
    return Page(np.asarray(gray, np.uint8), stored, stored)


def reduction(size: tuple[int, int]) -> int:
    """Decoding flag that keeps a page within the memory one worker may use."""
    pixels = size[0] * size[1]
    if pixels > 4 * MOST_DECODED:
        return int(cv2.IMREAD_REDUCED_GRAYSCALE_4)
    return int(cv2.IMREAD_REDUCED_GRAYSCALE_2 if pixels > MOST_DECODED else cv2.IMREAD_GRAYSCALE)


def to_gray(image: Image.Image) -> Gray:
    """濃淡へ: 16 bits scaled by their own range, transparency on white paper."""
    if image.mode in {"I", "F"} or image.mode.startswith("I;16"):
        values = np.asarray(image, np.float32)
        top = float(values.max(initial=0))
        full = 255.0 if top <= 255 else 4095.0 if top <= 4095 else 65535.0
        return np.asarray(np.clip(values * (255 / full), 0, 255), np.uint8)
    if image.mode in {"LA", "PA", "RGBA", "La", "RGBa"} or (image.mode == "P" and "transparency" in image.info):
        seen = image.convert("RGBA")
        white = Image.new("RGBA", seen.size, (255, 255, 255, 255))
        return np.asarray(Image.alpha_composite(white, seen).convert("L"), np.uint8)
    return np.asarray(image.convert("L"), np.uint8)
