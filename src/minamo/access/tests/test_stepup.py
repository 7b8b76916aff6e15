"""Step-up in place: a refusal that a proof can heal leads to the proof and back, with what was typed."""

import datetime as dt
import html
import re
import uuid
from collections.abc import Callable
from typing import Any

import pytest
import time_machine
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from minamo.access.models import Account, Device, Stash
from tests.fixtures.acts import code_of
from tests.fixtures.world import World

PASSWORD = "みなも-to-clear-water"


@pytest.fixture
def head(db: None) -> Account:
    """A head with password and authenticator app."""
    cache.clear()
    account = Account.objects.get(login_id="a1-head")
    account.set_password(PASSWORD)
    account.save()
    return account


def connected(account: Account) -> str:
    """Connect an app and read its number."""
    secret = generate_totp_secret()
    TOTP.activate(account, secret)
    return code_of(secret)


def register_page(world: World) -> str:
    """A page of class II: the register of a class."""
    return reverse("attendance-register", kwargs={"class_id": world.klass("a1-1")})


def restrictions(world: World) -> str:
    """A form of class I."""
    return reverse("people-restrictions", kwargs={"pupil_id": world.pupil("hana")})


@pytest.mark.parametrize(
    ("condition", "clause", "way"),
    [
        ("unknown-device", "4.8", "/account/devices/"),
        ("password-only", "4.9", "/account/proof/"),
        ("without-proof", "4.8", "<m-proof"),
        ("quarantined", "4.8", "承認し直す"),
    ],
)
def test_class_two_names_clause_and_way(
    condition: str, clause: str, way: str, client_for: Callable[..., Client], world: World
) -> None:
    page = client_for("a1-head", condition=condition).get(register_page(world))
    assert page.status_code == 403
    text = page.content.decode()
    assert f"規程 {clause}" in text and way in text


def test_who_has_no_right_is_not_sent_through_a_proof(client_for: Callable[..., Client], world: World) -> None:
    page = client_for("b1-head", condition="password-only").get(register_page(world))
    assert page.status_code in {403, 404}
    assert "/account/proof/" not in page.content.decode()


def test_a_second_factor_opens_and_comes_back(head: Account, client_for: Callable[..., Client], world: World) -> None:
    client = client_for("a1-head", condition="password-only")
    wanted = register_page(world)
    refused = client.get(wanted).content.decode()
    target = html.unescape(re.search(r'href="(/account/proof/\?[^"]+)"', refused)[1])  # type: ignore[index]
    assert "6けた" not in client.get(target).content.decode()  # nothing to prove with yet: the page says how to get it
    code = connected(head)
    assert "6けた" in client.get(target).content.decode()
    assert client.post(target, {"code": "000000", "next": wanted}).status_code == 422
    done = client.post(target, {"code": code, "next": wanted})
    assert (done.status_code, done["Location"]) == (302, wanted)
    assert Device.objects.get(pk=client.session["device"]).strength == 2


def test_a_proof_gives_the_session_a_new_token(head: Account, client_for: Callable[..., Client], world: World) -> None:
    client = client_for("a1-head", condition="stale")
    before = client.session.session_key
    client.post(reverse("access-proof"), {"password": PASSWORD, "next": "/"})
    assert client.session.session_key != before
    device = Device.objects.get(pk=client.session["device"])
    assert device.session_key == client.session.session_key
    old = Client()
    old.cookies["minamo_session"] = before
    assert old.get("/account/devices/").status_code == 302


def test_class_one_comes_back_with_what_was_typed(
    head: Account, client_for: Callable[..., Client], world: World
) -> None:
    client = client_for("a1-head", condition="stale")
    typed = {"kind": "address", "ground": "支援措置の申出\n二行目 <b>", "begins": "2026-11-24", "tag": ["甲", "乙"]}
    refused = client.post(restrictions(world), typed)
    assert refused.status_code == 403 and "4.10" in refused.content.decode()
    kept = Stash.objects.get()
    assert "申出".encode() not in bytes(kept.body)
    target = reverse("access-continue", kwargs={"stash_id": kept.pk})
    assert target in html.unescape(refused.content.decode()).replace("%2F", "/")
    assert client.post(reverse("access-proof"), {"password": PASSWORD, "next": target})["Location"] == target
    page = client.get(target).content.decode()
    fields = re.findall(r'<textarea name="(\w+)" hidden>\n(.*?)</textarea>', page, re.DOTALL)
    got = [(name, html.unescape(value)) for name, value in fields]
    assert got == [
        ("kind", "address"),
        ("ground", typed["ground"]),
        ("begins", "2026-11-24"),
        ("tag", "甲"),
        ("tag", "乙"),
    ]
    assert f'action="{restrictions(world)}"' in page
    assert client.post(restrictions(world), typed).status_code != 403


def test_a_wrong_password_is_refused_and_recorded(head: Account, client_for: Callable[..., Client]) -> None:
    client = client_for("a1-head", condition="stale")
    assert client.post(reverse("access-proof"), {"password": "wrong-wrong"}).status_code == 422
    age = dt.datetime.now(dt.UTC) - Device.objects.get(pk=client.session["device"]).signed_in_at
    assert age > dt.timedelta(minutes=19)


def test_a_password_is_no_second_factor(head: Account, client_for: Callable[..., Client], world: World) -> None:
    client = client_for("a1-head", condition="password-only")
    client.post(reverse("access-proof"), {"password": PASSWORD})
    assert client.get(register_page(world)).status_code == 403


def test_what_was_kept_opens_in_its_own_session_only(client_for: Callable[..., Client], world: World) -> None:
    client = client_for("a1-head", condition="stale")
    client.post(restrictions(world), {"ground": "秘密の文"})
    target = reverse("access-continue", kwargs={"stash_id": Stash.objects.get().pk})
    other = client_for("a1-head")
    session = other.session
    session["binding"] = "another"
    session.save()
    for stranger in (other, client_for("a1-vice")):
        page = stranger.get(target)
        assert page.status_code == 410 and "秘密の文" not in page.content.decode()
    with time_machine.travel(dt.datetime.now(dt.UTC) + dt.timedelta(minutes=16)):
        assert client.get(target).status_code == 410


def test_files_are_left_out_and_the_page_says_so(client_for: Callable[..., Client], world: World) -> None:
    client = client_for("a1-head", condition="stale")
    client.post(restrictions(world), {"ground": "文", "scan": SimpleUploadedFile("a.pdf", b"%PDF-secret")})
    kept = Stash.objects.get()
    page = client.get(reverse("access-continue", kwargs={"stash_id": kept.pk})).content.decode()
    assert "ファイルをもう一度選んでください" in page and "data-continue" not in page and "secret" not in page


def test_what_is_too_large_is_not_kept(client_for: Callable[..., Client], world: World) -> None:
    page = client_for("a1-head", condition="stale").post(restrictions(world), {"ground": "長" * 300_000})
    assert Stash.objects.count() == 0
    assert "預かれませんでした" in page.content.decode()


def test_nothing_is_kept_for_a_refusal_no_proof_can_heal(client_for: Callable[..., Client], world: World) -> None:
    client_for("a1-homeroom", condition="stale").post(restrictions(world), {"ground": "文"})
    assert Stash.objects.count() == 0


@pytest.mark.parametrize("header", [{"X-Requested-With": "fetch"}, {"HX-Request": "true"}], ids=["fetch", "htmx"])
def test_a_script_is_told_the_way(client_for: Callable[..., Client], world: World, header: dict[str, str]) -> None:
    client = client_for("a1-head", condition="without-proof")
    for answer in (
        client.get(register_page(world), headers=header),
        client.post(register_page(world), {"reason": "理由"}, headers=header),
    ):
        assert (answer.status_code, answer["X-Minamo-Way"]) == (403, "proof")
        assert answer["Content-Type"].startswith("text/plain") and "端末の鍵を確かめると" in answer.content.decode()
    assert not Stash.objects.exists()  # the page has it


@pytest.mark.parametrize(
    ("who", "condition", "way", "final", "to", "words"),
    [
        ("a1-homeroom", "password-only", "person", None, "/account/proof/?next=%2Fschools%2F", ["規程 4.9", "本人を確かめると"]),
        ("a1-homeroom", "unknown-device", "device", None, "/account/devices/", ["規程 4.8", "届け出て"]),
        ("a1-homeroom", "quarantined", "blocked", None, None, ["規程 4.8", "承認し直す"]),
        ("a1-clerk", "", "ask", "yes", None, ["規程 7.4", "校長か教育委員会に相談"]),
    ],
)  # fmt: skip
def test_a_script_is_told_clause_and_way_and_whether_it_is_final(
    who: str, condition: str, way: str, final: str | None, to: str | None, words: list[str],
    client_for: Callable[..., Client], world: World,
) -> None:  # fmt: skip
    client = client_for(who, condition=condition) if condition else client_for(who)
    sent = {"X-Requested-With": "fetch", "Referer": "http://testserver/schools/"}
    answer = client.post(register_page(world), {"set": f"{world.pupil('hana')}:late"}, headers=sent)
    text = answer.content.decode()
    assert (answer.status_code, answer["X-Minamo-Way"], answer.get("X-Minamo-Final")) == (403, way, final), text
    assert all(word in text for word in words) and text.count("規程") == 1 and "<" not in text
    assert (answer.get("X-Minamo-To") or "").startswith(to) if to else "X-Minamo-To" not in answer


@pytest.mark.parametrize(("hours", "minutes", "status"), [(0, 119, 200), (0, 121, 302), (13, 0, 302)])
def test_a_sign_in_of_the_staff_ends_by_itself(
    hours: int, minutes: int, status: int, client_for: Callable[..., Client]
) -> None:
    client = client_for("a1-head")
    row = Device.objects.filter(pk=client.session["device"])
    now = dt.datetime.now(dt.UTC)
    if hours:
        row.update(signed_in_at=now - dt.timedelta(hours=hours))
    row.update(seen_at=now - dt.timedelta(minutes=minutes))
    assert client.get("/account/devices/").status_code == status


def test_a_guardian_is_not_asked_for_any_of_this(client_for: Callable[..., Client], world: World) -> None:
    client = client_for("takahashi-mother")
    Device.objects.filter(pk=client.session["device"]).update(
        seen_at=dt.datetime.now(dt.UTC) - dt.timedelta(days=3),
        signed_in_at=dt.datetime.now(dt.UTC) - dt.timedelta(days=3),
    )
    assert client.get(reverse("attendance-child", kwargs={"pupil_id": world.pupil("hana")})).status_code == 200


def test_next_stays_in_the_house(head: Account, client_for: Callable[..., Client]) -> None:
    client: Any = client_for("a1-head")
    for target in ("https://evil.example/", "//evil.example/"):
        assert client.post(reverse("access-proof"), {"password": PASSWORD, "next": target})["Location"] == "/"
    assert client.get(reverse("access-continue", kwargs={"stash_id": uuid.uuid4()})).status_code == 410


@pytest.mark.parametrize(("side", "clause"), [("learning", "4.2 学習系の端末"), ("home", "4.3 家庭の端末")])
def test_a_row_the_database_hides_from_the_device_is_refused_with_the_clause(
    side: str, clause: str, client_for: Callable[..., Client], world: World
) -> None:
    """The wall of the database hides the pupil from such a device; the page still says why and what to do."""
    teacher = client_for("a1-homeroom", side)
    for pupil in (world.pupil("hana"), world.account("nobody")):  # nothing tells whether there is such a child
        for name in ("people-pupil", "people-pupil-edit"):
            page = teacher.get(reverse(name, kwargs={"pupil_id": pupil}))
            text = page.content.decode()
            assert page.status_code == 403 and clause in text and "校務用の端末で開き直してください" in text
    assert client_for("a1-homeroom").get(f"/pupils/{world.account('nobody')}/").status_code == 404
    assert client_for("pupil-hana").get(f"/pupils/{world.pupil('nagi')}/").status_code in {403, 404}


@pytest.mark.parametrize("who", ["takahashi-mother", "pupil-hana"])
def test_families_are_not_sent_to_another_device(who: str, client_for: Callable[..., Client], world: World) -> None:
    """A page of the school is none of theirs anywhere: the way on is the own start page."""
    page = client_for(who).get(f"/schools/{world.school('a1')}/staff/")
    text = page.content.decode()
    assert page.status_code == 403 and "ホームから見られます" in text and "開き直してください" not in text
