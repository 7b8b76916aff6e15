"""読む道のり: what somebody has to read for the issue in force, in short parts, and how far it is done."""

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass

from minamo.access.api import Actor
from minamo.policy.clauses import chapter_of, model
from minamo.policy.models import Issue
from minamo.policy.queries.acknowledged import Standing, standing, terms_of
from minamo.policy.queries.difference import between
from minamo.policy.queries.texts import text_in
from minamo.policy.rules.reading import Held, due, parts
from minamo.policy.rules.words import Piece

MOST_REASONS = 3


@dataclass(frozen=True)
class Part:
    """一つの部: its clauses, and those of them still to be read."""

    numbers: tuple[str, ...]
    left: tuple[str, ...]

    @property
    def title(self) -> str:
        """Its chapters."""
        chapters = dict.fromkeys(chapter_of(number) for number in self.numbers)
        return "、".join(model().chapters[c].title if c in model().chapters else f"{c} 町の定め" for c in chapters)

    @property
    def reach(self) -> str:
        """「2.3.1〜2.3.5」"""
        return self.numbers[0] if len(self.numbers) == 1 else f"{self.numbers[0]}〜{self.numbers[-1]}"


@dataclass(frozen=True)
class Course:
    """道のり: all parts of what concerns the person under this issue, in order; until which day; what stands read."""

    parts: tuple[Part, ...]
    due: dt.date | None
    standing: Standing

    @property
    def left(self) -> int:
        """How many clauses are still to be read."""
        return sum(len(part.left) for part in self.parts)

    @property
    def total(self) -> int:
        """How many it were at the beginning."""
        return sum(len(part.numbers) for part in self.parts)

    @property
    def waiting(self) -> list[Part]:
        """Parts with something left; the first is the one to read now."""
        return [part for part in self.parts if part.left]

    @property
    def place(self) -> int:
        """The number of the part to read now."""
        return next((place for place, part in enumerate(self.parts, 1) if part.left), len(self.parts))


def course(actor: Actor, issue: Issue, how_far: Standing | None = None) -> Course:
    """What I read, in parts; the same parts from the first to the last. Two queries at most (none with `how_far` at hand), one more
    for whoever's post has begun since the issue came in force."""
    how_far = how_far or standing(actor, issue)
    left = set(how_far.left)
    found = [Part(tuple(part), tuple(n for n in part if n in left)) for part in parts([*left, *how_far.here])]
    return Course(tuple(found), _until(actor, issue, how_far) if left else None, how_far)


def _until(actor: Actor, issue: Issue, how_far: Standing) -> dt.date | None:
    here = [post for post in actor.posts if str(post["municipality"]) == str(issue.municipality_id)]
    held = [Held(post["post"], dt.date.fromisoformat(post["begins"])) for post in here]
    terms = terms_of({actor.account_id: held}, actor.today, {actor.account_id: how_far}, issue)
    return due(how_far.owed, terms[actor.account_id], how_far.by, issue.acknowledge_by)


def reasons(issue: Issue, way: Course) -> list[Issue]:
    """改正理由 of the editions that changed what is left since it was read, the newest first; none for clauses that are new to the
    person, for whom nothing has changed. One query at most."""
    if not way.standing.before:
        return []
    rows = Issue.objects.filter(
        municipality=issue.municipality_id, activated_at__isnull=False, number__gt=way.standing.before,
        changed__has_any_keys=list(way.standing.left),
    )  # fmt: skip
    return list(rows.exclude(note="").only("number", "title", "note").order_by("-number")[:MOST_REASONS])


def differences(issue: Issue, way: Course, numbers: Collection[str]) -> dict[str, tuple[Piece, ...]]:
    """何が変わったか: of these clauses, what reads otherwise than in the newest edition under which some of what is left was read; none for
    clauses that are new to the person. One query at most."""
    if not way.standing.before:
        return {}
    former = Issue.objects.get(municipality=issue.municipality_id, number=way.standing.before)
    old = text_in(former)
    changed = between(old, text_in(issue)).clauses
    return {one.number: one.pieces for one in changed if one.number in numbers and one.number in old.words}
