"""The app on a guardian's phone: the service worker is there, the form opens without a line, a closed page still sends."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Error, expect

from tests.browser.conftest import Demo

READY = "() => navigator.serviceWorker.ready.then((r) => new Promise((go) => r.active.state === 'activated' ? go(true)"
READY += " : r.active.addEventListener('statechange', (e) => e.target.state === 'activated' && go(true))))"


def installed(window: Callable[..., Any], place: str) -> Any:
    """A guardian's phone on which the app has come to stay."""
    guardian = window("保護者", place, phone=True)
    assert guardian.evaluate(READY)
    guardian.reload()
    assert guardian.evaluate("() => Boolean(navigator.serviceWorker.controller)")
    return guardian


@pytest.mark.browser
@pytest.mark.whole_browser
def test_a_notice_written_on_the_offline_page_goes_out_with_the_page_closed(
    window: Callable[..., Any], demo: Demo
) -> None:
    guardian = installed(window, "三峰原小 5年1組")
    open_day = guardian.get_by_role("link", name="きょうの欠席・遅刻を連絡")
    card = guardian.locator(".kid").filter(has=open_day).last
    name = str(card.get_attribute("data-name"))
    head = window("校長", str(card.get_attribute("data-place")).split()[0])
    school = head.evaluate("document.querySelector('form.find').action.match(/schools\\/([0-9a-f-]+)/)[1]")
    head.goto(head.url + f"schools/{school}/board/")
    expect(head.locator("m-live[data-ready=true]")).to_be_attached()
    expect(head.locator(".board-row", has_text=name)).to_have_count(0)
    other = guardian.context.new_page()  # no page of the app: what it does, the worker does
    other.goto(f"{demo.url}/manifest.webmanifest")
    devtools = guardian.context.new_cdp_session(other)
    registrations: list[dict[str, Any]] = []
    devtools.on("ServiceWorker.workerRegistrationUpdated", lambda e: registrations.extend(e["registrations"]))
    devtools.send("ServiceWorker.enable")
    guardian.context.set_offline(True)
    try:
        guardian.goto(f"{demo.url}/")
    except Error as problem:  # Playwright reports the failed navigation though the worker has answered it
        assert "ERR_" not in str(problem), "nothing answered without a line"
    expect(guardian.get_by_text("いま、回線がつながっていません")).to_be_visible()
    expect(guardian.locator("form[data-ready]")).to_be_attached()
    guardian.locator("[data-children] label", has_text=name).click()
    guardian.locator("[name=when]").first.check()
    guardian.get_by_role("radio", name="通院", exact=True).check()
    guardian.get_by_role("button", name="送る").click()
    expect(guardian.get_by_text("この画面を閉じてもだいじょうぶです")).to_be_visible()
    guardian.close()
    guardian.context.set_offline(False)
    worker = next(one for one in registrations if one["scopeURL"] == f"{demo.url}/")
    devtools.send(
        "ServiceWorker.dispatchSyncEvent",
        {"origin": demo.url, "registrationId": worker["registrationId"], "tag": "minamo-notices", "lastChance": False},
    )
    expect(head.locator(".board-row", has_text=name)).to_have_count(1, timeout=15_000)
