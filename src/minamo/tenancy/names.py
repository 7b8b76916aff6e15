"""Names of this room's nouns for the trail: by id, as far as the reader may see them."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from minamo.access.api import Actor
from minamo.tenancy.models import Municipality, School


def school_names(actor: Actor, ids: Sequence[UUID]) -> Mapping[UUID, str]:
    """学校の略称. One query."""
    return dict(School.objects.visible_to(actor).filter(pk__in=ids).values_list("id", "short_name"))


def municipality_names(actor: Actor, ids: Sequence[UUID]) -> Mapping[UUID, str]:
    """自治体の名. One query."""
    return dict(Municipality.objects.visible_to(actor).filter(pk__in=ids).values_list("id", "name"))
