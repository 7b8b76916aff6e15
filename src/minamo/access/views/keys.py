"""allauth's pages about second factors, each with the row in the trail and the news to the person that allauth does not write."""

from collections.abc import Callable
from functools import wraps
from typing import Any
from urllib.parse import urlencode

from allauth.account.internal.stagekit import LOGIN_SESSION_KEY
from allauth.mfa.base.views import AuthenticateView
from django.conf import settings
from django.http import HttpRequest, HttpResponseBase

from minamo.access.actions.signin import record_keys, record_shown, refuse_sign_in
from minamo.access.cookies import SESSION_DEVICE
from minamo.access.queries import keys_of, kinds_of
from minamo.access.views.signin import actor_of

View = Callable[..., HttpResponseBase]


class SecondStepView(AuthenticateView):  # type: ignore[misc]  # allauth is untyped
    """2つ目の確認: asks for what the account has, and for nothing else. Only a right password leads here."""

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Without the question for a key where there is none."""
        kinds = kinds_of(self.stage.login.user.pk)
        if "webauthn" not in kinds:
            self.webauthn_form = None
        context: dict[str, Any] = super().get_context_data(**kwargs)
        return context | {"kinds": kinds}


def recorded(view: View) -> View:
    """A page that may add, remove or rename keys: afterwards the trail says which came and went."""

    @wraps(view)
    def wrapped(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if request.method != "POST":
            return view(request, *args, **kwargs)
        actor = actor_of(request)
        before = keys_of(actor.account_id)
        response = view(request, *args, **kwargs)
        after = keys_of(actor.account_id)
        if before != after:
            record_keys(actor=actor, before=before, after=after)
        return response

    return wrapped


def shown(view: View) -> View:
    """A page that shows the recovery codes: the trail and the person are told that they were seen."""

    @wraps(view)
    def wrapped(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        response = view(request, *args, **kwargs)
        if response.status_code == 200:
            record_shown(actor=actor_of(request))
        return response

    return wrapped


def second_step(view: View, step: str) -> View:
    """The second step of a sign-in, or a sign-in by passkey: a failed one is a row in the trail, is said on the sign-in page it
    ends at, and forgets not where it leads to."""

    @wraps(view)
    def wrapped(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        onward = _onward(request)  # before allauth forgets a sign-in that has waited too long
        response = view(request, *args, **kwargs)
        signed_in = request.session.get(SESSION_DEVICE) is not None
        told = getattr(request, "refused_sign_in", "")  # the device was lost: that has its row
        if request.method == "POST" and not signed_in and not told:
            stage = getattr(request, "_login_stage", None)
            refuse_sign_in(account=stage.login.user if stage else None, step=step)
        if (
            response.headers.get("Location") == settings.LOGIN_URL
            and not signed_in
            and (onward or request.method == "POST")
        ):
            response.headers["Location"] = f"{settings.LOGIN_URL}?{urlencode(onward | {'refused': step})}"
        return response

    return wrapped


def _onward(request: HttpRequest) -> dict[str, str]:
    """Where a sign-in leads to: as its form says, else as its first step has said."""
    said = {name: request.POST[name] for name in ("next", "ended") if request.POST.get(name)}
    begun = request.session.get(LOGIN_SESSION_KEY)
    first = begun.get("redirect_url") if isinstance(begun, dict) else None
    return said or ({"next": first} if first else {})
