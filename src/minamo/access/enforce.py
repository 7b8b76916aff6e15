"""執行 (policy enforcement point): one function asks, one exception refuses."""

from typing import Any

from django.db.models import Model

from minamo.access.actor import Actor
from minamo.access.pdp import Decision, decide
from minamo.access.resources import Resource, resource_type


class Denied(Exception):
    """拒否: the actor may not do this. Carries the decision, so that the page can name the clause."""

    def __init__(self, decision: Decision, action: str, resource: Resource) -> None:
        super().__init__(action)
        self.decision = decision
        self.action = action
        self.resource = resource


def as_resource(target: Model | Resource) -> Resource:
    """A model row (of a registered type) or a resource, as a resource."""
    if isinstance(target, Resource):
        return target
    return resource_type(target.resource_name).entity_of(target)  # type: ignore[attr-defined]


def authorise(actor: Actor, action: str, target: Model | Resource) -> Decision:
    """Return the decision when it allows; raise Denied otherwise. Asked again within a request, remembered."""
    resource = as_resource(target)
    key = (action, resource.name, resource.id, tuple(sorted((k, str(v)) for k, v in resource.values.items())))
    memory: dict[Any, Decision] = actor.__dict__.setdefault("_decisions", {})
    if key not in memory:
        memory[key] = decide(actor, action, resource)
    if not memory[key].allowed:
        raise Denied(memory[key], action, resource)
    return memory[key]


def may(actor: Actor, action: str, target: Model | Resource) -> bool:
    """Whether the actor may, for showing or hiding a button. The button's own request is decided again."""
    try:
        authorise(actor, action, target)
    except Denied:
        return False
    return True
