"""誰が見られるかの候補: everybody whom a rule of this municipality could possibly let in."""

import datetime as dt
from uuid import UUID

from django.db.models import Q

from minamo.access.api import Account
from minamo.people.models import Guardian, Pupil


def candidates_for(pupil: Pupil, on: dt.date) -> list[UUID]:
    """Accounts with a post in the pupil's municipality on the day, its guardians' accounts, and its own. Two queries."""
    serving = Q(memberships__ends__isnull=True) | Q(memberships__ends__gte=on)
    staff = Account.objects.filter(
        serving, memberships__municipality=pupil.municipality_id, memberships__begins__lte=on
    ).values_list("pk", flat=True)
    family = Guardian.objects.filter(links__pupil=pupil, account__isnull=False).values_list("account_id", flat=True)
    own = [pupil.account_id] if pupil.account_id else []
    return list({*staff, *(account for account in family if account), *own})
