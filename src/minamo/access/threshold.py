"""戸口に立つ (threshold): what the staff can do at a device that opens no school work, or not yet; what the start page there shows.

Not a decision of its own: the engine is asked about every entry of the menu whether a wall of devices stands before whatever row it
may lead to. A proof that is merely due is no reason to stand here; it is asked for in place.
"""

from dataclasses import dataclass
from urllib.parse import urlsplit

from django.http import HttpRequest
from django.urls import resolve

from minamo.access.actor import Actor
from minamo.access.models import Device
from minamo.access.queries import TerminalCard, cards_of
from minamo.access.registrations import approvers_of
from minamo.access.remedies import Refusal, closed_by_the_device, explain, hidden_until_proved
from minamo.access.routes import Route
from minamo.access.shell import HOME, entries_for

HERE = ("device", "posture", "blocked", "other-device")  # the ways that end here; person and proof go on by themselves


@dataclass(frozen=True)
class Threshold:
    """いまの端末でできること: what stands in the way, the pages that open even so and those that will (label, address), this device's line in
    the register and whose approval it waits for."""

    refusal: Refusal
    opens: tuple[tuple[str, str], ...]
    later: tuple[str, ...]
    card: TerminalCard | None
    approvers: tuple[str, ...]


def threshold(request: HttpRequest, actor: Actor, action: str) -> Threshold | None:
    """Where the staff stand when this device does not open `action` (the start page's own); None when it does, and for families."""
    in_order = actor.device_state in {"approved", "trusted"} and actor.posture != "bad" and not actor.elsewhere
    hidden = None if in_order else closed_by_the_device(actor, action)
    if hidden is None:
        return None
    refusal = explain(actor, action, hidden.resource, hidden.decision)
    if refusal.way not in HERE and not actor.elsewhere:
        return None
    card = _card(actor)
    opens, later = _menu(request, actor)
    approvers = approvers_of(actor, card.terminal) if card and card.waits else []
    return Threshold(refusal, opens, later, card, tuple(approvers))


def _menu(request: HttpRequest, actor: Actor) -> tuple[tuple[tuple[str, str], ...], tuple[str, ...]]:
    """The entries of the menu besides the start page: those that open here, and those that need an approved device."""
    opens, later = [], []
    for entry in entries_for(request, actor):
        if entry.url == HOME:
            continue
        declared: Route = resolve(urlsplit(entry.url).path).func.minamo_route  # type: ignore[attr-defined]
        action = declared.shows or declared.action_for("GET") or ""
        if declared.public or _opens(actor, action):
            opens.append((entry.label, entry.url))
        else:
            later.append(entry.label)
    return tuple(opens), tuple(later)


def _opens(actor: Actor, action: str) -> bool:
    """Whether no wall of devices stands before whatever row there may be. (A closed device is a wall that no proof lifts.)"""
    return hidden_until_proved(actor, action) is None and closed_by_the_device(actor, action) is None


def _card(actor: Actor) -> TerminalCard | None:
    if actor.device_id is None:
        return None
    row = Device.objects.select_related("terminal").filter(pk=actor.device_id).first()
    return cards_of([row.terminal], actor)[0] if row and row.terminal else None
