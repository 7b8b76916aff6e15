"""Lists and arrivals by keyboard alone: a refusal puts the focus where the hand has to go, and nothing typed is lost."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.browser.test_accessible import SCHOOL, problems, too_wide

LIST = Path(__file__).resolve().parents[1] / "fixtures" / "roster" / "guardians" / "guardians_E1_cp932.csv"
FOCUS = "document.activeElement.id"


def test_an_arrival_is_refused_at_its_fields(window: Callable[..., Any]) -> None:
    page = window("事務職員", "中央小")
    page.goto(page.url + f"schools/{page.evaluate(SCHOOL)}/arrivals/")
    typed = {"on": "13月", "family": "転入", "given": "花", "birth_date": "32日"}
    for field, value in typed.items():
        page.fill(f"#f-{field}", value)
    page.keyboard.press("Enter")
    page.wait_for_selector("#on-error")
    assert page.evaluate(FOCUS) == "f-on"
    assert {field: page.input_value(f"#f-{field}") for field in typed} == typed
    page.keyboard.press("Control+a")
    page.keyboard.type("令和8年11月24日")
    page.keyboard.press("Enter")
    page.locator("#on-error").wait_for(state="detached")
    assert page.evaluate(FOCUS) == "f-birth_date"
    assert problems(page) == []


def test_a_list_from_the_file_to_the_last_decision(window: Callable[..., Any]) -> None:
    page = window("事務職員", "中央小", phone=True)
    page.goto(page.url + f"schools/{page.evaluate(SCHOOL)}/guardian-list/")
    page.set_input_files("#f-file", LIST)
    page.get_by_role("button", name="確かめる").click()
    page.get_by_role("button", name="この内容で取り込む").wait_for()
    assert problems(page) == [] and not too_wide(page)
    page.get_by_role("button", name="この内容で取り込む").click()
    page.get_by_text("一覧を取り込みました").wait_for()
    assert problems(page) == [] and not too_wide(page)
    row = page.locator("section").filter(has_text="きょうだいの行と電話番号がちがいます").first
    beside = row.locator("dl").inner_text()
    assert "きょうだい（2行目）" in beside and "1年1組 1番" in beside
    field = row.locator("input[name=v-guardian1_phone]")
    field.fill("090-0000-0000")
    field.press("Enter")
    page.wait_for_selector("[aria-invalid=true]")
    assert page.evaluate(FOCUS).endswith("guardian1_phone")
    assert page.evaluate("document.activeElement.value") == "090-0000-0000"
    assert problems(page) == [] and not too_wide(page)
    before = page.locator("section.panel").count()
    page.evaluate("document.activeElement.closest('form').querySelector('[name=confirm]').click()")
    page.keyboard.press("Enter")
    page.get_by_text("取り込みました。").first.wait_for()
    assert page.locator("section.panel").count() == before - 1
