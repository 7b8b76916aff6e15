"""月ごとの区画 (partitions): made ahead of time, so that no row ever waits for one. A row without one lies in the default."""

import datetime as dt

from django.db import connection

AHEAD = 13  # months, this one included


def make_months(today: dt.date, ahead: int = AHEAD) -> None:
    """The partitions of this month and those that follow; those that are there stay as they are."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT audit_make_partition((date_trunc('month', %s::date) + make_interval(months => n))::date)"
            " FROM generate_series(0, %s - 1) AS n",
            [today, ahead],
        )
