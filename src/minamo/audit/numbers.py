"""数 (numbers) of the trail, for evidence: how often rules decided, how often something was done. Callers are authorised; the
rows are those in scope."""

import datetime as dt
from collections.abc import Iterable, Mapping
from uuid import UUID

from django.db import connection

from minamo.audit.models import Entry


def decisions_under(municipality: UUID, since: dt.datetime, rules: Iterable[str]) -> Mapping[str, int]:
    """結果ごとの件数 (allow, deny, error) of decisions in which one of the rules took part. One query."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT outcome, count(*) FROM audit_entry WHERE municipality_id = %s AND at >= %s AND rules && %s::text[]"
            " GROUP BY outcome",
            [municipality, since, list(rules)],
        )
        return dict(cursor.fetchall())


def decisions_by_rules(
    municipality: UUID, since: dt.datetime, *, school: UUID | None = None
) -> list[tuple[tuple[str, ...], str, int]]:
    """(rules, outcome, count) of all decisions, for asking about many rules at once. One query."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT rules, outcome, count(*) FROM audit_entry WHERE municipality_id = %s AND at >= %s"
            " AND (%s::uuid IS NULL OR school_id = %s) GROUP BY rules, outcome",
            [municipality, since, school, school],
        )
        return [(tuple(rules), outcome, count) for rules, outcome, count in cursor.fetchall()]


def times_done(municipality: UUID, since: dt.datetime, actions: Iterable[str], *, school: UUID | None = None) -> int:
    """How often the actions were allowed. One query."""
    rows = Entry.objects.filter(municipality_id=municipality, at__gte=since, action__in=list(actions), outcome="allow")
    return (rows if school is None else rows.filter(school_id=school)).count()


def rows_since(municipality: UUID, since: dt.datetime, *, school: UUID | None = None) -> int:
    """記録の行数 of a municipality, or of one school. One query."""
    rows = Entry.objects.filter(municipality_id=municipality, at__gte=since)
    return (rows if school is None else rows.filter(school_id=school)).count()
