"""問いを選ぶ: some questions about the clauses to be read, the same ones each time the page is asked for.

Somebody is asked only what can be answered from clauses she has read or reads now (`known`): every clause that the answer rests on is
among them.
"""

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice

from minamo.policy.quiz import sayings, scenarios
from minamo.policy.quiz.ground import Answer, Ground, Question

QUESTIONS = 3
LOOKED_AT = 24  # questions of a clause among which one with the wanted answer is looked for
EXAMINED = 160  # scenarios of a clause the engine is asked about, to find these


@dataclass(frozen=True)
class Person:
    """だれに何をたずねるか: the clauses that are read now, what makes the choice hers, all clauses that are known with them (None for
    somebody who has read everything), and her posts as the scenarios name them: she is asked about herself before others."""

    numbers: Sequence[str]
    seed: str
    known: frozenset[str] | None = None
    posts: frozenset[str] = frozenset()


def questions(person: Person, ground: Ground) -> list[Question]:
    """Up to QUESTIONS about the clauses, of different clauses if they can be, first what the town itself decides, then what the
    person's own posts may; both answers appear if they can. The same seed gives the same ones."""
    order = sorted(shuffled(person.numbers, person.seed), key=lambda number: not _towns_own(number, ground))
    pools = list(islice(filter(None, (pool(number, person, ground) for number in order)), QUESTIONS))
    picked: list[str] = []
    while len(picked) < QUESTIONS and any(pools):
        for found in pools:
            if found and len(picked) < QUESTIONS:
                picked.append(_next(found, person, ground, picked))
                said = {question(key, ground).text for key in picked}
                found[:] = [key for key in found if question(key, ground).text not in said]
    return [question(key, ground) for key in sorted(picked)]


def question(key: str, ground: Ground) -> Question:
    """A question in words. Raises KeyError or ValueError for a key that is none."""
    return sayings.question(key, ground) if sayings.is_one(key) else scenarios.question(key, ground)


def answer(key: str, ground: Ground) -> Answer:
    """What is right, and why. Raises KeyError or ValueError for a key that is none."""
    return sayings.answer(key, ground) if sayings.is_one(key) else scenarios.answer(key, ground)


def rests_on(key: str, ground: Ground) -> frozenset[str]:
    """Numbers of the clauses one has to know to answer. Raises KeyError or ValueError for a key that is none."""
    return frozenset({key.split("|")[1]}) if sayings.is_one(key) else scenarios.rests_on(key, ground)


def wrong(answers: Mapping[str, bool], ground: Ground) -> list[str]:
    """Which of somebody's answers are not right."""
    return [key for key, believed in answers.items() if answer(key, ground).yes != believed]


def pool(number: str, person: Person, ground: Ground) -> list[str]:
    """Questions about a clause that can be answered from what is known: those that the town itself may decide first, then those about
    the person's own posts."""
    found = shuffled((*_scenarios(number, ground, person.known), *sayings.sayings(number, ground)), person.seed)
    ordered = sorted(found, key=lambda key: not _town_first(key, ground))
    own, others = ([key for key in ordered if of_another(key, person) is so] for so in (False, True))
    # Not only her own: all their answers might be the same.
    first = list(islice(_answerable(own, ground, person.known), LOOKED_AT // 2))
    return first + list(islice(_answerable(others, ground, person.known), LOOKED_AT - len(first)))


def of_another(key: str, person: Person) -> bool:
    """Whether a question is about somebody with a post that the person does not hold."""
    return not sayings.is_one(key) and scenarios.role_of(key) not in person.posts


def _scenarios(number: str, ground: Ground, known: frozenset[str] | None) -> Iterator[str]:
    found = scenarios.scenarios(number, ground)
    return found if known is None else (key for key in found if scenarios.may_rest_on(key, ground, known))


def _answerable(keys: Iterable[str], ground: Ground, known: frozenset[str] | None) -> Iterator[str]:
    asked = 0
    for key in keys:
        if known is None or sayings.is_one(key):
            yield key
        elif asked < EXAMINED:
            asked += 1
            if scenarios.rests_on(key, ground) <= known:
                yield key


def _towns_own(number: str, ground: Ground) -> bool:
    """Whether anything about a clause may be decided by the town itself."""
    return _may_be_decided(number, ground.overlay, ground.numbers) or any(
        sayings.of_the_town(key) for key in sayings.sayings(number, ground)
    )


@lru_cache(maxsize=4096)
def _may_be_decided(number: str, overlay: str, numbers: tuple[tuple[str, int], ...]) -> bool:
    """The same of its scenarios: some hundred each, and the answer stands as long as overlay and numbers do."""
    ground = Ground({}, dict(numbers), overlay)
    return any(scenarios.perhaps_of_the_town(key, ground) for key in scenarios.scenarios(number, ground))


def _town_first(key: str, ground: Ground) -> bool:
    return sayings.of_the_town(key) if sayings.is_one(key) else scenarios.perhaps_of_the_town(key, ground)


def _next(found: list[str], person: Person, ground: Ground, picked: Sequence[str]) -> str:
    """The next of a pool: of what the town decides, else of what it may decide, one whose answer is seldom among those picked, about
    herself if there is one. A refusal by a rule is asked about before one for want of any permission: else the questions about a new
    number ask who may, and not when."""
    towns = [key for key in found if not sayings.is_one(key) and scenarios.of_the_town(key, ground)]
    first = towns or [key for key in found if _town_first(key, ground)] or found
    opened = sum(answer(key, ground).yes for key in picked)
    wanted = opened * 2 <= len(picked)
    fitting = [key for key in first if answer(key, ground).yes == wanted] or first
    return min(
        fitting,
        key=lambda key: (of_another(key, person), not (sayings.is_one(key) or scenarios.by_a_rule(key, ground))),
    )


def shuffled(keys: Iterable[str], seed: str) -> list[str]:
    """In an order that only the seed decides."""
    return sorted(keys, key=lambda key: hashlib.sha256(f"{seed} {key}".encode()).hexdigest())
