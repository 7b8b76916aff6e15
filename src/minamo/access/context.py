"""The frame around a page: who is signed in, where, and what the rail offers."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest

from minamo.access.routes import Loaded, Route
from minamo.access.shell import navigation_for
from minamo.access.why import page_about


def shell(request: HttpRequest) -> dict[str, Any]:
    """Template variables every layout understands (see design/layouts)."""
    actor = getattr(request, "actor", None)
    context: dict[str, Any] = {"actor": actor, "request": request}
    if actor is not None:
        context |= navigation_for(request, actor)
        if actor.kind == "staff":
            context["why_url"] = _why(request)
        if actor.kind == "staff" and actor.device_state in {"approved", "trusted"}:
            minutes = actor.limits["device_proof_minutes"]
            context["device_proof"] = {
                "every": max(20, minutes * 60 - 60 if minutes > 1 else 30),
                "demo": settings.DEMO,
            }
    return context


def _why(request: HttpRequest) -> str:
    """Where the page of one record is explained, the page's own action first; empty where it is about no row."""
    loaded: Loaded | None = getattr(request, "loaded", None)
    route: Route | None = getattr(getattr(request.resolver_match, "func", None), "minamo_route", None)
    if loaded is None or loaded.row is None or route is None:
        return ""
    return page_about(loaded.resource.name, loaded.resource.id, route.action_for(request.method or "GET") or "")
