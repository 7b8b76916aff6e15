"""学習アドバイス: what one pupil can be proud of and what to take up next, from the paper and the class.

Nothing here ranks a pupil, and no figure tells of other children. Which questions were hard or easy is learnt from the class,
never from a small one (fewer than `least` papers); then the advice rests on the pupil's own paper.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from minamo.marking.analysis.compare import LEAST
from minamo.marking.analysis.totals import Part, Total, total_of
from minamo.marking.analysis.values import Item, Paper, Results

EASY, HARD = 0.7, 0.4  # share of the class that had a question wholly right
MOST = 5  # questions named under one heading
PRAISE = 0.7
"""よくできています: the 観点 lost three points of ten at most. Below that a family would read praise where points are missing;
the better of two weak 観点 is no strength."""
ENCOURAGE = 0.5
"""取れています: at least half of the points were reached, which is said as it is. Below that no 観点 is named as the better one."""


@dataclass(frozen=True, slots=True)
class Advice:
    """一人への助言. `strong`, `careless` (lost though most had it), `next_steps` (worth learning next) are questions.

    `best` is the 観点 with the higher rate, however low: what is said of it depends on PRAISE and ENCOURAGE.
    """

    total: Total
    strong: tuple[Item, ...]
    careless: tuple[Item, ...]
    next_steps: tuple[Item, ...]
    blanks: int
    best: Part | None
    weakest: Part | None

    @property
    def sentences(self) -> tuple[str, ...]:
        """ことば: kind, plain, at most one per heading."""
        return tuple(text for text in (_best(self), _careless(self), _next(self), _blank(self)) if text)


def advise(results: Results, paper: Paper, *, least: int = LEAST) -> Advice:
    """助言を作る. Raises ValueError for a paper that was absent or is not wholly marked."""
    if not paper.whole:
        raise ValueError("advice needs a paper that is wholly marked")
    total = total_of(results.items, paper)
    shares = _shares(results) if len(results.whole) >= least else None
    places = range(len(results.items))
    missed = [at for at in places if paper.points[at] != results.items[at].full]
    had = [at for at in places if paper.points[at] == results.items[at].full]
    if shares is None:
        strong: Sequence[int] = ()
        careless: Sequence[int] = ()
        nearest = sorted(missed, key=lambda at: -(paper.points[at] or 0) / results.items[at].full)
    else:
        strong = sorted((at for at in had if shares[at] <= HARD), key=lambda at: shares[at])
        careless = sorted((at for at in missed if shares[at] >= EASY), key=lambda at: -shares[at])
        nearest = sorted((at for at in missed if at not in careless), key=lambda at: -shares[at])
    ordered = sorted(total.aspects, key=lambda part: part.rate)
    apart = len(ordered) > 1 and ordered[-1].rate > ordered[0].rate
    return Advice(
        total,
        _named(results.items, strong),
        _named(results.items, careless),
        _named(results.items, nearest),
        sum(text == "" for text in paper.texts),
        ordered[-1] if apart else None,
        ordered[0] if apart and ordered[0].rate < 1 else None,
    )


def _shares(results: Results) -> list[float]:
    return [sum(column) / len(results.right) for column in zip(*results.right, strict=True)]


def _named(items: Sequence[Item], places: Sequence[int]) -> tuple[Item, ...]:
    return tuple(items[at] for at in places[:MOST])


def _labels(items: Sequence[Item]) -> str:
    return "、".join(item.label for item in items[:3])


def _best(advice: Advice) -> str:
    if advice.strong:
        return f"{_labels(advice.strong)}は、むずかしい問題でしたが正解できました。"
    if advice.best is None or advice.best.rate < ENCOURAGE:
        return ""
    if advice.best.rate < PRAISE:
        return f"「{advice.best.name}」の問題は、半分以上の点が取れています。"
    return f"「{advice.best.name}」の問題がよくできています。"


def _careless(advice: Advice) -> str:
    return f"{_labels(advice.careless)}は、落ち着いて見直すと取れる問題です。" if advice.careless else ""


def _next(advice: Advice) -> str:
    if not advice.next_steps:
        return "" if advice.careless else "すべて正解です。"
    return f"次は{_labels(advice.next_steps)}をやり直してみましょう。"


def _blank(advice: Advice) -> str:
    return f"空らんが{advice.blanks}問あります。とちゅうまででも書いてみましょう。" if advice.blanks else ""
