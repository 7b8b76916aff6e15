"""出どころの記録 (SourceLink): read as what is known, written as what was received."""

import datetime as dt
from collections.abc import Iterable, Mapping
from uuid import UUID

from django.db import connection

from minamo.interop.models import SourceLink
from minamo.interop.roster.merge import Cells, Known, Merged, Stored, digest_of
from minamo.interop.roster.profile import USED

BATCH = 2000


def read_stored(municipality_id: UUID | None) -> Stored:
    """All rows received for a municipality, by file and sourcedId. One query; none without a municipality."""
    found: dict[str, dict[str, Known]] = {name: {} for name in USED}
    if municipality_id is None:
        return found
    rows = SourceLink.objects.filter(municipality=municipality_id, file__in=USED)
    for file, sid, target, digest, cells, removed in rows.values_list(
        "file", "sourced_id", "target_id", "digest", "row", "removed_at"
    ).iterator(chunk_size=5000):
        found[file][sid] = Known(target, digest, cells, removed is not None)
    return found


def write_stored(
    municipality_id: UUID, merged: Merged, stored: Stored, targets: Mapping[tuple[str, str], UUID], now: dt.datetime
) -> None:
    """Remember what was received: new rows, changed rows, rows that are gone (kept, with the time)."""
    fresh: list[SourceLink] = []
    for name in USED:
        for sid in (*merged.created[name], *merged.updated[name]):
            cells = merged.after[name].get(sid)
            if cells is None:
                continue
            fresh.append(_link(municipality_id, name, sid, cells, targets))
        gone = [sid for sid in merged.removed[name] if sid in stored.get(name, {})]
        if gone:
            rows = SourceLink.objects.filter(municipality=municipality_id, file=name, sourced_id__in=gone)
            rows.update(removed_at=now)
    SourceLink.objects.bulk_create(
        fresh, batch_size=BATCH, update_conflicts=True, unique_fields=["municipality", "file", "sourced_id"],
        update_fields=["target_id", "digest", "row", "removed_at"],
    )  # fmt: skip


def _link(
    municipality_id: UUID, name: str, sid: str, cells: Cells, targets: Mapping[tuple[str, str], UUID]
) -> SourceLink:
    return SourceLink(
        municipality_id=municipality_id, file=name, sourced_id=sid, target_id=targets.get((name, sid), UUID(int=0)),
        digest=digest_of(cells), row=dict(cells), removed_at=None,
    )  # fmt: skip


def municipalities_of_orgs(sourced_ids: Iterable[str]) -> list[UUID]:
    """Which towns' schools these sourcedIds are: a difference (delta) does not name its town."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT interop_municipality_of_orgs(%s::text[])", [list(sourced_ids)])
        found: list[UUID] = cursor.fetchone()[0]
    return found


def pupils_by_master(births: Mapping[UUID, dt.date | None]) -> dict[UUID, tuple[UUID, UUID, bool]]:
    """master id → (pupil, municipality, whether the birth date fits), across all towns. One query."""
    if not births:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT * FROM interop_pupils_by_master(%s::uuid[], %s::date[])", [list(births), list(births.values())]
        )
        return {row[0]: (row[1], row[2], row[3]) for row in cursor.fetchall()}
