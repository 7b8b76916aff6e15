"""枠 (shell): the rail, the bar and the tabs. Rooms offer entries; the frame shows those the person may open."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest

from minamo.access.actor import Actor


@dataclass(frozen=True)
class Entry:
    """One entry of the navigation: already resolved for this person."""

    label: str
    url: str
    group: str = ""
    badge: int | None = None
    icon: str = ""
    also: tuple[str, ...] = ()  # where else one is in this place: beginnings of paths

    def holds(self, path: str) -> bool:
        """Whether a page belongs to the entry. Every path begins with "/": home is where one is only at home."""
        return path == self.url or path.startswith((*((self.url,) if self.url != "/" else ()), *self.also))


HOME = "/"
CLOSED_DEVICE = frozenset({"lost", "quarantined"})
Provider = Callable[[HttpRequest, Actor], Iterable[Entry]]
Bar = Callable[[HttpRequest, Actor], dict[str, Any]]
_providers: list[tuple[int, Provider]] = []
_bars: list[Bar] = []
_scripts: list[str] = []


def offer_navigation(position: int, provider: Provider) -> None:
    """A room offers entries (called at start). Lower positions come first. Providers must not query."""
    if (position, provider) not in _providers:
        _providers.append((position, provider))
        _providers.sort(key=lambda item: item[0])


def offer_bar(bar: Bar) -> None:
    """A room fills the bar (school name, 年度, search). Must not query."""
    if bar not in _bars:
        _bars.append(bar)


def offer_scripts(*paths: str) -> None:
    """A room loads scripts (static paths, ES modules, in this order) on every page of the staff that has the frame."""
    _scripts.extend(path for path in paths if path not in _scripts)


def entries_for(request: HttpRequest, actor: Actor) -> list[Entry]:
    """What the rooms offer this person, group by group: where several schools have their groups, each stands together."""
    entries = [entry for _, provider in _providers for entry in provider(request, actor)]
    groups = list(dict.fromkeys(entry.group for entry in entries))
    return sorted(entries, key=lambda entry: groups.index(entry.group))


def navigation_for(request: HttpRequest, actor: Actor) -> dict[str, Any]:
    """Everything the layouts need for this person. A closed device offers nothing that it would then refuse."""
    closed = actor.device_state in CLOSED_DEVICE
    entries = [entry for entry in entries_for(request, actor) if not closed or entry.url == HOME]
    longest = max((e.url for e in entries if e.holds(request.path)), key=len, default=None)
    result: dict[str, Any] = {
        "nav": [
            {
                "label": e.label,
                "url": e.url,
                "group": e.group,
                "badge": e.badge,
                "icon": e.icon,
                "active": e.url == longest,
            }
            for e in entries
        ],
        "actor_label": actor.label,
        "actor_role": "・".join(dict.fromkeys(post["label"] for post in actor.posts)),
        "side": actor.side,
        "room_scripts": _scripts if actor.kind == "staff" else [],
    }
    for bar in _bars:
        result |= bar(request, actor)
    if closed:
        result |= {name: None for name in result if name.endswith("_url")}
    return result
