"""郡の定めの読み取り: whole, or refused with every mistake, its line and its field."""

import datetime as dt

import pytest

from minamo.policy.clauses import base_texts
from minamo.policy.county import CountyFileError, read_county

GOOD = """name = "水上野郡の共通の定め"
agreed_on = 2026-12-01
members = ["480441", "480442"]
[limits]
reauth_minutes = 10
[[clause]]
n = "2.5.14"
title = "郡の研修"
text = "郡で合同の研修を行います。"
who = ["教職員"]
"""


def test_a_whole_file_is_read():
    found = read_county(GOOD, base_texts())
    assert (found.name, found.agreed_on, found.members) == (
        "水上野郡の共通の定め",
        dt.date(2026, 12, 1),
        ("480441", "480442"),
    )
    assert found.limits == {"reauth_minutes": 10} and list(found.clauses) == ["2.5.14"]


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('["480441", "480442"]', '["480441", ', "4行目：TOML"),
        ("reauth_minutes = 10", "reauth_minutes = 600", "5行目：limits の reauth_minutes：本人確認"),
        ("reauth_minutes = 10", "reauth = 10", "5行目：limits の「reauth」"),
        ("reauth_minutes = 10", 'reauth_minutes = "10"', "5行目：limits の reauth_minutes は、整数"),
        ("agreed_on = 2026-12-01", 'agreed_on = "12月1日"', "2行目：agreed_on"),
        ('"480441", "480442"', '"4804"', "3行目：members"),
        ('"480442"', '"480441"', "3行目：members に、同じコード"),
        ('who = ["教職員"]', 'who = ["先生"]', "6行目からの条文：who"),
        ('who = ["教職員"]', 'whom = ["教職員"]', "6行目からの条文：「whom」"),
        ('n = "2.5.14"', 'n = "二の五"', "6行目からの条文：「二の五」は条文の番号ではありません"),
        ('n = "2.5.14"', "n = 2.5", "6行目からの条文：n（番号）"),
        ('title = "郡の研修"', 'title = " "', "6行目からの条文：2.5.14 の見出しと文"),
        ('name = "水上野郡の共通の定め"', 'nome = "郡"', "1行目：「nome」"),
    ],
)
def test_a_mistake_is_said_with_its_place(old, new, said):
    with pytest.raises(CountyFileError) as refused:
        read_county(GOOD.replace(old, new, 1), base_texts())
    assert any(mistake.startswith(said) for mistake in refused.value.mistakes), refused.value.mistakes
    assert str(refused.value).endswith("何も変えていません。")


def test_every_mistake_is_said_at_once():
    text = GOOD.replace("10", "600", 1).replace("教職員", "先生").replace('"480442"', '"480441"')
    with pytest.raises(CountyFileError) as refused:
        read_county(text, base_texts())
    assert len(refused.value.mistakes) >= 3
