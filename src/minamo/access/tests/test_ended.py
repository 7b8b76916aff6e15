"""切れたサインイン: what somebody sends after the sign-in has ended waits for the same person's next sign-in, and for nobody else."""

import datetime as dt
import html
import re
import uuid
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import time_machine
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from minamo.access.models import Account, Device, Stash
from minamo.access.stash import MOST
from tests.fixtures.acts import code_of, proved_for
from tests.fixtures.world import World

PASSWORD = "みなも-to-clear-water"
TEXT = "成績の入ったUSBメモリを、電車に置き忘れました。\n二行目 <b>"
Ender = Callable[[Account, Client], None]


@pytest.fixture
def teacher(db: None) -> Account:
    """A teacher with a password."""
    return with_password("a1-homeroom")


def with_password(name: str) -> Account:
    cache.clear()
    account = Account.objects.get(login_id=name)
    account.set_password(PASSWORD)
    account.save()
    return account


def sign_in(browser: Client, name: str = "a1-homeroom", **more: str) -> Any:
    return browser.post("/accounts/login/", {"login": name, "password": PASSWORD, **more})


def from_elsewhere(account: Account, browser: Client) -> None:
    """Another browser of the person signs this one out."""
    other = Client()
    sign_in(other, account.login_id)
    address = reverse("access-device-signout", kwargs={"device_id": browser.session["device"]})
    assert proved_for(other, address).post(address).status_code == 302


def by_itself(account: Account, browser: Client) -> None:
    """Away for longer than the limit."""
    Device.objects.filter(pk=browser.session["device"]).update(seen_at=dt.datetime.now(dt.UTC) - dt.timedelta(hours=3))


def incidents(world: World) -> str:
    return reverse("policy-incidents", kwargs={"municipality_id": world.municipality("A")})


def way(answer: Any) -> dict[str, str]:
    """Where the sign-in page leads to and what it says."""
    assert answer.status_code == 302 and urlsplit(answer["Location"]).path == "/accounts/login/"
    return {name: values[0] for name, values in parse_qs(urlsplit(answer["Location"]).query).items()}


def fields_of(page: str) -> list[tuple[str, str]]:
    found = re.findall(r'<textarea name="(\w+)" hidden>\n(.*?)</textarea>', page, re.DOTALL)
    return [(name, html.unescape(value)) for name, value in found]


@pytest.mark.parametrize("end", [from_elsewhere, by_itself])
def test_what_was_typed_comes_back_after_the_sign_in(end: Ender, teacher: Account, world: World) -> None:
    browser = Client()
    sign_in(browser)
    end(teacher, browser)
    onward = way(browser.post(incidents(world), {"note": TEXT, "kind": "lost", "tag": ["甲", "乙"]}))
    assert TEXT.splitlines()[0].encode() not in bytes(Stash.objects.get().body)
    page = browser.get("/accounts/login/", onward).content.decode()
    assert "サインインが切れていました。入力はとってあります" in page and TEXT.splitlines()[0] not in page
    assert sign_in(browser, next=onward["next"])["Location"] == onward["next"]
    page = browser.get(onward["next"]).content.decode()
    assert fields_of(page) == [("note", TEXT), ("kind", "lost"), ("tag", "甲"), ("tag", "乙")]
    assert f'action="{incidents(world)}"' in page
    assert "data-continue" not in page  # somebody else may have sat there: it goes on when the person says so
    assert browser.get(onward["next"]).status_code == 410 and not Stash.objects.exists()


def test_choices_without_words_are_said_as_well(world: World, db: None) -> None:
    account = with_password("takahashi-mother")
    browser = Client()
    sign_in(browser, account.login_id)
    Device.objects.filter(pk=browser.session["device"]).update(signed_out_at=dt.datetime.now(dt.UTC))
    onward = way(browser.post("/settings/", {"text": "larger", "furigana": "on", "theme": "dark"}))
    sign_in(browser, account.login_id, next=onward["next"])
    page = browser.get(onward["next"]).content.decode()
    assert "選んだものや数字を 3つ、とってあります" in page
    assert '<a href="/settings/">送らずに、もとの画面で確かめる</a>' in page


def test_it_comes_back_through_the_second_step(teacher: Account, world: World) -> None:
    secret = generate_totp_secret()
    browser = Client()
    sign_in(browser)
    from_elsewhere(teacher, browser)
    TOTP.activate(teacher, secret)
    onward = way(browser.post(incidents(world), {"note": TEXT}))
    assert sign_in(browser, next=onward["next"])["Location"].startswith(reverse("mfa_authenticate"))
    code = code_of(secret)
    assert browser.post(reverse("mfa_authenticate"), {"code": code})["Location"] == onward["next"]
    assert ("note", TEXT) in fields_of(browser.get(onward["next"]).content.decode())


@pytest.mark.parametrize("method", ["get", "post"])
def test_a_second_step_that_has_waited_too_long_does_not_forget_the_way(teacher: Account, method: str) -> None:
    TOTP.activate(teacher, generate_totp_secret())
    browser = Client()
    assert sign_in(browser, next="/settings/")["Location"].startswith(reverse("mfa_authenticate"))
    with time_machine.travel(dt.datetime.now(dt.UTC) + dt.timedelta(minutes=16)):
        answer = getattr(browser, method)(reverse("mfa_authenticate"), {"code": "123456"})
        assert way(answer) == {"next": "/settings/", "refused": "code"}
        page = browser.get(answer["Location"]).content.decode()
        assert "2つ目の確認の時間が過ぎました" in page and 'name="next" value="/settings/"' in page
    assert "?" not in Client().get(reverse("mfa_authenticate"))["Location"]  # nobody has begun


def test_another_person_never_sees_it_and_it_is_gone(teacher: Account, world: World) -> None:
    browser = Client()
    sign_in(browser)
    from_elsewhere(teacher, browser)
    onward = way(browser.post(incidents(world), {"note": TEXT}))
    with_password("a1-head")
    assert sign_in(browser, "a1-head", next=onward["next"])["Location"] == onward["next"]
    page = browser.get(onward["next"])
    assert page.status_code == 410 and "置き忘れ" not in page.content.decode()
    assert "ほかの人がサインインすると消えます" in page.content.decode()
    assert not Stash.objects.exists()
    sign_in(browser)
    assert browser.get(onward["next"]).status_code == 410


def test_it_opens_in_its_own_browser_only_and_not_for_long(teacher: Account, world: World) -> None:
    browser, elsewhere = Client(), Client()
    sign_in(browser)
    from_elsewhere(teacher, browser)
    onward = way(browser.post(incidents(world), {"note": TEXT}))
    sign_in(elsewhere)
    assert elsewhere.get(onward["next"]).status_code == 410 and Stash.objects.exists()
    sign_in(browser)
    with time_machine.travel(dt.datetime.now(dt.UTC) + dt.timedelta(minutes=16)):
        assert browser.get(onward["next"]).status_code == 410


def test_it_goes_with_the_sign_out(teacher: Account, world: World) -> None:
    browser = Client()
    sign_in(browser)
    by_itself(teacher, browser)
    onward = way(browser.post(incidents(world), {"note": TEXT}))
    sign_in(browser)
    assert Stash.objects.exists()
    assert browser.post("/accounts/logout/").status_code == 302
    assert not Stash.objects.exists()
    sign_in(browser)
    assert browser.get(onward["next"]).status_code == 410


def test_files_are_left_out_and_the_page_says_so(teacher: Account, world: World) -> None:
    browser = Client()
    sign_in(browser)
    from_elsewhere(teacher, browser)
    onward = way(browser.post(incidents(world), {"note": TEXT, "scan": SimpleUploadedFile("a.pdf", b"%PDF-secret")}))
    sign_in(browser)
    page = browser.get(onward["next"]).content.decode()
    assert "ファイルをもう一度選んでください" in page and "secret" not in page


def test_what_cannot_be_kept_is_said(teacher: Account, world: World) -> None:
    browser = Client()
    sign_in(browser)
    from_elsewhere(teacher, browser)
    page = "http://testserver" + incidents(world) + "?tab=a&b=c"
    onward = way(browser.post(incidents(world), {"note": "長" * 300_000}, headers={"Referer": page}))
    assert onward == {"next": incidents(world) + "?tab=a&b=c", "ended": "lost"}
    assert "入力は預かれませんでした" in browser.get("/accounts/login/", onward).content.decode()
    evil = {"Referer": "https://evil.example/x"}
    assert way(browser.post(incidents(world), {"note": "長" * 300_000}, headers=evil))["next"] == "/"


@pytest.mark.parametrize(
    "path", ["/accounts/password/", "/account/proof/", "/accounts/logout/", "/account/device-proof/"]
)
def test_secrets_and_what_nobody_wants_twice_are_not_kept(path: str, teacher: Account) -> None:
    browser = Client()
    sign_in(browser)
    from_elsewhere(teacher, browser)
    assert browser.post(path, {"current": PASSWORD, "password": PASSWORD}).status_code == 302
    assert not Stash.objects.exists()


def test_nobody_known_keeps_nothing_and_nobody_keeps_without_end(teacher: Account, world: World) -> None:
    assert "ended" not in way(Client().post(incidents(world), {"note": TEXT}))
    assert not Stash.objects.exists()
    browser = Client()
    sign_in(browser)
    from_elsewhere(teacher, browser)
    ways = [way(browser.post(incidents(world), {"note": f"{TEXT}{n}"}))["next"] for n in range(MOST + 2)]
    assert Stash.objects.count() == MOST
    sign_in(browser)
    assert [browser.get(one).status_code for one in (ways[0], ways[-2], ways[-1])] == [410, 200, 200]


def test_a_page_that_was_wanted_comes_back_whole(teacher: Account, world: World) -> None:
    browser = Client()
    sign_in(browser)
    by_itself(teacher, browser)
    wanted = f"{incidents(world)}?a=1&b=2"
    onward = way(browser.get(wanted))
    assert onward == {"next": wanted, "ended": "yes"}
    page = browser.get("/accounts/login/", onward).content.decode()
    assert "サインインが切れていました" in page and "入力はとって" not in page
    assert sign_in(browser, next=onward["next"])["Location"] == wanted
    assert way(Client().get(wanted)) == {"next": wanted}  # who comes for the first time is told of no end


def test_a_refused_passkey_forgets_not_where_it_leads_to(db: None) -> None:
    onward = {"next": f"/account/continue/{uuid.uuid4()}/", "ended": "kept"}
    browser = Client()
    answer = browser.post(reverse("mfa_login_webauthn"), {"credential": "{}", **onward})
    assert way(answer) == onward | {"refused": "passkey"}
    assert "このパスキーは登録されていないか" in browser.get(answer["Location"]).content.decode()
    assert way(browser.post(reverse("mfa_authenticate"), {"code": "123456"})) == {
        "refused": "code"
    }  # nobody is at the second step
    assert "2つ目の確認の時間が過ぎました" in browser.get("/accounts/login/?refused=code").content.decode()


def test_a_script_is_told_and_its_page_stays_where_it_is(teacher: Account, world: World) -> None:
    browser = Client()
    sign_in(browser)
    from_elsewhere(teacher, browser)
    for headers in ({"X-Requested-With": "fetch"}, {"HX-Request": "true"}):
        answer = browser.post(incidents(world), {"note": TEXT}, headers=headers)
        assert answer.status_code == 401 and "HX-Redirect" not in answer
    assert not Stash.objects.exists()  # the page sends it itself
