"""The waiting lines of the device when the server asks for patience (429): nothing is sent meanwhile, nothing is lost.

The scripts of the house run in a page of nothing else; the server is played by the test, so that it can be asked in what order
and how often. No demo is needed.
"""

import base64
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

ROOM = Path(__file__).resolve().parents[2] / "src" / "minamo"
KEY = base64.b64encode(b"k" * 32).decode()
PLACE = "http://localhost/"
SEALED = [ROOM / "design/static/design/js" / name for name in ("refusal.js", "sealed.js")]
QUEUE = [*SEALED, ROOM / "home/static/home/queue.js"]
SENDING = [*SEALED, ROOM / "marking/static/marking/scan_upload.js"]
MARKS = [*SEALED, *(ROOM / "marking/static/marking" / name for name in ("mark_store.js", "mark_queue.js"))]
WRITTEN = [
    {"key": f"k{n}", "account": "me", "at": n, "title": "", "body": {"pupil": [n], "text": f"ねつ {n}", "written_at": f"2026-11-24T07:4{n}"}}
    for n in (1, 2, 3)
]  # fmt: skip


class Server:
    """Answers with what is next in `answers` (the last one for good) and keeps what it was sent."""

    def __init__(self, page: Any, answers: list[dict[str, Any]]) -> None:
        self.answers, self.got = answers, []  # type: ignore[var-annotated]
        page.route(f"{PLACE}**", self.serve)

    def serve(self, route: Any) -> None:
        request = route.request
        if request.method == "POST":
            self.got.append(json.loads(request.post_data))
            answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
            route.fulfill(**answer)
        elif request.url.endswith("/queue/"):
            route.fulfill(status=200, json={"token": "t", "account": "me", "keys": [KEY]})
        else:
            route.fulfill(status=200, content_type="text/html", body="<!doctype html><title>x</title>")


@pytest.fixture
def page_of(chromium: Any) -> Iterator[Callable[[list[Path]], Any]]:
    """An empty page with some scripts."""
    context = chromium.new_context()

    def make(scripts: list[Path]) -> Any:
        page = context.new_page()
        page.on("pageerror", lambda error: pytest.fail(f"script error: {error}"))
        page.scripts = scripts
        return page

    yield make
    context.close()


def opened(page: Any, answers: list[dict[str, Any]]) -> Server:
    server = Server(page, answers)
    page.goto(PLACE)
    for script in page.scripts:
        page.add_script_tag(path=script)
    return server


def wait_for(seconds: int) -> dict[str, Any]:
    return {"status": 429, "headers": {"Retry-After": str(seconds)}, "body": "少し待ってください"}


TAKEN = {"status": 201, "json": {"url": "/notices/1/", "notices": [{"received": "7:45"}]}}


def test_the_familys_line_waits_as_long_as_it_is_asked_and_loses_nothing(page_of: Callable[[list[Path]], Any]) -> None:
    page = page_of(QUEUE)
    server = opened(page, [wait_for(2), TAKEN])
    states = "async () => (await MinamoQueue.entries()).map(({key, state, body, tries}) => ({key, state, body, tries}))"
    page.evaluate("async (all) => { for (const one of all) await MinamoQueue.add(one); }", WRITTEN)
    assert page.evaluate("() => MinamoQueue.flush({ all: true })") == 3
    assert len(server.got) == 1, "the others do not even try"
    # Whatever wakes the line up meanwhile: a line that comes back, the page that is looked at again, the service worker.
    for _ in range(4):
        page.evaluate("() => MinamoQueue.flush({ all: true })")
        page.evaluate("() => MinamoQueue.flush({ all: true, pass: { token: 't', account: 'me' } })")
    assert len(server.got) == 1
    kept = page.evaluate(states)
    assert [(one["state"], one["body"]) for one in kept] == [("waiting", one["body"]) for one in WRITTEN]
    assert {one["tries"] for one in kept} == {0}, "being asked to wait is no failed try"
    left = page.evaluate("() => MinamoQueue.nextTry()")
    assert 1000 < left <= 2500
    page.wait_for_timeout(left + 50)
    assert page.evaluate("() => MinamoQueue.flush()") == 0
    assert server.got == [WRITTEN[0]["body"], *(one["body"] for one in WRITTEN)]
    assert {one["state"] for one in page.evaluate(states)} == {"sent"}


def refused(way: str, words: str, *, final: bool = False) -> dict[str, Any]:
    headers = {
        "Content-Type": "text/plain; charset=utf-8",
        "X-Minamo-Way": way,
        **({"X-Minamo-Final": "yes"} if final else {}),
    }
    return {"status": 403, "headers": headers, "body": words}


RAW = """() => new Promise((resolve) => { const asked = indexedDB.open("minamo", 1);
  asked.onsuccess = () => { const all = asked.result.transaction("queue").objectStore("queue").getAll();
    all.onsuccess = () => resolve(JSON.stringify(all.result)); }; })"""


def test_a_familys_notice_lies_locked_and_only_a_final_refusal_ends_it(page_of: Callable[[list[Path]], Any]) -> None:
    page = page_of(QUEUE)
    stopped, no = (
        refused("blocked", "この端末は止められています。"),
        refused("own", "規程 7.1 に当てはまる人だけです。", final=True),
    )
    server = opened(page, [stopped, no, TAKEN])
    sent = "async () => { await MinamoQueue.flush({ all: true }); return (await MinamoQueue.entries())[0]; }"
    page.evaluate("(one) => MinamoQueue.add(one)", WRITTEN[0])
    waits = page.evaluate(sent)
    assert (waits["state"], waits["error"], waits["body"]) == ("waiting", stopped["body"], WRITTEN[0]["body"])
    ended = page.evaluate(sent)
    assert ended["state"] == "refused" and no["body"] in ended["error"] and "電話" in ended["error"]
    page.evaluate("(one) => MinamoQueue.add(one)", WRITTEN[1])
    assert "ねつ" not in page.evaluate(RAW)
    page.evaluate("() => MinamoQueue.forget()")  # signed out: no key is left on the device
    assert page.evaluate("() => MinamoQueue.kept()") is None and "ねつ" not in page.evaluate(RAW)
    (locked,) = page.evaluate("() => MinamoQueue.entries()")
    assert (locked["title"], locked["state"], "body" in locked) == ("まだ送っていない連絡", "waiting", False)
    assert page.evaluate(sent)["state"] == "sent" and server.got[-1] == WRITTEN[1]["body"], "its writer is back"


def test_the_markers_line_waits_as_long_as_it_is_asked_and_loses_nothing(page_of: Callable[[list[Path]], Any]) -> None:
    page = page_of(MARKS)
    server = opened(page, [wait_for(2), {"status": 200, "json": {"overtaken": [], "refused": {}}}])
    page.evaluate(
        """async () => {
          self.said = [];
          const told = { state: (name, waiting) => said.push([name, waiting]), taken: () => said.push(["taken"]), refused: () => said.push(["refused"]) };
          self.line = new MinamoMarks.Queue({ account: "me", keys: [btoa("k".repeat(32))], sitting: "s", url: "/strokes/", token: () => "t", told });
          await line.add([{ key: "a" }, { key: "b" }]);
          await line.flush();
          await line.add([{ key: "c" }]);
          for (const _ of [1, 2, 3]) await line.flush();
        }"""
    )
    assert [[stroke["key"] for stroke in one["strokes"]] for one in server.got] == [["a", "b"]]
    assert page.evaluate("async () => (await line.mine()).length") == 2
    page.wait_for_function("() => said.some(([name]) => name === 'taken')", timeout=8000)
    assert page.evaluate("async () => (await line.mine()).length") == 0
    assert [[stroke["key"] for stroke in one["strokes"]] for one in server.got[1:]] == [["a", "b", "c"]]
    assert page.evaluate("() => said.filter(([name]) => name === 'refused').length") == 0


def test_a_refused_stroke_is_kept_with_the_clause_and_goes_out_when_the_way_is_open(
    page_of: Callable[[list[Path]], Any],
) -> None:
    page = page_of(MARKS)
    words = "2つの方法で本人を確かめます。（規程 4.9）本人を確かめると、続けられます。"
    server = opened(page, [refused("person", words), {"status": 200, "json": {"overtaken": [], "refused": {}}}])
    said = page.evaluate(
        """async () => {
          const said = [];
          const told = { state: (name, waiting, why) => why && said.push([name, waiting, why.words, why.final]), taken: () => said.push(["taken"]), refused: () => said.push(["refused"]) };
          self.line = new MinamoMarks.Queue({ account: "me", keys: [btoa("k".repeat(32))], sitting: "s", url: "/strokes/", token: () => "t", told });
          await line.add([{ key: "a" }]);
          await line.flush();
          const kept = (await line.mine()).length;
          await line.flush();
          return [kept, (await line.mine()).length, ...said];
        }"""
    )
    assert said == [1, 0, ["denied", 1, words, False], ["taken"]] and len(server.got) == 2


def test_what_waited_and_is_refused_or_overtaken_is_said_on_whatever_page(page_of: Callable[[list[Path]], Any]) -> None:
    """Settled meanwhile, or marked by a colleague first: no marking screen is there to say so."""
    page = page_of([])
    over = {"overtaken": ["b"], "refused": {"c": "この設問は、いまの設定にありません。"}}
    settled = "このテストはもう確定しています。"
    opened(page, [{"status": 200, "json": over}, {"status": 422, "json": {"error": settled}}])
    page.evaluate("() => { self.MinamoUnsent = { offer(line) { self.line = line; } }; self.said = []; "
                  "document.addEventListener('toast', ({ detail }) => said.push(detail.text)); }")  # fmt: skip
    for script in MARKS:
        page.add_script_tag(path=script)
    page.add_script_tag(path=ROOM / "marking/static/marking/unsent.js", type="module")
    said = page.evaluate(
        """async () => {
          const pass = { account: "me", keys: [btoa("k".repeat(32))], token: "t" };
          const store = new MinamoMarks.Store(pass.account, pass.keys);
          await store.add("s", [{ key: "a" }, { key: "b" }, { key: "c" }]);
          await line.send(pass);
          const first = said.splice(0);
          await store.add("s", [{ key: "d" }, { key: "e" }]);
          await line.send(pass);
          return [first, said, await line.counted("me")];
        }"""
    )
    waited = "この端末で待っていた採点"
    assert said == [
        [f"{waited}のうち1件は、保存できませんでした。{over['refused']['c']}",
         f"{waited}に、ほかの先生が先に採点した答えがあります。どちらの点にするか選んでください。"],
        [f"{waited}のうち2件は、保存できませんでした。{settled}"],
        0,
    ]  # fmt: skip


FORM = """<m-upload data-chunk="1000000" data-parts="/parts/"><form action="/files/" method="post"><input name="csrfmiddlewaretoken" value="t">
<div class="drop"><input id="files" type="file"></div><span class="camera"><input id="camera" type="file"></span><ol class="chosen"></ol>
<button class="primary">送る</button></form><div class="sending" hidden><progress></progress><p></p></div></m-upload>"""


def test_scans_that_are_refused_say_the_clause_and_stay_chosen(page_of: Callable[[list[Path]], Any]) -> None:
    page = page_of(SENDING)
    no = "これができるのは、規程 8.1 に当てはまる人だけです。校長に相談してください。"
    opened(page, [refused("ask", no, final=True)])
    page.locator("body").evaluate("(body, form) => { body.innerHTML = form; }", FORM)
    page.locator("#files").set_input_files({"name": "scan.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-1.4"})
    page.locator("button.primary").click()
    page.locator(".sending p", has_text=no).wait_for()
    assert page.locator(".chosen li").count() == 1 and page.locator("button.primary").is_enabled()
