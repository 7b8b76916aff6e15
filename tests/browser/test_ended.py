"""The sign-in ends under the hand (signed out from another device): nothing pressed or typed is lost, and nothing stays on screen."""

import re
from collections.abc import Callable
from typing import Any

from playwright.sync_api import expect

from tests.browser.conftest import Demo
from tests.browser.test_register_keys import blank_row

TEXT = "健康観察の紙を、昇降口に置き忘れました。"
PLACE = "雪代小 5年1組"


def cut_off(window: Callable[..., Any], demo: Demo) -> None:
    """The same person signs every other browser out (windows of earlier tests are among them)."""
    other = window("担任", PLACE)
    other.goto(demo.url + "/account/devices/")
    other.get_by_role("button", name="ほかの端末をすべてサインアウトする").click()
    expect(other.get_by_text(re.compile("ほかの端末をサインアウトしました"))).to_be_visible()


def sign_in_again(page: Any, words: str) -> None:
    """The sign-in page says what has become of it; one click."""
    expect(page.get_by_text(words)).to_be_visible()
    page.locator("button.person").filter(has_text="担任").filter(has_text=PLACE).first.click()


def test_a_mark_waits_and_is_sent_after_the_sign_in(window: Callable[..., Any], demo: Demo) -> None:
    teacher = window("担任", PLACE)
    teacher.get_by_role("link", name=re.compile("出欠・健康観察")).first.click()
    row = blank_row(teacher)
    name = row.locator(".name").inner_text()
    # Else the screen is covered before anything is pressed.
    teacher.evaluate("document.querySelector('m-ended').cover = () => {}")
    cut_off(window, demo)
    row.locator(".seg.tap .late").evaluate(
        "(button) => { delete document.querySelector('m-ended').cover; button.click(); }"
    )
    expect(teacher.get_by_role("heading", name="サインインが切れました")).to_be_visible()
    expect(teacher.locator("#register")).to_be_hidden()
    assert name not in teacher.locator("body").inner_text() and name not in teacher.title()
    teacher.keyboard.press("Escape")
    teacher.keyboard.press("Escape")
    expect(teacher.get_by_role("link", name="サインインする")).to_be_visible()
    teacher.get_by_role("link", name="サインインする").click()
    sign_in_again(teacher, "サインインが切れていました")
    expect(row).to_have_attribute("data-code", "LATE")
    expect(teacher.locator(".saving")).to_have_attribute("data-state", "saved")
    teacher.reload()
    expect(row).to_have_attribute("data-code", "LATE")


def test_a_form_comes_back_and_is_sent_when_its_writer_says_so(window: Callable[..., Any], demo: Demo) -> None:
    teacher = window("担任", PLACE)
    teacher.get_by_role("link", name="事故を知らせる").click()
    teacher.get_by_label("書けること").fill(TEXT)
    teacher.evaluate("document.querySelector('m-ended').remove()")  # pressed before the page has heard of it
    cut_off(window, demo)
    teacher.get_by_role("button", name=re.compile("紛失・盗難")).click()
    sign_in_again(teacher, "サインインが切れていました。入力はとってあります")
    expect(teacher.locator(".kept-words")).to_have_text(TEXT)
    expect(teacher.get_by_role("button", name="続きを送る")).to_be_focused()
    teacher.keyboard.press("Enter")
    expect(teacher.get_by_text("知らせました")).to_be_visible()


def test_what_is_being_typed_stays_under_the_cover(window: Callable[..., Any], demo: Demo) -> None:
    teacher = window("担任", PLACE)
    teacher.get_by_role("link", name="事故を知らせる").click()
    field = teacher.get_by_label("書けること")
    field.fill(TEXT + "二件目です。")
    other = teacher.context.new_page()  # a second window of the same browser, with children on it
    other.goto(demo.url + "/")
    other.get_by_role("link", name="児童・生徒", exact=True).click()
    expect(other.locator("table .name").first).to_be_visible()
    cut_off(window, demo)
    expect(other.get_by_role("heading", name="サインインが切れました")).to_be_visible()
    expect(other.locator("table .name").first).to_be_hidden()
    other.close()
    expect(teacher.get_by_text("書きかけの入力は、この画面に残っています。")).to_be_visible()
    expect(field).to_be_hidden()
    with teacher.context.expect_page() as opened:
        teacher.get_by_role("link", name="サインインする").click()
    sign_in_again(opened.value, "サインインが切れていました")
    opened.value.wait_for_url(re.compile("/incidents/"))
    opened.value.close()
    teacher.evaluate("window.dispatchEvent(new Event('focus'))")
    expect(field).to_have_value(TEXT + "二件目です。")
    expect(field).to_be_visible()
    teacher.get_by_role("button", name=re.compile("もう少しで")).click()
    expect(teacher.get_by_text("知らせました")).to_be_visible()


def test_a_familys_screen_is_covered_in_words_a_child_reads(window: Callable[..., Any], demo: Demo) -> None:
    guardian = window("保護者", "三峰原小 5年1組", phone=True)
    guardian.context.add_cookies([{"name": "minamo_furigana", "value": "on", "url": demo.url}])
    guardian.reload()
    name = str(guardian.locator(".kid").first.get_attribute("data-name"))
    other = window("保護者", "三峰原小 5年1組")
    other.goto(demo.url + "/account/devices/")
    other.get_by_role("button", name="ほかの端末をすべてサインアウトする").click()
    if other.get_by_role("link", name="本人を確かめて続ける").is_visible():
        other.get_by_role("link", name="本人を確かめて続ける").click()
        other.get_by_role("button").filter(has_text=re.compile("確かめ")).first.click()
    expect(other.get_by_text(re.compile("ほかの端末をサインアウトしました"))).to_be_visible()
    expect(guardian.locator("dialog ruby", has_text="切").first).to_be_visible()
    assert guardian.title() == "サインインが切れました" and name not in guardian.locator("body").inner_text()
    expect(guardian.locator(".kid").first).to_be_hidden()
    expect(guardian.locator("dialog a")).to_be_focused()
