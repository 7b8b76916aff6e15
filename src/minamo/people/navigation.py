"""案内 (navigation): the lists of each school a person serves. No queries: everything is already in the posts."""

from collections.abc import Iterator

from django.http import HttpRequest
from django.urls import reverse

from minamo.access.api import Actor, NavEntry


def entries(request: HttpRequest, actor: Actor) -> Iterator[NavEntry]:
    """児童・生徒, 学級, 教職員 of each school, under the school's name."""
    if actor.kind != "staff" or actor.side != "school":
        return
    schools = {post["school"]: post["school_name"] for post in actor.posts if post.get("school")}
    for school_id, name in schools.items():
        group = name if len(schools) > 1 else "学校"
        for label, route in (("児童・生徒", "people-pupils"), ("学級", "people-classes"), ("教職員", "people-staff")):
            yield NavEntry(label, reverse(route, kwargs={"school_id": school_id}), group=group, icon="people")
