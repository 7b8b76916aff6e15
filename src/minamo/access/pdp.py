"""判断 (policy decision point): Cedar decides, and only a clean, schema-valid `Allow` opens.

Cedar by itself allows when a forbid rule fails to evaluate; here an evaluation error, a schema mismatch, an unknown
action or a crash of the engine is a refusal, recorded as an alarm.
"""

import datetime as dt
import json
import logging
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import cedarpy
from django.utils import timezone

from minamo.access.actor import Actor
from minamo.access.editions import rules_for
from minamo.access.policyset import Policies, Rule, policies
from minamo.access.resources import Resource
from minamo.kernel.businessdays import is_business_day

logger = logging.getLogger(__name__)
NOBODY = "none"  # an id no relation ever holds: stands for "has no class", "has no school"


@dataclass(frozen=True)
class Decision:
    """判断の結果: allow or not, the rules that decided, and whether the engine itself had trouble."""

    allowed: bool
    rules: tuple[str, ...] = ()
    alarm: str = ""
    under: Policies | None = field(default=None, compare=False, repr=False)

    @property
    def clause(self) -> str:
        """The clause that refused, for the denial page; empty when nothing permitted it."""
        return self._rule.clause if self.rules else ""

    @property
    def sentence(self) -> str:
        """The reason in plain Japanese."""
        if self.rules:
            return self._rule.sentence
        return "この操作を許す規則がありません。"

    @property
    def _rule(self) -> Rule:
        """The first rule that decided; it may stand in an overlay."""
        return (self.under or policies()).rule(self.rules[0])


@lru_cache(maxsize=2048)
def _principal_entities(text: str, digest: str, schema: cedarpy.Schema) -> cedarpy.Entities:
    """Parsed actors, keyed by their full text: a changed post is another key, so nothing stale is ever used. The
    schema also brings the action with its groups."""
    return cedarpy.Entities.from_json_str(text, schema)


@lru_cache(maxsize=8)
def _holiday(day: dt.date) -> bool:
    """Saturday, Sunday or a national holiday."""
    return not is_business_day(day, year_end=False)


def circumstances(actor: Actor) -> dict[str, Any]:
    """The context record of the request."""
    return {
        "side": actor.side,
        "strength": actor.strength,
        "authentication_age": actor.authentication_age,
        "device": actor.device_state,
        "device_proof_age": actor.device_proof_age,
        "act_proof_age": actor.act_proof_age,
        "posture": actor.posture,
        "posture_source": actor.posture_source,
        "network": actor.network,
        "hour": timezone.localtime(actor.now).hour,
        "holiday": _holiday(actor.today),
        "purpose": actor.purpose,
        "limits": dict(actor.limits),
    }


def resource_json(resource: Resource) -> str:
    """The resource as Cedar entity JSON; a missing reference becomes the id nobody holds."""
    attributes: dict[str, Any] = {}
    for name, attribute in resource.type.attributes.items():
        value = resource.values[name]
        if attribute.entity is None:
            attributes[name] = value
        elif attribute.many:
            attributes[name] = [_reference(attribute.entity, one) for one in value]
        else:
            attributes[name] = _reference(attribute.entity, value)
    return json.dumps([{"uid": {"type": resource.name, "id": resource.id}, "attrs": attributes, "parents": []}])


def _reference(entity: str, value: Any) -> dict[str, Any]:
    return {"__entity": {"type": entity, "id": NOBODY if value is None else str(value)}}


def decide(actor: Actor, action: str, resource: Resource, *, rules: Policies | None = None) -> Decision:
    """Decide one request. Never raises for what a request can contain; trouble is a refusal with an alarm. A stopped account, which
    no request gets past the sign-in with, is refused here as well."""
    if not actor.active:
        return Decision(False)
    try:
        return _ask(actor, action, resource, rules or rules_for(actor.overlays))
    except (KeyboardInterrupt, SystemExit):
        raise
    except BaseException as error:  # noqa: BLE001  fail closed on whatever engine or data do; a panic is no Exception
        logger.error("access decision failed: %s on %s", action, type(error).__name__)
        return Decision(False, (), alarm=type(error).__name__)


def _ask(actor: Actor, action: str, resource: Resource, rules: Policies) -> Decision:
    piece = rules.for_action(action)
    known = _principal_entities(actor.as_entity, rules.digest, piece.schema)
    entities = known.with_added_json_str(resource_json(resource), piece.schema)
    request = {
        "principal": {"type": "User", "id": str(actor.account_id)},
        "action": {"type": "Action", "id": action},
        "resource": {"type": resource.name, "id": resource.id},
        "context": circumstances(actor),
    }
    result = cedarpy.is_authorized(request, piece.handle, entities, piece.schema)
    reasons = tuple(result.diagnostics.reasons)
    if result.diagnostics.errors or result.decision not in {cedarpy.Decision.Allow, cedarpy.Decision.Deny}:
        logger.error("access decision had errors: %s", action)
        return Decision(False, (), alarm="evaluation")
    allowed = result.decision == cedarpy.Decision.Allow
    if allowed and not any(rules.rule(reason).permits for reason in reasons):
        logger.error("access decision without a rule: %s", action)
        return Decision(False, (), alarm="no rule")
    return Decision(allowed, reasons, under=rules)
