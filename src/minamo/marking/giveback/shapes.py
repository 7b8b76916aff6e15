"""図形: ○ △ × as curves in points of the page, each standing in its box as the paper lies."""

import math
from typing import Any

import numpy as np

from minamo.marking.giveback.backing import Laying
from minamo.marking.giveback.values import Heading, Marked, Placed
from minamo.marking.seats import PARTIAL, RIGHT, Box, seat
from minamo.marking.vision.ink import Matrix

ROUND = 0.5522847498  # control points of a quarter circle

Point = tuple[float, float]
Step = list[Any]


class Sheet:
    """紙の上: points of the blank → points of the PDF page."""

    def __init__(self, homography: Matrix, laying: Laying) -> None:
        self.matrix = laying.matrix @ homography

    def at(self, x: float, y: float) -> Point:
        """One point."""
        seen = self.matrix @ np.array([x, y, 1.0])
        return float(round(seen[0] / seen[2], 3)), float(round(seen[1] / seen[2], 3))

    def frame(self, box: Box) -> dict[str, float]:
        """The upright rectangle that stands wholly in a box, however the paper lies."""
        left, upper, right, lower = box
        xs, ys = zip(
            *(self.at(x, y) for x, y in ((left, upper), (right, upper), (right, lower), (left, lower))), strict=True
        )
        x, y = max(xs[0], xs[3]), max(ys[0], ys[1])
        return {"x": x, "y": y, "w": max(1.0, min(xs[1], xs[2]) - x), "h": max(1.0, min(ys[2], ys[3]) - y)}


def drawing(page: Marked, laying: Laying) -> dict[str, Any]:
    """1ページ分の図: what the form draws."""
    sheet = Sheet(page.homography, laying)
    return {
        "width": laying.page[0],
        "height": laying.page[1],
        "marks": [_mark(sheet, mark) for mark in page.marks],
        "heading": _heading(sheet, page.heading) if page.heading else None,
    }


def _mark(sheet: Sheet, mark: Placed) -> dict[str, Any]:
    x, y, radius = seat(mark.box)
    return {
        "steps": steps(sheet, mark.verdict, x, y, radius),
        "points": "" if mark.points is None else str(mark.points),
        "bold": mark.verdict != RIGHT,
        "comment": mark.comment,
        "stamps": list(mark.stamps),
        "size": max(5.5, min(9.0, radius * 0.2)),
        **sheet.frame(mark.box),
    }


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


def _heading(sheet: Sheet, heading: Heading) -> dict[str, Any]:
    return {
        "total": heading.total,
        "full": heading.full,
        "parts": [{"name": name, "points": points, "full": full} for name, points, full in heading.parts],
        "comment": heading.comment,
        "stamp": heading.stamp.splitlines(),
        "box": sheet.frame(heading.box) if heading.box else None,
    }
