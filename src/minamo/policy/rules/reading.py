"""読むべき条文 (what is still to be read): worked out from what each person has acknowledged, clause by clause.

An acknowledgement says: these clauses, with the words of that issue, read by somebody who held these posts. A clause has to
be read again when its words differ from the words that were read, over however many issues, and when it names a post that
the person did not hold then: a teacher who becomes 校長 reads what is said to 校長, also where 教職員 read it too.
"""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from minamo.policy.rules.layers import order
from minamo.policy.rules.text import Text

LONGEST_PART = 8  # clauses; two or three minutes with its questions
READING_DAYS = 14  # from the day an issue comes in force, or a post begins
BEFORE_DAYS = 3
EVERYBODY = frozenset({"全員", "教職員"})
# Whom of the policy's words a post is, besides EVERYBODY. Every post that exists stands here.
ROLES: Mapping[str, frozenset[str]] = {
    "head": frozenset({"校長"}), "vice_head": frozenset({"校長"}), "coordinator": frozenset(), "teacher": frozenset(),
    "nurse": frozenset(), "clerk": frozenset(), "aide": frozenset(), "counselor": frozenset(), "ict": frozenset({"情報担当"}),
    "board": frozenset({"教育委員会", "情報担当", "統括責任者", "CISO", "監査責任者"}),
}  # fmt: skip


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


def left(text: Text, posts: Iterable[str], reads: Iterable[Read]) -> dict[str, frozenset[str]]:
    """What is still to be read by somebody with these posts, in order: all for whoever has read nothing. With each number as whom: only
    as 校長 for whoever has read it as one of the 教職員."""
    roles, known = roles_of(posts), _known(text, reads)
    missing = {n: roles & text.who[n] - known.get(n, frozenset()) for n in concerning(text, posts)}
    return {n: as_whom for n, as_whom in missing.items() if as_whom}


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


@dataclass(frozen=True)
class Asked:
    """前の版: what it said, and until when it was to be acknowledged."""

    text: Text
    by: dt.date


def kept(
    owed: Iterable[str], posts: Iterable[str], reads: Iterable[Read], former: Sequence[Asked], by: dt.date
) -> dict[str, dt.date]:
    """期限 of each clause that is left (see left), as the editions alone have it: a new edition puts nothing off. A clause left since an
    older edition without a break keeps the first of these days; one whose words of then were read, or that did not name the person, has
    the day of the edition that asked anew. `former`: the editions that were in force before, the newest first; `by`: that of the one now."""
    whom = roles_of(posts)
    mine = [(frozenset(read.numbers), roles_of(read.posts), read.text.words) for read in reads]
    found: dict[str, dt.date] = {}
    for n in owed:
        found[n], said = by, [(roles, words[n]) for numbers, roles, words in mine if n in numbers and n in words]
        for one in former:
            now = one.text.words.get(n)
            if not (whom & one.text.who.get(n, frozenset())).difference(*(r for r, words in said if words == now)):
                break
            found[n] = min(found[n], one.by)
    return found


@dataclass(frozen=True)
class Held:
    """職の期間: a post, from when to when (None: still)."""

    post: str
    begins: dt.date
    ends: dt.date | None = None


def due(
    owed: Mapping[str, frozenset[str]], held: Sequence[Held], by: Mapping[str, dt.date], otherwise: dt.date | None
) -> dt.date | None:
    """期限 of what is left to somebody (see left): of each clause the day the editions have for it (see kept); for one that has concerned
    her only since a post began, READING_DAYS from that day. The first of them all counts, `otherwise` with nothing left. A post that goes
    on under a new appointment begins nothing."""
    found = [_own_day(by[n], since(as_whom, held)) for n, as_whom in owed.items() if n in by]
    return min(found, default=otherwise)


def _own_day(by: dt.date, begun: dt.date | None) -> dt.date:
    return by if begun is None else max(by, begun + dt.timedelta(days=READING_DAYS))


def since(who: frozenset[str], held: Sequence[Held]) -> dt.date | None:
    """The day from which a clause has concerned somebody without a break; None when no post of hers is named."""
    named = sorted((h for h in held if who & roles_of([h.post])), key=lambda h: h.begins)
    found: dt.date | None = None
    last: dt.date | None = None
    for one in named:
        if found is None or (last is not None and one.begins > last + dt.timedelta(days=1)):
            found, last = one.begins, one.ends
        elif last is not None:
            last = None if one.ends is None else max(last, one.ends)
    return found


def reminder_due(by: dt.date | None, today: dt.date) -> str:
    """Which reminder goes out by itself today: "before" in the last days, "due" on the day and once after it; "" for none."""
    if by is None or (by - today).days > BEFORE_DAYS:
        return ""
    return "before" if today < by else "due"
