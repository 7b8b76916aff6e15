"""言葉の違い (difference in words): what was taken out and what was put in, within one clause.

Japanese has no spaces, so text is cut where the kind of character changes (漢字, かな, カナ, digits, other); a number of
several digits stays whole and takes what it counts with it (15分), a punctuation mark stands alone.
"""

import difflib
import re
from dataclasses import dataclass

_PIECES = re.compile(
    r"\d+(?:営業日|時間|[分秒日月年週人件回字枚条版台部級]|か月|か所)?|[A-Za-z]+|[一-鿿々〆]+|[ぁ-ゟ]+|[ァ-ヿー]+|.",
    re.DOTALL,
)


@dataclass(frozen=True)
class Piece:
    """A stretch of text: kind is same, out or in."""

    kind: str
    text: str


def difference(old: str, new: str) -> list[Piece]:
    """Stretches in reading order; joined without `in` they give the old text, without `out` the new."""
    before, after = _PIECES.findall(old), _PIECES.findall(new)
    pieces: list[Piece] = []
    for tag, a, b, c, d in difflib.SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if tag == "equal":
            pieces.append(Piece("same", "".join(before[a:b])))
            continue
        pieces += [Piece("out", "".join(before[a:b]))] if b > a else []
        pieces += [Piece("in", "".join(after[c:d]))] if d > c else []
    return pieces
