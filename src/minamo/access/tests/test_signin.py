"""Sign-in: by login ID or e-mail, lockout, second step, devices, and the demo's one-click persons."""

import base64
import datetime as dt
import inspect
import json
import re
import secrets
import subprocess
import sys
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.conf import settings
from django.contrib.sessions.models import Session
from django.core.cache import cache
from django.test import Client
from django.urls import reverse
from django.utils import crypto, timezone

from minamo.access.models import Account, Device
from tests.fixtures.acts import code_of, proved_for
from tests.fixtures.world import World

PASSWORD = "みなも-to-clear-water"
LOGIN = "/accounts/login/"


@pytest.fixture
def teacher(db: None) -> Account:
    """A teacher with a password."""
    cache.clear()
    account = Account.objects.get(login_id="a1-homeroom")
    account.set_password(PASSWORD)
    account.save()
    return account


def sign_in(client: Client, login: str, password: str = PASSWORD, **more: str) -> Any:
    """Send the form."""
    return client.post(LOGIN, {"login": login, "password": password, **more})


@pytest.mark.parametrize("login", ["a1-homeroom", "a1-homeroom@example.jp", "A1-Homeroom@Example.jp"])
def test_login_id_or_e_mail(client: Client, teacher: Account, login: str) -> None:
    assert sign_in(client, login).status_code == 302
    device = Device.objects.filter(account=teacher).latest("signed_in_at")
    assert (device.side, device.strength, device.signed_out_at) == ("school", 1, None)
    assert client.get("/account/devices/").status_code == 200


def test_wrong_password_says_what_to_do(client: Client, teacher: Account) -> None:
    page = sign_in(client, "a1-homeroom", "wrong-wrong-wrong")
    assert page.status_code == 200
    assert 'role="alert"' in page.content.decode()
    assert client.get("/account/devices/").status_code == 302


@pytest.mark.parametrize("login", ["a1-homeroom", "a1-homeroom@example.jp"])
def test_a_wrong_password_does_not_say_which_of_the_two_was_meant(client: Client, teacher: Account, login: str) -> None:
    text = sign_in(client, login, "wrong").content.decode()
    assert "ログインID（またはメールアドレス）かパスワードが違います。" in text


def test_five_wrong_passwords_lock_even_the_right_one(client: Client, teacher: Account) -> None:
    for _ in range(settings.AXES_FAILURE_LIMIT):
        last = sign_in(client, "a1-homeroom", "wrong-wrong-wrong")
    assert last.status_code == 429
    assert "15分" in last.content.decode()
    assert sign_in(client, "a1-homeroom").status_code == 429
    assert client.get("/account/devices/").status_code == 302


def test_a_disabled_account_cannot_sign_in(client: Client, teacher: Account) -> None:
    teacher.is_active = False
    teacher.save()
    sign_in(client, "a1-homeroom")
    assert client.get("/account/devices/").status_code == 302


@pytest.mark.parametrize(
    ("target", "ends"), [("/account/security/", "/account/security/"), ("https://evil.example/", "/")]
)
def test_next_stays_in_the_house(client: Client, teacher: Account, target: str, ends: str) -> None:
    assert sign_in(client, "a1-homeroom", next=target)["Location"] == ends


def test_second_step_makes_a_strong_device(client: Client, teacher: Account) -> None:

    secret = generate_totp_secret()
    TOTP.activate(teacher, secret)
    step = sign_in(client, "a1-homeroom")
    assert step["Location"].startswith(reverse("mfa_authenticate"))
    assert client.get("/account/devices/").status_code == 302
    client.post(reverse("mfa_authenticate"), {"code": code_of(secret)})
    assert client.get("/account/devices/").status_code == 200
    assert Device.objects.filter(account=teacher).latest("signed_in_at").strength == 2


def test_a_password_alone_is_a_weak_sign_in(client: Client, teacher: Account) -> None:
    sign_in(client, "a1-homeroom")
    assert Device.objects.filter(account=teacher).latest("signed_in_at").strength == 1


def test_signing_a_device_out_refuses_its_next_request(client_for: Callable[..., Client], world: World) -> None:
    lost, here = client_for("a1-homeroom"), client_for("a1-homeroom")
    device = Device.objects.get(pk=lost.session["device"])
    assert lost.get("/account/devices/").status_code == 200
    path = reverse("access-device-signout", kwargs={"device_id": device.pk})
    assert "」をサインアウトしました。" in proved_for(here, path).post(path, follow=True).content.decode()
    assert lost.get("/account/devices/").status_code == 302
    assert here.get("/account/devices/").status_code == 200


def test_nobody_signs_out_somebody_elses_device(client_for: Callable[..., Client]) -> None:
    other = client_for("a1-head")
    path = reverse("access-device-signout", kwargs={"device_id": other.session["device"]})
    assert proved_for(client_for("a1-homeroom"), path).post(path).status_code == 404
    assert other.get("/account/devices/").status_code == 200


def test_all_other_devices_at_once(client_for: Callable[..., Client]) -> None:
    one, two, here = (client_for("a1-head") for _ in range(3))
    proved_for(here, "/account/devices/").post("/account/devices/")
    assert [c.get("/account/devices/").status_code for c in (one, two, here)] == [302, 302, 200]


def test_a_changed_password_ends_other_sessions(
    client: Client, client_for: Callable[..., Client], teacher: Account
) -> None:
    sign_in(client, "a1-homeroom")
    elsewhere = client_for("a1-homeroom")
    new = "another-clear-water"
    proved_for(client, "/accounts/password/")
    assert client.post("/accounts/password/", {"new": "short"}).status_code == 422
    assert client.post("/accounts/password/", {"new": new}).status_code == 302
    assert elsewhere.get("/account/devices/").status_code == 302
    assert client.get("/account/devices/").status_code == 200


def test_each_sign_in_has_a_token_of_its_own_and_nothing_that_stays_opens(client: Client, teacher: Account) -> None:
    """A token is made when somebody signs in, refers to a row of the session table, and is gone with it; it cannot be chosen
    beforehand, says nothing of the person, and neither header nor secret takes its place."""
    tokens = set()
    for _ in range(3):
        one = Client()
        one.cookies[settings.SESSION_COOKIE_NAME] = fixed = "a" * 32  # brought along by whoever laid it there
        sign_in(one, "a1-homeroom")
        tokens.add(token := one.cookies[settings.SESSION_COOKIE_NAME].value)
        assert token != fixed and Session.objects.filter(session_key=token).exists()
        assert not re.search(f"{teacher.pk}|{teacher.pk.hex}|a1-homeroom", token)
    assert len(tokens) == 3 and settings.SESSION_ENGINE == "django.contrib.sessions.backends.db"
    pair = f"a1-homeroom:{PASSWORD}".encode()
    for header in (f"Bearer {settings.SECRET_KEY}", f"Token {teacher.pk}", f"Basic {base64.b64encode(pair).decode()}"):
        assert client.get("/account/devices/", headers={"Authorization": header}).status_code == 302
    for name in ("api_key", "token", "session", settings.SESSION_COOKIE_NAME):
        assert client.get("/account/devices/", {name: token}).status_code == 302
    Session.objects.filter(session_key=token).delete()
    assert one.get("/account/devices/").status_code == 302, "a reference, not a ticket that counts by itself"


@pytest.mark.parametrize("gone", ["passkey", "app", "codes"])
def test_a_key_that_goes_ends_other_sessions(
    gone: str, client: Client, client_for: Callable[..., Client], teacher: Account
) -> None:
    """Taken away, or made anew (recovery codes): whoever holds the old one is out; the sign-in that did it goes on."""
    sign_in(client, "a1-homeroom")
    TOTP.activate(teacher, generate_totp_secret())
    RecoveryCodes.activate(teacher)
    key = Authenticator.objects.create(user=teacher, type="webauthn", data={"name": "職員室のノート", "credential": {}})
    path = {
        "passkey": reverse("mfa_remove_webauthn", kwargs={"pk": key.pk}), "app": reverse("mfa_deactivate_totp"),
        "codes": reverse("mfa_generate_recovery_codes"),
    }[gone]  # fmt: skip
    elsewhere, other = client_for("a1-homeroom"), client_for("a1-teacher")
    said = proved_for(client, path).get(path).content.decode()
    assert "ほかの端末は、すべてサインアウトします" in said
    assert elsewhere.get("/account/devices/").status_code == 200
    assert client.post(path).status_code == 302
    statuses = [c.get("/account/devices/").status_code for c in (elsewhere, client, other)]
    assert statuses == [302, 200, 200]


def test_a_key_that_is_added_offers_to_end_them(
    client: Client, client_for: Callable[..., Client], teacher: Account
) -> None:
    """ASVS 7.4.3 asks for the choice: a second passkey is no reason to put the staff room's PC out."""
    sign_in(client, "a1-homeroom")
    elsewhere, path = client_for("a1-homeroom"), reverse("mfa_activate_totp")
    page = proved_for(client, path).get(path).content.decode()
    done = client.post(path, {"code": code_of(page.split("<code>")[1].split("</code>")[0])})
    assert done.status_code == 302 and elsewhere.get("/account/devices/").status_code == 200
    after = proved_for(client, done["Location"]).get(done["Location"]).content.decode()
    assert "ほかの端末をすべてサインアウトする" in after and f'action="{reverse("access-devices")}"' in after
    assert proved_for(client, "/account/devices/").post("/account/devices/").status_code in {200, 302}
    assert elsewhere.get("/account/devices/").status_code == 302


def test_a_tablet_marked_as_learning_side_stays_so(
    client_for: Callable[..., Client], world: World, teacher: Account
) -> None:
    tablet = client_for("a1-homeroom")
    pupils = reverse("people-pupils", kwargs={"school_id": world.school("a1")})
    assert tablet.get(pupils).status_code == 200
    tablet.post(reverse("access-this-device"))
    refused = tablet.get(pupils)
    assert refused.status_code == 403
    assert "学習用の端末" in refused.content.decode()
    sign_in(tablet, "a1-homeroom")
    assert tablet.get(pupils).status_code == 403


def test_a_demo_person_is_one_click_away(client: Client, db: None, world: World, settings: Any, tmp_path: Path) -> None:
    settings.VAR_DIR = tmp_path
    person = {
        "account_id": str(world.account("a1-homeroom")),
        "label": "原澤 美咲",
        "role": "担任",
        "place": "中央小",
        "group": "水上野町",
    }
    (tmp_path / "demo_persons.json").write_text(json.dumps([person]))
    assert "デモ専用" in client.get(LOGIN).content.decode()
    assert client.post("/demo/sign-in/", {"account": str(world.account("a1-head"))}).status_code == 404
    assert client.post("/demo/sign-in/", {"account": person["account_id"]}).status_code == 302
    assert client.get("/account/devices/").status_code == 200


def test_outside_the_demo_the_route_does_not_exist() -> None:
    script = (
        "import os; os.environ['MINAMO_DEMO']='0'; os.environ['DJANGO_SETTINGS_MODULE']='minamo.config.settings';"
        "import django; django.setup(); import minamo.config.urls; from minamo.access.routes import all_routes;"
        "from minamo.access.demo_signin import demo_persons;"
        "print('access-demo-signin' in all_routes(), demo_persons())"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False []"


def test_pages_of_ones_own_are_drawn(client: Client, teacher: Account) -> None:
    sign_in(client, "a1-homeroom")
    for path in ("/account/security/", "/accounts/password/", "/accounts/mfa/totp/activate/", "/accounts/mfa/webauthn/add/",
                 "/accounts/mfa/webauthn/"):  # fmt: skip
        page = proved_for(client, path).get(path)
        assert page.status_code == 200, path
        if path.endswith("/add/"):
            assert 'value="パスキー"' in page.content.decode(), "a word that says what it is, not a master key"
    for path in ("/accounts/signup/", "/accounts/password/reset/", "/accounts/inactive/"):
        assert Client().get(path).status_code == 200


def test_an_unknown_address_is_a_plain_page(client: Client, db: None) -> None:
    page = client.get("/nowhere/")
    assert page.status_code == 404
    assert "見つかりません" in page.content.decode()


def test_an_error_of_the_program_is_a_plain_page_and_tells_nothing(
    client_for: Callable[..., Client], monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*args: Any, **kwargs: Any) -> Any:
        raise RuntimeError("SELECT 高橋花 FROM people_pupil")

    teacher = client_for("a1-homeroom")
    monkeypatch.setattr("minamo.access.views.devices.render", broken)
    monkeypatch.setattr("minamo.access.views.signin.render", broken)
    for client, path in [(teacher, "/account/devices/"), (teacher, "/account/security/")]:
        client.raise_request_exception = False
        page = client.get(path)
        text = page.content.decode()
        assert page.status_code == 500 and "高橋" not in text and "SELECT" not in text
        assert not re.search(r"RuntimeError|Traceback|\.py\b|minamo/|[Dd]jango", text)
        assert page.headers["Content-Security-Policy"] and page.headers["X-Frame-Options"] == "DENY"


def test_a_session_is_named_by_165_bits_of_chance(world: World, client: Client, db: None) -> None:
    """32 characters of 36, from the module `secrets`; what Django's own generator gives is what the cookie carries."""
    account = Account.objects.get(login_id="takahashi-mother")
    account.set_password("みなも-to-clear-water")
    account.save()
    named = set()
    for _ in range(3):
        client.cookies.clear()
        client.post("/accounts/login/", {"login": account.login_id, "password": "みなも-to-clear-water"})
        named.add(client.cookies[settings.SESSION_COOKIE_NAME].value)
    assert len(named) == 3 and all(re.fullmatch(r"[a-z0-9]{32}", name) for name in named)
    assert inspect.getmodule(crypto.get_random_string) is crypto and crypto.secrets is secrets


def test_a_sign_in_that_has_ended_leads_to_the_form_and_not_in_a_circle(client_for: Callable[..., Client]) -> None:
    """Django still knows the session of somebody who has been away too long; the sign-in page must not send her back."""
    client = client_for("a1-homeroom")
    Device.objects.update(seen_at=timezone.now() - dt.timedelta(hours=2))
    answer = client.get("/account/security/", follow=True)
    assert answer.redirect_chain == [("/accounts/login/?next=/account/security/&ended=yes", 302)]
    assert 'name="login"' in answer.content.decode()


class Inputs(HTMLParser):
    """The input fields of a page, by name."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: dict[str, dict[str, str | None]] = {}
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Keep inputs."""
        if tag == "input" and dict(attrs).get("name"):
            self.found[str(dict(attrs)["name"])] = dict(attrs)


def test_password_fields_hide_what_is_typed_and_say_to_a_password_manager_what_they_are(
    client: Client, teacher: Account
) -> None:
    first = Inputs(client.get(LOGIN).content.decode()).found["password"]
    sign_in(client, "a1-homeroom")
    new = Inputs(proved_for(client, "/accounts/password/").get("/accounts/password/").content.decode()).found["new"]
    asked = Inputs(client.get("/account/proof/?next=/accounts/password/").content.decode()).found["password"]
    assert [field["type"] for field in (first, new, asked)] == ["password"] * 3
    assert [field["autocomplete"] for field in (first, new, asked)] == ["current-password", "new-password", "current-password"]  # fmt: skip
    assert not [name for field in (first, new, asked) for name in field if name.startswith("on") or name == "maxlength"]


def test_a_long_password_is_taken_whole_and_compared_as_typed(client: Client, teacher: Account) -> None:
    sign_in(client, "a1-homeroom")
    new = "みなも の Clear Water " * 12
    assert proved_for(client, "/accounts/password/").post("/accounts/password/", {"new": new}).status_code == 302
    for typed, status in ((new[:-1] + "x", 302), (new.lower(), 302), (new.strip(), 302), (new, 200)):
        browser = Client()
        sign_in(browser, "a1-homeroom", typed)
        assert browser.get("/account/devices/").status_code == status, typed[-3:]


@pytest.mark.parametrize(
    ("new", "said"),
    [("kawara-ho", "短"), ("kawara-hou", ""), ("rewq4321asdf", ""), ("つきとすっぽんのはなし", ""), ("1234567890", "一般的"),
     ("a1-homeroom-1", "ログインID"), ("原澤美咲20261124", "自分だけの言葉"), ("みなもの水面 20261124", "自分だけの言葉"), ("ＭＩＮＡＭＯ-2026!!", "自分だけの言葉"),
     ("Password-School-1", "自分だけの言葉"), ("minamo-to-kawauso", "")],
)  # fmt: skip
def test_a_new_password_is_judged(client: Client, teacher: Account, new: str, said: str) -> None:
    """Ten characters of any kind will do; the commonest, the own name and ID, and words of this place will not."""
    sign_in(client, "a1-homeroom")
    answer = proved_for(client, "/accounts/password/").post("/accounts/password/", {"new": new})
    assert answer.status_code == (422 if said else 302), new
    assert said in answer.content.decode()


def test_a_disabled_account_is_refused_at_its_next_request(client_for: Callable[..., Client], world: World) -> None:
    client = client_for("a1-head")
    pages = ("/account/devices/", reverse("people-pupils", kwargs={"school_id": world.school("a1")}))
    assert [client.get(page).status_code for page in pages] == [200, 200]
    Account.objects.filter(pk=world.account("a1-head")).update(is_active=False)
    assert [client.get(page).status_code for page in pages] == [302, 302]


def test_the_way_out_is_on_every_page(client_for: Callable[..., Client], world: World) -> None:
    """In the person's menu of the staff and on pages of one's own; a family finds it under 設定, which every page of theirs leads to."""
    out = re.compile(r'action="(/accounts/logout/|/account/devices/[0-9a-f-]+/sign-out/)"')
    pupils, settings_page = reverse("people-pupils", kwargs={"school_id": world.school("a1")}), reverse("home-settings")
    head, mother = client_for("a1-head"), client_for("takahashi-mother")
    for page in ("/", pupils, "/account/devices/", "/account/security/"):
        assert out.search(head.get(page).content.decode()), page
    for page in ("/", "/notices/"):
        assert f'href="{settings_page}"' in mother.get(page).content.decode(), page
    assert out.search(mother.get(settings_page).content.decode())
