"""氏名: three layers, IVS, folding, losses (traps 4 and 25)."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from minamo.kernel.names import (
    PersonName,
    clean_name_input,
    cp932_loss,
    encode_cp932_reporting,
    fold_search,
    grapheme_len,
    jis_x0213_ok,
    same_person_name,
)

WATANABE = "渡邉\U000e010f"


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("高橋", "髙橋"),
        ("山崎", "山﨑"),
        ("吉田", "𠮷田"),
        ("渡辺", WATANABE),
        ("渡辺", "渡邊"),
        ("斉藤", "齋藤"),
        ("斉藤", "斎藤"),
        ("浜田", "濵田"),
        ("真", "眞"),
        ("中沢", "中澤"),
        ("塚田", "\ufa10田"),
        ("たかはし", "タカハシ"),
        ("たかはし", "ﾀｶﾊｼ"),
        ("ガ", "か\u3099"),
        ("バイオリン", "ヴァイオリン"),
        ("ANA JULIA", "ａｎａ　ｊｕｌｉａ"),
        ("佐藤空", "佐藤　空"),
    ],
)
def test_search_folds_old_and_new_writing(typed: str, stored: str) -> None:
    assert fold_search(typed) == fold_search(stored)
    assert same_person_name(typed, stored)


@pytest.mark.parametrize(("one", "other"), [("高橋", "高梨"), ("はな", "ばな"), ("伊東", "伊藤")])
def test_folding_does_not_make_strangers_one(one: str, other: str) -> None:
    assert not same_person_name(one, other)


@given(st.text(max_size=30))
def test_folding_twice_changes_nothing_more(text: str) -> None:
    assert fold_search(fold_search(text)) == fold_search(text)


@given(st.text(alphabet="髙﨑𠮷邉\ufa10渡辺田中がぎぱアァー \U000e010f", max_size=20))
def test_stored_names_keep_their_bytes(text: str) -> None:
    """Only outer white space goes; compatibility ideographs and selectors stay what they were."""
    assert clean_name_input(text) == text.strip(" ")


def test_kana_typed_on_a_mac_is_joined_but_kanji_are_left_alone() -> None:
    mac = unicodedata.normalize("NFD", "がぱ") + "\ufa10"
    assert clean_name_input(mac) == "がぱ\ufa10"
    assert unicodedata.normalize("NFC", "\ufa10") != "\ufa10"  # why NFC is never used on names


def test_a_selector_is_no_character_of_its_own() -> None:
    assert grapheme_len(WATANABE) == 2
    assert grapheme_len("𠮷田") == 2


def test_what_jis_cannot_show_is_named() -> None:
    assert jis_x0213_ok("高橋﨑邉") == []
    assert jis_x0213_ok("髙橋𠮷") == ["髙", "𠮷"]
    assert jis_x0213_ok(WATANABE) == ["\U000e010f"]


@given(st.text(max_size=40))
def test_cp932_never_turns_a_character_into_a_question_mark(text: str) -> None:
    encoded, losses = encode_cp932_reporting(text)
    assert encoded.decode("cp932").count("?") == text.count("?")
    assert {loss.char for loss in losses} == {char for char in text if not _fits(char)}


def _fits(char: str) -> bool:
    try:
        char.encode("cp932")
    except UnicodeEncodeError:
        return False
    return True


def test_loss_is_reported_with_its_place() -> None:
    encoded, losses = encode_cp932_reporting("𠮷田")
    assert encoded.decode("cp932") == "〓田"
    assert [(loss.index, loss.char) for loss in losses] == [(0, "𠮷")]
    assert cp932_loss("髙﨑") == []


def test_people_without_all_parts() -> None:
    assert PersonName(given="Suharto").display == "Suharto"
    assert PersonName(family="Dela Cruz", middle="Reyes", given="Ana").display == "Dela Cruz Reyes Ana"
    assert PersonName(family="高橋", given="花", official_family="髙橋", official_given="花").search_key == "高橋花"
