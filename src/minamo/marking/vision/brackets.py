"""かっこの欄: （　　　） and ［　　］ with room to write in, on sheets whose file has words (`letters`). Pure arithmetic but for the ink."""

import unicodedata
from collections.abc import Sequence
from itertools import pairwise

from minamo.marking.vision.boxes import Box, Found
from minamo.marking.vision.ink import Gray
from minamo.marking.vision.letters import Letter, lines
from minamo.marking.vision.rules import overlap

PAIRS = dict(zip("([{〔【「『〈<", ")]}〕】」』〉>", strict=True))
ROOM = 90  # pixels (11 mm): what is narrower holds no answer: a （　） in a sentence names the place it speaks of
EMS = 2.6  # and so many letters
HIGH = (56, 80)  # pixels a bracket's answer is thick, where neighbours leave so much


def bracketed(found: Sequence[Found], letters: Sequence[Letter], strokes: Gray, *, vertical: bool) -> list[Found]:
    """かっこを見つける: an opening bracket, empty paper, and its closing one in the same line (or column)."""
    made: list[Found] = []
    for downwards in (False, True) if vertical else (False,):
        for line in lines(letters, downwards=downwards):
            for at, (opening, closing) in enumerate(pairwise(line)):
                box = _between(opening, closing, strokes, downwards=downwards)
                if box and not any(overlap(box, one.box) for one in (*found, *made)):
                    made.append(Found(box, "bracket", line=None if downwards else _line(line, at, box)))
    return made


def _line(line: Sequence[Letter], at: int, box: Box) -> Box:
    """The words around a bracket, as high as its box: up to a gap that is no answer's."""
    first, last = at, at + 1
    while first and _follows(line[first - 1], line[first]):
        first -= 1
    while last + 1 < len(line) and _follows(line[last], line[last + 1]):
        last += 1
    return line[first].box[0], box[1], line[last].box[2], box[3]


def _follows(one: Letter, other: Letter) -> bool:
    """Whether two letters stand in one sentence, or an answer's room lies between them."""
    return _pair(one, other) or other.box[0] - one.box[2] <= EMS * max(one.size, other.size)


def _pair(opening: Letter, closing: Letter) -> bool:
    """Whether two letters are a bracket and its closing one."""
    return PAIRS.get(unicodedata.normalize("NFKC", opening.text)) == unicodedata.normalize("NFKC", closing.text)


def _between(opening: Letter, closing: Letter, strokes: Gray, *, downwards: bool) -> Box | None:
    """The place between two brackets; None where they are no pair or leave no room."""
    if not _pair(opening, closing):
        return None
    low, high = (1, 3) if downwards else (0, 2)
    start, end = opening.box[high] + 2, closing.box[low] - 2
    size = max(opening.size, closing.size)
    if end - start < max(ROOM, EMS * size):
        return None
    side = 0 if downwards else 1
    middle = (opening.middle[side] + closing.middle[side]) / 2
    thick = min(max(2 * size, HIGH[0]), HIGH[1]) / 2
    while thick >= HIGH[0] / 4:
        near, far = round(middle - thick), round(middle + thick)
        box = (near, start, far, end) if downwards else (start, near, end, far)
        if not (strokes[max(0, box[1]) : box[3], max(0, box[0]) : box[2]] > 0).any():
            return box
        thick -= 4
    return None
