"""Names of this room's nouns for the trail: by id, as far as the reader may see them."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from minamo.access.api import Actor
from minamo.people.models import Pupil, SchoolClass
from minamo.people.roster import joined


def pupil_names(actor: Actor, ids: Sequence[UUID]) -> Mapping[UUID, str]:
    """表示氏名 of the children the reader may see. One query."""
    rows = Pupil.objects.visible_to(actor).filter(pk__in=ids).values_list("id", "family", "middle", "given")
    return {row[0]: joined(*row[1:]) for row in rows}


def class_names(actor: Actor, ids: Sequence[UUID]) -> Mapping[UUID, str]:
    """「中央小 3年1組」. One query."""
    rows = SchoolClass.objects.visible_to(actor).filter(pk__in=ids).values_list("id", "school__short_name", "title")
    return {row[0]: joined(*row[1:]) for row in rows}
