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

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from minamo.access.limits import DEFAULTS
from minamo.access.policyset import Policies, PolicyError, Rule
from minamo.access.proof.invariant import Invariant, collected

if TYPE_CHECKING:
    from minamo.access.proof.witness import Witness


@dataclass(frozen=True)
class Version:
    """版: rules (base and overlay) with the numbers in force."""

    rules: Policies
    limits: Mapping[str, int] = field(default_factory=lambda: DEFAULTS)

    def with_overlay(self, text: str, *, room: str = "overlay") -> "Version":
        """The version with a town's overlay (上乗せ規程) over it. Ids in the text begin with `room.`.

        Raises PolicyError for text that is not valid or that contains a permit: an overlay can only close.
        """
        rules = Policies({**self.rules.texts, room: text}, self.rules.schema_text)
        opening = [rule.id for rule in rules.rules if rule.room == room and rule.permits]
        if opening:
            raise PolicyError(f"overlay may only forbid: {', '.join(opening)}")
        return Version(rules, self.limits)


@dataclass(frozen=True)
class Change:
    """ちがい: requests that are decided differently. `gained`: refused before and allowed after; otherwise lost.

    `rule` is the permit that opens (gained: in the new version; lost: in the old one); `by` the rules of the other version
    that refuse (empty: nothing there permits it). `who`, `what`, `when` are words for a page; `sentence` is all in one.
    """

    action: str
    gained: bool
    rule: Rule
    by: tuple[Rule, ...]
    who: str
    what: str
    when: str
    witness: "Witness"

    @property
    def sentence(self) -> str:
        """One sentence in plain Japanese."""
        verb = "できるようになります" if self.gained else "できなくなります"
        return f"{self.who}が{self.when}「{self.what}」を{verb}。"


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
    from minamo.access.proof.compare import (
        Comparison,
    )  # the solver is loaded when something is proved, not with the web

    return tuple(Comparison(old, new).changes())


def tightens(old: Version, new: Version) -> Change | None:
    """None when `new` allows nothing that `old` refuses (a proof by implication); otherwise a Change that shows it."""
    from minamo.access.proof.compare import Comparison

    return next(Comparison(old, new).changes(gains_only=True), None)
