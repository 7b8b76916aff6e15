"""案内: the policy for everybody on the staff, the registers for heads and the board. No queries."""

from collections.abc import Iterator
from typing import Any

from django.http import HttpRequest
from django.urls import reverse

from minamo.access.api import Actor, NavEntry


def entries(request: HttpRequest, actor: Actor) -> Iterator[NavEntry]:
    """規程 of each municipality a person serves."""
    if actor.kind != "staff" or actor.side != "school":
        return
    towns = {post["municipality"]: post["municipality_name"] for post in actor.posts if post.get("municipality")}
    for municipality, name in towns.items():
        of_board = str(municipality) in actor.ids("boards")
        group = "教育委員会" if of_board else (name if len(towns) > 1 else "学校")
        room = reverse("policy-room", kwargs={"municipality_id": municipality})
        incidents = reverse("policy-incidents", kwargs={"municipality_id": municipality})
        schools = (f"/schools/{school}/policy/" for school in actor.uuids["heads"])
        yield NavEntry("規程", room, group, icon="book", also=("/policy-", "/incidents/", incidents, *schools))


def bar(request: HttpRequest, actor: Actor) -> dict[str, Any]:
    """「事故を知らせる」 in the frame of every page, for the municipality one serves first."""
    if actor.kind != "staff" or actor.side != "school":
        return {}
    towns = [post["municipality"] for post in actor.posts if post.get("municipality")]
    return {"incident_url": reverse("policy-incidents", kwargs={"municipality_id": towns[0]})} if towns else {}
