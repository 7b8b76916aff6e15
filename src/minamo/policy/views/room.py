"""規程の部屋のいま: what waits for the person, group by group, and where everything of the room is."""

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from minamo.access.api import Actor
from minamo.policy.queries.incidents import open_incidents
from minamo.policy.queries.waiting import waiting_for
from minamo.policy.views.tabs import tabs

CALM = {
    "policy": "読む条文も、決める改正もありません。",
    "registers": "見直すものも、決めるものもありません。",
    "incidents": "対応中の事故はありません。",
    "inspections": "いま終えなければならない点検はありません。",
}


def room(request: HttpRequest, municipality_id: UUID) -> HttpResponse:
    """いま: one card a group. Who leads nothing came to read, and goes on to the text."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    groups = tabs(actor, municipality_id, "room")
    if not any(group["active"] for group in groups):
        return redirect("policy-text", municipality_id=municipality_id)
    waiting = waiting_for(actor)
    context: dict[str, Any] = {
        "town": request.loaded.row, "tabs": groups, "incidents": open_incidents(actor),  # type: ignore[attr-defined]
        "cards": [(group, CALM[group["key"]], [line for line in waiting if line.group == group["key"]])
                  for group in groups if group["key"] in CALM],
    }  # fmt: skip
    return render(request, "policy/room.html", context)
