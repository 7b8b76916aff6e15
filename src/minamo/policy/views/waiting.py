"""規程の部屋が待っていること: a part of the start pages of the staff; empty for others."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from minamo.access.api import Actor
from minamo.policy.queries.waiting import waiting_for


def waiting(request: HttpRequest) -> HttpResponse:
    """Loaded once by the start page, so that the page itself waits for nothing."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    return render(request, "policy/_waiting_all.html", {"waiting": waiting_for(actor)})
