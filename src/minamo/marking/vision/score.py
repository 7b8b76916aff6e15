"""得点の枠: the box in which the sheet itself wants the total, found by the word printed in it or beside it.

Only where the file has words: a scanned blank does not say which of its empty boxes is the teacher's.
"""

import re
from collections.abc import Iterator, Sequence

from minamo.marking.vision.boxes import Box, Found
from minamo.marking.vision.letters import Letter, around, inside, lines, said
from minamo.marking.vision.person_words import OTHER, Word, place_of, plain

SCORE = re.compile(r"(得 *点|評 *点|合 *計 *点?|点 *数|とくてん|てんすう)[:：]?")
LEAST = 60  # pixels (7.6 mm) of the longer side, with room for two figures


def score_box(found: Sequence[Found], letters: Sequence[Letter], vertical: bool) -> Box | None:
    """得点の枠を見つける; None when no word says so, or when several boxes bear one (大問ごとの得点)."""
    letters = plain(letters)
    places = {place for word in _words(found, letters) if (place := place_of(word, found, letters, vertical))}
    places = {box for box in places if max(box[2] - box[0], box[3] - box[1]) >= LEAST}
    return places.pop() if len(places) == 1 else None


def _words(found: Sequence[Found], letters: Sequence[Letter]) -> Iterator[Word]:
    free = list(letters)
    for one in found:
        here = inside(letters, one.box)
        free = [letter for letter in free if letter not in here]
        if here and any(SCORE.fullmatch(said(here, downwards=down)) for down in (False, True)):
            yield Word(OTHER, around(here), one)
    for line in lines(free):
        if SCORE.fullmatch("".join(one.text for one in line)):
            yield Word(OTHER, around(line))
