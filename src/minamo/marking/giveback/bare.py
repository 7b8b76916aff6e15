"""ただの絵 (bare pictures): of a JPEG only what its pixels are made of. The coded picture stays byte for byte.

What a camera or a program wrote beside it goes (EXIF with the place, XMP, IPTC, profiles, previews, comments), and so does what
stands behind its end: a second picture, an archive, a page of markup. What has no such shape is decoded and coded anew.
"""

import io
import re
import warnings
import zlib

import pikepdf
from PIL import Image, UnidentifiedImageError

SOI, EOI, SOS, DHT, DQT, DRI, DNL, APP0, APP14 = 0xD8, 0xD9, 0xDA, 0xC4, 0xDB, 0xDD, 0xDC, 0xE0, 0xEE
FRAMES = {*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC}
PIXELS = {DHT, DQT, DRI, DNL, 0xCC, *FRAMES}  # 0xCC: arithmetic coding
NEXT = re.compile(rb"\xff+[^\x00\xff\xd0-\xd7]")  # a marker that ends coded data; stuffed bytes and restarts do not
QUALITY = 88
TALK = (
    "/Metadata",
    "/PieceInfo",
    "/LastModified",
    "/Alternates",
    "/Thumb",
    "/StructParent",
    "/ID",
    "/OPI",
    "/Name",
    "/AF",
)


class NotBare(ValueError):
    """この形では読めない: no JPEG whose parts can be told apart."""


def without_notes(jpeg: bytes) -> bytes:
    """写真の付記を除く: tables, frame and coded picture, and nothing else. Raises NotBare for what is not such a JPEG."""
    if jpeg[:2] != b"\xff\xd8":
        raise NotBare
    kept, at, coded = [b"\xff\xd8"], 2, False
    while True:
        found = re.compile(rb"\xff+([^\x00\xff])", re.DOTALL).match(jpeg, at)
        if found is None:
            if coded and at >= len(jpeg):  # cut off in the middle: what is there is shown, as every reader does
                return b"".join([*kept, b"\xff\xd9"])
            raise NotBare
        marker = found[1][0]
        if marker == EOI:
            if not coded:
                raise NotBare
            return b"".join([*kept, b"\xff\xd9"])
        begin = found.end()
        end = begin + int.from_bytes(jpeg[begin : begin + 2], "big")
        if end < begin + 2 or end > len(jpeg):
            raise NotBare
        body = jpeg[begin:end]
        if marker == SOS:
            after = NEXT.search(jpeg, end)
            at = after.start() if after else len(jpeg)
            kept.append(b"\xff\xda" + body + jpeg[end:at])
            coded = True
            continue
        if marker in PIXELS:
            kept.append(bytes([0xFF, marker]) + body)
        elif marker == APP0 and body[2:7] == b"JFIF\0" and len(body) >= 16:
            kept.append(b"\xff\xe0\x00\x10" + body[2:14] + b"\0\0")  # without its preview
        elif marker == APP14 and body[2:7] == b"Adobe" and len(body) >= 14:
            kept.append(b"\xff\xee\x00\x0e" + body[2:14])  # says how colours are coded
        at = end


def anew(jpeg: bytes) -> bytes:
    """描き直す: decoded and coded again, without a word of the old file. Raises NotBare when it is no picture."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(jpeg), formats=["JPEG"]) as image:
                plain = image if image.mode in {"L", "RGB", "CMYK"} else image.convert("RGB")
                out = io.BytesIO()
                plain.save(out, "JPEG", quality=QUALITY, comment=b"")
    except (
        UnidentifiedImageError,
        Image.DecompressionBombError,
        Image.DecompressionBombWarning,
        OSError,
        ValueError,
        SyntaxError,
    ) as problem:
        raise NotBare from problem
    return without_notes(out.getvalue())


def bare(jpeg: bytes) -> bytes:
    """ただの絵にする: as it is coded where it can be told apart, else drawn anew. Raises NotBare when it is no picture."""
    try:
        return without_notes(jpeg)
    except NotBare:
        return anew(jpeg)


def bare_pictures(book: pikepdf.Pdf) -> None:
    """PDFの中の写真の付記を除く: every JPEG of the file, and what is said beside any picture.

    A picture that cannot be told apart or read stays as it is coded: inside a PDF it is drawn or it is not, never opened.
    """
    for one in book.objects:
        if not isinstance(one, pikepdf.Stream):
            continue
        if one.get("/Subtype") in {"/Image", "/Form"}:
            for name in TALK:
                if name in one:
                    del one[name]
        if one.get("/Subtype") == "/Image":
            _bare_stream(one)


def _bare_stream(one: pikepdf.Stream) -> None:
    filters = one.get("/Filter")
    names = [str(filters)] if isinstance(filters, pikepdf.Name) else [str(name) for name in list(filters or [])]
    if names not in (["/DCTDecode"], ["/FlateDecode", "/DCTDecode"]):
        return
    raw = one.read_raw_bytes()
    try:
        coded = zlib.decompress(raw) if len(names) == 2 else raw
        clean = without_notes(coded)
    except (zlib.error, NotBare):
        return
    if clean != coded:
        parameters = one.get("/DecodeParms")
        of_picture = parameters[1] if isinstance(parameters, pikepdf.Array) and len(parameters) == 2 else parameters
        one.write(
            clean,
            filter=pikepdf.Name.DCTDecode,
            decode_parms=of_picture if isinstance(of_picture, pikepdf.Dictionary) else None,
        )
