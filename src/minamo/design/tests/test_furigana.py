"""ふりがな: readings stand above kanji of text, never inside what takes none, and the text itself stays as it is."""

import re

import pytest
from django.utils.safestring import mark_safe
from hypothesis import given
from hypothesis import strategies as st

from minamo.design.furigana import KANJI, furigana, readings


def read(markup: str) -> str:
    """What a child reads: every ruby as its reading."""
    spoken = re.sub(r"<ruby>[^<]*<rp>（</rp><rt>([^<]*)</rt><rp>）</rp></ruby>", r"\1", furigana(markup))
    return re.sub(r"</?m-yomi>", "", spoken)


@pytest.mark.parametrize(
    ("text", "spoken"),
    [
        ("きょうの欠席・遅刻を連絡", "きょうのけっせき・ちこくをれんらく"),
        ("11月24日（火）", "11がつにじゅうよっか（か）"),
        ("12月1日（土）から3日間", "12がつついたち（ど）から3にちかん"),
        ("授業日は17日", "じゅぎょうびは17にち"),
        ("5年1組 12番", "5ねん1くみ 12ばん"),
        ("出席停止と出席", "しゅっせきていしとしゅっせき"),
        ("画面に出ます。手紙を出す。", "がめんにでます。てがみをだす。"),
        ("来週に来ます", "らいしゅうにきます"),
        ("月", "げつ"),  # a calendar's column
        ("水上野の学校", "水上野のがっこう"),  # a word the table does not know whole is left alone
    ],
)
def test_words_are_read_as_the_pages_mean_them(text: str, spoken: str) -> None:
    assert read(text) == spoken


def test_safe_markup_is_not_escaped_again() -> None:
    assert "&lt;" not in furigana(mark_safe("<th>月</th>"))


def test_what_takes_no_reading_stays() -> None:
    assert furigana('<b translate="no">水上<i>小</i></b>') == '<b translate="no">水上<i>小</i></b>'
    markup = '<p title="欠席">欠席</p><script>"欠席"</script><select><option>欠席</option></select><ruby>花<rt>はな</rt></ruby>'
    assert furigana(markup) == markup.replace(
        '"欠席">欠席', '"欠席"><m-yomi><ruby>欠席<rp>（</rp><rt>けっせき</rt><rp>）</rp></ruby></m-yomi>'
    )


@given(st.text(alphabet="欠席停止連絡11224日月火（）あき<>/pb&; ", max_size=40))
def test_the_text_below_is_the_text_that_was(text: str) -> None:
    from django.utils.html import escape

    plain = escape(text)
    below = re.sub(r"<rp>（</rp><rt>[^<]*</rt><rp>）</rp>|</?(ruby|m-yomi)>", "", furigana(plain))
    assert below == plain


def test_every_word_of_the_table_begins_with_kanji_and_is_read_in_hiragana() -> None:
    for word, reading in readings().items():
        assert KANJI.match(word), word
        assert re.fullmatch(r"[ぁ-んー]+", reading), word
