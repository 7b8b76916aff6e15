"""上の帯 (bar): the name of the school and the school year, from the actor alone."""

from typing import Any

from django.http import HttpRequest

from minamo.access.api import Actor
from minamo.kernel.schoolyear import SchoolYear


def bar(request: HttpRequest, actor: Actor) -> dict[str, Any]:
    """The main post names the school; at the board it is the municipality. Guardians and pupils have no post."""
    main = next(iter(actor.posts), None)
    place = (main.get("school_name") or main.get("municipality_name") or "") if main else ""
    year = {"year_label": SchoolYear.of(actor.today).label()}
    return {"school_name": place, **year} if place else year
