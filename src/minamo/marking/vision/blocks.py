"""横に並ぶ大問: □1 left and □2 right on one sheet are read one after the other, not line by line across both.

Where the file has words, its marks say which boxes stand under which; the numbers printed at the boxes must then count on within every
part. Without such numbers the marks alone decide, where it makes no difference whether columns or lines come first.
"""

import re
from collections.abc import Sequence
from itertools import pairwise

from minamo.marking.vision.boxes import Found
from minamo.marking.vision.letters import Letter
from minamo.marking.vision.numbered import numbers_of
from minamo.marking.vision.sections import ALONE, LEVEL, MARKS, printed_words, value

Mark = tuple[int, Letter]  # the number it says, its first letter
Parts = list[list[Found]]


def side_by_side(answers: Sequence[Found], labels: Sequence[Found], letters: Sequence[Letter]) -> Parts | None:
    """大問ごとの枠 in the order of their marks; None where no two marks stand beside each other, or nothing is sure."""
    words = printed_words((*answers, *labels), letters, vertical=False)
    for pattern in (*MARKS, *ALONE):
        marks = _marks(words, pattern)
        if marks and (pattern not in ALONE or 2 * len(marks) <= len(answers)):
            return _sure(marks, answers, labels, letters)
    return None


def _marks(words: Sequence[tuple[Letter, str]], pattern: re.Pattern[str]) -> list[Mark]:
    """Marks printed in one way, which count on by one and of which two are level; else none."""
    found = sorted(((value(seen.group(1)), one) for one, word in words if (seen := pattern.match(word))),
                   key=lambda mark: mark[0])  # fmt: skip
    counted = len(found) > 1 and all(after[0] == before[0] + 1 for before, after in pairwise(found))
    beside = any(abs(one.middle[1] - other.middle[1]) < LEVEL * max(one.size, other.size)
                 for at, (_, one) in enumerate(found) for _, other in found[at + 1 :])  # fmt: skip
    return found if counted and beside else []


def _sure(
    marks: Sequence[Mark], answers: Sequence[Found], labels: Sequence[Found], letters: Sequence[Letter]
) -> Parts | None:
    """Columns first (a long column at the side of two short ones), lines first (a wide part under two narrow ones)."""
    ways = [_under(marks, answers, columns=columns) for columns in (True, False)]
    whole = [parts for parts in ways if parts and all(parts)]
    for parts in whole:
        if all(numbers_of(part, answers, labels, letters) for part in parts):
            return parts
    alike = len(whole) == len(ways) and whole[0] == whole[1]
    return whole[0] if alike and not any(numbers_of([box], answers, labels, letters) for box in answers) else None


def _under(marks: Sequence[Mark], answers: Sequence[Found], *, columns: bool) -> Parts | None:
    """Every box under the mark nearest to its left, and of those the nearest above; the other way round without `columns`."""
    parts: dict[int, list[Found]] = {number: [] for number, _ in marks}
    for box in answers:
        over = [
            (_step(one, [other for _, other in marks], 0), _step(one, [other for _, other in marks], 1), number)
            for number, one in marks
            if one.middle[1] < box.box[3] and one.box[0] < (box.box[0] + box.box[2]) / 2
        ]
        if not over:
            return None
        parts[max(over, key=lambda place: place[:2] if columns else (place[1], place[0]))[2]].append(box)
    return list(parts.values())


def _step(one: Letter, marks: Sequence[Letter], axis: int) -> int:
    """Which column or line of marks it stands in: marks nearly level count as level."""
    places = sorted(mark.box[axis] for mark in marks)
    starts = [places[0], *(after for before, after in pairwise(places) if after - before > one.size)]
    return sum(one.box[axis] >= start for start in starts)
