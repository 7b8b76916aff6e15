"""端末の状態の報告: sources, ages, what they amount to, and what the policy does with it."""

import datetime as dt
import json
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from minamo.access import proofs
from minamo.access.cookies import SESSION_DEVICE
from minamo.access.models import Device, Posture, Terminal
from minamo.access.posture import STRENGTH, NoReport, Report, Standing, facts_of, judged, standing, versions
from minamo.access.scope import set_scope
from minamo.access.streams import fingerprints
from minamo.access.tests.test_devices import Browser
from minamo.audit.models import Entry
from tests.fixtures.world import World

NOW = dt.datetime(2026, 11, 24, 8, 0, tzinfo=dt.UTC)
NEW = {"browser": "Chromium", "version": "131.0.1", "platform": "Chrome OS", "platform_version": "16093"}
OLD = {**NEW, "version": "99.0"}
reports = st.builds(
    Report, st.sampled_from([*STRENGTH, "gossip"]), st.booleans(),
    st.integers(-120, 60 * 72).map(lambda minutes: NOW - dt.timedelta(minutes=minutes)),
)  # fmt: skip


def ago(**span: int) -> dt.datetime:
    return NOW - dt.timedelta(**span)


@given(st.lists(reports, max_size=6))
def test_a_weaker_source_hides_nothing(said: list[Report]) -> None:
    """Whatever else is reported, a fresh 「要確認」 holds, and what is old, ahead of time or from nobody known says nothing."""
    held = standing(said, NOW, 24)
    counted = [r for r in said if r.source in STRENGTH and ago(hours=24) <= r.at <= NOW]
    if any(not r.good for r in counted):
        assert held.word == "bad"
    elif counted:
        assert held == Standing("good", max((r.source for r in counted), key=lambda source: STRENGTH[source]))
    else:
        assert held == Standing("unknown", "none")


@pytest.mark.parametrize(
    ("said", "held"),
    [
        ([("self", True, ago(hours=24))], Standing("good", "self")),
        ([("self", True, ago(hours=24, seconds=1))], Standing()),
        ([("self", True, ago(minutes=1)), ("mdm", False, ago(hours=20))], Standing("bad", "mdm")),
        ([("self", False, ago(minutes=1)), ("mdm", True, ago(hours=20))], Standing("bad", "self")),
        (
            [("self", True, ago(minutes=1)), ("proxy", True, NOW), ("mdm", True, ago(hours=25))],
            Standing("good", "proxy"),
        ),
        ([("mdm", True, NOW + dt.timedelta(minutes=1))], Standing()),
    ],
)
def test_what_reports_amount_to(said: list[tuple[str, bool, dt.datetime]], held: Standing) -> None:
    assert standing([Report(*one) for one in said], NOW, 24) == held


@pytest.mark.parametrize("text", ["", "[]", "7", '{"browser": 7}', '{"browser": "' + "x" * 61 + '"}', " " * 601])
def test_what_is_no_report(text: str) -> None:
    with pytest.raises(NoReport):
        facts_of(text)


def test_only_known_facts_are_kept() -> None:
    assert facts_of(json.dumps({**NEW, "user": "原澤"})) == NEW


def test_how_a_browser_is_judged() -> None:
    oldest = versions("Chromium 120, Firefox 115")
    assert judged(NEW, oldest) is True
    assert judged(OLD, oldest) is False
    assert judged({"browser": "Lynx", "version": "200"}, oldest) is None
    assert judged({"browser": "Firefox", "version": "?"}, oldest) is None
    with pytest.raises(ValueError, match="MINAMO_BROWSER_OLDEST"):
        versions("Chromium")


@pytest.fixture
def browser(client_for: Callable[..., Client], world: World) -> Browser:
    """A browser whose key the trusted device of the world has."""
    browser = Browser(client_for("a1-homeroom"))
    set_scope(municipalities=[world.municipality("A")], side="school")
    Terminal.objects.filter(pk=world.terminal("A-trusted")).update(key=proofs.decode_key(browser.public))
    return browser


def say(browser: Browser, facts: dict[str, str], signed: dict[str, str] | None = None) -> Any:
    """Prove the key and report with the same signature (over `signed`, if something else was signed)."""
    challenge, text = browser.ask(), json.dumps(facts)
    signature = browser.sign(f"{challenge}\n{json.dumps(signed) if signed else text}")
    return browser.client.post(
        reverse("access-device-proof"), {"challenge": challenge, "signature": signature, "facts": text}
    )


def kept(world: World) -> list[tuple[str, bool]]:
    set_scope(municipalities=[world.municipality("A")], side="school")
    rows = Posture.objects.filter(terminal_id=world.terminal("A-trusted")).order_by("id")
    return list(rows.values_list("source", "good"))


def test_a_self_report_comes_with_the_proof(browser: Browser, world: World) -> None:
    wanted = reverse("attendance-register", kwargs={"class_id": world.klass("a1-1")})
    assert say(browser, NEW).status_code == 204
    assert say(browser, NEW).status_code == 204  # says nothing new
    assert kept(world) == [("self", True)]
    assert browser.client.get(wanted).status_code == 200
    assert say(browser, OLD).status_code == 204
    refused = browser.client.get(wanted)
    page = refused.content.decode()
    assert refused.status_code == 403 and "4.11 端末の状態の報告" in page and "この端末は要確認です" in page
    assert say(browser, NEW).status_code == 204  # updated
    assert browser.client.get(wanted).status_code == 200
    assert kept(world) == [("self", True), ("self", False), ("self", True)]
    rows = Entry.objects.filter(action="own:report-device").order_by("id")
    assert [row.detail["state"] for row in rows] == ["good", "bad", "good"]


def test_an_open_screen_is_asked_anew_only_when_a_report_says_something_else(browser: Browser, world: World) -> None:
    device = Device.objects.get(pk=browser.client.session[SESSION_DEVICE])
    topic = frozenset([f"device:{device.pk}"])
    seen = []
    for good, at in ((True, 2), (True, 1), (False, 0)):
        Posture.objects.create(
            terminal_id=world.terminal("A-trusted"), municipality_id=world.municipality("A"), source="self", good=good,
            at=ago(hours=at),
        )  # fmt: skip
        seen.append(fingerprints(topic)[f"device:{device.pk}"])
    assert seen[0] == seen[1] != seen[2]


def test_a_report_that_was_not_signed_is_none(browser: Browser, world: World) -> None:
    assert say(browser, NEW, signed=OLD).status_code == 403
    assert say(browser, {"browser": "x" * 61}).status_code == 422
    assert say(browser, {"browser": "Lynx", "version": "2"}).status_code == 204  # proves the key, tells nothing
    assert kept(world) == []


def test_a_self_report_does_not_hide_the_management_tool(browser: Browser, world: World) -> None:
    Posture.objects.create(
        terminal_id=world.terminal("A-trusted"), municipality_id=world.municipality("A"), source="mdm", good=False,
        at=timezone.now() - dt.timedelta(hours=23),
    )  # fmt: skip
    assert say(browser, NEW).status_code == 204
    refused = browser.client.get(reverse("attendance-register", kwargs={"class_id": world.klass("a1-1")}))
    assert refused.status_code == 403 and "4.11" in refused.content.decode()


def test_the_proxy_is_a_source(client_for: Callable[..., Client], world: World, settings: Any) -> None:
    client = client_for("a1-homeroom", condition="without-proof")
    set_scope(municipalities=[world.municipality("A")], side="school")
    Terminal.objects.filter(pk=world.terminal("A-trusted")).update(certificate="ab" * 32)
    wanted = reverse("attendance-register", kwargs={"class_id": world.klass("a1-1")})
    headers = {"X-Minamo-Proxy-Secret": "between us", "X-Minamo-Client-Cert-Sha256": "ab" * 32}
    bad = {**headers, "X-Minamo-Client-Posture": "bad"}
    assert client.get(wanted, headers=bad).status_code == 403 and kept(world) == []  # no proxy is configured
    settings.DEVICE_PROXY_SECRET = "between us"
    for _ in range(2):
        assert client.get(wanted, headers={**headers, "X-Minamo-Client-Posture": "good"}).status_code == 200
    assert kept(world) == [("proxy", True)]
    assert client.get(wanted, headers=bad).status_code == 403
    assert client.get(wanted, headers={**bad, "X-Minamo-Client-Cert-Sha256": "cd" * 32}).status_code == 403
    assert kept(world) == [("proxy", True), ("proxy", False)]
    assert client.get(wanted, headers=headers).status_code == 403  # the word of a moment ago still holds


def test_pages_show_source_and_age_and_what_is_weak(
    browser: Browser, client_for: Callable[..., Client], world: World
) -> None:
    say(browser, NEW)
    set_scope(municipalities=[world.municipality("A")], side="school")
    Posture.objects.create(
        terminal_id=world.terminal("A-trusted"), municipality_id=world.municipality("A"), source="mdm", good=True,
        at=timezone.now() - dt.timedelta(hours=3, minutes=5), facts={"os": "ChromeOS 130"},
    )  # fmt: skip
    register = client_for("a1-head").get(reverse("access-register-school", kwargs={"school_id": world.school("a1")}))
    for page in (register.content.decode(), browser.client.get(reverse("access-devices")).content.decode()):
        assert "問題なし（管理ツール（MDM））" in page
        assert "3時間前（ChromeOS 130）" in page and "端末の自己申告　問題なし　0分前（Chromium 131）" in page
        assert "ソフトウェアの鍵" in page and "弱い" in page
