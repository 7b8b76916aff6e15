"""A picture from a phone that is more than a picture: it says where it was taken, and is a page of markup and an archive too."""

import io

import numpy as np
from PIL import Image

WORDS = (b"CANARY", b"<script", b"<html", b"PK\x03\x04", b"Exif\0\0", b"GPS")


def evil_jpeg(picture: np.ndarray, turn: int = 1) -> bytes:
    """EXIF with the place, a comment, a profile, an unknown part, a preview, and after its end a page and an archive."""
    exif = Image.Exif()
    exif[0x0112], exif[0x010F], exif[0x013B] = turn, "CANARY maker", "CANARY person"
    place = exif.get_ifd(0x8825)
    place[1], place[2], place[3], place[4] = "N", (35.0, 41.0, 22.1), "E", (139.0, 41.0, 30.2)
    place[27] = b"ASCII\0\0\0CANARY GPS"
    out = io.BytesIO()
    Image.fromarray(picture).save(
        out, "JPEG", quality=80, exif=exif, comment=b"CANARY <script>alert(1)</script>", icc_profile=b"CANARY" * 30
    )
    made = out.getvalue()
    markup = b"CANARY<html><script>alert(document.domain)</script>"
    part = b"\xff\xeb" + (len(markup) + 2).to_bytes(2, "big") + markup
    return made[:2] + part + made[2:] + b"<html><body onload=alert(1)>CANARY</body></html>PK\x03\x04CANARY"


def told(content: bytes) -> list[bytes]:
    """What of it is still there."""
    return [word for word in WORDS if word in content]
