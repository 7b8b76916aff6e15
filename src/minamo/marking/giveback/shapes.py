"""図形: ○ △ × as curves in points of the page, each standing in its box as the paper lies."""

import math
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import numpy as np

from minamo.marking.giveback.backing import Laying
from minamo.marking.giveback.places import (
    EDGE,
    LEAST_EDGE,
    Figures,
    Seat,
    beyond,
    covered,
    fill,
    heading_place,
    note_place,
    placed,
    total_place,
)
from minamo.marking.giveback.values import Heading, Marked, Placed
from minamo.marking.seats import PARTIAL, RIGHT, Box
from minamo.marking.vision.ink import Gray, Matrix

STAMP, COMMENT, NAME = 8.0, 7.5, 6.5  # points: sizes of the letters in giveback.typ
COMMENT_WIDE = 96.4  # points (34 mm)
MOST = 272.0  # points: the heading is no wider
ROUND = 0.5522847498  # control points of a quarter circle

Point = tuple[float, float]
Step = list[Any]


class Sheet:
    """紙の上: points of the blank → points of the PDF page."""

    def __init__(self, homography: Matrix, laying: Laying) -> None:
        self.rows: list[list[float]] = (laying.matrix @ homography).tolist()

    def at(self, x: float, y: float) -> Point:
        """One point."""
        along, down, depth = (row[0] * x + row[1] * y + row[2] for row in self.rows)
        return round(along / depth, 3), round(down / depth, 3)

    def frame(self, box: Box) -> dict[str, float]:
        """The upright rectangle that stands wholly in a box, however the paper lies."""
        left, upper, right, lower = box
        xs, ys = zip(
            *(self.at(x, y) for x, y in ((left, upper), (right, upper), (right, lower), (left, lower))), strict=True
        )
        x, y = max(xs[0], xs[3]), max(ys[0], ys[1])
        return {"x": x, "y": y, "w": max(1.0, min(xs[1], xs[2]) - x), "h": max(1.0, min(ys[2], ys[3]) - y)}


def drawing(page: Marked, laying: Laying, ink: Gray) -> dict[str, Any]:
    """1ページ分の図: what the form draws. `ink`: print and writing of the page as it lies on its blank (`places.inked`)."""
    sheet, taken = Sheet(page.homography, laying), ink.copy()
    off = partial(beyond, ink.shape, laying.matrix @ page.homography, laying.page)
    seen = np.maximum(ink, off(0.0))
    seats = [placed(seen, mark.box, mark.verdict, _words(mark), corner=mark.corner) for mark in page.marks]
    for mark, seat in zip(page.marks, seats, strict=True):
        covered(taken, mark.verdict, seat, _words(mark))
    heading = _heading(sheet, page.heading, ink, off, taken) if page.heading else None
    np.maximum(taken, off(EDGE), out=taken)
    notes = _notes(sheet, page.marks, taken)
    marks = [_mark(sheet, *one) | note for one, note in zip(zip(page.marks, seats, strict=True), notes, strict=True)]
    return {"width": laying.page[0], "height": laying.page[1], "marks": marks, "heading": heading}


def _words(mark: Placed) -> str:
    return "" if mark.points is None else str(mark.points)


def _notes(sheet: Sheet, marks: Sequence[Placed], taken: Gray) -> list[dict[str, Any]]:
    """スタンプとコメントの場所 of every mark, which nothing after it takes: first all that have room at their box, then in the nearest empty
    places of the page those that have none, each with the name of its question. None: under the box, whatever is there."""
    found: list[dict[str, Any]] = [{"note": None, "named": ""} for _ in marks]
    for named in (False, True):
        for at, mark in enumerate(marks):
            if found[at]["note"] is None and (mark.stamps or mark.comment) and (mark.name or not named):
                place = _note(sheet, mark, marks, taken, mark.name if named else "")
                found[at] = {"note": place, "named": mark.name if named and place else ""}
    return found


def _note(sheet: Sheet, mark: Placed, marks: Sequence[Placed], taken: Gray, name: str) -> dict[str, float] | None:
    others = [one.box for one in marks if one is not mark]
    for size in _sizes(mark, sheet.frame(mark.box)["w"], name):
        place = note_place(taken, mark.box, others, size, anywhere=bool(name))
        if place is not None:
            fill(taken, place)
            return sheet.frame(place)
    return None


def _sizes(mark: Placed, wide: float, name: str = "") -> list[tuple[float, float]]:
    """How large stamps and comment are, in points: as wide as the box, else in more and shorter lines. `name` stands before them."""
    parts = [STAMP * len(one) + 8 for one in mark.stamps] + ([NAME * len(name)] if name and mark.stamps else [])
    across = sum(parts) + 4 * max(0, len(parts) - 1)
    high = STAMP + 6.0 if mark.stamps else 0.0
    if not mark.comment:
        return [(across, high)]
    words = len(mark.comment) + (len(name) + 1 if name and not mark.stamps else 0)
    widths = sorted({max(across, COMMENT_WIDE, wide * part) for part in (1.0, 0.75, 0.5, 0.0)}, reverse=True)
    lines = [-(-words // max(1, int((one - 4) / COMMENT))) for one in widths]
    return [(one, high + many * COMMENT * 1.4 + 6) for one, many in zip(widths, lines, strict=True)]


def _mark(sheet: Sheet, mark: Placed, place: Seat) -> dict[str, Any]:
    words = _words(mark)
    return {
        "steps": steps(sheet, mark.verdict, place.x, place.y, place.radius),
        "plate": _plate(sheet, place) if place.plate else None,
        "points": _figures(sheet, words, place.points) if place.points else None,
        "bold": mark.verdict != RIGHT,
        "comment": mark.comment,
        "stamps": list(mark.stamps),
        **sheet.frame(mark.box),
    }


def _plate(sheet: Sheet, place: Seat) -> dict[str, float]:
    """白い下地 of a sign."""
    reach = place.radius + 3
    return sheet.frame((place.x - reach, place.y - reach, place.x + reach, place.y + reach))


def _figures(sheet: Sheet, words: str, place: Figures) -> dict[str, Any]:
    """点: its middle on the page."""
    x, y = sheet.at(place.x, place.y)
    return {"words": words, "x": x, "y": y, "size": place.size, "plate": place.plate}


def steps(sheet: Sheet, verdict: str, x: float, y: float, radius: float) -> list[Step]:
    """線の手順: m(ove), l(ine), c(ubic), z (close)."""
    if not verdict:
        return []
    if verdict == RIGHT:
        return _circle(sheet, x, y, radius)
    if verdict == PARTIAL:
        top, low = y - radius, y + radius * 0.75
        side = radius * math.sqrt(3) / 2
        corners = [(x, top), (x + side, low), (x - side, low)]
        return [["m", sheet.at(*corners[0])], *(["l", sheet.at(*corner)] for corner in corners[1:]), ["z"]]
    arm = radius * 0.75
    return [
        ["m", sheet.at(x - arm, y - arm)], ["l", sheet.at(x + arm, y + arm)],
        ["m", sheet.at(x + arm, y - arm)], ["l", sheet.at(x - arm, y + arm)],
    ]  # fmt: skip


def _circle(sheet: Sheet, x: float, y: float, radius: float) -> list[Step]:
    found: list[Step] = [["m", sheet.at(x + radius, y)]]
    for quarter in range(4):
        cos, sin = ((1, 0), (0, 1), (-1, 0), (0, -1))[quarter]
        to_cos, to_sin = -sin, cos
        first = (x + radius * (cos + ROUND * to_cos), y + radius * (sin + ROUND * to_sin))
        second = (x + radius * (to_cos + ROUND * cos), y + radius * (to_sin + ROUND * sin))
        end = (x + radius * to_cos, y + radius * to_sin)
        found.append(["c", sheet.at(*first), sheet.at(*second), sheet.at(*end)])
    return [*found, ["z"]]


def _heading(sheet: Sheet, heading: Heading, ink: Gray, off: Callable[[float], Gray], taken: Gray) -> dict[str, Any]:
    """Where its parts stand is taken as well. `off`: what is off the paper (`places.beyond`)."""
    place = None
    if heading.box and heading.total is not None:
        place = total_place(np.maximum(ink, off(LEAST_EDGE)), heading.box, str(heading.total))
    free = heading_place(ink, _room(heading, place is None), off)
    for one in (heading.box, free):
        if one is not None:
            fill(taken, one)
    return {
        "total": heading.total,
        "left": f"採点の途中（あと{heading.left}問）" if heading.total is None else "",
        "full": heading.full,
        "parts": [{"name": name, "points": points, "full": full} for name, points, full in heading.parts],
        "comment": heading.comment,
        "stamp": heading.stamp.splitlines(),
        "box": sheet.frame(place) if place else None,
        "place": sheet.frame(free) if free else None,
    }


def _room(heading: Heading, total: bool) -> tuple[float, float]:
    """How large the heading is, in points: the total unless it stands in the sheet's own box, 観点, words."""
    parts = 7.5 * sum(len(name) + 3.5 for name, _, _ in heading.parts)
    width = max((110.0 if heading.total is None else 70.0) if total else 0.0, parts, 8.0 * len(heading.comment)) + 10
    high = (24.0 if total else 0.0) + (12.5 if heading.parts else 0) + (13.0 if heading.comment else 0) + 6
    return min(width, MOST), high
