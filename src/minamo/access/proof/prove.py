"""証明する (prover): every invariant against the rules, for all inputs; every witness asked again in Cedar."""

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import z3

from minamo.access.policyset import Policies, Rule
from minamo.access.proof.encode import encoder_of
from minamo.access.proof.environment import Environment
from minamo.access.proof.invariant import Invariant
from minamo.access.proof.request import Request, facts
from minamo.access.proof.witness import ProofBroken, Witness, plainest, read, satisfiable, solver


@dataclass(frozen=True)
class Result:
    """One invariant: proved for `environments` kinds of request, or a witness against it. `ms` is CPU time."""

    invariant: Invariant
    environments: int
    ms: float
    witness: Witness | None = None

    @property
    def proved(self) -> bool:
        """Whether no request at all breaks it."""
        return self.witness is None


@dataclass(frozen=True)
class Life:
    """Whether a rule ever decides: a permit that opens something no other rule closes, a forbid that closes something
    that would be open. `witness` is such a request."""

    rule: Rule
    witness: Witness | None


class Prover:
    """The rules as formulas, once per environment. `limits` fixes the numbers of an edition; without them every
    permitted number is considered."""

    def __init__(self, rules: Policies, *, limits: Mapping[str, int] | None = None) -> None:
        self.rules = rules
        self.limits = limits
        self.encoder = encoder_of(rules.schema_text)
        self._facts: dict[tuple[str, str], list[Any]] = {}
        self._allow: dict[tuple[str, str], Any] = {}
        self._solvers: dict[tuple[tuple[str, str], bool], z3.Solver] = {}

    @property
    def environments(self) -> Mapping[tuple[str, str], Environment]:
        """Every action on every resource type it applies to."""
        return self.encoder.environments

    def facts(self, env: Environment) -> list[Any]:
        """前提 of the environment."""
        if env.key not in self._facts:
            self._facts[env.key] = facts(env, self.limits)
        return self._facts[env.key]

    def allow(self, env: Environment) -> Any:
        """When a request of the environment is allowed."""
        if env.key not in self._allow:
            self._allow[env.key] = self.encoder.allow(self.rules, env)
        return self._allow[env.key]

    def where(self, invariant: Invariant) -> list[Environment]:
        """The environments an invariant speaks about (ValueError when there are none: it would prove nothing)."""
        found = [e for e in self.environments.values() if invariant.about(e.action.name, e.action.groups)]
        if not found:
            raise ValueError(f"{invariant.id} speaks about no action")
        return found

    def against(self, invariant: Invariant, env: Environment) -> tuple[bool, Any]:
        """What would break the invariant here: (whether the request is allowed then, further condition)."""
        claim = invariant.claim(Request(env))
        if invariant.kind == "wall":
            return True, z3.Not(claim)
        return False, z3.And(Request(env).ordinary(), claim) if invariant.ordinary else claim

    def broken(self, invariant: Invariant, env: Environment) -> bool:
        """Whether some request of the environment breaks the invariant."""
        allowed, condition = self.against(invariant, env)
        asked = self._solver(env, allowed)
        asked.push()
        asked.add(condition)
        answer = satisfiable(asked)
        asked.pop()
        return answer

    def _solver(self, env: Environment, allowed: bool) -> z3.Solver:
        key = (env.key, allowed)
        if key not in self._solvers:
            term = self.allow(env) if allowed else z3.Not(self.allow(env))
            self._solvers[key] = solver(*self.facts(env), term)
        return self._solvers[key]

    def witness(self, invariant: Invariant, env: Environment) -> Witness:
        """The plainest request that breaks it, confirmed by Cedar (ProofBroken when Cedar says otherwise)."""
        allowed, condition = self.against(invariant, env)
        term = self.allow(env) if allowed else z3.Not(self.allow(env))
        found = plainest(env, [*self.facts(env), term, condition])
        assert found is not None
        return confirmed(found, self.rules, allowed)

    def check(self, invariant: Invariant) -> Result:
        """Prove one invariant, or find the plainest witness against it."""
        began = time.process_time()
        envs = self.where(invariant)
        found = next((self.witness(invariant, env) for env in envs if self.broken(invariant, env)), None)
        return Result(invariant, len(envs), (time.process_time() - began) * 1000, found)

    def lives(self) -> Iterator[Life]:
        """For each rule a request it decides alone against the closing (or opening) rules; None marks a dead rule."""
        for rule in self.rules.rules:
            yield Life(rule, self._life(rule))

    def _life(self, rule: Rule) -> Witness | None:
        others = self.rules.replaced(tuple(r for r in self.rules.rules if r.id != rule.id))
        for env in self.environments.values():
            applies = self.encoder.rule(rule, env)
            if z3.is_false(applies):
                continue
            term = self.allow(env) if rule.permits else self.encoder.allow(others, env)
            asked = solver(*self.facts(env), term, applies)
            if satisfiable(asked):
                return confirmed(read(env, asked.model()), self.rules, rule.permits)
        return None


def confirmed(witness: Witness, rules: Policies, allowed: bool, limits: Mapping[str, int] | None = None) -> Witness:
    """The witness, after Cedar has given the same answer without trouble (ProofBroken otherwise)."""
    decision = witness.replay(rules, limits)
    if decision.alarm or decision.allowed != allowed:
        raise ProofBroken(f"Cedar answers {decision} where the proof says {allowed}: {witness}")
    return witness
