"""いまの行 (what stands there now): time, action and person of the rows that problems name, so that a person finds them."""

from collections.abc import Sequence
from dataclasses import replace

from django.db import connection

from minamo.audit.judge import Problem, Standing
from minamo.audit.queries import spoken

BEFORE_SIGN_IN = "（サインイン前）"
# Text, so that no value somebody wrote into a row can stop the reading of it.
_ROWS = """
    SELECT e.id, coalesce(to_char(e.at AT TIME ZONE 'Asia/Tokyo', 'YYYY-MM-DD HH24:MI:SS'), ''), e.action, e.actor_label
    FROM audit_entry e WHERE e.id = ANY(%s::bigint[]) ORDER BY e.id, e.at
"""


def described(problems: Sequence[Problem]) -> list[Problem]:
    """The same problems, each with what its row says now; one of a row that is gone stays without. One query."""
    rows: dict[int, list[Standing]] = {}
    with connection.cursor() as cursor:
        cursor.execute(_ROWS, [sorted({one.entry for one in problems if one.entry is not None})])
        for number, *row in cursor.fetchall():
            rows.setdefault(number, []).append(Standing(*row))
    return [
        replace(one, standing=rows[one.entry][-1 if one.kind == "inserted" else 0])
        if one.entry is not None and one.entry in rows
        else one
        for one in problems
    ]


def in_words(row: Standing) -> str:
    """「2026-11-24 08:20:12　学籍　見た　原澤 美咲」."""
    return "　".join(part for part in (row.at, spoken(row.action), row.who or BEFORE_SIGN_IN) if part)
