"""問いを選ぶ: some questions about the clauses to be read, the same ones each time the page is asked for."""

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice

from minamo.policy.quiz import sayings, scenarios
from minamo.policy.quiz.ground import Answer, Ground, Question

QUESTIONS = 3
LOOKED_AT = 24  # scenarios of a clause the engine is asked about to find one with the wanted answer


def questions(numbers: Sequence[str], ground: Ground, seed: str) -> list[Question]:
    """Up to QUESTIONS about the clauses, of different clauses if they can be, first what the town itself decides; both
    answers appear if they can. The same seed gives the same ones."""
    order = sorted(_shuffled(numbers, seed), key=lambda number: not _towns_own(number, ground))
    pools = list(islice(filter(None, (list(_pool(number, ground, seed)) for number in order)), QUESTIONS))
    picked: list[str] = []
    while len(picked) < QUESTIONS and any(pools):
        for pool in pools:
            if pool and len(picked) < QUESTIONS:
                picked.append(_next(pool, ground, picked))
                said = {question(key, ground).text for key in picked}
                pool[:] = [key for key in pool if question(key, ground).text not in said]
    return [question(key, ground) for key in sorted(picked)]


def question(key: str, ground: Ground) -> Question:
    """A question in words. Raises KeyError or ValueError for a key that is none."""
    return sayings.question(key, ground) if sayings.is_one(key) else scenarios.question(key, ground)


def answer(key: str, ground: Ground) -> Answer:
    """What is right, and why. Raises KeyError or ValueError for a key that is none."""
    return sayings.answer(key, ground) if sayings.is_one(key) else scenarios.answer(key, ground)


def right(answers: Mapping[str, bool], ground: Ground) -> int:
    """How many of somebody's answers are right."""
    return sum(answer(key, ground).yes == believed for key, believed in answers.items())


def _pool(number: str, ground: Ground, seed: str) -> Iterator[str]:
    """Questions about a clause, those that the town itself may decide first."""
    found = _shuffled((*scenarios.scenarios(number, ground), *sayings.sayings(number, ground)), seed)
    yield from sorted(found, key=lambda key: not _town_first(key, ground))


def _towns_own(number: str, ground: Ground) -> bool:
    """Whether anything about a clause may be decided by the town itself."""
    found = (*scenarios.scenarios(number, ground), *sayings.sayings(number, ground))
    return any(_town_first(key, ground) for key in found)


def _town_first(key: str, ground: Ground) -> bool:
    return sayings.of_the_town(key) if sayings.is_one(key) else scenarios.perhaps_of_the_town(key, ground)


def _next(pool: list[str], ground: Ground, picked: Sequence[str]) -> str:
    """The next of a pool: what the town decides, else one whose answer is seldom among those picked."""
    towns = next(
        (key for key in pool[:LOOKED_AT] if not sayings.is_one(key) and scenarios.of_the_town(key, ground)), None
    )
    if towns is not None:
        return towns
    opened = sum(answer(key, ground).yes for key in picked)
    wanted = opened * 2 <= len(picked)
    found = [key for key in pool if _town_first(key, ground)] or pool
    return next((key for key in found[:LOOKED_AT] if answer(key, ground).yes == wanted), found[0])


def _shuffled(keys: Iterable[str], seed: str) -> list[str]:
    """In an order that only the seed decides."""
    return sorted(keys, key=lambda key: hashlib.sha256(f"{seed} {key}".encode()).hexdigest())
