"""読み取りの精度: what the marks of named persons say about what the machine read, in one school. Pure.

A reading is known to be right or wrong only where a mark bears on it: the truth is never guessed.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from minamo.marking.reading.report import Accuracy, Confirmed, accuracy
from minamo.marking.setup import Question

SMALL = 200  # readings; below, the bound says more than the share
OTHER = "（正答ではない）"


def confirmed(question: Question, reading: Sequence[object] | None, points: int | None, how: str) -> Confirmed | None:
    """確認済みの読み取り; None where nobody can know: an answer without a mark, with part of the points, or called blank.

    Full points: the answer was right, so a reading that is no right answer was wrong. Fewer: a reading that is a right answer
    was wrong. A wrong answer read as some wrong letter counts only when a person confirmed the readings as a sheet.
    """
    if points is None or reading is None or not question.read or 0 < points < question.full:
        return None
    text, sure = reading[0], reading[1]
    confidence = float(sure) if isinstance(sure, (int, float)) else 0.0
    if text == "":
        return None
    read = text if isinstance(text, str) else None
    right = points == question.full
    if read is None:
        return Confirmed(None, confidence, question.keys[0] if right and question.keys else OTHER, question.alphabet)
    if question.right(read) == right:
        sure_of = right or how == "sheet"
        return Confirmed(read, confidence, read, question.alphabet) if sure_of else None
    return Confirmed(read, confidence, question.keys[0] if right and question.keys else OTHER, question.alphabet)


@dataclass(frozen=True, slots=True)
class Line:
    """一行: an alphabet (or all) with its accuracy; `small` when there is too little to say much."""

    name: str
    accuracy: Accuracy

    @property
    def small(self) -> bool:
        """件数が少ない."""
        return self.accuracy.read < SMALL


def lines(answers: Iterable[Confirmed], names: Mapping[str, str]) -> list[Line]:
    """学校の精度: one line per alphabet, the most frequent first, and all together last; nothing without answers."""
    rows = list(answers)
    found = [
        Line(names.get(alphabet, alphabet), accuracy(row for row in rows if row.alphabet == alphabet))
        for alphabet in dict.fromkeys(row.alphabet for row in rows)
    ]
    found.sort(key=lambda line: -line.accuracy.n)
    return [*found, Line("全体", accuracy(rows))] if rows else []
