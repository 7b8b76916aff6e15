"""The family's form under the thumb: nothing flashes while it sends, what is about today is said for today only."""

import re
from collections.abc import Callable
from typing import Any

from playwright.sync_api import expect

WATCH = """() => { const tell = () => heard(document.querySelector('[data-queue]').innerText,
    document.querySelector('[type=submit]').innerText);
  for (const where of ['[data-queue]', '[type=submit]']) new MutationObserver(tell)
    .observe(document.querySelector(where), { childList: true, subtree: true, characterData: true }); }"""
LATE = """() => { document.querySelectorAll('.late').forEach((said) => said.remove());  // the demo's morning may have come to it
  document.querySelector('.notice fieldset:has([name=when])')
    .insertAdjacentHTML('afterend', '<div class="alert warn late">締切</div>'); }"""


PLACE = "花霞小 1年1組"


def open_form(window: Callable[..., Any]) -> Any:
    guardian = window("保護者", PLACE, phone=True)
    guardian.locator(".kid").get_by_role("link", name="きょうの欠席・遅刻を連絡").first.click()
    expect(guardian.locator("form[data-ready]")).to_be_attached()
    return guardian


def test_sending_never_speaks_of_the_line_and_a_child_told_of_leads_to_the_correction(
    window: Callable[..., Any],
) -> None:
    guardian = open_form(window)
    form = guardian.url
    name = guardian.locator("[name=pupil]:checked").get_attribute("data-name")
    said: list[tuple[str, str]] = []
    guardian.expose_function("heard", lambda line, button: said.append((line, button)))
    guardian.evaluate(WATCH)
    guardian.get_by_role("radio", name="体調不良", exact=True).check()
    guardian.get_by_role("button", name="送る").click()
    expect(guardian.get_by_role("heading", name=re.compile("学校に届きました"))).to_be_visible()
    assert "送っています" in {button for _, button in said} and not [line for line, _ in said if "回線" in line]
    guardian.goto(form)  # the form of before, once more
    expect(guardian.locator("form[data-ready]")).to_be_attached()
    guardian.locator(".tile", has_text="遅刻").first.click()
    guardian.get_by_role("radio", name="体調不良", exact=True).check()
    for _ in range(2):
        guardian.get_by_role("button", name="送る").click()
        expect(guardian.locator("[data-problem]")).to_contain_text("すでに届いています")
    expect(guardian.locator(f"[name=pupil][data-name='{name}']")).to_be_checked()
    guardian.goto("/".join(form.split("/")[:3]))
    again = guardian.locator(f".kid[data-name='{name}']")
    expect(again.get_by_role("link", name="きょうの連絡をなおす")).to_be_visible()
    expect(again.get_by_role("link", name="遅刻・早退")).to_have_count(0)


def test_todays_deadline_is_said_for_today_and_a_period_from_today(window: Callable[..., Any]) -> None:
    guardian = window("保護者", PLACE, phone=True)
    guardian.goto(f"{guardian.url}notices/new/")
    expect(guardian.locator("form[data-ready]")).to_be_attached()
    guardian.evaluate(LATE)
    late = guardian.locator(".late", has_text="締切")
    expect(late).to_be_visible()
    guardian.locator(".tile", has_text="日を選ぶ").click()
    expect(late).to_be_hidden()
    guardian.get_by_label("いつから").fill(guardian.locator("[data-today]").get_attribute("value"))
    expect(late).to_be_visible()
    guardian.locator(".tile", has_text=re.compile("あした|つぎの日")).click()
    expect(late).to_be_hidden()


def test_what_goes_out_later_comes_into_the_open_list(window: Callable[..., Any]) -> None:
    guardian = window("保護者", PLACE, phone=True)
    lists = guardian.context.new_page()
    lists.goto(f"{guardian.url}notices/")
    expect(lists.locator("[data-notices]")).to_be_attached()
    cards = lists.locator("[data-notices] > :not(.empty)")
    before = cards.count()
    guardian.locator(".kid").get_by_role("link", name="あした以降").first.click()
    expect(guardian.locator("form[data-ready]")).to_be_attached()
    guardian.context.set_offline(True)
    guardian.get_by_role("radio", name="体調不良", exact=True).check()
    guardian.get_by_role("button", name="送る").click()
    expect(lists.locator("[data-queue] [data-state=waiting]")).to_be_visible()
    guardian.context.set_offline(False)
    expect(cards).to_have_count(before + 1, timeout=20_000)
    expect(lists.get_by_text("まだ連絡はありません")).to_have_count(0)
    expect(lists.locator("[data-queue] [data-state=waiting]")).to_have_count(0)
