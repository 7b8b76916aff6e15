"""影響を受けた人の一覧を書き出す: a file with names leaves the house, and a row says so."""

from minamo.access.api import Actor, authorise
from minamo.audit.api import append
from minamo.policy.models import IncidentEntry
from minamo.policy.queries.affected import AffectedList, affected_people


def taken_out(
    *, actor: Actor, entry: IncidentEntry, form: str, words: str = "", only_opened: bool = False
) -> AffectedList:
    """書き出す: the list as it is filtered, for a file (`form`: xlsx, csv). One row in the trail, with how many it holds.

    Raises Denied.
    """
    incident = entry.incident
    decision = authorise(actor, "incident:affected", incident)
    found = affected_people(actor, entry, words, only_opened=only_opened)
    append(
        actor=actor, action="incident:affected", resource_type="Incident", resource_id=str(incident.pk),
        municipality=incident.municipality_id, school=incident.school_id, rules=decision.rules,
        detail={"kind": form, "entry": str(entry.pk), "count": len(found.people)},
    )  # fmt: skip
    return found
