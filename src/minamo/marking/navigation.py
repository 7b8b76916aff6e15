"""案内 (navigation): 採点 and テスト結果 for staff, テスト for families. No queries."""

from collections.abc import Iterable

from django.http import HttpRequest

from minamo.access.api import Actor, NavEntry
from minamo.design.jinja import url


def entries(request: HttpRequest, actor: Actor) -> Iterable[NavEntry]:
    """採点 for everybody who serves a school (whoever marks a shared test has no class of it), テスト結果 for who may read results; for
    families 返却されたテスト."""
    if actor.kind in {"guardian", "pupil"}:
        yield NavEntry("テスト", url("marking-results"), icon="book")
    elif actor.kind == "staff" and actor.side == "school":
        posts = ("homerooms", "teaches", "heads", "coordinators")
        answering = any(actor.uuids[name] for name in posts)
        if answering or actor.uuids["serves"]:
            yield NavEntry("採点", url("marking-home"), icon="pen")
        if answering:
            yield NavEntry("テスト結果", url("marking-results"), icon="book")
        for town in actor.uuids["boards"]:
            yield NavEntry("答案の保管", url("marking-keeping-town", municipality_id=town), "教育委員会", icon="book")
