"""登録のようす: how many guardians of each class have joined, wait with a code, or have none yet."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Q

from minamo.access.api import Actor
from minamo.people.models import Invitation
from minamo.people.roster import ClassCard, active_links, homerooms_of


@dataclass(frozen=True)
class RegistrationLine:
    """学級ごとの登録: guardians by how far they are."""

    school_class: ClassCard
    joined: int
    waiting: int
    uninvited: int

    @property
    def total(self) -> int:
        """All guardians of the class."""
        return self.joined + self.waiting + self.uninvited


def registration_of_school(actor: Actor, school_id: UUID, year: int) -> Sequence[RegistrationLine]:
    """登録のようす of a school by class. Three queries. The route has decided `people:invite`."""
    here = Q(pupil__left_on__isnull=True) | Q(pupil__left_on__gte=actor.today)
    links = active_links(actor.today).filter(here, pupil__school=school_id)
    people = list(links.values_list("pupil__homeroom_id", "pupil_id", "guardian_id", "guardian__account_id"))
    codes = Invitation.objects.filter(
        pupil__school=school_id, used_at__isnull=True, revoked_at__isnull=True, expires_at__gt=actor.now
    )
    waiting = set(codes.values_list("pupil_id", "guardian_id"))
    lines = []
    for room in homerooms_of(school_id, year):
        rows = [row for row in people if row[0] == room.class_id]
        joined = sum(row[3] is not None for row in rows)
        invited = sum(row[3] is None and (row[1], row[2]) in waiting for row in rows)
        lines.append(RegistrationLine(room, joined, invited, len(rows) - joined - invited))
    return lines
