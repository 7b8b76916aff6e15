"""規程の一つの姿 (text): what an edition, a draft or the model policy says, in the one form in which all of them are compared.

What somebody reads of a clause is its title, its text with the numbers filled in, and what the town's overlay closes there. Two texts
differ where one of these does; whoever has read the words has read all three.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from minamo.policy.rules.closings import closings
from minamo.policy.rules.layers import ClauseText, filled, order

Words = tuple[str, ...]  # title, text with its numbers, and the notes


@dataclass(frozen=True)
class Text:
    """規程の一つの姿: clauses, all numbers, overlay; `number` is that of the edition, 0 for what is none."""

    number: int
    clauses: Mapping[str, ClauseText]
    limits: Mapping[str, int]
    overlay: str = ""

    @cached_property
    def notes(self) -> Mapping[str, tuple[str, ...]]:
        """What the overlay closes, beside the clauses it stands at."""
        found: dict[str, tuple[str, ...]] = {}
        for closing in closings(self.overlay):
            found[closing.number] = (*found.get(closing.number, ()), closing.note)
        return found

    @cached_property
    def words(self) -> Mapping[str, Words]:
        """Each clause as it is read."""
        return {
            n: (str(clause["title"]), filled(str(clause["text"]), self.limits), *self.notes.get(n, ()))
            for n, clause in self.clauses.items()
        }

    @cached_property
    def who(self) -> Mapping[str, frozenset[str]]:
        """For whom each clause is."""
        return {n: frozenset(clause.get("who", ("全員",))) for n, clause in self.clauses.items()}

    def said(self, number: str) -> str:
        """The words of a clause under its title, a note on a line of its own; empty where there is no such clause."""
        return "\n".join(self.words.get(number, ())[1:])


def differing(old: Text, new: Text) -> list[str]:
    """Numbers of clauses that read differently, in order: other words, another number or note in them, new or gone."""
    return sorted((n for n in {*old.words, *new.words} if old.words.get(n) != new.words.get(n)), key=order)
