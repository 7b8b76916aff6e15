"""改正のちがい (revision): who gains and who loses what between two versions of the rules, for all inputs.

    from minamo.access.api import Version, diff, tightens

    now, draft = Version(policies()), Version(policies(), limits=checked({"reauth_minutes": 60}))
    for change in diff(now, draft).changes:
        change.gained, change.action, change.holding, change.what, change.when, change.rule.sentence, change.witness
    broken(draft)             # invariants the draft does not keep: walls must be none before it is activated
    tightens(now, draft)      # None: nobody gains anything; otherwise the Change that proves the opposite

A version (版) is base rules + numbers + overlay: `with_overlay` adds forbid-only Cedar text. Each Change is one holder (a
post or relation, or a smallest combination) for one action and one closing rule that differs, with the plainest request that is
decided differently, confirmed in Cedar under both versions. No Change for an action and holder is a proof that no request of theirs
is decided differently (under invariant.FACTS and holders.TIES), unless the action stands in `cut`.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from minamo.access.proof.invariant import Invariant, collected
from minamo.access.proof.versions import Change, Differences, Version

if TYPE_CHECKING:
    from minamo.access.proof.witness import Witness


@dataclass(frozen=True)
class Broken:
    """破れ: an invariant a version does not keep. A wall: the witness can do what nobody may; a duty: the witness cannot do
    what he must be able to (an overlay may mean exactly that; show it to the reviewer). `counterexample` is in words."""

    invariant: Invariant
    counterexample: str
    witness: "Witness"


def broken(version: Version) -> tuple[Broken, ...]:
    """The invariants of all rooms that the version does not keep, for all inputs under its own numbers; about a second.

    Raises UnsupportedPolicy when a rule cannot be encoded, ProofBroken when Cedar does not confirm a witness.
    """
    from minamo.access.proof.prove import Prover
    from minamo.access.proof.sentences import witness_in_words

    invariants, words = collected()
    prover = Prover(version.rules, limits=version.limits)
    found = (prover.check(invariant) for invariant in invariants)
    return tuple(
        Broken(result.invariant, witness_in_words(result.witness, words), result.witness)
        for result in found
        if result.witness is not None
    )


def diff(old: Version, new: Version) -> Differences:
    """All differences: everybody who gains or loses, action by action; none is a proof that there are none.

    Raises UnsupportedPolicy when a rule cannot be encoded, ProofBroken when Cedar does not confirm a witness.
    """
    # The solver is loaded when something is proved, not with the web.
    from minamo.access.proof.compare import Comparison

    comparison = Comparison(old, new)
    changes = tuple(comparison.changes())
    return Differences(changes, tuple(sorted(comparison.cut)))


def tightens(old: Version, new: Version) -> Change | None:
    """None when `new` allows nothing that `old` refuses (a proof by implication); otherwise a Change that shows it."""
    from minamo.access.proof.compare import Comparison

    return next(Comparison(old, new).changes(gains_only=True), None)


def by_operation(changes: Iterable[Change]) -> list[dict[str, Any]]:
    """The differences as plain data for a page: one entry for each direction, action and closing rule, with everybody it touches
    (`who`, in as few words as say it exactly) and an example for each (`each`)."""
    from minamo.access.proof.sentences import holders_in_words, holding_in_words

    grouped: dict[tuple[Any, ...], list[Change]] = {}
    for change in changes:
        key = (change.gained, change.action, change.resource, change.closing.id if change.closing else "")
        grouped.setdefault(key, []).append(change)
    found = []
    for of in grouped.values():
        one, kinds = of[0], dict.fromkeys(change.kind for change in of)
        who = [
            word
            for kind in kinds
            for word in holders_in_words(
                kind, [c.holding for c in of if c.kind == kind], next(c.spared for c in of if c.kind == kind)
            )
        ]
        each = [
            {"kind": c.kind, "holding": sorted(c.holding), "who": holding_in_words(c.kind, c.holding), "sentence": c.sentence}
            for c in of
        ]  # fmt: skip
        found.append({
            "gained": one.gained, "action": one.action, "resource": one.resource, "what": one.what, "when": one.when.rstrip("、"),
            "by": [one.closing.sentence] if one.closing else [], "who": who, "each": each,
        })  # fmt: skip
    return found
