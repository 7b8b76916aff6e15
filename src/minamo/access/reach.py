"""手が届くか (reach): may somebody do it now, after a proof, or not at all? For what a page offers and what it says it hides.

`may` asks about this moment. A page that hides a button because of it says something false to whoever only has to prove
himself, his device or its state again: the officer who signed in twenty minutes ago reads that somebody else has to approve.
So controls ask `offers`, and contents that are hidden ask `reach`, which also says what would open them. Both come from the
engine, asked as on the refusal page (remedies.py); the request of the control is decided again and leads to the proof in place.
"""

from dataclasses import dataclass

from django.db.models import Model
from django.http import Http404, HttpRequest
from django.urls import Resolver404

from minamo.access.actor import Actor
from minamo.access.enforce import Denied, as_resource, authorise
from minamo.access.proof.invariant import collected
from minamo.access.remedies import STEP_UP, WALLS, explain
from minamo.access.resources import Resource
from minamo.access.routes import own_account, route_at


@dataclass(frozen=True)
class Reach:
    """届き方: `now`, or by the `way` (device, posture, person, proof) of remedies.py; neither for who may not. `sentence` and
    `clause` are the wall's that stands in the way."""

    now: bool
    way: str = ""
    sentence: str = ""
    clause: str = ""

    @property
    def offered(self) -> bool:
        """Whether a control for it belongs on the page."""
        return self.now or bool(self.way)


def reach(actor: Actor, action: str, target: Model | Resource) -> Reach:
    """How far the actor is from doing it. A second decision is made only where a wall stands that a proof can lift."""
    try:
        authorise(actor, action, target)
    except Denied as error:
        if not WALLS & set(error.decision.rules):
            return Reach(False)
        refusal = explain(actor, action, as_resource(target), error.decision)
        return Reach(False, refusal.way, refusal.sentence, refusal.clause) if refusal.way in STEP_UP else Reach(False)
    return Reach(True)


@dataclass(frozen=True)
class Page:
    """画面 of minamo at an address: what one does there, in words, and whether the actor may open it (now or once a proof is given)."""

    words: str
    opens: bool


def page_at(request: HttpRequest, actor: Actor, address: str) -> Page:
    """What stands at an address of minamo (a path). One that leads nowhere, or to nothing within the actor's scope, is only named."""
    try:
        declared, arguments = route_at(address)
    except Resolver404:
        return Page("いまはない画面", opens=False)
    action = declared.action_for("GET") if declared else None
    if declared is None or action is None:
        return Page("画面でないところ", opens=False)
    if declared.loader in {None, own_account}:
        plain = "ホーム" if declared.name == "home" else "だれでも読める画面" if declared.public else "自分の画面"
        return Page(_named(declared.shows) if declared.shows else plain, opens=True)
    words = _named(action)
    try:
        return Page(words, offers(actor, action, declared.loader(request, **arguments).resource))
    except Http404:
        return Page(words, opens=False)


def _named(action: str) -> str:
    return f"「{collected()[1].actions.get(action, action)}」画面"


def offers(actor: Actor, action: str, target: Model | Resource) -> bool:
    """Whether to show a control: who may do it now, or once a proof is given."""
    return reach(actor, action, target).offered
