"""案内 (navigation): the school calendar. No queries: everything comes from the actor."""

from collections.abc import Iterator

from django.http import HttpRequest
from django.urls import reverse

from minamo.access.api import Actor, NavEntry


def entries(request: HttpRequest, actor: Actor) -> Iterator[NavEntry]:
    """行事予定 of each school a person serves, under the school's name."""
    if actor.kind != "staff" or actor.side != "school":
        return
    schools = {post["school"]: post["school_name"] for post in actor.posts if post.get("school")}
    for school_id, name in schools.items():
        group = name if len(schools) > 1 else "学校"
        yield NavEntry(
            "行事予定", reverse("curriculum-calendar", kwargs={"school_id": school_id}), group, icon="calendar"
        )
