"""家庭の側の読み: children of an account, as far as the transaction's scope reaches."""

import datetime as dt
from uuid import UUID

from django.db.models import Q

from minamo.people.models import Pupil
from minamo.people.roster import PupilCard, active_links, cards_of


def children_of_account(account_id: UUID, on: dt.date) -> list[PupilCard]:
    """The children an account is linked to by a link that holds and that no restriction closes. One query."""
    here = Q(left_on__isnull=True) | Q(left_on__gte=on)
    linked = active_links(on).filter(guardian__account=account_id).values("pupil")
    return cards_of(Pupil.objects.filter(here, pk__in=linked).order_by("birth_date", "id"))
