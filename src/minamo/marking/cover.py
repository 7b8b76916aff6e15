"""名前をおおう: where a box of the blank lies on the small picture of a whole page, so that it can be covered. Pure."""

from collections.abc import Sequence

CORNERS = (
    "corners"  # in a page's places: corners of the sheet on its small picture, in thousandths, from 左上 by the clock
)
NAME, LINE, COLUMNS = (
    "name",
    "name-line",
    "name-columns",
)  # the strip of number and name, and a tall one laid (`vision/tall.py`)
ROOM = 0.012  # of the page, around the box: writing does not end at a line


def cover(box: Sequence[float], size: tuple[int, int], corners: Sequence[int]) -> list[float]:
    """おおう所: left, upper, width, height in shares of the picture; the upright rectangle around the box as the page lies."""
    (ax, ay), (bx, by), (cx, cy), (dx, dy) = ((corners[at] / 1000, corners[at + 1] / 1000) for at in range(0, 8, 2))
    places = []
    for x, y in ((box[0], box[1]), (box[2], box[1]), (box[2], box[3]), (box[0], box[3])):
        right, down = x / size[0], y / size[1]
        weights = ((1 - right) * (1 - down), right * (1 - down), right * down, (1 - right) * down)
        places.append((sum(w * v for w, v in zip(weights, (ax, bx, cx, dx), strict=True)),
                       sum(w * v for w, v in zip(weights, (ay, by, cy, dy), strict=True))))  # fmt: skip
    left, upper = (max(0.0, min(axis) - ROOM) for axis in zip(*places, strict=True))
    right_end, lower = (min(1.0, max(axis) + ROOM) for axis in zip(*places, strict=True))
    return [round(value, 4) for value in (left, upper, max(0.0, right_end - left), max(0.0, lower - upper))]
