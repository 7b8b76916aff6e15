"""採点の画面: a question of thirty without the mouse, undo over a reload, a line that drops, sheets, ten teachers at once."""

import json
import os
import re
import signal
import subprocess
import sys
import uuid
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import DESK, PHONE, ROOT, Demo
from tests.browser.found import browser as find_browser
from tests.browser.test_accessible import problems, too_wide

SCHOOL, CLASS = "中央小", "5年1組"
PEOPLE = ("担任", "校長", "教頭", "教務主任", "養護教諭", "事務職員")
TABLET = {"width": 820, "height": 1180}


@pytest.fixture(scope="module")
def written(demo: Demo) -> Iterator[Callable[[str], str]]:
    """The address of question 1 of a new sitting, for those it is shared with."""
    maker = subprocess.Popen([sys.executable, "-m", "tests.fixtures.marking_class"], cwd=ROOT, env=demo.environment,
                             stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)  # fmt: skip
    assert maker.stdin and maker.stdout

    def write(sharing: str) -> str:
        print(SCHOOL, CLASS, sharing, file=maker.stdin, flush=True)
        made = maker.stdout.readline().strip()
        assert made.startswith("/marking/"), "nothing was written"
        return demo.url + made

    yield write
    maker.stdin.close()
    assert maker.wait(timeout=30) == 0


@pytest.fixture
def address(written: Callable[[str], str]) -> str:
    """A test of the class of its own, nobody has marked anything."""
    return written("class")


def fetched(page: Any, address: str) -> Any:
    """What a script of the page gets: the browser signs it, which a copied cookie could not."""
    return page.evaluate("async (address) => (await fetch(address)).json()", address)


def open_question(page: Any, address: str, name: str = "q1") -> Any:
    """The surface, with everything on it."""
    page.goto(address.replace("/q1/", f"/{name}/"))
    expect(page.locator(f"m-marking[data-ready={name}]")).to_be_attached()
    return page


def saved(page: Any) -> None:
    expect(page.locator(".save-state")).to_have_text("保存しました")


def count(page: Any, kind: str) -> int:
    return int(page.locator(f".work .answers .answer[data-mark={kind}]").count())


def standing(page: Any) -> list[str]:
    """The answers in the order they stand in."""
    cards = page.locator(".work .answers .answer")
    return list(cards.evaluate_all("all => all.map((one) => one.dataset.page)"))


def left_to_be_seen(page: Any, address: str, name: str) -> int:
    """Open answers that were read as empty or as no right answer."""
    answers = fetched(page, f"{address.replace('/q1/', f'/{name}/')}answers/")["answers"]
    open_ = page.locator(".work .answers .answer[data-mark=none]").evaluate_all(
        "cards => cards.map((one) => one.dataset.page)"
    )
    return sum(one["look"] and one["page"] in open_ for one in answers)


def test_the_rest_right_leaves_out_what_nobody_has_seen(window: Callable[..., Any], address: str) -> None:
    teacher = open_question(window("担任", f"{SCHOOL} {CLASS}"), address)
    kept = left_to_be_seen(teacher, address, "q1")
    assert kept > 1
    teacher.keyboard.press("Shift+F")
    assert count(teacher, "none") == kept
    expect(teacher.get_by_text("残してあります。見てからつけます。")).to_be_visible()
    teacher.keyboard.press("z")
    assert count(teacher, "right") == 0, "and it is one act"
    teacher.keyboard.press("Shift+F")
    right = teacher.locator("[data-groups] li", has_text="イ")
    expect(right).to_contain_text("採点ずみ")  # nobody has looked at each of them
    expect(right).not_to_contain_text("確認済")
    expect(teacher.locator(".mark-acts .primary")).to_contain_text(f"残りの{kept}人を見る")
    teacher.locator("m-toast").get_by_role("button", name="見る").click()
    sheet = teacher.locator("m-sheet dialog")
    for _ in range(10):
        if not sheet.is_visible():
            break
        teacher.keyboard.press("Enter")
        teacher.keyboard.press("s")
    assert (count(teacher, "none"), count(teacher, "wrong")) == (0, kept)
    saved(teacher)


LATE = """const asked = window.fetch, known = new Set();
window.fetch = async (...all) => {
  const answer = await asked(...all), address = String(all[0]);
  if (!address.endsWith("/answers/") || known.has(address)) return answer;
  known.add(address); // as it was before the paper of the third pupil came
  const found = await answer.json();
  found.answers.splice(2, 1);
  return new Response(JSON.stringify(found), { status: 200 });
};"""


NUMBERS = """const asked = window.fetch;
window.fetch = async (...all) => {
  const answer = await asked(...all), address = String(all[0]);
  if (!address.endsWith("/q1/answers/")) return answer;
  const found = await answer.json(); // a question of numbers: half of the class is right, hardly two of the others wrote the same
  Object.assign(found.question, { kind: "number", alphabet: "0-999", keys: ["645"] });
  found.answers.forEach((one, at) => Object.assign(one, { reading: at === 3 ? null : at % 2 ? "645" : String(900 - at), look: !(at % 2) }));
  return new Response(JSON.stringify(found), { status: 200 });
};"""


def test_wrong_numbers_are_seen_together_and_confirmed_at_once(window: Callable[..., Any], address: str) -> None:
    """Each picture with what was read, in its order; one that is taken out, and what could not be read, one by one."""
    teacher = window("担任", f"{SCHOOL} {CLASS}")
    teacher.add_init_script(NUMBERS)
    open_question(teacher, address)
    keys, sheet = teacher.keyboard, teacher.locator("m-sheet dialog")
    everybody = teacher.locator(".work .answers .answer").count()
    wrong = (everybody + 1) // 2
    rows = teacher.locator("[data-groups] li b")
    expect(rows).to_have_text(["645", "正答でない数", "読めない"])
    pressed = ("s", "Enter", "s")
    for key in pressed:
        keys.press(key)
    expect(sheet.locator("h2")).to_have_text(f"正答でない数と読めた{wrong}人")
    read = sheet.locator(".answer .read").all_inner_texts()
    assert read == [str(900 - at) for at in range(0, everybody, 2)][::-1]
    expect(sheet.locator(".answer").first).to_have_accessible_name(re.compile(f"読み {read[0]}$"))
    keys.press("Space")
    keys.press("Enter")
    assert (count(teacher, "right"), count(teacher, "wrong"), count(teacher, "none")) == (
        everybody - wrong - 1,
        wrong - 1,
        2,
    )
    keys.press("s")
    expect(teacher.locator("main")).to_have_attribute("data-mode", "single")
    for key in "fj":
        keys.press(key)
    assert count(teacher, "none") == 0
    saved(teacher)


def test_a_question_without_the_mouse(window: Callable[..., Any], address: str) -> None:
    teacher = window("担任", f"{SCHOOL} {CLASS}")
    teacher.add_init_script(LATE)
    open_question(teacher, address, "w1")
    cards = teacher.locator(".work .answers .answer")
    everybody = cards.count() + 1
    assert everybody >= 25
    teacher.evaluate("document.dispatchEvent(new CustomEvent('live:scan'))")  # a paper was bound in another window
    expect(cards).to_have_count(everybody)
    expect(teacher.get_by_text("の答案が加わりました")).to_be_visible()
    expect(teacher.locator(".answer[aria-current]")).to_have_attribute("data-at", "0")
    cards.nth(1).click()  # the mouse chooses and marks nothing, however often
    cards.nth(1).click()
    expect(cards.nth(1)).to_have_attribute("aria-current", "true")
    assert count(teacher, "none") == everybody
    cards.first.click()
    for key in ("f", "f", "j", "1"):
        teacher.keyboard.press(key)
    assert (count(teacher, "right"), count(teacher, "wrong"), count(teacher, "part")) == (2, 1, 1)
    teacher.keyboard.press("ArrowLeft")
    teacher.keyboard.press("c")
    teacher.keyboard.type("漢字に気をつけよう")
    teacher.keyboard.press("Enter")
    expect(teacher.locator(".answer[data-mark=part] .answer-note")).to_have_text("漢字に気をつけよう")
    kept = left_to_be_seen(teacher, address, "w1")
    teacher.keyboard.press("Shift+F")  # the rest ○, then the wrong ones
    assert count(teacher, "none") == kept, "what was read as empty waits for eyes"
    assert count(teacher, "right") == everybody - 2 - kept
    for _ in range(kept):
        teacher.keyboard.press("Enter")
        teacher.keyboard.press("j")
    assert count(teacher, "wrong") == 1 + kept
    saved(teacher)
    teacher.keyboard.press("Enter")  # nothing is left: the next question
    expect(teacher.locator("m-marking[data-ready=w2]")).to_be_attached()
    expect(teacher.locator(".answer[aria-current]")).to_have_attribute("data-at", "0")  # not at the pupil one came from
    expect(cards).to_have_count(everybody)  # fetched ahead, before the late paper came
    expect(teacher).to_have_url(re.compile("/w2/$"))
    expect(teacher.locator(".chip[data-question=w1]")).to_have_attribute("data-state", "done")
    teacher.go_back()
    expect(teacher.locator("m-marking[data-ready=w1]")).to_be_attached()
    assert count(teacher, "none") == 0


def test_undo_over_a_reload_and_redo(window: Callable[..., Any], address: str) -> None:
    teacher = open_question(window("担任", f"{SCHOOL} {CLASS}"), address)
    for key in ("f", "j", "Shift+F"):
        teacher.keyboard.press(key)
    saved(teacher)
    teacher.reload()
    open_question(teacher, address)
    everybody, right = teacher.locator(".work .answers .answer").count(), count(teacher, "right")
    teacher.keyboard.press("z")  # 残り全部 was one act
    assert (count(teacher, "right"), count(teacher, "wrong"), count(teacher, "none")) == (1, 1, everybody - 2)
    teacher.keyboard.press("z")
    teacher.keyboard.press("z")
    assert count(teacher, "none") == everybody
    teacher.keyboard.press("z")
    expect(teacher.get_by_text("取り消せる採点は、もうありません")).to_be_visible()
    saved(teacher)
    teacher.reload()
    open_question(teacher, address)
    teacher.wait_for_load_state("networkidle")
    teacher.context.clear_cookies(name="minamo_proof")  # as after a closed lid: it is proved again by itself
    for _ in range(3):
        teacher.keyboard.press("Shift+Z")
    assert (count(teacher, "right"), count(teacher, "wrong")) == (right, 1)
    saved(teacher)


def seen_whole(teacher: Any) -> None:
    """An answer of a tall narrow box is in view from its upper to its lower end, whatever the window."""
    teacher.evaluate("""async () => {
        const box = Object.assign(document.createElement('canvas'), { width: 86, height: 420 });
        const image = document.querySelector('.zoom img');
        const shown = await new Promise((done) => box.toBlob(done));
        Object.assign(image, { width: 86, height: 420, src: URL.createObjectURL(shown) });
        await image.decode();
    }""")
    glass, before = teacher.locator(".zoom"), teacher.viewport_size
    for size in (before, {"width": 390, "height": 844}, {"width": 1024, "height": 768}):
        teacher.set_viewport_size(size)
        around, image = glass.bounding_box(), glass.locator("img").bounding_box()
        assert around["y"] <= image["y"] and image["y"] + image["height"] <= around["y"] + around["height"], size
        assert around["x"] <= image["x"] and image["x"] + image["width"] <= around["x"] + around["width"], size
    teacher.set_viewport_size(before)


def test_looking_closer_by_key(window: Callable[..., Any], address: str) -> None:
    teacher = open_question(window("担任", f"{SCHOOL} {CLASS}"), address)
    card, main = teacher.locator(".work .answers .answer").first, teacher.locator("main")
    teacher.keyboard.press("Space")
    expect(teacher.locator(".zoom img")).to_be_visible()
    seen_whole(teacher)
    teacher.keyboard.press("f")  # marks go on under the glass
    expect(card).to_have_attribute("data-mark", "right")
    teacher.keyboard.press("Escape")
    expect(teacher.locator(".zoom")).to_be_hidden()
    teacher.keyboard.press("p")
    expect(teacher.locator(".whole img")).to_be_visible()
    assert teacher.locator(".whole img").evaluate("one => one.decode().then(() => one.naturalWidth)") == 780
    teacher.keyboard.press("p")
    expect(teacher.locator(".whole")).to_be_hidden()
    teacher.keyboard.press("g")
    expect(main).to_have_attribute("data-mode", "single")
    expect(teacher.locator(".stage img")).to_be_visible()
    teacher.keyboard.press("g")
    expect(card).to_have_accessible_name(re.compile("^1番 .+：○ 2点$"))
    teacher.keyboard.press("h")
    expect(card).to_have_accessible_name("答案1：○ 2点")
    teacher.keyboard.press("p")  # nobody knows where the name stands on these pages: they are not shown
    expect(teacher.locator(".whole")).to_contain_text("氏名らんの場所が分からない")
    teacher.keyboard.press("p")
    teacher.keyboard.press("h")
    teacher.keyboard.press("ArrowLeft")
    teacher.keyboard.press("Shift+Digit1")
    teacher.keyboard.press("Shift+Digit5")
    expect(card.locator(".stamp")).to_have_text(["よくできました", "単位"])
    expect(card).to_have_attribute("data-mark", "right")
    teacher.keyboard.press("Shift+Digit1")
    expect(card.locator(".stamp")).to_have_text(["単位"])
    teacher.keyboard.press("l")
    teacher.keyboard.press("l")
    expect(teacher.locator("[data-do=order]")).to_contain_text("読みの順")
    shown = teacher.locator(".work .answers .answer").evaluate_all("cards => cards.map((one) => one.dataset.page)")
    read = {one["page"]: one["reading"] for one in fetched(teacher, f"{address}answers/")["answers"]}
    texts = [read[one] for one in shown]
    assert texts[0] == "イ" and len([1 for a, b in pairwise(texts) if a != b]) == len(set(texts)) - 1
    teacher.keyboard.press("l")
    saved(teacher)


def test_without_a_line_and_then_with_one(window: Callable[..., Any], address: str) -> None:
    teacher = open_question(window("担任", f"{SCHOOL} {CLASS}"), address)
    teacher.context.set_offline(True)
    for key in ("f", "j", "1"):
        teacher.keyboard.press(key)
    expect(teacher.locator(".save-state")).to_have_text(re.compile(r"回線が戻ったら送ります（3件）"))
    assert (count(teacher, "right"), count(teacher, "wrong"), count(teacher, "part")) == (1, 1, 1)
    assert teacher.evaluate(KEPT) == [["account", "count", "iv", "n", "sealed", "sitting"]] * 3, (
        "under lock on the device"
    )
    beside = teacher.context.new_page()
    beside.goto(address)  # opened without a line
    expect(beside.get_by_role("heading", name="いまは回線がありません")).to_be_visible()
    assert problems(beside) == []
    beside.close()
    teacher.context.set_offline(False)
    teacher.close()  # the window goes before the line was tried again: what was pressed lies on the device
    again = teacher.context.new_page()
    open_question(again, address)
    saved(again)
    assert (count(again, "right"), count(again, "wrong"), count(again, "part")) == (1, 1, 1)
    other = open_question(window("教頭", SCHOOL), address)
    assert (count(other, "right"), count(other, "wrong"), count(other, "part")) == (1, 1, 1)


def test_the_web_is_killed_under_the_hand_and_no_key_is_lost(
    window: Callable[..., Any], address: str, demo: Demo
) -> None:
    """SIGKILL between two keys, while the queue is being sent; the supervisor starts it again, nobody reloads, nobody marks twice."""
    teacher = open_question(window("担任", f"{SCHOOL} {CLASS}"), address)
    for key in "fj1f":
        teacher.keyboard.press(key)
    demo.killed("uvicorn")
    for key in "jf1j":
        teacher.keyboard.press(key)
    marked = {kind: count(teacher, kind) for kind in ("right", "wrong", "part", "none")}
    assert (marked["right"], marked["wrong"], marked["part"]) == (3, 3, 2)
    expect(teacher.locator(".save-state")).to_have_text("保存しました", timeout=60_000)
    kept = fetched(teacher, f"{address}answers/")["marks"]
    assert len(kept) == 8
    other = open_question(window("教頭", SCHOOL), address)
    assert {kind: count(other, kind) for kind in marked} == marked


def killed_browser(profile: Path) -> None:
    """SIGKILL of the whole browser of a profile, all its processes at once, as when the power goes."""
    listed = subprocess.run(["ps", "-wweo", "pid=,args="], capture_output=True, text=True, check=True).stdout
    rows = [line.split(maxsplit=1) for line in listed.splitlines()]
    (found,) = [int(pid) for pid, args in rows if f"--user-data-dir={profile}" in args and "--type=" not in args]
    group = os.getpgid(found)
    assert group != os.getpgrp(), "a browser of its own"
    os.killpg(group, signal.SIGKILL)


@pytest.mark.whole_browser
@pytest.mark.parametrize("line", [True, False], ids=["with a line", "without a line"])
def test_the_browser_is_killed_and_at_most_the_last_key_is_lost(
    chromium: Any, demo: Demo, address: str, tmp_path: Path, line: bool
) -> None:
    """Ten keys a second, faster than any hand, and SIGKILL after the last; without a line the device alone has them. The same
    profile is opened again, she signs in, and the server has all but the last at least."""
    keys, profile = "fj1fjf1jfj1f", tmp_path / "profile"

    def opened() -> tuple[Any, Any]:
        context = chromium.browser_type.launch_persistent_context(
            profile, executable_path=find_browser(whole=True), args=["--no-sandbox", "--disable-gpu"], viewport=DESK,
            locale="ja-JP", timezone_id="Asia/Tokyo",
        )  # fmt: skip
        page = context.new_page()
        page.goto(f"{demo.url}/accounts/login/")
        page.locator("button.person").filter(has_text="担任").filter(has_text=f"{SCHOOL} {CLASS}").first.click()
        page.wait_for_url(f"{demo.url}/")
        return context, open_question(page, address)

    context, teacher = opened()
    context.set_offline(not line)
    for at, key in enumerate(keys):
        if at:
            teacher.wait_for_timeout(100)
        teacher.keyboard.press(key)
    killed_browser(profile)
    context, again = opened()
    saved(again)
    marks = fetched(again, address + "state/")["marks"]
    pages = standing(again)[: len(keys)]
    assert len(marks) >= len(keys) - 1
    assert set(pages[: len(keys) - 1]) <= set(marks) <= set(pages)
    assert [marks[one]["points"] for one in pages[: len(keys) - 1]] == [
        {"f": 2, "j": 0, "1": 1}[key] for key in keys[:-1]
    ]
    context.close()


KEPT = """() => new Promise((resolve) => { const asked = indexedDB.open("minamo-marking", 1);
  asked.onsuccess = () => { const all = asked.result.transaction("strokes").objectStore("strokes").getAll();
    all.onsuccess = () => resolve(all.result.map((one) => Object.keys(one).sort())); }; })"""


def test_signing_out_sends_first_and_says_what_cannot_be_sent(window: Callable[..., Any], address: str) -> None:
    """Another teacher signs in on the device meanwhile: what waits is neither hers nor readable, and is sent for its own."""
    teacher = open_question(window("担任", f"{SCHOOL} {CLASS}"), address)
    side = teacher.context.new_page()
    side.goto(address.partition("questions")[0] + "progress/")
    teacher.context.set_offline(True)
    for key in ("f", "j"):
        teacher.keyboard.press(key)
    expect(teacher.locator(".save-state")).to_have_text(re.compile("2件"))
    teacher.close()
    side.locator("details.who summary").click()
    side.get_by_role("button", name="サインアウト").click()
    expect(side.get_by_role("dialog")).to_contain_text("まだ送れていない採点が2件あります")
    assert problems(side) == []
    side.get_by_role("button", name="サインアウトをやめる").click()
    side.evaluate("navigator.serviceWorker; document.querySelector('[data-signout]').dataset.cleared = 'yes'")
    side.context.set_offline(False)
    side.locator("[data-signout] button").click()  # as with 残してサインアウト
    side.wait_for_url("**/accounts/**")
    side.goto(address.partition("/marking")[0] + "/accounts/login/")
    side.locator("button.person").filter(has_text="校長").first.click()
    side.wait_for_load_state("networkidle")
    assert len(side.evaluate(KEPT)) == 2, "not the head's: it waits"
    head = open_question(window("教頭", SCHOOL), address)
    assert (count(head, "right"), count(head, "wrong")) == (0, 0)
    side.goto("about:blank")  # the head's page would notice that she is signed out, and go to the sign-in by itself
    side.context.clear_cookies()
    side.goto(address.partition("/marking")[0] + "/accounts/login/")
    said: list[str] = []
    side.on(
        "response", lambda answer: said.append(f"{answer.status} {answer.request.method} {urlsplit(answer.url).path}")
    )
    side.locator("button.person").filter(has_text="担任").filter(has_text=f"{SCHOOL} {CLASS}").first.click()
    side.wait_for_url(address.partition("/marking")[0] + "/")
    for _ in range(75):  # sent on the first page after signing in
        if not side.evaluate(KEPT):
            break
        side.wait_for_timeout(200)
    assert side.evaluate(KEPT) == [], (side.url, said)
    head = open_question(head, address)
    assert (count(head, "right"), count(head, "wrong")) == (1, 1)


BROKEN = """() => self.MinamoUnsent.offer({ words: (count) => `${count}件が`, send: async () => {},
  counted: () => Promise.reject(new DOMException("the store cannot be opened", "UnknownError")) })"""


def test_what_cannot_be_counted_is_not_left_without_a_word(window: Callable[..., Any], address: str) -> None:
    teacher = window("担任", f"{SCHOOL} {CLASS}")
    teacher.goto(address.partition("questions")[0] + "progress/")
    teacher.wait_for_load_state("networkidle")
    teacher.evaluate(BROKEN)
    teacher.locator("details.who summary").click()
    teacher.get_by_role("button", name="サインアウト").click()
    expect(teacher.get_by_role("dialog")).to_contain_text("まだ送れていない記録（何件かは確かめられません）があります")
    teacher.get_by_role("button", name="サインアウトをやめる").click()
    assert "/progress/" in teacher.url


NO_WAY_OUT = """() => { const asked = window.fetch;
  window.fetch = (...all) => (String(all[0]).endsWith("/strokes/") ? Promise.reject(new TypeError("no line")) : asked(...all)); }"""


def test_nobody_marks_after_the_sign_in_has_ended(window: Callable[..., Any], address: str) -> None:
    """Signed out in another window: names and answers are covered, no key marks, what was made before is sent for its person."""
    teacher = open_question(window("担任", f"{SCHOOL} {CLASS}"), address)
    side = teacher.context.new_page()
    side.add_init_script(f"({NO_WAY_OUT})()")  # any page of the staff sends what waits
    side.goto(address.partition("questions")[0] + "progress/")
    teacher.evaluate(NO_WAY_OUT)
    teacher.keyboard.press("f")
    expect(teacher.locator(".save-state")).to_have_text(re.compile("1件"))
    side.evaluate("document.querySelector('[data-signout]').dataset.cleared = 'yes'")
    side.locator("details.who summary").click()
    side.get_by_role("button", name="サインアウト").click()
    side.wait_for_url("**/accounts/**")
    assert "サインインが切れています" in teacher.evaluate(
        "() => { const one = document.querySelector('m-marking'); return one.whyNoPage(one.dataset.picture); }"
    )
    expect(teacher.get_by_role("heading", name="サインインが切れました")).to_be_visible()
    expect(teacher.locator("m-marking")).to_be_hidden()
    teacher.evaluate("document.querySelector('m-marking').saving('signin', 1)")
    expect(teacher.locator(".save-state a")).to_have_attribute(
        "href", re.compile(r"^/accounts/login/\?next=.*q1.*ended=yes")
    )
    for key in ("f", "j", "Shift+F", "Escape", "f"):
        teacher.keyboard.press(key)
    assert len(teacher.evaluate(KEPT)) == 1, "the one that was made before"
    teacher.get_by_role("link", name="サインインする").click()
    teacher.locator("button.person").filter(has_text="担任").filter(has_text=f"{SCHOOL} {CLASS}").first.click()
    expect(teacher.locator("m-marking[data-ready=q1]")).to_be_attached()
    saved(teacher)
    assert (count(teacher, "right"), count(teacher, "wrong")) == (1, 0)


def test_a_long_time_without_a_line_is_sent_in_parts_and_hands_over_what_is_shown(
    window: Callable[..., Any], address: str
) -> None:
    teacher = open_question(window("担任", f"{SCHOOL} {CLASS}"), address, "w1")
    sure = count(teacher, "none") - left_to_be_seen(teacher, address, "w1")
    teacher.context.set_offline(True)
    teacher.keyboard.press("Shift+F")
    for _ in range(8):  # 17 acts of the whole class: more than the server takes at once
        teacher.keyboard.press("z")
        teacher.keyboard.press("Shift+Z")
    expect(teacher.locator(".save-state")).to_have_text(re.compile(f"{17 * sure}件"))
    teacher.context.set_offline(False)
    saved(teacher)
    teacher.keyboard.press("n")
    expect(teacher.locator("m-marking[data-ready=w2]")).to_be_attached()
    assert count(open_question(window("教頭", SCHOOL), address, "w1"), "right") == sure
    teacher.get_by_role("button", name="別の先生へ渡す").click()
    expect(teacher.locator("#f-hand-question")).to_have_value("w2")
    teacher.get_by_role("button", name="渡す", exact=True).click()
    expect(teacher.locator("tr", has_text="大問3 (2)").locator(".who-holds")).to_be_visible()


def test_what_was_read_is_confirmed_as_a_sheet_and_a_sample_is_looked_at_again(
    window: Callable[..., Any], address: str
) -> None:
    teacher = open_question(window("担任", f"{SCHOOL} {CLASS}"), address)
    sheet = teacher.locator("m-sheet dialog")
    teacher.keyboard.press("s")
    expect(sheet.get_by_role("heading")).to_have_text(re.compile("「イ」と読めた"))
    shown = sheet.locator(".answer").count()
    assert count(teacher, "none") == teacher.locator(".work .answers .answer").count(), "nothing is marked by reading"
    teacher.keyboard.press("ArrowRight")
    teacher.keyboard.press("Space")  # the odd one
    expect(sheet.get_by_role("button", name=f"{shown - 1}人を○")).to_be_visible()
    teacher.keyboard.press("Enter")
    assert count(teacher, "right") == shown - 1
    for _ in range(10):  # every ✗ of the machine is shown before it counts
        teacher.keyboard.press("s")
        if not sheet.is_visible():
            break
        before = count(teacher, "wrong")
        inside = sheet.locator(".answer").count()
        teacher.keyboard.press("Enter")
        assert count(teacher, "wrong" if before or count(teacher, "wrong") else "right") >= 1
        assert inside
    teacher.keyboard.press("Escape")
    while count(teacher, "none"):  # the odd one and what could not be read
        teacher.keyboard.press("Enter")
        teacher.keyboard.press("f")
    wrong = teacher.locator(".work .answers .answer[data-mark=wrong]").evaluate_all(
        "all => all.map((one) => one.dataset.page)"
    )
    main = teacher.locator("[data-do=next]")
    expect(main).to_contain_text("抜き取りを確かめる")
    teacher.keyboard.press("Enter")
    expect(teacher.locator("main")).to_have_attribute("data-mode", "single")
    expect(teacher.locator(".stage .sign")).to_have_text("")
    waiting = teacher.locator(".work .answers .answer").count()
    for _ in range(waiting):  # another mark than the first
        page = teacher.locator(".work .answers .answer[aria-current]").get_attribute("data-page")
        teacher.keyboard.press("f" if page in wrong else "j")
    expect(teacher.get_by_text("抜き取りの確かめが終わりました")).to_be_visible()
    before = [count(teacher, kind) for kind in ("right", "wrong", "part")]
    for key in ("f", "1", "Shift+F"):  # the hand goes on; nothing is marked until somebody says what next
        teacher.keyboard.press(key)
    assert [count(teacher, kind) for kind in ("right", "wrong", "part")] == before
    expect(main).to_contain_text("次の問い")
    saved(teacher)
    teacher.goto(address.replace("questions/q1/", "progress/"))
    row = teacher.locator("tr", has_text="大問1 (1)")
    expect(row).to_contain_text("終わり")
    expect(row).to_contain_text("抜き取りでのちがい")


BUNDLED = """const asked = window.fetch; // as several classes would have it
window.fetch = async (...all) => {
  const answer = await asked(...all);
  if (!String(all[0]).endsWith("/answers/")) return answer;
  const found = await answer.json();
  found.groups = [found.answers.filter((one) => one.reading !== "").slice(0, 5).map((one) => one.page)];
  return new Response(JSON.stringify(found), { status: 200 });
};"""


def test_answers_that_look_alike_are_bundled_on_demand(window: Callable[..., Any], address: str) -> None:
    teacher = open_question(window("担任", f"{SCHOOL} {CLASS}"), address, "w1")
    by_number = standing(teacher)
    teacher.keyboard.press("l")
    expect(teacher.locator("[data-do=order]")).to_contain_text("似ている順")
    expect(teacher.get_by_text("「似ている答えをまとめる」のあとで使えます")).to_be_visible()  # no silent key
    assert standing(teacher) == by_number
    teacher.get_by_role("button", name="似ている答えをまとめる").click()
    told = teacher.get_by_text("まとまりは作れませんでした")
    expect(told).to_be_visible(timeout=60_000)  # too few, and words; the worker said so, nobody reloaded
    expect(told).to_contain_text("似ている順に並びます")
    expect(teacher.get_by_text("まとめています")).to_be_hidden()
    assert teacher.locator("[data-groups] li", has_text="まとまり").count() == 0
    open_question(teacher, address, "w1")  # the order is remembered
    groups = fetched(teacher, f"{address.replace('/q1/', '/w1/')}answers/")["groups"]
    alike = [page for pages in groups for page in pages]
    assert standing(teacher) == alike and sorted(alike) == sorted(by_number) and alike != by_number
    for order in ("読みの順", "番号順"):
        teacher.keyboard.press("l")
        expect(teacher.locator("[data-do=order]")).to_contain_text(order)
    assert standing(teacher) == by_number
    teacher.add_init_script(BUNDLED)
    open_question(teacher, address, "w1")
    bundle = teacher.locator("[data-groups] li", has_text="まとまり1")
    expect(bundle).to_be_visible()
    expect(told).to_be_hidden()
    everybody = count(teacher, "none")
    bundle.get_by_role("button").click()
    sheet = teacher.locator("m-sheet dialog")
    inside = sheet.locator(".answer").count()
    expect(sheet.locator(".btn.primary")).to_have_count(0)  # the machine has no word in it
    teacher.keyboard.press("Enter")
    assert count(teacher, "none") == everybody
    teacher.keyboard.press("f")
    assert (count(teacher, "right"), count(teacher, "none")) == (inside, everybody - inside)
    saved(teacher)


def test_what_others_mark_stands_under_the_hand(window: Callable[..., Any], address: str) -> None:
    """The progress goes on while the keys are in its table, and they stay at the same question."""
    teacher, head = window("担任", f"{SCHOOL}　{CLASS}"), window("教頭", SCHOOL)
    teacher.goto(address.replace("questions/q1/", "progress/"))
    line = teacher.locator("tr:has(a[href$='/w1/'])")
    line.get_by_role("button", name="受け持つ").press("Enter")
    link = line.locator("th a")
    expect(link).to_be_focused()
    expect(line.get_by_role("button", name="返す")).to_be_visible()
    open_question(head, address, "w1").keyboard.press("f")
    expect(line.locator(".bar .num")).to_have_text(re.compile(r"^1 /"))
    expect(link).to_be_focused()


def test_two_at_the_same_answer_choose(window: Callable[..., Any], address: str) -> None:
    teacher = open_question(window("担任", f"{SCHOOL} {CLASS}"), address, "w1")
    head = open_question(window("教頭", SCHOOL), address, "w1")
    head.context.set_offline(True)
    head.keyboard.press("j")
    teacher.keyboard.press("f")
    saved(teacher)
    head.context.set_offline(False)
    saved(head)
    card = teacher.locator(".work .answers .answer").first
    expect(card).to_have_attribute("data-conflict", "true")
    expect(card).to_have_attribute("data-mark", "right")
    other = head.locator(".work .answers .answer").first
    expect(other).to_have_attribute("data-conflict", "true")
    for screen, own in (
        (head, False),
        (teacher, True),
    ):  # no hand decides beside the panel, and both marks stay a choice
        screen.locator(".work .answers .answer").first.click()
        screen.locator(".side-hands").get_by_role("button", name="○").click()
        for key in ("1", "Backspace", "z", "c"):
            screen.keyboard.press(key)
        expect(screen.get_by_role("dialog")).to_have_count(0)
        expect(screen.locator(".work .answers .answer").first).to_have_attribute("data-mark", "right")
        choices = screen.locator(".side > [data-conflict]").get_by_role("button")
        expect(choices.first).to_contain_text("自分の" if own else "さんの")
        expect(choices.last).to_contain_text("さんの0点にする" if own else "自分の0点にする")
    teacher.get_by_role("button", name=re.compile("0点にする")).click()
    expect(card).to_have_attribute("data-mark", "wrong")
    expect(head.locator(".work .answers .answer").first).to_have_attribute("data-conflict", "false")
    open_question(teacher, address)
    teacher.keyboard.press("f")
    saved(teacher)
    teacher.goto(address.replace("questions/q1/", "progress/"))
    row = teacher.locator("tr", has=teacher.locator("a[href$='/questions/q1/']"))
    row.get_by_role("button", name=re.compile("2回採点する")).click()
    row.get_by_text("2回目 まだ").wait_for()
    open_question(head, address)
    answers = head.locator(".work .answers .answer").count()
    expect(head.locator("[data-all]")).to_have_text(f"2回目のあなたの分　0 %　0 / {answers}")
    head.keyboard.press("f")
    expect(head.locator("[data-all]")).to_contain_text(f"1 / {answers}")


@pytest.mark.parametrize("size", [PHONE, TABLET, DESK], ids=["390", "820", "1280"])
def test_accessible(window: Callable[..., Any], address: str, size: dict[str, int]) -> None:
    page = window("担任", f"{SCHOOL} {CLASS}", phone=size is not DESK)
    page.set_viewport_size(size)
    wrong: list[str] = []
    for name in ("q1", "s1"):
        open_question(page, address, name)
        wrong += problems(page)
        assert not too_wide(page)
        if size is not DESK:
            small = page.evaluate("[...document.querySelectorAll('button, a')].filter(b => b.checkVisibility() && !b.matches('.skip')"
                                  " && b.getBoundingClientRect().height < 44).map(b => b.outerHTML.slice(0, 80))")  # fmt: skip
            assert small == []
    expect(page.locator(".answers .who-name").first).to_be_visible()  # 「名前を隠す」 has something to hide
    if size is not DESK:  # a finger goes from sign to sign
        card = page.locator(".work .answers .answer").first
        for kind in ("right", "wrong", "part"):
            card.tap()
            expect(card).to_have_attribute("data-mark", kind)
    page.keyboard.press("c")
    page.get_by_role("button", name="スタンプの言葉を変える").click()
    page.get_by_role("dialog", name="スタンプの言葉").wait_for()
    wrong += problems(page)
    page.keyboard.press("Escape")
    page.keyboard.press("Escape")
    page.keyboard.press("b")
    wrong += problems(page)
    page.keyboard.press("Escape")
    page.keyboard.press("?")
    wrong += problems(page)
    page.goto(address.replace("questions/q1/", "progress/"))
    wrong += problems(page)
    assert not too_wide(page)
    assert wrong == []


MARK = """([url, bodies, token]) => { self.told = new Promise((resolve) => addEventListener("minamo-test-go", async () => {
  const answers = [], headers = { "Content-Type": "application/json", ...token };
  for (const body of bodies) for (let time = 0; time < 2; time++) {
    answers.push(await (await fetch(url, { method: "POST", headers, body })).json());
  }
  resolve(answers);
}, { once: true })); }"""


def test_ten_teachers_at_once_lose_nothing(window: Callable[..., Any], written: Callable[[str], str]) -> None:
    """Ten devices of six people of the school, each marking half of the class in three questions, all sent twice."""
    address = written("school")
    pages = [window(PEOPLE[at % len(PEOPLE)], SCHOOL) for at in range(10)]
    answers = fetched(pages[0], f"{address}answers/")
    everybody = [one["page"] for one in answers["answers"]]
    url = address.replace("questions/q1/", "strokes/")
    sent: dict[str, dict[str, Any]] = {}
    for at, page in enumerate(pages):
        page.goto(address)
        bodies = []
        for question in ("q1", "q2", "q3"):
            mine = [one for place, one in enumerate(everybody) if (place + at) % 2]
            strokes = [
                {"key": str(uuid.uuid4()), "page": one, "question": question, "points": at % len(PEOPLE) % 3}
                for one in mine
            ]
            bodies.append(json.dumps({"strokes": strokes}))
            sent |= {one["key"]: one for one in strokes}
        page.evaluate(MARK, [url, bodies, json.loads(page.locator("body").get_attribute("hx-headers"))])
    for page in pages:
        page.evaluate("dispatchEvent(new Event('minamo-test-go'))")
    told = [one for page in pages for one in page.evaluate("told")]
    assert len(told) == 60
    held = {key for one in told for key in one["held"]}
    overtaken = {key for one in told for key in one["overtaken"]}
    assert held | overtaken == set(sent) and not held & overtaken and not any(one["refused"] for one in told)
    for question in ("q1", "q2", "q3"):
        state = fetched(pages[0], address.replace("/q1/", f"/{question}/state/"))
        assert len(state["marks"]) == len(everybody)
        for page_id, mark_ in state["marks"].items():
            last = [one for one in sent.values() if one["page"] == page_id and one["question"] == question]
            assert sent[mark_["key"]]["points"] == mark_["points"] and mark_["key"] in held
            others = {one["points"] for one in last} - {mark_["points"]}
            assert {one["points"] for one in state["conflicts"].get(page_id, [])} == others, (
                "everybody's word holds or waits"
            )


SMALL = """() => [...document.querySelectorAll('a[href], button, input:not([type=hidden]), select, textarea, summary')].map((one) => {
  const target = one.matches('[type=checkbox], [type=radio]') ? one.closest('label') ?? one : one;
  const box = target.getBoundingClientRect();
  const seen = one.checkVisibility({ visibilityProperty: true, opacityProperty: false }) && box.width > 2 && box.bottom > 0;
  const among = one.matches('a:not(.btn)') && one.closest('p, dd, .alert') && !one.closest('.acts');
  const untouched = getComputedStyle(one).pointerEvents === 'none'; // stands for the row that is not chosen
  if (!seen || among || untouched || one.closest('.boxes, .visually-hidden') || one.matches('.visually-hidden')) return '';
  const narrow = !one.matches('a') && box.width < 43.5;
  return box.height < 43.5 || narrow ? `${one.tagName} ${(one.ariaLabel || one.innerText || one.name || '').slice(0, 24)} ${Math.round(box.width)}x${Math.round(box.height)}` : '';
}).filter(Boolean)"""


def test_targets_are_large_enough_for_a_finger(window: Callable[..., Any]) -> None:
    """マウスのない画面: home, set-up, owners, result and settlement at the widths of a tablet and of a phone."""
    page = window("担任", "中央小 5年1組", phone=True)
    root = page.url.rstrip("/")
    assert page.evaluate("matchMedia('(pointer: coarse)').matches"), "the window stands for a finger"
    page.goto(f"{root}/marking/")
    setup = page.locator(
        "a[href*='/marking/assessments/']:not([href*='/classes/']):not([href*='new'])"
    ).first.get_attribute("href")
    sitting = page.locator("td.name a[href*='/marking/sittings/']").first.get_attribute("href")
    page.goto(f"{root}/results/")
    result = page.locator("td.name a").first.get_attribute("href")
    wrong = []
    for width in (820, 390):
        page.set_viewport_size({"width": width, "height": 1100})
        for path in ("/marking/", setup, sitting, f"{sitting}owners/", f"{sitting}settlement/", result):
            page.goto(root + path)
            page.wait_for_load_state()
            wrong += [f"{width} {path}: {one}" for one in page.evaluate(SMALL)]
            if too_wide(page):
                wrong.append(f"{width} {path}: wider than the window")
    assert wrong == [], "\n".join(wrong)
