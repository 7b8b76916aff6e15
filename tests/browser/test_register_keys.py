"""The register under the hand: what is typed is not lost, what is pressed can be taken back, also after a reload."""

import re
from collections.abc import Callable
from typing import Any

import psycopg
import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Demo
from tests.browser.test_accessible import problems, too_wide
from tests.browser.test_first_morning import open_register

# What waits on the device: the names of the fields of each entry, and everything that can be read there without a key.
KEPT = """() => new Promise((resolve) => { const asked = indexedDB.open("minamo-register", 1);
  asked.onsuccess = () => { const all = asked.result.transaction("jobs").objectStore("jobs").getAll();
    all.onsuccess = () => resolve([all.result.map((one) => Object.keys(one).sort().join(" ")), JSON.stringify([all.result, {...localStorage}])]); }; })"""
SEALED = "account iv n refused sealed"


def blank_row(teacher: Any) -> Any:
    """A row nobody has marked, by its child."""
    pupil = teacher.locator("tr[data-pupil][data-code='']").first.get_attribute("data-pupil")
    return teacher.locator(f"tr[data-pupil='{pupil}']")


def test_a_refused_temperature_keeps_the_sheet_and_what_was_typed(window: Callable[..., Any]) -> None:
    teacher = open_register(window, "三峰原小 5年1組")
    row = blank_row(teacher)
    row.locator(".nm").click()
    teacher.keyboard.press("h")
    sheet = teacher.locator("dialog#health")
    sheet.get_by_label("せき").or_(sheet.get_by_label("咳")).check()
    teacher.keyboard.press("a")  # the key of the button under the sheet
    sheet.get_by_label("体温（℃）").fill("376")
    sheet.get_by_label("ようす").fill("すこし だるい")
    sheet.get_by_label("体温（℃）").press("Enter")
    expect(sheet.locator("#temperature-error")).to_have_text(re.compile("30℃から45℃"))
    expect(sheet.get_by_label("体温（℃）")).to_be_focused()
    expect(sheet.get_by_label("ようす")).to_have_value("すこし だるい")
    expect(row).to_have_attribute("data-code", "")
    sheet.get_by_label("体温（℃）").fill("37.6")
    expect(sheet.locator("#temperature-error")).to_be_hidden()
    sheet.get_by_label("体温（℃）").press("Enter")
    expect(sheet).to_be_hidden()
    expect(row.locator("[data-health]")).to_contain_text("37.6℃")
    expect(row.locator("[data-health]")).to_be_focused()


def test_undo_holds_over_a_reload_and_spares_what_changed_since(window: Callable[..., Any]) -> None:
    teacher = open_register(window, "三峰原小 5年1組")
    row = blank_row(teacher)
    row.locator(".nm").click()
    teacher.keyboard.press("3")
    expect(row).to_have_attribute("data-code", "LATE")
    expect(teacher.locator(".saving")).to_have_attribute("data-state", "saved")
    teacher.reload()
    expect(row).to_have_attribute("data-code", "LATE")
    teacher.keyboard.press("z")
    expect(row).to_have_attribute("data-code", "")
    teacher.keyboard.press("z")
    expect(teacher.get_by_text("取り消せる記録は、もうありません")).to_be_visible()
    row.locator(".nm").click()
    teacher.keyboard.press("3")
    expect(row).to_have_attribute("data-code", "LATE")
    other = teacher.context.new_page()
    other.goto(teacher.url)
    other.locator(f"tr[data-pupil='{row.get_attribute('data-pupil')}'] .seg.tap .early").click()
    expect(row).to_have_attribute("data-code", "EARLY")
    teacher.keyboard.press("z")
    expect(teacher.get_by_text("そのあとに変わった記録は、そのままにしました")).to_be_visible()
    expect(row).to_have_attribute("data-code", "EARLY")


def test_help_names_every_key_of_the_page(window: Callable[..., Any]) -> None:
    teacher = open_register(window, "三峰原小 5年1組")
    teacher.keyboard.press("?")
    sheet = teacher.get_by_role("dialog", name="キーボードの使い方")
    keys = sheet.locator(".key-list kbd").all_inner_texts()
    assert keys[:6] == ["↑ ↓", "1 – 5", "H", "M", "Z", "?"] and {"Ctrl K", "A"} <= set(keys)
    assert "全員出席にする" in sheet.locator(".key-list span").all_inner_texts()
    boxes = [part.bounding_box() for part in sheet.locator(".key-list kbd, .dialog-head button").all()]
    assert all(
        a is b or a["x"] + a["width"] <= b["x"] or b["x"] + b["width"] <= a["x"]
        or a["y"] + a["height"] <= b["y"] or b["y"] + b["height"] <= a["y"]
        for a in boxes for b in boxes
    )  # fmt: skip
    sheet.get_by_role("button", name="閉じる").click()
    expect(sheet).to_be_hidden()


def test_a_memo_waits_for_a_mark_before_anything_is_typed(window: Callable[..., Any]) -> None:
    teacher = open_register(window, "三峰原小 5年1組")
    row = blank_row(teacher)
    row.locator(".nm").click()
    teacher.keyboard.press("m")
    expect(teacher.get_by_text("メモは、出欠を記録してから書けます")).to_be_visible()
    expect(teacher.locator("dialog#health")).to_be_hidden()
    teacher.keyboard.press("h")
    expect(teacher.locator("dialog#health #note")).to_be_disabled()
    expect(teacher.get_by_text("メモは、出欠を記録すると書けます")).to_be_visible()
    teacher.keyboard.press("Escape")
    teacher.keyboard.press("3")
    expect(row).to_have_attribute("data-code", "LATE")
    row.locator(".nm").click()
    teacher.keyboard.press("m")
    expect(teacher.locator("dialog#health #note")).to_be_focused()


def test_a_settled_disagreement_keeps_both_sides_and_can_be_taken_back(window: Callable[..., Any]) -> None:
    teacher = open_register(window)
    pupil = teacher.locator("tr[data-pupil]", has_text="食い違い").first.get_attribute("data-pupil")
    row = teacher.locator(f"tr[data-pupil='{pupil}']")
    sides = row.locator(".note").inner_text().split("先生の記録にする")[0].split("食い違い")[1].strip()
    row.get_by_role("button", name="連絡にする").click()
    expect(row).to_contain_text("連絡を採りました")
    expect(row).to_contain_text(sides)
    expect(teacher.locator("#timeline")).to_contain_text(re.compile("連絡を採りました：「出席」→「"))
    teacher.locator("m-toast").get_by_role("button").first.click()
    expect(row).to_contain_text("先生の記録を採りました")
    expect(row).to_contain_text(sides)


def test_marks_of_an_outage_are_kept_when_the_proof_of_the_device_has_run_out(window: Callable[..., Any]) -> None:
    teacher = open_register(window, "三峰原小 5年1組")
    teacher.wait_for_load_state("networkidle")
    teacher.context.set_offline(True)
    rows = [row.get_attribute("data-pupil") for row in teacher.locator("tr[data-pupil][data-code='']").all()[:3]]
    for pupil in rows:
        teacher.locator(f"tr[data-pupil='{pupil}'] .seg.tap .late").click()
    expect(teacher.locator("span.saving")).to_have_text("回線が戻ったら送ります（3件）")
    fields, readable = teacher.evaluate(KEPT)
    assert fields == [SEALED] * 3 and not any(pupil in readable for pupil in rows)
    teacher.context.clear_cookies(name="minamo_proof")
    teacher.context.set_offline(False)
    for pupil in rows:
        expect(teacher.locator(f"tr[data-pupil='{pupil}']")).to_have_attribute("data-code", "LATE")
    expect(teacher.locator("span.saving")).to_have_text("保存済み")
    assert teacher.evaluate(KEPT)[0] == []
    teacher.context.clear_cookies(name="minamo_proof")  # a closed lid: no outage, and still no word about a proof
    teacher.locator(f"tr[data-pupil='{rows[0]}'] .seg.tap .early").click()
    expect(teacher.locator(f"tr[data-pupil='{rows[0]}']")).to_have_attribute("data-code", "EARLY")
    for _ in rows:  # early, and the last two of the outage
        teacher.keyboard.press("z")
    for pupil, code in zip(rows, ("LATE", "", ""), strict=True):
        expect(teacher.locator(f"tr[data-pupil='{pupil}']")).to_have_attribute("data-code", code)
    expect(teacher.locator("span.saving")).to_have_text("保存済み")
    teacher.reload()
    for pupil, code in zip(rows, ("LATE", "", ""), strict=True):
        expect(teacher.locator(f"tr[data-pupil='{pupil}']")).to_have_attribute("data-code", code)


def test_what_the_rules_refuse_stands_there_with_its_clause_until_it_is_read(window: Callable[..., Any]) -> None:
    """A colleague's class: the page can be read and not be written. What was pressed without a line waits for its writer's eyes."""
    teacher = open_register(window, "中央小 5年1組")
    mine = teacher.url.partition("/classes/")[2]
    teacher.get_by_role("link", name="けさの出欠").first.click()
    teacher.locator(f"main a[href*='/register/']:not([href$='{mine}'])").first.click()
    expect(teacher.locator("m-live[data-ready=true]")).to_be_attached()
    child = teacher.locator("tr[data-pupil]").first
    name = child.locator(".name").inner_text()
    teacher.context.set_offline(True)
    sent = "(pupil) => document.querySelector('m-register').send([['set', `${pupil}:late`]], [pupil])"
    assert teacher.evaluate(sent, child.get_attribute("data-pupil")) == {"waiting": True}
    teacher.context.set_offline(False)
    loss = teacher.locator("[data-losses] .alert")
    for _ in ("now", "after a reload"):
        expect(loss).to_contain_text(re.compile(f"{name}　遅刻.*規程 7.4.*校長か教育委員会に相談"))
        assert teacher.evaluate(KEPT)[0] == [SEALED]
        teacher.reload()
    loss.get_by_role("button", name="閉じる").click()
    expect(loss).to_have_count(0)
    teacher.wait_for_function("async () => !(await document.querySelector('m-register').line.refused()).length")
    assert teacher.evaluate(KEPT)[0] == []


def test_a_mark_waits_for_a_proof_of_the_person_and_over_a_sign_out_for_its_writer(
    window: Callable[..., Any], owner: "psycopg.Connection[Any]", demo: Demo
) -> None:
    """The second factor is gone: the way on stands there. Signed out, the mark stays locked while somebody else is there."""
    teacher = open_register(window, "東窪小 5年1組")
    address, row = teacher.url, blank_row(teacher)
    pupil = row.get_attribute("data-pupil")
    weak = "UPDATE access_device SET strength = 1 WHERE signed_out_at IS NULL AND account_id = %s"
    who = teacher.locator("m-register").get_attribute("data-who")
    assert owner.execute(weak, [who]).rowcount > 0
    row.locator(".seg.tap .late").click()
    expect(teacher.locator("span.saving")).to_have_text("まだ送れません（1件）")
    way = teacher.locator("[data-way]")
    expect(way).to_contain_text(re.compile("規程 4.9.*本人を確かめると"))
    link = way.get_by_role("link", name="本人を確かめる").get_attribute("href")
    assert re.fullmatch(r"/account/proof/\?next=%2Fclasses%2F.+", link)
    teacher.locator("details.who summary").click()
    teacher.get_by_role("button", name="サインアウト").click()
    expect(teacher.get_by_role("dialog")).to_contain_text("まだ送れていない出欠の記録が1件あります")
    teacher.get_by_role("button", name="残してサインアウト").click()
    teacher.wait_for_url("**/accounts/**")
    assert not teacher.evaluate("Object.keys(sessionStorage).some((one) => one.startsWith('minamo-undo-'))")
    sign_in(teacher, demo, "校長")
    fields, readable = teacher.evaluate(KEPT)
    assert fields == [SEALED] and pupil not in readable, "the teacher's, whoever is here"
    sign_in(teacher, demo, "担任")
    expect(teacher.get_by_text("この端末で待っていた出欠の記録を1件送りました")).to_be_visible(timeout=15_000)
    teacher.goto(address)
    expect(row).to_have_attribute("data-code", "LATE")


def test_a_late_mark_asks_where_somebody_else_has_recorded(window: Callable[..., Any]) -> None:
    """The teacher's line is away; the head records the same child meanwhile. Nothing is written over, the rest goes out."""
    teacher = open_register(window, "東窪小 5年1組")
    head = window("校長", "東窪小")
    head.goto(teacher.url)
    first, second = (
        row.get_attribute("data-pupil") for row in teacher.locator("tr[data-pupil][data-code='']:not(.told)").all()[:2]
    )
    row, other = (teacher.locator(f"tr[data-pupil='{pupil}']") for pupil in (first, second))
    theirs = head.locator(f"tr[data-pupil='{first}']")
    name = row.locator(".name").inner_text()
    question = teacher.locator("[data-losses] .alert")

    def meanwhile(mine: str, button: str) -> None:
        teacher.context.set_offline(True)
        row.locator(f".seg.tap .{mine}").click()
        theirs.locator(f".seg.tap .{button}").click()
        expect(theirs).to_have_attribute("data-code", {"absent": "ABS_ACCIDENT"}.get(button, button.upper()))
        if mine == "late":
            other.locator(".seg.tap .late").click()
        teacher.context.set_offline(False)

    meanwhile("late", "absent")
    expect(other).to_have_attribute("data-code", "LATE")
    expect(row).to_have_attribute("data-code", "ABS_ACCIDENT")
    for _ in ("now", "after a reload"):
        expect(question).to_have_text(
            re.compile(
                f"別の人が先に記録していました.*{name}　遅刻{name}さんの記録は、いま「.*欠席.*」です。.*に付けました。"
            )
        )
        expect(teacher.locator("span.saving")).to_have_text("確かめる記録があります")
        assert teacher.evaluate(KEPT)[0] == [SEALED]
        teacher.reload()
    question.get_by_role("button", name="自分の記録にする").click()
    expect(row).to_have_attribute("data-code", "LATE")
    expect(question).to_have_count(0)
    expect(theirs).to_have_attribute("data-code", "LATE")
    meanwhile("early", "present")
    question.get_by_role("button", name="いまの記録のままにする").click()
    expect(question).to_have_count(0)
    expect(row).to_have_attribute("data-code", "PRESENT")
    expect(teacher.locator("span.saving")).to_have_text("保存済み")
    # Having seen the other record, the next press is simply hers, and answers what was left open.
    meanwhile("absent", "early")
    expect(question).to_have_count(1)
    expect(row).to_have_attribute("data-code", "EARLY")
    row.locator(".seg.tap .present").click()
    expect(row).to_have_attribute("data-code", "PRESENT")
    expect(question).to_have_count(0)
    assert teacher.evaluate(KEPT)[0] == []


@pytest.mark.parametrize("phone", [False, True], ids=["desk", "phone"])
def test_the_alerts_of_the_register_are_accessible(
    window: Callable[..., Any], owner: "psycopg.Connection[Any]", phone: bool
) -> None:
    """Refused, met by a newer record of somebody else, waiting for a proof of the person: each as it stands on the page."""
    teacher = open_register(window, "雪代小", phone=phone)
    head = window("校長", "雪代小")
    head.goto(teacher.url)
    pupil = teacher.locator("tr[data-pupil][data-code='']:not(.told)").first.get_attribute("data-pupil")
    sent = "(code) => { document.querySelector('m-register').send([['set', `${code[0]}:${code[1]}`]], [code[0]]); }"
    teacher.evaluate(sent, [pupil, "NOSUCH"])
    losses = teacher.locator("[data-losses] .alert")
    expect(losses).to_have_text(re.compile("保存できませんでした.*この出欠区分は選べません"))
    teacher.context.set_offline(True)
    teacher.locator(f"tr[data-pupil='{pupil}'] .seg.tap .late").click()
    head.locator(f"tr[data-pupil='{pupil}'] .seg.tap .absent").click()
    expect(head.locator(f"tr[data-pupil='{pupil}']")).to_have_attribute("data-code", "ABS_ACCIDENT")
    teacher.context.set_offline(False)
    expect(losses).to_have_count(2)
    who = teacher.locator("m-register").get_attribute("data-who")
    owner.execute("UPDATE access_device SET strength = 1 WHERE signed_out_at IS NULL AND account_id = %s", [who])
    teacher.locator("tr[data-pupil][data-code='']").last.locator(".seg.tap .late").click()
    way = teacher.locator("[data-way]")
    expect(way).to_contain_text("本人を確かめる")
    assert problems(teacher) == [] and not too_wide(teacher)
    for button in teacher.locator(":is([data-losses], [data-way]) .btn").all():
        box = button.bounding_box()
        assert box["height"] >= (44 if phone else 28), button.inner_text()


def sign_in(page: Any, demo: Demo, role: str) -> None:
    """Somebody takes over the browser: the sign-in goes, what lies on the device stays."""
    page.goto("about:blank")
    page.context.clear_cookies()
    page.goto(f"{demo.url}/accounts/login/")
    page.locator("button.person").filter(has_text=role).filter(has_text="東窪小").first.click()
    page.wait_for_url(f"{demo.url}/")
    page.wait_for_load_state("networkidle")
