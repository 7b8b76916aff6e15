"""Every request passes here: one transaction, one actor, one decision, one audit row."""

import datetime as dt
from collections.abc import Callable
from typing import Any
from urllib.parse import quote, urlencode, urlsplit
from uuid import UUID

from django.conf import settings
from django.contrib.auth import HASH_SESSION_KEY, SESSION_KEY
from django.db import connection, transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, HttpResponseNotAllowed
from django.http.request import RawPostDataException
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.crypto import constant_time_compare, salted_hmac
from django.views.defaults import bad_request

from minamo.access import acts, pacing, ports, proofs, remedies, stash, why
from minamo.access.actor import Actor, Found, Signals, load_actor
from minamo.access.cookies import SESSION_DEVICE, SESSION_REFUSED, remember_device
from minamo.access.enforce import Denied, authorise
from minamo.access.models import Device, Posture
from minamo.access.network import network_of
from minamo.access.pdp import NOBODY
from minamo.access.queries import home_of
from minamo.access.resources import Resource
from minamo.access.routes import OWN, Route
from minamo.access.scope import school_side
from minamo.access.storable import require_storable
from minamo.kernel import clock

SEEN_EVERY = dt.timedelta(minutes=5)
BY_ITSELF = ("/stream/", "/device-challenge/", "/device-proof/")  # what a page asks without anybody touching it


class EnforcementMiddleware:
    """The enforcement point (PEP): builds the actor and lets through only what the policy allows."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Serve the request in one transaction; an error page rolls everything back."""
        if (refused := pacing.at_the_door(request, actor_of)) is not None:
            return refused
        signed_in_as = request.session.get(SESSION_DEVICE)
        with transaction.atomic():
            request.actor = actor_of(request)  # type: ignore[attr-defined]
            response = self.get_response(request)
            if response.status_code >= 500:
                transaction.set_rollback(True)
            if why := getattr(request, "refused_sign_in", ""):
                request.session.flush()
                request.session[SESSION_REFUSED] = why
                response = redirect(f"{settings.LOGIN_URL}?refused={why}")
            acts.settle(request, response, clock.now())
        pacing.settle(request)
        if response.headers.get("Content-Type") == "text/event-stream" and not connection.in_atomic_block:
            connection.close()  # an open screen must not sit on a database connection
        if request.actor is not None:  # type: ignore[attr-defined]
            response.headers.setdefault("Cache-Control", "no-store")
        if request.session.get(SESSION_DEVICE) != signed_in_as:
            remember_device(request, response)
        return response

    def process_view(
        self, request: HttpRequest, view: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> HttpResponseBase | None:
        """Decide before the view runs."""
        route: Route | None = getattr(view, "minamo_route", None)
        if route is None:
            raise Http404("undeclared route")
        action = route.action_for(request.method or "GET")
        if action is None:
            return HttpResponseNotAllowed(list(route.actions))
        require_storable(request)
        if route.public:
            return one_too_many(request, route)
        actor: Actor | None = request.actor  # type: ignore[attr-defined]
        if actor is None:
            return sign_in_first(request)
        assert route.loader is not None
        if action in acts.ACTIONS:
            actor = request.actor = acts.standing(request, actor)  # type: ignore[attr-defined]
        try:
            loaded = route.loader(request, **kwargs)
        except Http404:
            hidden = remedies.hidden_by_the_device(actor, action) or remedies.without_a_post(actor, action)
            if hidden is None:
                raise
            return refuse(request, hidden, behind_the_wall(request, actor, route, kwargs))
        try:
            decision = authorise(actor, action, loaded.resource)
        except Denied as error:  # Django asks process_exception only about views
            return refuse(request, error)
        if (refused := one_too_many(request, route)) is not None:
            return refused
        if route.shows and request.method in {"GET", "HEAD"}:
            if actor.elsewhere:
                return elsewhere(request, actor, route.shows)
            if (hidden := remedies.hidden_until_proved(actor, route.shows)) is not None:
                return refuse(request, hidden)
        request.loaded = loaded  # type: ignore[attr-defined]
        if route.record and request.method in {"GET", "HEAD"}:
            record(actor, action, loaded.resource, decision.rules)
        return None

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponseBase | None:
        """Refusals become a page that names the clause and the lawful way on; a form where plain bytes were awaited is no error
        of ours."""
        if isinstance(error, Denied):
            return refuse(request, error)
        return bad_request(request, error) if isinstance(error, RawPostDataException) else None


def one_too_many(request: HttpRequest, route: Route) -> HttpResponse | None:
    """The answer to an act that costs much, when there were too many of them."""
    name = route.cost_of(request.method or "GET")
    return pacing.slow_down(request, name) if name else None


def actor_of(request: HttpRequest) -> Actor | None:
    """The actor of this request, or None when nobody is (or is no longer) signed in."""
    session = request.session
    account_id, device_id = session.get(SESSION_KEY), session.get(SESSION_DEVICE)
    if not account_id or not device_id:
        return None
    now = clock.now()
    certificate, posture = proofs.vouched_by_proxy(request)
    signals = Signals(network_of(request), proofs.proved_at(request, UUID(device_id), now), certificate, posture)
    found = load_actor(
        account_id=UUID(account_id), device_id=UUID(device_id), now=now, today=timezone.localdate(now), signals=signals
    )
    if found is None or not constant_time_compare(session.get(HASH_SESSION_KEY, ""), session_hash(found.password)):
        return None
    if too_long_ago(found):
        return None
    if now - found.seen_at > SEEN_EVERY and not request.path.endswith(BY_ITSELF):
        Device.objects.filter(pk=device_id).update(seen_at=now)
    if report := found.proxy_report:
        Posture.objects.create(terminal_id=report.terminal_id, municipality_id=report.municipality_id,
                               source=Posture.Source.PROXY, at=now, good=report.good)  # fmt: skip
    return found.actor


def too_long_ago(found: Found) -> bool:
    """Whether a sign-in of the staff has ended by itself: no proof of the person, or no use, for longer than the limits."""
    actor = found.actor
    if actor.kind != "staff" or actor.authenticated_at is None:
        return False
    proof, use = actor.now - actor.authenticated_at, actor.now - found.seen_at
    hours, minutes = actor.limits["session_hours"], actor.limits["idle_minutes"]
    return proof > dt.timedelta(hours=hours) or use > dt.timedelta(minutes=minutes)


def session_hash(password: str) -> str:
    """Django's session hash of a password hash: a changed password ends every session."""
    salt = "django.contrib.auth.models.AbstractBaseUser.get_session_auth_hash"
    return salted_hmac(salt, password, algorithm="sha256").hexdigest()


def record(actor: Actor, action: str, resource: Resource, rules: tuple[str, ...], outcome: str = "allow") -> None:
    """One row in the trail for a read or a refusal; writes record themselves in their action."""
    values = resource.values
    own = None if resource.id == NOBODY else resource.id  # nobody's id: what the device may not even be told of
    pupil = UUID(own) if own and resource.name == "Pupil" else values.get("pupil")
    school = UUID(own) if own and resource.name == "School" else values.get("school")
    municipality = values.get("municipality")
    if resource.name == OWN.name:  # what a person tried on the own account belongs where the person does
        home = home_of(actor.account_id, actor.today)
        municipality, school = home.municipality, home.school
    ports.trail()(
        actor=actor,
        action=action,
        resource_type=resource.name,
        resource_id=resource.id,
        municipality=municipality,
        school=school,
        pupil=pupil,
        outcome=outcome,
        rules=rules,
        detail={"purpose": actor.purpose} if actor.purpose != "everyday" else None,
    )


def sign_in_first(request: HttpRequest) -> HttpResponseBase:
    """Ask for a sign-in and come back to the wanted page."""
    if by_script(request):
        return HttpResponse(status=401)  # the page keeps what it has and says so (design/static/design/js/ended.js)
    if request.method != "POST":
        return to_sign_in(request.get_full_path(), "yes" if settings.SESSION_COOKIE_NAME in request.COOKIES else "")
    kept = stash.keep_for_later(request, clock.now())
    if kept is None:
        return to_sign_in(page_before(request), "lost" if stash.last_here(request) else "")
    answer = to_sign_in(reverse("access-continue", kwargs={"stash_id": kept[0]}), "kept")
    stash.remember(request, answer, kept[1])
    return answer


def to_sign_in(target: str, ended: str) -> HttpResponseBase:
    """The sign-in page that leads to `target`; `ended` says what became of what was done: kept, lost, or nothing was sent (yes)."""
    return redirect(f"{settings.LOGIN_URL}?next={quote(target, safe='/')}{'&ended=' + ended if ended else ''}")


def page_before(request: HttpRequest) -> str:
    """The page of ours a form was sent from, or the start page."""
    before = urlsplit(request.headers.get("Referer", ""))
    ours = before.netloc == request.get_host() and before.path != settings.LOGIN_URL
    return f"{before.path}?{before.query}".removesuffix("?") if ours else "/"


def elsewhere(request: HttpRequest, actor: Actor, action: str) -> HttpResponseBase:
    """A list on a device of another side: the staff read the clause, families are told at home which device to take."""
    hidden = remedies.hidden_by_the_device(actor, action)
    return redirect("/") if hidden is None else refuse(request, hidden)


def behind_the_wall(request: HttpRequest, actor: Actor, route: Route, kwargs: dict[str, Any]) -> Resource | None:
    """What was asked for at a device that hides it, for the trail alone: school and board see who tried to open which record. The page
    is the same whether there is such a record or not. None where there is none in the person's municipalities."""
    assert route.loader is not None
    with school_side(actor, *sorted(actor.ids("municipalities"))):
        try:
            return route.loader(request, **kwargs).resource
        except Http404:
            return None


def refuse(request: HttpRequest, error: Denied, sought: Resource | None = None) -> HttpResponseBase:
    """The denial page (403): what is refused, by which clause, and what one can do. `sought` is what the trail names instead."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    outcome = "error" if error.decision.alarm else "deny"
    record(actor, error.action, sought or error.resource, error.decision.rules, outcome)
    refusal = remedies.explain(actor, error.action, error.resource, error.decision)
    if by_script(request):  # the page keeps what was typed, and sends it itself
        return HttpResponse(refusal.told, status=403, content_type="text/plain; charset=utf-8",
                            headers=said_to_a_script(request, refusal))  # fmt: skip
    kept = stash.keep(request, actor) if refusal.way in remedies.STEP_UP else None
    context = {
        "refusal": refusal, "way_on": way_on(request, kept), "lost_input": request.method == "POST" and not kept,
        "why": why.page_of(error.resource, error.action),
    }  # fmt: skip
    return render(request, "access/denied.html", context, status=403)


def by_script(request: HttpRequest) -> bool:
    """Whether a script or htmx asks: the page stays, and reads what it is told."""
    return bool(request.headers.get("HX-Request")) or request.headers.get("X-Requested-With") == "fetch"


def said_to_a_script(request: HttpRequest, refusal: remedies.Refusal) -> dict[str, str]:
    """What a script is told beside the words: the way on, where a person goes for it (a proof leads back to the page that asked),
    and whether the refusal is final, so that only then what waits to be sent is given up."""
    back = {"next": page_before(request)}
    page = {"person": "access-proof", "act": "access-proof"}.get(refusal.way, "access-devices")
    to = f"{reverse(page)}?{urlencode(back)}" if refusal.way in remedies.STEP_UP else ""
    return {
        "X-Minamo-Way": refusal.way,
        **({"X-Minamo-To": to} if to else {}),
        **({"X-Minamo-Final": "yes"} if refusal.final else {}),
    }


def way_on(request: HttpRequest, kept: UUID | None) -> str:
    """Where a proof leads back to: the kept form, or the page that was wanted."""
    if kept is not None:
        return reverse("access-continue", kwargs={"stash_id": kept})
    return request.get_full_path() if request.method == "GET" else "/"
