"""The register of devices: 届出 → 承認 → 信頼, 隔離, 紛失; who may decide; the key's proof; a lost device is cut off at once."""

import base64
import datetime as dt
import json
import re
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import time_machine
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from django.test import Client
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from minamo.access import proofs
from minamo.access.actions import devices as actions
from minamo.access.api import Denied
from minamo.access.models import (
    TRIED_WHEN_LOST,
    Account,
    AccountNews,
    Device,
    Posture,
    Terminal,
    TerminalState,
)
from minamo.access.scope import set_scope
from minamo.audit.models import Entry
from minamo.kernel import live
from tests.fixtures.acts import code_of, proved_for
from tests.fixtures.world import World

TAGS = re.compile("<[^>]+>")
PASSWORD = "みなも-to-clear-water"
NOW = dt.datetime(2026, 11, 24, 8, 0, tzinfo=dt.UTC)


class Browser:
    """A key as WebCrypto would make it, beside a test client."""

    def __init__(self, client: Client, *, signs: bool = False) -> None:
        self.client, self.signs = client, signs
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.device = client.session.get("device")

    @property
    def public(self) -> str:
        """SPKI in base64."""
        kind = serialization.PublicFormat.SubjectPublicKeyInfo
        return base64.b64encode(self.key.public_key().public_bytes(serialization.Encoding.DER, kind)).decode()

    def sign(self, challenge: str) -> str:
        """The answer to a challenge."""
        return self.signature(proofs.PREFIX + challenge)

    def signature(self, text: str) -> str:
        """r‖s in base64."""
        whole = self.key.sign(text.encode(), ec.ECDSA(hashes.SHA256()))
        r, s = decode_dss_signature(whole)
        return base64.b64encode(r.to_bytes(32, "big") + s.to_bytes(32, "big")).decode()

    def ask(self) -> str:
        """A challenge."""
        return str(self.client.get(reverse("access-challenge")).json()["challenge"])

    def prove(self, challenge: str | None = None) -> Any:
        """Answer a challenge."""
        challenge = challenge or self.ask()
        answer = {"challenge": challenge, "signature": self.sign(challenge)}
        return self.client.post(reverse("access-device-proof"), answer | ({"signs": "yes"} if self.signs else {}))

    def header(self, path: str, *, method: str = "GET", ahead: float = 0.0) -> dict[str, str]:
        """What the service worker puts on a request."""
        at = int((dt.datetime.now(dt.UTC).timestamp() + ahead) * 1000)
        signature = self.signature(f"{proofs.SIGNATURE_PREFIX}{at}\n{method}\n{path}")
        return {"X-Minamo-Signature": f"{at}.{signature}"}


@pytest.fixture
def new_browser(client_for: Callable[..., Client]) -> Callable[[str], Browser]:
    """A browser nobody knows, with a person signed in by two factors."""

    def make(name: str) -> Browser:
        browser = Browser(client_for(name, condition="unknown-device"))
        browser.client.cookies.pop(proofs.PROOF_COOKIE, None)
        return browser

    return make


def register(browser: Browser, label: str = "職員室 1番") -> Terminal:
    """Send the registration."""
    proved_for(browser.client, reverse("access-registration"))
    done = browser.client.post(reverse("access-registration"), {"label": label, "key": browser.public})
    assert done.status_code == 302
    return Device.objects.select_related("terminal").get(pk=browser.client.session["device"]).terminal  # type: ignore[return-value]


def states(terminal: Terminal) -> list[str]:
    """Its history."""
    return list(TerminalState.objects.filter(terminal=terminal).order_by("id").values_list("state", flat=True))


def approve(client: Client, terminal: Terminal) -> int:
    """Send the approval."""
    return client.post(reverse("access-terminal-approvals", kwargs={"terminal_id": terminal.pk})).status_code


def test_from_registration_to_trust(
    new_browser: Callable[[str], Browser], client_for: Callable[..., Client], world: World
) -> None:
    browser = new_browser("a1-homeroom")
    wanted = reverse("attendance-register", kwargs={"class_id": world.klass("a1-1")})
    assert browser.client.get(wanted).status_code == 403
    terminal = register(browser)
    assert (terminal.school_id, terminal.municipality_id) == (world.school("a1"), world.municipality("A"))
    assert browser.prove().status_code == 204
    assert browser.client.get(wanted).status_code == 403  # proved, but not approved
    assert approve(client_for("a1-vice"), terminal) == 302
    assert browser.client.get(wanted).status_code == 200
    assert browser.prove().status_code == 204
    assert states(terminal) == ["registered", "approved", "trusted"]


@pytest.mark.parametrize(
    ("who", "status"), [("a1-vice", 302), ("a-board", 302), ("a1-head", 403), ("a1-clerk", 403), ("a2-head", 403),
                        ("b-board", 404), ("b1-head", 404)]
)  # fmt: skip
def test_who_may_approve(
    who: str, status: int, new_browser: Callable[[str], Browser], client_for: Callable[..., Client]
) -> None:
    terminal = register(new_browser("a1-head"))  # the head cannot approve the own one
    assert approve(client_for(who), terminal) == status


def test_a_registration_stands_where_it_is_approved_and_says_for_whom_it_waits(
    new_browser: Callable[[str], Browser], client_for: Callable[..., Client], world: World
) -> None:
    browser = new_browser("a1-homeroom")
    terminal = register(browser, "あ" * 60)

    def home_of(who: str) -> str:
        client = client_for(who)
        waits = reverse("policy-incidents-waiting")
        assert who not in {"a1-head", "a1-vice", "a-board"} or waits in client.get("/").content.decode()
        return str(client.get(waits).content.decode())

    own = browser.client.get(reverse("access-devices")).content.decode()
    assert "原澤 校長 さん、小林 教頭 さん、または教育委員会の承認を待っています" in own
    school = reverse("access-register-school", kwargs={"school_id": world.school("a1")})
    town = reverse("access-register-municipality", kwargs={"municipality_id": world.municipality("A")})
    for who, address in (("a1-head", school), ("a1-vice", school), ("a-board", town)):
        text = home_of(who)
        assert "承認を待っています" in text and f'href="{address}"' in text and "原澤 美咲" in text, who
    for who in ("a1-teacher", "a1-ict", "a2-head", "b-board"):
        assert "原澤 美咲" not in home_of(who), who
    approve(client_for("a1-vice"), terminal)
    assert "原澤 美咲" not in home_of("a1-head")
    terminal = register(new_browser("a1-head"), "校長室 2番")
    assert "校長室 2番" not in home_of("a1-head"), "the own one is approved by somebody else"
    assert "校長室 2番" in home_of("a1-vice")
    alone = new_browser("a2-head")  # the only one who approves at a2
    register(alone)
    own = alone.client.get(reverse("access-devices")).content.decode()
    assert "<p>教育委員会の承認を待っています。" in own


@pytest.mark.parametrize("same", [True, False])
def test_a_browser_registered_anew_keeps_its_line_until_somebody_approves(
    same: bool, new_browser: Callable[[str], Browser], client_for: Callable[..., Client], world: World
) -> None:
    """ADR 0044: a copied session does not get a key of its own approved in the shadow of the old one."""
    browser, vice = new_browser("a1-homeroom"), client_for("a1-vice")
    wanted = reverse("attendance-register", kwargs={"class_id": world.klass("a1-1")})
    before = register(browser)
    approve(vice, before)
    assert browser.prove().status_code == 204
    if not same:
        browser.key = ec.generate_private_key(ec.SECP256R1())
    assert register(browser, "職員室 2番") == before
    later = Terminal.objects.get(label="職員室 2番")
    assert (later.replaces_id, states(later), states(before)) == (
        before.pk, ["registered"], ["registered", "approved", "trusted"],
    )  # fmt: skip
    assert (browser.prove().status_code == 204) is same, "until then the old key counts, and no other"
    lines = vice.get(reverse("access-register-school", kwargs={"school_id": world.school("a1")})).content.decode()
    assert (actions.OTHER_KEY in lines) is not same
    assert approve(vice, later) == 302
    assert Device.objects.get(pk=browser.device).terminal_id == later.pk
    answer = browser.client.get(wanted)
    assert answer.status_code == (200 if same else 302), "with another key the sign-in ends"
    assert same or answer["Location"].startswith("/accounts/login/")
    assert states(before) == ["registered", "approved", "trusted"]


def test_a_lost_device_is_cut_off_at_once(
    new_browser: Callable[[str], Browser], client_for: Callable[..., Client], world: World
) -> None:
    browser, colleague = new_browser("a1-homeroom"), client_for("a1-teacher")
    terminal = register(browser)
    Device.objects.filter(pk=colleague.session["device"]).update(terminal=terminal)
    approve(client_for("a1-vice"), terminal)
    close = reverse("access-terminal-closures", kwargs={"terminal_id": terminal.pk})
    assert client_for("a1-vice").post(close, {"state": "lost"}).status_code == 302
    for client in (browser.client, colleague):
        answer = client.get("/account/devices/")
        assert answer.status_code == 302 and answer["Location"].startswith("/accounts/login/")
    assert client_for("a1-vice").post(close, {"state": "trusted"}).status_code == 404
    assert approve(client_for("a1-vice"), terminal) == 302
    assert states(terminal) == ["registered", "approved", "lost", "approved"]


def test_a_quarantined_device_keeps_only_the_own_account(
    new_browser: Callable[[str], Browser], client_for: Callable[..., Client], world: World
) -> None:
    browser = new_browser("a1-homeroom")
    terminal = register(browser)
    approve(client_for("a1-vice"), terminal)
    close = reverse("access-terminal-closures", kwargs={"terminal_id": terminal.pk})
    client_for("a1-vice").post(close, {"state": "quarantined"})
    assert browser.client.get("/account/devices/").status_code == 200
    refused = browser.client.get(reverse("people-pupils", kwargs={"school_id": world.school("a1")}))
    assert refused.status_code == 403 and "隔離" in refused.content.decode()


def test_the_demo_hands_out_no_proof_that_counts_without_the_key(
    db: None, world: World, settings: Any, tmp_path: Path
) -> None:
    """Somebody with every cookie of the first page has nothing: each request wants the signature of the browser's key."""
    settings.VAR_DIR = tmp_path
    person = {
        "account_id": str(world.account("a1-homeroom")),
        "label": "",
        "role": "",
        "place": "",
        "group": "",
        "kind": "staff",
    }
    (tmp_path / "demo_persons.json").write_text(json.dumps([person]))
    browser, path = Browser(Client()), reverse("attendance-register", kwargs={"class_id": world.klass("a1-1")})
    assert 'name="key"' in browser.client.get("/accounts/login/").content.decode()
    assert (
        browser.client.post("/demo/sign-in/", {"account": person["account_id"], "key": browser.public}).status_code
        == 302
    )
    assert browser.client.get(path).status_code == 403
    assert browser.client.get(path, headers=Browser(browser.client).header(path)).status_code == 403
    assert browser.client.get(path, headers=browser.header(path)).status_code == 200
    for other in ("garbage", ""):
        assert Client().post("/demo/sign-in/", {"account": person["account_id"], "key": other}).status_code == 302


def test_nobody_signs_in_on_a_lost_device_and_the_school_is_told(
    new_browser: Callable[[str], Browser],
    client_for: Callable[..., Client],
    world: World,
    settings: Any,
    tmp_path: Path,
) -> None:
    settings.VAR_DIR = tmp_path
    persons = [{"account_id": str(world.account(name)), "label": name, "role": "", "place": "", "group": ""}
               for name in ("a1-homeroom", "a1-homeroom2")]  # fmt: skip
    (tmp_path / "demo_persons.json").write_text(json.dumps(persons))
    for name in ("a1-homeroom", "a1-homeroom2"):
        account = Account.objects.get(pk=world.account(name))
        account.set_password(PASSWORD)
        account.save()
    browser = Client()
    assert browser.post("/demo/sign-in/", {"account": persons[0]["account_id"]}).status_code == 302
    device = Device.objects.get(pk=browser.session["device"])
    set_scope(municipalities=[world.municipality("A")], side="school")
    terminal = Terminal.objects.get(pk=device.terminal_id)
    close = reverse("access-terminal-closures", kwargs={"terminal_id": terminal.pk})
    assert client_for("a1-head").post(close, {"state": "lost"}).status_code == 302
    tries = [("/accounts/login/", {"login": name, "password": PASSWORD}) for name in ("a1-homeroom", "a1-homeroom2")]
    for path, sent in [*tries, ("/demo/sign-in/", {"account": persons[0]["account_id"]})]:
        answer = browser.post(path, sent)
        assert answer.status_code == 302 and answer["Location"] == "/accounts/login/?refused=lost"
        assert "_auth_user_id" not in browser.session and browser.get("/").status_code == 302
    secret = generate_totp_secret()
    TOTP.activate(Account.objects.get(pk=world.account("a1-homeroom2")), secret)
    first = browser.post(*tries[1])
    assert first["Location"] == "/accounts/login/?refused=lost", (
        "the page of the second factor would say the password is right"
    )
    late = browser.post(reverse("mfa_authenticate"), {"code": code_of(secret)})
    assert late["Location"].startswith("/accounts/login/") and "_auth_user_id" not in browser.session
    browser.post(*tries[1])
    lost = "/accounts/login/?refused=lost"
    assert "この端末は、教職員の端末の台帳で「なくした」とされています" in browser.get(lost).content.decode()
    assert "「なくした」とされています" not in browser.get(lost).content.decode(), "said once"
    assert browser.cookies[settings.SESSION_COOKIE_NAME].value == "", (
        "else the next page would say that a sign-in had run out"
    )
    assert "「なくした」とされています" not in Client().get(lost).content.decode(), "a link alone says nothing"
    set_scope(municipalities=[world.municipality("A")], side="school")
    assert states(terminal) == ["trusted", *["lost"] * 6]
    assert TerminalState.objects.filter(terminal=terminal, note=TRIED_WHEN_LOST).count() == 5
    assert not Device.objects.filter(terminal=terminal, signed_out_at=None).exists()
    with connection.cursor() as cursor:
        cursor.execute("SELECT actor_id, municipality_id, school_id, detail->>'terminal' FROM audit_entry WHERE action ="
                       " 'own:sign-in' AND outcome = 'deny' AND detail->>'step' = 'lost-device' ORDER BY id")  # fmt: skip
        told = cursor.fetchall()
    place = (world.municipality("A"), world.school("a1"), str(terminal.pk))
    who = ("a1-homeroom", "a1-homeroom2", "a1-homeroom", "a1-homeroom2", "a1-homeroom2")
    assert told == [(world.account(name), *place) for name in who]
    assert AccountNews.objects.filter(account_id=world.account("a1-homeroom2"), text__contains=terminal.label).exists()
    for who in ("a1-head", "a1-vice", "a-board"):
        page = client_for(who).get(reverse("policy-incidents-waiting")).content.decode()
        assert "なくした端末で、サインインしようとした人がいます" in page and terminal.label in page
        assert "原澤 美咲さん・角田 誠さんの名前でのサインインを断りました" in TAGS.sub("", page), (
            "each person, not the last one alone"
        )
    for who in ("a1-homeroom2", "a2-head"):
        assert terminal.label not in client_for(who).get(reverse("policy-incidents-waiting")).content.decode()
    approval = reverse("access-terminal-approvals", kwargs={"terminal_id": terminal.pk})
    assert client_for("a-board").post(approval).status_code == 302
    assert browser.post(*tries[0])["Location"] == "/"  # found, and approved again
    browser.post("/accounts/logout/")
    assert browser.post(*tries[1])["Location"].startswith(reverse("mfa_authenticate"))
    asked = Device.objects.filter(terminal=terminal, account_id=world.account("a1-homeroom2"), signed_out_at=None)
    assert not asked.exists(), "of the look at the register nothing is left"
    lines = client_for("a1-head").get(reverse("access-register-school", kwargs={"school_id": world.school("a1")}))
    line = lines.content.decode().split(f'id="t-{terminal.pk}"')[1].split("</tr>")[0]
    line = TAGS.sub("", line)
    assert "断ったサインイン" in line and "角田 誠さんの名前" in line and "ほか2回" in line, "also after the approval"
    decided = line.split("断ったサインイン")[0]
    assert "角田" not in decided and "教委 職員" in decided, "the column names who decided, not who was refused"
    assert "なくした端末で" not in client_for("a1-head").get(reverse("policy-incidents-waiting")).content.decode()


def test_what_is_refused_about_the_own_account_lies_in_the_trail_of_the_town(
    client_for: Callable[..., Client], world: World
) -> None:
    client = client_for("a1-head", condition="quarantined")
    assert client.get(reverse("mfa_view_recovery_codes")).status_code == 403
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT municipality_id, school_id FROM audit_entry WHERE action = 'own:keys' AND outcome = 'deny'"
        )
        assert cursor.fetchall() == [(world.municipality("A"), world.school("a1"))]


def test_nobody_has_decided_while_it_waits_and_a_blank_name_is_said_in_place(
    new_browser: Callable[[str], Browser], client_for: Callable[..., Client], world: World
) -> None:
    browser = new_browser("a1-homeroom")
    path = reverse("access-registration")
    proved_for(browser.client, path)
    answer = browser.client.post(path, {"label": "   ", "key": browser.public})
    page = answer.content.decode()
    assert answer.status_code == 422 and 'id="label-error"' in page and 'aria-invalid="true"' in page
    assert "この端末を届け出る" in page and not Terminal.objects.filter(label="").exists()
    terminal = register(browser)
    head = client_for("a1-head")
    shown = head.get(reverse("access-register-school", kwargs={"school_id": world.school("a1")})).content.decode()
    cells = shown.partition(f'id="t-{terminal.pk}"')[2].partition("</tr>")[0].split("</td>")
    assert "原澤 美咲" in cells[2] and "まだ決めていません" in cells[3] and "原澤 美咲" not in cells[3]


def test_the_own_lost_device(new_browser: Callable[[str], Browser], client_for: Callable[..., Client]) -> None:
    browser = new_browser("a1-homeroom")
    terminal = register(browser)
    target = reverse("access-device-lost", kwargs={"device_id": browser.client.session["device"]})
    assert proved_for(client_for("a1-teacher"), target).post(target).status_code == 404
    mine = proved_for(client_for("a1-homeroom"), target)
    asked = mine.get(target).content.decode()
    assert "職員室 1番」をなくしましたか" in asked and states(terminal) == ["registered"]  # looking changes nothing
    done = mine.post(target, follow=True)
    assert "「職員室 1番」を「なくした」にしました" in done.content.decode()
    assert states(terminal) == ["registered", "lost"]
    assert browser.client.get("/account/devices/").status_code == 302


def test_a_proof_works_once_and_for_its_own_sign_in(new_browser: Callable[[str], Browser]) -> None:
    browser, other = new_browser("a1-homeroom"), new_browser("a1-homeroom")
    register(browser)
    challenge = browser.ask()
    assert browser.prove(challenge).status_code == 204
    assert browser.prove(challenge).json() == {"error": "used"}
    register(other)
    assert other.prove(browser.ask()).json() == {"error": "challenge"}
    stale = browser.ask()
    with time_machine.travel(dt.datetime.now(dt.UTC) + dt.timedelta(seconds=90)):
        assert browser.prove(stale).json() == {"error": "challenge"}
    browser.key = ec.generate_private_key(ec.SECP256R1())
    assert browser.prove().json() == {"error": "signature"}


def test_a_copied_session_opens_nothing_of_class_two(client_for: Callable[..., Client], world: World) -> None:
    victim, thief = client_for("a1-homeroom"), Client()
    wanted = reverse("attendance-register", kwargs={"class_id": world.klass("a1-1")})
    thief.cookies["minamo_session"] = victim.session.session_key
    assert victim.get(wanted).status_code == 200
    assert thief.get(wanted).status_code == 403
    thief.cookies[proofs.PROOF_COOKIE] = victim.cookies[proofs.PROOF_COOKIE].value
    assert Browser(thief).prove().status_code == 403  # even with every cookie, the key is missing
    with time_machine.travel(dt.datetime.now(dt.UTC) + dt.timedelta(minutes=6)):
        assert thief.get(wanted).status_code == 403


def test_with_every_cookie_copied_nothing_of_class_two_opens(client_for: Callable[..., Client], world: World) -> None:
    victim, thief = client_for("a1-homeroom", condition="without-proof"), Client()
    browser = Browser(victim, signs=True)
    set_scope(municipalities=[world.municipality("A")], side="school")
    Terminal.objects.filter(pk=world.terminal("A-trusted")).update(key=base64.b64decode(browser.public))
    assert browser.prove().status_code == 204
    thief.cookies = victim.cookies
    wanted = reverse("attendance-register", kwargs={"class_id": world.klass("a1-1")})
    other = Browser(thief)

    def answer(headers: dict[str, str], path: str = wanted) -> int:
        return thief.get(path, headers=headers).status_code

    assert victim.get(f"{wanted}?q=1", headers=browser.header(f"{wanted}?q=1")).status_code == 200
    assert answer({}) == 403
    assert answer(other.header(wanted)) == 403
    for headers in (browser.header(f"{wanted}?q=1"), browser.header(wanted, method="POST"), browser.header("/")):
        assert answer(headers) == 403, "a signature is for one request"
    for ahead in (-130.0, 130.0):
        assert answer(browser.header(wanted, ahead=ahead)) == 403
    for broken in ("", ".", "1.", "x.y", "9" * 400 + ".AAAA", "-5.AAAA", "１２３.AAAA"):
        assert answer({"X-Minamo-Signature": broken}) == 403
    assert answer(browser.header(wanted)) == 200, "the key is what opens"


@pytest.mark.parametrize("value", ["", "x", "a.b.c", "a.b.c:d", "0" * 500])
def test_a_forged_proof_is_none(value: str, client_for: Callable[..., Client], world: World) -> None:
    client = client_for("a1-homeroom")
    client.cookies[proofs.PROOF_COOKIE] = value
    assert client.get(reverse("attendance-register", kwargs={"class_id": world.klass("a1-1")})).status_code == 403


@given(st.binary(max_size=200))
def test_whatever_is_sent_as_a_key_is_refused_politely(data: bytes) -> None:
    with pytest.raises(proofs.ProofRefused):
        proofs.decode_key(base64.b64encode(data).decode())
    with pytest.raises(proofs.ProofRefused):
        proofs.verify(data, "challenge", base64.b64encode(data).decode())


def test_keys_of_another_curve_are_refused() -> None:
    key = ec.generate_private_key(ec.SECP384R1()).public_key()
    spki = key.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    with pytest.raises(proofs.ProofRefused):
        proofs.decode_key(base64.b64encode(spki).decode())


def test_a_client_certificate_counts_only_from_the_proxy(
    client_for: Callable[..., Client], world: World, settings: Any
) -> None:
    client = client_for("a1-homeroom", condition="without-proof")
    set_scope(municipalities=[world.municipality("A")], side="school")
    Terminal.objects.filter(pk=world.terminal("A-trusted")).update(certificate="ab" * 32)
    wanted = reverse("attendance-register", kwargs={"class_id": world.klass("a1-1")})
    headers = {"X-Minamo-Proxy-Secret": "between us", "X-Minamo-Client-Cert-Sha256": ":".join(["AB"] * 32)}
    assert client.get(wanted, headers=headers).status_code == 403  # no proxy is configured
    settings.DEVICE_PROXY_SECRET = "between us"
    assert client.get(wanted, headers=headers).status_code == 200
    assert client.get(wanted, headers={**headers, "X-Minamo-Proxy-Secret": "wrong"}).status_code == 403
    assert client.get(wanted, headers={**headers, "X-Minamo-Client-Cert-Sha256": "cd" * 32}).status_code == 403


FINGERPRINT = ":".join(["AB"] * 32)
PROXY = {"X-Minamo-Proxy-Secret": "between us", "X-Minamo-Client-Cert-Sha256": "ab" * 32}


def certificate(device: uuid.UUID, *more: str, town: str = "990011") -> None:
    call_command("devices", "certificate", "--municipality", town, "--device", str(device), *more)


def certified() -> list[dict[str, str]]:
    """What the trail says of certificates, oldest first."""
    rows = Entry.objects.filter(resource_type="Terminal", action__in=("device:approve", "device:manage")).order_by("id")
    return [row.detail for row in rows if "certificate" in row.detail]


def test_the_operator_says_whose_a_certificate_is(
    client_for: Callable[..., Client], world: World, settings: Any, capsys: Any
) -> None:
    """Put on, it is possession at the next request; taken off, it is none."""
    settings.DEVICE_PROXY_SECRET = "between us"
    client, device = client_for("a1-homeroom", condition="without-proof"), world.terminal("A-trusted")
    wanted = reverse("attendance-register", kwargs={"class_id": world.klass("a1-1")})
    assert client.get(wanted, headers=PROXY).status_code == 403
    for _ in range(2):
        certificate(device, "--sha256", f"sha256 Fingerprint={FINGERPRINT}")
    told = capsys.readouterr().out
    assert told.count("証明書を登録しました") == 1 and told.count("もうその証明書です") == 1
    assert client.get(wanted, headers=PROXY).status_code == 200
    call_command("devices", "list", "--municipality", "990011")
    assert f"証明書 {'ab' * 32}" in capsys.readouterr().out
    for _ in range(2):
        certificate(device, "--remove", "--sha256", FINGERPRINT)
    told = capsys.readouterr().out
    assert told.count("証明書を外しました") == 1 and told.count("証明書はありません") == 1
    assert client.get(wanted, headers=PROXY).status_code == 403
    set_scope(municipalities=[world.municipality("A")], side="school")
    assert certified() == [{"certificate": "ab" * 32, "former": ""}, {"certificate": "", "former": "ab" * 32}]


def test_what_is_no_certificate_of_this_device_is_refused_in_words(world: World, db: None, capsys: Any) -> None:
    device = world.terminal("A-trusted")
    for more, words in (
        ((), "--sha256"), (("--sha256", " "), "--sha256"), (("--sha256", "ab" * 31), "64文字"),
        (("--sha256", "zz" * 32), "64文字"), (("--sha256", "ab" * 33), "64文字"),
    ):  # fmt: skip
        with pytest.raises(CommandError, match=words):
            certificate(device, *more)
    certificate(device, "--sha256", FINGERPRINT)
    assert "MINAMO_DEVICE_PROXY_SECRET" in capsys.readouterr().out, (
        "without a proxy it counts nothing, and that is said"
    )
    for where, town in ((world.terminal("A-approved"), "990011"), (world.terminal("B-trusted"), "990022")):
        with pytest.raises(CommandError, match="ほかの端末に登録"), transaction.atomic():
            certificate(where, "--sha256", "ab" * 32, town=town)
    with pytest.raises(CommandError, match="その指紋のものではありません"):
        certificate(device, "--remove", "--sha256", "cd" * 32)
    for where, words in ((world.terminal("A-lost"), "承認し直して"), (uuid.uuid4(), "その番号の端末はありません")):
        with pytest.raises(CommandError, match=words):
            certificate(where, "--sha256", "cd" * 32)
    with pytest.raises(CommandError, match="その番号の端末はありません"):
        certificate(device, "--sha256", "cd" * 32, town="990022")
    set_scope(municipalities=[world.municipality("A")], side="school")
    assert len(certified()) == 1, "what was refused left nothing"


def test_who_approves_devices_gives_certificates(
    client_for: Callable[..., Client], world: World, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    where = reverse("access-register-school", kwargs={"school_id": world.school("a1")})
    vice, device = client_for("a1-vice"), world.terminal("A-trusted")
    give = reverse("access-terminal-certificate", kwargs={"terminal_id": device})
    off = reverse("access-terminal-certificate-off", kwargs={"terminal_id": device})
    assert give not in vice.get(where).content.decode(), "without a proxy nothing is offered that would count nothing"
    settings.DEVICE_PROXY_SECRET = "between us"
    assert give in vice.get(where).content.decode()
    assert give not in client_for("a1-head").get(where).content.decode(), "not for a device of one's own"
    for wrong in ("", "x", "ab" * 31):
        answer = vice.post(give, {"sha256": wrong, "next": where})
        assert answer.status_code == 422 and "64文字" in answer.content.decode() and where in answer.content.decode()
    assert vice.post(give, {"sha256": FINGERPRINT, "next": where})["Location"] == f"{where}#t-{device}"
    assert "ab" * 32 in vice.get(where).content.decode()
    for who, status in (("a1-head", 403), ("a1-ict", 403), ("a2-head", 403)):
        assert client_for(who).post(give, {"sha256": "cd" * 32}).status_code == status, who
    said: list[str] = []
    monkeypatch.setattr(live, "publish", lambda topic, name, **_: said.append(f"{topic} {name}"))
    assert client_for("a1-ict").post(off, {"next": where}).status_code == 302
    assert f"device:{vice.session['device']} revoked" in said, "what rests on it ends"
    assert "ab" * 32 not in vice.get(where).content.decode()
    assert [row["certificate"] for row in certified()] == ["ab" * 32, ""]


@pytest.mark.parametrize(("hours", "good", "word"), [(1, True, "good"), (1, False, "bad"), (25, True, "unknown")])
def test_an_old_report_says_nothing(
    hours: int, good: bool, word: str, actor_for: Callable[..., Any], world: World
) -> None:
    actor_for("a1-head")
    Posture.objects.create(
        terminal_id=world.terminal("A-trusted"), municipality_id=world.municipality("A"), source="mdm", good=good,
        at=dt.datetime.now(dt.UTC) - dt.timedelta(hours=hours),
    )  # fmt: skip
    assert actor_for("a1-head").posture == word


def test_the_register_shows_only_the_own_place(client_for: Callable[..., Client], world: World) -> None:
    def page(who: str, name: str, **where: uuid.UUID) -> Any:
        return client_for(who).get(reverse(name, kwargs=where))

    assert page("a1-head", "access-register-school", school_id=world.school("a1")).status_code == 200
    assert page("a-board", "access-register-municipality", municipality_id=world.municipality("A")).status_code == 200
    assert page("a1-head", "access-register-school", school_id=world.school("a2")).status_code == 403
    assert page("b1-head", "access-register-school", school_id=world.school("a1")).status_code == 404
    assert page("a1-homeroom", "access-register-school", school_id=world.school("a1")).status_code == 403


def test_the_register_can_be_used_by_ear_and_keys(client_for: Callable[..., Client], world: World) -> None:
    head, where = client_for("a1-head"), reverse("access-register-school", kwargs={"school_id": world.school("a1")})
    text = head.get(where).content.decode()
    terminals = Terminal.objects.filter(school_id=world.school("a1")).select_related("registered_by")
    assert terminals and all(f'id="t-{one.pk}" tabindex="-1"' in text for one in terminals)
    assert text.count("を紛失にする") == text.count('value="lost"') > 0, "a button says of which device it is"
    assert text.count("いま使っている端末") == 1
    other = terminals.exclude(pk=world.terminal("A-trusted")).first()
    assert other is not None
    done = head.post(
        reverse("access-terminal-closures", kwargs={"terminal_id": other.pk}), {"state": "quarantined", "next": where}
    )
    assert done["Location"] == f"{where}#t-{other.pk}", "the keys go on at the row"


def test_the_walls_of_the_database(world: World, db: None) -> None:
    set_scope(municipalities=[world.municipality("B")], side="school")
    assert set(Terminal.objects.values_list("municipality_id", flat=True)) == {world.municipality("B")}
    set_scope(municipalities=[world.municipality("B")], side="learning")
    assert not Terminal.objects.exists() and not TerminalState.objects.exists()


def test_guardians_register_nothing(client_for: Callable[..., Client]) -> None:
    browser = Browser(client_for("takahashi-mother"))
    proved_for(browser.client, reverse("access-registration"))
    answer = browser.client.post(reverse("access-registration"), {"label": "スマホ", "key": browser.public})
    assert answer.status_code == 422


def test_a_state_that_cannot_follow_is_refused(actor_for: Callable[..., Any], world: World) -> None:
    actor = actor_for("a1-vice")
    terminal = Terminal.objects.get(pk=world.terminal("A-trusted"))
    with pytest.raises(actions.NotPossible):
        actions.decide_terminal(actor=actor, terminal=terminal, state="approved")
    with pytest.raises(Denied):
        actions.decide_terminal(actor=actor_for("a1-homeroom"), terminal=terminal, state="lost")


def test_the_operator_approves_the_first_device(new_browser: Callable[[str], Browser], capsys: Any) -> None:
    terminal = register(new_browser("a-board"))
    call_command("devices", "list", "--municipality", "990011")
    assert f"{terminal.pk}  届出" in capsys.readouterr().out
    for town, device in (("990022", terminal.pk), ("990011", uuid.uuid4()), ("123456", terminal.pk)):
        with pytest.raises(CommandError):
            call_command("devices", "approve", "--municipality", town, "--device", str(device))
    call_command("devices", "approve", "--municipality", "990011", "--device", str(terminal.pk))
    set_scope(municipalities=[terminal.municipality_id], side="school")
    assert states(terminal) == ["registered", "approved"]


def test_reports_of_the_management_tool(
    tmp_path: Any, world: World, actor_for: Callable[..., Any], capsys: Any
) -> None:
    report = tmp_path / "mdm.csv"
    report.write_text(f"device,good,os\n{world.terminal('A-trusted')},1,ChromeOS 130\n", encoding="utf-8-sig")
    call_command("devices", "report", "--municipality", "990011", "--file", str(report))
    assert actor_for("a1-head").posture == "good"
    assert actor_for("b1-head").posture == "unknown"
    for line in (f"{world.terminal('B-trusted')},1,x", f"{world.terminal('A-trusted')},yes,x", "nonsense,1,x"):
        report.write_text(f"device,good,os\n{world.terminal('A-trusted')},0,x\n{line}\n")
        with pytest.raises(CommandError, match="3行目"), transaction.atomic():
            call_command("devices", "report", "--municipality", "990011", "--file", str(report))
    assert actor_for("a1-head").posture == "good"
