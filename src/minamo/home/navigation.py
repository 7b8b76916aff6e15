"""案内 (navigation): home for everybody, the tabs of families and pupils. No queries."""

from collections.abc import Iterator

from django.http import HttpRequest

from minamo.access.api import Actor, NavEntry
from minamo.design.jinja import url


def entries(request: HttpRequest, actor: Actor) -> Iterator[NavEntry]:
    """ホーム; for families 連絡, 出欠 and 設定 as well."""
    yield NavEntry("ホーム", url("home"), icon="home")
    if actor.kind == "guardian":
        yield NavEntry("連絡", url("attendance-notices"), icon="notice")
        yield NavEntry("出欠", url("attendance-children"), icon="calendar")
    if actor.kind in {"guardian", "pupil"}:
        yield NavEntry("設定", url("home-settings"), icon="settings")
