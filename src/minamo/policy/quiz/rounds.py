"""問いの回 (rounds): the first asks some questions about a part; each further one asks about what was answered wrong in the one before.

Nothing is asked with its answer just shown: another scenario of the same rule takes its place, else another question of the same
clause, else another of the part, else whether a sentence stands in the clause. Only where all this has been asked the same one
comes again, and then on a page of its own.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace

from minamo.policy.quiz.choosing import Person, of_another, pool, question, questions, rests_on, shuffled
from minamo.policy.quiz.ground import Ground, Question
from minamo.policy.quiz.sayings import spare


@dataclass(frozen=True)
class Round:
    """一回: the keys of what was asked and of what was answered wrong."""

    asked: tuple[str, ...]
    wrong: tuple[str, ...]


def asked_next(person: Person, ground: Ground, rounds: Sequence[Round]) -> list[Question]:
    """The questions of the next round; none when the last one left nothing wrong."""
    if not rounds:
        return questions(person, ground)
    seen = {key for each in rounds for key in each.asked}
    found: list[str] = []
    for key in rounds[-1].wrong:
        other = _another(key, person, ground, {*seen, *found})
        found += [other] if other else []
    return [question(key, ground) for key in found]


def right_at_first(rounds: Sequence[Round]) -> int:
    """How many answers of the first round were right."""
    return len(rounds[0].asked) - len(rounds[0].wrong) if rounds else 0


def spoken(keys: Collection[str], ground: Ground) -> Iterator[Question]:
    """The questions of keys in words, without those that are none any more (their clause has lost the words they rested on)."""
    for key in keys:
        try:
            yield question(key, ground)
        except (KeyError, IndexError, ValueError):
            continue


def _another(key: str, person: Person, ground: Ground, seen: set[str]) -> str:
    """What is asked instead of a question that was answered wrong; the question itself where a part has no other."""
    said = {one.text for one in spoken(seen, ground)}
    reseeded = replace(person, seed=f"{person.seed} {len(seen)}")
    pools = [other for number in person.numbers for other in pool(number, reseeded, ground)]
    others = [other for other in pools if other not in seen and question(other, ground).text not in said]
    if others:
        return min(others, key=lambda other: (*_distance(key, other, ground), of_another(other, person)))
    if not any(spoken([key], ground)):
        return ""
    about = min(rests_on(key, ground) & set(person.numbers), default=person.numbers[0])
    left = [other for other in spare(about, person.numbers, ground) if other not in seen]
    return next(iter(shuffled([one for one in left if question(one, ground).text not in said], reseeded.seed)), key)


def _distance(key: str, other: str, ground: Ground) -> tuple[bool, ...]:
    """How far a question is from another: of the same deed under the same rule, under the same rule, about the same clause."""
    if not any(spoken([key], ground)):
        return ()
    same = rests_on(key, ground) == rests_on(other, ground)
    return not (same and key.split("|")[:2] == other.split("|")[:2]), not same, key.split("|")[0] != other.split("|")[0]
