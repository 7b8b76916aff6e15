"""もう一度の判断 (replay): a decision of the past, asked again under another edition. What the trail keeps of the circumstances is
enough to build the actor of that moment; relations are those of that day.
"""

import datetime as dt
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from minamo.access.actor import Actor
from minamo.access.editions import composed
from minamo.access.policyset import Policies, Rule, policies
from minamo.kernel.schoolyear import JST


def circumstances_kept(actor: Actor) -> dict[str, Any]:
    """The circumstances of a decision as the trail keeps them: states and ages in minutes, no addresses."""
    return {
        "side": actor.side, "strength": actor.strength, "auth": actor.authentication_age, "device": actor.device_state,
        "proof": actor.device_proof_age, "posture": actor.posture,
        "reporter": actor.posture_source, "network": actor.network, "purpose": actor.purpose,
    } | ({} if actor.act_proved_at is None else {"act": actor.act_proof_age})  # fmt: skip


def actor_then(
    person: Actor, kept: Mapping[str, Any], at: dt.datetime, *, limits: Mapping[str, int], overlays: tuple[str, ...]
) -> Actor:
    """The person in the circumstances kept in the trail, under these numbers and overlays."""
    return replace(
        person, side=kept["side"], strength=kept["strength"], device_state=kept["device"], posture=kept["posture"],
        posture_source=kept.get("reporter", "none"), network=kept["network"], purpose=kept["purpose"], now=at, today=at.astimezone(JST).date(),
        authenticated_at=at - dt.timedelta(minutes=kept["auth"]), limits=limits, overlays=overlays,
        device_proved_at=at - dt.timedelta(minutes=kept["proof"]),
        act_proved_at=at - dt.timedelta(minutes=kept["act"]) if "act" in kept else None,
    )  # fmt: skip


def rules_with(overlay: str) -> Policies:
    """The base rules with an overlay (which may be empty)."""
    return composed((overlay,)) if overlay.strip() else policies()


def movable(rules: Policies) -> tuple[Rule, ...]:
    """Closing rules that another edition can change: those of the overlay and those that read a number."""
    return tuple(
        rule
        for rule in rules.rules
        if not rule.permits and (rule.room == "overlay" or "'limits'" in repr(rule.template))
    )
