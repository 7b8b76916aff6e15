"""解答欄を見つける: ruled boxes, manuscript grids and underlines of a blank sheet, found from its lines alone."""

from dataclasses import dataclass, field

import cv2
import numpy as np

from minamo.marking.vision.ink import Gray, ink

REACH = 40  # pixels at 200 dpi (5 mm): what is shorter is a letter, not a rule
DASH = 21  # largest gap of a dashed rule
DASHES = 5  # at least so many make a rule that parts a box
LEAST = 42  # smallest side of a box (5.3 mm)
Box = tuple[int, int, int, int]  # x0, y0, x1, y1


@dataclass(frozen=True)
class Found:
    """見つけた欄: outer edges of the rules in pixels of the blank; `kind` box | dashed | grid | line."""

    box: Box
    kind: str
    printed: float = 0.0  # share of print inside (a label cell has some)
    cells: int = 1  # of a manuscript grid; lines of a box to write sentences in (`lines.joined`)
    divided: bool = False  # a dashed rule parts it: a place for each character

    @property
    def width(self) -> int:
        """Pixels."""
        return self.box[2] - self.box[0]

    @property
    def height(self) -> int:
        """Pixels."""
        return self.box[3] - self.box[1]


@dataclass(frozen=True)
class Rules:
    """罫線: masks (0/255) of rules across and down; `firm` without, `any` with dashed ones."""

    firm: Gray
    any: Gray
    across: Gray
    strokes: Gray = field(repr=False)


def rules(gray: Gray) -> Rules:
    """罫線を取り出す from the print of a blank sheet (200 dpi)."""
    strokes = np.asarray((ink(gray) > 60).astype(np.uint8) * 255, np.uint8)
    across, down = _long(strokes, 1), _long(strokes, 0)
    dashed_across, dashed_down = _dashed(strokes, 1), _dashed(strokes, 0)
    firm = np.asarray(cv2.bitwise_or(across, down), np.uint8)
    every = np.asarray(cv2.bitwise_or(firm, cv2.bitwise_or(dashed_across, dashed_down)), np.uint8)
    return Rules(firm, every, across, strokes)


def _kernel(length: int, horizontal: int) -> np.ndarray:
    return np.ones((1, length) if horizontal else (length, 1), np.uint8)


def _long(strokes: Gray, horizontal: int) -> Gray:
    thick = cv2.dilate(strokes, _kernel(3, 1 - horizontal))  # a slightly crooked rule still runs on
    return np.asarray(cv2.morphologyEx(thick, cv2.MORPH_OPEN, _kernel(REACH, horizontal)), np.uint8)


def _dashed(strokes: Gray, horizontal: int) -> Gray:
    """Dashes in a row: thin strokes joined over their gaps, long only together."""
    thick = cv2.morphologyEx(strokes, cv2.MORPH_OPEN, _kernel(7, 1 - horizontal))
    thin = cv2.subtract(strokes, cv2.dilate(thick, _kernel(3, horizontal)))
    pieces = cv2.morphologyEx(thin, cv2.MORPH_OPEN, _kernel(4, horizontal))
    joined = cv2.morphologyEx(pieces, cv2.MORPH_CLOSE, _kernel(DASH, horizontal))
    long = cv2.morphologyEx(joined, cv2.MORPH_OPEN, _kernel(3 * REACH, horizontal))
    return np.asarray(cv2.dilate(long, _kernel(DASH, horizontal)), np.uint8)  # a corner may fall into a gap


def enclosed(lines: Gray) -> list[Box]:
    """囲まれた欄: rectangles of paper shut in by rules (corners left open by a few pixels are closed first)."""
    shut = cv2.morphologyEx(lines, cv2.MORPH_CLOSE, np.ones((7, 7), np.uint8))
    count, _, stats, _ = cv2.connectedComponentsWithStats(cv2.bitwise_not(shut), connectivity=4)
    height, width = lines.shape
    boxes = []
    for x, y, w, h, area in stats[1:count]:
        rim = x <= 1 or y <= 1 or x + w >= width - 1 or y + h >= height - 1
        if not rim and min(w, h) >= LEAST and area >= 0.9 * w * h:
            boxes.append((int(x) - 2, int(y) - 2, int(x + w) + 1, int(y + h) + 1))
    return boxes


def inside(inner: Box, outer: Box, slack: int = 6) -> bool:
    """Whether one box lies in another."""
    return (
        inner[0] >= outer[0] - slack
        and inner[1] >= outer[1] - slack
        and inner[2] <= outer[2] + slack
        and inner[3] <= outer[3] + slack
    )


def grids(boxes: list[Box]) -> tuple[list[Found], list[Box]]:
    """原稿用紙: many equal, nearly square cells wall to wall are one box; returns the grids and the other boxes."""
    cells = [box for box in boxes if _square(box)]
    groups: list[list[Box]] = []
    for cell in cells:
        touching = [group for group in groups if any(_neighbours(cell, other) for other in group)]
        merged = [cell, *(one for group in touching for one in group)]
        groups = [group for group in groups if group not in touching] + [merged]
    found, used = [], set()
    for group in groups:
        if len(group) >= 20:
            used.update(group)
            corners = np.array(group)
            box = (*corners[:, :2].min(0).tolist(), *corners[:, 2:].max(0).tolist())
            found.append(Found(box, "grid", cells=len(group)))
    return found, [box for box in boxes if box not in used]


def _square(box: Box) -> bool:
    width, height = box[2] - box[0], box[3] - box[1]
    return min(width, height) >= 40 and max(width, height) <= 100 and max(width, height) <= 1.35 * min(width, height)


def _neighbours(one: Box, other: Box) -> bool:
    side = one[2] - one[0]
    if abs(side - (other[2] - other[0])) > 8 or abs((one[3] - one[1]) - (other[3] - other[1])) > 8:
        return False
    level = abs(one[1] - other[1]) < 6 and min(abs(one[2] - other[0]), abs(other[2] - one[0])) < 8
    stacked = abs(one[0] - other[0]) < 6 and min(abs(one[3] - other[1]), abs(other[3] - one[1])) < 8
    return level or stacked


def underlines(found: Rules, boxes: list[Box]) -> list[Found]:
    """下線の欄: rules across that belong to no box, with the room above them to write in."""
    height, width = found.firm.shape
    count, _, stats, _ = cv2.connectedComponentsWithStats(found.across)
    lines = [
        (int(x), int(y + h // 2), int(x + w))
        for x, y, w, h, _ in stats[1:count]
        if w >= 3 * REACH and h <= 14 and w < 0.95 * width and 0.04 * height < y < 0.97 * height
    ]
    free = [line for line in lines if not any(_on_edge(line, box) for box in boxes)]
    return [Found((x0, y - room(found.strokes, (x0, y, x1)), x1, y), "line") for x0, y, x1 in free]


def _on_edge(line: tuple[int, int, int], box: Box) -> bool:
    x0, y, x1 = line
    return box[1] - 12 <= y <= box[3] + 12 and min(x1, box[2]) - max(x0, box[0]) > 0.3 * min(x1 - x0, box[2] - box[0])


def room(strokes: Gray, line: tuple[int, int, int]) -> int:
    """書ける高さ above an underline: up to the print above it, at most 12.5 mm."""
    x0, y, x1 = line
    above = strokes[max(0, y - 110) : y - 8, x0 + 4 : x1 - 4]
    rows = np.nonzero((above > 0).mean(axis=1) > 0.004)[0]
    free = above.shape[0] + 8 - (int(rows.max()) + 1 if len(rows) else 0)
    return int(np.clip(free - 2, 40, 100))


def find_boxes(gray: Gray) -> list[Found]:
    """解答欄の候補 of a blank sheet at 200 dpi: boxes, dashed boxes, manuscript grids, underlines; unordered."""
    seen = rules(gray)
    firm = enclosed(seen.firm)
    squared, single = grids(firm)
    outer = [box for box in single if not any(inside(box, grid.box) for grid in squared)]
    dashed = [box for box in enclosed(seen.any) if not any(_overlap(box, other) for other in firm)]
    boxes = [Found(box, "box", _printed(seen.strokes, box), divided=_divided(seen.strokes, box)) for box in outer]
    boxes += [Found(box, "dashed", _printed(seen.strokes, box)) for box in dashed]
    return boxes + squared + underlines(seen, [*firm, *dashed])


def _divided(strokes: Gray, box: Box) -> bool:
    """Whether a dashed rule parts a box in the middle of its longer side: a row of dashes from rim to rim."""
    part = strokes[box[1] + 8 : box[3] - 8, box[0] + 8 : box[2] - 8] > 0
    lines = part if part.shape[0] >= part.shape[1] else part.T
    middle = lines[int(0.4 * len(lines)) : int(0.6 * len(lines)) + 1]
    inked = middle.mean(axis=1)
    line = middle[int(inked.argmax())]
    starts = np.nonzero(np.diff(line.astype(np.int8)) == 1)[0]
    thin = int((inked > 0).sum()) <= 8  # letters are taller
    return thin and len(starts) >= DASHES and 0.3 <= inked.max() <= 0.85 and int(np.diff(starts).max()) <= 2 * DASH


def _overlap(one: Box, other: Box) -> bool:
    wide, high = min(one[2], other[2]) - max(one[0], other[0]), min(one[3], other[3]) - max(one[1], other[1])
    return wide > 12 and high > 12


def _printed(strokes: Gray, box: Box) -> float:
    part = strokes[box[1] + 8 : box[3] - 8, box[0] + 8 : box[2] - 8]
    return float((part > 0).mean()) if part.size else 0.0
