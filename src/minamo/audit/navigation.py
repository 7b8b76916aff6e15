"""メニュー: the trail for heads (own school) and for the board."""

from collections.abc import Iterator

from django.http import HttpRequest
from django.urls import reverse

from minamo.access.api import Actor, NavEntry


def entries(request: HttpRequest, actor: Actor) -> Iterator[NavEntry]:
    """操作記録, where the person may read it."""
    if actor.side != "school":
        return
    for school_id in actor.uuids["heads"][:1]:
        yield NavEntry(
            "操作記録", reverse("audit-school", kwargs={"school_id": school_id}), group="学校", icon="shield"
        )
    for municipality_id in actor.uuids["boards"]:
        target = reverse("audit-municipality", kwargs={"municipality_id": municipality_id})
        yield NavEntry("操作記録", target, group="教育委員会", icon="shield")
        seal = reverse("audit-seal", kwargs={"municipality_id": municipality_id})
        yield NavEntry("記録の封", seal, group="教育委員会", icon="shield")
