"""改正の証明 (proof of a revision): what differs between two editions for all possible requests, in a process of its own.

The solver keeps one context per process and is not safe between threads, and a worker runs jobs in threads; so each proof
has its own process (`python -m minamo.policy.proving_process`), which cannot disturb another town's. The result is plain
JSON and is kept for the same question.
"""

import functools
import json
import subprocess
import sys
from collections.abc import Iterable, Mapping
from typing import Any

from minamo.access.api import DEFAULTS, Broken, Version, broken, by_operation, diff, policies, rules_with, tightens

LONGEST_SECONDS = 600
# Duties no overlay may close: with them a town could not be used any more, or not come back.
ESSENTIAL = frozenset({"access.own-manage", "policy.staff-daily", "policy.board-lifeline", "policy.approve-own"})

Side = tuple[tuple[tuple[str, int], ...], str]


class ProofFailed(Exception):
    """The process of a proof ended without a result; the message is its last line."""


def side_of(limits: Mapping[str, int], overlay: str) -> Side:
    """One edition as far as a decision can depend on it: the numbers that a rule reads, and the overlay."""
    text = "".join(rule.written for rule in rules_with(overlay).rules)
    return tuple(sorted((name, value) for name, value in limits.items() if f"'{name}'" in text)), overlay


def apart(old: Side, new: Side) -> dict[str, Any]:
    """The proof, from a process of its own. Raises ProofFailed."""
    found: dict[str, Any] = json.loads(_asked(old, new, policies().digest))
    return found


@functools.lru_cache(maxsize=16)
def _asked(old: Side, new: Side, rules: str) -> str:
    question = json.dumps([old, new])
    try:
        done = subprocess.run(
            [sys.executable, "-m", "minamo.policy.proving_process"], input=question, capture_output=True, text=True,
            timeout=LONGEST_SECONDS, check=False,
        )  # fmt: skip
    except subprocess.TimeoutExpired as error:
        raise ProofFailed(f"no result within {LONGEST_SECONDS} seconds") from error
    if done.returncode:
        raise ProofFailed((done.stderr.strip().splitlines() or [f"ended with {done.returncode}"])[-1])
    return done.stdout


@functools.lru_cache(maxsize=16)
def here(old: Side, new: Side) -> dict[str, Any]:
    """The proof, in this process: who gains and who loses, operation by operation, everybody with an example; which walls would not hold
    (an overlay that opens something is one); which duties could no longer be done, and of these the essential ones."""
    closed = _sentences(found for found in _broken(new) if found.invariant.id in ESSENTIAL)
    if closed:  # cannot be approved: what else it closes is not worked out
        return {"changes": [], "walls": [], "duties": [], "closed": closed}
    before, after = _version(old), _version(new)
    done_before = {found.invariant.id for found in _broken(old)}
    walls = _sentences(found for found in _broken(new) if found.invariant.kind == "wall")
    opened = tightens(_version((new[0], "")), after)
    if opened is not None:
        walls.append({"clause": "上乗せの規則", "sentence": "上乗せは閉じるだけ", "example": opened.sentence})
    found = diff(before, after)
    # The operator's command is under no edition of a town: it neither loses anything nor fails its duties by one.
    changes = by_operation(change for change in found.changes if change.kind != "system")
    duties = _sentences(
        each
        for each in _broken(new)
        if each.invariant.kind == "duty"
        and each.invariant.id not in done_before
        and each.witness.actor.kind != "system"
    )
    return {"changes": changes, "cut": list(found.cut), "walls": walls, "duties": duties, "closed": closed}


@functools.lru_cache(maxsize=16)
def opens(old: Side, new: Side) -> str:
    """What becomes possible under the new numbers that the old ones refuse, as a sentence with its request; empty is a proof that
    nothing does. In this process: for the operator's command."""
    found = tightens(_version(old), _version(new)) if old != new else None
    return found.sentence if found else ""


def _version(side: Side) -> Version:
    return Version(rules_with(side[1]), {**DEFAULTS, **dict(side[0])})


@functools.lru_cache(maxsize=16)
def _broken(side: Side) -> tuple[Broken, ...]:
    return broken(_version(side))


def _sentences(found: Iterable[Broken]) -> list[dict[str, str]]:
    return [
        {"clause": each.invariant.clause, "sentence": each.invariant.sentence, "example": each.counterexample}
        for each in found
    ]
