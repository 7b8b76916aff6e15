"""テストの設定, checked: whatever comes in is either refused in words or kept so that it comes in again as it is."""

import json
import re
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from minamo.marking.setup import (
    ALPHABETS,
    ASPECTS,
    KINDS,
    LEAST_SIDE,
    MOST_POINTS,
    SetupRefused,
    checked,
    checked_box,
    questions_of,
)

SIZE = (1654, 2339)
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12),
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(st.text(max_size=6), inner, max_size=4),
    max_leaves=12,
)
NAMES = ("id", "label", "section", "box", "kind", "alphabet", "keys", "full", "aspect", "note", "criteria", "drawing")

KEYS = {
    "symbol": st.sampled_from("アイウエｱ"),
    "sign": st.sampled_from("○×〇"),
    "number": st.sampled_from(("7", "12", "３．５", "ー2", "1/2")),
}


@st.composite
def rows(draw: st.DrawFn) -> list[dict[str, Any]]:
    """What the editor sends: places, kinds and points as a person makes them."""
    made = []
    for at in range(draw(st.integers(1, 6))):
        kind = draw(st.sampled_from(sorted(KINDS)))
        x, y = draw(st.integers(0, 1500)), draw(st.integers(0, 2200))
        full = draw(st.integers(1, MOST_POINTS))
        made.append({
            "id": f"q{at}", "label": f"({at + 1})", "section": draw(st.sampled_from(["", "1", "二", "A"])),
            "box": [x, y, x + draw(st.integers(LEAST_SIDE, 400)), y + draw(st.integers(LEAST_SIDE, 400))], "kind": kind,
            "alphabet": ALPHABETS[kind], "keys": draw(st.lists(KEYS.get(kind, st.text(max_size=50)), max_size=10)), "full": full,
            "aspect": draw(st.sampled_from(["", *ASPECTS])), "note": draw(st.text(max_size=30)),
            "criteria": [{"label": "わけだけ", "points": draw(st.integers(0, full))}],
            "drawing": draw(st.sampled_from(["", "a" * 64])),
        })  # fmt: skip
    return made


@given(ANYTHING | st.lists(st.dictionaries(st.sampled_from(NAMES), ANYTHING), max_size=4))
@settings(max_examples=300)
def test_whatever_comes_in_is_taken_or_refused_in_words(sent: Any) -> None:
    try:
        found = checked(sent, SIZE)
    except SetupRefused as refused:
        assert refused.problems and all("。" in line for line in refused.problems)
    else:
        assert all(checked_box(list(one.box), SIZE) for one in found)


@given(rows())
def test_what_is_kept_comes_in_again_as_it_is(sent: list[dict[str, Any]]) -> None:
    try:
        found = checked(sent, SIZE)
    except SetupRefused:
        return  # a box that lies off the sheet
    kept = json.loads(json.dumps([one.plain() for one in found]))
    assert questions_of(kept) == found
    assert checked(kept, SIZE) == found
    for one, row in zip(found, sent, strict=True):
        assert (one.id, one.full, one.kind, one.drawing) == (row["id"], row["full"], row["kind"], row["drawing"])
        assert 0 <= one.box[0] < one.box[2] <= SIZE[0] and 0 <= one.box[1] < one.box[3] <= SIZE[1]
        assert len(one.keys) == len(set(one.keys)) and all(key == key.strip() and key for key in one.keys)


@given(rows(), st.data())
def test_two_questions_never_share_id_or_name(sent: list[dict[str, Any]], data: st.DataObject) -> None:
    twin = {**data.draw(st.sampled_from(sent))}
    for name in ("id", "label"):
        twice = [*sent, {**twin, "id": "other", "label": "(9)", name: twin[name]}]
        with pytest.raises(SetupRefused):
            checked(twice, SIZE)


def test_an_answer_is_kept_whole_or_refused_and_never_cut() -> None:
    row = {"id": "q1", "label": "(1)", "section": "1", "box": [0, 0, 100, 100], "kind": "writing", "full": 2}
    sentence = "雨が少なく、ため池や用水を作って、くらしと田畑の水をまかなってきたから。川が短くて、すぐ海に流れてしまうことも書けているとよい。"
    assert len(sentence) > 40 and checked([row | {"keys": [sentence]}], SIZE)[0].keys == (sentence,)
    for keys, words in ((["あ" * 201], "200字まで"), ([f"答え{at}" for at in range(9)], "8つまで")):
        with pytest.raises(SetupRefused, match=words):
            checked([row | {"keys": keys}], SIZE)


@pytest.mark.parametrize(
    ("kind", "alphabet", "typed", "kept"),
    [("number", "0-99", ["６４５", "ー2", "3.14", "1/2"], ("645", "-2", "3.14", "1/2")), ("symbol", "ア-オ", ["ｱ", "オ"], ("ア", "オ")),
     ("symbol", "0-99", ["１２"], ("12",)), ("symbol", "", ["甲"], ("甲",)), ("sign", "○×", ["〇"], ("○",)), ("symbol", "ＡーＣ", ["Ｂ"], ("B",)),
     ("short", "", ["トロ"], ("トロ",))],
)  # fmt: skip
def test_an_answer_takes_the_form_of_its_kind(
    kind: str, alphabet: str, typed: list[str], kept: tuple[str, ...]
) -> None:
    row = {"id": "q1", "label": "(1)", "section": "1", "box": [0, 0, 100, 100], "full": 2}
    assert checked([row | {"kind": kind, "alphabet": alphabet, "keys": typed}], SIZE)[0].keys == kept


@pytest.mark.parametrize(
    ("kind", "alphabet", "key"),
    [("number", "0-99", "トロ"), ("number", "", "三"), ("number", "0-99", "."), ("symbol", "アイウ", "エ"), ("symbol", "アイウ", "アイ"),
     ("symbol", "0-99", "ア"), ("sign", "○×", "△"), ("sign", "○×", "ア")],
)  # fmt: skip
def test_an_answer_its_kind_cannot_have_is_refused_by_name(kind: str, alphabet: str, key: str) -> None:
    row = {"id": "q1", "label": "(7)", "section": "2", "box": [0, 0, 100, 100], "full": 2}
    with pytest.raises(
        SetupRefused, match=rf"^\(7\)：正答「{re.escape(key)}」は、.+ではありません。正答か種類を直してください。$"
    ):
        checked([row | {"kind": kind, "alphabet": alphabet, "keys": [key]}], SIZE)


@pytest.mark.parametrize("alphabet", ["0-1000", "0〜12000"])
def test_a_range_of_numbers_that_is_too_wide_says_how_wide_it_may_be(alphabet: str) -> None:
    row = {
        "id": "q1",
        "label": "(7)",
        "section": "2",
        "box": [0, 0, 100, 100],
        "full": 2,
        "kind": "number",
        "keys": ["1234"],
    }
    with pytest.raises(SetupRefused, match=rf"^\(7\)：「{alphabet}」は読み取れません。数の範囲は「0-999」までです。"):
        checked([row | {"alphabet": alphabet}], SIZE)
    assert not checked([row | {"alphabet": ""}], SIZE)[0].read


@pytest.mark.parametrize(
    "box", [[0, 0, float("nan"), 90], [True, 0, 90, 90], "box", [0, 0, 90], [0, 0, 5, 90], None, [9e9, 0, 9e9, 90]]
)
def test_what_is_no_box(box: Any) -> None:
    assert checked_box(box, SIZE) is None


def test_a_box_over_the_edge_is_clipped_and_turned_the_right_way() -> None:
    assert checked_box([300, -20, -40, 9000], SIZE) == (0, 0, 300, 2339)
