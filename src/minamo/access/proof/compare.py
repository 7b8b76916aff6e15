"""比べる (comparison): two versions of the rules in one formula per environment. Used through revision.py.

For each environment, direction and closing rule that differs, everybody who can be touched is found: first each post and relation
alone (exactly it: one may change and another not), then, as long as the solver finds any other, smallest combinations of
them. What is found is excluded and the solver asked again until there is no more, or `MOST` combinations were found; then
the action is named in `cut`, and nobody may say that the list is complete.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import z3

from minamo.access.limits import DEFAULTS
from minamo.access.policyset import PolicyError, Rule
from minamo.access.proof.encode import encoder_of
from minamo.access.proof.environment import Environment
from minamo.access.proof.holders import Holders, Holding
from minamo.access.proof.invariant import Words, collected
from minamo.access.proof.prove import confirmed
from minamo.access.proof.request import KINDS, Request, facts
from minamo.access.proof.sentences import circumstances_in_words, person_in_words, request_in_words
from minamo.access.proof.versions import Change, Version
from minamo.access.proof.witness import Witness, plainest_of, satisfiable, solver

MOST = 12


@dataclass(frozen=True)
class Found:
    """One kind of account and what it holds, with what alone is not touched."""

    kind: str
    holding: Holding
    spared: Holding


class Comparison:
    """Two versions side by side (PolicyError when their schemas differ)."""

    def __init__(self, old: Version, new: Version) -> None:
        if old.rules.schema_text != new.rules.schema_text:
            raise PolicyError("two versions of the schema cannot be compared")
        self.old, self.new = old, new
        self.encoder = encoder_of(old.rules.schema_text)
        self.words: Words = collected()[1]
        self.cut: set[str] = set()

    def changes(self, *, gains_only: bool = False) -> Iterator[Change]:
        """Every difference: one for each action, closing rule and holding. `cut` is complete when it has ended."""
        for env in self.encoder.environments.values():
            if self._alike(env):
                continue
            before, after = self._allow(self.old, env), self._allow(self.new, env)
            if before.eq(after):
                continue  # one formula: no request is decided differently
            yield from self._differences(env, before, after, gained=True)
            if not gains_only:
                yield from self._differences(env, after, before, gained=False)

    def _alike(self, env: Environment) -> bool:
        """Whether the same rules decide here in both versions and read no number that differs: then there is but one formula, which
        need not be written."""
        before, after = (version.rules.for_action(env.action.name).rules for version in (self.old, self.new))
        names = {*self.old.limits, *self.new.limits}
        moved = [f"'{name}'" for name in names if self.old.limits.get(name) != self.new.limits.get(name)]
        return [rule.written for rule in before] == [rule.written for rule in after] and not any(
            name in rule.written for rule in after for name in moved
        )

    def _allow(self, version: Version, env: Environment) -> Any:
        return _under(version, env, self.encoder.allow(version.rules, env))

    def _differences(self, env: Environment, closed: Any, opened: Any, *, gained: bool) -> Iterator[Change]:
        """Requests refused where `closed` and allowed where `opened`, by closing rule and holder."""
        asked = solver(*_facts(env), z3.Not(closed), opened)
        if not satisfiable(asked):
            return
        holders = Holders(env)
        if satisfiable(asked, *holders.ties()):
            asked.add(*holders.ties())
        for closing, reason in self._reasons(env, gained=gained):
            asked.push()
            asked.add(reason)
            if satisfiable(asked):
                for found, witness in self._touched(env, holders, asked):
                    yield self._change(env, found, closing, witness, gained=gained)
            asked.pop()

    def _reasons(self, env: Environment, *, gained: bool) -> list[tuple[Rule | None, Any]]:
        """One of the closing rules that differ refuses; or none of them does (the opening rules differ)."""
        closes, opens = (self.old, self.new) if gained else (self.new, self.old)
        known = {rule.id: rule for rule in opens.rules.for_action(env.action.name).forbids}
        terms: list[tuple[Rule | None, Any]] = []
        for rule in closes.rules.for_action(env.action.name).forbids:
            term = _under(closes, env, self.encoder.rule(rule, env))
            same = rule.id in known and _under(opens, env, self.encoder.rule(known[rule.id], env)).eq(term)
            if not same:
                terms.append((rule, term))
        return [*terms, (None, z3.Not(z3.Or([term for _, term in terms])))]

    def _touched(self, env: Environment, holders: Holders, asked: z3.Solver) -> Iterator[tuple[Found, Witness]]:
        """Everybody who can be among the requests that answer `asked`."""
        request = Request(env)
        kinds = {**{kind: request.kind(kind) for kind in KINDS}, "": request.no(request.kind(*KINDS))}
        for kind, term in kinds.items():
            asked.push()
            asked.add(term)
            touched = self._holdings(env, holders, asked, kind) if satisfiable(asked) else []
            alone = frozenset().union(*(holding for holding in holders.single(kind)))
            spared = alone.difference(*(holding for holding, _ in touched if len(holding) == 1))
            for holding, exact in touched:
                asked.push()
                asked.add(exact)
                yield Found(kind, holding, spared), plainest_of(env, asked)
                asked.pop()
            asked.pop()

    def _holdings(self, env: Environment, holders: Holders, asked: z3.Solver, kind: str) -> list[tuple[Holding, Any]]:
        """Each holding alone that is touched, then smallest combinations of what is not touched alone; with their terms. A member
        of the staff without a post says nothing about those with one: an overlay may spare them."""
        single = [(holding, holders.exactly(holding)) for holding in holders.single(kind)]
        found = [(holding, exact) for holding, exact in single if satisfiable(asked, exact)]
        asked.push()
        asked.add(*(z3.Not(exact) for _, exact in single))
        asked.add(*(z3.Not(holders.contains(holding)) for holding, _ in found if holding or kind != "staff"))
        joined: list[tuple[Holding, Any]] = []
        while satisfiable(asked):
            if len(joined) == MOST:
                self.cut.add(env.action.name)
                break
            holding, exact = holders.least(asked)
            joined.append((holding, exact))
            asked.add(z3.Not(holders.contains(holding)))
        asked.pop()
        return [*found, *joined]

    def _change(
        self, env: Environment, found: Found, closing: Rule | None, witness: Witness, *, gained: bool
    ) -> Change:
        opens, closes = (self.new, self.old) if gained else (self.old, self.new)
        opening = confirmed(witness, opens.rules, True, opens.limits).replay(opens.rules, opens.limits).rules
        confirmed(witness, closes.rules, False, closes.limits)
        reasons = witness.replay(closes.rules, closes.limits).rules
        return Change(
            action=env.action.name, resource=env.resource, gained=gained, kind=found.kind, holding=found.holding,
            spared=found.spared, closing=closing, rule=opens.rules.rule(opening[0]), by=tuple(closes.rules.rule(name) for name in reasons), who=person_in_words(witness),
            what=request_in_words(witness, self.words), when=circumstances_in_words(witness), witness=witness,
        )  # fmt: skip


def _under(version: Version, env: Environment, term: Any) -> Any:
    """The term with the version's numbers in place of the symbols."""
    numbers = [(env.at(f"context.limits.{name}").term, z3.IntVal(value)) for name, value in version.limits.items()]
    return z3.substitute(term, *numbers)


def _facts(env: Environment) -> list[Any]:
    """The facts; the symbols of the limits stay free (each side has its own numbers) and are read as defaults."""
    return facts(env, DEFAULTS)
