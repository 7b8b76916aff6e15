"""A copied session does not take the account over: keys, other sign-ins and devices want a proof for exactly that act."""

import base64
import datetime as dt
from collections.abc import Callable
from importlib import import_module
from typing import Any

import pytest
import time_machine
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from allauth.urls import urlpatterns as allauth_urls
from django.core import mail
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.urls import URLPattern, URLResolver, reverse

from minamo.access import acts
from minamo.access.jobs import tell_person
from minamo.access.models import Account, AccountNews, Device, Terminal
from minamo.access.proofs import PROOF_COOKIE
from minamo.access.routes import all_routes
from minamo.access.scope import set_scope
from minamo.access.tests.test_devices import Browser
from tests.fixtures.acts import code_of
from tests.fixtures.world import World

import_module("minamo.config.urls")  # declares the routes
PASSWORD = "みなも-to-clear-water"
# Every address under which something of allauth or of the account is reached, and why it is not one of the acts.
HARMLESS = {
    "account_login": "signs in", "account_signup": "says whom to ask", "account_reset_password": "says whom to ask",
    "account_inactive": "a sentence", "account_logout": "ends this very sign-in", "account_reauthenticate": "is the proof",
    "account_email": "shows which kinds there are", "mfa_authenticate": "signs in", "mfa_login_webauthn": "signs in",
    "mfa_index": "shows which kinds there are", "mfa_reauthenticate": "is the proof",
    "mfa_reauthenticate_webauthn": "is the proof", "mfa_list_webauthn": "shows the names of the own passkeys",
    "access-security": "shows which kinds there are", "access-proof": "is the proof", "access-continue": "sends a form to its own door",
    "access-waiting": "opens what waits on the device", "access-challenge": "a question to the key", "access-watch": "says when the sign-in ends", "access-device-proof": "the answer of the key",
    "access-emergency-end": "closes what the person has opened", "access-this-device": "has walls of its own (own:mark-learning)",
}  # fmt: skip
SHOWN = {"access-devices", "access-device-lost", "access-news-read"}  # a list and a question; what they send is an act


@pytest.fixture(autouse=True)
def fresh_counters(db: None) -> None:
    cache.clear()


def with_password(login: str) -> Account:
    """An account of the world that has a password, an address for mail, and nothing else."""
    account = Account.objects.get(login_id=login)
    account.set_password(PASSWORD)
    account.email = f"{login}@example.jp"
    account.save()
    return account


def sign_in(login: str) -> Client:
    """Through the page of sign-in, a moment ago."""
    client = Client()
    assert client.post("/accounts/login/", {"login": login, "password": PASSWORD}).status_code == 302
    return client


def copy_of(client: Client) -> Client:
    """Another browser with all cookies of the first."""
    thief = Client()
    for name, morsel in client.cookies.items():
        thief.cookies[name] = morsel.value
    return thief


def keyed(client: Client, world: World) -> Browser:
    """The same client as the browser of a trusted device that signs each request."""
    browser = Browser(client, signs=True)
    set_scope(municipalities=[world.municipality("A")], side="school")
    Terminal.objects.filter(pk=world.terminal("A-trusted")).update(key=base64.b64decode(browser.public))
    assert browser.prove().status_code == 204
    return browser


def doors(account: Account, world: World) -> list[tuple[str, str, dict[str, str]]]:
    """Every act: method, address, what is sent."""
    key = Authenticator.objects.create(user=account, type="webauthn", data={"name": "職員室のノート", "credential": {}})
    other = Device.objects.create(account=account, side="school", label="ほか", signed_in_at=dt.datetime.now(dt.UTC),
                                  seen_at=dt.datetime.now(dt.UTC), terminal_id=world.terminal("A-registered"))  # fmt: skip
    values = {"<int:pk>": key.pk, "<uuid:device_id>": other.pk}
    found = []
    for route in all_routes().values():
        for method, action in route.actions.items():
            path = "/" + route.pattern
            for name, value in values.items():
                path = path.replace(name, str(value))
            if action in acts.ACTIONS:
                found.append(
                    (method, path, {"label": "1番", "key": "x", "current": PASSWORD, "new": "tanuki-no-oyado-77"})
                )
    return found


def names_of(patterns: list[Any]) -> set[str]:
    found: set[str] = set()
    for entry in patterns:
        if isinstance(entry, URLResolver):
            found |= names_of(entry.url_patterns)
        elif isinstance(entry, URLPattern) and entry.name:
            found.add(entry.name)
    return found


def test_every_address_of_the_account_is_an_act_or_says_why_not() -> None:
    """A new one fails here until somebody has thought about it; what allauth has more is not reachable at all."""
    reachable = {name for name, route in all_routes().items() if route.pattern.startswith(("accounts/", "account/"))}
    open_doors = {
        name for name in reachable if {"own:manage", "", "own:mark-learning"} & set(all_routes()[name].actions.values())
    }
    assert open_doors == set(HARMLESS) | SHOWN
    assert names_of(allauth_urls) & reachable == {n for n in reachable if n.startswith(("account_", "mfa_"))}
    assert {name for name, r in all_routes().items() if acts.ACTIONS & set(r.actions.values())} == set(acts.WORDS)


def test_all_cookies_of_a_teacher_on_a_trusted_device_open_none_of_it(
    client_for: Callable[..., Client], world: World
) -> None:
    victim = client_for("a1-homeroom", condition="without-proof")
    account = with_password("a1-homeroom")
    session = victim.session  # the hash of the new password
    from minamo.access.middleware import session_hash

    session["_auth_user_hash"] = session_hash(account.password)
    session.save()
    browser, tried = keyed(victim, world), doors(account, world)
    assert len(tried) >= 18
    thief = copy_of(victim)
    before = set(Authenticator.objects.values_list("pk", flat=True))
    for method, path, sent in tried:
        answer = thief.get(path) if method == "GET" else thief.post(path, sent)
        assert answer.status_code == 403, path
        assert "この操作のための確認" in answer.content.decode(), path
    account.refresh_from_db()
    assert set(Authenticator.objects.values_list("pk", flat=True)) == before and account.check_password(PASSWORD)
    assert not Device.objects.filter(account=account).exclude(signed_out_at=None).exists()
    # The same requests, signed by the key that stayed at home, are let in.
    path = reverse("mfa_activate_totp")
    assert victim.get(path, headers=browser.header(path)).status_code == 200
    # A proof cookie that no worker signs for could be copied: the person is asked.
    plain = Browser(victim)
    plain.key = browser.key
    assert plain.prove().status_code == 204
    assert copy_of(victim).get(path).status_code == 403


def test_a_lost_key_leaves_only_the_way_through_the_register(client_for: Callable[..., Client], world: World) -> None:
    """The person's factors alone do not replace the key of a browser that has one."""
    with_password("a1-homeroom")
    client = client_for("a1-homeroom", condition="without-proof")
    keyed_path, register = reverse("mfa_activate_totp"), reverse("access-registration")
    for path, status in ((keyed_path, 403), (register, 200)):
        assert client.post(reverse("access-proof"), {"password": PASSWORD, "next": path}).status_code == 302
        answer = client.get(path) if path == keyed_path else client.post(path, {"label": "", "key": ""})
        assert answer.status_code == (422 if status == 200 else status)


@pytest.mark.parametrize("login", ["takahashi-mother", "a1-homeroom"])
def test_without_a_key_the_person_is_asked_for_exactly_this(login: str, world: World) -> None:
    """A guardian's phone, a browser nobody has handed in: signed in just now, and still asked."""
    with_password(login)
    client = sign_in(login)
    wanted = reverse("mfa_activate_totp")
    thief = copy_of(client)
    assert [c.get(wanted).status_code for c in (client, thief)] == [403, 403]
    page = client.get(reverse("access-proof"), {"next": wanted}).content.decode()
    assert "認証アプリをつなぐ" in page and "パスワードで確かめる" in page
    assert client.post(reverse("access-proof"), {"password": "wrong-wrong", "next": wanted}).status_code == 422
    assert client.get(wanted).status_code == 403
    assert client.post(reverse("access-proof"), {"password": PASSWORD, "next": wanted})["Location"] == wanted
    assert client.get(wanted).status_code == 200
    assert client.get(reverse("account_change_password")).status_code == 403  # the proof was for something else
    assert client.post("/account/devices/").status_code == 403
    # Who copies the session once more, now without the word of the proof, has nothing; the old copy has ended.
    again = copy_of(client)
    del again.cookies[acts.ACT_COOKIE]
    assert again.get(wanted).status_code == 403
    assert thief.get(wanted)["Location"].startswith("/accounts/login/")
    with time_machine.travel(dt.datetime.now(dt.UTC) + dt.timedelta(minutes=11)):
        assert client.get(wanted).status_code == 403


def test_from_the_app_to_the_codes_with_one_proof_that_works_once(world: World) -> None:
    account = with_password("takahashi-mother")
    client = sign_in("takahashi-mother")
    wanted = reverse("mfa_activate_totp")
    client.post(reverse("access-proof"), {"password": PASSWORD, "next": wanted})
    secret = client.get(wanted).content.decode().split("<code>")[1].split("</code>")[0]
    assert client.post(wanted, {"code": "000000"}).status_code == 200  # mistyped: no second proof for it
    done = client.post(wanted, {"code": code_of(secret)})
    assert done["Location"] == reverse("mfa_view_recovery_codes")
    codes = client.get(done["Location"])
    assert codes.status_code == 200 and codes.content.decode().count("<code>") == 10
    assert client.get(reverse("mfa_download_recovery_codes")).status_code == 200
    assert client.get(reverse("mfa_deactivate_totp")).status_code == 403
    # From now on the password does not do for an act.
    target = reverse("mfa_deactivate_totp")
    client.post(reverse("access-proof"), {"password": PASSWORD, "next": target})
    assert client.get(target).status_code == 403
    assert "パスワードで確かめる" not in client.get(reverse("access-proof"), {"next": target}).content.decode()
    assert Authenticator.objects.filter(user=account, type="totp").exists()


def test_a_form_on_its_way_comes_back_and_acts_once(world: World) -> None:
    account = with_password("takahashi-mother")
    other = sign_in("takahashi-mother")
    client = sign_in("takahashi-mother")
    refused = client.post("/account/devices/").content.decode()
    stash = (
        refused.split("account%2Fcontinue%2F")[1][:36]
        if "%2F" in refused
        else refused.split("account/continue/")[1][:36]
    )
    target = reverse("access-continue", kwargs={"stash_id": stash})
    client.post(reverse("access-proof"), {"password": PASSWORD, "next": target})
    assert "/account/devices/" in client.get(target).content.decode()
    assert client.post("/account/devices/")["Location"] == "/account/devices/?done=1"
    assert other.get("/account/devices/").status_code == 302
    assert client.post("/account/devices/").status_code == 403
    assert AccountNews.objects.filter(account=account, text__contains="サインアウト").count() == 1


def test_passwords_are_not_kept_for_later(world: World) -> None:
    with_password("takahashi-mother")
    client = sign_in("takahashi-mother")
    from minamo.access.models import Stash

    client.post(reverse("account_change_password"), {"current": PASSWORD, "new": "tanuki-no-oyado-77"})
    assert Stash.objects.count() == 0


def test_what_is_done_is_told_and_stands_in_the_trail(world: World, client_for: Callable[..., Client]) -> None:
    account = with_password("a1-homeroom")
    client = sign_in("a1-homeroom")
    wanted = reverse("mfa_activate_totp")
    client.post(reverse("access-proof"), {"password": PASSWORD, "next": wanted})
    secret = client.get(wanted).content.decode().split("<code>")[1].split("</code>")[0]
    client.post(wanted, {"code": code_of(secret)})
    client.get(reverse("mfa_view_recovery_codes"))
    told = list(AccountNews.objects.filter(account=account).order_by("id"))
    assert [row.text for row in told] == ["回復コード・認証アプリを加えました", "回復コードを表示しました"]
    assert all(row.device_label for row in told)
    for browser, page in ((client_for("a1-homeroom"), "/account/news/"), (client, "/account/security/")):
        text = browser.get(page).content.decode()
        assert "回復コード・認証アプリを加えました" in text and told[0].device_label in text
    assert tell_person(told[0].pk) == 1
    sent = mail.outbox[-1]
    assert sent.to == ["a1-homeroom@example.jp"] and "認証アプリを加えました" in sent.body and "http" not in sent.body
    set_scope(municipalities=[world.municipality("A")], side="school")
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT action, detail FROM audit_entry WHERE action IN ('own:keys', 'own:codes-shown') ORDER BY id"
        )
        rows = [(action, str(detail)) for action, detail in cursor.fetchall()]
    assert [action for action, _ in rows] == ["own:keys", "own:codes-shown"]
    assert "認証アプリ" in rows[0][1] and secret not in str(rows)
    # A thief cannot hide the line: it wants the proof, too.
    hide = reverse("access-news-read")
    assert client.post(hide).status_code == 403 and AccountNews.objects.filter(read_at=None).count() == 2
    client.post(reverse("access-proof"), {"code": code_of(secret), "next": hide})
    assert client.post(hide).status_code == 302 and not AccountNews.objects.filter(read_at=None).exists()
    assert "アカウントのお知らせ" not in client_for("a1-homeroom").get(hide).content.decode()


def test_a_passkey_is_named_in_trail_and_news(client_for: Callable[..., Client], world: World) -> None:
    client = client_for("a1-homeroom", condition="without-proof")
    browser = keyed(client, world)
    account = Account.objects.get(login_id="a1-homeroom")
    key = Authenticator.objects.create(user=account, type="webauthn", data={"name": "職員室のノート", "credential": {}})
    RecoveryCodes.activate(account)
    path = reverse("mfa_remove_webauthn", kwargs={"pk": key.pk})
    assert client.post(path, headers=browser.header(path, method="POST")).status_code == 302
    assert AccountNews.objects.get(account=account).text == "パスキー「職員室のノート」・回復コードを外しました"
    head = client_for("a1-head")
    listed = head.get(reverse("audit-school", kwargs={"school_id": world.school("a1")})).content.decode()
    assert "本人確認の鍵を変えた（パスキー「職員室のノート」・回復コードを外した）" in listed


def test_a_changed_password_is_told(world: World) -> None:
    account = with_password("takahashi-mother")
    client = sign_in("takahashi-mother")
    path = reverse("account_change_password")
    client.post(reverse("access-proof"), {"password": PASSWORD, "next": path})
    assert "いまのパスワード" not in client.get(path).content.decode()  # entered a moment ago, for this
    assert client.post(path, {"new": "tanuki-no-oyado-77"}).status_code == 302
    account.refresh_from_db()
    assert account.check_password("tanuki-no-oyado-77")
    assert AccountNews.objects.get(account=account).text == "パスワードを変えました"
    assert "パスワードを変えました" in client.get("/").content.decode()  # a family's start page has it at once


def test_the_app_of_a_colleague_is_no_proof_for_mine(world: World) -> None:
    """A proof is of the account that is signed in."""
    account = with_password("takahashi-mother")
    mine, theirs = generate_totp_secret(), generate_totp_secret()
    TOTP.activate(account, mine)
    TOTP.activate(Account.objects.get(login_id="a1-homeroom"), theirs)
    client = Client()
    client.post("/accounts/login/", {"login": "takahashi-mother", "password": PASSWORD})
    client.post(reverse("mfa_authenticate"), {"code": code_of(mine)})
    target = reverse("mfa_deactivate_totp")
    assert client.post(reverse("access-proof"), {"code": code_of(theirs), "next": target}).status_code == 422
    assert client.get(target).status_code == 403
    assert PROOF_COOKIE not in client.cookies
