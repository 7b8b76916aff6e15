"""版のはたらき (editions in force): which numbers and which overlays an actor is under, and how an edition is put in force.

Base rules are the rooms' own; an overlay is forbid-only Cedar text, so it can only close. Rules with overlays are parsed
once per text and kept.
"""

import datetime as dt
import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any
from uuid import UUID

from minamo.access.limits import checked, strictest
from minamo.access.policyset import Policies, PolicyError, policies

if TYPE_CHECKING:
    from minamo.access.actor import Actor

ROOM = "overlay"


@dataclass(frozen=True)
class InForce:
    """効いている版: the strictest numbers of several editions, all their overlays, and the digest of it all."""

    limits: Mapping[str, int]
    overlays: tuple[str, ...]
    digest: str


def in_force(rows: str | Iterable[Mapping[str, Any]] | None) -> InForce:
    """The editions of an actor's municipalities as one, from the JSON of `access_editions_of`."""
    editions: list[Mapping[str, Any]] = json.loads(rows) if isinstance(rows, str) else list(rows or ())
    return _merged(
        policies().digest, tuple((json.dumps(e["limits"], sort_keys=True), str(e["overlay"])) for e in editions)
    )


@lru_cache(maxsize=256)
def _merged(base: str, editions: tuple[tuple[str, str], ...]) -> InForce:
    limits = [known(json.loads(text)) for text, _ in editions]
    digests = sorted(digest_of(json.loads(text), overlay, base=base) for text, overlay in editions)
    digest = base if not digests else digests[0] if len(digests) == 1 else _sha("\0".join(digests))
    return InForce(strictest(limits), tuple(sorted({overlay for _, overlay in editions if overlay})), digest)


def known(limits: Mapping[str, int]) -> Mapping[str, int]:
    """The numbers this installation knows (one that a later version dropped says nothing any more)."""
    from minamo.access.limits import LIMITS

    return checked({name: value for name, value in limits.items() if name in LIMITS})


def digest_of(limits: Mapping[str, int], overlay: str, *, base: str = "") -> str:
    """控えの番号 of an edition: over base rules, its numbers and its overlay."""
    return _sha("\0".join([base or policies().digest, json.dumps(dict(limits), sort_keys=True), overlay]))


def _sha(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def rules_for(actor: "Actor") -> Policies:
    """The rules an actor is under: the base, and the overlays of the actor's municipalities."""
    return composed(actor.overlays) if actor.overlays else policies()


@lru_cache(maxsize=64)
def composed(overlays: tuple[str, ...]) -> Policies:
    """Base rules with overlays over them. Raises PolicyError when they cannot be used."""
    base = policies()
    return Policies({**base.texts, ROOM: "\n".join(overlays)}, base.schema_text)


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
    from minamo.access.checks import compile_all

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


def activate(*, actor: "Actor", edition: NewEdition, at: dt.datetime) -> str:
    """施行する: from the next request on everybody of the municipality is under it. Returns its digest.

    Raises Denied (`policy:activate`), PolicyError for an overlay that cannot be, ValueError for a number out of bounds.
    """
    from minamo.access.edition import Edition
    from minamo.access.enforce import authorise
    from minamo.access.ports import trail
    from minamo.access.resources import Resource, resource_type

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
