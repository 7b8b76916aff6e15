"""だれが: the account to name in rows of this room."""

from uuid import UUID

from minamo.access.api import Actor


def account_of(actor: Actor) -> UUID | None:
    """The account of the person who acts; the command line has none."""
    return None if actor.kind == "system" else actor.account_id
