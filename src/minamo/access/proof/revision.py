"""改正のちがい (revision): who gains and who loses what between two versions of the rules, for all inputs.

    from minamo.access.api import Version, diff, tightens

    now, draft = Version(policies()), Version(policies(), limits=checked({"reauth_minutes": 60}))
    for change in diff(now, draft):
        change.gained, change.action, change.who, change.what, change.when, change.rule.sentence, change.witness
    broken(draft)             # invariants the draft does not keep: walls must be none before it is activated
    tightens(now, draft)      # None: nobody gains anything; otherwise the Change that proves the opposite

A version (版) is base rules + numbers + overlay: `with_overlay` adds forbid-only Cedar text. Each Change is one opening
rule for one action with the plainest request that is decided differently, confirmed in Cedar under both versions. No
Change for an action is a proof that no request at all is decided differently (under request.FACTS).
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from minamo.access.proof.invariant import Invariant, collected
from minamo.access.proof.versions import Change, Version

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


def diff(old: Version, new: Version) -> tuple[Change, ...]:
    """All differences, one for each action and opening rule; empty is a proof that there are none.

    Raises UnsupportedPolicy when a rule cannot be encoded, ProofBroken when Cedar does not confirm a witness.
    """
    # The solver is loaded when something is proved, not with the web.
    from minamo.access.proof.compare import Comparison

    return tuple(Comparison(old, new).changes())


def tightens(old: Version, new: Version) -> Change | None:
    """None when `new` allows nothing that `old` refuses (a proof by implication); otherwise a Change that shows it."""
    from minamo.access.proof.compare import Comparison

    return next(Comparison(old, new).changes(gains_only=True), None)
