"""規程の部屋の見出し: which pages of the room a person may open."""

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
BOARD = (("revisions", "policy-revisions", "改正と版"), ("read", "policy-acknowledged", "確認の状況"))


def tabs(actor: Actor, municipality: UUID, active: str) -> list[dict[str, Any]]:
    """The tabs of the room for this person."""
    shown = [*EVERYBODY, *BOARD] if str(municipality) in actor.ids("boards") else list(EVERYBODY)
    return [
        {"label": label, "url": reverse(name, kwargs={"municipality_id": municipality}), "active": key == active}
        for key, name, label in shown
    ]
