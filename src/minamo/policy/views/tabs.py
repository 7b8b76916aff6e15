"""規程の部屋の見出し: which pages of the room a person may open."""

from collections.abc import Iterator
from typing import Any
from uuid import UUID

from django.urls import reverse

from minamo.access.api import Actor

EVERYBODY = (
    ("text", "policy-text", "規程"),
    ("zero-trust", "policy-zero-trust", "ゼロトラスト"),
    ("assets", "policy-assets", "情報資産"),
    ("services", "policy-services", "外部サービス"),
    ("exceptions", "policy-exceptions", "例外"),
    ("incidents", "policy-incidents", "事故"),
)
BOARD = (
    ("inspections", "policy-inspections-town", "自己点検"),
    ("revisions", "policy-revisions", "改正と版"),
    ("read", "policy-acknowledged", "確認の状況"),
)
HEADS = (("inspections", "policy-inspections-school", "自己点検"), ("read", "policy-acknowledged-school", "確認の状況"))


def tabs(actor: Actor, municipality: UUID, active: str) -> list[dict[str, Any]]:
    """The tabs of the room for this person."""
    return [
        {"label": label, "url": url, "active": key == active}
        for key, url, label in _shown(actor, municipality)
    ]  # fmt: skip


def _shown(actor: Actor, municipality: UUID) -> Iterator[tuple[str, str, str]]:
    """(key, URL, label): the board's for the board, else a head's of the school of the main post here."""
    of_board = str(municipality) in actor.ids("boards")
    school = next((school for school in headed(actor, municipality)), None)
    for key, name, label in (*EVERYBODY, *(BOARD if of_board else ())):
        yield key, reverse(name, kwargs={"municipality_id": municipality}), label
    if school is not None and not of_board:
        for key, name, label in HEADS:
            yield key, reverse(name, kwargs={"school_id": school}), label


def headed(actor: Actor, municipality: UUID) -> list[str]:
    """Schools of the municipality the person heads, the main post first."""
    here = [post for post in actor.posts if str(post.get("municipality")) == str(municipality) and post.get("school")]
    return list(dict.fromkeys(str(post["school"]) for post in here if str(post["school"]) in actor.ids("heads")))
