"""Whatever a school chooses by mistake: refused in words with the place, or put aside row by row; never an error page, never
written twice."""

import io
import json
import unicodedata
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from django.core.files.storage import default_storage

from minamo.interop.models import ImportRun, TrayRow
from minamo.interop.tests.guardians.conftest import Office
from minamo.interop.tests.guardians.lists import CODE, HEADER, command, listing, row
from minamo.kernel import files
from minamo.people.models import Guardian, GuardianLink, Household
from tests.fixtures.world import World


def book(*rows: list[str], change: Callable[[Any], None] = lambda _: None) -> bytes:
    """A workbook with one sheet 名簿."""
    made = openpyxl.Workbook()
    made.worksheets[0].title = "名簿"
    for line in rows:
        made.worksheets[0].append(line)
    change(made)
    out = io.BytesIO()
    made.save(out)
    return out.getvalue()


def bomb() -> bytes:
    """A book that unpacks to 200 MB."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", "<x/>")
        archive.writestr("xl/worksheets/sheet1.xml", b"0" * (200 * 2**20))
    return out.getvalue()


def on_the_second_sheet(made: Any) -> None:
    made.create_sheet("本物").append(HEADER)


def unsolved(made: Any) -> None:
    made.worksheets[0]["I2"] = '=CONCAT("090-","0000-1111")'


PLAIN = listing(row(氏名="吉田 結衣")).decode("utf-8-sig")
REFUSED: dict[str, tuple[str, bytes, tuple[str, ...]]] = {
    "empty": ("a.csv", b"", ("空",)),
    "nothing but a BOM": ("a.csv", b"\xef\xbb\xbf", ("空",)),
    "nothing but lines": ("a.csv", b"\r\n\r\n", ("空",)),
    "only the heading": ("a.csv", listing(), ("1行目", "行がありません")),
    "no heading": ("a.csv", listing(header=row()), ("児童生徒の氏名", "保護者1の氏名", "1行目")),
    "a heading twice": ("a.csv", listing([*row(), "x"], header=[*HEADER, "氏名"]), ("「氏名」（2列目と15列目）",)),
    "dirt after CP932": ("a.csv", PLAIN.encode("cp932") + b"\x80\xff\xfd", ("文字コード",)),
    "two encodings": ("a.csv", PLAIN.encode("cp932") + "あいう".encode(), ("文字コード",)),
    "EUC": ("a.csv", PLAIN.encode("euc-jp"), ("文字コード",)),
    "NUL": ("a.csv", b"a\x00b,c\r\n", ("文字のファイルではありません",)),
    "an open quote": ("a.csv", listing(row()) + b'"abc\r\n', ("3件目", "引用符")),
    "a cell without end": ("a.csv", listing(row(備考="あ" * 200_000)), ("2件目", "長すぎるセル")),
    "too many columns": ("a.csv", listing(header=[*HEADER, *[f"c{n}" for n in range(300)]]), ("300列",)),
    "a PDF": ("a.csv", b"%PDF-1.7\n", ()),
    "a picture": ("a.csv", b"\x89PNG\r\n\x1a\n" + bytes(range(256)), ()),
    "an old book": ("a.xlsx", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"x" * 600, ("パスワード",)),
    "no book at all": ("a.xlsx", b"PK\x03\x04nothing", ("Excelファイルとして開けません",)),
    "half a book": ("a.xlsx", book(HEADER, row())[:900], ("Excelファイルとして開けません",)),
    "a bomb": ("a.xlsx", bomb(), ("大きすぎます",)),
    "the wrong sheet": (
        "a.xlsx",
        book(["お知らせ"], change=on_the_second_sheet),
        ("「名簿」のシートの1行目", "いちばん前"),
    ),
    "a formula without its result": ("a.xlsx", book(HEADER, row(), change=unsolved), ("I2", "保存し直して")),
}


@pytest.mark.django_db
@pytest.mark.parametrize("name", REFUSED)
def test_a_list_that_is_none_is_refused_with_its_place(
    name: str, tmp_path: Path, town: Callable[[], None], world: World
) -> None:
    filename, content, said = REFUSED[name]
    path = tmp_path / filename
    path.write_bytes(content)
    town()
    before = Guardian.objects.count(), Household.objects.count()
    for words in ((), ("--school", CODE), ("--school", CODE, "--check")):
        code, text = command(path, *words)
        assert code == 1, text
        assert filename in text and "何も変わっていません" in text
        assert all(part in text for part in said), text
    assert json.loads(command(path, "--json")[1])["accepted"] is False
    town()
    assert (Guardian.objects.count(), Household.objects.count()) == before
    assert (TrayRow.objects.count(), ImportRun.objects.count()) == (0, 0)


@pytest.mark.parametrize("name", REFUSED)
def test_the_page_refuses_it_too(name: str, office: Office) -> None:
    filename, content, _ = REFUSED[name]
    answer = office.look(content, filename)
    assert answer.status_code == 422 and "何も変わっていません" in answer.content.decode()


@pytest.mark.parametrize(
    "form",
    [
        {},
        {"step": "take"},
        {"kept": "", "step": "take"},
        {"kept": "0" * 64, "filename": "a.csv", "step": "take"},
        {"kept": "../../etc/passwd", "filename": "../../etc/passwd"},
        {"kept": "\x00", "filename": "\x00"},
        {"field-0": "name", "heading-1": "氏名"},
        {"file": "not a file"},
        {"heading-0": "長" * 500, "field-0": "name", "kept": "x"},
    ],
)
def test_nonsense_sent_to_the_page_is_answered_in_words(form: dict[str, str], office: Office) -> None:
    answer = office.client.post(office.page, form)
    assert answer.status_code == (400 if "\0" in "".join(form.values()) else 422)
    assert "何も変わっていません" in answer.content.decode()


@pytest.mark.parametrize(
    "text", ["\x00", "\ud800", "あ" * 100_000, "<script>alert(1)</script>", "=cmd|' /C calc'!A0", "\u202e"]
)
def test_nonsense_typed_into_the_tray_is_survived(text: str, office: Office, world: World) -> None:
    (waiting,) = office.take(row(保護者1続柄=""))
    sent = {
        "v_note": text.encode(errors="replace").decode(),
        "v_guardian1_name": text.encode(errors="replace").decode(),
    }
    answer = office.decide(waiting, **sent, v_guardian1_relation="母", confirm="NO_CONTACT")
    assert answer.status_code in ({400} if "\0" in text else {302, 422})
    assert "<script>alert" not in office.client.get(office.tray).content.decode()
    assert office.client.get(f"/pupils/{world.pupil('yui')}/").status_code == 200


# What of one row makes it wait (or be mended aloud), and the flag that says so.
WAIT: dict[str, tuple[dict[str, str], str]] = {
    "an address without end": ({"住所": "架空県" * 200}, "TOO_LONG"),
    "a name without end": ({"保護者1氏名": "吉田 " + "長" * 150}, "TOO_LONG"),
    "a relation without end": ({"保護者1続柄": "母方の祖母の妹の配偶者のいとこにあたる人の娘"}, "TOO_LONG"),
    "a mail without end": ({"保護者1メール": "a" * 300 + "@example.jp"}, "TOO_LONG"),
    "a student number without end": ({"学籍番号": "1" * 5000}, "UNKNOWN_PUPIL"),
    "digits of elsewhere": ({"保護者1電話": "٠٩٠٠٠٠٠١١١١"}, "PHONE_INVALID"),
    "two numbers in a cell": ({"保護者1電話": "090-0000-1111 090-2222-3333"}, "PHONE_INVALID"),
    "a number from abroad": ({"保護者1電話": "+81 90 0000 1111"}, "PHONE_INVALID"),
    "nobody": ({"保護者1氏名": "", "保護者1続柄": "", "保護者1電話": ""}, "NO_GUARDIAN"),
    "an error of Excel": ({"住所": "#N/A"}, "EXCEL_ERROR"),
    "a lost letter": ({"住所": "架空県?野町"}, "CHAR_LOST"),
    "a letter lost by another program": ({"保護者1氏名": "吉田 \ufffd子"}, "CHAR_LOST"),
    "a 下駄": ({"保護者1氏名": "〓田 恵子"}, "CHAR_LOST"),
}


@pytest.mark.parametrize("name", WAIT)
def test_a_broken_row_waits_and_harms_nobody(name: str, office: Office, world: World) -> None:
    change, flag = WAIT[name]
    fine = row(
        "hana", 氏名="髙橋 花", 組="1", 保護者1氏名="高橋 陽子", 住所="架空県水上野町9番地", 保護者1電話="090-9999-0000"
    )
    (waiting,) = office.take(row(**change), fine)
    assert flag in waiting.flags
    assert not GuardianLink.objects.filter(pupil_id=world.pupil("yui")).exists()
    assert GuardianLink.objects.filter(pupil_id=world.pupil("hana"), guardian__phone="090-9999-0000").exists()
    assert office.client.get(office.tray).status_code == 200


def test_columns_nobody_knows_are_named_by_hand_and_remembered(office: Office, world: World) -> None:
    """Only where naming helps: a heading that stands twice is mended in the file."""
    header = [{"保護者1氏名": "連絡先のお名前"}.get(name, name) for name in HEADER]
    page = office.look(listing(row(), header=header)).content.decode()
    assert "列の意味を選んでください" in page and "吉田 恵子" in page
    kept = page.split('name="kept" value="')[1].split('"')[0]
    number = header.index("連絡先のお名前")
    form = {
        "kept": kept,
        "filename": "a.csv",
        f"heading-{number}": "連絡先のお名前",
        f"field-{number}": "guardian1_name",
    }
    assert "この内容で取り込む" in office.client.post(office.page, form).content.decode()
    assert "この内容で取り込む" in office.look(listing(row(), header=header)).content.decode()
    twice = office.look(listing([*row(), "x", "y"], header=[*HEADER, "氏名", "謎"])).content.decode()
    assert "同じ見出し" in twice and "列の意味を選んでください" not in twice


def test_a_row_that_has_slipped_waits(office: Office, world: World) -> None:
    """A comma in an address that nobody quoted moves everything to the right."""
    (waiting,) = office.take([*row(), "", "はみ出した文字"])
    assert waiting.flags == ["SHIFTED"]
    assert "はみ出した文字" in office.client.get(office.tray).content.decode()
    assert office.decide(waiting).status_code == 422
    assert office.decide(waiting, confirm="SHIFTED").status_code == 302


@pytest.mark.parametrize("unseen", ["\u202e", "\u200b", "\x07", "\ufeff"])
def test_what_nobody_sees_is_not_kept(office: Office, world: World, unseen: str) -> None:
    assert office.take(row(保護者1氏名=f"吉田{unseen} 恵子")) == []
    link = GuardianLink.objects.get(pupil_id=world.pupil("yui"))
    assert link.guardian.display_name == "𠮷田 恵子"
    assert TrayRow.objects.get().flags == ["INVISIBLE"]


WRITTEN_OTHERWISE = {
    "scrambled columns": listing(row()[::-1], header=HEADER[::-1]),
    "a Mac": unicodedata.normalize("NFD", listing(row()).decode("utf-8-sig")).encode(),
    "UTF-16": listing(row()).decode("utf-8-sig").encode("utf-16"),
    "tabs": listing(row()).replace(b",", b"\t"),
    "old line ends": listing(row()).replace(b"\r\n", b"\r"),
    "a title above": "令和8年度 名簿,,,\r\n".encode("utf-8-sig") + listing(row())[3:],
    "Shift_JIS": PLAIN.encode("cp932"),
}


@pytest.mark.parametrize("name", WRITTEN_OTHERWISE)
def test_the_same_list_written_otherwise_is_the_same(name: str, office: Office, world: World) -> None:
    content = WRITTEN_OTHERWISE[name]
    kept = office.look(content).content.decode().split('name="kept" value="')[1].split('"')[0]
    office.client.post(office.page, {"kept": kept, "filename": "一覧.csv", "step": "take"})
    office.town()
    link = GuardianLink.objects.get(pupil_id=world.pupil("yui"))
    assert (link.guardian.display_name, link.guardian.phone, link.relation) == ("𠮷田 恵子", "090-0000-1111", "母")


@pytest.mark.parametrize(
    "change",
    [
        {},
        {"住所": "", "保護者1電話": "", "保護者1メール": "a@example.jp"},
        {"住所": "", "緊急連絡先": "0278-00-0000"},
        {"住所": "", "保護者1電話": "", "緊急連絡先": "0278-00-0000", "保護者2氏名": "吉田 太郎", "保護者2続柄": "父"},
        {"保護者2氏名": "吉田 恵子", "保護者2続柄": "母", "保護者2電話": "090-0000-1111"},
        {"保護者1氏名": "", "保護者1続柄": "", "保護者1電話": "", "保護者2氏名": "吉田 太郎", "保護者2続柄": "父", "保護者2電話": "090-0000-2222"},
        {"備考": "住所非開示（支援措置）", "保護者2氏名": "吉田 太郎", "保護者2続柄": "父"},
    ],
)  # fmt: skip
@pytest.mark.django_db
def test_nothing_is_written_the_second_time(
    tmp_path: Path, town: Callable[[], None], world: World, change: dict[str, str]
) -> None:
    header = [*HEADER, "緊急連絡先"]
    path = tmp_path / "a.csv"
    path.write_bytes(listing([*row(**change), change.get("緊急連絡先", "")], header=header))
    assert json.loads(command(path, "--school", CODE, "--json")[1])["rows_written"] > 0
    for words in (("--check",), ()):
        told = json.loads(command(path, "--school", CODE, "--json", *words)[1])
        assert (told["rows_written"], told["put_aside"]) == (0, 0)


@pytest.mark.django_db
def test_what_is_said_before_is_what_happens(tmp_path: Path, town: Callable[[], None], world: World) -> None:
    path = tmp_path / "a.csv"
    rows = [row(保護者2氏名="吉田 太郎", 保護者2続柄="父", 保護者2電話="09000002222", 備考="支援措置"),
            row("hana", 氏名="髙橋 花", 組="1", 保護者1氏名="高橋 陽子", 保護者1電話="9000001111"),
            row("sora", 氏名="佐藤 空", 組="1", 保護者1氏名="佐藤 望", 保護者1電話="090-5555-0000"), row("nobody", 氏名="架場 未来")]  # fmt: skip
    path.write_bytes(listing(*rows))
    town()
    before = {kind: kind.objects.count() for kind in (Guardian, GuardianLink, Household)}
    foretold = json.loads(command(path, "--school", CODE, "--json", "--check")[1])
    town()
    assert {kind: kind.objects.count() for kind in before} == before
    assert (TrayRow.objects.count(), ImportRun.objects.count()) == (0, 0)
    kept = files.path_of(files.digest_of(path.read_bytes()))
    assert not default_storage.exists(kept)  # no copy of a list that was only looked at
    done = json.loads(command(path, "--school", CODE, "--json")[1])
    assert foretold == done | {"applied": False}
    assert default_storage.exists(kept)
    town()
    assert TrayRow.objects.filter(blocking=True).count() == foretold["put_aside"] == 2
    assert done["rows_written"] >= sum(kind.objects.count() - number for kind, number in before.items()) > 0
