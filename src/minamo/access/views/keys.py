"""allauth's pages about second factors, each with the row in the trail that allauth does not write."""

from collections.abc import Callable
from functools import wraps
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase

from minamo.access.actions.signin import record_keys, refuse_sign_in
from minamo.access.actor import Actor
from minamo.access.cookies import SESSION_DEVICE
from minamo.access.queries import keys_of

View = Callable[..., HttpResponseBase]


def recorded(view: View) -> View:
    """A page that may add or remove keys: afterwards the trail says which kinds came and went."""

    @wraps(view)
    def wrapped(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if request.method != "POST":
            return view(request, *args, **kwargs)
        actor: Actor = request.actor  # type: ignore[attr-defined]
        before = keys_of(actor.account_id)
        response = view(request, *args, **kwargs)
        after = keys_of(actor.account_id)
        if before != after:
            record_keys(actor=actor, added=[k for _, k in after - before], removed=[k for _, k in before - after])
        return response

    return wrapped


def second_step(view: View, step: str) -> View:
    """The second step of a sign-in, or a sign-in by passkey: a failed one is a row in the trail, and forgets not where it
    leads to."""

    @wraps(view)
    def wrapped(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        response = view(request, *args, **kwargs)
        if request.method == "POST" and request.session.get(SESSION_DEVICE) is None:
            stage = getattr(request, "_login_stage", None)
            refuse_sign_in(account=stage.login.user if stage else None, step=step)
            if response.headers.get("Location") == settings.LOGIN_URL and request.POST.get("next"):
                onward = {name: request.POST[name] for name in ("next", "ended") if name in request.POST}
                response.headers["Location"] = f"{settings.LOGIN_URL}?{urlencode(onward)}"
        return response

    return wrapped
