"""水面の用紙の形: where squares, code and number marks stand on a sheet that minamo prints, and how a blank makes room for them.

Squares of 6 mm centred 12 mm from the edges; the code (14 mm, quiet zone of 2 mm) centred on the lower edge between them, so
that nothing stands in the outer 5 mm that printers leave white. Pure arithmetic in pixels at 200 dpi: the printed form and
the eye both ask here, and both get the same answer from the same blank.
"""

from dataclasses import dataclass

DPI = 200
MM = DPI / 25.4
SQUARE = round(6 * MM)
INSET = 12 * MM
CODE = round(14 * MM)
QUIET = round(2 * MM)
EDGE = 5 * MM  # printers leave this white
TOP, BOTTOM = 17.5 * MM, 23 * MM  # what the squares above, squares and code below need
RADIUS, ROWS = 2.2 * MM, (15.5 * MM, 8.5 * MM)  # of number marks: tens above ones, from the lower edge
PITCH = 6.2 * MM
Size = tuple[int, int]
Area = tuple[int, int, int, int]


def centres(size: Size) -> tuple[tuple[float, float], ...]:
    """Centres of the squares on a blank of `size`: top left, top right, bottom right, bottom left."""
    width, height = size
    return (INSET, INSET), (width - INSET, INSET), (width - INSET, height - INSET), (INSET, height - INSET)


def code_box(size: Size) -> Area:
    """Where the code lies on a blank of `size`, quiet zone included."""
    x, y, half = size[0] // 2, round(size[1] - INSET), CODE // 2 + QUIET
    return x - half, y - half, x + half, y + half


def kept_free(size: Size) -> tuple[Area, ...]:
    """あけておく所: around each square, and the strip below with code, name and number marks."""
    reach = SQUARE / 2 + QUIET
    corners = [(round(x - reach), round(y - reach), round(x + reach), round(y + reach)) for x, y in centres(size)]
    strip = (round(INSET + reach), round(size[1] - BOTTOM), round(size[0] - INSET - reach), size[1])
    return (*corners, strip)


@dataclass(frozen=True, slots=True)
class Placing:
    """置き方 of a blank on the printed sheet: pixels of the blank → pixels of the sheet, `scale` then shift."""

    scale: float = 1.0
    x: float = 0.0
    y: float = 0.0

    def matrix(self) -> tuple[tuple[float, float, float], ...]:
        """3×3."""
        return (self.scale, 0.0, self.x), (0.0, self.scale, self.y), (0.0, 0.0, 1.0)


def placing(size: Size, free: bool, ink: Area) -> Placing:
    """場所をあける: as it is when the places are free, else the print (`ink`) as large as fits between the squares."""
    if free:
        return Placing()
    width, height = size
    room = (EDGE, TOP, width - EDGE, height - BOTTOM)
    scale = min(1.0, (room[2] - room[0]) / (ink[2] - ink[0]), (room[3] - room[1]) / (ink[3] - ink[1]))
    x = _within(width / 2 - scale * width / 2, scale * ink[0], scale * ink[2], room[0], room[2])
    y = _within(0.0, scale * ink[1], scale * ink[3], room[1], room[3])
    return Placing(scale, x, y)


def _within(shift: float, low: float, high: float, least: float, most: float) -> float:
    """The shift nearest to the wished one that keeps low…high inside least…most."""
    return min(max(shift, least - low), most - high)


def number_marks(size: Size) -> tuple[tuple[tuple[float, float], ...], ...]:
    """番号をぬる丸: centres of 0–9 for the tens and for the ones, left of the code."""
    left, right = INSET + SQUARE / 2 + QUIET + 13 * MM, code_box(size)[0] - RADIUS - QUIET / 2
    pitch = min(PITCH, (right - left) / 9)
    return tuple(tuple((left + digit * pitch, size[1] - up) for digit in range(10)) for up in ROWS)
