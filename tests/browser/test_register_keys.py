"""The register under the hand: what is typed is not lost, what is pressed can be taken back, also after a reload."""

import re
from collections.abc import Callable
from typing import Any

from playwright.sync_api import expect

from tests.browser.test_first_morning import open_register


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
