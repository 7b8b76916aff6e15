"""氏名・番号ということば: which box a printed word stands for, on sheets whose file has words (`letters`). Pure arithmetic."""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from minamo.marking.vision.boxes import Box, Found
from minamo.marking.vision.cells import LABEL_PRINT, above, beside, faces, level, same
from minamo.marking.vision.letters import Letter, around, inside, lines, said
from minamo.marking.vision.sections import first_mark

NAME, NUMBER, SUFFIX, OTHER, SCORE = "name", "number", "suffix", "other", "score"
WORDS = {
    NAME: r"(児童|生徒|受験者|お)?(しめい|なまえ)?(氏名|姓名|名前|なまえ|しめい|name)(しめい|なまえ|ふりがな|フリガナ)?",
    NUMBER: r"(出席|受験)?番号|しゅっせきばんごう|ばんごう|no\.?|number",
    SUFFIX: r"番|ばん",  # stands before its box, or behind it
    SCORE: r"観点別?|知識?[・･及び]*技能?|思考?([・･]?判断?)?([・･]?表現?)?|主体?(的な?.{0,12})?|(学びに向かう|主体的).{0,10}|態度?|関心.{0,8}",
    OTHER: r"学?年|組|学級|クラス|ねん|くみ|年組|class|ふりがな|フリガナ|(得|評|合計)点|点数?|とくてん|てん|合計|総?計|評価|検印|[/／]\d+点?",
}
FREE = re.compile(r"(?P<name>氏 *名|姓 *名|名 *前|なまえ|しめい|[Nn]ame)|(?P<number>(出席|受験)? *番 *号|ばんごう|[Nn]o(?! *\.? *\d)( *\.)?(?![a-z]))|(?P<suffix>(?<!\d)番(?! *号)|ばん)")  # fmt: skip
EDGE = 0.3  # of the sheet in which pupils sign
FAR, CLOSE, OVER = 120, 60, 70  # pixels between a word and the box behind, before and under it
LEAST, WIDEST = 110, 394  # of a name; of a number
GAP, MOST = 50, 260  # between the words of 年　組　番


@dataclass(frozen=True)
class Word:
    """ことば: what it stands for, where it is printed, the cell it fills, and the empty place right before it in its line."""

    kind: str
    box: Box
    cell: Found | None = None
    before: Box | None = None


def by_words(
    found: Sequence[Found], letters: Sequence[Letter], size: tuple[int, int], vertical: bool
) -> tuple[tuple[Found, ...], Box | None, Box | None]:
    """ことばから: what is no answer, the box of the number, that of the name; None where no word says so."""
    every = list(words_of(found, plain(letters), vertical))
    aspects = [one.cell.box for one in every if one.kind == SCORE and one.cell]
    words = [one for one in every if (one.kind != SCORE and at_edge(one.box, size, vertical)) or _scored(one, aspects)]
    places = {id(word): place_of(word, found, letters, vertical) for word in words}
    names = [place for word in words if word.kind == NAME and (place := places[id(word)])]
    name = max(names, key=lambda box: max(box[2] - box[0], box[3] - box[1]), default=None)
    if name is None and any(word.kind == NAME for word in words):
        name = before_parts(found, letters, vertical, [box for box in places.values() if box])
    numbers = [place for kind in (NUMBER, SUFFIX) for word in words if word.kind == kind and (place := places[id(word)])]  # fmt: skip
    number = next((place for place in numbers if place != name), None)
    taken = {place for place in (*places.values(), name) if place}
    header = [one for one in found if one.box in taken or any(one is word.cell for word in words)]
    row = [one.box for one in header if one.box in (number, name)]
    header += [one for one in found if one not in header and one.kind == "box" and any(level(one.box, box, vertical) for box in row)]  # fmt: skip
    return tuple(header), number, name


def plain(letters: Sequence[Letter]) -> list[Letter]:
    """Letters of one form: ⽒ is 氏, Ｎ is N."""
    return [Letter(unicodedata.normalize("NFKC", one.text)[:1], one.box) for one in letters]


def at_edge(box: Box, size: tuple[int, int], vertical: bool) -> bool:
    """Whether it stands where pupils sign: above, or below everything; on vertical sheets at any side."""
    x, y = (box[0] + box[2]) / 2 / size[0], (box[1] + box[3]) / 2 / size[1]
    return y < EDGE or y > 0.9 or (vertical and not EDGE < x < 1 - EDGE)


def _scored(one: Word, aspects: Sequence[Box]) -> bool:
    """Whether it names one of the teacher's own cells, which stand anywhere on a sheet: at least two 観点 in one row or column, and 合計
    beside them. A 思考 alone may be a word to be read."""
    if one.kind not in {SCORE, OTHER} or one.cell is None:
        return False
    own = one.cell.box
    return any(
        box != own and (same(own[1], box[1], own[3], box[3]) or same(own[0], box[0], own[2], box[2])) for box in aspects
    )


def words_of(found: Sequence[Found], letters: Sequence[Letter], vertical: bool) -> Iterator[Word]:
    """見出しのことば in cells, and free ones."""
    free = list(letters)
    for one in found:
        here = inside(letters, one.box) if one.kind in {"box", "dashed"} else []
        free = [letter for letter in free if letter not in here]
        word = _cell(one, here) if here else None
        if word is not None:
            yield word
        elif here:
            yield from _in_lines(here, one.box, one)
    for line in lines(free, downwards=vertical):
        yield from _in_line(line, vertical, None, None)
    if vertical:  # a row across at the head
        for line in lines(free):
            yield from _in_line(line, False, None, None)


def _cell(one: Found, here: Sequence[Letter]) -> Word | None:
    """A cell with one word in it."""
    for downwards in (False, True):
        text = said(here, downwards=downwards)
        kind = next((kind for kind, pattern in WORDS.items() if re.fullmatch(f"({pattern})[:：]?", text, re.IGNORECASE)), "")  # fmt: skip
        if kind:
            return Word(kind, around(here), one)
    return None


def _in_lines(here: Sequence[Letter], frame: Box, cell: Found) -> Iterator[Word]:
    """A cell that holds 年　組　番 in a line."""
    if re.search(r"[年組]", said(here)) and len(said(here)) <= 12:
        for line in lines(here):
            yield from (word for word in _in_line(line, False, frame, cell) if word.kind == SUFFIX)


def _in_line(line: Sequence[Letter], downwards: bool, frame: Box | None, cell: Found | None) -> Iterator[Word]:
    """Words in a line of letters; a wide gap parts them."""
    low, high = (1, 3) if downwards else (0, 2)
    text, at = "", []
    for number, one in enumerate(line):
        if number and one.box[low] - line[number - 1].box[high] > 0.3 * one.size:
            text += " "
            at.append(number)
        text += one.text
        at.append(number)
    for match in FREE.finditer(text):
        here = line[at[match.start()] : at[match.end() - 1] + 1]
        box, first = around(here), at[match.start()]
        kind = next(name for name in (NAME, NUMBER, SUFFIX) if match.group(name))
        edge = line[first - 1].box[high] if first else frame[low] if frame else None
        gap = None
        if edge is not None and not downwards and GAP <= box[0] - edge <= MOST:
            top, foot = (frame[1], frame[3]) if frame else (box[1] - 14, box[3] + 14)
            gap = (edge + 6, top, box[0] - 6, foot)
        yield Word(kind, box, cell, gap)


def place_of(word: Word, found: Sequence[Found], letters: Sequence[Letter], vertical: bool) -> Box | None:
    """その語の枠: the empty place it stands for; None when there is none."""
    empty = [one for one in found if one.kind != "grid" and one.printed < LABEL_PRINT and not inside(letters, one.box)]
    if word.cell is not None and word.before is None:
        return _of_cell(word, word.cell, empty, vertical)
    if word.before is not None and word.kind == SUFFIX:
        ruled = next((one.box for one in empty if _meets(one.box, word.before)), None)
        return ruled or word.before
    near = [one for one in empty if fits(word.kind, one.box, vertical)]
    behind = [one for one in near if _level(word.box, one) and -10 <= one.box[0] - word.box[2] <= FAR]
    before = [one for one in near if _level(word.box, one) and -10 <= word.box[0] - one.box[2] <= CLOSE]
    under = [one for one in near if -10 <= one.box[1] - word.box[3] <= OVER and one.box[0] - 10 <= word.box[0] <= one.box[2]]  # fmt: skip
    middle = (word.box[0] + word.box[2]) / 2
    over = [one for one in near if vertical and -10 <= word.box[1] - one.box[3] <= CLOSE and one.box[0] <= middle <= one.box[2]]  # fmt: skip
    first = (over, before, behind, under) if word.kind == SUFFIX else (under, behind) if vertical else (behind, under)
    for places in first:
        if places:
            return min(places, key=lambda one: abs(one.box[0] - word.box[0]) + abs(one.box[1] - word.box[1])).box
    return None


def before_parts(found: Sequence[Found], letters: Sequence[Letter], vertical: bool, taken: Sequence[Box]) -> Box | None:
    """大問の前の枠: the one long empty box before the mark of the first part, where 氏名 is printed and has no box beside it (the line
    of words went on in the next column); None where there are several, or no marks."""
    mark = first_mark(found, letters, vertical=vertical)
    if mark is None:
        return None
    boxes = [
        one.box
        for one in found
        if one.kind == "box" and one.box not in taken and not inside(letters, one.box) and fits(NAME, one.box, vertical)
        and (one.box[0] >= mark.box[2] if vertical else one.box[3] <= mark.box[1])
    ]  # fmt: skip
    return boxes[0] if len(boxes) == 1 else None


def _of_cell(word: Word, cell: Found, empty: Sequence[Found], vertical: bool) -> Box | None:
    """The cell behind a label, under it, before it (番), or the label's own when it has room."""
    own = _roomy(cell.box, word.box)
    after = [one for one in empty if (above(cell.box, one.box) if vertical else beside(cell.box, one.box))]
    under = [one for one in empty if faces(cell.box, one.box, vertical)]
    ahead = [one for one in empty if word.kind == SUFFIX and (above(one.box, cell.box) if vertical else beside(one.box, cell.box))]  # fmt: skip
    length = 3 if vertical else 2
    if own:  # a word in the corner of its own box, unless what follows is no shorter
        after = [one for one in after if one.box[length] - one.box[length - 2] >= 0.9 * (cell.box[length] - cell.box[length - 2])]  # fmt: skip
    for one in (*after, *under, *ahead):
        if fits(word.kind, one.box, vertical):
            return one.box
    return cell.box if own and fits(word.kind, cell.box, vertical) else None


def _roomy(cell: Box, word: Box) -> bool:
    """Whether half of a cell lies free on one side of its word."""
    wide, high = cell[2] - cell[0], cell[3] - cell[1]
    sides = max(word[0] - cell[0], cell[2] - word[2]) / wide, max(word[1] - cell[1], cell[3] - word[3]) / high
    return max(sides) >= 0.5


def fits(kind: str, box: Box, vertical: bool) -> bool:
    """Whether a box has the length of what is written there."""
    length = max(box[2] - box[0], box[3] - box[1]) if vertical else box[2] - box[0]
    return length >= LEAST if kind == NAME else kind in {OTHER, SCORE} or length <= WIDEST


def _level(word: Box, one: Found) -> bool:
    middle = (word[1] + word[3]) / 2
    return one.box[1] - 10 <= middle <= one.box[3] + 15


def _meets(one: Box, other: Box) -> bool:
    wide, high = min(one[2], other[2]) - max(one[0], other[0]), min(one[3], other[3]) - max(one[1], other[1])
    return wide > 0.5 * (other[2] - other[0]) and high > 0 and wide > 0.5 * (one[2] - one[0])
