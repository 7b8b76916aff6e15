"""比べる (comparison): two versions of the rules in one formula per environment. Used through revision.py."""

from collections.abc import Iterator
from typing import Any

import z3

from minamo.access.limits import DEFAULTS
from minamo.access.policyset import PolicyError, Rule
from minamo.access.proof.encode import Encoder
from minamo.access.proof.environment import Environment
from minamo.access.proof.invariant import Words, collected
from minamo.access.proof.prove import confirmed
from minamo.access.proof.request import facts
from minamo.access.proof.sentences import circumstances_in_words, person_in_words, request_in_words
from minamo.access.proof.versions import Change, Version
from minamo.access.proof.witness import Witness, plainest, satisfiable, solver


class Comparison:
    """Two versions side by side (PolicyError when their schemas differ)."""

    def __init__(self, old: Version, new: Version) -> None:
        if old.rules.schema_text != new.rules.schema_text:
            raise PolicyError("two versions of the schema cannot be compared")
        self.old, self.new = old, new
        self.encoder = Encoder(old.rules.schema_text)
        self.words: Words = collected()[1]

    def changes(self, *, gains_only: bool = False) -> Iterator[Change]:
        """Every difference, one for each action and opening rule."""
        for env in self.encoder.environments.values():
            before, after = self._allow(self.old, env), self._allow(self.new, env)
            yield from self._differences(env, before, after, gained=True)
            if not gains_only:
                yield from self._differences(env, after, before, gained=False)

    def _allow(self, version: Version, env: Environment) -> Any:
        return _under(version, env, self.encoder.allow(version.rules, env))

    def _differences(self, env: Environment, closed: Any, opened: Any, *, gained: bool) -> Iterator[Change]:
        """Requests refused where `closed` and allowed where `opened`, by opening rule."""
        terms = [*_facts(env), z3.Not(closed), opened]
        if not satisfiable(solver(*terms)):
            return
        version = self.new if gained else self.old
        for rule in version.rules.for_action(env.action.name).permits:
            applies = _under(version, env, self.encoder.rule(rule, env))
            witness = plainest(env, [*terms, applies])
            if witness is not None:
                yield self._change(env, rule, witness, gained=gained)

    def _change(self, env: Environment, rule: Rule, witness: Witness, *, gained: bool) -> Change:
        opens, closes = (self.new, self.old) if gained else (self.old, self.new)
        confirmed(witness, opens.rules, True, opens.limits)
        confirmed(witness, closes.rules, False, closes.limits)
        reasons = witness.replay(closes.rules, closes.limits).rules
        return Change(
            action=env.action.name, gained=gained, rule=rule, by=tuple(closes.rules.rule(name) for name in reasons),
            who=person_in_words(witness), what=request_in_words(witness, self.words),
            when=circumstances_in_words(witness), witness=witness,
        )  # fmt: skip


def _under(version: Version, env: Environment, term: Any) -> Any:
    """The term with the version's numbers in place of the symbols."""
    numbers = [(env.at(f"context.limits.{name}").term, z3.IntVal(value)) for name, value in version.limits.items()]
    return z3.substitute(term, *numbers)


def _facts(env: Environment) -> list[Any]:
    """The facts; the symbols of the limits stay free (each side has its own numbers) and are read as defaults."""
    return facts(env, DEFAULTS)
