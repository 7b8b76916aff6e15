"""案内 (navigation): the lists of each school a person serves. No queries: everything is already in the posts."""

from collections.abc import Iterator
from typing import Any

from django.http import HttpRequest
from django.urls import reverse

from minamo.access.api import Actor, NavEntry


def schools_of(actor: Actor) -> dict[str, str]:
    """Id → short name of the schools a member of staff serves today, the main post first."""
    if actor.kind != "staff" or actor.side != "school":
        return {}
    return {post["school"]: post["school_name"] for post in actor.posts if post.get("school")}


def entries(request: HttpRequest, actor: Actor) -> Iterator[NavEntry]:
    """児童・生徒, 学級, 教職員 of each school, under the school's name."""
    schools = schools_of(actor)
    for school_id, name in schools.items():
        group = name if len(schools) > 1 else "学校"
        for label, route in (("児童・生徒", "people-pupils"), ("学級", "people-classes"), ("教職員", "people-staff")):
            yield NavEntry(label, reverse(route, kwargs={"school_id": school_id}), group=group, icon="people")


def bar(request: HttpRequest, actor: Actor) -> dict[str, Any]:
    """さがす: the field in the bar looks in the school of the page, else in the main one."""
    schools = schools_of(actor)
    here = request.resolver_match.kwargs.get("school_id") if request.resolver_match else None
    school = str(here) if str(here) in schools else next(iter(schools), None)
    return {"search_url": reverse("people-pupils", kwargs={"school_id": school})} if school else {}
