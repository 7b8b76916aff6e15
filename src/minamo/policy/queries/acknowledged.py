"""確認の状況: which clauses somebody still has to read, and who has read what. What counts is said in rules/reading.py."""

import datetime as dt
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Exists, OuterRef, Q, Subquery
from django.db.models.functions import JSONObject

from minamo.access.api import Actor
from minamo.policy.models import Acknowledgement, Issue, Reminder
from minamo.policy.queries.editions import Now, Past, in_force_before, now_of, texts_of
from minamo.policy.queries.texts import text_in
from minamo.policy.rules.reading import READING_DAYS, Asked, Held, Read, concerning, due, kept, left
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
    by: Mapping[str, dt.date] = field(
        default_factory=dict
    )  # until when each clause is to be read, as the editions have it

    @property
    def left(self) -> tuple[str, ...]:
        """What is left to read, in order."""
        return tuple(self.owed)

    @property
    def done(self) -> bool:
        """Whether nothing is left to read."""
        return not self.owed


@dataclass(frozen=True)
class Sitting:
    """ひと読み: clauses that somebody acknowledged at one time, under one edition, with the words they have now."""

    edition: int
    at: dt.datetime
    numbers: tuple[str, ...]


@dataclass(frozen=True)
class Reader:
    """One person of the register: who, where, how far."""

    account_id: UUID
    label: str
    posts: tuple[str, ...]
    school_ids: tuple[UUID | None, ...]  # None: the board
    standing: Standing
    due: dt.date | None
    reminded: Reminder | None = None  # the last one, under whichever issue
    sittings: tuple[Sitting, ...] = ()  # what is known, as it was read last, the oldest first

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
    """How far I am. Two queries at most, one more the first time this process meets an edition."""
    now = now_of(issue)
    return _standing(
        now, posts_in(actor, issue.municipality_id), _acknowledged(now, [actor.account_id]).get(actor.account_id, ())
    )


def own_reading(actor: Actor, municipality: UUID) -> tuple[Any, Standing] | None:
    """いまの版 and how far I am with it, with the last reminder somebody sent me under whichever edition (`asked` on the issue: by, at,
    due, edition; None without one); None without one in force. One query, for the start pages: the editions I have read
    something of come with what I have read."""
    mine = Acknowledgement.objects.filter(issue=OuterRef("pk"), account=actor.account_id)
    told = Reminder.objects.filter(municipality=municipality, account=actor.account_id, kind=Reminder.Kind.ASKED)
    asked = JSONObject(by="by_label", at="at", due="due_on", edition="issue_id")
    said = JSONObject(clauses="clauses", posts="posts", at="at", asked="asked", right="right_at_first")
    holds = Q(activated_at__isnull=False, ended_at__isnull=True)
    kept_of = JSONObject(pk="pk", number="number", by="acknowledge_by")
    earlier = in_force_before(municipality, OuterRef("number")).order_by("-number").values(found=kept_of)
    rows = Issue.objects.filter(municipality=municipality).filter(holds | Exists(mine)).annotate(
        past=ArraySubquery(earlier), read=ArraySubquery(mine.order_by("at", "id").values(found=said)),
        asked=Subquery(told.order_by("-at").values(found=asked)[:1]),
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
    past = [Past(UUID(one["pk"]), one["number"], dt.date.fromisoformat(one["by"])) for one in issue.past]
    return issue, _standing(Now(issue, text_in(issue), past), posts_in(actor, municipality), found)


def unread_at(issue: Issue, today: dt.date, schools: Collection[UUID]) -> tuple[int, dt.date | None]:
    """自校のまだの人: how many of those who serve at these schools have something left, and the first of their days (a new appointment to
    the same post may make it earlier, never later). Three queries, one more the first time this process meets an edition."""
    people: dict[UUID, list[PostCard]] = {}
    for card in current_posts(today, municipality_id=issue.municipality_id):
        people.setdefault(card.account_id, []).append(card)
    here = {who: held for who, held in people.items() if any(card.school_id in schools for card in held)}
    now = now_of(issue)
    rows = _acknowledged(now, here)
    days = []
    for who, held in here.items():
        how_far = _standing(now, [c.post for c in held], rows.get(who, ()))
        if how_far.owed:
            posts = [Held(c.post, c.begins) for c in held]
            days.append(due(how_far.owed, posts, how_far.by, issue.acknowledge_by))
    return len(days), min((day for day in days if day), default=None)


def left_of(issue: Issue, account: UUID, posts: Sequence[str]) -> list[str]:
    """What somebody with these posts still has to read of an issue."""
    now = now_of(issue)
    return list(_standing(now, posts, _acknowledged(now, [account]).get(account, ())).left)


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
    now = now_of(issue)
    rows, told = _acknowledged(now, here), reminded(issue, here)
    standings = {who: _standing(now, [c.post for c in held], rows.get(who, ())) for who, held in here.items()}
    terms = terms_of(
        {who: [Held(c.post, c.begins) for c in held] for who, held in here.items()}, today, standings, issue
    )
    readers = []
    for who, held in here.items():
        how_far = standings[who]
        by = due(how_far.owed, terms[who], how_far.by, issue.acknowledge_by)
        posts = tuple(dict.fromkeys(card.post_label for card in held))
        schools = tuple(dict.fromkeys(card.school_id for card in held))
        readers.append(
            Reader(
                who,
                held[0].label,
                posts,
                schools,
                how_far,
                by,
                told.get(who),
                _sittings(now, how_far, rows.get(who, ())),
            )
        )
    return sorted(readers, key=lambda reader: reader.standing.done)


def terms_of(
    held: Mapping[UUID, Sequence[Held]], today: dt.date, standings: Mapping[UUID, Standing], issue: Issue
) -> Mapping[UUID, Sequence[Held]]:
    """職の期間 of people, with their earlier posts where one of today's has begun since the edition came in force whose day counts for
    what is left: only there does it matter what it goes on from. One query, none where nobody has begun since."""
    begun = [who for who, posts in held.items() if _begun(posts, standings[who].by)]
    found = {who: list(posts) for who, posts in held.items()}
    for card in former_posts(today, municipality_id=issue.municipality_id, account_ids=begun) if begun else ():
        found[card.account_id].append(Held(card.post, card.begins, card.ends))
    return found


def _begun(posts: Iterable[Held], by: Mapping[str, dt.date]) -> bool:
    """Whether a post has begun since the first of the editions came in force whose days count."""
    came = min(by.values()) - dt.timedelta(days=READING_DAYS) if by else dt.date.max
    return any(post.begins > came for post in posts)


@dataclass(frozen=True)
class _Row:
    """One acknowledgement with the words it was about."""

    read: Read
    at: dt.datetime
    asked: int
    right: int | None
    here: bool  # under the issue in hand


def _standing(now: Now, posts: Sequence[str], rows: Iterable[_Row]) -> Standing:
    rows, concern = list(rows), concerning(now.text, posts)
    reads = [row.read for row in rows]
    owed, here = left(now.text, posts, reads), [row for row in rows if row.here]
    read = {n for row in here for n in row.read.numbers} - owed.keys()
    counted = [row for row in here if row.right is not None]
    return Standing(
        len(concern), owed, max((row.at for row in rows), default=None), sum(row.right or 0 for row in counted),
        sum(row.asked for row in counted), tuple(n for n in concern if n in read), tuple(n for n in concern if n not in owed),
        max((row.read.text.number for row in rows if not owed.keys().isdisjoint(row.read.numbers)), default=0),
        _days(now, posts, owed, reads),
    )  # fmt: skip


def _sittings(now: Now, how_far: Standing, rows: Iterable[_Row]) -> tuple[Sitting, ...]:
    """Each clause that is known once, where it was read last with the words it has now."""
    last: dict[str, tuple[dt.datetime, int]] = {}
    known = set(how_far.known)
    for row in sorted(rows, key=lambda row: row.at):
        words = row.read.text.words
        last |= {
            n: (row.at, row.read.text.number)
            for n in row.read.numbers
            if n in known and words.get(n) == now.text.words[n]
        }
    together: dict[tuple[dt.datetime, int], list[str]] = {}
    for n in how_far.known:
        if n in last:
            together.setdefault(last[n], []).append(n)
    return tuple(Sitting(edition, at, tuple(numbers)) for (at, edition), numbers in sorted(together.items()))


def _days(
    now: Now, posts: Sequence[str], owed: Mapping[str, frozenset[str]], reads: Sequence[Read]
) -> Mapping[str, dt.date]:
    """Until when each clause is to be read, as the editions have it; the same for all with these posts who have read nothing."""
    if not owed or now.issue.acknowledge_by is None:
        return {}
    key = tuple(sorted(set(posts)))
    if not reads and key in now.days:
        return now.days[key]
    asked = [Asked(text, past.by) for past, text in zip(now.former, texts_of(now.former), strict=True)]
    found = kept(owed, posts, reads, asked, now.issue.acknowledge_by)
    if not reads:
        now.days[key] = found
    return found


def _acknowledged(now: Now, accounts: Iterable[UUID]) -> Mapping[UUID, list[_Row]]:
    """What these people have acknowledged in the municipality, over all issues. One query, one more for editions this process has
    not met."""
    names = ("account_id", "issue_id", "clauses", "posts", "at", "asked", "right_at_first")
    mine = Acknowledgement.objects.filter(municipality=now.issue.municipality_id, account__in=list(accounts))
    rows = list(mine.values_list(*names))
    read = {row[1] for row in rows}
    others = [past for past in now.former if past.pk in read]
    texts = {now.issue.pk: now.text} | dict(zip([past.pk for past in others], texts_of(others), strict=True))
    found: dict[UUID, list[_Row]] = {}
    for account, number, clauses, posts, at, asked, right in rows:
        row = _Row(Read(clauses, posts, texts[number]), at, asked, right, number == now.issue.pk)
        found.setdefault(account, []).append(row)
    return found


def reminded(issue: Issue, accounts: Iterable[UUID]) -> Mapping[UUID, Reminder]:
    """最後の知らせ of each of these people, under whichever edition: a new one does not begin the day anew. One query."""
    rows = Reminder.objects.filter(municipality=issue.municipality_id, account__in=list(accounts))
    return {row.account_id: row for row in rows.order_by("account", "-at").distinct("account")}
