"""What a newcomer does with the README in hand: a guardian reports an absence, the teacher sees it arrive."""

import re
from collections.abc import Callable
from typing import Any

from playwright.sync_api import expect

TOWN = "中央小 5年1組"


def open_register(window: Callable[..., Any], place: str = TOWN, **how: Any) -> Any:
    """The homeroom teacher's register, connected. Each test that writes has a school of its own."""
    teacher = window("担任", place, **how)
    teacher.get_by_role("link", name=re.compile("出欠・健康観察")).first.click()
    expect(teacher.locator("m-live[data-ready=true]")).to_be_attached()
    return teacher


def child_of(guardian: Any) -> str:
    """Given name of the child in 5年1組 on the guardian's start page."""
    card = card_of(guardian)
    return str(card.locator("h2").inner_text().split("さん")[0].strip())


def card_of(guardian: Any) -> Any:
    """The card of a child whose day is still open."""
    open_day = guardian.get_by_role("link", name="きょうの欠席・遅刻を連絡")
    return guardian.locator(".kid", has_text="5年1組").filter(has=open_day).first


def report(guardian: Any, *, reason: str = "体調不良") -> None:
    """Three taps: the card's button, a reason, send."""
    card_of(guardian).get_by_role("link", name="きょうの欠席・遅刻を連絡").click()
    guardian.wait_for_url(re.compile(r"/notices/new/"))
    expect(guardian.locator("form[data-ready]")).to_be_attached()
    guardian.get_by_role("radio", name=reason, exact=True).check()
    guardian.get_by_role("button", name="送る").click()


def test_an_absence_lands_in_the_open_register(window: Callable[..., Any]) -> None:
    teacher = open_register(window)
    guardian = window("保護者", TOWN, phone=True)
    name = child_of(guardian)
    row = teacher.locator("tr[data-pupil]", has_text=name)
    address = teacher.url
    expect(row).not_to_have_class(re.compile(r"\btold\b"))
    report(guardian)
    expect(guardian.get_by_role("heading", name=re.compile("学校に届きました"))).to_be_visible()
    # Nobody touches the teacher's window.
    expect(row).to_contain_text("いま届きました", timeout=10_000)
    expect(row).to_contain_text("体調不良")
    expect(row).to_have_class(re.compile(r"\btold\b"))
    assert teacher.url == address


def test_the_staff_room_board_hears_of_it_too(window: Callable[..., Any]) -> None:
    head = window("校長", "雪代小")
    school = head.evaluate("document.querySelector('form.find').action.match(/schools\\/([0-9a-f-]+)/)[1]")
    head.goto(head.url + f"schools/{school}/board/")
    expect(head.locator("m-live[data-ready=true]")).to_be_attached()
    guardian = window("保護者", "雪代小 5年1組", phone=True)
    name = child_of(guardian)
    expect(head.locator(".board-row", has_text=name)).to_have_count(0)
    report(guardian, reason="通院")
    expect(guardian.get_by_role("heading", name=re.compile("学校に届きました"))).to_be_visible()
    expect(head.locator(".board-row", has_text=name)).to_have_count(1, timeout=10_000)
    guardian.get_by_role("button", name="取り消す").click()
    expect(head.locator(".board-row", has_text=name)).to_have_count(0, timeout=10_000)


def test_a_notice_written_without_a_line_is_sent_once_when_it_is_back(window: Callable[..., Any]) -> None:
    guardian = window("保護者", TOWN, phone=True)
    card = guardian.locator(".kid", has_text="5年1組").first
    card.get_by_role("link", name=re.compile("あした以降|あした")).click()
    guardian.wait_for_url(re.compile(r"/notices/new/"))
    expect(guardian.locator("form[data-ready]")).to_be_attached()
    guardian.context.set_offline(True)
    guardian.get_by_role("radio", name="通院", exact=True).check()
    guardian.get_by_role("button", name="送る").click()
    expect(guardian.get_by_text("回線が戻ったら送ります").first).to_be_visible()
    guardian.context.set_offline(False)  # the browser tells the page by itself
    expect(guardian.get_by_text(re.compile("送りました|学校に届きました")).first).to_be_visible(timeout=15_000)
    guardian.wait_for_timeout(1500)  # the page may be moving on by itself
    guardian.get_by_role("link", name="連絡", exact=True).click()
    guardian.wait_for_url(re.compile(r"/notices/$"))
    expect(guardian.locator("main").get_by_text("通院")).to_have_count(1)


def test_of_two_children_the_one_not_told_of_is_sent_from_the_waiting_line(window: Callable[..., Any]) -> None:
    """One of two is told of already: nothing is sent, and one tap sends the other, also for what waited for the line."""
    guardian = window("保護者", phone=True, town="三峰原村")
    home = guardian.url

    def form(*children: int) -> None:
        guardian.goto(f"{home}notices/new/")
        expect(guardian.locator("form[data-ready]")).to_be_attached()
        boxes = guardian.locator("[name=pupil]")
        for number in range(boxes.count()):
            boxes.nth(number).set_checked(number in children)
        guardian.locator("[name=when]").nth(1).check()
        guardian.get_by_role("radio", name="忌引", exact=True).check()

    form(0)
    guardian.get_by_role("button", name="送る").click()
    expect(guardian.get_by_role("heading", name=re.compile("学校に届きました"))).to_be_visible()
    form(0, 1)
    guardian.get_by_role("radio", name="家庭の都合", exact=True).check()
    guardian.context.set_offline(True)
    guardian.get_by_role("button", name="送る").click()
    expect(guardian.get_by_text("回線が戻ったら送ります").first).to_be_visible()
    guardian.context.set_offline(False)
    refused = guardian.locator("[data-state=refused]")
    expect(refused).to_contain_text("すでに届いています", timeout=15_000)
    refused.get_by_role("button", name=re.compile("さんの分を送る")).click()
    expect(guardian.locator("[data-state=sent]").first).to_be_visible(timeout=15_000)
    guardian.goto(f"{home}notices/")
    expect(guardian.locator("main").get_by_text("家庭の都合")).to_have_count(1)


def test_the_teacher_marks_by_keyboard_and_takes_it_back(window: Callable[..., Any]) -> None:
    teacher = open_register(window, "東窪小 5年1組")
    row = teacher.locator("tr[data-pupil]:not([data-code])" if teacher.locator("tr[data-pupil]:not([data-code])").count()
                          else "tr[data-pupil][data-code='']").first  # fmt: skip
    pupil = row.get_attribute("data-pupil")
    row = teacher.locator(f"tr[data-pupil='{pupil}']")
    row.locator(".nm").click()
    teacher.keyboard.press("3")
    expect(row).to_have_attribute("data-code", "LATE")
    teacher.keyboard.press("z")
    expect(row).not_to_have_attribute("data-code", "LATE")


def test_everybody_present_with_one_key_keeps_what_was_told(window: Callable[..., Any]) -> None:
    teacher = open_register(window, "月影小 5年1組")
    told = teacher.locator("tr[data-pupil].told").count()
    absent = teacher.locator(
        "tr[data-code^='ABS'], tr[data-code='LATE'], tr[data-code='EARLY'], tr[data-code^='SUSP']"
    ).count()
    assert told or absent
    teacher.keyboard.press("a")
    expect(teacher.locator("tr[data-pupil][data-code='']")).to_have_count(0)
    after = teacher.locator("tr[data-code^='ABS'], tr[data-code='LATE'], tr[data-code='EARLY'], tr[data-code^='SUSP']")
    expect(after).to_have_count(absent + told)


def test_a_second_notice_for_a_day_leads_to_the_first(window: Callable[..., Any]) -> None:
    guardian = window("保護者", phone=True)
    for reason in ("忌引", "家庭の都合"):
        guardian.goto(f"{guardian.url.split('/notices')[0].rstrip('/')}/")
        card = guardian.locator(".kid", has_text="5年1組").first
        card.get_by_role("link", name=re.compile("あした以降|あした")).click()
        guardian.wait_for_url(re.compile(r"/notices/new/"))
        expect(guardian.locator("form[data-ready]")).to_be_attached()
        guardian.get_by_role("radio", name=reason, exact=True).check()
        guardian.get_by_role("button", name="送る").click()
        expect(guardian.get_by_text(re.compile("学校に届きました|すでに届いています")).first).to_be_visible()
    guardian.get_by_role("link", name="届いている連絡を見る・なおす").click()
    guardian.wait_for_url(re.compile(r"/notices/[0-9a-f-]{36}/"))
