"""だれの言葉か: words of the town, of the county, of an update of the model policy. On the pages: test_county."""

import pytest

from minamo.access.api import DEFAULTS
from minamo.policy.rules.text import Text
from minamo.policy.rules.whence import COUNTY, MODEL, TOWN, Layers, whence

OLD = {"1.1": {"title": "一", "text": "もとの文。"}, "1.2": {"title": "二", "text": "{reauth_minutes}分です。"}}


def text(limits=None, overlay="", **changes):
    clauses = {**OLD, **{n.replace("_", "."): {"title": "題", "text": t} for n, t in changes.items()}}
    return Text(0, clauses, {**DEFAULTS, **(limits or {})}, overlay)


@pytest.mark.parametrize(
    ("new", "now", "clauses", "limits"),
    [
        (text(**{"1_1": "町の文。"}), Layers(own={"1.1": {}}), {"1.1": TOWN}, {}),
        (text(**{"1_1": "郡の文。"}), Layers(county={"1.1": {}}), {"1.1": COUNTY}, {}),
        (text(**{"1_1": "更新の文。"}), Layers(), {"1.1": MODEL}, {}),
        (text({"reauth_minutes": 9}), Layers(limits={"reauth_minutes": 9}), {"1.2": TOWN}, {"reauth_minutes": TOWN}),
        (text({"reauth_minutes": 9}), Layers(limits={"reauth_minutes": 9}, county_limits={"reauth_minutes": 9}),
         {"1.2": COUNTY}, {"reauth_minutes": COUNTY}),
        (text({"reauth_minutes": 9}), Layers(), {"1.2": MODEL}, {"reauth_minutes": MODEL}),
        (text(overlay='@clause("1.1 一") @ja("閉じます。") forbid'), Layers(), {"1.1": TOWN}, {}),
        (text(**{"1_3": "郡の文。"}), Layers(own={"1.3": {}}, county={"1.3": {}}), {"1.3": TOWN}, {}),
    ],
)  # fmt: skip
def test_whose_words_are_new(new, now, clauses, limits):
    assert whence(text(), new, Layers(), now) == {"clauses": clauses, "limits": limits}


def test_what_the_town_takes_back_is_the_towns():
    assert whence(text(**{"1_1": "町の文。"}), text(), Layers(own={"1.1": {}}), Layers())["clauses"] == {"1.1": TOWN}
