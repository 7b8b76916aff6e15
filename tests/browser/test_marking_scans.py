"""From the copier's PDF to bound papers, by keyboard alone; the tray and the corners; the door of a link on a phone."""

import io
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import psycopg
from PIL import Image

from tests.browser.conftest import Demo
from tests.browser.files import dropped
from tests.browser.test_accessible import problems, too_wide
from tests.fixtures import piles
from tests.fixtures.papers.pupils import write
from tests.fixtures.papers.scanner import scan

FOCUS = "document.activeElement"
TOLD = "document.querySelector('.tell').textContent"


def without_number() -> np.ndarray:
    """A pupil who forgot to write it."""
    return scan(write(piles.sheet(), 5, number="")[0], piles.BY_NAME["feeder"], 5)[0]


def torn() -> np.ndarray:
    """A corner that was caught in the feeder."""
    page = piles.picture(9).copy()
    page[:420, :520] = 250
    return page


def opened(page: Any, folder: Path) -> str:
    """A test from its blank, used by 5年1組: the address of the sitting."""
    root = page.url.rstrip("/")
    page.goto(f"{root}/marking/")
    page.get_by_role("link", name="テストを用意する").first.click()
    blank = folder / "社会.pdf"
    blank.write_bytes(piles.blank_pdf())
    page.set_input_files("#f-file", blank)
    page.get_by_role("button", name="枠を見つける").click()
    page.wait_for_url(re.compile(r"/marking/assessments/[0-9a-f-]{36}/"), timeout=120_000)
    page.goto(re.sub(r"(assessments/[0-9a-f-]{36}/).*", r"\1classes/", page.url))
    page.get_by_role("button", name=re.compile("^5年1組（.+で使う$")).click()
    page.wait_for_load_state()
    address = page.locator("form.day[action*='/marking/sittings/']").first
    if address.count():
        found = re.search(r"/marking/sittings/[0-9a-f-]{36}/", address.get_attribute("action") or "")
    else:
        found = re.search(r"/marking/sittings/[0-9a-f-]{36}/", page.url)
    assert found is not None
    return root + found.group(0)


def quiet(page: Any, where: str) -> None:
    """No violation, and nothing wider than the window."""
    assert problems(page) == [], where
    assert not too_wide(page), where


def test_from_the_copier_to_the_owners(window: Callable[..., Any], tmp_path: Path) -> None:
    page = window("担任", "中央小 5年1組")
    sitting = opened(page, tmp_path)
    page.goto(sitting)
    quiet(page, "overview")
    page.keyboard.press("u")
    page.wait_for_url(f"{sitting}upload/")
    quiet(page, "upload")
    shown = [piles.picture(number) for number in (1, 2, 4, 3)]
    pile = tmp_path / "scan.pdf"
    pile.write_bytes(piles.pdf([*shown, without_number(), torn(), piles.blank_paper()]))
    dropped(page, ".drop", pile)
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"sent=1"))
    page.get_by_text("7ページを読み取りました").wait_for(timeout=180_000)
    quiet(page, "overview with a pile")

    page.keyboard.press("t")
    page.wait_for_url(f"{sitting}pages/")
    page.get_by_text("紙の角が欠けています").wait_for()
    quiet(page, "tray")
    page.get_by_role("button", name="除く（白い紙・裏の面）").focus()
    page.keyboard.press("Enter")
    page.get_by_text("除きました", exact=True).wait_for()
    page.get_by_role("link", name="四すみを合わせて使う").focus()
    page.keyboard.press("Enter")
    page.locator(".handle").first.wait_for()
    quiet(page, "corners")
    before = page.input_value("[name=corners]")
    assert page.evaluate("document.activeElement === document.querySelector('.handle')"), "the hand begins at a corner"
    page.keyboard.press("Shift+ArrowLeft")
    page.keyboard.press("ArrowDown")
    assert page.input_value("[name=corners]") != before
    page.evaluate("document.activeElement.blur()")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"done=placed"))
    page.get_by_text("見てほしいページはありません").wait_for(timeout=120_000)

    page.goto(f"{sitting}owners/")
    page.locator("m-check[data-ready]").wait_for()
    quiet(page, "check")
    assert page.locator("tr .paper.turned").count() == 2, "3 and 4 lie in swapped order"
    selected = page.locator(".sel")
    doubtful = selected.locator(".paper.doubt")
    assert doubtful.count() == 1, "the hand begins at what is doubtful"
    away = page.locator("tr[data-number='2']")
    assert "ですが、答案があります" in away.inner_text(), "the family has told of this morning"
    if selected.get_attribute("data-number") == "2":
        page.keyboard.press("Enter")
    if selected.get_attribute("data-number") != "5":
        page.keyboard.press("5")
    for _ in range(4):
        if page.locator("tr .paper.doubt").count() == 0:
            break
        page.keyboard.press("Enter")
    assert page.locator("tr .paper.doubt").count() == 0
    rows = {row: page.locator(f"tr[data-number='{row}'] .paper").count() for row in ("1", "2", "3", "4", "5", "9")}
    assert set(rows.values()) == {1}, rows
    for _ in range(60):
        if page.locator("tr.sel").get_attribute("data-number") == "1":
            break
        page.keyboard.press("ArrowUp")
    first = page.locator("tr[data-number='1'] .paper").get_attribute("data-page")
    page.keyboard.press("x")
    assert page.locator("tr[data-number='2'] .paper").get_attribute("data-page") == first
    page.keyboard.press("2")  # of 31 pupils 2 may become 20: it waits for the next key
    page.keyboard.press("Enter")
    assert page.locator("tr[data-number='1'] .paper").get_attribute("data-page") == first, page.evaluate(TOLD)
    said_to_be_absent(page)
    left_open_and_taken_up(page)
    page.keyboard.press("Enter")
    assert "紙のない人が1人います。欠席なら Shift+A" in page.evaluate(TOLD), "8 has lost the paper that was not hers"
    page.keyboard.press("Shift+A")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"done=owners"))
    page.get_by_text("だれの答案か決まりました").wait_for()
    assert "6人分" in page.locator("main").inner_text()
    quiet(page, "overview with owners")
    page.goto(f"{sitting}owners/")
    page.locator("m-check[data-ready]").wait_for()
    page.wait_for_function("!Object.keys(localStorage).some((one) => one.startsWith('minamo-owners:'))")
    assert not page.locator("[data-resumed]").is_visible(), "what was saved is not announced as unsaved"
    phone = window("担任", "中央小 5年1組", phone=True)
    for part in ("", "upload/", "pages/", "owners/"):
        phone.goto(sitting + part)
        phone.wait_for_load_state()
        moved = phone.evaluate("scrollY")
        assert moved == 0 or part == "owners/", f"phone {part}: nothing moves by itself (owners: to the doubtful paper)"
        quiet(phone, f"phone {part}")


def said_to_be_absent(page: Any) -> None:
    """紙のない人 are named; nothing is ticked before the named action, and that waits for これで決める too."""
    assert page.locator("[name=absent]:checked").count() == 0, "nothing is decided by a tick nobody has made"
    named = page.locator("[data-gap-names] li")
    names = named.all_inner_texts()
    assert any(one.startswith("7番 ") for one in names) and not any(one.startswith(("1番 ", "9番 ")) for one in names)
    assert f"紙のない{len(names)}人を欠席にする" in page.locator("[data-gap-do]").inner_text()
    page.keyboard.press("Shift+A")
    assert page.locator("[name=absent]:checked").count() == len(names)
    assert page.locator("tr[data-number='7'] [name=absent]").is_checked()
    assert "これで決める」まで保存されません" in page.evaluate(TOLD) and not page.locator("[data-gaps]").is_visible()


def chosen_from_the_list(page: Any, paper: str) -> None:
    """A choice made in the list of names outlives a reload and is there in another tab, as one made by its number does."""

    def there(where: Any) -> None:
        where.locator("m-check[data-ready]").wait_for()
        where.get_by_text("前に選んだところから続けます").wait_for()
        row = where.locator("tr[data-number='8']")
        assert row.locator(".paper").get_attribute("data-page") == paper
        assert row.locator("select").input_value() == row.get_attribute("data-pupil")
        assert not row.locator("[name=absent]").is_checked()

    page.locator(".open-row select").focus()
    page.keyboard.type("8")
    assert page.locator("tr[data-number='8'] .paper").get_attribute("data-page") == paper
    assert page.evaluate("document.activeElement.closest('tr')?.dataset.number") == "8", "the hand stays on the paper"
    page.wait_for_timeout(300)  # the draft is locked before it is kept
    page.once("dialog", lambda dialog: dialog.accept())
    page.reload()
    there(page)
    again = page.context.new_page()
    again.goto(page.url)
    there(again)
    again.close()


def left_open_and_taken_up(page: Any) -> None:
    """まだ決めない is said in words; what was chosen outlives a reload, is nobody's to read on the device, and is not left unasked."""
    for _ in range(60):
        if page.locator(".sel").get_attribute("data-number") == "4":
            break
        page.keyboard.press("ArrowDown")
    paper = page.locator("tr[data-number='4'] .paper").get_attribute("data-page")
    page.keyboard.press("a")
    assert page.locator(".open-row .paper").get_attribute("data-page") == paper
    for _ in range(60):
        if page.locator(".open-row.sel").count():
            break
        page.keyboard.press("ArrowUp")
    page.keyboard.press("Enter")
    assert "決めないで残します" in page.evaluate(TOLD) and "決めていない答案 1枚" in page.evaluate(TOLD)
    page.locator(".open-row .tag", has_text="決めないで残す").wait_for()
    quiet(page, "check with a paper left open")
    page.wait_for_function("Object.keys(localStorage).some((one) => one.startsWith('minamo-owners:'))")
    kept = page.evaluate("JSON.stringify(localStorage)")
    assert not any(
        one in kept
        for one in page.eval_on_selector_all("tr[data-pupil]", "(all) => all.map((one) => one.dataset.pupil)")
    )
    asked: list[str] = []
    page.once("dialog", lambda dialog: (asked.append(dialog.type), dialog.accept()))
    page.reload()
    assert asked == ["beforeunload"]
    page.get_by_text("前に選んだところから続けます").wait_for()
    quiet(page, "check taken up again")
    assert page.locator(".open-row .paper").get_attribute("data-page") == paper
    assert page.locator("tr[data-number='4'] [name=absent]").is_checked()
    assert page.locator("tr .paper.doubt").count() == 0, "what was looked at stays looked at"
    chosen_from_the_list(page, str(paper))
    page.locator("tr[data-number='8']").click(position={"x": 3, "y": 3})
    page.keyboard.press("4")
    page.wait_for_function("document.querySelector(\"tr[data-number='4'] .paper\")")
    assert not page.locator("tr[data-number='4'] [name=absent]").is_checked()


def test_photographs_through_a_link_on_a_phone(window: Callable[..., Any], chromium: Any, tmp_path: Path) -> None:
    page = window("担任", "中央小 5年1組")
    sitting = opened(page, tmp_path)
    page.goto(f"{sitting}upload/")
    page.get_by_role("button", name="送り先を作る").click()
    address = page.locator(".address").inner_text().strip()
    quiet(page, "link")
    context = chromium.new_context(viewport={"width": 390, "height": 844}, locale="ja-JP", has_touch=True)
    copier = context.new_page()
    copier.goto(address)
    copier.locator(".camera").wait_for()
    assert "#" not in copier.url, "the secret part leaves the address"
    assert "社会" not in copier.locator("main").inner_text()
    quiet(copier, "door")
    photos = []
    for number in (1, 2, 3):
        out = io.BytesIO()
        Image.fromarray(piles.picture(number)).save(out, "JPEG", quality=70)
        photos.append({"name": "image.jpg", "mimeType": "image/jpeg", "buffer": out.getvalue()})
    for photo in photos:
        copier.set_input_files("#camera", [photo])
    assert copier.locator(".chosen li").count() == 3
    quiet(copier, "door with photographs")
    sizes = copier.evaluate(
        "[...document.querySelectorAll('.chosen .acts > *')].map((one) => one.getBoundingClientRect()).map((box) => [box.width, box.height])"
    )
    assert all(width >= 44 and height >= 44 for width, height in sizes), sizes
    copier.get_by_role("button", name="3つ目を除く").click()
    lost = {"count": 0}

    def cut(route: Any) -> None:
        """The line is lost in the middle of the first part, once."""
        if lost["count"] == 0 and route.request.headers.get("x-part"):
            lost["count"] += 1
            route.abort()
        else:
            route.continue_()

    copier.route("**/scans/parts/", cut)
    copier.get_by_role("button", name="送る", exact=True).click()
    copier.wait_for_url(re.compile(r"sent=1"), timeout=60_000)
    assert lost["count"] == 1
    context.close()
    page.goto(sitting)
    page.get_by_text("2ページを読み取りました").wait_for(timeout=180_000)
    assert "送り先のリンクから" in page.locator("main").inner_text()


def test_a_worker_killed_amid_a_pile_reads_it_to_the_end_all_the_same(
    window: Callable[..., Any], demo: Demo, owner: "psycopg.Connection[Any]", tmp_path: Path
) -> None:
    """SIGKILL after some pages; whoever takes the pile up leaves out what is there, and nobody has to do anything."""
    page = window("担任", "中央小 5年1組")
    sitting = opened(page, tmp_path)
    pile, count = tmp_path / "long.pdf", 100
    pile.write_bytes(piles.pdf([piles.picture(number) for number in (1, 2, 3, 4)] * (count // 4)))
    page.goto(f"{sitting}upload/")
    page.set_input_files("#files", pile)
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"sent=1"), timeout=60_000)
    amid = page.locator("[data-going]").get_by_text(re.compile(rf"[1-9]\d* / {count}"))
    amid.first.wait_for(timeout=120_000)
    demo.killed("worker")
    read = owner.execute(
        "SELECT count(*) FROM marking_scanpage WHERE sitting_id = %s", [sitting.rstrip("/").rsplit("/", 1)[1]]
    ).fetchone()
    assert read and 0 < read[0] < count, "killed amid the pile"
    gone = owner.execute(  # a minute passes without a sign of life
        "UPDATE procrastinate_workers SET last_heartbeat = last_heartbeat - interval '1 minute' WHERE id IN"
        " (SELECT worker_id FROM procrastinate_jobs WHERE task_name = 'marking.read_pile' AND status = 'doing')"
    )
    assert gone.rowcount == 1
    page.get_by_text(f"{count}ページを読み取りました").wait_for(timeout=300_000)
