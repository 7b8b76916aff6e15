"""Names of this room's nouns for the trail: by id, as far as the reader may see them."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from minamo.access.api import Actor
from minamo.people.models import FormerPupil, Pupil, SchoolClass
from minamo.people.roster import joined


def pupil_names(actor: Actor, ids: Sequence[UUID]) -> Mapping[UUID, str]:
    """表示氏名 of the children the reader may see; of one who has gone to another municipality the name of then. One
    query, two when somebody is not there."""
    rows = Pupil.objects.visible_to(actor).filter(pk__in=ids).values_list("id", "family", "middle", "given")
    found = {row[0]: joined(*row[1:]) for row in rows}
    if missing := set(ids) - set(found):
        gone = FormerPupil.objects.visible_to(actor).filter(pupil_id__in=missing).order_by("last_day")
        found |= {row[0]: joined(*row[1:]) for row in gone.values_list("pupil_id", "family", "middle", "given")}
    return found


def class_names(actor: Actor, ids: Sequence[UUID]) -> Mapping[UUID, str]:
    """「中央小 3年1組」. One query."""
    rows = SchoolClass.objects.visible_to(actor).filter(pk__in=ids).values_list("id", "school__short_name", "title")
    return {row[0]: joined(*row[1:]) for row in rows}
