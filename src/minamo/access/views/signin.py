"""Pages about signing in and about one's own account."""

from dataclasses import dataclass
from itertools import groupby
from operator import attrgetter
from typing import Any

from allauth.account import views as allauth_views
from django import forms
from django.contrib.auth.models import AnonymousUser
from django.contrib.auth.password_validation import validate_password
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render

from minamo.access import acts, news
from minamo.access.actions import signin as actions
from minamo.access.actor import Actor
from minamo.access.cookies import SESSION_REFUSED, known_devices, mark_browser
from minamo.access.demo_signin import DemoPerson, demo_persons
from minamo.access.models import Account
from minamo.access.queries import kinds_of
from minamo.access.tries import counted
from minamo.kernel import clock


@dataclass(frozen=True)
class Ended:
    """切れたサインイン: what became of what somebody did when the sign-in had ended, in words."""

    name: str
    title: str
    text: str


ENDED = {
    one.name: one
    for one in (
        Ended("yes", "サインインが切れていました", "サインインすると、開こうとしていた画面に戻ります。"),
        Ended("kept", "サインインが切れていました。入力はとってあります",
              "サインインすると、続きを送る画面が出ます。とっておくのは15分までです。ほかの人がサインインすると、見せずに消します。"),
        Ended("lost", "サインインが切れていました。入力は預かれませんでした",
              "送ったものは届いていません。前の画面に戻ると、入力が残っていることがあります。"),
    )
}  # fmt: skip

LOST = "lost"  # told only where it has just been so (`refused_here`): a link with these words would frighten anybody
REFUSED = {
    "passkey": ("パスキーでサインインできませんでした",
                "このパスキーは登録されていないか、外されています。パスワードでサインインして、「サインインと鍵」で確かめてください。"),
    LOST: ("この端末では、いまのアカウントでサインインできません",
           "この端末は、教職員の端末の台帳で「なくした」とされています。見つかったときは、校長・教頭か教育委員会に連絡してください。台帳で承認し直すと、また使えます。"),
    "code": ("2つ目の確認の時間が過ぎました", "もう一度、はじめからサインインしてください。"),
}  # fmt: skip
"""The steps of a sign-in that end at its page again: title and text."""


class LoginView(allauth_views.LoginView):  # type: ignore[misc]  # allauth is untyped
    """Sign-in with login ID or e-mail and password; passkey; in demo mode one click."""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """A session that has ended for the enforcement point (away too long, device lost, password changed) is ended for Django
        too: allauth would send its person back to the page that asks for a sign-in, in a circle."""
        if request.user.is_authenticated and request.actor is None:  # type: ignore[attr-defined]
            request.session.flush()
            request.user = AnonymousUser()
        answer: HttpResponseBase = super().dispatch(request, *args, **kwargs)
        return answer

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add the demo's persons (none outside demo mode)."""
        context: dict[str, Any] = super().get_context_data(**kwargs)
        return context | {
            "groups": groups_of(demo_persons()),
            "now_ms": round(clock.now().timestamp() * 1000),
            "next": self.request.GET.get("next", self.request.POST.get("next", "")),
            "ended": ENDED.get(self.request.GET.get("ended", self.request.POST.get("ended", ""))),
            "refused": REFUSED.get(refused_here(self.request)),
        }


def refused_here(request: HttpRequest) -> str:
    """Which step of a sign-in has ended at this page. That a device is lost is said once, and only by us; a session that held nothing
    else goes with it, so that no page says later that a sign-in has run out."""
    said = request.session.pop(SESSION_REFUSED, "")
    if said and not request.session.keys():
        request.session.flush()
    asked = request.GET.get("refused", "")
    return "" if asked == LOST and said != LOST else asked


def groups_of(persons: list[DemoPerson]) -> list[tuple[str, list[DemoPerson]]]:
    """The demo's persons by municipality, in the order they were chosen."""
    return [(name, list(found)) for name, found in groupby(persons, key=attrgetter("group"))]


login = LoginView.as_view()


def actor_of(request: HttpRequest) -> Actor:
    """The actor the enforcement point has put there."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    return actor


def security(request: HttpRequest) -> HttpResponse:
    """サインインと鍵: what proves who I am, and how to make it stronger."""
    actor = actor_of(request)
    return render(request, "access/security.html", {"kinds": kinds_of(actor.account_id), "news": news.latest(actor)})


def news_read(request: HttpRequest) -> HttpResponse:
    """お知らせを確かめた; asked for, the part of a start page that has no statement to spare."""
    if request.method != "POST":
        return render(request, "access/_news_home.html", {"news": news.unread(actor_of(request))})
    actions.confirm_news(actor=actor_of(request))
    return redirect("access-security")


def this_device(request: HttpRequest) -> HttpResponse:
    """この端末を学習用にする."""
    actor = actor_of(request)
    actions.mark_learning_side(actor=actor, known=known_devices(request))
    response = redirect("access-devices")
    mark_browser(request, response)
    return response


def _hidden(what: str) -> forms.PasswordInput:
    """A field that hides what is typed and says to a password manager what it is."""
    return forms.PasswordInput(attrs={"autocomplete": what})


class PasswordForm(forms.Form):
    """Change of password: the present one proves who asks, unless the person has just been proved for this."""

    current = forms.CharField(label="いまのパスワード", widget=_hidden("current-password"), strip=False)
    new = forms.CharField(label="新しいパスワード", widget=_hidden("new-password"), strip=False)

    def __init__(self, account: Account, *args: Any, proved: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.account = account
        if proved:
            del self.fields["current"]

    def clean_current(self) -> str:
        """Refuse a wrong present password."""
        return counted(self.account, self._right_password)

    def _right_password(self) -> str:
        current: str = self.cleaned_data["current"]
        if not self.account.check_password(current):
            raise forms.ValidationError("いまのパスワードが違います。")
        return current

    def clean_new(self) -> str:
        """Refuse a weak new password."""
        new: str = self.cleaned_data["new"]
        validate_password(new, self.account)
        return new


def password(request: HttpRequest) -> HttpResponse:
    """パスワードを変える."""
    account = Account.objects.get(pk=actor_of(request).account_id)
    proved = acts.by_person(request, actor_of(request).now) is not None
    form = PasswordForm(account, request.POST or None, proved=proved)
    if request.method == "POST" and form.is_valid():
        password = form.cleaned_data["new"]
        actions.change_password(actor=actor_of(request), account=account, password=password, request=request)
        return redirect("access-security")
    return render(request, "access/password.html", {"form": form}, status=422 if form.errors else 200)


def ask_school(request: HttpRequest) -> HttpResponse:
    """What allauth would do by itself and the school does here: registration, forgotten passwords."""
    return render(request, "account/ask_school.html")


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """The form was too old or came from elsewhere."""
    answer = render(request, "access/csrf.html", status=403)
    answer["X-Minamo-Way"] = "stale"  # a script keeps what it has until the page is opened anew
    return answer
