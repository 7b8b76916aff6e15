"""空いた所: where a sign and its points can be read on the scan: beside print and writing, or on a white plate.

Measured in pixels of the blank at 200 dpi on the scan as it lies back on its blank, so that print and pencil count alike and no way
of feeding the paper matters.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
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
SPECK = 9  # pixels: what is smaller and stands alone is dust, on which a sign may stand
SHRINKS = (1.0, 0.84, 0.7, 0.58)  # a sign is made so much smaller before it is put on a plate
PLATED = 0.7  # how large a sign on a plate is
END = 3.2  # radii from an end of a tall line within which a sign stands at that end
SIZES = (1.0, 0.86, 0.74)  # of points
LEAST = 5.0  # points (1/72 inch): smaller figures are not read
PIXEL = 200 / 72  # pixels to a point
WIDE, HIGH = 0.62, 0.76  # of a figure in its own size
ASIDE, ABOVE = 9, 3  # pixels around it: 「12」 close to a printed 「条」 would read as an answer
NEAR = 90.0  # pixels (11 mm) from its box within which a stamp is seen to belong to it
COARSE = 4  # pixels to one when a place for the heading is looked for
EDGE, LEAST_EDGE = 72 * 5 / 25.4, 72 * 3 / 25.4  # points (5 mm, 3 mm) along the edge of a page on which no words stand
HEAD = 0.15  # of its height: the heading comes as close to the edge as that to stand in the upper part


@dataclass(frozen=True, slots=True)
class Figures:
    """数字の場所: middle, size in points, and whether a white plate is under it."""

    x: float
    y: float
    size: float
    plate: bool


@dataclass(frozen=True, slots=True)
class Seat:
    """印の場所: middle and radius of the sign, whether it stands on a plate, and where its points stand."""

    x: float
    y: float
    radius: float
    plate: bool
    points: Figures | None


def inked(upright: Gray) -> Gray:
    """字と線 (0/1) of a page laid back onto its blank."""
    seen = cv2.medianBlur((ink(upright) > DARK).astype(np.uint8), 3)
    _, parts, sizes, _ = cv2.connectedComponentsWithStats(seen, connectivity=8)
    dark = np.flatnonzero(seen.view(np.bool_))  # a few of a hundred: most of a page is paper
    specks = sizes[:, cv2.CC_STAT_AREA] < SPECK
    seen.ravel()[dark[specks[parts.ravel()[dark]]]] = 0
    return np.asarray(seen, np.uint8)


def placed(page: Gray, box: Box, sign: str, points: str, *, corner: bool = False) -> Seat:
    """印と点の場所 in one box of a page (`inked`). `corner`: the sign stands where it stands on every paper (`seats.seat`)."""
    here, left, top = _inside(page, box)
    x, y, radius = seat(box, corner=corner)
    if here.size == 0:
        return Seat(x, y, radius, False, None)
    x, y, plate = x - left, y - top, False
    if sign:
        if corner:
            plate = not _free(here, sign, x, y, radius)
        elif narrow(box):
            x, y, radius, plate = _end(here, sign, (x, y, radius))
        else:
            x, y, radius, plate = _sign(here, sign, (x, y, radius))
    found = _points(here, (sign, x, y, radius), points, max(5.5, min(9.0, seat(box)[2] * 0.2))) if points else None
    if found is not None:
        found = Figures(found.x + left, found.y + top, found.size, found.plate)
    return Seat(x + left, y + top, radius, plate, found)


def total_place(page: Gray, box: Box, text: str) -> Box | None:
    """合計の場所: where the total stands largest in the sheet's own 得点 box, beside its printed words; None when there is no room."""
    here, left, top = _inside(page, box)
    for size in (26.0, 22.0, 18.0, 15.0, 12.0, 10.0):
        width, height = (one + 8 for one in _measure(text, size))
        spot = _spot(here, width, height, (here.shape[1] / 2, here.shape[0] / 2))
        if spot is not None and not spot[2]:
            x, y = spot[0] + left, spot[1] + top
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
    spot = _spot(small, width, high, ((box[0] - left) / COARSE + width / 2, (box[3] - top) / COARSE + high / 2))
    if spot is None or spot[2]:
        return None
    x, y = spot[0] * COARSE + left, spot[1] * COARSE + top
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
        reach = seat.radius + STROKE
        left, top = max(0, round(seat.x - reach)), max(0, round(seat.y - reach))
        part = page[top : round(seat.y + reach), left : round(seat.x + reach)]
        part |= outline(part.shape, sign, seat.x - left, seat.y - top, seat.radius, STROKE)
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
    spot = _spot(np.asarray(taken, np.uint8), width, height, (float(taken.shape[1]), 0.0))
    if spot is None or spot[2]:
        return None
    x, y = spot[0] * COARSE, spot[1] * COARSE
    across, down = size[0] * PIXEL / 2, size[1] * PIXEL / 2
    return x - across, y - down, x + across, y + down


def _inside(page: Gray, box: Box) -> tuple[Gray, int, int]:
    """The box without its rules, and where it begins."""
    rim = min(RIM, 0.12 * min(box[2] - box[0], box[3] - box[1]))
    left, top = max(0, round(box[0] + rim)), max(0, round(box[1] + rim))
    right, low = round(box[2] - rim), round(box[3] - rim)
    return page[top : max(top, low), left : max(left, right)], left, top


def _sign(here: Gray, sign: str, wished: tuple[float, float, float]) -> tuple[float, float, float, bool]:
    """Where it stands by rule when its line meets nothing; else the nearest empty place, smaller if need be; else a plate."""
    x, y, radius = wished
    if _free(here, sign, x, y, radius):
        return x, y, radius, False
    for room, shrink in product(ROOMS, SHRINKS):
        smaller = max(SMALLEST, radius * shrink)
        side = round(2 * smaller) + room
        spot = _spot(here, side, side, (x, y))
        if spot is not None and not spot[2]:
            return spot[0], spot[1], smaller, False
    smaller = min(radius, max(SMALLEST, radius * PLATED))
    side = round(2 * smaller) + GAP
    spot = _spot(here, side, side, (x, y))
    return (x, y, radius, True) if spot is None else (spot[0], spot[1], smaller, True)


def _free(here: Gray, sign: str, x: float, y: float, radius: float) -> bool:
    line = outline(here.shape, sign, x, y, radius, STROKE + 2 * GAP)
    return not here[line > 0].any()


def _end(here: Gray, sign: str, wished: tuple[float, float, float]) -> tuple[float, float, float, bool]:
    """In one tall line of letters: at its foot, else at its head, never between two letters; where both are written full, on a plate at
    the foot."""
    x, y, radius = wished
    high, reach = here.shape[0], round(END * radius)
    foot = max(0, high - reach)
    if not here[foot:].any():
        return x, y, radius, False
    for begins, ends, near in ((foot, high, y - foot), (0, min(high, reach), radius + GAP)):
        for room, shrink in product(ROOMS, SHRINKS):
            smaller = max(SMALLEST, radius * shrink)
            side = round(2 * smaller) + room
            spot = _spot(here[begins:ends], side, side, (x, near))
            if spot is not None and not spot[2]:
                return spot[0], spot[1] + begins, smaller, False
    smaller = min(radius, max(SMALLEST, radius * PLATED))
    return x, high - smaller - GAP, smaller, True


def _points(here: Gray, seated: tuple[str, float, float, float], text: str, size: float) -> Figures | None:
    """The empty place beside the sign nearest to the lower right corner, else one within its lines, else the emptiest with a plate."""
    corner = (float(here.shape[1]), float(here.shape[0]))
    apart = np.asarray(cv2.dilate(here, np.ones((2 * ABOVE + 1, 2 * ASIDE + 1), np.uint8)), np.uint8)
    line = outline(here.shape, *seated, STROKE + 2 * GAP) if seated[0] else np.zeros_like(here)
    inside = line.copy()
    shapes, _ = cv2.findContours(line, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    cv2.drawContours(inside, shapes, -1, 1, -1)
    lined = np.maximum(apart, line)
    for there in (np.maximum(apart, inside), lined):
        for shrink in SIZES:
            smaller = max(LEAST, size * shrink)
            width, height = _measure(text, smaller)
            spot = _spot(there, width, height, corner)
            if spot is not None and not spot[2]:
                return Figures(spot[0], spot[1], smaller, False)
    width, height = _measure(text, size)
    spot = _spot(np.maximum(here, line), width, height, corner)
    if spot is None:
        return Figures(here.shape[1] / 2, here.shape[0] / 2, LEAST, True)
    return Figures(spot[0], spot[1], size, True)


def _measure(text: str, size: float) -> tuple[int, int]:
    return round(WIDE * len(text) * size * PIXEL) + 2, round(HIGH * size * PIXEL) + 2


def _spot(here: Gray, width: int, height: int, near: tuple[float, float]) -> tuple[float, float, int] | None:
    """The place of that size with the least in it, of those the nearest: its middle, and how many pixels are not white."""
    if here.shape[0] < height or here.shape[1] < width:
        return None
    whole = cv2.integral(here)
    counts = whole[height:, width:] - whole[:-height, width:] - whole[height:, :-width] + whole[:-height, :-width]
    least = int(counts.min())
    rows, columns = np.nonzero(counts == least)
    at = int(np.hypot(columns + width / 2 - near[0], rows + height / 2 - near[1]).argmin())
    return float(columns[at]) + width / 2, float(rows[at]) + height / 2, least


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
