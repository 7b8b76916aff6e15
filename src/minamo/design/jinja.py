"""The template environment: strict, escaped, with the few filters every page needs."""

import datetime as dt
from contextvars import ContextVar
from functools import lru_cache
from typing import Any

from django.templatetags.static import static
from django.urls import reverse
from django.utils.html import conditional_escape as escape
from django.utils.html import format_html
from django.utils.safestring import SafeString
from jinja2 import Environment, StrictUndefined, Template

from minamo.design import bundle
from minamo.design.furigana import furigana
from minamo.kernel import clock
from minamo.kernel.schoolyear import JST, format_day
from minamo.kernel.wareki import format_time, format_wareki


@lru_cache(maxsize=4096)
def _reverse(name: str, arguments: tuple[tuple[str, Any], ...]) -> str:
    return reverse(name, kwargs=dict(arguments))


def url(name: str, **arguments: Any) -> str:
    """The path of a named route."""
    return _reverse(name, tuple(sorted(arguments.items())))


def css_url() -> str:
    """The stylesheet with its fingerprint."""
    return url("design-css", fingerprint=bundle.css().fingerprint)


def js_url() -> str:
    """The custom elements with their fingerprint."""
    return url("design-js", fingerprint=bundle.js().fingerprint)


def hm(moment: dt.datetime | dt.time | None) -> str:
    """8:20 in Japanese time; nothing for nothing."""
    if moment is None:
        return ""
    if isinstance(moment, dt.datetime):
        moment = moment.astimezone(JST)
    return format_time(moment)


def ja_date(day: dt.date | dt.datetime | None) -> str:
    """11月24日（火）; a day that is not in this school year with its year."""
    if day is None:
        return ""
    if isinstance(day, dt.datetime):
        day = day.astimezone(JST).date()
    return format_day(day, clock.today())


def wareki(day: dt.date | dt.datetime | None, style: str = "long") -> str:
    """令和8年11月24日."""
    if isinstance(day, dt.datetime):
        day = day.astimezone(JST).date()
    return format_wareki(day, "short" if style == "short" else "long") if day else ""


def ruby(text: str, reading: str) -> SafeString:
    """A name with its reading above; hidden and shown by the furigana switch."""
    if not reading:
        return format_html("{}", text)
    return format_html("<ruby>{}<rp>（</rp><rt>{}</rt><rp>）</rp></ruby>", text, reading)


def proper(name: str) -> SafeString:
    """固有名 (a proper name): no reading is guessed for it, and no browser translates it."""
    return format_html('<span translate="no">{}</span>', name)


def with_furigana(markup: str, wanted: bool) -> SafeString | str:
    """Readings above the kanji of a piece of a page, when this device wants them."""
    return furigana(escape(markup)) if wanted else markup


_focused: ContextVar[list[bool]] = ContextVar("focused")


class Page(Template):
    """One rendering: what happens once on a page is remembered as long as it is made."""

    def render(self, *args: Any, **kwargs: Any) -> str:
        """The page as text."""
        token = _focused.set([])
        try:
            return super().render(*args, **kwargs)
        finally:
            _focused.reset(token)


def focus_here() -> str:
    """The attribute `autofocus` for the first place that asks for it, nothing for the others: a page has one."""
    asked = _focused.get([True])
    asked.append(True)
    return "" if len(asked) > 1 else " autofocus"


def environment(**options: Any) -> Environment:
    """Jinja2 for Django's backend."""
    options |= {"autoescape": True, "trim_blocks": True, "lstrip_blocks": True, "undefined": StrictUndefined}
    made = Environment(**options)  # noqa: S701  autoescape is set above
    made.globals |= {"static": static, "url": url, "css_url": css_url, "js_url": js_url, "focus_here": focus_here}
    made.template_class = Page
    made.filters |= {
        "hm": hm,
        "ja_date": ja_date,
        "wareki": wareki,
        "ruby": ruby,
        "furigana": with_furigana,
        "proper": proper,
    }
    return made
