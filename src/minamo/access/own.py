"""The person's own account as the policy sees it, and the row in the trail for what a person does to it."""

import datetime as dt
from uuid import UUID

from django.utils import timezone

from minamo.access import ports
from minamo.access.actor import Actor
from minamo.access.queries import home_of
from minamo.access.resources import Resource
from minamo.access.routes import OWN


def own(account_id: UUID) -> Resource:
    """A person's own account as the policy sees it."""
    return Resource("Own", str(account_id), {"account": account_id}, OWN)


def own_row(
    actor: Actor, action: str, resource_type: str, resource: object, rules: tuple[str, ...], **detail: object
) -> None:
    """What a person does to the own account, where the own school or municipality can see it."""
    home = home_of(actor.account_id, actor.today)
    ports.trail()(
        actor=actor, action=action, resource_type=resource_type, resource_id=str(resource),
        municipality=home.municipality, school=home.school, rules=rules, detail=detail,
    )  # fmt: skip


def sign_in_row(
    actor: Actor | None, account: UUID | None, now: dt.datetime, outcome: str = "allow", **detail: object
) -> None:
    """A sign-in or a refused one. The same work for an unknown account: the answer takes the same time."""
    home = home_of(account or UUID(int=0), timezone.localdate(now))
    ports.trail()(
        actor=actor, action="own:sign-in", resource_type="Own", resource_id=str(account or ""),
        municipality=home.municipality, school=home.school, outcome=outcome, rules=("access.own",), detail=detail,
    )  # fmt: skip
