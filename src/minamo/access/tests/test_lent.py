"""児童生徒が使った端末: a browser a pupil has signed in on is the learning side for the staff, until it is approved (ADR 0036)."""

import base64
import json
import re
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.urls import reverse

from minamo.access.cookies import DEVICE_COOKIE, SIDE_COOKIE
from minamo.access.models import Account, Device, Terminal
from minamo.access.scope import set_scope
from tests.fixtures.acts import proved_for
from tests.fixtures.world import World

PASSWORD = "みなも-to-clear-water"


@pytest.fixture
def tablet(db: None, world: World) -> Client:
    """A pupil's tablet: the pupil has signed in and out."""
    cache.clear()
    for name in ("pupil-hana", "a1-homeroom", "a1-homeroom2", "takahashi-mother"):
        account = Account.objects.get(pk=world.account(name))
        account.set_password(PASSWORD)
        account.save()
    browser = Client()
    enter(browser, "pupil-hana")
    assert browser.post("/accounts/logout/").status_code == 302
    return browser


def enter(browser: Client, name: str) -> Device:
    """Sign in by the page, whoever was there before having signed out; returns the sign-in."""
    browser.post("/accounts/logout/")
    answer = browser.post("/accounts/login/", {"login": name, "password": PASSWORD})
    assert answer.status_code == 302, answer.content.decode()[:400]
    return Device.objects.get(pk=browser.session["device"])


def record(world: World) -> str:
    """A page of class III."""
    return reverse("people-pupil", kwargs={"pupil_id": world.pupil("hana")})


def register(browser: Client) -> None:
    """The browser makes a key and is handed in."""
    spki = ec.generate_private_key(ec.SECP256R1()).public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )  # fmt: skip
    sent = {"label": "中央小 図書室", "key": base64.b64encode(spki).decode()}
    proved_for(browser, reverse("access-registration"))
    assert browser.post(reverse("access-registration"), sent).status_code == 302


def test_a_pupils_tablet_opens_nothing_for_the_staff(tablet: Client, world: World) -> None:
    assert enter(tablet, "a1-homeroom").side == "learning"
    for path in (record(world), reverse("attendance-register", kwargs={"class_id": world.klass("a1-1")})):
        refused = tablet.get(path)
        assert refused.status_code == 403 and "規程 4.2" in refused.content.decode()
        assert "この端末を届け出て" in refused.content.decode()
    assert "この端末は、学習用です" in tablet.get(reverse("access-devices")).content.decode()


def test_the_trail_names_what_was_asked_for_and_the_page_does_not(
    tablet: Client, world: World, client_for: Callable[..., Client]
) -> None:
    enter(tablet, "a1-homeroom")
    asked = [world.pupil("hana"), world.pupil("kai"), world.pupil("umi"), uuid.uuid4()]
    pages = [tablet.get(reverse("people-pupil", kwargs={"pupil_id": pupil})) for pupil in asked]
    assert {page.status_code for page in pages} == {403}
    bare = [
        re.sub(r"[0-9a-f-]{36}|csrf\S+|value=\"\w+\"|\"X-CSRFToken\": \"\w+\"", "", page.content.decode())
        for page in pages
    ]
    assert len(set(bare)) == 1, "the device learns whether there is such a child"
    with connection.cursor() as cursor:
        set_scope(municipalities=[world.municipality("A"), world.municipality("B")], side="school")
        cursor.execute("SELECT resource_type, resource_id, municipality_id, school_id, pupil_id, rules FROM audit_entry"
                       " WHERE action = 'pupil:read' AND outcome = 'deny' ORDER BY id")  # fmt: skip
        rows = cursor.fetchall()
    town = world.municipality("A")
    assert [row[:5] for row in rows] == [
        ("Pupil", str(asked[0]), town, world.school("a1"), asked[0]),
        ("Pupil", str(asked[1]), town, world.school("a2"), asked[1]),
        ("Pupil", "none", town, None, None),
        ("Pupil", "none", town, None, None),
    ]
    assert all("access.wall-learning-side" in row[5] for row in rows)


@pytest.mark.parametrize("lost", [SIDE_COOKIE, DEVICE_COOKIE])
def test_losing_one_cookie_changes_nothing(lost: str, tablet: Client, world: World) -> None:
    del tablet.cookies[lost]
    assert enter(tablet, "a1-homeroom").side == "learning"
    assert tablet.get(record(world)).status_code == 403


def test_who_used_the_browser_before_is_shut_out_too(db: None, world: World, tablet: Client) -> None:
    shared = Client()
    assert enter(shared, "a1-homeroom").side == "school"
    enter(shared, "pupil-hana")
    for name in ("a1-homeroom", "a1-homeroom2"):
        assert enter(shared, name).side == "learning"


def test_a_family_may_share_its_browser_with_the_child(tablet: Client) -> None:
    assert enter(tablet, "takahashi-mother").side == "home"
    assert tablet.get("/").status_code == 200


def test_approval_makes_it_a_device_of_the_staff_until_the_next_pupil(
    tablet: Client, world: World, client_for: Callable[..., Client]
) -> None:
    enter(tablet, "a1-homeroom")
    register(tablet)
    assert tablet.get(record(world)).status_code == 403
    assert "届出は済んでいます" in tablet.get(reverse("access-devices")).content.decode()
    head = client_for("a1-head")
    shown = head.get(reverse("access-register-school", kwargs={"school_id": world.school("a1")})).content.decode()
    assert "学習用の端末からの届出です" in shown
    set_scope(municipalities=[world.municipality("A")], side="school")
    terminal = Terminal.objects.get(label="中央小 図書室")
    path = reverse("access-terminal-approvals", kwargs={"terminal_id": terminal.pk})
    assert tablet.post(path).status_code == 403
    assert head.post(path).status_code == 302
    assert tablet.get(record(world)).status_code == 200  # with the next request
    assert enter(tablet, "a1-homeroom2").side == "school"
    enter(tablet, "pupil-hana")
    assert enter(tablet, "a1-homeroom").side == "learning"


def test_a_pupil_of_the_demo_takes_its_trust_away(
    client: Client, db: None, world: World, settings: Any, tmp_path: Path
) -> None:
    settings.VAR_DIR = tmp_path
    persons = [{"account_id": str(world.account(name)), "label": name, "role": "", "place": "", "group": ""}
               for name in ("pupil-hana", "a1-homeroom")]  # fmt: skip
    (tmp_path / "demo_persons.json").write_text(json.dumps(persons))

    def become(name: str) -> Device:
        assert client.post("/demo/sign-in/", {"account": str(world.account(name))}).status_code == 302
        return Device.objects.get(pk=client.session["device"])

    label = Terminal.objects.get(pk=become("a1-homeroom").terminal_id).label
    assert label == "原澤 美咲の1台目"  # a name that tells it from the next
    assert client.get(record(world)).status_code == 200
    become("pupil-hana")
    device = become("a1-homeroom")
    assert device.side == "learning" and client.get(record(world)).status_code == 403
    fresh = Client()
    assert fresh.post("/demo/sign-in/", {"account": str(world.account("pupil-hana"))}).status_code == 302
    assert fresh.post("/demo/sign-in/", {"account": str(world.account("a1-homeroom"))}).status_code == 302
    assert Device.objects.get(pk=fresh.session["device"]).terminal_id is None


@pytest.mark.parametrize(
    ("condition", "status"),
    [("", 302), ("unknown-device", 302), ("password-only", 302), ("stale", 403), ("without-proof", 403)],
)
def test_marking_the_device_needs_a_fresh_proof(
    condition: str, status: int, client_for: Callable[..., Client], world: World
) -> None:
    """With a copied session somebody else would shut the person out of everything (B7)."""
    client = client_for("a1-head", condition=condition)
    answer = client.post(reverse("access-this-device"))
    assert answer.status_code == status
    side = Device.objects.get(pk=client.session["device"]).side
    assert side == ("learning" if status == 302 else "school")
    if condition == "stale":
        assert "/account/proof/?next=" in answer.content.decode() and "規程 4.6" in answer.content.decode()
    if condition == "without-proof":
        assert "<m-proof" in answer.content.decode()


def test_the_mark_counts_for_everybody_in_the_browser(tablet: Client, world: World) -> None:
    shared = Client()
    enter(shared, "a1-homeroom2")
    enter(shared, "a1-homeroom")
    assert shared.post(reverse("access-this-device")).status_code == 302
    for name in ("a1-homeroom2", "a1-homeroom", "takahashi-mother"):
        assert enter(shared, name).side == "learning"
