"""印を重ねる: marks of a paper as figures over the picture of its page, for the screen. Pure; places in pixels of the blank."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from minamo.marking.analysis.values import Item
from minamo.marking.seats import Box, seat, verdict

AROUND = 14.0  # pixels of the blank shown around an answer


@dataclass(frozen=True, slots=True)
class Figure:
    """一つの印: ○ △ × at x, y with radius r; points in the lower right corner of the box."""

    question: str
    shape: str
    x: float
    y: float
    r: float
    px: float
    py: float
    points: int | None


def figures(
    items: Sequence[Item],
    points: Sequence[int | None],
    boxes: Mapping[str, Sequence[float]],
    corners: Collection[str] = (),
) -> tuple[Figure, ...]:
    """印の一覧, for the questions that have a place on the sheet; `corners`: those whose sign has its corner (`seats.seat`)."""
    return tuple(
        _figure(item, given, _box(boxes[item.id]), corner=item.id in corners)
        for item, given in zip(items, points, strict=True)
        if item.id in boxes
    )


def _figure(item: Item, points: int | None, box: Box, *, corner: bool) -> Figure:
    x, y, radius = seat(box, corner=corner)
    return Figure(item.id, verdict(points, item.full), round(x, 1), round(y, 1), round(radius, 1), round(box[2] - 8, 1),
                  round(box[3] - 8, 1), points)  # fmt: skip


def window(box: Sequence[float], size: tuple[int, int]) -> tuple[float, float, float, float]:
    """見える範囲: x, y, width, height of an answer with a little around it, inside the page."""
    x0, y0, x1, y1 = _box(box)
    left, top = max(0.0, x0 - AROUND), max(0.0, y0 - AROUND)
    return left, top, min(float(size[0]), x1 + AROUND) - left, min(float(size[1]), y1 + AROUND) - top


def _box(box: Sequence[float]) -> Box:
    return float(box[0]), float(box[1]), float(box[2]), float(box[3])
