"""読む道のり: what somebody has to read for the issue in force, in short parts, and how far it is done."""

import datetime as dt
from dataclasses import dataclass

from minamo.access.api import Actor
from minamo.policy.clauses import chapter_of, model
from minamo.policy.models import Issue
from minamo.policy.queries.acknowledged import standing
from minamo.policy.rules.reading import due, parts


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
    """道のり: all parts of what concerns the person under this issue, in order; until which day."""

    parts: tuple[Part, ...]
    due: dt.date | None

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


def course(actor: Actor, issue: Issue) -> Course:
    """What I read, in parts; the same parts from the first to the last. Two queries at most."""
    how_far = standing(actor, issue)
    left = set(how_far.left)
    found = [Part(tuple(part), tuple(n for n in part if n in left)) for part in parts([*left, *how_far.here])]
    return Course(tuple(found), _until(actor, issue) if left else None)


def _until(actor: Actor, issue: Issue) -> dt.date | None:
    here = [post for post in actor.posts if str(post["municipality"]) == str(issue.municipality_id)]
    return due(issue.acknowledge_by, (dt.date.fromisoformat(post["begins"]) for post in here))
