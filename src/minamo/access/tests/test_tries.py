"""Wrong codes and passwords count in the database: a worker that has never seen the person counts on the same line."""

import datetime as dt
from collections.abc import Callable

import pytest
import time_machine
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.core.cache import cache
from django.core.exceptions import ValidationError
from django.test import Client
from django.urls import reverse

from minamo.access.models import Account, Tries
from minamo.access.tests.test_acts import keyed
from minamo.access.tries import CLOSED, USED, WRONG, counted
from tests.fixtures.acts import code_of
from tests.fixtures.world import World

PASSWORD = "みなも-to-clear-water"


class Person:
    """A member of staff with an authenticator app."""

    def __init__(self) -> None:
        self.account = Account.objects.get(login_id="a1-homeroom")
        self.account.set_password(PASSWORD)
        self.account.save()
        self.secret = generate_totp_secret()
        TOTP.activate(self.account, self.secret)

    def code(self) -> str:
        """What the app shows now."""
        return code_of(self.secret)

    def wrong(self) -> str:
        """What it does not show."""
        return f"{(int(self.code()) + 500_000) % 1_000_000:06d}"


@pytest.fixture
def person(db: None) -> Person:
    """The person, no code tried yet."""
    return Person()


def elsewhere(client: Client, path: str, code: str) -> str:
    """Send a code to a worker whose memory is empty."""
    cache.clear()
    return str(client.post(path, {"code": code}, follow=True).content.decode())


def test_five_wrong_codes_at_the_second_step_close_it_even_to_the_right_one(client: Client, person: Person) -> None:
    client.post("/accounts/login/", {"login": "a1-homeroom", "password": PASSWORD})
    path = reverse("mfa_authenticate")
    pages = [elsewhere(client, path, person.wrong()) for _ in range(WRONG)]
    assert not any(CLOSED in page for page in pages)
    assert CLOSED in elsewhere(client, path, person.code())
    assert client.get("/account/devices/").status_code == 302
    with time_machine.travel(dt.datetime.now(dt.UTC) + dt.timedelta(minutes=15, seconds=1)):
        client.post("/accounts/login/", {"login": "a1-homeroom", "password": PASSWORD})
        elsewhere(client, path, person.code())
        assert client.get("/account/devices/").status_code == 200


def test_a_new_sign_in_with_the_password_gives_no_new_tries(client: Client, person: Person) -> None:
    for _ in range(WRONG):
        fresh = Client()
        fresh.post("/accounts/login/", {"login": "a1-homeroom", "password": PASSWORD})
        elsewhere(fresh, reverse("mfa_authenticate"), person.wrong())
    client.post("/accounts/login/", {"login": "a1-homeroom", "password": PASSWORD})
    assert CLOSED in elsewhere(client, reverse("mfa_authenticate"), person.code())


def test_the_proof_in_place_counts_on_the_same_line(client_for: Callable[..., Client], person: Person) -> None:
    client = client_for("a1-homeroom", condition="stale")
    for _ in range(WRONG):
        elsewhere(client, reverse("access-proof"), person.wrong())
    assert Tries.objects.get(account=person.account).wrong == WRONG
    assert CLOSED in elsewhere(client, reverse("access-proof"), person.code())


def test_recovery_codes_count_too(client_for: Callable[..., Client], person: Person) -> None:
    codes = RecoveryCodes.activate(person.account).get_unused_codes()
    client = client_for("a1-homeroom", condition="stale")
    for _ in range(WRONG):
        elsewhere(client, reverse("access-proof"), "0" * 8)
    assert CLOSED in elsewhere(client, reverse("access-proof"), codes[0])
    assert codes[0] in RecoveryCodes(person.account.authenticator_set.get(type="recovery_codes")).get_unused_codes()


def test_a_code_of_the_app_works_once_on_every_worker(client_for: Callable[..., Client], person: Person) -> None:
    code, answers = person.code(), []
    for _ in range(2):
        cache.clear()
        answers.append(client_for("a1-homeroom", condition="stale").post(reverse("access-proof"), {"code": code}))
    assert [answer.status_code for answer in answers] == [302, 422]
    assert USED in answers[1].content.decode()


def test_a_wrong_present_password_counts(client_for: Callable[..., Client], person: Person, world: World) -> None:
    client = client_for("a1-homeroom", condition="without-proof")
    browser, path, new = keyed(client, world), "/accounts/password/", "another-clear-water"
    for current in [*["no-no-no-no"] * WRONG, PASSWORD]:
        page = client.post(path, {"current": current, "new": new}, headers=browser.header(path, method="POST"))
    assert page.status_code == 422 and CLOSED in page.content.decode()


def test_what_is_right_begins_anew(person: Person) -> None:
    def wrong() -> str:
        raise ValidationError("no")

    for check in [wrong] * 4 + [lambda: "yes"] + [wrong] * 4:
        try:
            counted(person.account, check)
        except ValidationError as error:
            assert error.messages == ["no"]
    assert Tries.objects.get(account=person.account).wrong == 4
