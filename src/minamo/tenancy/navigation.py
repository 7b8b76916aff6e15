"""案内 (navigation): what the rail offers of 自治体と学校. No queries: everything comes from the actor."""

from collections.abc import Iterable

from django.http import HttpRequest

from minamo.access.api import Actor, NavEntry
from minamo.design.jinja import url


def entries(request: HttpRequest, actor: Actor) -> Iterable[NavEntry]:
    """学校の設定, for the heads of a school; 情報担当, for the board."""
    if actor.kind != "staff" or actor.side != "school":
        return
    for municipality_id in actor.uuids["boards"]:
        yield NavEntry(
            "情報担当", url("tenancy-technicians", municipality_id=municipality_id), "教育委員会", icon="people"
        )
    heads = actor.uuids["heads"]
    for school_id in heads:
        name = next((post.get("school_name") for post in actor.posts if str(post.get("school")) == str(school_id)), "")
        label = "学校の設定" if len(heads) == 1 else f"学校の設定 {name}"
        yield NavEntry(label, url("tenancy-school", school_id=school_id), "学校", icon="settings")
