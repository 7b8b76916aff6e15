"""段組み: a vertical sheet in two or three tiers is read tier by tier, where the tiers are clear."""

from collections.abc import Sequence
from itertools import pairwise

from minamo.marking.vision.boxes import Found
from minamo.marking.vision.ink import Gray, ink

RULE = 0.6  # share of the tiers' width a printed rule between them takes at least
WIDE = 140  # pixels (18 mm): so much empty paper between tiers, where no rule parts them
MORE = 1.8  # and so many times the paper between two boxes of one column
MOST = 3
Band = tuple[int, int]  # from the foot of a tier to the head of the next


def tiers(found: Sequence[Found], gray: Gray, vertical: bool) -> list[list[Found]]:
    """段に分ける, from the top; one tier when the sheet is read in rows or the parts are not clear."""
    whole = [list(found)]
    if not vertical or len(found) < 4:
        return whole
    bands = _bands(found)
    ruled = [band for band in bands if _ruled(gray, band, found)]
    widest = max((low - top for top, low in bands), default=0)
    cuts = ruled or [band for band in bands if band[1] - band[0] > 0.6 * widest]
    parts = _parted(found, cuts)
    if not 1 < len(parts) <= MOST or any(_columns(part) < 2 for part in parts):
        return whole
    within = max((gap for part in parts for gap in _gaps(part)), default=0)
    return parts if ruled or all(low - top >= max(WIDE, MORE * within) for top, low in cuts) else whole


def _bands(found: Sequence[Found]) -> list[Band]:
    """Bands of paper across the sheet that no box crosses."""
    order = sorted(found, key=lambda one: one.box[1])
    bands: list[Band] = []
    reach = order[0].box[3]
    for one in order[1:]:
        if one.box[1] > reach:
            bands.append((reach, one.box[1]))
        reach = max(reach, one.box[3])
    return bands


def _parted(found: Sequence[Found], cuts: Sequence[Band]) -> list[list[Found]]:
    edges = [0, *(low for _, low in cuts), 10**9]
    return [[one for one in found if upper <= one.box[1] < lower] for upper, lower in pairwise(edges)]


def _columns(part: Sequence[Found]) -> int:
    """How many columns stand beside each other."""
    reach, count = -1, 0
    for one in sorted(part, key=lambda one: one.box[0]):
        count += one.box[0] > reach
        reach = max(reach, one.box[2])
    return count


def _gaps(part: Sequence[Found]) -> list[int]:
    """Paper between boxes over each other."""
    found = []
    for one in part:
        under = [other.box[1] - one.box[3] for other in part
                 if other.box[1] >= one.box[3] and min(one.box[2], other.box[2]) > max(one.box[0], other.box[0])]  # fmt: skip
        found += [min(under)] if under else []
    return found


def _ruled(gray: Gray, band: Band, found: Sequence[Found]) -> bool:
    """A rule printed across between two tiers."""
    left, right = min(one.box[0] for one in found), max(one.box[2] for one in found)
    seen = ink(gray)[band[0] + 4 : band[1] - 4, left:right] > 60
    if seen.shape[0] < 3:
        return False
    rows = seen[:-2] | seen[1:-1] | seen[2:]  # a slightly crooked rule runs over three rows
    return bool(rows.mean(axis=1).max() > RULE)
