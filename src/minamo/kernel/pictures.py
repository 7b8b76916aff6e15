"""画像の大きさ (pictures): how many pixels a JPEG or PNG declares, read from its head before anything is decoded.

A picture of a few kilobytes can unpack to gigabytes; what declares more than the cap is refused at the door.
"""

import struct

MOST_PIXELS = 120_000_000  # a page of A3 at 600 dpi has 70 million
_WITHOUT_LENGTH = {0x01, *range(0xD0, 0xD8)}
_FRAMES = {*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC}  # start of frame, whatever the coding


def pixels_of(content: bytes) -> int | None:
    """Width × height as the head says; None when the head cannot be read."""
    if content[:8] == b"\x89PNG\r\n\x1a\n":
        return _png(content)
    return _jpeg(content) if content[:2] == b"\xff\xd8" else None


def _png(content: bytes) -> int | None:
    if len(content) < 24 or content[12:16] != b"IHDR":
        return None
    width, height = struct.unpack(">II", content[16:24])
    return int(width * height) or None


def _jpeg(content: bytes) -> int | None:
    at = 2
    while at + 4 <= len(content):
        if content[at] != 0xFF:
            return None
        marker = content[at + 1]
        if marker == 0xFF:  # fill byte
            at += 1
            continue
        if marker in _WITHOUT_LENGTH:
            at += 2
            continue
        if marker in _FRAMES:
            if at + 9 > len(content):
                return None
            height, width = struct.unpack(">HH", content[at + 5 : at + 9])
            return int(width * height) or None
        length = struct.unpack(">H", content[at + 2 : at + 4])[0]
        if length < 2:
            return None
        at += 2 + length
    return None
