"""つながり (links): clause ↔ rules of the engine ↔ invariants ↔ tests. Rules and invariants name their clause themselves; here
they are only found again, so that nothing is written down twice."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from django.conf import settings

from minamo.access.api import LIMITS, policies
from minamo.policy.clauses import Clause, model

KEPT = {"rules": "仕組みの規則が守る", "code": "仕組みが守る（試験で確かめる）", "people": "人が守る条文"}


@dataclass(frozen=True)
class RuleLink:
    """A rule of the engine that enforces a clause."""

    id: str
    room: str
    opens: bool
    sentence: str


@dataclass(frozen=True)
class Links:
    """Everything a clause hangs together with."""

    rules: tuple[RuleLink, ...]
    limits: tuple[str, ...]
    through: tuple[Clause, ...]
    tests: tuple[str, ...]

    @property
    def kept(self) -> str:
        """rules, code or people: how the clause is kept in fact."""
        if self.rules:
            return "rules"
        return "code" if self.tests or self.through else "people"


def number_of(clause: str) -> str:
    """「4.1 自治体の壁」 → 4.1."""
    return clause.split(" ", 1)[0]


@lru_cache(maxsize=1)
def rules_by_clause() -> Mapping[str, tuple[RuleLink, ...]]:
    """All rules of the house by the clause they name."""
    found: dict[str, list[RuleLink]] = {}
    for rule in policies().rules:
        found.setdefault(number_of(rule.clause), []).append(RuleLink(rule.id, rule.room, rule.permits, rule.sentence))
    return {number: tuple(rules) for number, rules in found.items()}


def rule_ids(number: str) -> tuple[str, ...]:
    """Ids of the rules under a clause, those of the clauses it goes through included."""
    clause = model().clauses.get(number)
    numbers = [number, *(clause.through if clause else ())]
    return tuple(dict.fromkeys(rule.id for n in numbers for rule in rules_by_clause().get(n, ())))


def links_of(number: str) -> Links:
    """The links of a clause; a clause of a town's own has none and is kept by people."""
    clause = model().clauses.get(number)
    limits = tuple(name for name, limit in LIMITS.items() if number_of(limit.clause) == number)
    rules = rules_by_clause().get(number, ())
    if clause is None:
        return Links(rules, limits, (), ())
    return Links(rules, limits, tuple(model().clauses[n] for n in clause.through), clause.tests)


def file_of(link: str) -> tuple[str, str]:
    """access/test_x::test_y → (path from the root of the project, name of the test)."""
    place, _, name = link.partition("::")
    if place.startswith(("tests/", "src/")):
        return f"{place}.py", name
    room, _, rest = place.partition("/")
    return f"src/minamo/{room}/tests/{rest}.py", name


def is_there(link: str) -> bool:
    """Whether the test a clause names is there (by its definition, without running it)."""
    path, name = file_of(link)
    file = settings.PROJECT_ROOT / path
    return bool(name) and file.exists() and f"def {name}(" in file.read_text(encoding="utf-8")
