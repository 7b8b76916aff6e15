"""Every pair of colours the components lay on each other is readable, in light and in dark (WCAG 2.2 AA)."""

import re
from pathlib import Path

import pytest

TOKENS_AT = Path(__file__).parents[1] / "static" / "design" / "tokens.css"
TOKENS = TOKENS_AT.read_text()
GROUNDS = ("paper", "ground", "sunken")
TEXT = [
    (ink, ground) for ink in ("ink", "ink-2", "ink-3", "water", "bad", "warn", "stop", "good") for ground in GROUNDS
]
TEXT += [(kind, f"{kind}-pale") for kind in ("bad", "warn", "stop", "good")]
TEXT += [("on-water", "water"), ("on-fill", "bad-fill"), ("on-fill", "warn-fill"), ("on-fill", "stop-fill")]
TEXT += [("ink", "water-pale"), ("water-deep", "water-pale"), ("ink-2", "water-pale"), ("ink", "bad-pale")]
EDGES = [(edge, ground) for edge in ("control", "water") for ground in GROUNDS]


LIGHT, DEVICE, PERSON = (
    dict(re.findall(r"--([\w-]+): (#\w{6});", block))
    for block in re.split(r"@media[^{]*\{\s*:root[^{]*\{|\[data-theme=\"dark\"\][^{]*\{", TOKENS)
)


def value(name: str, theme: str) -> str:
    """The hex value of a token; what dark does not name stays as it is in light."""
    return (LIGHT | PERSON if theme == "dark" else LIGHT)[name]


def test_dark_is_the_same_by_the_device_and_by_the_person() -> None:
    assert DEVICE == PERSON
    assert len(DEVICE) > 15


def test_paper_is_light_whatever_the_screen_is() -> None:
    """A heading in the ink of the dark would be white on white paper."""
    dark = re.findall(
        r"@media ([^{]*?)\s*\{\s*(?::root:not\(\[data-theme=\"light\"\]\)|\[data-theme=\"dark\"\])", TOKENS
    )
    assert dark == ["screen and (prefers-color-scheme: dark)", "screen"]


def test_paper_keeps_the_bars_of_charts() -> None:
    """The bar over a family's page does not print; the bars of a chart, which bear the same name, do."""
    gone = re.search(r"([^{}]+)\{ display: none !important; \}", (TOKENS_AT.parent / "print.css").read_text())
    assert gone and "header.bar" in gone[1] and not re.search(r"(?<!header)\.bar\b", gone[1])
    assert '<rect class="bar"' in (TOKENS_AT.parents[2] / "jinja2/design/macros/chart.html").read_text()


def luminance(colour: str) -> float:
    """Relative luminance by WCAG 2.2."""
    channels = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """Contrast ratio of two colours."""
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def test_the_ratio_is_the_one_of_wcag() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#767676", "#ffffff") == pytest.approx(4.54, abs=0.01)


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize(("ink", "ground"), TEXT)
def test_text_is_readable(ink: str, ground: str, theme: str) -> None:
    assert contrast(value(ink, theme), value(ground, theme)) >= 4.5


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize(("edge", "ground"), EDGES)
def test_edges_of_controls_are_visible(edge: str, ground: str, theme: str) -> None:
    assert contrast(value(edge, theme), value(ground, theme)) >= 3
