"""届出の承認待ち: what waits for an approval, and lost devices somebody has tried to sign in on, for the start pages of those who
approve; and whom a registration waits for."""

import datetime as dt
from dataclasses import dataclass
from uuid import UUID

from django.db.models import OuterRef, Q, Subquery

from minamo.access.actor import Actor
from minamo.access.explain import who_can
from minamo.access.models import TRIED_WHEN_LOST, Account, Terminal, TerminalState
from minamo.access.queries import tries_on

SHOWN, NAMED = 3, 4
TOLD = dt.timedelta(days=14)


@dataclass(frozen=True)
class Tried:
    """なくした端末で断ったサインイン: the lost terminal, the persons in whose names it was tried (first whose device it is, then the latest),
    and when the last time was."""

    terminal: Terminal
    persons: list[str]
    at: dt.datetime

    @classmethod
    def of(cls, terminal: Terminal, tries: list[TerminalState]) -> "Tried":
        """From the rows of the register, newest first."""
        names = {row.by_id: row.by_label for row in tries}
        order = sorted(names, key=lambda one: one != terminal.registered_by_id)
        return cls(terminal, [names[one] for one in order], tries[0].at)

    @property
    def shown(self) -> list[str]:
        """Those that are named."""
        return self.persons[:SHOWN]


@dataclass(frozen=True)
class Registrations:
    """届け出られて承認を待つ端末 of one register: the first few, the oldest first, and how many there are; `tried` are lost ones on which
    sign-ins were refused."""

    school: UUID | None
    municipality: UUID
    terminals: list[Terminal]
    tried: list["Tried"]

    @property
    def shown(self) -> list[Terminal]:
        """Those that are named."""
        return self.terminals[:SHOWN]


def registrations_waiting(actor: Actor) -> list[Registrations]:
    """What the actor can approve: of the own schools for a head, of the whole town for the board. One's own is approved by somebody
    else and is left out. One query, two where a sign-in was refused, none for others."""
    heads, boards = actor.uuids["heads"], actor.uuids["boards"]
    if not (heads or boards):
        return []
    newest = TerminalState.objects.filter(terminal=OuterRef("pk")).order_by("-id")
    rows = Terminal.objects.visible_to(actor).filter(Q(school_id__in=heads) | Q(municipality_id__in=boards))
    told = rows.annotate(now=Subquery(newest.values("state")[:1]), note=Subquery(newest.values("note")[:1]),
                         tried_at=Subquery(newest.values("at")[:1]),
                         decided=Subquery(newest.exclude(note=TRIED_WHEN_LOST).values("pk")[:1]))  # fmt: skip
    waits = Q(now=TerminalState.State.REGISTERED) & ~Q(registered_by=actor.account_id)
    tried = Q(now=TerminalState.State.LOST, note=TRIED_WHEN_LOST, tried_at__gt=actor.now - TOLD)
    seen = list(told.filter(waits | tried).select_related("registered_by").order_by("registered_at"))
    lost = [row.pk for row in seen if row.now == TerminalState.State.LOST]
    tries = tries_on(lost) if lost else {}
    found: dict[tuple[UUID | None, UUID], Registrations] = {}
    for row in seen:
        school = None if row.municipality_id in boards else row.school_id
        place = found.setdefault((school, row.municipality_id), Registrations(school, row.municipality_id, [], []))
        if row.now == TerminalState.State.REGISTERED:
            place.terminals.append(row)
            continue
        counted = [one for one in tries[row.pk] if one.pk > row.decided and one.at > actor.now - TOLD]
        place.tried.append(Tried.of(row, counted))
    return list(found.values())


def approvers_of(actor: Actor, terminal: Terminal) -> list[str]:
    """だれの承認を待つか: the people of the place (school, else board) whom the rules let approve this terminal. Two queries."""
    place = Q(memberships__municipality=terminal.municipality_id, memberships__begins__lte=actor.today)
    place &= Q(memberships__school=terminal.school_id) if terminal.school_id else Q(memberships__school__isnull=True)
    serving = Q(memberships__ends__isnull=True) | Q(memberships__ends__gte=actor.today)
    candidates = Account.objects.filter(place & serving).values_list("pk", flat=True).distinct()
    grants = who_can(terminal, ["device:approve"], candidates=list(candidates), today=actor.today, now=actor.now)
    return [grant.label for grant in grants][:NAMED]
