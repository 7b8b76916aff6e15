"""Which municipality a school lies in, as far as the present scope shows it. (tenancy lies above; the table is asked.)"""

from uuid import UUID

from django.db import connection


def municipality_of(school_id: UUID) -> UUID | None:
    """The municipality of a school in scope, else None."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT municipality_id FROM tenancy_school WHERE id = %s", [school_id])
        row = cursor.fetchone()
    return row[0] if row else None
