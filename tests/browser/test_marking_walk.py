"""採点を始めから終わりまで: a teacher's own 社会 sheet and a copier's PDF of thirty pupils, with the keyboard alone.

One pupil is away, two neighbours are swapped, one page lies upside down, one has no number: to totals, marked PDFs, an S–P table.
"""

import io
import json
from contextlib import suppress
from pathlib import Path
from typing import Any

import pikepdf
import pytest
from playwright.sync_api import Error, Page, expect

from tests.browser.conftest import ROOT, Demo
from tests.browser.keys import pointer_used, tab_to, with_keys_only

PILE = ROOT / "tests" / "fixtures" / "piles" / "shakai"
TRUTH = json.loads((PILE / "scan.truth.json").read_text(encoding="utf8"))
KEY = json.loads((PILE / "key.json").read_text(encoding="utf8"))["questions"]
VOWELS = {"ア": "a", "イ": "i", "ウ": "u", "エ": "e", "オ": "o"}
SLOW = 240_000  # a loaded machine reads thirty pages slowly; nothing here is timed


def choose(page: Page, selector: str, name: str, content: bytes) -> None:
    """A file for the chooser that has the focus: what the system's own dialog would hand over."""
    tab_to(page, selector)
    page.set_input_files(selector, {"name": name, "mimeType": "application/pdf", "buffer": content})


@pytest.fixture
def teacher(window: Any) -> Page:
    """Signed in; from here on any press of a pointer is remembered (a key that presses a button makes none)."""
    page: Page = window("担任", "中央小 5年1組", town="水上野町")
    page.set_default_timeout(SLOW)
    with_keys_only(page)
    return page


def test_from_the_blank_to_the_marked_sheets_without_a_mouse(teacher: Page, demo: Demo) -> None:
    set_up(teacher, demo)
    open_for_class(teacher)
    send(teacher)
    say_whose(teacher)
    mark_everything(teacher)
    settle(teacher)
    take_the_sheets(teacher)
    assert not pointer_used(teacher)
    assert not {
        name for name in mapped_by_the_web(demo) if name.startswith(("cv2", "onnxruntime", "sklearn", "zxingcpp"))
    }


def mapped_by_the_web(demo: Demo) -> set[str]:
    """Packages of which the demo's web process has opened a library; none where the system does not tell."""
    port = demo.url.rsplit(":", 1)[1].encode()
    found: set[str] = set()
    for place in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            words = (place / "cmdline").read_bytes().split(b"\0")
            if b"minamo.config.asgi:application" in words and port in words:
                lines = (place / "maps").read_text().splitlines()
                found |= {
                    line.rsplit("/site-packages/", 1)[1].split("/")[0] for line in lines if "/site-packages/" in line
                }
    assert not Path("/proc/self/maps").exists() or "psycopg_binary" in found
    return found


def set_up(page: Page, demo: Demo) -> None:
    """The blank goes in, its boxes are found, kinds and model answers are typed."""
    page.goto(f"{demo.url}/marking/")
    page.keyboard.press("n")
    page.wait_for_url("**/new/**")
    choose(page, "#f-file", "社会テスト.pdf", (PILE / "blank.pdf").read_bytes())
    tab_to(page, "#f-subject")
    page.keyboard.type("社会")
    page.keyboard.press("Enter")
    page.wait_for_selector("m-setup .q")
    assert page.locator("m-setup .q").count() == len(KEY), "every box of the sheet was found"
    tab_to(page, "#o-alphabet")
    page.keyboard.press("ControlOrMeta+a")
    page.keyboard.type("ア-オ")
    tab_to(page, "button[name=everywhere]")
    page.keyboard.press("Enter")
    tab_to(page, "m-setup .q")
    page.keyboard.press("Home")
    for question in KEY:
        page.keyboard.press({"symbol": "q", "number": "w", "short": "r", "writing": "t"}[question["kind"]])
        page.keyboard.press("ArrowDown")
    page.keyboard.press("Home")
    page.keyboard.press("f")
    for question in KEY:
        page.keyboard.type(str(question["full"]))
        page.keyboard.press("Enter")
    page.keyboard.press("Escape")
    page.keyboard.press("Home")
    page.keyboard.press("Enter")
    for question in KEY:
        answer = question["keys"][0]
        if question["kind"] == "symbol":
            page.keyboard.press(VOWELS[answer])
        else:
            page.keyboard.type(answer)
            page.keyboard.press("Enter")
    expect(page.locator(".save-state")).to_have_attribute("data-state", "saved")


def open_for_class(page: Page) -> None:
    """学級で使う."""
    tab_to(page, ".head a.primary, .acts a.primary")
    page.keyboard.press("Enter")
    page.wait_for_url("**/classes/")
    expect(page.locator("button[aria-label^='5年1組（'][aria-label$='で使う']")).to_be_focused()
    page.keyboard.down("Enter")
    page.wait_for_url("**/sittings/**")
    expect(page.locator("a[data-hotkey=u]")).to_be_focused()
    for _ in range(3):
        page.keyboard.down("Enter")  # still held from the page before
    page.keyboard.up("Enter")
    page.wait_for_timeout(300)
    assert "upload" not in page.url


def send(page: Page) -> None:
    """The copier's PDF is sent and read."""
    page.keyboard.press("Enter")
    page.wait_for_url("**/upload/**")
    choose(page, "input[type=file]", "スキャン.pdf", (PILE / "scan.pdf").read_bytes())
    expect(page.locator("m-upload button.primary")).to_be_focused()
    page.keyboard.press("Enter")
    page.wait_for_url(lambda url: "upload" not in url)
    expect(page.locator(".now-do")).to_be_focused()
    page.wait_for_selector(f".walk li:has-text('{len(TRUTH['pages'])}ページ')")
    page.wait_for_selector("a[data-hotkey=c]")
    expect(page.locator("a[data-hotkey=c]")).to_be_focused()  # also when the numbers came after the page


def say_whose(page: Page) -> None:
    """だれの答案か: what was read is confirmed, a page without a number (or a wrong one) gets it typed. A gap that only shows
    when a wrong paper has left its row is confirmed in a second round."""
    owners = {row["page"]: str(row["pupil"]) for row in TRUTH["pages"]}
    for _ in range(3):
        page.wait_for_selector("a[data-hotkey=c], a[data-hotkey=m]")
        if page.locator("a[data-hotkey=m]").count():
            return
        page.keyboard.press("c")
        page.wait_for_url("**/owners/**")
        page.wait_for_selector("m-check .sel")
        confirm(page, owners)
    raise AssertionError("three rounds did not settle whose the papers are")


def confirm(page: Page, owners: dict[int, str]) -> None:
    """Enter by Enter; the number is typed where the name says another one."""
    for _ in range(80):
        if "/owners/" not in page.url:
            return
        try:
            typed = wrong(page, owners)
        except Error:  # the last Enter has sent it: the page goes while it is looked at
            page.wait_for_load_state()
            continue
        if typed:
            page.keyboard.type(typed)
            page.wait_for_timeout(1500)
            continue
        page.keyboard.press("Shift+A" if asked_for_absences(page) else "Enter")
        page.wait_for_timeout(300)


def asked_for_absences(page: Page) -> bool:
    """Every paper was looked at, and the page has said that some pupils have none."""
    try:
        return bool(page.evaluate("document.querySelector('.tell')?.textContent.includes('Shift+A で印')"))
    except Error:
        return False


def wrong(page: Page, owners: dict[int, str]) -> str:
    """The number that belongs on the selected paper, when it is not the one of its row: what a person sees by the name."""
    chosen = page.evaluate(
        """() => { const line = document.querySelector('m-check .sel');
                   const paper = line?.querySelector('.paper');
                   return paper ? [paper.dataset.place, line.dataset.number ?? ''] : null; }"""
    )
    if chosen is None:
        return ""
    number = owners[int(chosen[0].rsplit("の", 1)[1].removesuffix("ページ目")) - 1]
    return "" if number == chosen[1] else number


def mark_everything(page: Page) -> None:
    """Every question: the first answer ×, the others ○, one by one what was read as empty or wrong; on to the next with a key."""
    page.keyboard.press("m")
    for at in range(len(KEY)):
        page.wait_for_selector("m-marking[data-ready]")
        ready = page.locator("m-marking").get_attribute("data-ready")
        page.keyboard.press("j")
        page.keyboard.press("Shift+F")
        for _ in range(page.locator(".work .answers .answer[data-mark=none]").count()):
            page.keyboard.press("Enter")
            page.keyboard.press("j")
        page.keyboard.press("n")
        if at + 1 < len(KEY):
            page.wait_for_function("name => document.querySelector('m-marking').dataset.ready !== name", arg=ready)
    page.wait_for_url("**/progress/**")


def settle(page: Page) -> None:
    """The table of totals, then the result with its S–P table."""
    page.wait_for_selector("a[data-hotkey=k]")
    page.keyboard.press("k")
    page.wait_for_url("**/settlement/**")
    expect(page.locator(".totals tbody tr")).to_have_count(len(TRUTH["pages"]) + len(TRUTH["absent"]))
    expect(page.locator("h1")).to_be_focused()  # an Enter too many settles nothing
    page.keyboard.press("Tab")
    expect(page.locator("button[data-hotkey=s]")).to_be_focused()
    settlement = page.url
    page.keyboard.press("s")
    page.wait_for_url("**/results/*/**")
    result = page.url
    page.goto(settlement)
    tab_to(page, ".crumbs a")
    page.keyboard.press("Enter")  # which is the key of 結果を見る, but not here
    page.wait_for_url("**/marking/")
    page.goto(result)
    expect(page.locator("table.sp tbody tr")).to_have_count(len(TRUTH["pages"]))


def take_the_sheets(page: Page) -> None:
    """採点済みPDF of the class: every pupil once, in class order, the swapped two and the turned one upright in their places."""
    expect(page.locator("h1")).to_be_focused()
    page.keyboard.press("Tab")
    expect(page.locator("a[href$='/marked/']")).to_be_focused()
    page.keyboard.press("d")
    page.wait_for_url("**/marked/")
    page.wait_for_selector("#marked a[data-hotkey=d]")
    with page.expect_download() as taken:
        page.keyboard.press("d")
    with pikepdf.open(io.BytesIO(taken.value.path().read_bytes())) as made, made.open_outline() as outline:
        pictures = [bytes(one.Resources.XObject.Scan.read_raw_bytes()) for one in made.pages]
        titles = [str(item.title) for item in outline.root]
        numbers = [int(title.split("番")[0]) for title in titles if "欠席" not in title]
    with pikepdf.open(PILE / "scan.pdf") as source:
        scans = [next(iter(one.get_images().values())).read_raw_bytes() for one in source.pages]
    owners = {row["pupil"]: row["page"] for row in TRUTH["pages"]}
    assert numbers == sorted(owners)
    assert [int(title.split("番")[0]) for title in titles if "欠席" in title] == TRUTH["absent"]
    assert pictures == [scans[owners[number]] for number in numbers]
