"""台帳 in a real browser: the room's pages are accessible and fit the phone; an exception opens another school's roll with the
next request and is closed with the next request after its revocation; what is typed survives a refusal."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser.test_accessible import problems, too_wide

TOWN = "水上野町"
PAGES = ("", "assets/", "assets/new/", "assets/minamo/Pupil/", "services/", "services/new/", "exceptions/", "inspections/",
         "revisions/", "acknowledged/", "reading/", "clauses/10.7/", "zero-trust/")  # fmt: skip


def room(page: Any) -> str:
    """The room's URL, from the bar."""
    href = page.locator("a.report").get_attribute("href")
    return str(page.url.split("/", 3)[0] + "//" + page.url.split("/", 3)[2] + href.replace("incidents/", "policy/"))


def first_of(page: Any, base: str, path: str) -> str:
    """The first line of a list."""
    page.goto(base + path)
    page.locator("tbody a").first.click()
    page.wait_for_load_state()
    return str(page.url)


@pytest.mark.parametrize("phone", [False, True], ids=["desk", "phone"])
def test_the_pages_of_the_room(window: Callable[..., Any], phone: bool) -> None:
    officer = window("教委職員", town=TOWN, phone=phone)
    base = room(officer)
    urls = [base + path for path in PAGES]
    urls += [first_of(officer, base, path) for path in ("services/", "exceptions/", "revisions/")]
    officer.goto(f"{base}inspections/")
    officer.get_by_role("button", name="自己点検を始める").click()
    officer.wait_for_url(re.compile(r"/inspections/[0-9a-f-]{36}/"))
    urls.append(officer.url)
    wrong: list[str] = []
    for url in urls:
        officer.goto(url)
        officer.wait_for_load_state()
        wrong += [f"{url}: {text}" for text in problems(officer)]
        if phone and too_wide(officer):
            wrong.append(f"{url}: wider than the phone")
    assert wrong == []


def test_an_exception_from_the_request_to_its_revocation(window: Callable[..., Any]) -> None:
    head = window("校長", "中央小", town=TOWN)
    head.goto(f"{room(head)}exceptions/")
    head.get_by_role("link", name="例外を願い出る").click()
    school = re.search(r"/schools/([0-9a-f-]{36})/", head.url)
    assert school
    head.get_by_label("ほかの学校の名簿と学籍を見る").check()
    teacher = window("担任", "月影小", town=TOWN)
    name = teacher.locator(".who-text").inner_text().splitlines()[0]
    roll = f"{head.url.split('/schools/')[0]}/schools/{school[1]}/pupils/"
    assert teacher.goto(roll).status == 403

    head.get_by_label("だれに").select_option(
        value=head.locator("#f-person option", has_text=name).first.get_attribute("value")
    )
    head.get_by_label("終わりの日").fill("2026-12-11")
    head.get_by_label("理由").fill("通級の指導の引き継ぎ")
    head.get_by_role("button", name="願い出る").click()
    expect(head.get_by_text("まだ願い出ていません")).to_be_visible()
    expect(head.get_by_label("理由")).to_have_value("通級の指導の引き継ぎ")
    head.get_by_label("代わりの対策").fill("教頭が毎週、操作記録を見る")
    head.get_by_role("button", name="願い出る").click()
    expect(head.get_by_text("認められるまで、何も開きません").first).to_be_visible()
    assert teacher.goto(roll).status == 403

    officer = window("教委職員", town=TOWN)
    officer.goto(head.url)
    note = officer.get_by_label("ひとこと（認めないときは")
    note.fill("期間が長いので、認めません。")
    note.press("Enter")
    officer.wait_for_timeout(500)
    expect(
        officer.locator(".alert b", has_text="認めを待っています")
    ).to_be_visible()  # Enter in the note decides nothing
    expect(note).to_have_value("期間が長いので、認めません。")
    note.fill("")
    officer.get_by_role("button", name="認める", exact=True).click()
    expect(officer.get_by_text("まで効いています")).to_be_visible()
    assert teacher.goto(roll).status == 200
    expect(teacher.locator("tbody tr").first).to_be_visible()

    head.reload()
    revoke = head.get_by_role("button", name="いますぐ取り消す")
    revoke.focus()
    head.keyboard.press("Enter")
    asked = head.get_by_role("dialog", name="確かめ")
    expect(asked).to_contain_text(f"{name}さんの例外")
    head.keyboard.press("Escape")
    expect(asked).to_have_count(0)
    expect(revoke).to_be_focused()
    assert teacher.goto(roll).status == 200, "asked for, not yet done"
    revoke.click()
    asked.get_by_role("button", name="取り消す").click()
    expect(head.get_by_text("取り消しました").first).to_be_visible()
    assert teacher.goto(roll).status == 403


def test_the_start_page_says_what_the_room_waits_for(window: Callable[..., Any]) -> None:
    officer = window("教委職員", town=TOWN)
    waiting = officer.get_by_role("region", name="規程と台帳")
    expect(waiting.get_by_role("link", name=re.compile("外部サービス"))).to_be_visible()
    waiting.get_by_role("link", name=re.compile("情報資産")).click()
    expect(officer.get_by_text("行事の写真").or_(officer.get_by_text("操作記録")).first).to_be_visible()


def answer_part(page: Any, value: str) -> None:
    """Every question of the part, with the keys alone."""
    for place in range(page.locator("fieldset.panel").count()):
        page.locator(f"input[name=q{place}][value={value}]").focus()
        page.keyboard.press("Space")
    page.locator("main form button").focus()
    page.keyboard.press("Enter")
    expect(page.locator(".alert").first).to_be_focused()


def test_somebody_new_reads_in_parts_and_the_head_reminds(window: Callable[..., Any]) -> None:
    nurse = window("養護教諭", "中央小", town=TOWN, phone=True)
    nurse.goto(f"{room(nurse)}reading/")
    place = nurse.locator("section.panel h2 .num")
    expect(place).to_have_text(re.compile(r"^1 / 1\d$"))
    assert problems(nurse) == [] and not too_wide(nurse)
    for turn in range(10):  # what is wrong is explained on a page of its own, and asked about in another way
        answer_part(nurse, "no" if turn % 2 else "yes")
        expect(nurse.locator(".alert.good, .alert.warn")).to_be_focused()
        if nurse.locator(".alert.good").count():
            break
        assert problems(nurse) == [] and not too_wide(nurse) and not nurse.locator("fieldset").count()
        nurse.get_by_role("link", name="条文をもう一度読んで、続ける").press("Enter")
        expect(nurse.get_by_text("もう一度たずねます")).to_be_visible()
    expect(nurse.locator(".alert.good")).to_be_focused()
    expect(place).to_have_text(re.compile(r"^2 / 1\d$"))

    head = window("校長", "中央小", town=TOWN)
    head.goto(room(head))
    head.get_by_role("link", name="規程", exact=True).last.click()
    head.get_by_role("link", name="確認の状況").click()
    head.get_by_role("button", name="人に知らせる").press("Enter")
    expect(head.locator(".alert.good")).to_be_focused()
    expect(head.get_by_text("最後に知らせたのは")).to_be_visible()
    assert problems(head) == [] and head.get_by_role("button", name="人に知らせる").count() == 0
    nurse.goto("/".join(nurse.url.split("/")[:3]) + "/")
    expect(nurse.get_by_text("に知らせがありました")).to_be_visible()
