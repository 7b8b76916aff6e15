"""確認の状況: which clauses somebody has to read for an issue, and who has read what."""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from minamo.access.api import Actor
from minamo.policy.clauses import WHO
from minamo.policy.models import Acknowledgement, Issue
from minamo.policy.rules.layers import order
from minamo.tenancy.api import PostCard, current_posts

# Whom of the policy's words a post is; everybody on the staff is 教職員.
POSTS: Mapping[str, frozenset[str]] = {
    "head": frozenset({"校長"}), "vice_head": frozenset({"校長"}),
    "board": frozenset({"教育委員会", "情報担当", "統括責任者", "CISO", "監査責任者"}),
}  # fmt: skip
assert frozenset().union(*POSTS.values()) <= set(WHO)


@dataclass(frozen=True)
class Reader:
    """One person of the register: who, where, how many clauses, when read."""

    account_id: UUID
    label: str
    posts: tuple[str, ...]
    school_id: UUID | None
    clauses: int
    read_at: dt.datetime | None
    right: int = 0
    asked: int = 0


def concerns(who: Iterable[str], posts: Iterable[str]) -> bool:
    """Whether a clause for these roles concerns somebody with these posts."""
    roles = {"全員", "教職員"}.union(*(POSTS.get(post, frozenset()) for post in posts))
    return bool(roles & set(who))


def to_read(issue: Issue, posts: Sequence[str], *, newcomer: bool) -> list[str]:
    """Numbers to read: of the changed clauses those that concern the posts; all that concern them for a newcomer."""
    numbers = issue.clauses if newcomer else [n for n in issue.changed if n in issue.clauses]
    return sorted((n for n in numbers if concerns(issue.clauses[n].get("who", ("全員",)), posts)), key=order)


def posts_in(actor: Actor, municipality: UUID) -> list[str]:
    """The posts a person holds in a municipality."""
    return [post["post"] for post in actor.posts if str(post["municipality"]) == str(municipality)]


def is_newcomer(account: UUID, issue: Issue) -> bool:
    """着任した人: has never acknowledged anything of this municipality before. One query."""
    return not Acknowledgement.objects.filter(account=account, municipality=issue.municipality_id).exists()


def mine(actor: Actor, issue: Issue) -> list[str]:
    """What I still have to read of an issue; empty when I have acknowledged it. Two queries at most."""
    if Acknowledgement.objects.filter(issue=issue, account=actor.account_id).exists():
        return []
    return to_read(issue, posts_in(actor, issue.municipality_id), newcomer=is_newcomer(actor.account_id, issue))


def register(issue: Issue, today: dt.date, *, school: UUID | None = None) -> list[Reader]:
    """だれが何を確認したか: everybody with a post today, those who have not read first. Two queries."""
    cards = current_posts(today, municipality_id=issue.municipality_id, school_id=school)
    done: Mapping[UUID, Any] = {
        row.account_id: row for row in Acknowledgement.objects.filter(issue=issue).only("account_id", "clauses", "asked", "right", "at")
    }  # fmt: skip
    earlier = set(
        Acknowledgement.objects.filter(municipality=issue.municipality_id).exclude(issue=issue).values_list("account_id", flat=True)
    )  # fmt: skip
    people: dict[UUID, list[PostCard]] = {}
    for card in cards:
        people.setdefault(card.account_id, []).append(card)
    readers = [_reader(issue, held, done.get(account), account in earlier) for account, held in people.items()]
    return sorted(readers, key=lambda reader: (reader.read_at is not None, str(reader.school_id), reader.label))


def _reader(issue: Issue, held: list[PostCard], row: Any, known: bool) -> Reader:
    posts = [card.post for card in held]
    number = len(row.clauses) if row else len(to_read(issue, posts, newcomer=not known))
    return Reader(
        held[0].account_id, held[0].label, tuple(card.post_label for card in held), held[0].school_id, number,
        row.at if row else None, row.right if row else 0, row.asked if row else 0,
    )  # fmt: skip
