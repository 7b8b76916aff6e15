"""The frame around a page: who is signed in, where, and what the rail offers."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest

from minamo.access.shell import navigation_for


def shell(request: HttpRequest) -> dict[str, Any]:
    """Template variables every layout understands (see design/layouts)."""
    actor = getattr(request, "actor", None)
    context: dict[str, Any] = {"actor": actor, "request": request}
    if actor is not None:
        context |= navigation_for(request, actor)
        if actor.kind == "staff" and actor.device_state in {"approved", "trusted"}:
            minutes = actor.limits["device_proof_minutes"]
            context["device_proof"] = {
                "every": max(20, minutes * 60 - 60 if minutes > 1 else 30),
                "demo": settings.DEMO,
            }
    return context
