"""数 (numbers) of the trail, for evidence: how often rules decided, how often something was done. Callers are authorised; the
rows are those in scope."""

import datetime as dt
from collections.abc import Iterable, Mapping
from uuid import UUID

from django.db import connection
from django.db.models import Count, QuerySet

from minamo.audit.models import Entry
from minamo.audit.private import FIELD


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
    return outcomes_of(municipality, since, actions, school=school).get("allow", 0)


def outcomes_of(
    municipality: UUID, since: dt.datetime, actions: Iterable[str], *, school: UUID | None = None
) -> Mapping[str, int]:
    """結果ごとの件数 (allow, deny, error) of these actions. One query."""
    rows = _rows(municipality, since, school).filter(action__in=list(actions)).order_by()
    return dict(rows.values_list("outcome").annotate(Count("pk")))


def times_by_action(municipality: UUID, since: dt.datetime, *, school: UUID | None = None) -> Mapping[str, int]:
    """How often each action was allowed. One query."""
    rows = _rows(municipality, since, school).filter(outcome="allow").order_by()
    return dict(rows.values_list("action").annotate(Count("pk")))


def private_rows(municipality: UUID, since: dt.datetime, *, school: UUID | None = None) -> int:
    """How many rows hold words about a pupil, which lie under the pupil's key. One query."""
    return _rows(municipality, since, school).filter(detail__has_key=FIELD).count()


def rows_since(municipality: UUID, since: dt.datetime, *, school: UUID | None = None, outcome: str = "") -> int:
    """記録の行数 of a municipality, or of one school; with an `outcome` those that ended so. One query."""
    rows = _rows(municipality, since, school)
    return (rows.filter(outcome=outcome) if outcome else rows).count()


def _rows(municipality: UUID, since: dt.datetime, school: UUID | None) -> QuerySet[Entry]:
    rows = Entry.objects.filter(municipality_id=municipality, at__gte=since)
    return rows if school is None else rows.filter(school_id=school)
