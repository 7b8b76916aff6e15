"""A passkey in a real browser with an authenticator made of software (CDP `WebAuthn`): made, signed in with, used to step up in place,
taken off again. What the server checks is what a real key would send."""

import re
from collections.abc import Callable
from typing import Any

import psycopg
from playwright.sync_api import expect

from tests.browser.conftest import Demo, minutes_pass

TOWN = "三峰原村"
NAME = "村の学校 職員室のノート"
PORT = "村の学校 鍵束の鍵"
GROUND = "令和8年11月24日の申し出（パスキーの試験）"
RESTRICTIONS = "form[action$='/restrictions/']"


class Authenticator:
    """One authenticator in the machine of a page: knows its owner by PIN or face as long as `known` is said."""

    def __init__(self, page: Any, *, roaming: bool = False) -> None:
        """`roaming`: a key at the USB port that keeps nothing and knows nobody, as the cheap ones are."""
        self._cdp = page.context.new_cdp_session(page)
        self._cdp.send("WebAuthn.enable")
        options = {"protocol": "ctap2", "transport": "usb" if roaming else "internal", "hasResidentKey": not roaming,
                   "hasUserVerification": not roaming, "isUserVerified": not roaming, "automaticPresenceSimulation": True}  # fmt: skip
        self._id = self._cdp.send("WebAuthn.addVirtualAuthenticator", {"options": options})["authenticatorId"]

    def known(self, yes: bool) -> None:
        self._cdp.send("WebAuthn.setUserVerified", {"authenticatorId": self._id, "isUserVerified": yes})

    def keys(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self._cdp.send("WebAuthn.getCredentials", {"authenticatorId": self._id})[
            "credentials"
        ]
        return found


def sign_out(page: Any, demo: Demo) -> None:
    page.goto(f"{demo.url}/account/security/")
    page.get_by_role("button", name="この端末からサインアウトする").click()
    page.wait_for_url(re.compile(r"/accounts/login/"))


def test_a_passkey_is_made_signs_in_and_brings_the_page_back(
    window: Callable[..., Any], demo: Demo, owner: "psycopg.Connection[Any]"
) -> None:
    head = window("校長", town=TOWN)
    label = head.locator(".who-text").inner_text().splitlines()[0]
    head.get_by_role("link", name="児童・生徒").first.click()
    head.locator("tbody tr a").last.click()
    head.get_by_role("link", name="保護者と制限を変える").click()
    head.wait_for_url(re.compile(r"/pupils/[0-9a-f-]+/[a-z-]+/$"))
    form, authenticator = head.url, Authenticator(head)

    # Made: the key of the browser proves the act by itself.
    head.goto(f"{demo.url}/accounts/mfa/webauthn/add/")
    head.get_by_label("この鍵の名前").fill(NAME)
    head.get_by_role("button", name="この端末を登録する").click()
    head.wait_for_url(lambda address: not address.endswith("/add/"))
    head.goto(f"{demo.url}/accounts/mfa/webauthn/")
    expect(head.get_by_text(NAME)).to_be_visible()
    (key,) = authenticator.keys()
    assert key["isResidentCredential"] and key["rpId"] == "localhost"

    # Signs in without a password; who is not known to the authenticator does not.
    sign_out(head, demo)
    authenticator.known(False)
    head.get_by_role("button", name="パスキーでサインイン").click()
    expect(head.get_by_text("パスキーでサインインできませんでした")).to_be_visible()
    authenticator.known(True)
    head.get_by_role("button", name="パスキーでサインイン").click()
    head.wait_for_url(f"{demo.url}/")
    assert head.locator(".who-text").inner_text().startswith(label)
    (strength,) = owner.execute(
        "SELECT strength FROM access_device d JOIN access_account a ON a.id = d.account_id WHERE a.label = %s"
        " AND d.signed_out_at IS NULL ORDER BY d.signed_in_at DESC LIMIT 1", [label],
    ).fetchone() or (0,)  # fmt: skip
    assert strength == 2, "a passkey is possession and knowledge in one"

    # Steps up in place: what was typed comes back and is sent.
    head.goto(form)
    head.locator(f"details:has({RESTRICTIONS}) > summary").click()
    head.locator(f"{RESTRICTIONS} select[name=kind]").select_option("address")
    head.locator(f"{RESTRICTIONS} #f-ground").fill(GROUND)
    minutes_pass(owner, label, 20)
    head.get_by_role("button", name="制限を加える").click()
    expect(head.get_by_role("heading", name="もう一度、本人の確認")).to_be_visible()
    head.get_by_role("link", name="本人を確かめて続ける").click()
    authenticator.known(False)
    head.get_by_role("button", name="パスキーで確かめる").click()
    expect(head.get_by_text("パスキーで確かめられませんでした")).to_be_visible()
    authenticator.known(True)
    head.get_by_role("button", name="パスキーで確かめる").click()
    head.wait_for_url(form)
    added = head.locator("#restrictions ~ ul li", has_text=GROUND)
    expect(added).to_be_visible()
    added.get_by_role("button", name="終わらせる").click()

    # Taken off: the authenticator still has it, the house knows it no more.
    head.goto(f"{demo.url}/accounts/mfa/webauthn/")
    head.locator("li", has_text=NAME).get_by_role("link", name="外す").click()
    head.get_by_role("button", name="外す").click()
    expect(head.get_by_text("まだありません。")).to_be_visible()
    sign_out(head, demo)
    head.get_by_role("button", name="パスキーでサインイン").click()
    expect(head.get_by_role("alert").first).to_be_visible()
    assert "/accounts/login/" in head.url and len(authenticator.keys()) == 1


def test_a_key_at_the_port_is_a_second_proof_and_never_a_sign_in(
    window: Callable[..., Any], demo: Demo, owner: "psycopg.Connection[Any]"
) -> None:
    """A roaming key without PIN: made beside the password, proves the person again, is no sign-in by itself."""
    vice = window("教頭", town=TOWN)
    label = vice.locator(".who-text").inner_text().splitlines()[0]
    authenticator = Authenticator(vice, roaming=True)
    vice.goto(f"{demo.url}/accounts/mfa/webauthn/add/")
    vice.get_by_label("この鍵の名前").fill(PORT)
    vice.get_by_role("button", name="この端末を登録する").click()
    expect(vice.get_by_text("鍵を作れませんでした")).to_be_visible()  # it cannot know its owner
    vice.get_by_role("checkbox", name=re.compile("^この鍵だけでサインイン")).uncheck()
    vice.get_by_role("button", name="この端末を登録する").click()
    vice.wait_for_url(lambda address: not address.endswith("/add/"))
    (key,) = authenticator.keys()
    assert not key["isResidentCredential"]

    # To take it off later, the key proves who she is.
    minutes_pass(owner, label, 20)
    vice.goto(f"{demo.url}/accounts/mfa/webauthn/")
    vice.locator("li", has_text=PORT).get_by_role("link", name="外す").click()
    vice.get_by_role("link", name="本人を確かめて続ける").click()
    vice.get_by_role("button", name="パスキーで確かめる").click()
    vice.get_by_role("button", name="外す").click()
    expect(vice.get_by_text("まだありません。")).to_be_visible()
    sign_out(vice, demo)
    vice.get_by_role("button", name="パスキーでサインイン").click()
    expect(vice.get_by_text("パスキーでサインインできませんでした")).to_be_visible()
