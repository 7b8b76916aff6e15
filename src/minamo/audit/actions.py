"""Verbs of the audit room: destroying the key of a pupil."""

from collections.abc import Sequence
from uuid import UUID

from django.db import transaction

from minamo.access.api import Actor, Resource, authorise, resource_type
from minamo.audit.api import append
from minamo.audit.private import destroy_key


def erase_private_text(*, actor: Actor, pupil: UUID, municipality: UUID, confirmed: Sequence[UUID] = ()) -> bool:
    """秘匿した内容の消去: destroy the pupil's key, so that what the trail holds about her in words is gone for good.

    Rows, times and the tree stay as they are. `confirmed`: the accounts of who made sure that it may go (規程9.2). Returns whether
    there was a key; the act itself is a row either way.
    """
    trail = Resource("Trail", str(municipality), {"municipality": municipality, "school": None}, resource_type("Trail"))
    decision = authorise(actor, "audit:erase", trail)
    with transaction.atomic():
        destroyed = destroy_key(pupil, municipality)
        append(actor=actor, action="audit:erase", resource_type="Pupil", resource_id=str(pupil), municipality=municipality,
               pupil=pupil, rules=decision.rules, detail={"destroyed": destroyed, "confirmed": [str(one) for one in confirmed]})  # fmt: skip
    return destroyed
