"""The large screen loses nobody: what does not fit takes turns."""

import re
from collections.abc import Callable
from typing import Any

FILL = """count => { const place = document.querySelector('.board-columns m-pages');
  place.replaceChildren(...Array.from({ length: count }, (_, n) => { const row = document.createElement('div');
    row.className = 'board-row'; row.textContent = '測定 ' + n; return row; }));
  place.number = 0; place.layOut(); }"""
SEEN = """() => [...document.querySelectorAll('.board-columns m-pages')][0]
  .querySelectorAll('.board-row:not([hidden])').length"""
BOTTOM = """() => Math.max(...[...document.querySelectorAll('.board-row:not([hidden])')]
  .map(row => row.getBoundingClientRect().bottom))"""


def test_rows_take_turns_and_each_is_seen(window: Callable[..., Any]) -> None:
    page = window("教頭")
    page.set_viewport_size({"width": 1920, "height": 1080})
    school = re.search(r"/schools/([0-9a-f-]{36})/", page.content())
    assert school
    page.goto(page.url + f"schools/{school[1]}/board/")
    page.wait_for_function("customElements.get('m-pages') !== undefined")
    page.evaluate(FILL, 70)
    seen = 0
    sheets = int(page.locator(".board-page").first.inner_text().split("/")[1].split()[0])
    assert sheets > 1
    for _ in range(sheets):
        assert page.evaluate(BOTTOM) <= 1080
        seen += page.evaluate(SEEN)
        page.evaluate("() => document.querySelector('.board-columns m-pages').turn()")
    assert seen == 70
    page.set_viewport_size({"width": 390, "height": 844})
    page.evaluate("() => document.querySelector('.board-columns m-pages').layOut()")
    assert page.evaluate(SEEN) == 70


def test_the_three_lists_stand_side_by_side(window: Callable[..., Any]) -> None:
    page = window("教頭")
    school = re.search(r"/schools/([0-9a-f-]{36})/", page.content())
    assert school
    page.goto(page.url + f"schools/{school[1]}/board/")
    for width, height in ((1280, 800), (1366, 768), (1024, 768)):
        page.set_viewport_size({"width": width, "height": height})
        tops = [part.bounding_box()["y"] for part in page.locator(".board-columns section").all()]
        assert len(tops) == 3 and len(set(tops)) == 1 and tops[0] < height / 2, (width, tops)
        assert page.evaluate("document.documentElement.scrollWidth") <= width
