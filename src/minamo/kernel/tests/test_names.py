"""氏名: three layers, IVS, folding, losses (traps 4 and 25)."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from minamo.kernel.kanji import FOLDS, GROUPS
from minamo.kernel.names import (
    PersonName,
    clean_name_input,
    cp932_loss,
    display_full,
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
        ("斉藤", "齊藤"),
        ("辺見", "邉\U000e0100見"),
        ("弁", "辯"),
        ("闘", "鬪"),
        ("佐々木", "佐佐木"),
        ("竹ケ原", "竹ヶ原"),
        ("ローラ", "ロ-ラ"),
        ("ローラ", "ﾛｰﾗ"),
        ("ヴィオラ", "ゔぃおら"),
        ("バルガス", "ヴァルガス"),
        ("O'Brien", "o’brien"),
    ],
)
def test_search_folds_old_and_new_writing(typed: str, stored: str) -> None:
    assert fold_search(typed) == fold_search(stored)
    assert same_person_name(typed, stored)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("高橋", "高梨"),
        ("はな", "ばな"),
        ("伊東", "伊藤"),
        ("桐山", "梧山"),
        ("渡", "渉"),
        ("坂本", "阪本"),
        ("土屋", "士屋"),
        ("じゅん", "じゆん"),
    ],
)
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
    assert jis_x0213_ok("か\u309a") == []  # 鼻濁音 is one character of the standard, two code points of Unicode
    assert jis_x0213_ok("a\u309a") == ["\u309a"]


@given(st.text(max_size=40))
def test_cp932_never_turns_a_character_into_a_question_mark(text: str) -> None:
    encoded, losses = encode_cp932_reporting(text)
    assert encoded.decode("cp932").count("?") == text.count("?")
    assert all(text[loss.index] == loss.char for loss in losses)


@given(st.text(alphabet="髙﨑𠮷邉\ufa10田中がぎアー〜①?A\U000e010f\ue000", max_size=20))
def test_cp932_what_is_not_reported_comes_back_unchanged(text: str) -> None:
    encoded, losses = encode_cp932_reporting(text)
    lost = {loss.index for loss in losses}
    kept = "".join(char for index, char in enumerate(text) if index not in lost)
    assert encoded.decode("cp932").replace("〓", "") == kept.replace("〜", "～")
    assert {loss.char for loss in losses} <= {"𠮷", "\U000e010f", "\ue000"}


def test_private_characters_of_one_machine_are_a_loss() -> None:
    """外字 would pass the codec silently and be another character elsewhere."""
    encoded, losses = encode_cp932_reporting("渡\ue000")
    assert encoded.decode("cp932") == "渡〓"
    assert [loss.index for loss in losses] == [1]
    assert jis_x0213_ok("渡\ue000") == ["\ue000"]


def test_kana_from_a_mac_is_no_loss_and_selectors_leave_no_mark() -> None:
    mac = unicodedata.normalize("NFD", "がっこう") + WATANABE
    encoded, losses = encode_cp932_reporting(mac)
    assert encoded.decode("cp932") == "がっこう渡邉"
    assert [mac[loss.index] for loss in losses] == ["\U000e010f"]
    assert jis_x0213_ok(mac) == ["\U000e010f"]


def test_loss_is_reported_with_its_place() -> None:
    encoded, losses = encode_cp932_reporting("𠮷田")
    assert encoded.decode("cp932") == "〓田"
    assert [(loss.index, loss.char) for loss in losses] == [(0, "𠮷")]
    assert cp932_loss("髙﨑") == []


def test_people_without_all_parts() -> None:
    assert PersonName(given="Suharto").display == "Suharto"
    assert PersonName(family="Dela Cruz", middle="Reyes", given="Ana").display == "Dela Cruz Reyes Ana"
    assert PersonName(family="高橋", given="花", official_family="髙橋", official_given="花").search_key == "高橋花"


def test_a_name_is_shown_whole_whichever_parts_exist() -> None:
    long = "Maximiliana Konstantinopolska-Brzęczyszczykiewicz de la Fuente"
    assert display_full(PersonName(given=long, middle="Xiu")) == f"Xiu {long}"
    assert display_full(PersonName(family="王")) == "王"
    assert display_full(PersonName(official_family=WATANABE, official_given="𠮷男")) == f"{WATANABE} 𠮷男"
    assert display_full(PersonName(given_kana="アナ")) == "アナ"
    assert display_full(PersonName()) == ""


def test_both_writings_and_the_reading_are_found_by_one_key() -> None:
    name = PersonName(
        family="山本", given="アナ", official_family="DELA CRUZ", official_given="ANA", family_kana="やまもと"
    )
    assert [fold_search(word) in name.search_key for word in ("山本アナ", "dela cruz", "ヤマモト")] == [True] * 3


def test_outer_space_of_any_kind_goes_inner_space_stays() -> None:
    assert clean_name_input("\ufeff\u3000\u00a0 Ana  Maria\u200b\t\r\n") == "Ana  Maria"
    assert clean_name_input("\u3099か\u3099") == "\u3099が"


def test_a_kanji_belongs_to_one_group_only() -> None:
    everything = "".join(GROUPS)
    assert len(set(everything)) == len(everything)
    assert len(FOLDS) >= 150
    assert all(len(group) > 1 for group in GROUPS)


@pytest.mark.parametrize("variant", sorted(FOLDS))
def test_every_variant_is_found_by_its_common_form(variant: str) -> None:
    assert fold_search(variant) == fold_search(FOLDS[variant])
