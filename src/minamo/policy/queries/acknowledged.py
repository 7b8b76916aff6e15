"""確認の状況: which clauses somebody still has to read, and who has read what. What counts is said in rules/reading.py."""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from minamo.access.api import Actor
from minamo.policy.models import Acknowledgement, Issue, Reminder
from minamo.policy.queries.texts import limits_of
from minamo.policy.rules.reading import Read, Text, concerning, due, left
from minamo.tenancy.api import PostCard, current_posts


@dataclass(frozen=True)
class Standing:
    """どこまで読んだか: how many clauses concern the person, what is left of them, when the last were acknowledged, and the
    questions of the issue in hand."""

    concerns: int
    left: tuple[str, ...]
    read_at: dt.datetime | None = None
    right: int = 0
    asked: int = 0
    here: tuple[str, ...] = ()  # read under the issue in hand

    @property
    def done(self) -> bool:
        """Whether nothing is left to read."""
        return not self.left


@dataclass(frozen=True)
class Reader:
    """One person of the register: who, where, how far."""

    account_id: UUID
    label: str
    posts: tuple[str, ...]
    school_id: UUID | None
    standing: Standing
    due: dt.date | None
    reminded: Reminder | None = None  # the last one about this issue

    def late(self, today: dt.date) -> bool:
        """Whether the day has passed with something left."""
        return not self.standing.done and self.due is not None and today > self.due


def text_of(issue: Issue) -> Text:
    """文 of an issue, with its numbers."""
    return Text.of(issue.clauses, limits_of(issue.limits))


def posts_in(actor: Actor, municipality: UUID) -> list[str]:
    """The posts a person holds in a municipality."""
    return [post["post"] for post in actor.posts if str(post["municipality"]) == str(municipality)]


def mine(actor: Actor, issue: Issue) -> list[str]:
    """What I still have to read of an issue. Two queries at most."""
    return list(standing(actor, issue).left)


def standing(actor: Actor, issue: Issue) -> Standing:
    """How far I am. Two queries at most."""
    text = text_of(issue)
    rows = _acknowledged(issue, text, [actor.account_id]).get(actor.account_id, [])
    return _standing(text, posts_in(actor, issue.municipality_id), rows)


def left_of(issue: Issue, account: UUID, posts: Sequence[str]) -> list[str]:
    """What somebody with these posts still has to read of an issue. Two queries at most."""
    text = text_of(issue)
    return list(_standing(text, posts, _acknowledged(issue, text, [account]).get(account, [])).left)


def register(issue: Issue, today: dt.date, *, school: UUID | None = None) -> list[Reader]:
    """だれが何を確認したか: everybody with a post today, those with something left first. Posts held elsewhere in the
    municipality count too. Four queries."""
    people: dict[UUID, list[PostCard]] = {}
    for card in current_posts(today, municipality_id=issue.municipality_id):
        people.setdefault(card.account_id, []).append(card)
    here = {
        account: sorted(held, key=lambda card: card.school_id != school) if school else held
        for account, held in people.items()
        if school is None or any(card.school_id == school for card in held)
    }
    text = text_of(issue)
    rows, told = _acknowledged(issue, text, here), reminded(issue, here)
    readers = [
        _reader(issue, held, _standing(text, [c.post for c in held], rows.get(who, ())), told.get(who))
        for who, held in here.items()
    ]
    return sorted(readers, key=lambda reader: (reader.standing.done, str(reader.school_id), reader.label))


@dataclass(frozen=True)
class _Row:
    """One acknowledgement with the words it was about."""

    read: Read
    at: dt.datetime
    asked: int
    right: int
    here: bool  # under the issue in hand


def _standing(text: Text, posts: Sequence[str], rows: Iterable[_Row]) -> Standing:
    rows, concern = list(rows), concerning(text, posts)
    numbers, here = left(text, posts, [row.read for row in rows]), [row for row in rows if row.here]
    read = {n for row in here for n in row.read.numbers} - set(numbers)
    return Standing(
        len(concern), tuple(numbers), max((row.at for row in rows), default=None), sum(row.right for row in here),
        sum(row.asked for row in here), tuple(n for n in concern if n in read),
    )  # fmt: skip


def _acknowledged(issue: Issue, text: Text, accounts: Iterable[UUID]) -> Mapping[UUID, list[_Row]]:
    """What these people have acknowledged in the municipality, over all issues. Two queries, one while all have read the
    issue in hand only."""
    names = ("account_id", "issue_id", "clauses", "posts", "at", "asked", "right")
    rows = list(
        Acknowledgement.objects.filter(municipality=issue.municipality_id, account__in=list(accounts)).values_list(
            *names
        )
    )
    others = {row[1] for row in rows} - {issue.pk}
    former = Issue.objects.filter(pk__in=others).only("clauses", "limits") if others else ()
    texts = {issue.pk: text} | {row.pk: text_of(row) for row in former}
    found: dict[UUID, list[_Row]] = {}
    for account, number, clauses, posts, at, asked, right in rows:
        row = _Row(Read(clauses, posts, texts[number]), at, asked, right, number == issue.pk)
        found.setdefault(account, []).append(row)
    return found


def reminded(issue: Issue, accounts: Iterable[UUID]) -> Mapping[UUID, Reminder]:
    """最後の知らせ about the issue, of each of these people. One query."""
    rows = (
        Reminder.objects.filter(issue=issue, account__in=list(accounts)).order_by("account", "-at").distinct("account")
    )
    return {row.account_id: row for row in rows}


def _reader(issue: Issue, held: Sequence[PostCard], how_far: Standing, last: Reminder | None) -> Reader:
    posts = tuple(dict.fromkeys(card.post_label for card in held))
    by = due(issue.acknowledge_by, (card.begins for card in held))
    return Reader(held[0].account_id, held[0].label, posts, held[0].school_id, how_far, by, last)
