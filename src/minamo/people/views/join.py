"""保護者の登録 (/join/): the code from the sheet, then an account, then the child. Open to everybody, shows nothing
until a valid code was given. The code is never part of an address, so it is in no log."""

import datetime as dt
from typing import Any

from allauth.account.adapter import get_adapter
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from minamo.access.api import Account, Actor, group_of
from minamo.kernel import clock
from minamo.people import forms
from minamo.people.actions.invitations import CodeRefused, Line, find, redeem
from minamo.people.models import Invitation
from minamo.people.queries.family import children_of_account
from minamo.people.roster import pupil_card
from minamo.people.views.frame import UNREADABLE, page


def join(request: HttpRequest) -> HttpResponse:
    """登録のページ: GET asks for the code; POST goes on by `step`: check, link (signed in) or create (new account)."""
    if request.method != "POST":
        return page(request, "join", {"error": "", "code": ""})
    actor: Actor | None = getattr(request, "actor", None)
    code, now = request.POST.get("code", ""), clock.now()
    try:
        if actor is not None and (actor.kind != "guardian" or actor.side == "learning"):
            raise CodeRefused(
                "いまは保護者としてサインインしていません。サインアウトしてから、もう一度開いてください。"
            )
        line = Line.of(group_of(request))
        invitation = find(text=code, line=line, now=now, actor=actor)
        return _go_on(request, invitation, actor, code, now)
    except CodeRefused as refusal:
        return page(request, "join", {"error": str(refusal), "code": code}, UNREADABLE)


def _go_on(
    request: HttpRequest, invitation: Invitation, actor: Actor | None, code: str, now: dt.datetime
) -> HttpResponse:
    step = request.POST.get("step", "")
    if step == "link" and actor is not None:
        account = Account.objects.get(pk=actor.account_id)
        redeem(invitation=invitation, account=account, now=now, actor=actor)
        return _done(request, account, now)
    form = forms.JoinForm(request.POST if step == "create" and actor is None else None)
    if form.is_bound and form.is_valid():
        made = _create(form, invitation, now)
        if made is not None:
            get_adapter(request).login(request, made)  # opens the device; the same way as the sign-in page
            return _done(request, made, now)
    context = {"code": code, "card": pupil_card(invitation.pupil_id), "guardian": invitation.guardian, "form": form}
    return page(request, "join_confirm", context, UNREADABLE if form.is_bound else 200)


def _create(form: forms.JoinForm, invitation: Invitation, now: dt.datetime) -> Account | None:
    """A new account of a guardian, linked at once; None (and the form's errors) when it cannot be."""
    assert invitation.guardian is not None
    login = form.cleaned_data["login"].strip()
    email = login.lower() if "@" in login else ""
    account = Account(login_id=email or login, email=email, kind="guardian", label=invitation.guardian.display_name)
    try:
        account.full_clean(exclude=["password"], validate_unique=False, validate_constraints=False)
        validate_password(form.cleaned_data["password"], account)
    except ValidationError as error:
        form.add_error("login" if hasattr(error, "error_dict") else "password", " ".join(error.messages))
        return None
    account.set_password(form.cleaned_data["password"])
    try:
        with transaction.atomic():  # no account without its child: a refusal takes the account back
            account.save()
            redeem(invitation=invitation, account=account, now=now)
    except IntegrityError:
        form.add_error("login", "このアドレス（ID）は、もう使われています。サインインしてから登録してください。")
        return None
    return account


def _done(request: HttpRequest, account: Account, now: dt.datetime) -> HttpResponse:
    children: Any = children_of_account(account.pk, timezone.localdate(now))
    return page(request, "join_done", {"children": children})
