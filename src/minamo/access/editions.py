"""版のはたらき (editions in force): which numbers and which overlays an actor is under. actions/editions.py puts them in force.

Base rules are the rooms' own; an overlay is forbid-only Cedar text, so it can only close. Rules with overlays are parsed
once per text and kept.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from minamo.access.limits import LIMITS, checked, strictest
from minamo.access.policyset import OVERLAY, Policies, Rule, policies

ROOM = OVERLAY


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
    return checked({name: value for name, value in limits.items() if name in LIMITS})


def digest_of(limits: Mapping[str, int], overlay: str, *, base: str = "") -> str:
    """控えの番号 of an edition: over base rules, its numbers and its overlay."""
    return _sha("\0".join([base or policies().digest, json.dumps(dict(limits), sort_keys=True), overlay]))


def _sha(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def rules_for(overlays: tuple[str, ...]) -> Policies:
    """The rules an actor is under: the base, and the overlays of the actor's municipalities."""
    return composed(overlays) if overlays else policies()


def overlay_rules(text: str) -> tuple[Rule, ...]:
    """The rules of an overlay itself (none for an empty one). Raises PolicyError when it cannot be read."""
    return tuple(rule for rule in composed((text,)).rules if rule.room == ROOM) if text.strip() else ()


@lru_cache(maxsize=64)
def composed(overlays: tuple[str, ...]) -> Policies:
    """Base rules with overlays over them. Raises PolicyError when they cannot be used."""
    base = policies()
    return Policies({**base.texts, ROOM: "\n".join(overlays)}, base.schema_text)
