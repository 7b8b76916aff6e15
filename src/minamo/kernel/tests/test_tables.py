"""Tables as teachers have them (trap 25)."""

import io

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from minamo.kernel.tables import Sheet, TableError, csv_safe, read_table, write_csv, write_xlsx


@given(st.text(max_size=30))
def test_no_cell_can_become_a_formula(text: str) -> None:
    safe = csv_safe(text)
    assert not safe.lstrip(" \u3000").startswith(("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠"))
    assert safe.endswith(text)


def test_numbers_stay_numbers() -> None:
    assert csv_safe(-3) == "-3"
    assert csv_safe(None) == ""


def test_xlsx_keeps_leading_zeros_dates_like_classes_and_formulas_as_text() -> None:
    content = write_xlsx([Sheet("名簿", ["番号", "組", "備考"], [["01260042", "1-2", "=SUM(A1)"]])])
    cells = openpyxl.load_workbook(io.BytesIO(content)).active[2]
    assert [(cell.value, cell.data_type) for cell in cells] == [("01260042", "s"), ("1-2", "s"), ("=SUM(A1)", "s")]
    assert read_table("a.xlsx", content).rows[0].values == ("01260042", "1-2", "=SUM(A1)")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp932", "utf-16"])
def test_encoding_is_found_out(encoding: str) -> None:
    table = read_table("a.csv", "氏名,学年\r\n髙橋　花,５\r\n".encode(encoding))
    assert table.header == ("氏名", "学年")
    assert table.rows[0].values == ("髙橋　花", "５")


def test_records_are_counted_not_lines() -> None:
    table = read_table("a.csv", '氏名,備考\r\n花,"一行目\r\n二行目"\r\n空,\r\n'.encode())
    assert [row.record for row in table.rows] == [2, 3]
    assert table.rows[0].values[1] == "一行目\r\n二行目"


def test_a_title_above_the_heading_is_passed_over() -> None:
    table = read_table("a.csv", "令和8年度 名簿,,\r\n\r\n番号,氏名,学年\r\n1,花,5\r\n".encode())
    assert table.header == ("番号", "氏名", "学年")
    assert table.rows[0].record == 4


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\x00\x01\x02",
        b"\xff\xff\xff\x81",
        b"PK\x03\x04broken",
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1xls",
        b'a,"b\r\n',
    ],
)
def test_what_is_no_table_is_refused_in_words(content: bytes) -> None:
    with pytest.raises(TableError) as caught:
        read_table("a.csv", content)
    assert caught.value.message_ja.endswith("。") or "：" in caught.value.message_ja


def test_cp932_export_reports_what_it_lost() -> None:
    result = write_csv([["𠮷田", "x"]], ["氏名", "b"], "cp932")
    assert "〓田" in result.content.decode("cp932")
    assert (result.lost[0].record, result.lost[0].column) == (2, "氏名")
