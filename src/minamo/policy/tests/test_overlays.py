"""上乗せの型: the form shows which templates stand in an overlay; sent again it is the same rules, and a tick taken away is gone."""

import datetime as dt
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from minamo.access.api import Actor, may, policies
from minamo.kernel.schoolyear import JST
from minamo.people.models import Pupil
from minamo.policy.overlays import TEMPLATES, parted, text_of, written
from tests.fixtures.world import World

OWN = '@id("overlay.480441-own")\n@clause("6.5 名簿の書き出し")\n@ja("手で書いた規則です。")\nforbid (principal, action, resource) when { context.hour == 3 };'


@pytest.mark.parametrize("own", ["", OWN])
@pytest.mark.parametrize("chosen", [[], ["export"], ["night", "managed"], [one.key for one in TEMPLATES]])
def test_the_form_again_from_its_overlay(chosen: list[str], own: str) -> None:
    sent = {f"use-{key}": "1" for key in chosen} | {"first-night": "6", "last-night": "22", "overlay": own}
    text = written(sent, "480441")
    found = parted(text, "480441")
    assert set(found.ticked) == set(chosen) and found.own == own
    if "night" in chosen:
        assert found.ticked["night"] == (6, 22)
    again = {f"use-{key}": "1" for key in found.ticked} | {"overlay": found.own}
    for key, (first, last) in found.ticked.items():
        again |= {f"first-{key}": str(first), f"last-{key}": str(last)}
    assert written(again, "480441") == text


def test_a_changed_template_is_a_rule_of_ones_own() -> None:
    text = written({"use-export": "1"}, "480441").replace("principal.heads", "principal.clerks")
    assert parted(text, "480441").ticked == {} and parted(text, "480441").own == text.strip()


CIRCUMSTANCES = ("hour", "holiday", "network")  # what the page on zero trust says only a town's own rules read
SCHOOL = '@id("overlay.990011-net")\n@clause("2.3.2 分類Ⅰの情報")\n@ja("校内の網からだけ開けます。")\nforbid (principal, action in [Action::"class1"], resource) when { context.network != "学校" };'


def test_the_base_rules_read_neither_clock_nor_network() -> None:
    read = {
        name: [rule.id for rule in policies().rules if f"'{name}'" in repr(rule.template)] for name in CIRCUMSTANCES
    }
    assert read == {name: [] for name in CIRCUMSTANCES}
    assert [rule.id for rule in policies().rules if "'posture'" in repr(rule.template)], "what is read would be found"


@pytest.mark.parametrize(
    ("overlay", "day", "hour", "network", "open_"),
    [
        ("", 24, 3, "other", True), ("", 22, 23, "学校", True),  # a Tuesday in the night, a Sunday: the base does not mind
        ("night", 24, 10, "other", True), ("night", 24, 22, "other", False),
        ("holiday", 24, 10, "other", True), ("holiday", 22, 10, "other", False),
        (SCHOOL, 24, 10, "学校", True), (SCHOOL, 24, 10, "other", False),
    ],
)  # fmt: skip
def test_time_and_place_count_where_a_town_says_so(
    overlay: str, day: int, hour: int, network: str, open_: bool, actor_for: Callable[..., Any], world: World
) -> None:
    named = {template.key: template for template in TEMPLATES}
    text = text_of(named[overlay], "990011") if overlay in named else overlay
    now = dt.datetime(2026, 11, day, hour, tzinfo=JST)
    head: Actor = replace(
        actor_for("a1-head"), now=now, today=now.date(), authenticated_at=now, device_proved_at=now, network=network,
        overlays=(text,) if text else (),
    )  # fmt: skip
    hana = Pupil.objects.get(pk=world.pupil("hana"))
    assert may(head, "pupil:protected", hana) is open_
