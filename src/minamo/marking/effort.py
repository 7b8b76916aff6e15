"""手間の見積もり: how many actions and how much time a class of papers costs on paper and here. Pure; a model, stated whole.

Hand times are those of the keystroke-level model (key 0.28 s, pointing 1.1 s, making up one's mind 1.35 s). How long a person
looks at an answer is the same on paper and on the screen; only what comes beside the looking differs. On a sheet of
answers that were read alike, an odd one springs to the eye, so that a look at each is shorter. Nothing here is measured.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import ceil

from minamo.marking.marks_work import SHARE

KEY, DECIDE = 0.28, 1.35
LOOK: Mapping[str, float] = {"symbol": 1.0, "number": 1.2, "sign": 1.0, "short": 1.6, "writing": 8.0}
GLANCE = 0.35  # one answer on a sheet of answers that were read alike
COMPARE = 0.7  # a number as it was written over the same number in print: alike or not
RARE = 3  # wrong numbers that so few wrote stand on one sheet together (`mark_state.js`)
RED_PEN = 0.8  # one ○ or × on paper
POINTS_BY_HAND = 1.2  # points written beside a sentence
TURN, PASS = 2.5, 5  # laying one paper aside and finding the place on the next; questions of one pass through the pile
ADD, CHECKS = 0.7, 2  # taking one mark into a sum; sums are made twice
LEDGER = 5.0  # one sum into the list of the class
SCAN, OWNER = 2.0, 1.0  # a paper through the feeder; looking whose it is
NAME = 0.7  # a name as it was written beside the same name in print: alike or not
DOUBTED = 0.4  # of a class's papers are asked one by one, as of the worst of the project's own piles (12 of 30)


@dataclass(slots=True)
class Effort:
    """手間: actions (keys, marks of the pen, papers turned, numbers written) and seconds, by what they are for."""

    actions: int = 0
    seconds: dict[str, float] = field(default_factory=dict)

    def add(self, what: str, seconds: float, actions: int = 0) -> None:
        """One more piece of work."""
        self.actions += actions
        self.seconds[what] = self.seconds.get(what, 0.0) + seconds

    @property
    def minutes(self) -> float:
        """分."""
        return sum(self.seconds.values()) / 60


@dataclass(frozen=True, slots=True)
class Asked:
    """一つの問い as the class answered it: kind, and per pupil what was read (None = unread) and whether it is right."""

    kind: str
    readings: Sequence[str | None]
    right: Sequence[bool]


def on_paper(questions: Sequence[Asked], aspects: int = 3) -> Effort:
    """紙での手間: a pen, the pile in passes of a few questions, sums by head for the total and each 観点."""
    effort = Effort()
    papers = len(questions[0].readings) if questions else 0
    for question in questions:
        effort.add("見る", LOOK[question.kind] * papers)
        effort.add("つける", RED_PEN * papers, papers)
        if question.kind == "writing":
            effort.add("つける", POINTS_BY_HAND * papers, papers)
    passes = -(-len(questions) // PASS)
    effort.add("めくる", TURN * passes * papers, passes * papers)
    effort.add("合計する", ADD * len(questions) * CHECKS * papers, papers * (aspects + 1))
    effort.add("写す", LEDGER * (aspects + 1) * papers, papers * (aspects + 1))
    return effort


def here(questions: Sequence[Asked]) -> Effort:
    """minamoでの手間: readings confirmed as sheets, the unread one by one, words ○ all then fixed, sentences one by one."""
    effort = Effort()
    papers = len(questions[0].readings) if questions else 0
    effort.add("読み取る", SCAN * papers, 1)
    owners = whose(papers - ceil(papers * DOUBTED), ceil(papers * DOUBTED), [], 0)
    effort.add("だれの答案か", sum(owners.seconds.values()), owners.actions)
    for question in questions:
        effort.add("次の問い", DECIDE + KEY, 1)
        if any(text is not None for text in question.readings):
            _sheets(effort, question)
        elif question.kind == "short":
            _all_then_fix(effort, question)
        else:
            effort.add("見る", LOOK[question.kind] * papers)
            effort.add("つける", KEY * papers, papers)
    return effort


def whose(sure: int, doubtful: int, wrong: Sequence[int], absent: int) -> Effort:
    """だれの答案か: the keys of the page of owners (scan_check.js) for proposals that are beyond doubt (`sure`, looked at as the eye runs
    down the list), doubtful ones that are right (Enter), wrong ones (the 出席番号 they should have, typed) and pupils without a paper."""
    effort = Effort()
    effort.add("氏名を見くらべる", NAME * sure)
    effort.add("これでよい", (OWNER + KEY) * doubtful, doubtful)
    for number in wrong:
        keys = len(str(number))
        effort.add("番号を入れる", OWNER + DECIDE + KEY * keys, keys)
    if absent:
        effort.add("欠席", DECIDE + 2 * KEY, 1)
    effort.add("決める", DECIDE + KEY, 1)
    return effort


def _sheets(effort: Effort, question: Asked) -> None:
    read, sheets, mixed = _confirmed(question)
    effort.add("一覧で確かめる", (DECIDE + 2 * KEY) * sheets + GLANCE * (read - mixed) + COMPARE * mixed, 2 * sheets)
    alone = len(question.readings) - read
    effort.add("1人ずつ", (LOOK[question.kind] + KEY) * alone, alone)
    checks = ceil(read * SHARE)
    effort.add("抜き取り", (LOOK[question.kind] + KEY) * checks, checks)


def _confirmed(question: Asked) -> tuple[int, int, int]:
    """Answers that were read, sheets that confirm them, and answers on the sheet of the rare wrong numbers."""
    many = Counter(text for text in question.readings if text is not None)
    right = {text for text, good in zip(question.readings, question.right, strict=True) if good}
    rare = [text for text in many if text and question.kind == "number" and text not in right and many[text] <= RARE]
    mixed = rare if len(rare) > 1 else []
    return many.total(), len(many) - len(mixed) + bool(mixed), sum(many[text] for text in mixed)


def _all_then_fix(effort: Effort, question: Asked) -> None:
    wrong = sum(not right for right in question.right)
    effort.add("見る", LOOK[question.kind] * len(question.right))
    effort.add("残り全部○", DECIDE + KEY, 1)
    effort.add("直す", 3 * KEY * wrong, 3 * wrong)  # two steps of an arrow key, one ×
