"""印刷された大問: □1, 【2】, 大問三, Ⅳ or a numeral alone open a part. Where the file has words, they decide before any gap does.

A mark is believed when all marks printed in its way count on by one and each opens boxes of its own, in reading order. A box or two
before the first one belong to the head of the sheet. Bare numerals may count questions as well: they are asked only where they open two
boxes on the average, and across only where each begins a line of words (１　記号で答えなさい。) or they part more than gaps do.
"""

import re
import unicodedata
from collections.abc import Sequence
from itertools import pairwise

from minamo.marking.vision.boxes import Found
from minamo.marking.vision.letters import Letter, inside

KANJI = "一二三四五六七八九十"
ROMAN = "ⅠⅡⅢⅣⅤⅥⅦⅧⅨⅩ"
NUMERAL = rf"(\d{{1,2}}|[{KANJI}])"
MARKS = (
    re.compile(rf"大問{NUMERAL}"),
    re.compile(r"[□■](\d{1,2})(?!\d)"),
    re.compile(rf"[【\[〔]{NUMERAL}[】\]〕]"),
    re.compile(rf"([{ROMAN}])(?![{ROMAN}])"),
)
ALONE = (re.compile(rf"([{KANJI}])[.、]?$"), re.compile(r"(\d{1,2})[.、]?$"))
COUNTED = "年月日時分秒回人個本枚点円度倍割歳世番組学期級桁行つ"  # what numerals count in sentences
HEADING = re.compile(rf"(\d{{1,2}})(?:[.、]|$|(?=[ぁ-んァ-ヶ一-龠「『])(?![{COUNTED}]|次(?!の)))")
HEAD = 3  # boxes that may stand before the first mark: class, number, name
FAR = 3.5  # letters of a line of words stand no further from its numeral
STEP = 1.45  # letters of one word stand no further apart, from middle to middle
LEVEL = 0.6  # of a letter: still in line
BEFORE, ASIDE = 150, 120  # pixels before the boxes of a part, and at their sides, in which its words stand
MOST = 6  # letters of a mark
Groups = tuple[tuple[int, ...], ...]


def marked(answers: Sequence[Found], cells: Sequence[Found], letters: Sequence[Letter], groups: Groups, *, vertical: bool) -> Groups:  # fmt: skip
    """大問に分ける as printed; `groups` as they are where nothing printed is sure."""
    words = printed_words(cells, letters, vertical=vertical)
    for mark in MARKS:
        starts = _starts(words, mark, answers, vertical=vertical, head=HEAD)
        if starts:
            return _parts(starts, len(answers))
    if not vertical:
        headings = [pair for pair in words if _begins_a_line(*pair, words)]
        parts = _parts(_starts(headings, HEADING, answers, vertical=False, head=HEAD), len(answers))
        if 2 * sum(len(part) > 1 for part in parts) >= len(parts) > 1:  # else they count questions
            return parts
    for mark in ALONE:
        starts = _starts(words, mark, answers, vertical=vertical)
        if starts and (vertical or len(starts) > len(groups)) and 2 * len(starts) <= len(answers):
            return _parts(starts, len(answers))
    return groups


def first_mark(cells: Sequence[Found], letters: Sequence[Letter], *, vertical: bool) -> Letter | None:
    """最初の大問の印: the letter that opens the mark of the first part; None where no marks count on from one."""
    words = printed_words(cells, letters, vertical=vertical)
    for mark in MARKS:
        found = sorted((value(seen.group(1)), at) for at, (_, word) in enumerate(words) if (seen := mark.match(word)))
        if len(found) > 1 and [number for number, _ in found] == [*range(1, len(found) + 1)]:
            return words[found[0][1]][0]
    return None


def heading(
    boxes: Sequence[Found],
    others: Sequence[Found],
    cells: Sequence[Found],
    letters: Sequence[Letter],
    *,
    vertical: bool,
) -> str:
    """大問のことば: what is printed outside of `cells` just before the boxes of a part, and not before `others`, the answers of other parts."""
    x0, y0 = (min(one.box[at] for one in boxes) for at in (0, 1))
    x1, y1 = (max(one.box[at] for one in boxes) for at in (2, 3))
    area = (x1, y0 - ASIDE, x1 + BEFORE, y1) if vertical else (x0 - ASIDE, y0 - BEFORE, x1 + ASIDE, y0)
    inner = {id(one) for cell in cells for one in inside(letters, cell.box)}
    here = [one for one in inside(letters, area) if id(one) not in inner]
    if vertical:
        here = [one for one in here if not any(x1 <= other.box[0] < one.middle[0] for other in others)]
        here.sort(key=lambda one: (-(one.middle[0] // one.size), one.middle[1]))
    else:
        here = [one for one in here if not any(one.middle[1] < other.box[3] <= y0 for other in others)]
        here.sort(key=lambda one: (one.middle[1] // one.size, one.middle[0]))
    return "".join(unicodedata.normalize("NFKC", one.text) for one in here)


def _begins_a_line(one: Letter, word: str, words: Sequence[tuple[Letter, str]]) -> bool:
    """Whether words go on after a numeral, at once or after a space."""
    return bool(re.search(r"[ぁ-んァ-ヶ一-龠]", word[1:])) or any(
        0 < other.middle[0] - one.middle[0] < FAR * max(one.size, other.size)
        and abs(other.middle[1] - one.middle[1]) < LEVEL * max(one.size, other.size)
        for other, _ in words
    )


def printed_words(cells: Sequence[Found], letters: Sequence[Letter], *, vertical: bool) -> list[tuple[Letter, str]]:
    """枠の外の語: the letter that opens each word printed outside of the boxes, and the first letters of the word."""
    inner = {id(one) for cell in cells for one in inside(letters, cell.box)}
    free = [one for one in letters if id(one) not in inner]
    return [(one, _word(one, free, vertical)) for one in free if _opens(one, free, vertical)]


def value(numeral: str) -> int:
    """1 of 1, 一 and Ⅰ."""
    for row in (KANJI, ROMAN):
        if numeral in row:
            return row.index(numeral) + 1
    return int(numeral)


def _opens(one: Letter, free: Sequence[Letter], vertical: bool) -> bool:
    """Whether no letter stands just before it, nor (on vertical sheets) at its side, as in 問一 across."""
    return not any(_after(other, one, False) or (vertical and _after(other, one, True)) for other in free)


def _word(first: Letter, free: Sequence[Letter], vertical: bool) -> str:
    """The first letters from here on."""
    word = [first]
    while len(word) < MOST:
        after = next((one for one in free if _after(word[-1], one, vertical)), None)
        if after is None and len(word) == 1 and vertical:  # 【一】 or 12 across on a vertical sheet
            after = next((one for one in free if _after(first, one, False)), None)
        if after is None:
            break
        word.append(after)
    return "".join(one.text if one.text in ROMAN else unicodedata.normalize("NFKC", one.text) for one in word)


def _after(one: Letter, other: Letter, down: bool) -> bool:
    """Whether `other` is the letter that follows."""
    across, along = (0, 1) if down else (1, 0)
    size = max(one.size, other.size)
    step = other.middle[along] - one.middle[along]
    return 0 < step < STEP * size and abs(other.middle[across] - one.middle[across]) < LEVEL * size


def _starts(words: Sequence[tuple[Letter, str]], mark: re.Pattern[str], answers: Sequence[Found], *, vertical: bool, head: int = 0) -> list[int]:  # fmt: skip
    """The first box of every part; none unless the marks count on and every one has boxes. Up to `head` boxes before a mark of 1 go to it."""
    found = sorted(
        (value(seen.group(1)), at)
        for one, word in words
        if (seen := mark.match(word)) and (at := _first(one, answers, vertical=vertical)) is not None
    )
    counted = len(found) > 1 and all(after[0] == before[0] + 1 for before, after in pairwise(found))
    rising = all(after[1] > before[1] for before, after in pairwise(found))
    opens = bool(found) and (found[0][1] == 0 or (found[0][0] == 1 and found[0][1] <= head))
    return [0, *(at for _, at in found[1:])] if counted and rising and opens else []


def _first(one: Letter, answers: Sequence[Found], *, vertical: bool) -> int | None:
    """The first box, in reading order, level with a mark or after it."""
    for at, answer in enumerate(answers):
        x0, _, x1, y1 = answer.box
        if y1 > one.middle[1] and (x0 < one.middle[0] if vertical else x1 > one.box[0]):
            return at
    return None


def _parts(starts: Sequence[int], many: int) -> Groups:
    return tuple(tuple(range(first, last)) for first, last in pairwise([*starts, many]))
