"""差し込まれた行 (inserted rows): what stands among the sealed rows without a leaf, and the tail that waits for its seal."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import connection

from minamo.audit.canonical import readable
from minamo.audit.judge import Problem

_BEYOND = "e.id > %(floor)s AND (e.xid, e.id) > (%(xid)s, %(entry)s)"
_OWN = "(%(all)s OR e.municipality_id = %(only)s)"
_COUNT = f"""
    SELECT count(*) FILTER (WHERE NOT ({_BEYOND})), count(*) FILTER (WHERE {_BEYOND}), min(e.at) FILTER (WHERE e.at = {readable("e.at")} AND {_BEYOND})
    FROM audit_entry e WHERE {_OWN}
"""
# Of one municipality the leaves of its own tree count: a second row with the number of a neighbour's leaf is a stranger, too.
_STRANGE = f"""
    WITH sealed AS (SELECT DISTINCT unnest(entries) AS id FROM audit_batch WHERE %(all)s OR municipality_id = %(only)s), seen AS (
        SELECT e.id, e.at, e.municipality_id, row_number() OVER (PARTITION BY e.id ORDER BY e.at) AS nth, s.id IS NULL AS strange
        FROM audit_entry e LEFT JOIN sealed s ON s.id = e.id
        WHERE {_OWN} AND (s.id IS NOT NULL OR NOT ({_BEYOND})))
    SELECT id, to_char(at AT TIME ZONE 'Asia/Tokyo', 'YYYY-MM-DD HH24:MI:SS'), municipality_id FROM seen WHERE strange OR nth > 1 ORDER BY id
"""


@dataclass(frozen=True)
class Tail:
    """まだ封のない行."""

    count: int
    since: str | None


def strangers(
    only: UUID | None, origins: Mapping[UUID | None, str], sealed: int, sound: bool
) -> tuple[Tail, list[Problem]]:
    """Of all trees or of one municipality. `sealed` leaves were read; while all was `sound` an equal count is enough."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT floor, xid, entry FROM audit_cursor")
        floor, xid, entry = cursor.fetchone() or (0, 0, 0)
        place: dict[str, Any] = {"floor": floor, "xid": xid, "entry": entry, "only": only, "all": only is None}
        cursor.execute(_COUNT, place)
        behind, waiting, since = cursor.fetchone()
        tail = Tail(waiting, since.isoformat() if since else None)
        if behind == sealed and sound:
            return tail, []
        cursor.execute(_STRANGE, place)
        return tail, [
            Problem(
                "inserted",
                origins.get(town, ""),
                -1,
                number,
                f"行 {number}（{at}）は、封をしたあとに差し込まれました",
            )
            for number, at, town in cursor.fetchall()
        ]
