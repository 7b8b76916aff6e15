"""What access needs from the room above it, offered by it at start (dependency inversion: no upward import).

`Trail` writes one audit row in the current transaction. What rooms know of an account is offered through relations.py.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol
from uuid import UUID

from minamo.access.actor import Actor


class Trail(Protocol):
    """Append one row to the audit trail (監査証跡), inside the current transaction."""

    def __call__(
        self,
        *,
        actor: Actor | None,
        action: str,
        resource_type: str,
        resource_id: str,
        municipality: UUID | None = None,
        school: UUID | None = None,
        pupil: UUID | None = None,
        outcome: str = "allow",
        rules: Sequence[str] = (),
        detail: Mapping[str, Any] | None = None,
        private: Mapping[UUID, Mapping[str, str]] | None = None,
    ) -> None: ...


_trail: list[Trail] = []


def set_trail(trail: Trail) -> None:
    """Called once by the audit room at start."""
    _trail[:] = [trail]


def trail() -> Trail:
    """The audit trail. Raises RuntimeError when no room offers one: nothing may be decided unrecorded."""
    if not _trail:
        raise RuntimeError("no audit trail is connected")
    return _trail[0]
