"""つながり (links): clause ↔ rules of the engine ↔ invariants ↔ tests. Rules and invariants name their clause themselves, and which
of them belong together follows from the actions both speak about; here they are only found again, so that nothing is written down
twice. That every rule really holds up an invariant of its clause is proved (tests/test_links.py)."""

import ast
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from django.conf import settings

from minamo.access.api import LIMITS, collected, policies
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
class InvariantLink:
    """不変条件: what is proved of every possible request (`bin/minamo policy prove`), and the rules of its clause that hold it up. A wall
    says who else may not, a duty who must be able to."""

    id: str
    clause: str
    wall: bool
    sentence: str
    rules: tuple[str, ...]


@dataclass(frozen=True)
class Links:
    """Everything a clause hangs together with. `invariants` and `tests` are its own and those of the clauses it goes through."""

    rules: tuple[RuleLink, ...]
    limits: tuple[str, ...]
    through: tuple[Clause, ...]
    invariants: tuple[InvariantLink, ...]
    tests: tuple[str, ...]
    unproved: str = ""

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


@lru_cache(maxsize=1)
def invariants_by_clause() -> Mapping[str, tuple[InvariantLink, ...]]:
    """All invariants of the house by the clause they name."""
    house, found = policies(), dict[str, list[InvariantLink]]()
    actions = {action: {rule.id for rule in house.for_action(action).rules} for action in house.actions}
    for one in collected()[0]:
        about = {rule for action, rules in actions.items() if one.about(action, house.groups(action)) for rule in rules}
        own = tuple(rule.id for rule in rules_by_clause().get(one.clause, ()) if rule.id in about)
        link = InvariantLink(one.id, one.clause, one.kind == "wall", one.sentence, own)
        found.setdefault(one.clause, []).append(link)
    return {number: tuple(links) for number, links in found.items()}


def rule_clauses(number: str) -> tuple[str, ...]:
    """The clause and those it goes through, as far as rules stand under them."""
    clause = model().clauses.get(number)
    return tuple(n for n in (number, *(clause.through if clause else ())) if n in rules_by_clause())


def rule_ids(number: str) -> tuple[str, ...]:
    """Ids of the rules under a clause, those of the clauses it goes through included."""
    return tuple(dict.fromkeys(rule.id for n in rule_clauses(number) for rule in rules_by_clause()[n]))


def links_of(number: str) -> Links:
    """The links of a clause; a clause of a town's own has none and is kept by people."""
    clause = model().clauses.get(number)
    limits = tuple(name for name, limit in LIMITS.items() if number_of(limit.clause) == number)
    rules = rules_by_clause().get(number, ())
    if clause is None:
        return Links(rules, limits, (), (), ())
    through = tuple(model().clauses[n] for n in clause.through)
    every = (clause, *through)
    invariants = tuple(link for one in every for link in invariants_by_clause().get(one.number, ()))
    tests = tuple(dict.fromkeys(test for one in every for test in one.tests))
    unproved = "" if invariants else next((one.unproved for one in every if one.unproved), "")
    return Links(rules, limits, through, invariants, tests, unproved)


def file_of(link: str) -> tuple[str, str]:
    """access/test_x::test_y → (path from the root of the project, name of the test)."""
    place, _, name = link.partition("::")
    if place.startswith(("tests/", "src/")):
        return f"{place}.py", name
    room, _, rest = place.partition("/")
    return f"src/minamo/{room}/tests/{rest}.py", name


def is_there(link: str) -> bool:
    """Whether the test a clause names is one that is collected (by its definition, without running it)."""
    path, name = file_of(link)
    file = settings.PROJECT_ROOT / path
    return file.exists() and name in _tests_of(file)


@lru_cache
def _tests_of(file: Path) -> frozenset[str]:
    """Names of the tests of a file: its functions and those of its test classes."""
    found = set()
    for node in ast.parse(file.read_text(encoding="utf-8")).body:
        inside = node.body if isinstance(node, ast.ClassDef) and node.name.startswith("Test") else [node]
        found |= {each.name for each in inside if isinstance(each, ast.FunctionDef) and each.name.startswith("test_")}
    return frozenset(found)
