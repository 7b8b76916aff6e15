"""生きた規程 in a real browser, with the keyboard alone: an officer drafts 15 → 60 minutes, sees who gains what, a second one
approves, and the next request of a head behaves so. An auditor then finds the one row that somebody changed in the database."""

import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg
from playwright.sync_api import expect

from tests.browser.conftest import ROOT, Demo, minutes_pass
from tests.browser.keys import enter, pick, pointer_used, with_keys_only, write

TOWN = "三峰原村"
RESTRICTIONS = "form[action$='/restrictions/']"


def draft(officer: Any) -> None:
    """Start the revision, change the number (a wrong one first), hand it in."""
    enter(officer, ".rail a[href$='/policy/']")
    enter(officer, "main a[href$='/policy/revisions/']")
    write(officer, "#f-title", "本人確認 15分→60分")
    officer.keyboard.press("Enter")
    expect(officer.locator("#f-reason[aria-invalid]")).to_be_focused()  # why is asked for, and the title stands there
    write(officer, "#f-reason", "授業のあいだに、何度も確かめ直しているためです。")
    enter(officer, "form:has(#f-reason) button.primary")
    write(officer, "#f-value", "600")
    officer.keyboard.press("Enter")
    expect(
        officer.locator("#f-value[aria-invalid]")
    ).to_be_focused()  # what was typed stands there, and why it cannot be
    officer.keyboard.press("ControlOrMeta+a")
    officer.keyboard.type("60")
    officer.keyboard.press("Enter")
    expect(officer.locator(".alert.good")).to_be_focused()
    expect(officer.locator("ins", has_text="60分").first).to_be_visible()
    enter(officer, "button[value=submit]")


def approve(second: Any) -> None:
    """The start page of the room says what waits; from there to the approval."""
    enter(second, ".rail a[href$='/policy/']")
    enter(second, "main a[href*='/policy-revisions/']")
    enter(second, "form[action$='/approvals/'] button")
    expect(second.locator(".alert.good")).to_be_focused()
    expect(second.get_by_role("heading", name="改正と版")).to_be_visible()


def in_force(owner: "psycopg.Connection[Any]", page: Any) -> None:
    """Until the worker has put the issue in force."""
    for _ in range(60):
        found = owner.execute(
            "SELECT 1 FROM policy_issue WHERE title LIKE '本人確認 15分%' AND activated_at IS NOT NULL"
        )
        if found.fetchone():
            return
        page.wait_for_timeout(500)
    raise AssertionError("the approved issue was not put in force")


def restriction(head: Any, page: str) -> None:
    """The form of class I, filled in while the proof of who she is was fresh."""
    head.goto(page)
    enter(head, f"details:has({RESTRICTIONS}) > summary")
    pick(head, f"{RESTRICTIONS} select[name=kind]", "address")
    write(head, f"{RESTRICTIONS} #f-ground", "令和8年11月24日の申し出")


def sent(head: Any) -> int:
    """The status of the answer to the form."""
    with head.expect_response(lambda answer: answer.request.method == "POST") as found:
        enter(head, f"{RESTRICTIONS} button")
    return int(found.value.status)


def test_a_revision_from_draft_to_the_next_request_and_back(
    window: Callable[..., Any], owner: "psycopg.Connection[Any]"
) -> None:
    head = window("校長", town=TOWN)
    head.get_by_role("link", name="児童・生徒").first.click()
    head.locator("tbody tr a").first.click()
    head.get_by_role("link", name="保護者と制限を変える").click()
    head.wait_for_url(re.compile(r"/pupils/[0-9a-f-]+/[a-z-]+/$"))
    page, label = head.url, head.locator(".who-text").inner_text().splitlines()[0]
    officer, second = window("教委職員", town=TOWN), window("教委職員", town=TOWN, position=1)
    for person in (head, officer, second):
        with_keys_only(person)

    draft(officer)
    proof = officer.locator("#impacts")
    expect(proof.get_by_text("できなくなることは一つもありません")).to_be_visible(timeout=60_000)
    gained = proof.get_by_role("table", name="できるようになること")
    expect(gained.locator("tr", has_text="秘匿した住所を見る").filter(has_text="校長・教頭")).to_have_count(1)
    expect(gained.locator("tr", has_text="端末を承認する")).to_have_count(2)  # the board as well as the heads
    expect(proof.get_by_text("この改正で拒否されるようになる操作はありません")).to_be_visible(timeout=60_000)
    expect(officer.get_by_text("案を書いた人とは別の")).to_be_visible()

    restriction(head, page)
    minutes_pass(owner, label, 40)
    assert sent(head) == 403
    expect(head.get_by_text("4.10").first).to_be_visible()

    approve(second)
    in_force(owner, second)
    restriction(head, page)
    assert sent(head) == 302
    expect(head.get_by_text("令和8年11月24日の申し出").first).to_be_visible()

    second.reload()
    expect(second.get_by_text("施行中")).to_be_visible()
    restriction(head, page)
    enter(second, "a[href$='/activations/']")
    enter(second, "button[value=rollback]")
    expect(second.get_by_role("cell", name=re.compile("に戻す")).first).to_be_visible()
    assert sent(head) == 403
    assert not any(pointer_used(person) for person in (head, officer, second))


def exported(demo: Demo, folder: Path) -> tuple[int, str]:
    """A year of every trail of the demo taken out with the command line, then checked without minamo or database."""
    words = ["audit", "export", "--from", "2025-12-01", "--to", "2026-11-30", "--out", str(folder)]
    subprocess.run([sys.executable, "-m", "minamo", *words], check=True, cwd=ROOT, env=demo.environment, timeout=300)
    places = sorted(path for path in folder.iterdir() if path.is_dir())
    checked = subprocess.run(
        [sys.executable, "-I", ROOT / "tools" / "audit_verify.py", *places], capture_output=True, text=True, timeout=300
    )
    return checked.returncode, checked.stdout + checked.stderr


def test_an_auditor_is_told_which_row_was_edited(
    window: Callable[..., Any], demo: Demo, owner: "psycopg.Connection[Any]", tmp_path: Path
) -> None:
    head = window("校長", town=TOWN)
    head.get_by_role("link", name="児童・生徒").first.click()
    head.locator("tbody tr a").first.click()
    head.wait_for_url(re.compile(r"/pupils/[0-9a-f-]+/$"))
    row = None
    for _ in range(60):  # the sealer of the demo follows within a second or so
        row = owner.execute(
            "SELECT e.id, e.actor_label FROM audit_entry e JOIN audit_batch b ON e.id = ANY(b.entries)"
            " WHERE e.action = 'pupil:read' ORDER BY e.id DESC LIMIT 1"
        ).fetchone()
        if row:
            break
        head.wait_for_timeout(500)
    assert row is not None, "the demo seals nothing"
    code, said = exported(demo, tmp_path / "before")
    assert code == 0, said
    owner.execute("UPDATE audit_entry SET actor_label = '別人' WHERE id = %s", [row[0]])
    try:
        code, said = exported(demo, tmp_path / "after")
    finally:
        owner.execute("UPDATE audit_entry SET actor_label = %s WHERE id = %s", [row[1], row[0]])
    assert code == 1
    assert re.findall(r"^x row (\d+) .*内容が変えられています .*別人\)$", said, re.M) == [str(row[0])]
