"""精度の報告: how well the readings of a school agreed with what its teachers confirmed."""

import math
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Confirmed:
    """確認済みの読み取り: what the machine read (None: it abstained), how sure it was, and what a person says it is."""

    read: str | None
    confidence: float
    truth: str
    alphabet: str


@dataclass(frozen=True, slots=True)
class Accuracy:
    """精度: `n` answers, `coverage` the share that was read, `precision` the share of those that was right.

    `low` is the lower end of the 95 % Wilson interval of the precision; precision and low are None when nothing was read.
    `mistaken` counts pairs (truth, read), the most frequent first.
    """

    n: int
    read: int
    right: int
    mistaken: tuple[tuple[tuple[str, str], int], ...]

    @property
    def coverage(self) -> float:
        """読んだ割合."""
        return self.read / self.n if self.n else 0.0

    @property
    def precision(self) -> float | None:
        """読んだうち正しい割合."""
        return self.right / self.read if self.read else None

    @property
    def low(self) -> float | None:
        """正しい割合の下限（ウィルソンの95％信頼区間）."""
        return wilson_low(self.right, self.read) if self.read else None


def wilson_low(right: int, n: int, z: float = 1.959964) -> float:
    """Lower end of the Wilson interval of `right` out of `n`; 0 when there is none."""
    if n <= 0 or right <= 0:
        return 0.0
    share, spread = right / n, z * z / n
    return max(0.0, (share + spread / 2 - z * math.sqrt(share * (1 - share) / n + spread / (4 * n))) / (1 + spread))


def accuracy(answers: Iterable[Confirmed]) -> Accuracy:
    """精度を数える: all answers as one set. Blank answers (truth "") count as wrong when anything was read."""
    n = read = right = 0
    mistaken: Counter[tuple[str, str]] = Counter()
    for answer in answers:
        n += 1
        if answer.read is None:
            continue
        read += 1
        if answer.read == answer.truth:
            right += 1
        else:
            mistaken[answer.truth, answer.read] += 1
    return Accuracy(n, read, right, tuple(mistaken.most_common()))


def school_report(answers: Iterable[Confirmed]) -> dict[str, Accuracy]:
    """学校ごとの精度: one line per alphabet, in the order met, and all together under `全体`."""
    rows = list(answers)
    alphabets = dict.fromkeys(row.alphabet for row in rows)
    report = {alphabet: accuracy(row for row in rows if row.alphabet == alphabet) for alphabet in alphabets}
    report["全体"] = accuracy(rows)
    return report
