"""触れた記録 (touched): whom an account's operations were about, for an incident. Callers are authorised; the rows are those
in scope."""

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.db import connection

from minamo.audit.private import FIELD
from minamo.audit.shown import Shower, Within, shower_of

# With a school also the rows about no school: pages of the whole municipality showed its children, too.
_WHERE = (
    " FROM audit_entry WHERE municipality_id = %s AND actor_id = %s AND at >= %s AND at < %s AND outcome = 'allow'"
    " AND (%s::uuid IS NULL OR school_id = %s OR school_id IS NULL)"
)
_PUPILS = (
    "SELECT coalesce(max(actor_label), ''), count(*),"
    " coalesce(array_agg(DISTINCT pupil_id) FILTER (WHERE pupil_id IS NOT NULL AND (%s::uuid IS NULL OR school_id = %s)), '{}'),"
    " coalesce(array_agg(DISTINCT pupil_id) FILTER (WHERE pupil_id IS NOT NULL AND %s::uuid IS NOT NULL AND school_id IS NULL), '{}')"
    f"{_WHERE}"
)
_THINGS = (
    "SELECT resource_type, action, resource_id, count(*), count(*) FILTER (WHERE pupil_id IS NULL)"
    f"{_WHERE} GROUP BY 1, 2, 3"
)


@dataclass(frozen=True)
class Touched:
    """What an account has opened: `pupils` are named by the rows, `listed` are those that pages without a child of their own may
    have shown. `loose` are named by rows about no school, where a school is asked for. `uncounted`: of each kind how many rows
    there are of which nobody can say whom they showed."""

    label: str
    pupils: frozenset[UUID]
    listed: frozenset[UUID]
    rows: int
    loose: frozenset[UUID] = frozenset()
    uncounted: Mapping[str, int] = field(default_factory=dict)


def touched_by(
    municipality: UUID, account: UUID, since: dt.datetime, until: dt.datetime, *, school: UUID | None
) -> Touched:
    """Of one account in a time; with a school only what concerns its children. Two queries, and those of the rooms: a few for each kind
    of thing, however many there are."""
    asked: list[Any] = [municipality, account, since, until, school, school]
    with connection.cursor() as cursor:
        cursor.execute(_PUPILS, [school, school, school, *asked])
        label, rows, pupils, loose = cursor.fetchone()
        cursor.execute(_THINGS, asked)
        things = cursor.fetchall()
    within = Within.between(municipality, school, since, until)
    listed, uncounted = _shown(things, within)
    return Touched(label, frozenset(pupils), listed, rows, frozenset(loose), uncounted)


def _shown(
    things: Iterable[tuple[str, str, str, int, int]], within: Within
) -> tuple[frozenset[UUID], Mapping[str, int]]:
    """Everybody the things may have shown, and what cannot be counted. `things`: kind, action, id, rows, rows that name no child."""
    asked: dict[tuple[str, Shower], Counter[str]] = {}
    uncounted: Counter[str] = Counter()
    for kind, action, thing, _, bare in things:
        shower = shower_of(kind, action)
        if shower is None:
            uncounted[kind] += bare  # a row that names its child has said whom it is about
        else:
            asked.setdefault((kind, shower), Counter())[thing] += bare
    listed: set[UUID] = set()
    for (kind, shower), rows in asked.items():
        shown = shower(sorted(rows), within)
        listed |= shown.pupils
        uncounted[kind] += sum(rows[thing] for thing in shown.gone)
    return frozenset(listed), {kind: number for kind, number in uncounted.items() if number}


def pupils_in_words(rows: Sequence[int]) -> tuple[frozenset[UUID], frozenset[int]]:
    """The children whose words rows of the trail hold, and the rows that are not there. One query."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT id, pupil_id, ARRAY(SELECT jsonb_object_keys(detail->'{FIELD}')) FROM audit_entry WHERE id = ANY(%s)",
            [list(rows)],
        )
        found = cursor.fetchall()
    pupils = {UUID(key) for _, _, keys in found for key in keys} | {pupil for _, pupil, _ in found if pupil}
    return frozenset(pupils), frozenset(rows) - {row[0] for row in found}


def accounts_asked_about(things: Sequence[str], within: Within) -> frozenset[UUID]:
    """Whose accounts were named to somebody who asked about these things on the days (なぜ見える). One query."""
    since, until = within.moments
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT DISTINCT jsonb_array_elements_text(detail->'about') FROM audit_entry WHERE municipality_id = %s AND at >= %s"
            " AND at < %s AND resource_type = 'Question' AND resource_id = ANY(%s) AND detail ? 'about'",
            [within.municipality, since, until, list(things)],
        )
        return frozenset(UUID(row[0]) for row in cursor.fetchall())


def who_acted(
    municipality: UUID, since: dt.datetime, until: dt.datetime, *, school: UUID | None
) -> list[tuple[UUID, str]]:
    """教職員 with allowed operations in a time, by name; with a school only those about that school. Families are found by name
    (people.api): there are thousands of them. One query."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT actor_id, max(actor_label) FROM audit_entry WHERE municipality_id = %s AND at >= %s AND at < %s"
            " AND outcome = 'allow' AND actor_id IS NOT NULL AND actor_kind = 'staff' AND (%s::uuid IS NULL OR school_id = %s)"
            " GROUP BY actor_id ORDER BY 2",
            [municipality, since, until, school, school],
        )
        return list(cursor.fetchall())
