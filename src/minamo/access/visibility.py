"""見える行 (visible rows): the only way a list begins. The WHERE comes from the policy text, not from the caller."""

from typing import Self, TypeVar

from django.db import models

from minamo.access.actor import Actor
from minamo.access.compile import visible_q
from minamo.access.resources import resource_type

M = TypeVar("M", bound=models.Model)


class VisibleQuerySet(models.QuerySet[M]):
    """A queryset that starts from what an actor may do. Models name `resource_name` and `read_action`."""

    def visible_to(self, actor: Actor, action: str | None = None) -> Self:
        """Rows on which `actor` may do `action` (default: the model's `read_action`)."""
        model = self.model
        chosen = action or model.read_action  # type: ignore[attr-defined]
        return self.filter(visible_q(actor, chosen, resource_type(model.resource_name)))  # type: ignore[attr-defined]
