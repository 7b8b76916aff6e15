"""Sign-ins in the trail, refused ones too; a browser that comes back; keys that come and go; the name of a network."""

from typing import Any

import pytest
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.core.cache import cache
from django.db import connection
from django.test import Client, RequestFactory
from django.urls import reverse

from minamo.access.models import Account, Device
from minamo.access.network import network_of
from tests.fixtures.acts import code_of, proved_for
from tests.fixtures.world import World

PASSWORD = "みなも-to-clear-water"


@pytest.fixture
def people(db: None) -> dict[str, Account]:
    """Staff with passwords."""
    cache.clear()
    found = {
        account.login_id: account
        for account in Account.objects.filter(login_id__in=["a1-homeroom", "a1-teacher", "b1-head"])
    }
    for account in found.values():
        account.set_password(PASSWORD)
        account.save()
    return found


def rows(action: str) -> list[tuple[Any, ...]]:
    """The trail's rows of an action, as the owner of all municipalities would see them."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT resource_id, outcome, municipality_id, school_id, detail FROM audit_entry WHERE action = %s ORDER BY id",
            [action],
        )
        return cursor.fetchall()


def sign_in(client: Client, login: str, password: str = PASSWORD) -> Any:
    """Send the form."""
    return client.post("/accounts/login/", {"login": login, "password": password})


def open_trail(world: World) -> None:
    """Look as an operator of both municipalities."""
    from minamo.access.scope import set_scope

    set_scope(municipalities=[world.municipality("A"), world.municipality("B")], side="school")


def test_sign_ins_stand_where_the_school_sees_them(client: Client, people: dict[str, Account], world: World) -> None:
    sign_in(client, "a1-homeroom", "wrong-wrong-wrong")
    sign_in(client, "a1-homeroom")
    open_trail(world)
    refused, done = rows("own:sign-in")
    place = (world.municipality("A"), world.school("a1"))
    assert (refused[0], refused[1], refused[2:4]) == (str(people["a1-homeroom"].pk), "deny", place)
    assert "wrong" not in str(refused[4]) and "password" in str(refused[4])
    assert (done[1], done[2:4]) == ("allow", place)


def test_a_refused_second_step_is_recorded(client: Client, people: dict[str, Account], world: World) -> None:
    TOTP.activate(people["a1-homeroom"], generate_totp_secret())
    sign_in(client, "a1-homeroom")
    client.post(reverse("mfa_authenticate"), {"code": "000000"})
    open_trail(world)
    assert [(row[0], row[1]) for row in rows("own:sign-in")] == [(str(people["a1-homeroom"].pk), "deny")]
    assert "code" in str(rows("own:sign-in")[0][4]) and "000000" not in str(rows("own:sign-in")[0][4])


def test_a_browser_that_comes_back_keeps_its_row(client: Client, people: dict[str, Account]) -> None:
    for _ in range(3):
        sign_in(client, "a1-homeroom")
        client.post(reverse("account_logout"))
    assert Device.objects.filter(account=people["a1-homeroom"]).count() == 1
    sign_in(Client(), "a1-homeroom")
    assert Device.objects.filter(account=people["a1-homeroom"]).count() == 2


def test_a_shared_device_is_known_for_colleagues_only(client: Client, people: dict[str, Account], world: World) -> None:
    sign_in(client, "a1-homeroom")
    Device.objects.filter(account=people["a1-homeroom"]).update(terminal_id=world.terminal("A-trusted"))
    sign_in(client, "a1-homeroom")
    for login, known in (("a1-teacher", world.terminal("A-trusted")), ("b1-head", None)):
        client.post(reverse("account_logout"))
        sign_in(client, login)
        assert Device.objects.get(account=people[login]).terminal_id == known


def test_a_cookie_of_our_own_making_is_worth_nothing(client: Client, people: dict[str, Account], world: World) -> None:
    sign_in(client, "a1-homeroom")
    Device.objects.filter(account=people["a1-homeroom"]).update(terminal_id=world.terminal("A-trusted"))
    stranger = Client()
    stranger.cookies["minamo_device"] = Device.objects.get(account=people["a1-homeroom"]).pk.hex
    sign_in(stranger, "a1-teacher")
    assert Device.objects.get(account=people["a1-teacher"]).terminal_id is None


def test_keys_that_come_and_go_are_recorded(client: Client, people: dict[str, Account], world: World) -> None:
    sign_in(client, "a1-homeroom")
    proved_for(client, reverse("mfa_activate_totp"))
    page = client.get(reverse("mfa_activate_totp")).content.decode()
    secret = page.split("<code>")[1].split("</code>")[0]
    code = code_of(secret)
    client.post(reverse("mfa_activate_totp"), {"code": code})
    proved_for(client, reverse("mfa_deactivate_totp")).post(reverse("mfa_deactivate_totp"))
    open_trail(world)
    told = [str(row[4]) for row in rows("own:keys")]
    assert len(told) == 2 and "認証アプリ" in told[0] and "認証アプリ" in told[1]
    assert secret not in str(told)


@pytest.mark.parametrize(("address", "name"), [("10.20.3.4", "学校"), ("10.30.0.9", "教委"), ("192.0.2.1", "other")])
def test_a_network_has_a_name(address: str, name: str, settings: Any) -> None:
    settings.NETWORKS = {"学校": "10.20.0.0/16", "教委": "10.30.0.0/24"}
    assert network_of(RequestFactory().get("/", REMOTE_ADDR=address)) == name
