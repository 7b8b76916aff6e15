"""問いと、答えた回: what somebody is asked about a part now, and what has been answered about it so far."""

from collections.abc import Sequence
from dataclasses import dataclass

from minamo.access.api import Actor
from minamo.policy.models import Issue, QuizRound
from minamo.policy.queries.acknowledged import Standing, standing
from minamo.policy.quiz.choosing import Person
from minamo.policy.quiz.ground import Ground, Question
from minamo.policy.quiz.rounds import Round, asked_next
from minamo.policy.quiz.scenarios import posts_of


@dataclass(frozen=True)
class Quiz:
    """問い of a part: what is asked now, and the rounds before."""

    asked: tuple[Question, ...]
    rounds: tuple[Round, ...]


def quiz_of(actor: Actor, issue: Issue, numbers: Sequence[str], how_far: Standing | None = None) -> Quiz:
    """What I am asked about these clauses: the same questions until I have answered them. One query, with `how_far` at hand."""
    known = frozenset((how_far or standing(actor, issue)).known).union(numbers)
    rows = QuizRound.objects.filter(issue=issue, account=actor.account_id, clauses=list(numbers))
    rounds = tuple(Round(tuple(row.asked), tuple(row.wrong)) for row in rows)
    person = Person(numbers, f"{issue.pk}{actor.account_id}", known, posts_of(actor))
    return Quiz(tuple(asked_next(person, Ground.of(issue), rounds)), rounds)
