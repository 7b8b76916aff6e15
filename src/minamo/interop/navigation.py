"""メニュー: the board finds the rosters of its municipality, a school its list of guardians."""

from collections.abc import Iterator

from django.http import HttpRequest
from django.urls import reverse

from minamo.access.api import Actor, NavEntry


def entries(request: HttpRequest, actor: Actor) -> Iterator[NavEntry]:
    """名簿の取り込み for the board; 保護者一覧 for the officers of a school."""
    if actor.side == "school":
        for municipality_id in actor.uuids["boards"]:
            target = reverse("interop-roster", kwargs={"municipality_id": municipality_id})
            yield NavEntry("名簿の取り込み", target, group="教育委員会", icon="people")
        officers = {*actor.uuids["heads"], *actor.uuids["coordinators"], *actor.uuids["clerks"]}
        for school_id in [school for school in actor.uuids["serves"] if school in officers][:1]:
            target = reverse("interop-guardians", kwargs={"school_id": school_id})
            yield NavEntry("保護者一覧の取り込み", target, group="学校", icon="people")
