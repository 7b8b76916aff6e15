"""案内 (navigation): what the rail offers of 出欠. No queries: everything comes from the actor."""

from collections.abc import Iterable

from django.http import HttpRequest

from minamo.access.api import Actor, NavEntry
from minamo.design.jinja import url


def staff_entries(request: HttpRequest, actor: Actor) -> Iterable[NavEntry]:
    """出欠 of the own classes, this morning of the own schools, the codes for the board."""
    if actor.kind != "staff" or actor.side != "school":
        return
    homerooms = actor.uuids["homerooms"]
    for number, class_id in enumerate(homerooms, start=1):
        label = "出欠・健康観察" if len(homerooms) == 1 else f"出欠・健康観察 {number}"
        yield NavEntry(label, url("attendance-register", class_id=class_id), icon="check")
    schools = {post["school"]: post["school_name"] for post in actor.posts if post.get("school")}
    for school_id, name in schools.items():
        label = "けさの出欠" if len(schools) == 1 else f"けさの出欠 {name}"
        yield NavEntry(label, url("attendance-morning", school_id=school_id), icon="calendar")
    for municipality_id in actor.uuids["boards"]:
        yield NavEntry(
            "出欠区分", url("attendance-codes", municipality_id=municipality_id), "教育委員会", icon="settings"
        )
