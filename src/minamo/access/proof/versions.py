"""版とちがい (versions): the two nouns that revision.py asks for and compare.py answers with."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from minamo.access.limits import DEFAULTS
from minamo.access.policyset import Policies, PolicyError, Rule

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

    `kind` and `holding` say who: an account of this kind that holds exactly this (holders.py; a combination: at least this);
    `spared` are the posts and relations that alone are not touched, `closing` the rule that differs and refuses (None: none does);
    `rule` is the permit that opens (gained: in the new version; lost: in the old one); `by` the rules of the other version
    that refuse (empty: nothing there permits it). `who`, `what`, `when` are words for a page; `sentence` is all in one.
    """

    action: str
    resource: str
    gained: bool
    kind: str
    holding: frozenset[str]
    spared: frozenset[str]
    closing: Rule | None
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
class Differences:
    """すべてのちがい. `cut`: actions for which there are more combinations of posts than were written down."""

    changes: tuple[Change, ...]
    cut: tuple[str, ...]
