"""読むべき条文 (what is still to be read): worked out from what each person has acknowledged, clause by clause.

An acknowledgement says: these clauses, with the words of that issue, read by somebody who held these posts. A clause has to
be read again when its words differ from the words that were read, over however many issues, and when it names a post that
the person did not hold then: a teacher who becomes 校長 reads what is said to 校長, also where 教職員 read it too.
"""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from minamo.policy.rules.layers import ClauseText, filled, order

LONGEST_PART = 8  # clauses; two or three minutes with its questions
READING_DAYS = 14  # from the day an issue comes in force, or a post begins
BEFORE_DAYS = 3
Words = tuple[str, str]  # title and text with its numbers
EVERYBODY = frozenset({"全員", "教職員"})
# Whom of the policy's words a post is, besides EVERYBODY. Every post that exists stands here.
ROLES: Mapping[str, frozenset[str]] = {
    "head": frozenset({"校長"}), "vice_head": frozenset({"校長"}), "coordinator": frozenset(), "teacher": frozenset(),
    "nurse": frozenset(), "clerk": frozenset(), "aide": frozenset(), "counselor": frozenset(), "ict": frozenset({"情報担当"}),
    "board": frozenset({"教育委員会", "情報担当", "統括責任者", "CISO", "監査責任者"}),
}  # fmt: skip


@dataclass(frozen=True)
class Text:
    """文: who each clause of an issue is for, and its words with the numbers filled in."""

    who: Mapping[str, frozenset[str]]
    words: Mapping[str, Words]

    @classmethod
    def of(cls, clauses: Mapping[str, ClauseText], limits: Mapping[str, int]) -> "Text":
        """The text of an issue; `limits` are complete."""
        return cls(
            {n: frozenset(clause.get("who", ("全員",))) for n, clause in clauses.items()},
            {n: (str(clause["title"]), filled(str(clause["text"]), limits)) for n, clause in clauses.items()},
        )


@dataclass(frozen=True)
class Read:
    """読んだもの: one acknowledgement."""

    numbers: Sequence[str]
    posts: Sequence[str]
    text: Text


def roles_of(posts: Iterable[str]) -> frozenset[str]:
    """Whom of the policy's words somebody with these posts is."""
    return EVERYBODY.union(*(ROLES.get(post, frozenset()) for post in posts))


def concerning(text: Text, posts: Iterable[str]) -> list[str]:
    """Numbers of all clauses that concern somebody with these posts, in order."""
    roles = roles_of(posts)
    return sorted((n for n, who in text.who.items() if roles & who), key=order)


def left(text: Text, posts: Iterable[str], reads: Iterable[Read]) -> list[str]:
    """Numbers still to be read by somebody with these posts, in order: all for whoever has read nothing."""
    roles, known = roles_of(posts), _known(text, reads)
    return [n for n in concerning(text, posts) if not roles & text.who[n] <= known.get(n, frozenset())]


def _known(text: Text, reads: Iterable[Read]) -> dict[str, frozenset[str]]:
    """As whom each clause was read with the words it has now."""
    found: dict[str, frozenset[str]] = {}
    for read in reads:
        roles = roles_of(read.posts)
        for n in read.numbers:
            if n in text.words and read.text.words.get(n) == text.words[n]:
                found[n] = found.get(n, frozenset()) | roles
    return found


def parts(numbers: Sequence[str]) -> list[list[str]]:
    """短い部: the numbers in order, by chapters, at most LONGEST_PART in each: a long chapter is split evenly, short ones that
    follow each other within one 編 are put together."""
    found: list[list[str]] = []
    for (book, _), chapter in groupby(sorted(numbers, key=order), key=_chapter):
        whole = list(chapter)
        count = -(-len(whole) // LONGEST_PART)
        for place in range(count):
            piece = whole[len(whole) * place // count : len(whole) * (place + 1) // count]
            if found and _chapter(found[-1][-1])[0] == book and len(found[-1]) + len(piece) <= LONGEST_PART:
                found[-1] += piece
            else:
                found.append(piece)
    return found


def _chapter(number: str) -> tuple[int, str]:
    """The 編 (1 to 3) and the chapter of a number."""
    return min(order(number)[0], 3), number.rpartition(".")[0]


def due(acknowledge_by: dt.date | None, begins: Iterable[dt.date]) -> dt.date | None:
    """期限 of a person: that of the issue in force, and for whoever has begun in a post since, READING_DAYS from that day."""
    if acknowledge_by is None:
        return None
    return max([acknowledge_by, *(day + dt.timedelta(days=READING_DAYS) for day in begins)])


def reminder_due(by: dt.date | None, today: dt.date) -> str:
    """Which reminder goes out by itself today: "before" in the last days, "due" on the day and once after it; "" for none."""
    if by is None or (by - today).days > BEFORE_DAYS:
        return ""
    return "before" if today < by else "due"
