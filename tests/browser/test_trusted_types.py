"""Trusted Types in a real browser: markup that would run is refused, plain markup is not."""

from collections.abc import Callable
from typing import Any

import pytest

TRY = """text => { const place = document.createElement('div'); try { place.innerHTML = text; return 'taken'; }
                  catch (error) { return error.name; } }"""


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("<b class='tag'>欠席</b> on = 1", "taken"),
        ("<img src=x onerror=alert(1)>", "TypeError"),
        ("<script>alert(1)</script>", "TypeError"),
        ("<a href=' javascript:alert(1)'>x</a>", "TypeError"),
        ("<svg><a xlink:href='javascript:alert(1)'></a></svg>", "TypeError"),
    ],
)
def test_markup_that_would_run_is_refused(window: Callable[..., Any], text: str, said: str) -> None:
    page = window("担任")
    assert page.evaluate("() => typeof trustedTypes") == "object"
    assert page.evaluate(TRY, text) == said


def test_no_script_comes_from_elsewhere(window: Callable[..., Any]) -> None:
    page = window("担任")
    load = """address => { const s = document.createElement('script'); try { s.src = address; return 'taken'; }
                           catch (error) { return error.name; } }"""
    assert page.evaluate(load, "https://evil.example/x.js") == "TypeError"
    assert page.evaluate(load, "data:text/javascript,alert(1)") == "TypeError"
