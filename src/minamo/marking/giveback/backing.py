"""台紙: the scan laid into the PDF without being decoded. The coded picture stays byte for byte what the scanner made.

What a camera wrote beside the picture (place, device, words) and what stands behind its end is left out (`bare.py`): a family
must not learn where it was taken.
A page that is more than one picture (drawn by a program) is taken over as it is, with nothing of its neighbours.
"""

import io
import zlib
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pikepdf
from PIL import Image, ImageOps

from minamo.marking.giveback.bare import NotBare, bare, bare_pictures
from minamo.marking.vision.errors import BrokenFile
from minamo.marking.vision.images import ORIENTATION, opened, to_gray
from minamo.marking.vision.ink import Matrix
from minamo.marking.vision.page import DPI, Page
from minamo.marking.vision.pages import is_pdf, read_page

LOOK = {
    "/Type", "/Subtype", "/Width", "/Height", "/ColorSpace", "/BitsPerComponent", "/Decode", "/DecodeParms", "/Filter",
    "/Length", "/Intent", "/SMask", "/Mask",
}  # fmt: skip
UPRIGHT: dict[int, tuple[tuple[float, float, float], tuple[float, float, float]]] = {
    1: ((1, 0, 0), (0, 1, 0)), 2: ((-1, 0, 1), (0, 1, 0)), 3: ((-1, 0, 1), (0, -1, 1)), 4: ((1, 0, 0), (0, -1, 1)),
    5: ((0, 1, 0), (1, 0, 0)), 6: ((0, -1, 1), (1, 0, 0)), 7: ((0, -1, 1), (-1, 0, 1)), 8: ((0, 1, 0), (-1, 0, 1)),
}  # fmt: skip
"""EXIF: unit square as stored → unit square as seen (y down)."""


@dataclass(frozen=True)
class Laying:
    """置き方: the picture's size in its own pixels, page size in points, and picture pixels → points (3×3, y down)."""

    picture: tuple[int, int]
    page: tuple[float, float]
    matrix: Matrix
    turn: int


def lay(homography: Matrix, blank: tuple[int, int], picture: tuple[int, int]) -> Laying:
    """置く: upright by quarter turns, and so large that the sheet has its true size on paper."""
    middle = np.array([blank[0] / 2, blank[1] / 2])
    here, right, down = (_through(homography, middle + step) for step in ((0, 0), (8, 0), (0, 8)))
    across, along = (right - here) / 8, (down - here) / 8
    scale = float(np.sqrt(abs(np.linalg.det(np.column_stack([across, along])))))
    if not np.isfinite(scale) or scale < 1e-3:
        raise ValueError("the homography does not lay the sheet anywhere")
    turn = int(np.round(np.degrees(np.arctan2(across[1], across[0])) / 90)) % 4
    width, height = picture
    turned = {
        0: np.array([[1, 0, 0], [0, 1, 0], [0, 0, 1.0]]),
        1: np.array([[0, 1, 0], [-1, 0, width], [0, 0, 1.0]]),
        2: np.array([[-1, 0, width], [0, -1, height], [0, 0, 1.0]]),
        3: np.array([[0, -1, height], [1, 0, 0], [0, 0, 1.0]]),
    }[turn]
    factor = 72 / DPI / scale
    size = (width, height) if turn % 2 == 0 else (height, width)
    half = np.array([[1, 0, 0.5], [0, 1, 0.5], [0, 0, 1.0]])  # a pixel's place is its middle
    matrix = np.diag([factor, factor, 1.0]) @ turned @ half
    return Laying(picture, (size[0] * factor, size[1] * factor), matrix, turn * 90)


def _through(homography: Matrix, point: np.ndarray) -> np.ndarray:
    x, y, w = homography @ np.array([point[0], point[1], 1.0])
    return np.array([x / w, y / w])


class Files:
    """開いた山: a PDF is opened once for all of its pages that follow each other."""

    def __init__(self) -> None:
        self.path: Path | None = None
        self.book: pikepdf.Pdf | None = None

    def at(self, path: Path) -> pikepdf.Pdf:
        """The open file; the one before is closed."""
        if self.book is None or path != self.path:
            self.close()
            self.path, self.book = path, pikepdf.open(path)
        return self.book

    def close(self) -> None:
        """Nothing stays open."""
        if self.book is not None:
            self.book.close()
        self.path = self.book = None


def put(
    target: pikepdf.Pdf, scan: Path, index: int, homography: Matrix, blank: tuple[int, int],
    seen: Page | None = None, files: Files | None = None,
) -> Laying:  # fmt: skip
    """台紙を置く: add one page that shows the scan (`seen`: as it was read already; `files`: what is open). Raises PageError when it
    cannot be read, ValueError for a bad homography."""
    seen = seen or read_page(scan, index)
    pixels = np.linalg.inv(seen.stored)
    size = (seen.gray.shape[1], seen.gray.shape[0])
    picture = (round(size[0] / pixels[0, 0]), round(size[1] / pixels[1, 1]))
    laying = lay(homography, blank, picture)
    if not is_pdf(scan):
        _put_image(target, image_of(target, scan, index), UPRIGHT[turn_of(scan)], laying)
        return laying
    with closing(Files()) as own:
        source = (files or own).at(scan)
        found = None if seen.rendered else only_picture(source.pages[index])
        if found is None:
            if not seen.rendered:
                laying = lay(seen.frame @ pixels @ homography, blank, _framed(source, index))
            _put_page(target, source, index, laying)
        else:
            _put_image(target, cleaned(target, found), UPRIGHT[1], laying)
    return laying


def _framed(source: pikepdf.Pdf, index: int) -> tuple[int, int]:
    """The page in 200 dpi pixels as it is shown."""
    page = source.pages[index]
    left, low, right, high = (float(value) for value in page.cropbox)
    size = (round((right - left) / 72 * DPI), round((high - low) / 72 * DPI))
    return size if page.rotation % 180 == 0 else (size[1], size[0])


def only_picture(page: pikepdf.Page) -> pikepdf.Object | None:
    """The one JPEG that the page draws; other pictures in a shared list of the file are not looked at."""
    pictures = page.resources.get("/XObject", pikepdf.Dictionary())
    drawn = {str(step.operands[0]) for step in pikepdf.parse_content_stream(page, "Do")}
    found = [pictures[name] for name in drawn if name in pictures and pictures[name].get("/Subtype") == "/Image"]
    if len(found) != 1 or len(drawn) != 1:
        return None
    filters = found[0].get("/Filter")
    names = [filters] if isinstance(filters, pikepdf.Name) else list(filters or [])
    return found[0] if [str(name) for name in names] == ["/DCTDecode"] else None


def cleaned(target: pikepdf.Pdf, picture: pikepdf.Object) -> pikepdf.Object:
    """The picture in the new file: the same coded bytes; of its entries only what its look depends on."""
    made = target.copy_foreign(picture)
    for name in list(made.keys()):
        if name not in LOOK:
            del made[name]
    coded = made.read_raw_bytes()
    try:
        clean = bare(coded)
    except NotBare:
        return made  # not even a picture: drawn or not drawn, never opened
    if clean != coded:
        made.write(clean, filter=pikepdf.Name.DCTDecode)
    return made


def turn_of(scan: Path) -> int:
    """EXIF turn of a JPEG that is embedded as stored; 1 for everything that is decoded."""
    with opened(scan) as image:
        turn = image.getexif().get(ORIENTATION, 1) if _as_stored(image) else 1
    return turn if turn in UPRIGHT else 1


def _as_stored(image: Image.Image) -> bool:
    return image.format == "JPEG" and image.mode in {"L", "RGB"}


def image_of(target: pikepdf.Pdf, scan: Path, index: int) -> pikepdf.Object:
    """画像ファイル: a JPEG as stored; PNG, TIFF and the like without loss; what PDF does not know (HEIC, CMYK) as a new JPEG."""
    with opened(scan) as image:
        image.seek(index)
        made = pikepdf.Stream(target, b"")
        if _as_stored(image):
            made.write(_bare_file(scan), filter=pikepdf.Name.DCTDecode)
            mode, size = image.mode, image.size
        else:
            seen = ImageOps.exif_transpose(image) or image
            seen = seen if seen.mode in {"L", "RGB"} else _plain(seen)
            mode, size = seen.mode, seen.size
            if image.format in {"JPEG", "HEIF", "WEBP", "MPO"}:
                coded = io.BytesIO()
                seen.save(coded, "JPEG", quality=88, comment=b"")
                made.write(coded.getvalue(), filter=pikepdf.Name.DCTDecode)
            else:
                made.write(zlib.compress(seen.tobytes()), filter=pikepdf.Name.FlateDecode)
    made.Type, made.Subtype = pikepdf.Name.XObject, pikepdf.Name.Image
    made.Width, made.Height = size
    made.ColorSpace = pikepdf.Name.DeviceGray if mode == "L" else pikepdf.Name.DeviceRGB
    made.BitsPerComponent = 8
    return made


def _bare_file(scan: Path) -> bytes:
    try:
        return bare(scan.read_bytes())
    except NotBare as problem:
        raise BrokenFile(scan.name) from problem


def _plain(image: Image.Image) -> Image.Image:
    """Any mode as gray or RGB: 16 bits by the eye's own scaling, transparency on white."""
    if image.mode in {"1", "I", "F", "LA"} or image.mode.startswith("I;16"):
        return Image.fromarray(to_gray(image))
    if image.mode in {"RGBA", "P", "PA"}:
        white = Image.new("RGBA", image.size, (255, 255, 255, 255))
        return Image.alpha_composite(white, image.convert("RGBA")).convert("RGB")
    return image.convert("RGB")


def _put_image(
    target: pikepdf.Pdf,
    picture: pikepdf.Object,
    stored: tuple[tuple[float, float, float], tuple[float, float, float]],
    laying: Laying,
) -> None:
    """Draw the unit square of the stored picture where the laying says; PDF counts upwards."""
    width, height = laying.page
    seen = np.diag([laying.picture[0], laying.picture[1], 1.0])
    edge = np.array([[1, 0, -0.5], [0, 1, -0.5], [0, 0, 1.0]])  # the square begins at the edge of the first pixel
    upwards = np.array([[1, 0, 0], [0, -1, height], [0, 0, 1.0]])
    unit = np.array([[1, 0, 0], [0, -1, 1], [0, 0, 1.0]])
    m = upwards @ laying.matrix @ edge @ seen @ np.array([*stored, (0, 0, 1)], float) @ unit
    page = target.add_blank_page(page_size=(width, height))
    page.Resources = pikepdf.Dictionary(XObject=pikepdf.Dictionary(Scan=target.make_indirect(picture)))
    six = " ".join(f"{value:.5f}" for value in (m[0, 0], m[1, 0], m[0, 1], m[1, 1], m[0, 2], m[1, 2]))
    page.Contents = target.make_stream(f"q {six} cm /Scan Do Q".encode())


def _put_page(target: pikepdf.Pdf, source: pikepdf.Pdf, index: int, laying: Laying) -> None:
    """A drawn page, turned upright and scaled into a page of its own; nothing of other pages comes along."""
    single = pikepdf.new()
    single.pages.append(source.pages[index])
    single.remove_unreferenced_resources()
    bare_pictures(single)
    one = single.pages[0]
    shown = one.cropbox
    for box in ("/TrimBox", "/BleedBox", "/ArtBox", "/Annots", "/AA"):
        if box in one:
            del one[box]
    one.MediaBox = shown
    one.rotate(-laying.turn, relative=True)
    page = target.add_blank_page(page_size=laying.page)
    form = target.copy_foreign(one.as_form_xobject())
    page.add_resource(form, pikepdf.Name.XObject, pikepdf.Name.Scan)
    whole = pikepdf.Rectangle(0, 0, laying.page[0], laying.page[1])
    page.contents_add(
        page.calc_form_xobject_placement(
            form, pikepdf.Name.Scan, whole, invert_transformations=True, allow_shrink=True, allow_expand=True
        )
    )
