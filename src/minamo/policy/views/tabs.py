"""規程の部屋の見出し: its four groups, and the pages of each that a person may open.

The words of the first row are short enough to stand beside each other on a phone. Those who lead a school or the town have
「いま」 before them: what waits, group by group.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from minamo.access.api import Actor
from minamo.policy.queries.ways import Way, Whose, address


@dataclass(frozen=True)
class Page:
    """One page of the room: its key, its word, its route (of the town, or of the school a head leads), who it is for."""

    key: str
    label: str
    route: str
    whose: Whose = "staff"
    of_school: str = ""

    @property
    def way(self) -> Way:
        """Where it is."""
        return Way(self.label, self.route, self.whose, self.of_school)


@dataclass(frozen=True)
class Group:
    """一つのまとまり: its word and its pages, the first of them being where it leads."""

    key: str
    label: str
    pages: tuple[Page, ...]


GROUPS = (
    Group("now", "いま", (Page("room", "いま", "policy-room", "leads"),)),
    Group(
        "policy",
        "規程",
        (
            Page("text", "条文", "policy-text"),
            Page("editions", "過去の版", "policy-editions"),
            Page("revisions", "改正と版", "policy-revisions", "board"),
            Page("read", "確認の状況", "policy-acknowledged", "leads", "policy-acknowledged-school"),
            Page("zero-trust", "ゼロトラスト", "policy-zero-trust"),
        ),
    ),
    Group(
        "registers",
        "台帳",
        (
            Page("assets", "情報資産", "policy-assets"),
            Page("services", "外部サービス", "policy-services"),
            Page("exceptions", "例外", "policy-exceptions"),
        ),
    ),
    Group("incidents", "事故", (Page("incidents", "事故", "policy-incidents"),)),
    Group(
        "inspections",
        "点検",
        (Page("inspections", "自己点検", "policy-inspections-town", "leads", "policy-inspections-school"),),
    ),
)


def tabs(actor: Actor, municipality: UUID, active: str) -> list[dict[str, Any]]:
    """The groups of the room for this person, each with its pages; the one of the page `active` is open."""
    return list(_shown(actor, municipality, active))


def _shown(actor: Actor, municipality: UUID, active: str) -> Iterator[dict[str, Any]]:
    for group in GROUPS:
        pages = [
            {"label": page.label, "url": url, "active": page.key == active}
            for page in group.pages
            if (url := address(page.way, actor, municipality))
        ]
        if pages:
            here = active in {page.key for page in group.pages}
            yield {"key": group.key, "label": group.label, "url": pages[0]["url"], "active": here, "pages": pages}
