"""本人確認のやり直し (step-up): one page for every kind of proof; afterwards the wanted page comes back, typed text and all."""

from typing import Any
from uuid import UUID

from allauth.account.forms import ReauthenticateForm as PasswordProof
from allauth.account.internal.flows.reauthentication import reauthenticate_by_password
from allauth.mfa.webauthn.forms import ReauthenticateWebAuthnForm as KeyProof
from allauth.mfa.webauthn.internal.auth import begin_authentication
from django.forms import Form
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme

from minamo.access import acts, stash
from minamo.access.actions.signin import prove_again, refuse_proof
from minamo.access.demo_signin import demo_person
from minamo.access.models import Account
from minamo.access.queries import kinds_of
from minamo.access.tries import CodeProof
from minamo.access.views.signin import actor_of

# What was sent → (the form that checks it, how strong it is).
PROOFS: dict[str, tuple[type[Form], int]] = {
    "credential": (KeyProof, 2),
    "code": (CodeProof, 2),
    "password": (PasswordProof, 1),
}


def prove(request: HttpRequest) -> HttpResponseBase:
    """本人を確かめる: by passkey, by code (app or recovery), or by password for the first factor."""
    account = Account.objects.get(pk=actor_of(request).account_id)
    if request.method != "POST":
        return _page(request, account, None)
    if "demo" in request.POST and demo_person(account):
        return _proved(request, 2)
    field = next((name for name in PROOFS if name in request.POST), "password")
    if field == "password" and _act(request) and kinds_of(account.pk):
        return _page(request, account, None)  # what a factor protects is not changed by the password alone
    kind, strength = PROOFS[field]
    form = kind(request.POST, user=account)  # type: ignore[call-arg]  # allauth's forms take the user
    if not form.is_valid():
        refuse_proof(actor=actor_of(request), step=field)
        return _page(request, account, form)
    if field == "password":
        reauthenticate_by_password(request)
    else:
        form.save()  # type: ignore[attr-defined]
    return _proved(request, strength)


def _proved(request: HttpRequest, strength: int) -> HttpResponse:
    """Back to what was wanted; where it is an act that a copied session must not do, the proof counts for it and for nothing else."""
    actor, target = actor_of(request), target_of(request)
    prove_again(actor=actor, strength=strength, request=request)
    response = redirect(target)
    wanted = acts.wanted(request, actor, target)
    if acts.words_for(wanted):
        acts.give(request, response, wanted, actor.now)
    return response


def _act(request: HttpRequest) -> str:
    """What the person proves himself for, in words; empty for the proofs of other pages."""
    return acts.words_for(acts.wanted(request, actor_of(request), target_of(request)))


def target_of(request: HttpRequest) -> str:
    """Where to go on; never out of the house."""
    target = str(request.POST.get("next") or request.GET.get("next") or "/")
    return target if url_has_allowed_host_and_scheme(target, allowed_hosts={request.get_host()}) else "/"


def _page(request: HttpRequest, account: Account, refused: Form | None) -> HttpResponse:
    actor = actor_of(request)
    kinds, act = kinds_of(account.pk), _act(request)
    by_password = not kinds if act else actor.strength >= 2
    context: dict[str, Any] = {
        "next": target_of(request), "passkey": "webauthn" in kinds, "code": bool(kinds & {"totp", "recovery_codes"}),
        "password": account.has_usable_password() and by_password, "weak": actor.strength < 2 and not act, "act": act,
        "demo": demo_person(account), "errors": [text for texts in refused.errors.values() for text in texts] if refused else [],
    }  # fmt: skip
    if context["passkey"]:
        context |= {"js_data": {"request_options": begin_authentication(account)}, "key_form": KeyProof(user=account)}
    return render(request, "access/proof.html", context, status=422 if refused else 200)


def go_on(request: HttpRequest, stash_id: UUID) -> HttpResponse:
    """続きを送る: the form that was kept, to be sent once more through the same door. Given out once."""
    kept = stash.give_back(request, actor_of(request), stash_id)
    return render(request, "access/continue.html", {"kept": kept}, status=200 if kept else 410)
