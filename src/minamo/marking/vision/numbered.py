"""印刷された番号の順: in a table of two columns (1)–(4) stand left and (5)–(8) right, on a vertical sheet ①–④ above and ⑤–⑧ below; where the
file has words, its numbers say the order."""

import re
import unicodedata
from collections.abc import Callable, Sequence
from itertools import pairwise

from minamo.marking.vision.boxes import Box, Found
from minamo.marking.vision.cells import beside, faces
from minamo.marking.vision.letters import Letter, inside, said
from minamo.marking.vision.sections import value

ROWS = ("アイウエオカキクケコサシスセソ", "あいうえおかきくけこ", "ABCDEFGHIJKLMNO", "abcdefghijklmno")
NUMBER = re.compile(rf"(?:問題?|設問|[qQ])?[(\[]?(\d{{1,2}}|[一二三四五六七八九十{''.join(ROWS)}])[)\].]?")
HEAD = (110, 46)  # pixels: the corner of a box in which its number is printed
UP, LEFT = 48, 90  # where it stands over or before the box
LEAST = 3  # boxes whose numbers are believed


def by_number(
    answers: Sequence[Found],
    groups: Sequence[Sequence[int]],
    labels: Sequence[Found],
    letters: Sequence[Letter],
    *,
    vertical: bool = False,
) -> tuple[Found, ...]:
    """並べかえる, 大問 by 大問: where each of its boxes has a number printed in the same way, and these are consecutive."""
    if not letters:
        return tuple(answers)
    ways = _ways(answers, labels, letters, vertical=vertical)
    ordered: list[Found] = []
    for group in groups:
        boxes = [answers[at] for at in group]
        numbers = next((found for way in ways if (found := _numbers(boxes, way, LEAST))), None)
        if numbers:
            boxes = [one for _, one in sorted(zip(numbers, boxes, strict=True), key=lambda pair: pair[0])]
        ordered += boxes
    return tuple(ordered)


def numbers_of(
    boxes: Sequence[Found], answers: Sequence[Found], labels: Sequence[Found], letters: Sequence[Letter]
) -> list[int]:
    """印刷された番号 of some boxes of a sheet read across, also of a single one; none unless they count on without a gap."""
    ways = _ways(answers, labels, letters, vertical=False)
    return next((found for way in ways if (found := _numbers(boxes, way, 1))), [])


def counted_on(answers: Sequence[Found], labels: Sequence[Found], letters: Sequence[Letter]) -> int:
    """How many boxes of a sheet read across have the number after that of the box before."""
    numbers = [numbers_of([one], answers, labels, letters) for one in answers]
    return sum(bool(one and other) and other[0] == one[0] + 1 for one, other in pairwise(numbers))


def continued(
    answers: Sequence[Found], groups: Sequence[Sequence[int]], labels: Sequence[Found], letters: Sequence[Letter]
) -> tuple[tuple[int, ...], ...]:
    """大問 that go on in the next column: (1)–(4) at the left and (5)–(8) at the right are one."""
    found: list[tuple[int, ...]] = []
    for group in groups:
        before = answers[found[-1][-1]] if found else None
        first = answers[group[0]] if group else None
        if before and first and first.box[1] < before.box[1] and counted_on([before, first], labels, letters):
            found[-1] += tuple(group)
        else:
            found.append(tuple(group))
    return tuple(found)


def _ways(
    answers: Sequence[Found], labels: Sequence[Found], letters: Sequence[Letter], *, vertical: bool
) -> tuple[Callable[[Box], str], ...]:
    """Where a number may stand: in a label, in the corner of the box, over it, before it."""
    free = [one for one in letters if not any(one.within(cell.box) for cell in (*answers, *labels))]
    return (
        lambda box: _label(box, labels, letters),
        lambda box: said(inside(letters, (box[0], box[1], box[0] + HEAD[0], box[1] + HEAD[1]))),
        lambda box: said(inside(free, (box[0] - 10, box[1] - UP, box[0] + HEAD[0], box[1]))),
        (lambda box: _right(box, free))
        if vertical
        else (lambda box: said(inside(free, (box[0] - LEFT, box[1] - 10, box[0], box[3])))),
    )


def _numbers(boxes: Sequence[Found], way: Callable[[Box], str], least: int) -> list[int] | None:
    """The numbers of all boxes of a 大問, printed in one way; None unless all have one and none is left out."""
    texts = [unicodedata.normalize("NFKC", way(one.box)) for one in boxes]
    names = [match.group(1) for text in texts if (match := NUMBER.fullmatch(text))]
    if len({row for row in ROWS for one in names if one in row}) > 1:
        return None
    found = [place(one) for one in names]
    first = min(found, default=0)
    whole = len(found) == len(boxes) >= least and sorted(found) == list(range(first, first + len(found)))
    return found if whole else None


def place(name: str) -> int:
    """The how-manieth a name says: 3 of 3, 三, ウ, う, C and c."""
    return next((row.index(name) + 1 for row in ROWS if name in row), 0) or value(name)


def _label(box: Box, labels: Sequence[Found], letters: Sequence[Letter]) -> str:
    """What the label cell before or over a box says."""
    near = [one for one in labels if beside(one.box, box)]
    near += [one for one in labels if faces(one.box, box, False)]
    return said(inside(letters, near[0].box)) if near else ""


def _right(box: Box, free: Sequence[Letter]) -> str:
    """What stands first at the right of a tall box."""
    near = inside(free, (box[2], box[1] - UP, box[2] + LEFT, box[1] + HEAD[1]))
    return min(near, key=lambda one: one.middle[1]).text if near else ""
