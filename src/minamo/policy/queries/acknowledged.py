"""確認の状況: which clauses somebody still has to read, and who has read what. What counts is said in rules/reading.py."""

import datetime as dt
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Exists, OuterRef, Q, Subquery
from django.db.models.functions import JSONObject

from minamo.access.api import Actor
from minamo.policy.models import Acknowledgement, Issue, Reminder
from minamo.policy.queries.texts import text_in
from minamo.policy.rules.reading import READING_DAYS, Held, Read, concerning, due, left
from minamo.policy.rules.text import Text
from minamo.tenancy.api import PostCard, current_posts, former_posts


@dataclass(frozen=True)
class Standing:
    """どこまで読んだか: how many clauses concern the person, what is left of them, when the last were acknowledged, and the
    questions of the issue in hand: how many, and how many of them were right at first."""

    concerns: int
    owed: Mapping[str, frozenset[str]]  # what is left, and as whom
    read_at: dt.datetime | None = None
    right: int = 0
    asked: int = 0
    here: tuple[str, ...] = ()  # read under the issue in hand
    known: tuple[str, ...] = ()  # read with the words they have now, under whichever issue
    before: int = 0  # the number of the newest issue under which something of what is left was read in other words

    @property
    def left(self) -> tuple[str, ...]:
        """What is left to read, in order."""
        return tuple(self.owed)

    @property
    def done(self) -> bool:
        """Whether nothing is left to read."""
        return not self.owed


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


def posts_in(actor: Actor, municipality: UUID) -> list[str]:
    """The posts a person holds in a municipality."""
    return [post["post"] for post in actor.posts if str(post["municipality"]) == str(municipality)]


def mine(actor: Actor, issue: Issue) -> list[str]:
    """What I still have to read of an issue. Two queries at most."""
    return list(standing(actor, issue).left)


def standing(actor: Actor, issue: Issue) -> Standing:
    """How far I am. Two queries at most."""
    text = text_in(issue)
    rows = _acknowledged(issue, text, [actor.account_id]).get(actor.account_id, [])
    return _standing(text, posts_in(actor, issue.municipality_id), rows)


def own_reading(actor: Actor, municipality: UUID) -> tuple[Any, Standing] | None:
    """いまの版 and how far I am with it, with who reminded me of it last (`asked_by`, `asked_at` on the issue); None without one in
    force. One query, for the start pages: the editions I have read something of come with what I have read."""
    mine = Acknowledgement.objects.filter(issue=OuterRef("pk"), account=actor.account_id)
    told = Reminder.objects.filter(issue=OuterRef("pk"), account=actor.account_id, kind=Reminder.Kind.ASKED)
    said = JSONObject(clauses="clauses", posts="posts", at="at", asked="asked", right="right_at_first")
    holds = Q(activated_at__isnull=False, ended_at__isnull=True)
    rows = Issue.objects.filter(municipality=municipality).filter(holds | Exists(mine)).annotate(
        read=ArraySubquery(mine.order_by("at", "id").values(found=said)),
        asked_by=Subquery(told.order_by("-at").values("by_label")[:1]), asked_at=Subquery(told.order_by("-at").values("at")[:1]),
    )  # fmt: skip
    issues = list(rows.defer("own", "replaced"))
    issue = next((row for row in issues if row.activated_at and row.ended_at is None), None)
    if issue is None:
        return None
    found = [
        _Row(
            Read(one["clauses"], one["posts"], text),
            dt.datetime.fromisoformat(one["at"]),
            one["asked"],
            one["right"],
            row is issue,
        )
        for row in issues
        for text in [text_in(row)]
        for one in row.read
    ]
    return issue, _standing(text_in(issue), posts_in(actor, municipality), found)


def unread_at(issue: Issue, today: dt.date, schools: Collection[UUID]) -> tuple[int, bool]:
    """自校のまだの人: how many of those who serve at these schools have something left, and whether somebody's day has passed for certain
    (who has begun since may have longer). Three queries at most."""
    people: dict[UUID, list[PostCard]] = {}
    for card in current_posts(today, municipality_id=issue.municipality_id):
        people.setdefault(card.account_id, []).append(card)
    here = {who: held for who, held in people.items() if any(card.school_id in schools for card in held)}
    text = text_in(issue)
    rows = _acknowledged(issue, text, here)
    left_to = [who for who, held in here.items() if _standing(text, [c.post for c in held], rows.get(who, ())).owed]
    by = issue.acknowledge_by
    late = by is not None and today > by and any(not _begun(issue, here[who]) for who in left_to)
    return len(left_to), late


def _begun(issue: Issue, held: Iterable[PostCard]) -> bool:
    """Whether a post has begun since the issue came in force."""
    came = issue.acknowledge_by - dt.timedelta(days=READING_DAYS) if issue.acknowledge_by else dt.date.max
    return any(card.begins > came for card in held)


def left_of(issue: Issue, account: UUID, posts: Sequence[str]) -> list[str]:
    """What somebody with these posts still has to read of an issue. Two queries at most."""
    text = text_in(issue)
    return list(_standing(text, posts, _acknowledged(issue, text, [account]).get(account, [])).left)


def register(issue: Issue, today: dt.date, *, school: UUID | None = None) -> list[Reader]:
    """だれが何を確認したか: everybody with a post today, those with something left first, within them by school, post and name.
    Posts held elsewhere in the municipality count too. Four queries, one more when somebody's post has begun since."""
    people: dict[UUID, list[PostCard]] = {}
    for card in current_posts(today, municipality_id=issue.municipality_id):
        people.setdefault(card.account_id, []).append(card)
    here = {
        account: sorted(held, key=lambda card: card.school_id != school) if school else held
        for account, held in people.items()
        if school is None or any(card.school_id == school for card in held)
    }
    text = text_in(issue)
    rows, told = _acknowledged(issue, text, here), reminded(issue, here)
    terms = terms_of(issue, {who: [Held(c.post, c.begins) for c in held] for who, held in here.items()}, today)
    readers = []
    for who, held in here.items():
        how_far = _standing(text, [c.post for c in held], rows.get(who, ()))
        by = due(how_far.owed, terms[who], issue.acknowledge_by)
        posts = tuple(dict.fromkeys(card.post_label for card in held))
        readers.append(Reader(who, held[0].label, posts, held[0].school_id, how_far, by, told.get(who)))
    return sorted(readers, key=lambda reader: reader.standing.done)


def terms_of(issue: Issue, held: Mapping[UUID, Sequence[Held]], today: dt.date) -> Mapping[UUID, Sequence[Held]]:
    """職の期間 of people, with their earlier posts where one of today's has begun since the issue came in force: only there does it
    matter what it goes on from. One query, none where nobody has begun since."""
    if issue.acknowledge_by is None:
        return held
    came = issue.acknowledge_by - dt.timedelta(days=READING_DAYS)
    begun = [who for who, posts in held.items() if any(post.begins > came for post in posts)]
    found = {who: list(posts) for who, posts in held.items()}
    for card in former_posts(today, municipality_id=issue.municipality_id, account_ids=begun) if begun else ():
        found[card.account_id].append(Held(card.post, card.begins, card.ends))
    return found


@dataclass(frozen=True)
class _Row:
    """One acknowledgement with the words it was about."""

    read: Read
    at: dt.datetime
    asked: int
    right: int | None
    here: bool  # under the issue in hand


def _standing(text: Text, posts: Sequence[str], rows: Iterable[_Row]) -> Standing:
    rows, concern = list(rows), concerning(text, posts)
    owed, here = left(text, posts, [row.read for row in rows]), [row for row in rows if row.here]
    read = {n for row in here for n in row.read.numbers} - owed.keys()
    kept = [row for row in here if row.right is not None]
    return Standing(
        len(concern), owed, max((row.at for row in rows), default=None), sum(row.right or 0 for row in kept),
        sum(row.asked for row in kept), tuple(n for n in concern if n in read), tuple(n for n in concern if n not in owed),
        max((row.read.text.number for row in rows if not owed.keys().isdisjoint(row.read.numbers)), default=0),
    )  # fmt: skip


def _acknowledged(issue: Issue, text: Text, accounts: Iterable[UUID]) -> Mapping[UUID, list[_Row]]:
    """What these people have acknowledged in the municipality, over all issues. Two queries, one while all have read the
    issue in hand only."""
    names = ("account_id", "issue_id", "clauses", "posts", "at", "asked", "right_at_first")
    rows = list(
        Acknowledgement.objects.filter(municipality=issue.municipality_id, account__in=list(accounts)).values_list(
            *names
        )
    )
    others = {row[1] for row in rows} - {issue.pk}
    former = Issue.objects.filter(pk__in=others).only("number", "clauses", "limits", "overlay") if others else ()
    texts = {issue.pk: text} | {row.pk: text_in(row) for row in former}
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
