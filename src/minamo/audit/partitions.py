"""月ごとの区画 (partitions): made ahead of time, so that no row ever waits for one. A row without one lies in the default, and
moves into the partition of its month when that is made."""

import datetime as dt

from django.db import DatabaseError, connection, transaction

AHEAD = 13  # months, this one included


def make_months(today: dt.date, ahead: int = AHEAD) -> None:
    """The partitions of this month and those that follow; those that are there stay as they are.

    Each month by itself: one that cannot be had (somebody has been writing into the default for two seconds) hinders no
    other. Raises the first DatabaseError when all have been tried, so that the job is seen to fail and comes again.
    """
    troubles: list[DatabaseError] = []
    for number in range(ahead):
        month = dt.date(today.year + (today.month - 1 + number) // 12, (today.month - 1 + number) % 12 + 1, 1)
        try:
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.execute("SELECT audit_make_partition(%s::date)", [month])
        except DatabaseError as trouble:
            troubles.append(trouble)
    if troubles:
        raise troubles[0]
