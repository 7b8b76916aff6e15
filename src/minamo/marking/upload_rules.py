"""答案を受け取るきまり: kinds of files, how much, how long a link lives. Pure."""

import datetime as dt

from minamo.kernel.schoolyear import JST
from minamo.kernel.uploads import HEIC, JPEG, PDF, PNG, TIFF

KINDS = (PDF, JPEG, PNG, TIFF, HEIC)
PICTURES = (JPEG, PNG, HEIC)
"""Several of these are one pile, in the order chosen; every other file is a pile of its own."""
CHUNK = 4 * 2**20
MOST_BYTES = 300 * 2**20
MOST_FILES = 700
MOST_WAITING = 2 * MOST_BYTES  # bytes of unfinished uploads of one sitting
DAY_ENDS = dt.time(18, 0)
LEAST = dt.timedelta(hours=1)
MOST_PER_HOUR = 40  # piles one link takes in an hour


def expiry(now: dt.datetime) -> dt.datetime:
    """リンクの期限: the end of the school day; after it, an hour, so that a link made late is of use."""
    end = dt.datetime.combine(now.astimezone(JST).date(), DAY_ENDS, JST)
    return max(end, now + LEAST)
