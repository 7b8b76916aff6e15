"""版を施行する: what an overlay must be, and the verb that puts an edition in force."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from minamo.access.actor import Actor
from minamo.access.checks import compile_all
from minamo.access.edition import Edition
from minamo.access.editions import ROOM, composed, digest_of
from minamo.access.enforce import authorise
from minamo.access.limits import checked
from minamo.access.policyset import PolicyError, policies
from minamo.access.ports import trail
from minamo.access.resources import Resource, resource_type


def check_overlay(text: str, *, code: str) -> None:
    """Raises PolicyError (in Japanese, for the person who wrote it) unless the overlay is valid, only closes, names its
    rules `overlay.CODE-…`, and can be honoured in lists."""
    if not text.strip():
        return
    try:
        rules = composed((text,))
    except PolicyError as error:
        raise PolicyError(f"上乗せの規則を読めません。{error}") from error
    own = [rule for rule in rules.rules if rule.room == ROOM]
    opening = [rule.id for rule in own if rule.permits]
    if opening:
        raise PolicyError(f"上乗せできるのは閉じる規則だけです（{opening[0]} は開く規則です）。")
    strangers = [rule.id for rule in own if not rule.id.startswith(f"{ROOM}.{code}-")]
    if strangers:
        raise PolicyError(f"規則の名前は {ROOM}.{code}- で始めてください（{strangers[0]}）。")
    try:
        compile_all(rules)
    except PolicyError as error:
        raise PolicyError(f"一覧に使えない書き方があります。{error}") from error


@dataclass(frozen=True)
class NewEdition:
    """これから施行する版: `code` is the municipality's code, which the names of its overlay's rules carry."""

    municipality: UUID
    code: str
    limits: Mapping[str, int]
    overlay: str = ""


def activate(*, actor: Actor, edition: NewEdition, at: dt.datetime) -> str:
    """施行する: from the next request on everybody of the municipality is under it. Returns its digest.

    Raises Denied (`policy:activate`), PolicyError for an overlay that cannot be, ValueError for a number out of bounds.
    """
    town = Resource("Municipality", str(edition.municipality), {"municipality": edition.municipality}, resource_type("Municipality"))  # fmt: skip
    decision = authorise(actor, "policy:activate", town)
    checked(edition.limits)
    check_overlay(edition.overlay, code=edition.code)
    digest = digest_of(edition.limits, edition.overlay)
    rows = Edition.objects.select_for_update().filter(municipality_id=edition.municipality, superseded_at=None)
    former = rows.first()
    rows.update(superseded_at=at)
    Edition.objects.create(
        municipality_id=edition.municipality, limits=dict(edition.limits), overlay=edition.overlay, digest=digest,
        base_digest=policies().digest, activated_at=at, activated_by_label=actor.label,
        activated_by=actor.account_id if actor.kind != "system" else None,
    )  # fmt: skip
    trail()(
        actor=actor, action="policy:activate", resource_type="Municipality", resource_id=str(edition.municipality),
        municipality=edition.municipality, rules=decision.rules,
        detail={"digest": digest, "former": former.digest if former else "", "limits": dict(edition.limits)},
    )  # fmt: skip
    return digest
