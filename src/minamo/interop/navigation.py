"""メニュー: the board finds the rosters of its municipality."""

from collections.abc import Iterator

from django.http import HttpRequest
from django.urls import reverse

from minamo.access.api import Actor, NavEntry


def entries(request: HttpRequest, actor: Actor) -> Iterator[NavEntry]:
    """名簿の取り込み, one for each municipality the person is of the board of."""
    if actor.side == "school":
        for municipality_id in actor.uuids["boards"]:
            target = reverse("interop-roster", kwargs={"municipality_id": municipality_id})
            yield NavEntry("名簿の取り込み", target, group="教育委員会", icon="people")
