"""五つのボタン (the segmented mark of one row) as finished HTML. There are 28 of them on the busiest page of the morning,
and only a handful of different ones: each is built once and the pupil's id (a UUID) put in."""

from functools import lru_cache

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

from minamo.attendance.queries.register import BUTTONS, Row

_ID = "@@"


def seg_html(row: Row) -> SafeString:
    """The buttons of a row that can be marked."""
    pattern = _pattern(row.pressed, row.other_label, row.other_tone)
    return mark_safe(pattern.replace(_ID, str(row.pupil_id)))  # noqa: S308  a UUID into escaped HTML


@lru_cache(maxsize=512)
def _pattern(pressed: str, other_label: str, other_tone: str) -> SafeString:
    taps = format_html_join(
        "",
        '<button class="{}" name="set" value="{}:{}" aria-pressed="{}">{}</button>',
        ((value, _ID, value, "true" if pressed == value else "false", label) for value, label in BUTTONS),
    )
    return format_html(
        '{}<button class="other {}" type="button" data-other aria-haspopup="dialog" aria-pressed="{}">{}</button>',
        taps, other_tone, "true" if pressed == "other" else "false", other_label,
    )  # fmt: skip
