"""上の帯 (bar): the name of the school and the school year, from the actor alone."""

from typing import Any

from django.http import HttpRequest

from minamo.access.api import Actor
from minamo.kernel.schoolyear import SchoolYear


def bar(request: HttpRequest, actor: Actor) -> dict[str, Any]:
    """The post at the school of the page names it, else the main one; at the board it is the municipality. Guardians and pupils have
    no post."""
    here = _school_of(request)
    main = next(
        (post for post in actor.posts if here and str(post.get("school")) == here), next(iter(actor.posts), None)
    )
    place = (main.get("school_name") or main.get("municipality_name") or "") if main else ""
    year = {"year_label": SchoolYear.of(actor.today).label()}
    return {"school_name": place, **year} if place else year


def _school_of(request: HttpRequest) -> str:
    """The school a page is about: of its record, or the one that was chosen on the start page."""
    loaded = getattr(request, "loaded", None)
    if loaded is None or loaded.resource.name == "Own":
        return request.GET.get("school", "")
    found = loaded.resource.id if loaded.resource.name == "School" else loaded.resource.values.get("school")
    return str(found or "")
