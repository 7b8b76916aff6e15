"""五つのボタン (the segmented mark of one row) as finished HTML. There are 28 of them on the busiest page of the morning,
and only a handful of different ones: each is built once and the pupil's id (a UUID) put in."""

from functools import lru_cache

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

from minamo.attendance.queries.register import BUTTONS, Row

_ID = "@@"


def seg_html(row: Row, enabled: bool) -> SafeString:
    """The buttons of a row; a row that cannot be marked says why instead."""
    if row.fixed:
        return format_html('<span class="tag stop">{}</span>', row.fixed)
    pattern = _pattern(row.pressed, row.other_label, row.other_tone, enabled)
    return mark_safe(pattern.replace(_ID, str(row.pupil_id)))  # noqa: S308  a UUID into escaped HTML


@lru_cache(maxsize=512)
def _pattern(pressed: str, other_label: str, other_tone: str, enabled: bool) -> SafeString:
    off = "" if enabled else mark_safe(" disabled")
    taps = format_html_join(
        "",
        '<button class="{}" name="set" value="{}:{}" aria-pressed="{}"{}>{}</button>',
        ((value, _ID, value, "true" if pressed == value else "false", off, label) for value, label in BUTTONS),
    )
    return format_html(
        '{}<button class="other {}" type="button" data-other aria-haspopup="dialog" aria-pressed="{}"{}>{}</button>',
        taps, other_tone, "true" if pressed == "other" else "false", off, other_label,
    )  # fmt: skip
