"""マーク欄: circles in the box of a question on sheets that minamo prints, one for every symbol it may be answered with. Pure arithmetic.

Who prints and who reads ask here with the same box and get the same circles. Pixels of the blank at 200 dpi.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from minamo.marking.vision.form import MM

LARGEST, LEAST = 2.2 * MM, 1.5 * MM  # radius
ROOM = 0.4  # of a circle's place is its radius at most
CLOSE = 3.4  # radii from circle to circle at most: a row is read as one
RIM = 0.6 * MM  # of the box's edge stays free
Area = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class Circle:
    """丸: the symbol it stands for, and its centre."""

    text: str
    x: float
    y: float


@dataclass(frozen=True, slots=True)
class Bubbles:
    """マーク欄 of a question: one circle is filled in each of the `groups` (a symbol has one group, a number one for each digit, the
    highest first); `largest`: of a number."""

    groups: tuple[tuple[Circle, ...], ...]
    radius: float
    largest: int = 0

    @property
    def circles(self) -> tuple[Circle, ...]:
        """All of them."""
        return tuple(one for group in self.groups for one in group)


def laid_out(area: Area, symbols: Sequence[str], digits: int = 0, largest: int = 0) -> Bubbles | None:
    """並べる, as large as fits: symbols in one line or several, a number with a line for each digit. None where there is no room."""
    x0, y0, x1, y1 = area[0] + RIM, area[1] + RIM, area[2] - RIM, area[3] - RIM
    many = len(symbols)
    shapes = [(many, digits)] if digits else [(-(-many // lines), lines) for lines in range(1, many + 1)]
    best: tuple[float, int, int] | None = None
    for columns, lines in shapes:
        radius = min(LARGEST, ROOM * (x1 - x0) / columns, ROOM * (y1 - y0) / lines)
        if radius >= LEAST and (best is None or radius > best[0] + 0.01):
            best = radius, columns, lines
    if best is None:
        return None
    radius, columns, lines = best
    across, down = min((x1 - x0) / columns, CLOSE * radius), min((y1 - y0) / lines, CLOSE * radius)
    left, top = (x0 + x1 - across * (columns - 1)) / 2, (y0 + y1 - down * (lines - 1)) / 2
    places = [(left + across * column, top + down * line) for line in range(lines) for column in range(columns)]
    if digits:
        rows = tuple(
            tuple(Circle(symbol, *places[line * columns + at]) for at, symbol in enumerate(symbols))
            for line in range(lines)
        )
        return Bubbles(rows, radius, largest)
    return Bubbles((tuple(Circle(symbol, *place) for symbol, place in zip(symbols, places, strict=False)),), radius)
