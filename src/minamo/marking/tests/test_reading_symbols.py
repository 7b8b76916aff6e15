"""文字範囲 and the masking of the network's answer by it."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from minamo.marking.reading.model import Facts, facts
from minamo.marking.reading.reader import masked
from minamo.marking.reading.symbols import (
    CLASSES,
    INDEX,
    KINDS,
    LOOKALIKES,
    OTHER,
    Alphabet,
    UnknownSymbol,
    parse_alphabet,
)
from tests.fixtures.alphabets import ALPHABETS, NO_ALPHABETS

KIND_NAMES = [name for name, _ in KINDS]
TAUGHT = st.lists(st.sampled_from(CLASSES[:-1]), min_size=1, max_size=12, unique=True)


@pytest.mark.parametrize(
    ("given_text", "symbols", "digits"), [*ALPHABETS, (["ア", "イ", "ア"], "アイ", 0), (["Ａ"], "A", 0)]
)
def test_an_alphabet_is_what_the_teacher_typed(given_text: str | list[str], symbols: str, digits: int) -> None:
    found = parse_alphabet(given_text)
    assert "".join(found.symbols) == symbols
    assert found.digits == digits


@pytest.mark.parametrize("wrong", ["", "  ", "アイ漢", ["アイ"], [OTHER], *NO_ALPHABETS])
def test_what_was_not_taught_is_said(wrong: str | list[str]) -> None:
    with pytest.raises(UnknownSymbol, match="読み取りの対象外"):
        parse_alphabet(wrong)


def test_look_alikes_are_classes() -> None:
    assert all(len(group) >= 2 and all(symbol in INDEX for symbol in group) for group in LOOKALIKES)


@given(symbols=TAUGHT, seed=st.integers(0, 2**32 - 1))
def test_probabilities_of_an_alphabet_never_exceed_one(symbols: list[str], seed: int) -> None:
    logits = np.random.default_rng(seed).normal(0, 4, (5, len(CLASSES))).astype(np.float32)
    rows = masked(logits, Alphabet(tuple(symbols)))
    assert rows.shape == (5, len(symbols))
    assert (rows >= 0).all()
    assert (rows.sum(axis=1) <= 1 + 1e-6).all()


@given(symbols=TAUGHT)
def test_a_sure_class_is_its_own_symbol(symbols: list[str]) -> None:
    logits = np.full((len(symbols), len(CLASSES)), -20, np.float32)
    for at, symbol in enumerate(symbols):
        logits[at, INDEX[symbol]] = 20
    assert masked(logits, Alphabet(tuple(symbols))).argmax(axis=1).tolist() == list(range(len(symbols)))


def _sure(symbol: str) -> np.ndarray:
    logits = np.full((1, len(CLASSES)), -20, np.float32)
    logits[0, INDEX[symbol]] = 20
    return logits


def test_a_twin_counts_unless_the_question_uses_it() -> None:
    assert masked(_sure("ン"), parse_alphabet("サシスセソ"))[0].argmax() == 4
    assert masked(_sure("ン"), parse_alphabet("ソン"))[0].argmax() == 1
    assert masked(_sure("○"), parse_alphabet("0-9"))[0, 0] > 0.99


def test_what_is_outside_the_alphabet_is_doubt() -> None:
    assert masked(_sure("カ"), parse_alphabet("アイウエオ")).max() < 0.01
    assert masked(_sure(OTHER), parse_alphabet("アイウエオ")).max() < 0.01


@pytest.mark.parametrize(
    ("given_text", "kind"),
    [("ア-オ", "ア–コ"), ("ア-コ", "ア–コ"), ("ア-ト", "ア–ン"), ("エ工", "ア–コ"), ("う-く", "あ–こ"), ("1-4", "0–9"), ("１２", "0–9"), ("ABCDE", "A–E"),
     ("A-H", "A–Z"), ("a-e", "a–e"), ("〇×", "○×"), ("○×△", "○×△"), ("①-③", "①–⑤"), ("一-五", "一–十"), ("アA", None), ("あイ", None)],
)  # fmt: skip
def test_an_alphabet_belongs_to_the_narrowest_kind_with_all_its_letters(given_text: str, kind: str | None) -> None:
    assert parse_alphabet(given_text).kind == kind


def test_every_kind_has_a_threshold_and_a_mixture_the_strictest() -> None:
    assert list(facts().thresholds) == KIND_NAMES
    made = Facts("00", {"ア–コ": 0.5, "0–9": 0.9, "A–E": 0.6}, {"0–9": {"1": 0.8}}, ((0.9, 0.9), (0.9, 0.9)), 1.0)
    assert [made.threshold(kind) for kind in ("ア–コ", "0–9", "A–E", None, "一–十")] == [0.5, 0.9, 0.6, 0.9, 0.9]
    assert made.limits(parse_alphabet("1-3")) == (0.8, 0.9, 0.9)
    assert made.limits(parse_alphabet("エ工")) == (0.5, 0.5)
    assert made.limits(parse_alphabet("1A")) == (0.9, 0.9), "a mixture has the strictest, whatever one of its kinds has"


def test_a_symbol_seldom_mistaken_is_read_although_another_of_its_alphabet_is_doubted() -> None:
    own = facts().symbol_thresholds
    assert set(own) < set(KIND_NAMES) and all(set(own[name]) == set(symbols) for name, symbols in KINDS if name in own)
    for name, limits in own.items():
        assert min(limits.values()) < facts().thresholds[name] <= max(*limits.values(), 0.99), name
