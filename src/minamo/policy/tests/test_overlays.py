"""上乗せの型: the form shows which templates stand in an overlay; sent again it is the same rules, and a tick taken away is gone."""

import pytest

from minamo.policy.overlays import TEMPLATES, parted, written

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
