"""同じ判断のまとまり (groups): decisions of the trail that any edition must decide alike, counted together, so that a million of
them are asked again in seconds."""

import datetime as dt
import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from django.db import connection

_GROUPS = """
    SELECT actor_id, action, resource_type, outcome, rules, circumstances - 'auth' - 'proof' AS rest,
           max((circumstances->>'auth')::int), max((circumstances->>'proof')::int), resource, count(*), max(at)
    FROM (
        SELECT actor_id, action, resource_type, outcome, rules, at, detail->'at' AS circumstances,
               CASE WHEN action = ANY (%(by_resource)s::text[]) OR (outcome = 'deny' AND rules <@ %(reopened)s::text[]) THEN resource_id END AS resource,
               CASE WHEN %(by_hour)s THEN extract(hour FROM at AT TIME ZONE 'Asia/Tokyo') END AS hour,
               CASE WHEN %(by_day)s THEN (at AT TIME ZONE 'Asia/Tokyo')::date END AS day,
               width_bucket((detail->'at'->>'auth')::int, %(steps)s::int[]) AS auth_step,
               width_bucket((detail->'at'->>'proof')::int, %(steps)s::int[]) AS proof_step
        FROM audit_entry
        WHERE municipality_id = %(municipality)s AND at >= %(since)s AND at < %(until)s AND detail ? 'at'
          AND outcome IN ('allow', 'deny') AND cardinality(rules) > 0 AND actor_id IS NOT NULL
    ) AS kept
    GROUP BY actor_id, action, resource_type, outcome, rules, rest, resource, hour, day, auth_step, proof_step
"""
_OTHERS = """
    SELECT count(*) FROM audit_entry WHERE municipality_id = %(municipality)s AND at >= %(since)s AND at < %(until)s
      AND outcome IN ('allow', 'deny') AND cardinality(rules) > 0 AND NOT detail ? 'at'
"""


@dataclass(frozen=True)
class Group:
    """判断のまとまり. `circumstances` are as kept by access (ages: the greatest of the group; all lie between the same
    steps), `resource` only where it was asked for."""

    actor_id: UUID
    action: str
    resource_type: str
    allowed: bool
    rules: tuple[str, ...]
    circumstances: dict[str, Any]
    resource: str | None
    times: int
    last_at: dt.datetime


@dataclass(frozen=True)
class Sought:
    """What to group: ages are told apart only at `steps` (minutes); hours and days only when they matter, resources for the actions
    `by_resource` and for refusals by nothing but rules of `reopened`, which another edition may lift."""

    municipality: UUID
    since: dt.datetime
    until: dt.datetime
    steps: Sequence[int]
    by_hour: bool = False
    by_day: bool = False
    by_resource: Sequence[str] = ()
    reopened: Sequence[str] = ()

    def slices(self, length: dt.timedelta) -> "list[Sought]":
        """The same question for one piece of time after the other, so that what is held at once stays small."""
        begins = [self.since]
        while begins[-1] + length < self.until:
            begins.append(begins[-1] + length)
        ends = [*begins[1:], self.until]
        return [replace(self, since=begin, until=end) for begin, end in zip(begins, ends, strict=True)]


def decision_groups(sought: Sought) -> tuple[list[Group], int]:
    """The groups, and the number of decisions whose circumstances were not kept. Two queries. Callers are authorised."""
    values: dict[str, Any] = {
        "municipality": sought.municipality, "since": sought.since, "until": sought.until,
        "steps": sorted({step + 1 for step in sought.steps} | {0}), "by_hour": sought.by_hour,
        "by_day": sought.by_day, "by_resource": list(sought.by_resource), "reopened": list(sought.reopened),
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(_GROUPS, values)
        groups = [_group(row) for row in cursor.fetchall()]
        cursor.execute(_OTHERS, values)
        (others,) = cursor.fetchone()
    return groups, int(others)


def _group(row: tuple[Any, ...]) -> Group:
    rest = json.loads(row[5]) if isinstance(row[5], str) else row[5]
    return Group(
        row[0], row[1], row[2], row[3] == "allow", tuple(row[4]), {**rest, "auth": row[6], "proof": row[7]}, row[8],
        row[9], row[10],
    )  # fmt: skip
