"""触れた記録 (touched): whom an account's operations were about, for an incident. Callers are authorised; the rows are those
in scope."""

import datetime as dt
from dataclasses import dataclass
from uuid import UUID

from django.db import connection


@dataclass(frozen=True)
class Touched:
    """What an account has opened: pupils named by the rows, and the classes and schools whose lists it saw."""

    label: str
    pupils: frozenset[UUID]
    classes: frozenset[UUID]
    schools: frozenset[UUID]
    rows: int


def touched_by(
    municipality: UUID, account: UUID, since: dt.datetime, until: dt.datetime, *, school: UUID | None
) -> Touched:
    """Of one account in a time; with a school only rows about that school. One query."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT coalesce(max(actor_label), ''), count(*),"
            " coalesce(array_agg(DISTINCT pupil_id) FILTER (WHERE pupil_id IS NOT NULL), '{}'),"
            " coalesce(array_agg(DISTINCT resource_id) FILTER (WHERE resource_type = 'SchoolClass'), '{}'),"
            " coalesce(array_agg(DISTINCT resource_id) FILTER (WHERE resource_type = 'School'), '{}')"
            " FROM audit_entry WHERE municipality_id = %s AND actor_id = %s AND at >= %s AND at < %s AND outcome = 'allow'"
            " AND (%s::uuid IS NULL OR school_id = %s)",
            [municipality, account, since, until, school, school],
        )
        label, rows, pupils, classes, schools = cursor.fetchone()
    return Touched(label, frozenset(pupils), frozenset(map(UUID, classes)), frozenset(map(UUID, schools)), rows)


def who_acted(
    municipality: UUID, since: dt.datetime, until: dt.datetime, *, school: UUID | None
) -> list[tuple[UUID, str]]:
    """Accounts with allowed operations in a time, by name; with a school only those about that school. One query."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT actor_id, max(actor_label) FROM audit_entry WHERE municipality_id = %s AND at >= %s AND at < %s"
            " AND outcome = 'allow' AND actor_id IS NOT NULL AND (%s::uuid IS NULL OR school_id = %s)"
            " GROUP BY actor_id ORDER BY 2",
            [municipality, since, until, school, school],
        )
        return list(cursor.fetchall())
