"""条文の重ね方: base → county → town, and that a town may only tighten."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from minamo.access.api import LIMITS
from minamo.policy.actions import adopting, revisions
from minamo.policy.models import CountyLayer
from minamo.policy.refusals import Refused
from minamo.policy.rules.layers import LayerError, changed, filled, order, resolve
from minamo.policy.rules.words import difference
from minamo.policy.rules.workflow import loosened, possible, state_of

BASE = {"2.1.1": {"title": "対象", "text": "学校に適用します。", "who": ["全員"]}}
clause = st.fixed_dictionaries(
    {"title": st.text(min_size=1).filter(str.strip), "text": st.text(min_size=1).filter(str.strip)}
)
numbers = st.tuples(st.integers(1, 20), st.integers(1, 20)).map(lambda n: f"{n[0]}.{n[1]}")
strict = {name: limit.smaller_is_stricter for name, limit in LIMITS.items()}


def test_the_town_lies_on_the_county_on_the_model():
    county = {
        "2.1.1": {"title": "対象", "text": "郡の学校に適用します。"},
        "2.1.9": {"title": "郡", "text": "共同で行います。"},
    }
    town = {
        "2.1.1": {"title": "対象", "text": "町の学校に適用します。"},
        "2.1.10": {"title": "町", "text": "町で行います。"},
    }
    text = resolve(BASE, (county, town))
    assert list(text) == ["2.1.1", "2.1.9", "2.1.10"]
    assert text["2.1.1"]["text"] == "町の学校に適用します。"
    assert text["2.1.1"]["who"] == ["全員"]
    assert changed(BASE, text) == ["2.1.1", "2.1.9", "2.1.10"]


@pytest.mark.parametrize(
    "layer",
    [{"2.1.1": None}, {"x": {"title": "a", "text": "b"}}, {"2.1.2": {"title": "", "text": "b"}},
     {"2.1.2": {"title": "a", "text": "あ" * 601}}, {"2.01": {"title": "a", "text": "b"}}],
    ids=["takes a model clause away", "no number", "no title", "too long", "leading zero"],
)  # fmt: skip
def test_a_layer_that_cannot_lie_is_refused(layer):
    with pytest.raises(LayerError, match="。"):
        resolve(BASE, (layer,))


@given(st.dictionaries(numbers, clause), st.dictionaries(numbers, clause))
def test_what_changed_is_what_differs(one, two):
    assert changed(one, one) == []
    found = changed(one, two)
    assert found == sorted(found, key=order)
    assert set(found) == {n for n in {*one, *two} if one.get(n) != two.get(n)}


@given(
    st.text(alphabet="本人確認15から60分、あいだ。aB", max_size=30),
    st.text(alphabet="本人確認15から60分、あいだ。aB", max_size=30),
)
def test_the_difference_gives_both_texts_back(old, new):
    pieces = difference(old, new)
    assert "".join(p.text for p in pieces if p.kind != "in") == old
    assert "".join(p.text for p in pieces if p.kind != "out") == new


def test_a_number_is_replaced_whole():
    pieces = [(p.kind, p.text) for p in difference("15分のあいだ", "150分のあいだ")]
    assert pieces == [("out", "15分"), ("in", "150分"), ("same", "のあいだ")]


def test_numbers_stand_in_the_text():
    assert filled("{reauth_minutes}分", {"reauth_minutes": 15}) == "15分"
    assert filled("{unknown}分", {}) == "{unknown}分"


@given(st.dictionaries(st.sampled_from(sorted(LIMITS)), st.integers(1, 100)))
def test_what_is_not_looser_is_the_strictest(below):
    for name, value in below.items():
        assert loosened({name: value}, below, strict) == []
        assert loosened({name: value + 1}, below, strict) == ([name] if strict[name] else [])


def test_states_follow_the_steps():
    assert state_of([]) == "draft"
    assert state_of(["submitted", "returned"]) == "draft"
    assert state_of(["submitted", "approved", "issued"]) == "issued"
    assert possible("draft", "submitted") and not possible("draft", "approved")
    assert not possible("issued", "withdrawn")


@pytest.mark.django_db
def test_a_town_may_only_tighten_the_county(board, town):
    CountyLayer.objects.create(
        municipality=town, name="郡", limits={"reauth_minutes": 30}, agreed_on=board.today,
        clauses={"2.5.14": {"title": "郡の研修", "text": "郡で合同の研修を行います。", "who": ["教職員"]}},
    )  # fmt: skip
    row = adopting.begin(actor=board, town=town)
    assert row.limits == {}  # 30 is looser than what the town has
    with pytest.raises(Refused, match="郡の定め"):
        revisions.set_limit(actor=board, revision=row, name="reauth_minutes", value=45)
    revisions.set_limit(actor=board, revision=row, name="reauth_minutes", value=20)
    row.refresh_from_db()
    assert row.limits == {"reauth_minutes": 20}
