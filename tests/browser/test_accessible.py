"""No page breaks WCAG 2.2 A or AA as far as axe-core can tell; nothing is wider than a phone."""

from collections.abc import Callable
from typing import Any

import pytest
from axe_playwright_python.base import AXE_SCRIPT

RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"], "resultTypes": ["violations"]}
# As it is delivered, axe keeps every part of every colour in a WeakMap, which was a third of its work on a page of many rows. The maps it
# makes here lay the same on the object itself; what it finds is the same, to the last number.
QUICK_AXE = (
    """(() => {
  class On {
    at = Symbol();
    set(one, value) { one[this.at] = value; return this; }
    add(one) { return this.set(one, true); }
    get(one) { return one[this.at]; }
    has(one) { return Object.hasOwn(one, this.at); }
    delete(one) { return this.has(one) && delete one[this.at]; }
  }
  const WeakMap = On, WeakSet = On;
"""
    + AXE_SCRIPT
    + "})()"
)
# Only what is wrong leaves the page: what passed, place by place, would be most of the work.
VIOLATIONS = (
    "async (rules) => (await axe.run(rules)).violations.map((one) => `${one.id}: ${one.nodes[0].html.slice(0, 160)}`)"
)
SCHOOL = "document.querySelector('form.find').action.match(/schools\\/([0-9a-f-]+)/)[1]"
STAFF_PAGES = [
    ("担任", "中央小 5年1組", ["/", "register", "/results/", "result", "/account/devices/", "/account/security/"]),
    ("教頭", "中央小", ["/", "/schools/{s}/pupils/", "/schools/{s}/morning/", "/schools/{s}/closures/", "/schools/{s}/classes/",
                     "/schools/{s}/months/2026/10/", "/schools/{s}/staff/", "/schools/{s}/calendar/", "/schools/{s}/invitations/",
                     "/schools/{s}/phone-notices/", "/schools/{s}/trail/", "pupil",
                     "/marking/", "/marking/schools/{s}/keeping/", "/marking/schools/{s}/accuracy/",
                     "/schools/{s}/board/"]),
    ("養護教諭", "中央小", ["reading"]),
    ("事務職員", "中央小", ["/", "/schools/{s}/guardian-list/", "/schools/{s}/guardian-list/tray/", "/schools/{s}/arrivals/"]),
    ("教委職員", "教育委員会", ["/", "menu:名簿の取り込み", "menu:答案の保管", "menu:情報担当", "menu:端末の台帳", "mdm"]),
]  # fmt: skip
FAMILY_PAGES = [
    (
        "保護者",
        "中央小 5年1組",
        ["/", "/notices/", "/notices/new/", "/results/", "paper", "/settings/", "/account/devices/"],
    ),
    ("児童", "中央小 5年1組", ["/", "/results/", "paper"]),
]


CUT = """[...document.querySelectorAll("fieldset > legend")].filter((one) => {
  const frame = one.parentElement, border = parseFloat(getComputedStyle(frame).borderTopWidth), box = one.getBoundingClientRect();
  return border > 0 && box.height > 1 && box.top < frame.getBoundingClientRect().top + border - 0.5;
}).map((one) => one.textContent.trim())"""


STEPS = """() => {
  const heights = new Set([...document.querySelectorAll("table.sp tbody tr")].map((row) => Math.round(row.getBoundingClientRect().height)));
  const labels = [...document.querySelectorAll(".chart .label")].map((one) => one.getBoundingClientRect());
  const frame = document.querySelector(".chart svg").getBoundingClientRect();
  return [
    heights.size === 1 ? "" : `rows of ${[...heights]} pixels`,
    labels.some((one, at) => at && one.left < labels[at - 1].right + 1) ? "labels of the chart meet" : "",
    labels.at(-1).right > frame.right + 1 ? "the last label is cut" : "",
  ].filter(Boolean);
}"""


def problems(page: Any) -> list[str]:
    """Violations in words, and legends that lie across the border of their panel."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(QUICK_AXE)
    found: list[str] = page.evaluate(VIOLATIONS, RULES)
    return found + [f"legend across its border: {text}" for text in page.evaluate(CUT)]


def too_wide(page: Any) -> bool:
    """Whether the page scrolls sideways."""
    return bool(page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth + 1"))


def crooked(page: Any) -> list[str]:
    """What is out of step in the figures of a test: rows of the S–P table of two heights, labels of the chart one over the other."""
    return list(page.evaluate(STEPS))


def visit(page: Any, path: str) -> None:
    """Open a page of the table, from one of the staff or a family: header and menu stand on each but the staff room's board."""
    base = page.url.split("/", 3)
    root = "/".join(base[:3])
    if path == "register":
        page.goto(root + "/")
        page.get_by_role("link", name="出欠・健康観察").first.click()
    elif path == "pupil":
        page.goto(f"{root}/schools/{page.evaluate(SCHOOL)}/pupils/")
        page.locator("table .name a").first.click()
    elif path == "result":
        page.goto(f"{root}/results/")
        page.locator("table .name a").last.click()
    elif path == "reading":
        visit(page, "menu:規程")
        page.goto(page.url.split("/policy/")[0] + "/policy/reading/")
    elif path == "mdm":
        visit(page, "menu:端末の台帳")
        page.get_by_role("link", name="MDMの報告を取り込む").click()
    elif path == "paper":
        page.goto(f"{root}/results/")
        page.locator("a.test").first.click()
    elif path.startswith("menu:"):
        page.goto(
            root
            + page.get_by_role("link", name=path.removeprefix("menu:"), include_hidden=True).first.get_attribute("href")
        )
    else:
        if "{s}" in path:
            path = path.replace("{s}", page.evaluate(SCHOOL))
        page.goto(root + path)
    page.wait_for_load_state()
    assert page.locator("h1").count() >= 1, f"{path} has no heading"


@pytest.mark.parametrize("phone", [False, True], ids=["desk", "phone"])
@pytest.mark.parametrize(
    ("role", "place", "paths"), [*STAFF_PAGES, *FAMILY_PAGES], ids=lambda v: v if isinstance(v, str) else ""
)
def test_pages(window: Callable[..., Any], role: str, place: str, paths: list[str], phone: bool) -> None:
    page = window(role, place, phone=phone)
    wrong: list[str] = []
    for path in paths:
        visit(page, path)
        wrong += [f"{path}: {text}" for text in problems(page)]
        if path == "result":
            wrong += [f"{path}: {text}" for text in crooked(page)]
        if phone and "board" not in path and too_wide(page):
            wrong.append(f"{path}: wider than the phone")
    assert wrong == []


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_sign_in_and_components_in_both_themes(chromium: Any, demo: Any, theme: str) -> None:
    context = chromium.new_context(locale="ja-JP", color_scheme=theme)
    page = context.new_page()
    for path in ("/accounts/login/", "/design/", "/design/?layout=family", "/design/?layout=projector", "/join/"):
        page.goto(demo.url + path)
        assert problems(page) == [], path
    context.close()
