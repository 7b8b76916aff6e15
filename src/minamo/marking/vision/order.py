"""読む順番: boxes of a sheet in the order a pupil answers them, grouped into 大問, with the number and name boxes apart."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import accumulate, pairwise
from statistics import median

from minamo.marking.vision.blocks import side_by_side
from minamo.marking.vision.boxes import Box, Found
from minamo.marking.vision.brackets import bracketed
from minamo.marking.vision.captions import captions
from minamo.marking.vision.cells import LABEL_PRINT, TOUCH, above, beside, chains, same
from minamo.marking.vision.gutters import columns
from minamo.marking.vision.headings import opened, parts
from minamo.marking.vision.ink import Gray
from minamo.marking.vision.letters import Letter
from minamo.marking.vision.lines import joined
from minamo.marking.vision.numbered import by_number, continued, counted_on
from minamo.marking.vision.person import LONG, NEAR, person
from minamo.marking.vision.rules import printed_mask
from minamo.marking.vision.sections import marked
from minamo.marking.vision.tiers import tiers

PARTING = 0.3  # of the sheet's width


@dataclass(frozen=True)
class Proposal:
    """提案 for the set-up screen: answer boxes in reading order, 大問 as runs of that order, and what is not an answer."""

    vertical: bool
    answers: tuple[Found, ...]
    groups: tuple[tuple[int, ...], ...]  # indexes into `answers`
    labels: tuple[Found, ...]
    number: Box | None
    name: Box | None


def propose(found: Sequence[Found], gray: Gray, letters: Sequence[Letter] = ()) -> Proposal:
    """提案する from the boxes of a blank sheet, the sheet itself (pixels at 200 dpi) and the letters its file has."""
    size = (gray.shape[1], gray.shape[0])
    vertical = is_vertical(found, size)
    if vertical:  # a long rule across parts two tiers; nobody writes on it
        found = [one for one in found if one.kind != "line" or one.width < PARTING * size[0]]
    strokes = printed_mask(gray)
    found = joined(found, gray, vertical)
    found = [*found, *bracketed(found, letters, strokes, vertical=vertical)]
    who = person(found, gray, vertical, letters)
    rest = [one for one in found if one not in who.header]
    labels = label_cells(rest, vertical, captions(rest, gray, strokes, letters))
    answers_only = [one for one in rest if one not in labels]
    blocks = side_by_side(answers_only, labels, letters) if letters and not vertical else None
    if blocks:
        answers, groups = one_by_one(blocks)
        return Proposal(
            vertical, by_number(answers, groups, labels, letters), groups, tuple(labels), who.number, who.name
        )
    lines = across(answers_only, labels, gray, letters) if not vertical else [
        line for tier in tiers(answers_only, gray, vertical) for line in in_lines(tier, vertical)
    ]  # fmt: skip
    answers = tuple(one for line in lines for one in line)
    starts = opened(gray, lines) if vertical else []
    groups = parts(lines, starts) if len(starts) > 1 else grouped(lines, vertical)
    if letters:
        groups = marked(answers, found, letters, continued(answers, groups, labels, letters), vertical=vertical)
        answers = by_number(answers, groups, labels, letters, vertical=vertical)
    return Proposal(vertical, answers, groups, tuple(labels), who.number, who.name)


def across(
    answers: Sequence[Found], labels: Sequence[Found], gray: Gray, letters: Sequence[Letter]
) -> list[list[Found]]:
    """横書きの行: column by column where the paper shows columns, unless the printed numbers count on line by line. A bracket takes the
    room of its sentence: paper crossed by that is no gutter."""
    own = [(replace(one, box=one.line) if one.line else one, one) for one in answers]
    placed, back = [stand for stand, _ in own], {id(stand): one for stand, one in own}
    lines = in_lines(placed, vertical=False)
    columned = [line for part in columns(placed, labels, gray) for line in in_lines(part, vertical=False)]
    by_line, by_column = ([[back[id(one)] for one in line] for line in way] for way in (lines, columned))
    ways = [[one for line in way for one in line] for way in (by_column, by_line)]
    steps = [counted_on(way, labels, letters) for way in ways] if letters and ways[0] != ways[1] else [0, 0]
    return by_line if steps[1] > steps[0] else by_column


def one_by_one(blocks: Sequence[Sequence[Found]]) -> tuple[tuple[Found, ...], tuple[tuple[int, ...], ...]]:
    """大問を続けて: the boxes of one part after those of the other, each part in lines."""
    parted = [[one for line in in_lines(block, vertical=False) for one in line] for block in blocks]
    starts = [0, *accumulate(len(part) for part in parted)]
    groups = tuple(tuple(range(first, last)) for first, last in pairwise(starts))
    return tuple(one for part in parted for one in part), groups


def is_vertical(found: Sequence[Found], size: tuple[int, int]) -> bool:
    """縦書きか: tall boxes prevail on a sheet that lies across."""
    if signed_across(found, size):
        return False
    tall = sum(one.height for one in found if one.height > 1.4 * one.width)
    wide = sum(one.width for one in found if one.width > 1.4 * one.height)
    return tall > wide * (0.8 if size[0] > size[1] else 2.0)


def signed_across(found: Sequence[Found], size: tuple[int, int]) -> bool:
    """Whether a row of cells at the head ends in a long one, as number and name do on horizontal sheets."""
    heads = [run for run in chains(found, False) if run[0].box[1] < NEAR * size[1]]
    return any(after.width >= LONG * before.width and after.width == max(one.width for one in run) for run in heads for before, after in pairwise(run))  # fmt: skip


def label_cells(found: Sequence[Found], vertical: bool, known: Sequence[Found] = ()) -> list[Found]:
    """見出しの欄: what is `known` to be one, small printed cells that share a rule with a larger, emptier one, and printed cells before those."""
    labels = [*known]
    labels += [
        one
        for one in found
        if one not in labels and is_label(one, [other for other in found if emptier(other, one)], vertical)
    ]
    labels += [one for one in heads(found, vertical) if one not in labels]
    while True:
        more = [one for one in found if one not in labels and any(leads(one, label, vertical) for label in labels)]
        more += [one for one in found if one not in labels and one not in more and in_column(one, labels, vertical)]
        if not more:
            return labels
        labels += more


def heads(found: Sequence[Found], vertical: bool) -> list[Found]:
    """表の見出しの行: two printed cells or more, wall to wall, each over a larger and emptier one of its width (a table of an
    office program: the numbers above, the answers below)."""
    rows = [] if vertical else [run for run in chains(found, vertical) if len(run) > 1]
    return [one for run in rows if all(heads_one(cell, found) for cell in run) for one in run]


def heads_one(cell: Found, found: Sequence[Found]) -> bool:
    """Whether a printed cell stands over the answer it names."""
    below = (
        one for one in found if above(cell.box, one.box) and same(cell.box[0], one.box[0], cell.box[2], one.box[2])
    )
    return cell.printed >= LABEL_PRINT and any(emptier(one, cell) for one in below)


def emptier(other: Found, one: Found) -> bool:
    """Larger, with less print."""
    larger = other.width * other.height > 1.3 * one.width * one.height
    return other.kind == "box" and larger and other.printed <= 0.5 * one.printed


def leads(one: Found, label: Found, vertical: bool) -> bool:
    """A printed cell, no larger, just before a label (the number of the 大問 before that of the question)."""
    if one.kind != "box" or one.printed < LABEL_PRINT or one.width * one.height > 1.5 * label.width * label.height:
        return False
    return beside(one.box, label.box) or (vertical and above(one.box, label.box))


def in_column(one: Found, labels: Sequence[Found], vertical: bool) -> bool:
    """A printed cell as wide as two labels and in line with them, across the sheet's other lines (世紀 in the answer beside it)."""
    if vertical or one.kind != "box" or one.printed < LABEL_PRINT:
        return False
    return sum(same(one.box[0], label.box[0], one.box[2], label.box[2]) for label in labels) >= 2


def is_label(one: Found, neighbours: Sequence[Found], vertical: bool) -> bool:
    """Whether a printed cell leads to one of the neighbours."""
    if one.kind != "box" or one.printed < LABEL_PRINT:
        return False
    return any(
        beside(one.box, other.box) or beside(other.box, one.box) or (vertical and above(one.box, other.box))
        for other in neighbours
        if other is not one
    )


def in_lines(found: Sequence[Found], vertical: bool) -> list[list[Found]]:
    """行に分ける: cut along paper that no box covers: rows from the top, or columns from the right on vertical sheets."""
    boxes = list(found)
    if len(boxes) <= 1:
        return [boxes] if boxes else []
    first, second = (0, 1) if vertical else (1, 0)
    parts = cut(boxes, first, reverse=vertical)
    columns = cut(boxes, second, reverse=vertical and second == 0)
    if (
        1 < len(columns) <= 3
        and all(len(column) > 1 for column in columns)
        and any(ragged(part, first) for part in parts)
    ):
        return [line for column in columns for line in in_lines(column, vertical)]
    if len(parts) > 1:
        return [line for part in parts for line in in_lines(part, vertical)]
    if len(columns) <= 1:
        return [sorted(boxes, key=lambda one: (one.box[first] * (-1 if vertical else 1), one.box[second]))]
    if all(len(part) == 1 for part in columns):
        return [[part[0] for part in columns]]
    return merged([in_lines(part, vertical) for part in columns])


def ragged(line: Sequence[Found], axis: int) -> bool:
    """段ちがい: neighbours that share neither their upper nor their lower edge are not one line but two columns' lines."""
    return any(
        abs(one.box[axis] - other.box[axis]) > TOUCH and abs(one.box[axis + 2] - other.box[axis + 2]) > TOUCH
        for one, other in pairwise(line)
    )


def merged(parts: list[list[list[Found]]]) -> list[list[Found]]:
    """One line when every part is a single line, else part after part (段組み)."""
    if all(len(part) == 1 for part in parts):
        return [[one for part in parts for one in part[0]]]
    return [line for part in parts for line in part]


def cut(boxes: list[Found], axis: int, *, reverse: bool) -> list[list[Found]]:
    """Separate along one axis (0 = x, 1 = y) wherever nothing is crossed."""
    parts: list[list[Found]] = []
    reach = None
    for one in sorted(boxes, key=lambda one: one.box[axis]):
        if reach is None or one.box[axis] >= reach - TOUCH:
            parts.append([])
        parts[-1].append(one)
        reach = max(reach or 0, one.box[axis + 2])
    return parts[::-1] if reverse else parts


def grouped(lines: list[list[Found]], vertical: bool) -> tuple[tuple[int, ...], ...]:
    """大問の提案: a new group after a wide gap; on sheets without wide gaps every line of three or more is one, with the lines
    that share a rule with it, and the shorter lines that follow each other are one.
    """
    if not lines:
        return ()
    gaps = [gap(before, after, vertical) for before, after in pairwise(lines)]
    wide = max(1.6 * median(gaps), median(gaps) + 24) if gaps else 0
    if gaps and not vertical and max(gaps) <= wide:  # most parts are a single line: the wide gaps are the usual ones
        wide = two_kinds(gaps, median(one.height for line in lines for one in line)) or wide
    by_line = not any(value > wide for value in gaps) and sum(len(line) >= 3 for line in lines) > len(lines) / 2
    starts = [
        at
        for at, (before, after) in enumerate(pairwise(lines), 1)
        if (max(len(before), len(after)) >= 3 and gaps[at - 1] > TOUCH if by_line else gaps[at - 1] > wide)
    ]
    return parts(lines, starts)


def two_kinds(gaps: Sequence[float], height: float) -> float:
    """二とおりの間: what lies between gaps within a part and gaps between parts, where the lower ones are less than half of the
    upper ones and these at least half a (usual) box high; else nothing."""
    order = sorted(max(one, 1.0) for one in gaps)
    steps = [
        (after / before, (before + after) / 2)
        for before, after in pairwise(order)
        if after > 2 * before and after > 0.5 * height
    ]
    return max(steps, default=(0.0, 0.0))[1]


def gap(before: list[Found], after: list[Found], vertical: bool) -> float:
    """Paper between two lines; a step back (the next 段) counts as wide."""
    if vertical:
        return abs(min(one.box[0] for one in before) - max(one.box[2] for one in after))
    return abs(min(one.box[1] for one in after) - max(one.box[3] for one in before))
