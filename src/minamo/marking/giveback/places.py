"""空いた所: where a sign and its points can be read on the scan: beside print and writing, or on a white plate.

Measured in pixels of the blank at 200 dpi on the scan as it lies back on its blank, so that print and pencil count alike and no way
of feeding the paper matters.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import product

import cv2
import numpy as np

from minamo.marking.seats import PARTIAL, RIGHT, SMALLEST, Box, narrow, seat
from minamo.marking.vision.ink import Gray, Matrix, ink

DARK = 34  # ink (0–255) of pencil that can be seen
RIM = 7.0  # pixels inside the box where its own rules lie
GAP = 4  # pixels kept free around a sign
STROKE = 7  # pixels of a line of a sign with its edge
ROOMS = (STROKE + 2 * GAP, 2 * GAP)  # what a sign wants beside its own size; the less where there is no more
# Pixels (4, 2.5 mm) between a ○ and writing before or behind it, the best first: more than between two figures of a number.
FIGURES = (32, 20)
ONE_LINE = 88  # pixels (11 mm) inside a box in which no more than one line is written
BETWEEN, TALL = 10, 0.65  # pixels between two words; of the highest, how high a word is that belongs to the answer
OUTSIDE = 6  # pixels that a ○ around an answer goes over the rules of its box
SPECK = 9  # pixels: what is smaller and stands alone is dust, on which a sign may stand
SHRINKS = (1.0, 0.84, 0.7, 0.58)  # a sign is made so much smaller before it is put on a plate
PLATED = 0.7  # how large a sign on a plate is
END = 3.2  # radii from an end of a tall line within which a sign stands at that end
SIZES = (1.0, 0.86, 0.74)  # of points
LEAST = 5.0  # points (1/72 inch): smaller figures are not read
PIXEL = 200 / 72  # pixels to a point
WIDE, HIGH = 0.62, 0.76  # of a figure in its own size
ASIDE, ABOVE = 9, 3  # pixels around it: 「12」 close to a printed 「条」 would read as an answer
KEPT = 40_000  # places of a box whose distances are kept for the next box like it (64 boxes take 20 MB)
NEARBY = np.ones((2 * ABOVE + 1, 2 * ASIDE + 1), np.uint8)
NEAR = 90.0  # pixels (11 mm) from its box within which a stamp is seen to belong to it
COARSE = 4  # pixels to one when a place for the heading is looked for
EDGE, LEAST_EDGE = 72 * 5 / 25.4, 72 * 3 / 25.4  # points (5 mm, 3 mm) along the edge of a page on which no words stand
HEAD = 0.15  # of its height: the heading comes as close to the edge as that to stand in the upper part


Part = tuple[slice, slice]  # rows and columns


@dataclass(frozen=True, slots=True)
class Figures:
    """数字の場所: middle, size in points, and whether a white plate is under it."""

    x: float
    y: float
    size: float
    plate: bool


@dataclass(frozen=True, slots=True)
class Seat:
    """印の場所: middle and radius of the sign, whether it stands on a plate, where its points stand, and whether it is drawn around the answer."""

    x: float
    y: float
    radius: float
    plate: bool
    points: Figures | None
    around: bool = False  # a ○ that has no room beside the answer without being taken for a figure of it


def inked(upright: Gray) -> Gray:
    """字と線 (0/1) of a page laid back onto its blank."""
    seen = cv2.medianBlur(cv2.threshold(ink(upright), DARK, 1, cv2.THRESH_BINARY)[1], 3)
    _, parts = cv2.connectedComponents(seen, connectivity=8)
    dark = np.flatnonzero(seen.view(np.bool_))  # a few of a hundred: most of a page is paper
    part = parts.ravel()[dark]
    specks = np.bincount(part) < SPECK
    seen.ravel()[dark[specks[part]]] = 0
    return np.asarray(seen, np.uint8)


def placed(page: Gray, box: Box, sign: str, points: str, *, corner: bool = False) -> Seat:
    """印と点の場所 in one box of a page (`inked`). `corner`: the sign stands where it stands on every paper (`seats.seat`)."""
    here, left, top = _inside(page, box)
    x, y, radius = seat(box, corner=corner)
    if here.size == 0:
        return Seat(x, y, radius, False, None)
    x, y, plate, around = x - left, y - top, False, False
    if sign:
        if corner:
            plate = not _free(here, sign, x, y, radius)
        elif narrow(box):
            x, y, radius, plate = _end(here, sign, (x, y, radius))
        else:
            x, y, radius, plate, around = _sign(here, sign, (x, y, radius))
    found = _points(here, (sign, x, y, radius), points, max(5.5, min(9.0, seat(box)[2] * 0.2))) if points else None
    if found is not None:
        found = Figures(found.x + left, found.y + top, found.size, found.plate)
    return Seat(x + left, y + top, radius, plate, found, around)


def total_place(page: Gray, box: Box, text: str) -> Box | None:
    """合計の場所: where the total stands largest in the sheet's own 得点 box, beside its printed words; None when there is no room."""
    here, left, top = _inside(page, box)
    for size in (26.0, 22.0, 18.0, 15.0, 12.0, 10.0):
        width, height = (one + 8 for one in _measure(text, size))
        found = _room(here, [(width, height)], (here.shape[1] / 2, here.shape[0] / 2))
        if found is not None:
            x, y = found[1] + left, found[2] + top
            return x - width / 2, y - height / 2, x + width / 2, y + height / 2
    return None


def note_place(
    page: Gray, box: Box, others: Sequence[Box], size: tuple[float, float], *, anywhere: bool = False
) -> Box | None:
    """ことばの場所: where stamps and a comment of this size (points) stand for a box: under its lower left corner, else the nearest empty
    place in it or beside it, nearer to it than to any other box, on no writing and in no other box; None where there is none.
    `anywhere`: the nearest empty place of the whole page, for what names its question."""
    width, high = (round(one * PIXEL / COARSE) for one in size)
    around = [one * PIXEL + 4 * COARSE for one in size]
    left, top = (0, 0) if anywhere else (max(0, round(box[0] - around[0])), max(0, round(box[1] - around[1])))
    right, low = (page.shape[1], page.shape[0]) if anywhere else (box[2] + around[0], box[3] + 2 * around[1])
    here = page[top : round(low), left : round(right)].copy()
    for one in others:
        fill(here, (one[0] - left, one[1] - top, one[2] - left, one[3] - top))
    small = np.asarray(cv2.dilate(here, np.ones((COARSE + 1,) * 2, np.uint8))[::COARSE, ::COARSE], np.uint8)
    near = (box[0] - left) / COARSE + width / 2, (box[3] - top) / COARSE + high / 2
    spot = _room(small, [(width, high)], near)
    if spot is None:
        return None
    x, y = spot[1] * COARSE + left, spot[2] * COARSE + top
    found = x - width * COARSE / 2, y - high * COARSE / 2, x + width * COARSE / 2, y + high * COARSE / 2
    return found if anywhere or belongs(found, box, others) else None


def belongs(place: Box, box: Box, others: Sequence[Box]) -> bool:
    """その枠のものと分かる: close to its box; no other box is closer, and of those as close none has more of it along its side."""
    away, mine = apart(place, box), along(place, box)
    return away <= NEAR and all(
        (gap := apart(place, one)) > away or (gap > away - COARSE and along(place, one) <= mine) for one in others
    )


def along(one: Box, other: Box) -> float:
    """Pixels of the sides that two rectangles beside or over each other share; 0 for those that stand cornerwise."""
    across = min(one[2], other[2]) - max(one[0], other[0])
    down = min(one[3], other[3]) - max(one[1], other[1])
    return max(0.0, across if down <= 0 else down if across <= 0 else max(across, down))


def apart(one: Box, other: Box) -> float:
    """Pixels between two rectangles; 0 where they meet."""
    across = max(one[0] - other[2], other[0] - one[2], 0.0)
    down = max(one[1] - other[3], other[1] - one[3], 0.0)
    return float(np.hypot(across, down))


def covered(page: Gray, sign: str, seat: Seat, words: str) -> None:
    """印と点を紙に足す: what a sign and its points take is taken for whatever is set after them."""
    if sign:
        line, (rows, columns) = _line(page.shape, sign, seat.x, seat.y, seat.radius, STROKE)
        page[rows, columns] |= line
    if seat.points is not None:
        wide, high = (one / 2 for one in _measure(words, seat.points.size))
        fill(page, (seat.points.x - wide, seat.points.y - high, seat.points.x + wide, seat.points.y + high))


def fill(page: Gray, box: Box) -> None:
    """A place that is taken."""
    left, top, right, low = (max(0, round(value)) for value in box)
    page[top:low, left:right] = 1


def beyond(shape: tuple[int, ...], laid: Matrix, page: tuple[float, float], edge: float) -> Gray:
    """紙の外 (1): of a blank (rows, columns), what lies off the page it was scanned on or, so wide, along the edge of either. `laid`: pixels
    of the blank → points of the page, which is that large."""
    wide, high = page
    seen = np.array([(edge, edge), (wide - edge, edge), (wide - edge, high - edge), (edge, high - edge)])
    there = cv2.perspectiveTransform(seen.reshape(-1, 1, 2), np.linalg.inv(laid)).reshape(-1, 2)
    found = np.ones(shape[:2], np.uint8)
    cv2.fillConvexPoly(found, np.round(there).astype(np.int32), 0)
    if rim := round(edge * PIXEL):
        found[:rim], found[-rim:], found[:, :rim], found[:, -rim:] = 1, 1, 1, 1
    return found


def heading_place(page: Gray, size: tuple[float, float], off: Callable[[float], Gray]) -> Box | None:
    """見出しの場所: the empty place of this size (points) nearest to the upper right corner, outside of every ruled box and not off the
    paper (`off`: `beyond` by the width of the edge). Where only a narrow edge leaves room at the head, the edge is narrow."""
    small = cv2.dilate(page, np.ones((COARSE * 2 + 1,) * 2, np.uint8))[::COARSE, ::COARSE].copy()
    around = np.pad(small, 1)
    cv2.floodFill(around, None, (0, 0), 2)  # what can be reached from the edge lies in no box
    boxed = around[1:-1, 1:-1] != 2
    found, head = _heading(boxed | (off(EDGE)[::COARSE, ::COARSE] > 0), size), HEAD * page.shape[0]
    if found is None or found[1] > head:
        near = _heading(boxed | (off(LEAST_EDGE)[::COARSE, ::COARSE] > 0), size)
        found = near if found is None or (near is not None and near[1] <= head) else found
    return found


def _heading(taken: np.ndarray, size: tuple[float, float]) -> Box | None:
    width, height = (round(one * PIXEL / COARSE) for one in size)
    spot = _room(np.asarray(taken, np.uint8), [(width, height)], (float(taken.shape[1]), 0.0))
    if spot is None:
        return None
    x, y = spot[1] * COARSE, spot[2] * COARSE
    across, down = size[0] * PIXEL / 2, size[1] * PIXEL / 2
    return x - across, y - down, x + across, y + down


def _inside(page: Gray, box: Box) -> tuple[Gray, int, int]:
    """The box without its rules, and where it begins."""
    rim = min(RIM, 0.12 * min(box[2] - box[0], box[3] - box[1]))
    left, top = max(0, round(box[0] + rim)), max(0, round(box[1] + rim))
    right, low = round(box[2] - rim), round(box[3] - rim)
    return page[top : max(top, low), left : max(left, right)], left, top


def _sign(here: Gray, sign: str, wished: tuple[float, float, float]) -> tuple[float, float, float, bool, bool]:
    """Where it stands by rule when its line meets nothing; else the nearest empty place, smaller if need be; else a plate. A ○ stands
    where nobody takes it for a figure of the answer; where there is no such place in a box of one line, around the answer, as by hand."""
    x, y, radius = wished
    free = _free(here, sign, x, y, radius)
    radii, sides = _smaller(radius)
    if sign == RIGHT:
        if free and _apart(here, x, y, radius, FIGURES[0]):
            return x, y, radius, False, False
        line = here.shape[0] <= ONE_LINE
        gaps = FIGURES[:1] if line else FIGURES
        found = _room(here, sides, (x, y), [gap - GAP for gap in gaps])  # beside what is free around every sign
        if found is not None:
            return found[1], found[2], radii[found[0]], False, False
        if line:
            return *_round_it(here), False, True
    if free:
        return x, y, radius, False, False
    found = _room(here, sides, (x, y))
    if found is not None:
        return found[1], found[2], radii[found[0]], False, False
    smaller = min(radius, max(SMALLEST, radius * PLATED))
    side = round(2 * smaller) + GAP
    spot = _spot(here, side, side, (x, y))
    return (x, y, radius, True, False) if spot is None else (spot[0], spot[1], smaller, True, False)


def _apart(here: Gray, x: float, y: float, radius: float, gap: int) -> bool:
    """Whether nothing is written so close before or behind a ○: 「25」 with a ○ behind it would read as 250, all the more in a gray copy."""
    rows = here[max(0, round(y - radius)) : max(0, round(y + radius))]
    left, right = (max(0, round(one)) for one in (x - radius, x + radius))
    return not rows[:, max(0, left - gap) : left].any() and not rows[:, right : right + gap].any()


def _round_it(here: Gray) -> tuple[float, float, float]:
    """答えをかこむ○: its middle and radius, over the edges of the box by OUTSIDE at most. Words printed small (円, cm) are not the answer."""
    filled = np.flatnonzero(here.any(axis=0))
    parts = np.split(filled, np.flatnonzero(np.diff(filled) > BETWEEN) + 1)
    rows = [np.flatnonzero(here[:, part[0] : part[-1] + 1].any(axis=1)) for part in parts]
    highs = [int(row[-1] - row[0]) + 1 for row in rows]
    tall = [at for at, high in enumerate(highs) if high >= TALL * max(highs)]
    left, right = int(parts[tall[0]][0]), int(parts[tall[-1]][-1]) + 1
    top, low = min(int(rows[at][0]) for at in tall), max(int(rows[at][-1]) + 1 for at in tall)
    radius = min(math.hypot(right - left, low - top) / 2 + STROKE, here.shape[0] / 2 + RIM + OUTSIDE)
    reach = max(0.0, here.shape[1] / 2 + RIM + OUTSIDE - radius)  # how far its middle may be from that of the box
    middle = here.shape[1] / 2
    return min(max((left + right) / 2, middle - reach), middle + reach), (top + low) / 2, radius


def _smaller(radius: float) -> tuple[list[float], list[tuple[int, int]]]:
    """How large a sign may be where it has no room by rule, the best first, and the place it wants then."""
    tried = [(max(SMALLEST, radius * shrink), room) for room, shrink in product(ROOMS, SHRINKS)]
    sides = [round(2 * smaller) + room for smaller, room in tried]
    return [smaller for smaller, _ in tried], [(side, side) for side in sides]


def _free(here: Gray, sign: str, x: float, y: float, radius: float) -> bool:
    line, (rows, columns) = _line(here.shape, sign, x, y, radius, STROKE + 2 * GAP)
    return not cv2.hasNonZero(cv2.bitwise_and(here[rows, columns], line))


def _end(here: Gray, sign: str, wished: tuple[float, float, float]) -> tuple[float, float, float, bool]:
    """In one tall line of letters: at its foot, else at its head, never between two letters; where both are written full, on a plate at
    the foot."""
    x, y, radius = wished
    high, reach = here.shape[0], round(END * radius)
    foot = max(0, high - reach)
    if not here[foot:].any():
        return x, y, radius, False
    radii, sides = _smaller(radius)
    for begins, ends, near in ((foot, high, y - foot), (0, min(high, reach), radius + GAP)):
        found = _room(here[begins:ends], sides, (x, near))
        if found is not None:
            return found[1], found[2] + begins, radii[found[0]], False
    smaller = min(radius, max(SMALLEST, radius * PLATED))
    return x, high - smaller - GAP, smaller, True


def _points(here: Gray, seated: tuple[str, float, float, float], text: str, size: float) -> Figures | None:
    """The empty place beside the sign nearest to the lower right corner, else one within its lines, else the emptiest with a plate."""
    corner, sizes = (float(here.shape[1]), float(here.shape[0])), [max(LEAST, size * shrink) for shrink in SIZES]
    apart = np.asarray(cv2.dilate(here, NEARBY), np.uint8)
    beside, within = _around(apart, *seated) if seated[0] else (apart, apart)
    for there in (beside, within):
        found = _room(there, [_measure(text, one) for one in sizes], corner)
        if found is not None:
            return Figures(found[1], found[2], sizes[found[0]], False)
    width, height = _measure(text, size)
    spot = _spot(_around(here, *seated)[1] if seated[0] else here, width, height, corner)
    if spot is None:
        return Figures(here.shape[1] / 2, here.shape[0] / 2, LEAST, True)
    return Figures(spot[0], spot[1], size, True)


def _around(here: Gray, sign: str, x: float, y: float, radius: float) -> tuple[Gray, Gray]:
    """The room beside a sign (its inside is taken too), and with its inside."""
    line, (rows, columns) = _line(here.shape, sign, x, y, radius, STROKE + 2 * GAP)
    beside, within = here.copy(), here.copy()
    within[rows, columns] |= line
    if sign == RIGHT:  # perhaps cut off by the edges of the box
        beside[rows, columns] |= line
        cv2.circle(beside, (round(x), round(y)), round(radius), 1, -1)
        return beside, within
    shapes, _ = cv2.findContours(line, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    beside[rows, columns] |= np.asarray(cv2.drawContours(line.copy(), shapes, -1, 1, -1), np.uint8)
    return beside, within


def _measure(text: str, size: float) -> tuple[int, int]:
    return round(WIDE * len(text) * size * PIXEL) + 2, round(HIGH * size * PIXEL) + 2


def _spot(here: Gray, width: int, height: int, near: tuple[float, float]) -> tuple[float, float, int] | None:
    """The place of that size with the least in it, of those the nearest: its middle, and how many pixels are not white."""
    if here.shape[0] < height or here.shape[1] < width:
        return None
    counts = _counts(cv2.integral(here), width, height)
    least = int(counts.min())
    return *_nearest(counts, least, width, height, near), least


def _room(
    here: Gray, sizes: Sequence[tuple[int, int]], near: tuple[float, float], gaps: Sequence[int] = (0,)
) -> tuple[int, float, float] | None:
    """The first of some sizes (width, height) for which there is an empty place, and the middle of the nearest one. `gaps`: so much is
    empty before and behind it too, the widest that can be had; off the picture everything is empty."""
    most = max(gaps)
    whole = cv2.integral(cv2.copyMakeBorder(here, 0, 0, most, most, cv2.BORDER_CONSTANT, value=0) if most else here)
    sure = min(sizes)  # where that has no place, no other has
    for gap in gaps:
        part = whole[:, most - gap : whole.shape[1] - (most - gap)]
        if len(sizes) > 1 and not _has_room(part, sure[0] + 2 * gap, min(high for _, high in sizes)):
            continue
        for at, (width, height) in enumerate(sizes):
            counts = _counts(part, width + 2 * gap, height)
            if counts.size and not counts.all():
                x, y = _nearest(counts, 0, width + 2 * gap, height, (near[0] + gap, near[1]))
                return at, x - gap, y
    return None


def _has_room(whole: np.ndarray, width: int, height: int) -> bool:
    counts = _counts(whole, width, height)
    return bool(counts.size) and not counts.all()


def _counts(whole: np.ndarray, width: int, height: int) -> np.ndarray:
    """How many pixels are not white in each place of a size, from the sums of all that is above and left of each pixel."""
    if whole.shape[0] <= height or whole.shape[1] <= width:
        return np.zeros((0, 0), np.int32)
    counts = whole[height:, width:] - whole[:-height, width:]
    counts -= whole[height:, :-width]
    counts += whole[:-height, :-width]
    return np.asarray(counts)


def _nearest(counts: np.ndarray, least: int, width: int, height: int, near: tuple[float, float]) -> tuple[float, float]:
    """The middle of the nearest of the places that have so much in them."""
    there = np.flatnonzero(counts == least)
    across, down = width / 2 - near[0], height / 2 - near[1]
    if counts.size <= KEPT:
        away = _away(counts.shape, across, down)[there]
    else:
        rows, columns = np.divmod(there, counts.shape[1])
        away = np.hypot(columns + across, rows + down)
    row, column = divmod(int(there[away.argmin()]), counts.shape[1])
    return column + width / 2, row + height / 2


@lru_cache(maxsize=64)
def _away(shape: tuple[int, int], across: float, down: float) -> np.ndarray:
    """How far each place is, row after row: boxes of one size are looked at alike, on every page."""
    return np.asarray(np.hypot(np.arange(shape[1]) + across, np.arange(shape[0])[:, None] + down).ravel(), np.float64)


def _line(shape: tuple[int, ...], sign: str, x: float, y: float, radius: float, thick: int) -> tuple[Gray, Part]:
    """印の線 in the part of a picture it lies in, and that part."""
    if sign == RIGHT:  # of a circle whole pixels are drawn
        x, y, radius = round(x), round(y), round(radius)
    reach = round(radius) + thick + 2
    reach += reach % 2  # even, as where the part begins: a half is rounded there as in the whole
    left, top = (max(0, math.floor(one) // 2 * 2 - reach) for one in (x, y))
    low, right = min(shape[0], top + 2 * reach + 4), min(shape[1], left + 2 * reach + 4)
    part = slice(top, max(top, low)), slice(left, max(left, right))
    return _drawn((part[0].stop - top, part[1].stop - left), sign, x - left, y - top, radius, thick), part


@lru_cache(maxsize=256)
def _drawn(shape: tuple[int, int], sign: str, x: float, y: float, radius: float, thick: int) -> Gray:
    """印の線 on a piece that is no larger than it must be, the same for boxes that are alike, on every page."""
    drawn = outline(shape, sign, x, y, radius, thick)
    drawn.setflags(write=False)
    return drawn


def outline(shape: tuple[int, ...], sign: str, x: float, y: float, radius: float, thick: int) -> Gray:
    """印の線 (0/1) as it will be drawn."""
    drawn = np.zeros(shape[:2], np.uint8)
    if sign == RIGHT:
        cv2.circle(drawn, (round(x), round(y)), round(radius), 1, thick)
        return drawn
    arm = radius * 0.75
    lines = [((x - arm, y - arm), (x + arm, y + arm)), ((x + arm, y - arm), (x - arm, y + arm))]
    if sign == PARTIAL:
        side = radius * 3**0.5 / 2
        corners = [(x, y - radius), (x + side, y + arm), (x - side, y + arm)]
        lines = list(zip(corners, [*corners[1:], corners[0]], strict=True))
    for one, other in lines:
        cv2.line(drawn, (round(one[0]), round(one[1])), (round(other[0]), round(other[1])), 1, thick)
    return drawn
