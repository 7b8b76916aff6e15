"""識別子 (identifiers): time-ordered UUIDs (RFC 9562 version 7), so that new rows stay together in an index."""

import secrets
import time
import uuid


def id_of(text: object) -> uuid.UUID | None:
    """識別子を読む: an id as it came from outside (a form, a query, a field of JSON); None when it is no UUID."""
    try:
        return uuid.UUID(str(text))
    except ValueError:
        return None


def new_id() -> uuid.UUID:
    """A new UUIDv7: 48 bits of milliseconds, then 74 random bits. Tells nothing about the person it stands for."""
    milliseconds = time.time_ns() // 1_000_000
    value = (milliseconds & ((1 << 48) - 1)) << 80
    value |= 0x7 << 76
    value |= secrets.randbits(12) << 64
    value |= 0b10 << 62
    value |= secrets.randbits(62)
    return uuid.UUID(int=value)
