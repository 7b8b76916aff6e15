"""見える範囲 (scope): what row-level security lets this transaction see. Also the scope of commands and jobs."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from uuid import UUID

from django.db import connection, transaction

from minamo.access.actor import Actor

_SET = (
    "SELECT set_config('minamo.municipalities', %s, true),"
    " set_config('minamo.side', %s, true), set_config('minamo.self', %s, true)"
)


def set_scope(*, municipalities: Iterable[UUID | str], side: str, self_id: UUID | str = "") -> None:
    """Open the given municipalities for the rest of the transaction. Raises RuntimeError outside one."""
    if not connection.in_atomic_block:
        raise RuntimeError("a scope lives inside a transaction")
    with connection.cursor() as cursor:
        cursor.execute(_SET, [",".join(str(m) for m in municipalities), side, str(self_id)])


def widen_scope(municipality: UUID) -> None:
    """Add one municipality to the scope (a guardian links a first child there)."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT set_config('minamo.municipalities', concat_ws(',',"
            " nullif(current_setting('minamo.municipalities', true), ''), %s::text), true)",
            [str(municipality)],
        )


@contextmanager
def school_side(actor: Actor, *municipalities: UUID | str) -> Iterator[None]:
    """What the database shows the school side of these municipalities, whatever side the actor is on; afterwards the actor's own scope
    again. An error in between ends the transaction, and the scope with it."""
    set_scope(municipalities=municipalities, side="school")
    yield
    own = next(iter(actor.ids("selves")), "")
    set_scope(municipalities=sorted(actor.ids("municipalities")), side=actor.side, self_id=own)


@contextmanager
def system_scope(*municipalities: UUID | str) -> Iterator[None]:
    """The scope of a command or a job that works for the given municipalities, in one transaction."""
    with transaction.atomic():
        set_scope(municipalities=municipalities, side="school")
        yield
