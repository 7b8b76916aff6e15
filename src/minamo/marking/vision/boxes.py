"""解答欄を見つける: ruled boxes, squares, graph paper and underlines of a blank sheet, found from its lines alone."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from minamo.marking.vision.ink import Gray
from minamo.marking.vision.middle import centred
from minamo.marking.vision.rules import LEAST, area, enclosed, frames, inside, least, nested, overlap, rules
from minamo.marking.vision.rules import Box as Box
from minamo.marking.vision.squared import around, blanks, graphs, groups, words
from minamo.marking.vision.underlines import underlines

DASH = 21  # largest gap of a dashed rule
DASHES = 5  # at least so many make a rule that parts a box
SHARED = 6  # pixels from one cell over a rule into the next
LABEL_PRINT, MOST_PRINT = 0.012, 0.4  # a heading has so much print
PARTS = 0.8  # of a box that its cells take up, when broken rules part all of it


@dataclass(frozen=True)
class Found:
    """見つけた欄: outer edges of the rules in pixels of the blank; `kind` box | dashed | grid | line | strip (four lines) | bracket."""

    box: Box
    kind: str
    printed: float = 0.0  # share of print inside (a label cell has some)
    cells: int = 1  # of a manuscript grid; lines of a box to write sentences in (`lines.joined`)
    divided: bool = False  # a dashed rule parts it: a place for each character
    line: Box | None = None  # of a bracket: the words it stands among; they belong to its line as it does

    @property
    def width(self) -> int:
        """Pixels."""
        return self.box[2] - self.box[0]

    @property
    def height(self) -> int:
        """Pixels."""
        return self.box[3] - self.box[1]


def find_boxes(gray: Gray) -> list[Found]:
    """解答欄の候補 of a blank sheet at 200 dpi: boxes, dashed boxes, manuscript grids, graph paper, underlines; unordered. Printed cells too
    slim to write in are among them, for they name others."""
    seen = rules(gray)
    paper = graphs(seen.across, seen.down)
    firm, broken = (
        [box for box in enclosed(mask) if not any(inside(box, one, 2 * SHARED) for one in paper)]
        for mask in (seen.firm, seen.any)
    )
    manuscripts = groups(firm)
    squared = [*map(around, manuscripts), *paper]
    outer, dashed = _parted(
        [box for box in firm if not any(inside(box, one) for one in squared)], firm, broken, seen.strokes
    )
    boxes = [Found(box, "box", _printed(seen.strokes, box), divided=_divided(seen.strokes, box)) for box in outer]
    boxes += [Found(box, "dashed", _printed(seen.strokes, box)) for box in dashed]
    kept = [one for one in boxes if least(one.box) >= LEAST or _heading(one, boxes)]
    lines, strips = underlines(seen, [*firm, *dashed, *squared])
    fields = blanks(lines)
    of_words = {line for field in fields for line in field}
    return [
        *_words(kept, seen.strokes),
        *(Found(around(group), "grid", cells=len(group)) for group in (*manuscripts, *fields)),
        *(Found(box, "grid") for box in paper),
        *(Found(line, "line") for line in lines if line not in of_words),
        *(Found(strip, "strip") for strip in strips),
    ]


def _parted(
    outer: Sequence[Box], firm: Sequence[Box], broken: Sequence[Box], strokes: Gray
) -> tuple[list[Box], list[Box]]:
    """点線を入れて見る: the boxes, those that are tables of broken rules as their cells; and the boxes of broken rules alone."""
    loose = [box for box in broken if not any(inside(box, one) and inside(one, box) for one in firm)]
    tables = {box: parts for box in outer if (parts := _table(strokes, box, loose))}
    cells = {cell for parts in tables.values() for cell in parts}
    whole = [box for box in firm if box not in tables]
    dashed = [box for box in broken if not any(overlap(box, one) and not nested(one, box) for one in whole)]
    return [*(box for box in outer if box not in tables), *sorted(cells)], [box for box in dashed if box not in cells]


def _table(strokes: Gray, box: Box, broken: Sequence[Box]) -> list[Box]:
    """点線の表: cells that broken rules make in a box, where the box is a frame around them, or where the print of one is a heading. Else
    the rules only lead the hand, and the box is one answer."""
    cells = [one for one in broken if one != box and inside(one, box) and area(one) < 0.9 * area(box)]
    if sum(map(area, cells)) < PARTS * area(box):
        return cells if frames(box, cells) else []
    return cells if any(centred(strokes, cell) for cell in cells) else []


def _heading(slim: Found, boxes: Sequence[Found]) -> bool:
    """Whether a printed cell too slim to write in shares a rule with one that is not."""
    x0, y0, x1, y1 = slim.box
    near = (x0 - SHARED, y0 - SHARED, x1 + SHARED, y1 + SHARED)
    return LABEL_PRINT <= slim.printed <= MOST_PRINT and any(
        least(one.box) >= LEAST and _meet(near, one.box) and not inside(slim.box, one.box) for one in boxes
    )


def _meet(one: Box, other: Box) -> bool:
    return min(one[2], other[2]) >= max(one[0], other[0]) and min(one[3], other[3]) >= max(one[1], other[1])


def _words(found: Sequence[Found], strokes: Gray) -> list[Found]:
    """漢字のます of one word put together."""
    crossed = {one.box: one for one in found if one.kind == "box" and _crossed(strokes, one.box)}
    made = words(list(crossed))
    used = {box for group in made for box in group}
    single = [one for one in found if one.box not in used]
    return single + [Found(around(group), "box", cells=len(group), divided=True) for group in made]


def _crossed(strokes: Gray, box: Box) -> bool:
    """Whether two dashed rules cross in the middle of a box and nothing else is printed in it."""
    part = strokes[box[1] + 8 : box[3] - 8, box[0] + 8 : box[2] - 8] > 0
    rest = part.copy()
    for lines, empty in ((part, rest), (part.T, rest.T)):
        if min(lines.shape) < LEAST:
            return False
        first = int(0.4 * len(lines))
        at = first + int(lines[first : len(lines) - first].mean(axis=1).argmax())
        dashes = np.flatnonzero(np.diff(lines[at].astype(np.int8)) == 1)
        if len(dashes) < DASHES - 1 or not 0.3 <= lines[at].mean() <= 0.85:
            return False
        empty[at - 4 : at + 5] = False
    return not rest.any()


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


def _printed(strokes: Gray, box: Box) -> float:
    part = strokes[box[1] + 8 : box[3] - 8, box[0] + 8 : box[2] - 8]
    return float((part > 0).mean()) if part.size else 0.0
