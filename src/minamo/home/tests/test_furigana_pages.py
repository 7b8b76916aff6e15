"""ふりがなの画面: with the switch on, no kanji of a family's or a pupil's page stands without its reading, names of places apart."""

import re
from collections.abc import Callable
from html import unescape
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from minamo.design.furigana import KANJI
from tests.fixtures.results import PAPER, a_result
from tests.fixtures.world import World

pytestmark = pytest.mark.django_db
SKIP = r"<(script|style|option|textarea|title|svg|ruby)\b.*?</\1>|<head>.*?</head>|<!--.*?-->|<noscript>.*?</noscript>"
SKIP += r'|<(\w+) translate="no">.*?</\2>|<a class="skip".*?</a>|<span class="face" aria-hidden="true">.*?</span>'


def bare(page: str) -> set[str]:
    """Kanji that stand without a reading."""
    text = unescape(re.sub(r"<[^>]*>", "\n", re.sub(SKIP, "\n", page, flags=re.DOTALL)))
    return {f"{found[0]}（{line.strip()[:40]}）" for line in text.splitlines() for found in KANJI.finditer(line)}


GUARDIAN = (
    "/",
    "/notices/",
    "/notices/new/",
    "/children/",
    "/children/{hana}/",
    "/results/",
    "/results/papers/{paper}/",
    "/settings/",
)
PUPIL = ("/", "/results/", "/results/papers/{paper}/", "/settings/")


@pytest.mark.parametrize(("who", "paths"), [("takahashi-mother", GUARDIAN), ("pupil-hana", PUPIL)])
def test_every_word_has_its_reading(
    who: str, paths: tuple[str, ...], world: World, client_for: Callable[..., Client], system_for: Callable[..., Any]
) -> None:
    system_for("A")
    a_result(world, timezone.now())
    client = client_for(who)
    client.cookies["minamo_furigana"] = "on"
    missing: dict[str, set[str]] = {}
    for path in paths:
        answer = client.get(path.format(hana=world.pupil("hana"), paper=PAPER))
        assert answer.status_code == 200, path
        page = answer.content.decode()
        assert "<ruby>" in page, path
        if found := bare(page):
            missing[path] = found
    assert not missing, "\n".join(f"{path}: {' '.join(sorted(found))}" for path, found in missing.items())


def test_without_the_switch_only_names_carry_readings(client_for: Callable[..., Client]) -> None:
    page = client_for("takahashi-mother").get("/notices/new/").content.decode()
    assert "<rt>れんらく</rt>" not in page
