"""戸口: the start page of the staff at a device that opens no school work, or not yet."""

import re
from collections.abc import Callable

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from minamo.access.models import Device, Terminal, TerminalState
from minamo.access.scope import system_scope
from tests.fixtures.world import PUPILS, World

ClientFor = Callable[..., Client]
pytestmark = pytest.mark.django_db
SIGN_OUT = 'action="/accounts/logout/"'


def home_of(client: Client) -> str:
    with CaptureQueriesContext(
        connection,
    ) as queries:
        answer = client.get("/")
    assert answer.status_code == 200 and len(queries) <= 12
    return str(answer.content.decode())


def on_a_terminal(client: Client, world: World, state: str) -> None:
    """This browser stands in the register, in a state."""
    town, device = world.municipality("A"), Device.objects.get(pk=client.session["device"])
    with system_scope(town):
        terminal = Terminal.objects.create(
            municipality_id=town, school_id=world.school("a1"), label="図書室の青いPC", kind="Linux の Chrome",
            registered_by_id=device.account_id, registered_at=device.seen_at,
        )  # fmt: skip
        TerminalState.objects.create(
            terminal=terminal, municipality_id=town, state=state, at=device.seen_at, by_label="届出"
        )
        Device.objects.filter(pk=device.pk).update(terminal=terminal)


def test_an_unknown_device_has_a_home(world: World, client_for: ClientFor) -> None:
    client = client_for("a1-homeroom", condition="unknown-device")
    page = home_of(client)
    assert "この端末は、まだ届け出ていません" in page and "規程 4.8" in page and "この端末を届け出る" in page
    incidents = reverse("policy-incidents", kwargs={"municipality_id": world.municipality("A")})
    assert f'<a href="{incidents}"><b>事故を知らせる' in page and SIGN_OUT in page
    opens, later = page.partition("この端末でいま開けるもの")[2].split("承認された端末で開けるもの")
    pupils = reverse("people-pupils", kwargs={"school_id": world.school("a1")})
    assert f'href="{pupils}"' in opens and "採点" in later and "出欠・健康観察" in later
    assert [client.get(path).status_code for path in (pupils, incidents)] == [200, 200]
    assert not [name for name, row in PUPILS.items() if f"{row[0]} {row[1]}" in page]


def test_every_page_it_says_opens_does(client_for: ClientFor) -> None:
    for name in ("a1-homeroom", "a1-head", "a-board"):
        client = client_for(name, condition="unknown-device")
        opens = home_of(client).partition("この端末でいま開けるもの")[2].partition("</section>")[0]
        paths = [part.split('"')[0] for part in opens.split('href="')[1:]]
        answers = {client.get(path).status_code for path in paths}
        assert answers in ({200}, {200, 302})  # 規程 opens at what is to be read


def test_what_waits_says_with_whom(world: World, client_for: ClientFor) -> None:
    client = client_for("a1-homeroom", condition="unknown-device")
    on_a_terminal(client, world, "registered")
    page = home_of(client)
    assert "この端末は、承認を待っています" in page and "図書室の青いPC" in page
    assert (
        Device.objects.filter(account__login_id="a1-head").exists()
        or "さん、または教育委員会の承認を待っています" in page
    )


@pytest.mark.parametrize(
    ("condition", "words"), [("quarantined", "この端末は、止められています"), ("suspect", "この端末は要確認です")]
)
def test_a_closed_device_says_so_and_lets_go(condition: str, words: str, client_for: ClientFor) -> None:
    page = home_of(client_for("a1-head", condition=condition))
    assert words in page and SIGN_OUT in page


@pytest.mark.parametrize("who", ["a1-head", "a1-homeroom", "a-board"])
def test_a_quarantined_device_offers_nothing_it_would_refuse(who: str, world: World, client_for: ClientFor) -> None:
    client = client_for(who, condition="unknown-device")
    on_a_terminal(client, world, "quarantined")
    page = home_of(client)
    addresses = set(re.findall(r'(?:href|action)="(/[^"#?]*)', page)) - {"/accounts/logout/"}
    pages = {address for address in addresses if not address.startswith("/static/")}
    assert {address: client.get(address).status_code for address in pages} == dict.fromkeys(pages, 200)
    assert "/account/devices/" in pages and "いまは、ありません。" in page and "ほかの端末から、または電話で" in page
    assert "児童・生徒" in page.partition("承認された端末で開けるもの")[2] or who == "a-board"


def test_a_lost_device_leads_in_no_circle(client_for: ClientFor) -> None:
    refused = client_for("a1-head", condition="lost").get("/")
    assert refused.status_code == 403 and "ホームへ戻る" not in refused.content.decode()


@pytest.mark.parametrize("condition", ["password-only", "without-proof"])
def test_a_proof_that_is_due_is_asked_for_in_place(condition: str, client_for: ClientFor) -> None:
    assert client_for("a1-head", condition=condition).get("/").status_code == 403


@pytest.mark.parametrize(("side", "clause"), [("learning", "4.2 学習系の端末"), ("home", "4.3 家庭の端末")])
def test_another_side_names_the_clause_and_the_way(side: str, clause: str, client_for: ClientFor) -> None:
    for name in ("a1-homeroom", "a-board"):
        page = home_of(client_for(name, side))
        assert (
            f"規程 {clause}" in page
            and "この端末を届け出て" in page
            and "校務用の端末でサインイン" in page
            and SIGN_OUT in page
        )


def test_own_devices_have_their_names_on_every_side_and_nobody_elses(world: World, client_for: ClientFor) -> None:
    on_a_terminal(client_for("a1-homeroom", condition="unknown-device"), world, "trusted")
    page = client_for("a1-homeroom", "learning").get("/account/devices/").content.decode()
    assert "図書室の青いPC" in page and "信頼" in page
    other = client_for("a1-head", "learning").get("/account/devices/").content.decode()
    assert "図書室の青いPC" not in other


def test_one_signs_out_where_one_looks_for_it(client_for: ClientFor) -> None:
    for path in ("/account/devices/", "/account/security/"):
        assert SIGN_OUT in client_for("a1-homeroom", condition="unknown-device").get(path).content.decode()
