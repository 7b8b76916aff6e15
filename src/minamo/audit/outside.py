"""外から来たもの: what a verification must fit that does not come from the database.

Keys given on the command line, else those whose secrets this installation holds (files or environment); checkpoints kept on
paper; the memories of witnesses and of the sealer. What only stands in the database proves nothing about the database.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from minamo.audit import memory, notes
from minamo.audit.keys import signers
from minamo.audit.publish import foreign_keys, published, trusted
from minamo.audit.seal import Log
from minamo.audit.witness import name_of

GIVEN, CONFIGURED, NONE = "given", "configured", ""


@dataclass(frozen=True)
class Outside:
    """Read before the snapshot of the database is taken: a memory must never be newer than what it is compared with."""

    pinned: Sequence[notes.VerifierKey] = ()
    known: Sequence[notes.Checkpoint] = ()
    foreign: Sequence[notes.VerifierKey] = field(default_factory=memory.foreign_pins)
    remembered: Sequence[tuple[str, str, Mapping[str, Any]]] = field(default_factory=lambda: list(memory.remembered()))

    def pins(self, origin: str) -> tuple[list[notes.VerifierKey], str]:
        """The keys that may have signed for a log, and where they come from."""
        given = [key for key in self.pinned if (key.name, key.kind) == (origin, notes.LOG)]
        if given:
            return given, GIVEN
        own = [signer.verifier for signer in signers("audit", origin, make=False)]
        return own, CONFIGURED if own else NONE

    def witnesses(self, every: Sequence[Log]) -> dict[bytes, tuple[notes.VerifierKey, bool]]:
        """Keys of witnesses by id, and whether each is pinned; of a chain in the database only what its pin leads to."""
        sure = {key for key in (*self.pinned, *self.foreign) if key.kind == notes.WITNESS}
        found = {key.id: (key, key in sure) for key in foreign_keys()}
        for log in every:
            name = name_of(log.origin)
            own = [signer.verifier for signer in signers("witness", name, make=False)]
            own += [key for key in sure if key.name == name]
            found |= {key.id: (key, bool(own)) for key in trusted(published(log.id, notes.WITNESS), own)[0]}
        return found | {key.id: (key, True) for key in sure}

    def lost(self, every: Sequence[Log]) -> list[str]:
        """Trees the sealer has signed for that are not there at all."""
        there = {log.origin for log in every}
        return [origin for who, origin, _ in self.remembered if who == memory.SEALER and origin not in there]
