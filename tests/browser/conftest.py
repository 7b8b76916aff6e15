"""A running demo and a real browser. The demo is started as a newcomer would start it, in an empty folder."""

import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import psycopg
import pytest

from minamo.config import cluster
from minamo.config.demo import free_port
from tests.browser.found import browser as find_browser

ROOT = Path(__file__).resolve().parents[2]
PORTS = 50  # what a demo may try
PHONE = {"width": 390, "height": 844}
DESK = {"width": 1280, "height": 900}


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Marked, so that they can be left out; without a browser they are skipped aloud."""
    for item in items:
        if "tests/browser" in str(item.path):
            item.add_marker(pytest.mark.browser)
            item.add_marker(pytest.mark.real_clock)
            if find_browser(whole=_wants_whole(item)) is None:
                item.add_marker(pytest.mark.skip(reason="no Chromium or Chrome found (MINAMO_BROWSER=/path/to/chrome)"))


def _wants_whole(item: pytest.Item) -> bool:
    return item.get_closest_marker("whole_browser") is not None


@dataclass
class Demo:
    """A demo that answers at `url`, with its data in `var`; `supervisor` keeps its web and its worker running."""

    url: str
    var: Path
    environment: dict[str, str]
    supervisor: int

    def killed(self, name: str) -> int:
        """SIGKILL of its web (uvicorn) or its worker; returns which process that was."""
        below = subprocess.run(["pgrep", "-P", str(self.supervisor)], capture_output=True, text=True, check=True).stdout
        for process in map(int, below.split()):
            words = subprocess.run(
                ["ps", "-ww", "-o", "args=", "-p", str(process)], capture_output=True, text=True
            ).stdout
            if name in words.split():
                os.kill(process, signal.SIGKILL)
                return process
        raise AssertionError(f"no {name} below the supervisor")


def plain_environment(var: Path) -> dict[str, str]:
    """The environment of a person, not of the test process: no database, no settings."""
    ours = {
        "DATABASE_URL",
        "MINAMO_OWNER_DATABASE_URL",
        "DJANGO_SETTINGS_MODULE",
        "MINAMO_DEMO",
        "MINAMO_EMAIL_BACKEND",
    }
    return {k: v for k, v in os.environ.items() if k not in ours} | {"MINAMO_VAR": str(var)}


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    """`bin/demo` in an empty folder, stopped with the signal of Ctrl-C; one for each test process, on ports of its own."""
    var = tmp_path_factory.mktemp("demo")
    var.chmod(0o755)
    environment = plain_environment(var)
    port = free_port(8700 + PORTS * int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")))
    command = [sys.executable, "-m", "minamo.config.demo", "--no-browser", "--port", str(port)]
    with (var / "demo.log").open("wb") as log:
        process = subprocess.Popen(command, env=environment, cwd=ROOT, stdout=log, stderr=log, start_new_session=True)
    try:
        url = f"http://localhost:{port}"
        _wait(url, process, var / "demo.log")
        yield Demo(url, var, environment, process.pid)
    finally:
        process.terminate()
        process.wait(timeout=30)


def _wait(url: str, process: "subprocess.Popen[bytes]", log: Path) -> None:
    for _ in range(1200):
        if process.poll() is not None:
            raise AssertionError(f"the demo ended: {log.read_text()[-2000:]}")
        try:
            urllib.request.urlopen(f"{url}/accounts/login/", timeout=5).read()
            return
        except OSError:
            time.sleep(0.2)
    raise AssertionError(f"the demo does not answer: {log.read_text()[-2000:]}")


@pytest.fixture(scope="session")
def browsers() -> Iterator[Callable[[bool], Any]]:
    """`browsers(whole)`: the browser for all tests, and the one for those that are marked `whole_browser`; started when first wanted."""
    from playwright.sync_api import expect, sync_playwright

    expect.set_options(timeout=10_000)  # a busy machine is no failure
    with sync_playwright() as playwright:

        @cache
        def started(path: str | None) -> Any:
            return playwright.chromium.launch(executable_path=path, args=["--no-sandbox", "--disable-gpu"])

        yield lambda whole: started(find_browser(whole=whole))


@pytest.fixture
def owner(demo: Demo) -> Iterator[psycopg.Connection[Any]]:
    """The database as its owner, beside the running demo."""
    _server, urls = cluster.start(demo.var)
    with psycopg.connect(urls.owner, autocommit=True) as connection:
        yield connection


def minutes_pass(owner: "psycopg.Connection[Any]", label: str, minutes: int) -> None:
    """The last proof of who she is lies so long ago, on every device of hers."""
    changed = owner.execute(
        "UPDATE access_device SET signed_in_at = signed_in_at - make_interval(mins => %s) WHERE account_id IN"
        " (SELECT id FROM access_account WHERE label = %s) AND signed_out_at IS NULL",
        [minutes, label],
    )
    assert changed.rowcount > 0


@pytest.fixture
def chromium(browsers: Callable[[bool], Any], request: pytest.FixtureRequest) -> Any:
    """The browser of a test."""
    return browsers(_wants_whole(request.node))


@pytest.fixture
def window(chromium: Any, demo: Demo) -> Iterator[Callable[..., Any]]:
    """`window("担任", "中央小 5年1組", phone=False)`: a page of a person of the sign-in page, in a window of its own.

    `town` narrows to a municipality, `position` takes another one of several.
    """
    contexts = []

    def open_window(role: str, place: str = "", *, phone: bool = False, town: str = "", position: int = 0) -> Any:
        context = chromium.new_context(
            viewport=PHONE if phone else DESK, locale="ja-JP", timezone_id="Asia/Tokyo", has_touch=phone
        )
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: pytest.fail(f"script error: {error}"))
        page.goto(f"{demo.url}/accounts/login/")
        listed = page.locator("h3", has_text=town).locator("+ .stack-2") if town else page
        buttons = listed.locator("button.person").filter(has_text=role).filter(has_text=place)
        buttons.nth(position).click()
        page.wait_for_url(f"{demo.url}/")
        return page

    yield open_window
    for context in contexts:
        context.close()
