"""変異を殺す (killing): which invariant notices which mutant; what nobody notices must be explained or have no effect.

A mutant that decides every request as before is proved to be the same policy and does not count. A survivor needs a line
in explained.toml with its reason; a line whose mutant is gone or is noticed by now is an error (stale).
"""

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import z3

from minamo.access.checks import compile_all
from minamo.access.compile import UnsupportedPolicy
from minamo.access.policyset import PolicyError
from minamo.access.proof.encode import applies
from minamo.access.proof.environment import Environment
from minamo.access.proof.invariant import Invariant
from minamo.access.proof.mutants import Mutant, mutants
from minamo.access.proof.prove import Prover, confirmed
from minamo.access.proof.witness import Witness, plainest, read, satisfiable, solver

EXPLAINED = Path(__file__).with_name("explained.toml")
Fate = Literal["killed", "explained", "survived", "same", "refused"]


@dataclass(frozen=True)
class Verdict:
    """What became of a mutant. `by` is the invariant that noticed it, or the reason it may live."""

    mutant: Mutant
    fate: Fate
    by: str = ""
    witness: Witness | None = None


def explanations() -> Mapping[str, str]:
    """Mutant id → reason, from explained.toml."""
    with EXPLAINED.open("rb") as file:
        return {name: str(reason) for name, reason in tomllib.load(file).get("explained", {}).items()}


def stale(verdicts: Sequence[Verdict], known: Mapping[str, str]) -> list[str]:
    """Explanations that explain nothing (any more)."""
    needed = {verdict.mutant.id for verdict in verdicts if verdict.fate == "explained"}
    return sorted(known.keys() - needed)


class Hunt:
    """All mutants of the prover's rules against the invariants."""

    def __init__(self, prover: Prover, invariants: Sequence[Invariant], known: Mapping[str, str]) -> None:
        self.prover = prover
        self.invariants = invariants
        self.known = known
        self._solvers: dict[tuple[str, str], z3.Solver] = {}
        self._claims: dict[tuple[str, str], list[tuple[Invariant, bool, Any]]] = {}

    def verdicts(self) -> Iterator[Verdict]:
        """One verdict per mutant."""
        for mutant in mutants(self.prover.rules):
            yield self.verdict(mutant)

    def verdict(self, mutant: Mutant) -> Verdict:
        """Killed by the first invariant that some request breaks; every such request is asked again in Cedar."""
        first: tuple[Environment, Any] | None = None
        try:
            for env, opens, term in self._changed(mutant):
                first = first or (env, term)
                if (found := self._noticed(mutant, env, opens, term)) is not None:
                    return found
        except UnsupportedPolicy:
            return self._refused(mutant)
        if first is None:
            return Verdict(mutant, "same", "同じ意味")
        if mutant.id in self.known:
            return Verdict(mutant, "explained", self.known[mutant.id])
        env, term = first
        return Verdict(mutant, "survived", witness=plainest(env, [*self.prover.facts(env), term]))

    def _refused(self, mutant: Mutant) -> Verdict:
        """What cannot be encoded must not start either: the check of every start says so."""
        try:
            compile_all(mutant.applied(self.prover.rules))
        except PolicyError:
            return Verdict(mutant, "refused", "起動時の検査で止まる")
        return Verdict(mutant, "survived")

    def _touched(self, mutant: Mutant) -> list[Environment]:
        scopes = [mutant.original.template.action] + ([mutant.rule.template.action] if mutant.rule else [])
        return [e for e in self.prover.environments.values() if any(applies(scope, e.action) for scope in scopes)]

    def _changed(self, mutant: Mutant) -> Iterator[tuple[Environment, bool, Any]]:
        """What the mutant opens (True) and closes (False), one environment after another, as formulas; nothing where it is
        the same. Raises UnsupportedPolicy."""
        for env in self._touched(mutant):
            before = self.prover.allow(env)
            after = self.prover.encoder.verdict(mutant.among(self.prover.rules.rules), env)
            if after.eq(before):
                continue
            for opens, term in ((True, z3.And(after, z3.Not(before))), (False, z3.And(before, z3.Not(after)))):
                if self._possible(env, term):
                    yield env, opens, term

    def _possible(self, env: Environment, *terms: Any) -> z3.ModelRef | None:
        """A request of the environment that fulfils the terms, None when there is none."""
        if env.key not in self._solvers:
            self._solvers[env.key] = solver(*self.prover.facts(env))
        asked = self._solvers[env.key]
        asked.push()
        asked.add(*terms)
        model = asked.model() if satisfiable(asked) else None
        asked.pop()
        return model

    def _noticed(self, mutant: Mutant, env: Environment, opens: bool, difference: Any) -> Verdict | None:
        """A wall notices what opens, a duty what closes. The base keeps every invariant, so a request that breaks one
        under the mutant is decided differently: it is enough to look there."""
        for invariant, allowed, condition in self._claims_of(env):
            if allowed != opens:
                continue
            model = self._possible(env, difference, condition)
            if model is not None:
                witness = confirmed(read(env, model), mutant.applied(self.prover.rules), allowed)
                return Verdict(mutant, "killed", invariant.id, witness)
        return None

    def _claims_of(self, env: Environment) -> list[tuple[Invariant, bool, Any]]:
        """The invariants about an environment, those about fewest actions first."""
        if env.key not in self._claims:
            about = [i for i in self.invariants if i.about(env.action.name, env.action.groups)]
            about.sort(key=lambda invariant: len(self.prover.where(invariant)))
            self._claims[env.key] = [(i, *self.prover.against(i, env)) for i in about]
        return self._claims[env.key]
