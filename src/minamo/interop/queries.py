"""確認待ちの数: what waits in this room for somebody who may act. Counts and names of files, nothing about a child."""

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Count

from minamo.access.api import Actor
from minamo.interop.models import ImportRun, TrayRow
from minamo.interop.roster.run import KIND
from minamo.tenancy.api import Municipality, School


@dataclass(frozen=True, slots=True)
class ReadyRoster:
    """確かめた名簿 that waits to be applied."""

    run_id: UUID
    municipality_id: UUID
    filename: str
    checked_at: dt.datetime
    summary: str


def rows_waiting(actor: Actor, school_ids: Iterable[UUID]) -> Mapping[UUID, int]:
    """確認待ちの行: rows of guardians' lists that are not taken until somebody decides, by school; schools without any and
    schools whose lists the actor may not take are missing. One query."""
    schools = School.objects.visible_to(actor, "roster:guardians").filter(pk__in=list(school_ids))
    rows = TrayRow.objects.filter(school__in=schools, state=TrayRow.State.WAITING, blocking=True)
    return dict(rows.order_by().values_list("school").annotate(Count("id")))


def rosters_ready(actor: Actor, municipality_ids: Iterable[UUID]) -> list[ReadyRoster]:
    """取り込みを待つ名簿 of municipalities whose rosters the actor may import, the latest first. One query."""
    towns = Municipality.objects.visible_to(actor, "roster:import").filter(pk__in=list(municipality_ids))
    runs = ImportRun.objects.filter(municipality__in=towns, kind=KIND, state=ImportRun.State.READY)
    found = runs.order_by("-started_at", "-id").values_list(
        "pk", "municipality", "filename", "started_at", "report__summary"
    )
    return [ReadyRoster(*row) for row in found]
