"""What access needs from rooms above it, offered by them at start (dependency inversion: no upward import).

`Trail` writes one audit row in the current transaction; `Facts` names the SQL function of a room that tells the
relations of an account on a day (posts held, classes, children).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol
from uuid import UUID

if TYPE_CHECKING:
    from minamo.access.actor import Actor


class Trail(Protocol):
    """Append one row to the audit trail (監査証跡), inside the current transaction."""

    def __call__(
        self,
        *,
        actor: "Actor | None",
        action: str,
        resource_type: str,
        resource_id: str,
        municipality: UUID | None = None,
        school: UUID | None = None,
        pupil: UUID | None = None,
        outcome: str = "allow",
        rules: Sequence[str] = (),
        detail: Mapping[str, Any] | None = None,
    ) -> None: ...


@dataclass(frozen=True)
class Facts:
    """One room's contribution to the actor: `function(account uuid, on date) returns jsonb`, keys → lists of ids."""

    function: str
    keys: tuple[str, ...]


_trail: list[Trail] = []
_facts: list[Facts] = []


def set_trail(trail: Trail) -> None:
    """Called once by the audit room at start."""
    _trail[:] = [trail]


def trail() -> Trail:
    """The audit trail. Raises RuntimeError when no room offers one: nothing may be decided unrecorded."""
    if not _trail:
        raise RuntimeError("no audit trail is connected")
    return _trail[0]


def register_facts(facts: Facts) -> None:
    """Called at start by each room that knows relations of an account."""
    if facts not in _facts:
        _facts.append(facts)


def registered_facts() -> tuple[Facts, ...]:
    """All relations known to this installation, in the order they were registered."""
    return tuple(_facts)
