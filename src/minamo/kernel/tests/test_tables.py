"""Tables as teachers have them (trap 25)."""

import datetime as dt
import io
import zipfile

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from minamo.kernel.tables import Sheet, TableError, books, csv_safe, read_table, reading, shape, write_csv, write_xlsx

BOOK = write_xlsx([Sheet("名簿", ["番号", "氏名"], [["01", "花"], ["02", "空"]])])


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
        b"\xff\xfea",
        b"\xef\xbb\xbf\xff",
        b"a\xa0b",
        b"\r\n , \r\n",
    ],
)
def test_what_is_no_table_is_refused_in_words(content: bytes) -> None:
    with pytest.raises(TableError) as caught:
        read_table("a.csv", content)
    assert caught.value.message_ja.endswith("。")


def test_a_broken_record_is_named_by_its_number() -> None:
    with pytest.raises(TableError) as caught:
        read_table("a.csv", b'a,b\n"1\n2",3\n"4"5,6\n')
    assert caught.value.record == 3


@given(st.binary(max_size=200))
def test_any_bytes_give_a_table_or_a_sentence(content: bytes) -> None:
    try:
        assert read_table("a.csv", content).header
    except TableError as error:
        assert error.message_ja.endswith("。")


@given(st.integers(0, 5000), st.integers(0, 255))
def test_a_damaged_book_gives_a_table_or_a_sentence(place: int, value: int) -> None:
    damaged = bytearray(BOOK)
    damaged[place % len(damaged)] = value
    try:
        assert read_table("a.xlsx", bytes(damaged)).encoding
    except TableError as error:
        assert error.message_ja.endswith("。")


def test_cp932_export_reports_what_it_lost() -> None:
    result = write_csv([["𠮷田", "x"]], ["氏名", "b"], "cp932")
    assert "〓田" in result.content.decode("cp932")
    assert (result.lost[0].record, result.lost[0].column) == (2, "氏名")


def _book(*rows: tuple[object, ...], title: str = "名簿") -> bytes:
    """A book as a teacher would have saved it, types as Excel chose them."""
    book = openpyxl.Workbook()
    page = book.worksheets[0]
    page.title = title
    for row in rows:
        page.append(row)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _replaced(content: bytes, part: str, old: bytes, new: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as source, zipfile.ZipFile(out, "w") as target:
        for name in source.namelist():
            text = source.read(name)
            if name == part:
                assert old in text
                text = text.replace(old, new)
            target.writestr(name, text)
    return out.getvalue()


PAGE = "xl/worksheets/sheet1.xml"


def test_excel_values_become_the_text_a_person_sees() -> None:
    moment = dt.datetime(2026, 4, 1, 8, 20)
    table = read_table("a.xlsx", _book(("a", "b", "c", "d", "e"), (5, 5.0, dt.date(2019, 4, 2), moment, True)))
    assert table.rows[0].values == ("5", "5", "2019-04-02", "2026-04-01 08:20:00", "TRUE")
    assert (table.encoding, table.sheet) == ("xlsx", "名簿")


def test_zeros_that_only_the_number_format_shows_are_kept() -> None:
    book = openpyxl.Workbook()
    book.worksheets[0].append(["番号", "数"])
    book.worksheets[0].append([42, 42])
    book.worksheets[0]["A2"].number_format = "0000"
    out = io.BytesIO()
    book.save(out)
    assert read_table("a.xlsx", out.getvalue()).rows[0].values == ("0042", "42")


def test_a_wrong_size_claimed_by_the_sheet_hides_no_row() -> None:
    claimed = _replaced(_book(("a", "b"), (1, 2), (3, 4)), PAGE, b'ref="A1:B3"', b'ref="A1"')
    assert [row.values for row in read_table("a.xlsx", claimed).rows] == [("1", "2"), ("3", "4")]


def test_a_row_far_below_is_refused_not_walked_to(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(books, "MAX_LINES", 1000)
    far = _replaced(_book(("a", "b"), (1, 2)), PAGE, b'<row r="2"', b'<row r="99999999999"')
    with pytest.raises(TableError, match="行が多すぎます"):
        read_table("a.xlsx", far)
    near = _replaced(_book(("a", "b"), (1, 2)), PAGE, b'<row r="2"', b'<row r="1000"')
    assert read_table("a.xlsx", near).rows[0].record == 1000


def test_entities_in_a_book_are_refused() -> None:
    bomb = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaa">]>'
    content = _replaced(BOOK, PAGE, b"<worksheet", bomb + b"<worksheet")
    with pytest.raises(TableError, match="開けません"):
        read_table("a.xlsx", content)


def test_a_book_that_unpacks_too_big_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(books, "MAX_UNPACKED", 100)
    with pytest.raises(TableError, match="大きすぎ"):
        read_table("a.xlsx", BOOK)


def test_too_many_rows_columns_or_bytes_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shape, "MAX_ROWS", 2)
    with pytest.raises(TableError, match="大きすぎ"):
        read_table("a.csv", b"a\n1\n2\n")
    with pytest.raises(TableError, match="大きすぎ"):
        read_table("a.xlsx", _book(("x",) * 301))
    monkeypatch.setattr(reading, "MAX_BYTES", 5)
    with pytest.raises(TableError, match="大きすぎ"):
        read_table("a.csv", b"a,b,c\n")


def test_a_book_with_a_password_is_told_from_an_old_one() -> None:
    ole = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(100)
    with pytest.raises(TableError, match="パスワード"):
        read_table("名簿.XLSX", ole)
    with pytest.raises(TableError, match=r"\.xls"):
        read_table("名簿.xls", ole)


def test_trailing_empty_columns_are_no_columns_and_short_rows_are_filled() -> None:
    table = read_table("a.csv", b"a,b,c,,,,,,,\r\n1,2\r\n3,4,5,6,,,\r\n")
    assert table.header == ("a", "b", "c")
    assert [row.values for row in table.rows] == [("1", "2", ""), ("3", "4", "5", "6")]


def test_tabs_part_columns_too_even_below_a_title() -> None:
    table = read_table("a.txt", "名簿\n番号\t氏名\t備考\n1\t花\ta,b\n".encode("utf-16"))
    assert table.header == ("番号", "氏名", "備考")
    assert table.rows[0].values == ("1", "花", "a,b")


CELLS = st.text(alphabet=st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Cn", "Co")), max_size=12)


@given(st.lists(st.tuples(CELLS, CELLS), max_size=5))
def test_xlsx_written_is_read_back_byte_for_byte(pairs: list[tuple[str, str]]) -> None:
    rows = [(f"0{n}", one, other) for n, (one, other) in enumerate(pairs)]
    back = read_table("a.xlsx", write_xlsx([Sheet("s", ["番号", "氏名", "=備考"], rows)]))
    assert back.header == ("番号", "氏名", "=備考")
    stripped = [tuple("" if not any(c.strip() for c in row[i:]) else row[i] for i in range(3)) for row in rows]
    assert [row.values for row in back.rows] == stripped


def test_the_heading_is_text_bold_and_frozen() -> None:
    page = openpyxl.load_workbook(io.BytesIO(write_xlsx([Sheet("4/1[案]", ["=1+1", "+b"], [], (5,))]))).worksheets[0]
    assert [(cell.value, cell.data_type, cell.font.b) for cell in page[1]] == [("=1+1", "s", True), ("+b", "s", True)]
    assert (page.freeze_panes, page.title, page.column_dimensions["A"].width) == ("A2", "4／1［案］", 5)


def test_numbers_and_moments_are_typed() -> None:
    moment = dt.datetime(2026, 3, 31, 15, 0, tzinfo=dt.UTC)
    content = write_xlsx([Sheet("s", ["a", "b", "c", "d"], [[3, 1234567890123456, moment, dt.date(2026, 4, 1)]])])
    cells = openpyxl.load_workbook(io.BytesIO(content)).worksheets[0][2]
    assert [cell.data_type for cell in cells] == ["n", "s", "d", "d"]
    assert cells[1].value == "1234567890123456"
    assert cells[2].value == dt.datetime(2026, 4, 1)
    assert csv_safe(moment) == "2026-04-01 00:00"


def test_what_a_cell_cannot_hold_is_marked_or_refused_never_cut() -> None:
    back = read_table("a.xlsx", write_xlsx([Sheet("s", ["所見"], [["行\x0b末"]])]))
    assert back.rows[0].values == ("行\ufffd末",)
    with pytest.raises(TableError) as caught:
        write_xlsx([Sheet("s", ["所見"], [["あ" * 32_768]])])
    assert (caught.value.record, caught.value.column) == (2, "所見")


@pytest.mark.parametrize(
    "text", ["=1", " =1", "\u3000=1", "\ufeff=1", "\xa0@x", "＝1", "－1", "＋81", "＠x", "\t=1", "\n=1"]
)
def test_formula_starts_are_defused(text: str) -> None:
    assert csv_safe(text) == f"'{text}"


def test_a_row_longer_than_its_heading_is_a_mistake_of_the_program() -> None:
    with pytest.raises(ValueError, match="longer"):
        write_csv([["1", "2"]], ["a"])
    with pytest.raises(ValueError, match="longer"):
        write_xlsx([Sheet("s", ["a"], [["1", "2"]])])


@given(st.lists(st.tuples(CELLS, CELLS), max_size=5))
def test_csv_written_is_read_back(pairs: list[tuple[str, str]]) -> None:
    rows = [(f"0{n}", one, other, "|") for n, (one, other) in enumerate(pairs)]
    back = read_table("a.csv", write_csv(rows, ["番号", "a", "b", "c"]).content)
    assert [row.values for row in back.rows] == [tuple(csv_safe(cell) for cell in row) for row in rows]
