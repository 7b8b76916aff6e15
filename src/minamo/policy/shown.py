"""だれが見えたか (whom a page may have shown), for incidents: the lists of who is affected name children themselves."""

from collections.abc import Sequence
from uuid import UUID

from minamo.audit.api import Shown, Within, ids_in, missing, offer_shown
from minamo.people.api import at_the_school
from minamo.policy.models import IncidentEntry


def of_incidents(things: Sequence[str], within: Within) -> Shown:
    """影響を受けた人の一覧 of incidents: everybody its counts have kept. A count of an older version kept only how many: of its incident
    nobody can say whom the list showed (to count again here could go on without end: the trail holds that it was opened). Two queries."""
    rows = IncidentEntry.objects.filter(incident__in=ids_in(things), kind=IncidentEntry.Kind.AFFECTED)
    found = list(rows.order_by().values_list("incident_id", "detail"))
    kept = {incident for incident, _ in found} - {incident for incident, detail in found if "listed" not in detail}
    pupils = {UUID(key) for _, detail in found for key in (*detail.get("opened", ()), *detail.get("listed", ()))}
    return Shown(at_the_school(pupils, within), missing(things, kept))


def offer() -> None:
    """Say so to the trail. What people write into an incident may name a child, and nobody can count that."""
    offer_shown("Incident", of_incidents, "incident:affected")
