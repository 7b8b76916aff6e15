"""いまの規程: what questions and their answers come from: the text, the numbers and the overlay in force in a town. The county's
part is in them, as a town's issue lies on it."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from minamo.policy.models import Issue
from minamo.policy.queries.texts import limits_of
from minamo.policy.rules.layers import ClauseText


@dataclass(frozen=True)
class Ground:
    """いまの規程 of a town; `limits` are complete."""

    clauses: Mapping[str, ClauseText]
    limits: Mapping[str, int]
    overlay: str = ""

    @classmethod
    def of(cls, issue: Issue) -> "Ground":
        """What decisions are made by while the issue is in force."""
        return cls(issue.clauses, limits_of(issue.limits), issue.overlay)

    @cached_property
    def numbers(self) -> tuple[tuple[str, int], ...]:
        """The numbers as something a cache can be asked by."""
        return tuple(sorted(self.limits.items()))

    @property
    def overlays(self) -> tuple[str, ...]:
        """As an actor of the town carries them."""
        return (self.overlay,) if self.overlay.strip() else ()

    def named(self, number: str) -> str:
        """「6.5 名簿の書き出し」"""
        return f"{number} {self.clauses[number]['title']}" if number in self.clauses else number


@dataclass(frozen=True)
class Question:
    """問い with its two answers in words. `key` says which one it is; what is right is asked when it is needed."""

    key: str
    text: str
    yes: str = "できる"
    no: str = "できない"


@dataclass(frozen=True)
class Answer:
    """答え: yes or no, by which clause, and why in a sentence."""

    yes: bool
    clause: str
    sentence: str
