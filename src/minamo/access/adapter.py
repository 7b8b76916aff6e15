"""How allauth signs people in here: no self-registration, every sign-in is a device row and an audit row."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.authentication import get_authentication_records
from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from minamo.access.actions.signin import leave_device, open_device, refuse_before_second, refuse_sign_in
from minamo.access.models import Account
from minamo.access.network import group_of


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]  # allauth is untyped
    """Sign-in by login ID or e-mail; the rest of an account is made by the school."""

    error_messages = DefaultAccountAdapter.error_messages | dict.fromkeys(
        ("email_password_mismatch", "username_password_mismatch", "phone_password_mismatch"),
        "ログインID（またはメールアドレス）かパスワードが違います。",
    )

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Nobody registers himself: schools make accounts, guardians come with a code."""
        return False

    def is_reauthentication_required(self, *, app: str, **kwargs: Any) -> bool:
        """allauth's pages about keys stand behind the rules of this room (`own:keys`), which ask for more than it does."""
        return False

    def get_client_ip(self, request: HttpRequest) -> str:
        """What allauth's own limits count as one address: the same as everything else here."""
        return group_of(request)

    def pre_login(self, request: HttpRequest, user: AbstractBaseUser, **kwargs: Any) -> HttpResponse | None:
        """The first factor is right: on a lost device this is the end, as if there were no second one."""
        answer: HttpResponse | None = super().pre_login(request, user, **kwargs)
        assert isinstance(user, Account)
        if answer is None and refuse_before_second(request=request, account=user):
            return redirect(settings.LOGIN_URL)  # the enforcement point says why
        return answer

    def login(self, request: HttpRequest, user: AbstractBaseUser) -> None:
        """Sign in and open the device this happens on."""
        super().login(request, user)
        assert isinstance(user, Account)
        methods = {record.get("method") for record in get_authentication_records(request, user)}
        open_device(request=request, account=user, strength=2 if "mfa" in methods else 1)

    def logout(self, request: HttpRequest) -> None:
        """Sign out: the row says so, and open streams of this device end."""
        leave_device(request=request)
        super().logout(request)

    def authentication_failed(self, request: HttpRequest, **credentials: Any) -> None:
        """A failed attempt is a row in the trail, without what was typed."""
        typed = typed_name(request, credentials)
        account = Account.objects.filter(Q(login_id__iexact=typed) | Q(email__iexact=typed)).first() if typed else None
        refuse_sign_in(account=account, step="password")


def typed_name(request: HttpRequest | None, credentials: dict[str, Any] | None = None) -> str:
    """What was typed as login ID or e-mail, in one writing, so that lockout counts per person."""
    known = credentials or {}
    typed = known.get("username") or known.get("email") or (request.POST.get("login", "") if request else "")
    return str(typed).strip().casefold()


def locked_out(request: HttpRequest, credentials: dict[str, Any] | None = None, *_: Any, **__: Any) -> HttpResponse:
    """Too many wrong passwords (django-axes)."""
    return render(request, "account/locked_out.html", status=429)
