"""Zero trust in a real browser: a copied session, the proof of a device, a new device, an emergency."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Demo

REASON = "校庭で転倒して意識がもうろうとしており、保護者にすぐ連絡するため。"


def register_of_devices(page: Any) -> str:
    """The address of a page of class II."""
    return str(page.get_by_role("link", name="端末の台帳").first.get_attribute("href"))


def addresses(page: Any) -> list[str]:
    """Where the links of a page lead."""
    found: list[str] = page.locator("a[href]").evaluate_all("links => links.map((a) => a.getAttribute('href'))")
    return found


def without_proof(page: Any) -> None:
    """Time passes: the proof of the device is gone (and none is on its way)."""
    page.wait_for_load_state("networkidle")
    page.context.clear_cookies(name="minamo_proof")


def test_a_copied_session_opens_nothing_of_class_two(window: Callable[..., Any], chromium: Any, demo: Demo) -> None:
    head = window("校長", "中央小")
    address = demo.url + register_of_devices(head)
    # On the first page of a new browser already no cookie counts alone.
    thief = chromium.new_context()
    thief.add_cookies(head.context.cookies())
    copied = thief.new_page()
    assert [copied.goto(path).status for path in [address, demo.url + "/"] * 10] == [403] * 20
    thief.close()
    thief = chromium.new_context()
    thief.add_cookies([cookie for cookie in head.context.cookies() if cookie["name"] == "minamo_session"])
    page = thief.new_page()
    answers = [page.goto(path).status for path in [address, demo.url + "/"] * 25]
    assert answers == [403] * 50
    page.goto(address)
    expect(page.get_by_text("この端末の鍵が見つかりませんでした")).to_be_visible()
    # With every cookie it is the same: each request is signed by a key that stayed where it was made.
    head.goto(address)
    expect(head.locator("m-proof[data-signs=yes]").first).to_be_attached()
    thief.add_cookies(head.context.cookies())
    assert [page.goto(path).status for path in [address, demo.url + "/"] * 25] == [403] * 50
    assert [thief.request.get(address).status for _ in range(5)] == [403] * 5
    page.goto(demo.url + "/account/devices/")
    proved = page.evaluate(
        """async () => { const element = document.createElement("m-proof");
        element.setAttribute("challenge", "/account/device-challenge/"); element.setAttribute("proof", "/account/device-proof/");
        element.setAttribute("demo", ""); return element.prove(); }"""
    )
    assert proved is False
    # Nor is the account taken over: no second factor is added, and the devices of the person stay as they are.
    for path in (
        "/accounts/mfa/totp/activate/",
        "/accounts/mfa/webauthn/add/",
        "/accounts/mfa/codes/",
        "/accounts/password/",
    ):
        assert page.goto(demo.url + path).status == 403
        expect(page.get_by_role("heading", name="この操作のための確認")).to_be_visible()
    expect(page.get_by_text("この端末の鍵が見つかりませんでした")).to_be_visible()
    assert head.goto(address).status == 200
    assert head.goto(demo.url + "/accounts/mfa/totp/activate/").status == 200
    thief.close()


def test_the_page_comes_back_by_itself_after_the_proof(window: Callable[..., Any], demo: Demo) -> None:
    head = window("校長", "中央小")
    address = demo.url + register_of_devices(head)
    head.goto(address)
    expect(head.get_by_role("heading", name="端末の台帳")).to_be_visible()
    without_proof(head)
    assert head.goto(address, wait_until="commit").status == 403
    expect(head.get_by_role("heading", name="端末の台帳")).to_be_visible(timeout=10_000)
    assert head.url == address


def test_what_htmx_asks_goes_on_by_itself_after_the_proof(window: Callable[..., Any], demo: Demo) -> None:
    """A list searched and a mark posted through htmx where the proof has run out, e.g. after a lid was closed."""
    teacher = window("担任", "雪代小")
    start = teacher.url
    teacher.get_by_role("link", name="児童・生徒").first.click()
    rows = teacher.locator("#rows tbody tr")
    name = rows.nth(2).get_by_role("link").first.inner_text()
    without_proof(teacher)
    teacher.locator("#f-q").fill(name)
    expect(rows).to_have_count(1)
    expect(rows.first).to_contain_text(name)
    teacher.goto(start)
    teacher.get_by_role("link", name=re.compile("出欠・健康観察")).first.click()
    pupil = teacher.locator("tr[data-pupil][data-code='']").first.get_attribute("data-pupil")
    without_proof(teacher)
    teacher.evaluate(
        "(values) => htmx.ajax('POST', location.pathname, { values, swap: 'none', headers: { 'X-Requested-With': 'fetch' } })",
        {"set": f"{pupil}:late"},
    )
    expect(teacher.locator(f"tr[data-pupil='{pupil}']")).to_have_attribute("data-code", "LATE")
    expect(teacher.locator("m-toast .toast")).to_have_count(0)
    # An answer that leads on has done what was asked: it is not sent a second time.
    posts: list[str] = []
    teacher.on(
        "request",
        lambda one: posts.append(one.url) if one.method == "POST" and one.url.endswith("/register/") else None,
    )
    teacher.evaluate(
        "(set) => fetch(location.pathname, { method: 'POST', body: new URLSearchParams({ set, "
        "csrfmiddlewaretoken: document.querySelector('[name=csrfmiddlewaretoken]').value }) })",
        f"{pupil}:early",
    )
    expect(teacher.locator(f"tr[data-pupil='{pupil}']")).to_have_attribute("data-code", "EARLY")
    assert len(posts) == 1
    # What no proof can help with is said with its clause: a colleague's class.
    mine = teacher.url.partition("/classes/")[2]
    teacher.get_by_role("link", name="けさの出欠").first.click()
    teacher.locator(f"main a[href*='/register/']:not([href$='{mine}'])").first.click()
    teacher.wait_for_load_state("networkidle")
    teacher.evaluate("htmx.ajax('POST', location.pathname, { values: { all: '1' }, swap: 'none' })")
    expect(teacher.locator("m-toast .toast")).to_contain_text(re.compile("規程 7.4.*校長か教育委員会に相談"))


def test_an_emergency_with_what_was_typed_kept_over_a_proof(window: Callable[..., Any], demo: Demo) -> None:
    teacher = window("担任", "雪代小")
    teacher.get_by_role("link", name="児童・生徒").first.click()
    other = teacher.locator("tbody tr", has_not_text=re.compile("5年1組")).first
    other.get_by_role("link").first.click()
    teacher.get_by_role("link", name="緊急の閲覧").click()
    teacher.get_by_label("理由（20文字以上）").fill(REASON)
    without_proof(teacher)
    # Asked anew for whatever reason: a proof that has only run out takes no page away that stands there.
    teacher.evaluate("document.querySelector('m-ended').check(true)")
    expect(teacher.get_by_role("heading", name="この画面は、いまは見られません")).to_have_count(0)
    teacher.get_by_role("button", name="緊急の閲覧を始める").click()
    teacher.wait_for_url(re.compile(r"/pupils/[0-9a-f-]+/$"), timeout=10_000)
    expect(teacher.get_by_text("養護教諭・事務職員が見られます")).to_have_count(0)
    head = window("校長", "雪代小")
    expect(head.get_by_text("緊急の閲覧（いま開いています）")).to_be_visible()
    head.get_by_role("link", name="点検する").first.click()
    expect(head.get_by_text(REASON)).to_be_visible()
    expect(head.get_by_text("に終わってから点検します")).to_be_visible()
    teacher.locator("form[action*='/emergencies/'][action$='/end/'] button").click()
    teacher.wait_for_load_state()
    head.reload()
    head.get_by_label("メモ").fill("保護者に連絡できたとのこと")
    head.get_by_role("button", name="妥当").first.click()
    expect(head.locator(".tag", has_text="妥当")).to_be_visible()
    expect(head.get_by_role("link", name="この間に見たもの")).to_be_visible()


def test_a_new_device_waits_for_the_board(window: Callable[..., Any], demo: Demo) -> None:
    head = window("校長", "月影小")
    address = demo.url + register_of_devices(head)
    head.goto(demo.url + "/account/devices/")
    head.get_by_text("この端末を届け出直す").click()
    head.get_by_label("端末の名前").fill("月影小 校長室 新しい端末")
    head.get_by_role("button", name="届け出る").click()
    expect(head.get_by_text("届け出直しの承認を待っています")).to_be_visible()
    assert head.goto(address).status == 200  # the trusted line keeps its place until then
    board = window("教委職員", "教育委員会")
    board.goto(demo.url + register_of_devices(board))
    row = board.locator("tr", has_text="月影小 校長室 新しい端末")
    row.get_by_role("button", name="承認する").click()
    expect(board.locator("tr", has_text="月影小 校長室 新しい端末").locator(".tag", has_text="承認")).to_be_visible()
    head.goto(address)
    expect(head.get_by_role("heading", name="端末の台帳")).to_be_visible(timeout=10_000)
    expect(head.locator("tr", has_text="月影小 校長室 新しい端末")).to_be_visible()


@pytest.mark.parametrize("phone", [False, True])
def test_a_lost_device_is_cut_off_and_its_open_screen_too(window: Callable[..., Any], demo: Demo, phone: bool) -> None:
    teacher = window("担任", "中央小", phone=phone)
    teacher.get_by_role("link", name=re.compile("出欠・健康観察")).first.click()
    expect(teacher.locator("m-live[data-ready=true]")).to_be_attached()
    other = window("担任", "中央小")
    other.goto(demo.url + "/account/devices/")
    other.get_by_role("link", name=re.compile("なくした")).first.click()
    other.get_by_role("button", name="なくしたので、いますぐ切る").click()
    expect(teacher.get_by_role("heading", name="サインインが切れました")).to_be_visible(timeout=5_000)
    expect(teacher.locator("tr[data-pupil]").first).to_be_hidden()
    expect(teacher.get_by_role("link", name="サインインする")).to_be_focused()
    expect(other.get_by_text("を「なくした」にしました")).to_be_visible()
    assert "/accounts/login/" in teacher.goto(demo.url + "/").url


@pytest.mark.parametrize("phone", [False, True])
def test_a_pupils_device_opens_no_school_work_and_says_why(window: Callable[..., Any], demo: Demo, phone: bool) -> None:
    """A teacher at a pupil's tablet: the record of a child and 健康観察 are refused with the clause and the way on."""
    teacher = window("担任", "雪代小", phone=phone)
    register = str(teacher.get_by_role("link", name=re.compile("出欠・健康観察")).first.get_attribute("href"))
    teacher.goto(
        demo.url + str(teacher.get_by_role("link", name="児童・生徒", include_hidden=True).first.get_attribute("href"))
    )
    record = next(href for href in addresses(teacher) if re.fullmatch(r"/pupils/[0-9a-f-]{36}/", href))
    assert teacher.goto(demo.url + record).status == 200
    teacher.goto(demo.url + "/account/devices/")
    teacher.get_by_role("button", name="この端末を学習用にする").click()
    teacher.wait_for_load_state()
    for address in (record, register):
        assert teacher.goto(demo.url + address).status == 403
        expect(teacher.get_by_role("heading", name="ここは見られません")).to_be_visible()
        expect(teacher.get_by_text("学習用の端末からは、校務の情報を見られません。")).to_be_visible()
        expect(teacher.get_by_text("規程 4.2 学習系の端末")).to_be_visible()
        expect(teacher.get_by_text("校務用の端末で開き直してください。")).to_be_visible()
    # Signing in again on the same browser does not help: the mark belongs to the device.
    teacher.goto(demo.url + "/accounts/login/")
    if teacher.locator("button.person").count():
        teacher.locator("button.person").filter(has_text="担任").filter(has_text="雪代小").first.click()
        teacher.wait_for_url(demo.url + "/")
    assert teacher.goto(demo.url + record).status == 403
