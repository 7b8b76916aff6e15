"""届出の承認待ち: what waits for an approval, for the start pages of those who approve; and whom a registration waits for."""

from dataclasses import dataclass
from uuid import UUID

from django.db.models import OuterRef, Q, Subquery

from minamo.access.actor import Actor
from minamo.access.explain import who_can
from minamo.access.models import Account, Terminal, TerminalState

SHOWN, NAMED = 3, 4


@dataclass(frozen=True)
class Registrations:
    """届け出られて承認を待つ端末 of one register: the first few, the oldest first, and how many there are."""

    school: UUID | None
    municipality: UUID
    terminals: list[Terminal]

    @property
    def shown(self) -> list[Terminal]:
        """Those that are named."""
        return self.terminals[:SHOWN]


def registrations_waiting(actor: Actor) -> list[Registrations]:
    """What the actor can approve: of the own schools for a head, of the whole town for the board. One's own is approved by somebody
    else and is left out. One query, none for others."""
    heads, boards = actor.uuids["heads"], actor.uuids["boards"]
    if not (heads or boards):
        return []
    newest = TerminalState.objects.filter(terminal=OuterRef("pk")).order_by("-id").values("state")[:1]
    rows = Terminal.objects.visible_to(actor).exclude(registered_by=actor.account_id)
    rows = rows.filter(Q(school_id__in=heads) | Q(municipality_id__in=boards))
    waiting = rows.annotate(now=Subquery(newest)).filter(now=TerminalState.State.REGISTERED)
    found: dict[tuple[UUID | None, UUID], list[Terminal]] = {}
    for row in waiting.select_related("registered_by").order_by("registered_at"):
        school = None if row.municipality_id in boards else row.school_id
        found.setdefault((school, row.municipality_id), []).append(row)
    return [Registrations(school, municipality, terminals) for (school, municipality), terminals in found.items()]


def approvers_of(actor: Actor, terminal: Terminal) -> list[str]:
    """だれの承認を待つか: the people of the place (school, else board) whom the rules let approve this terminal. Two queries."""
    place = Q(memberships__municipality=terminal.municipality_id, memberships__begins__lte=actor.today)
    place &= Q(memberships__school=terminal.school_id) if terminal.school_id else Q(memberships__school__isnull=True)
    serving = Q(memberships__ends__isnull=True) | Q(memberships__ends__gte=actor.today)
    candidates = Account.objects.filter(place & serving).values_list("pk", flat=True).distinct()
    grants = who_can(terminal, ["device:approve"], candidates=list(candidates), today=actor.today, now=actor.now)
    return [grant.label for grant in grants][:NAMED]
