"""だれの答案か確かめる画面."""

import json
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from minamo.access.api import may, waiting_keys
from minamo.kernel.ids import id_of
from minamo.marking.actions.bindings import confirm_owners
from minamo.marking.check_rules import Before, Conflict
from minamo.marking.models import Sitting
from minamo.marking.queries.check import Sent, check
from minamo.marking.queries.scans import elsewhere
from minamo.marking.views.scan.frame import actor_of, ids_in, sitting_of

PREFIX, SAID = "page-", "said-"


def owners(request: HttpRequest, sitting_id: UUID) -> HttpResponse:
    """名簿と氏名らんを並べる (GET); 決める (POST)."""
    row = sitting_of(request)
    if request.method != "POST":
        return _show(request, row)
    sent = _sent(request)
    try:
        found = confirm_owners(
            actor=actor_of(request), sitting=row, owners=sent.owners, absent=sent.absent, before=sent.before
        )
    except Conflict as conflict:
        return _show(request, row, sent, conflict.problems)
    response = redirect("marking-check" if found.open else "marking-sitting", sitting_id=sitting_id)
    response["Location"] += "?done=some" if found.open else "?done=owners"
    return response


def _sent(request: HttpRequest) -> Sent:
    absent, before = (frozenset(ids_in(request.POST.getlist(name))) for name in ("absent", "said-absent"))
    said = _owners(request, SAID)
    return Sent(_owners(request, PREFIX), absent, Before(said, before) if said else None)


def _owners(request: HttpRequest, prefix: str) -> dict[UUID, UUID | None]:
    said = {
        id_of(name.removeprefix(prefix)): id_of(value)
        for name, value in request.POST.items()
        if name.startswith(prefix)
    }
    return {page: pupil for page, pupil in said.items() if page is not None}


def _elsewhere(request: HttpRequest, row: Sitting) -> bool:
    """Whether a paper can go to another class of the same test."""
    actor = actor_of(request)
    return any(may(actor, "sitting:manage", one) for one in elsewhere(row, actor))


def _show(request: HttpRequest, row: Sitting, sent: Sent | None = None, problems: tuple[str, ...] = ()) -> HttpResponse:
    actor = actor_of(request)
    context = {
        "row": row,
        "check": check(actor, row, sent),
        "locks": json.dumps(waiting_keys(actor.account_id)),
        "problems": problems,
        "done": request.GET.get("done", ""),
        "moved": id_of(request.GET.get("page", "")),
        "elsewhere": _elsewhere(request, row),
    }
    return render(request, "marking/scan_check.html", context, status=422 if problems else 200)
