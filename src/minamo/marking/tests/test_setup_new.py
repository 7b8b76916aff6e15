"""新しいテスト: a blank sheet in, a test with its boxes out; what is no sheet is refused in words."""

import io
from collections.abc import Callable
from pathlib import Path

import pikepdf
import pytest
from django.test import Client
from PIL import Image

from minamo.access.api import set_scope
from minamo.kernel import files
from minamo.marking import blank
from minamo.marking.models import Assessment, Edition
from minamo.marking.tests.sheets import a_sheet, encrypted, huge_png, many, picture, upload
from tests.fixtures.papers.layouts import FAMILIES
from tests.fixtures.world import World

ClientFor = Callable[..., Client]
pytestmark = pytest.mark.django_db


def see_all(world: World) -> None:
    set_scope(municipalities=[world.municipality("A"), world.municipality("B")], side="school")


def new(world: World, school: str = "a1") -> str:
    return f"/marking/schools/{world.school(school)}/new/"


def test_a_blank_sheet_becomes_a_test_with_its_boxes(world: World, client_for: ClientFor) -> None:
    teacher, sent = client_for("a1-homeroom"), upload(a_sheet())
    answer = teacher.post(new(world), sent)
    assert answer.status_code == 302, answer.content.decode()[:2000]
    assert teacher.post(new(world), upload(a_sheet(), key=sent["key"]))["Location"] == answer["Location"]
    page = teacher.get(answer["Location"]).content.decode()
    assert "社会 期末" in page and "m-setup" in page
    see_all(world)
    row = Assessment.objects.get(title="社会 期末")
    assert (row.author_label, row.audience, row.subject, row.year) == ("原澤 美咲", "author", "社会", 2026)
    edition = Edition.objects.get(assessment=row)
    sheet = FAMILIES["grid"](71)
    assert len(edition.questions) == len(sheet.boxes)
    assert edition.number_box and edition.name_box
    assert [one["id"] for one in edition.questions] == [f"q{at + 1}" for at in range(len(sheet.boxes))]
    picture = teacher.get(f"{answer['Location']}sheet/")
    with Image.open(io.BytesIO(picture.content)) as image:
        assert image.size == (row.width, row.height)
    with pikepdf.open(io.BytesIO(files.read(row.blank))) as book:
        assert len(book.pages) == 1


def test_who_may_make_a_test(world: World, client_for: ClientFor) -> None:
    for name in ("a2-head", "b1-head", "a-board", "takahashi-mother", "pupil-hana"):
        assert client_for(name).post(new(world), upload(b"%PDF-1.7")).status_code in {403, 404}, name
    assert Client().post(new(world), upload(b"%PDF-1.7")).status_code in {302, 401}
    see_all(world)
    assert not Assessment.objects.exists()


def test_what_is_no_sheet_is_refused_in_words_and_changes_nothing(
    world: World, client_for: ClientFor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(blank, "apart", blank.take_in)  # here and now: nine processes say no more than one
    monkeypatch.setattr("minamo.marking.office.shutil.which", lambda _: None)
    teacher = client_for("a1-homeroom")
    for content, name, words in (
        (b"", "空.pdf", "ファイルが空です"),
        (b"hello", "嘘.pdf", "中身が違います"),
        (b"%PDF-1.7 rubbish", "壊れ.pdf", "壊れているか、途中で切れています"),
        (encrypted(), "鍵.pdf", "パスワードを外して"),
        (many(3), "3枚.pdf", "3ページあります"),
        (picture((1, 1)), "点.png", "画像が小さすぎます"),
        (huge_png(), "大.png", "画像が大きすぎます"),
        (b"PK\x03\x04 word", "用紙.docx", "PDFとして保存"),
        (b"MZ", "何か.exe", "この種類のファイルは受け取れません"),
    ):
        answer = teacher.post(new(world), upload(content, name, title="歴史"))
        text = answer.content.decode()
        assert answer.status_code == 422, name
        assert words in text and 'value="歴史"' in text and "まだ何も作っていません" in text, (name, text[-1500:])
    see_all(world)
    assert not Assessment.objects.exists()


def test_office_files_go_through_libreoffice_where_there_is_one(
    world: World, client_for: ClientFor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A stand-in for the program: it takes the arguments of soffice and writes the PDF beside the file."""
    (tmp_path / "made.pdf").write_bytes(a_sheet("steps"))
    program = tmp_path / "soffice"
    program.write_text(f'#!/bin/sh\nfor last; do :; done\ncp {tmp_path}/made.pdf "${{last%.*}}.pdf"\n')
    program.chmod(0o755)
    monkeypatch.setattr("minamo.marking.office.shutil.which", lambda _: str(program))
    answer = client_for("a1-homeroom").post(new(world), upload(b"PK\x03\x04 word", "理科.docx"))
    assert answer.status_code == 302, answer.content.decode()[-1500:]
    see_all(world)
    assert Assessment.objects.get(title="理科").blank_name == "理科.docx"
