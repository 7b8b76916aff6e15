"""テストを用意する: from a blank sheet to settings that are kept as editions, and who stays outside."""

import datetime as dt
import io
import json
import re
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pikepdf
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone
from PIL import Image

from minamo.access.api import set_scope
from minamo.kernel import files
from minamo.marking.models import Assessment, Edition, Sitting
from minamo.marking.tests.scans import begins
from tests.fixtures.assessments import ASSESSMENT, QUESTIONS, SITTING, an_assessment
from tests.fixtures.papers import office as papers
from tests.fixtures.papers.layouts import FAMILIES
from tests.fixtures.world import World

ClientFor = Callable[..., Client]
pytestmark = pytest.mark.django_db
OUTSIDE = ("a1-homeroom2", "a1-nurse", "a2-head", "b1-head", "a-board", "takahashi-mother", "pupil-hana")
HERE = f"/marking/assessments/{ASSESSMENT}/"


def see_all(world: World) -> None:
    set_scope(municipalities=[world.municipality("A"), world.municipality("B")], side="school")


@pytest.fixture
def kept(world: World) -> uuid.UUID:
    """A test of a1-1 with a sitting, as the operator wrote it."""
    see_all(world)
    return an_assessment(world, timezone.now())


def a_sheet(family: str = "grid", seed: int = 71) -> bytes:
    """A blank sheet as PDF."""
    out = io.BytesIO()
    FAMILIES[family](seed).page.save(out, "PDF", resolution=200)
    return out.getvalue()


def upload(content: bytes, name: str = "社会 期末.pdf", **more: Any) -> dict[str, Any]:
    return {"file": SimpleUploadedFile(name, content), "title": "", "subject": "社会", "key": str(uuid.uuid4())} | more


def new(world: World, school: str = "a1") -> str:
    return f"/marking/schools/{world.school(school)}/new/"


def settings(base: int = 1, **more: Any) -> dict[str, Any]:
    rows = [{**one, **more} for one in QUESTIONS]
    return {
        "base": base,
        "questions": rows,
        "number_box": [600, 20, 700, 90],
        "name_box": [700, 20, 1200, 90],
        "vertical": False,
    }


def save(client: Client, sent: Any) -> Any:
    return client.post(HERE, json.dumps(sent) if not isinstance(sent, str) else sent, content_type="application/json")


# --- a new test ------------------------------------------------------------------------------------------------------
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


def test_an_empty_second_page_is_left_out_and_said(world: World, client_for: ClientFor) -> None:
    out, sheet = io.BytesIO(), FAMILIES["grid"](71)
    sheet.page.save(out, "PDF", resolution=200, save_all=True, append_images=[Image.new("L", sheet.size, 255)])
    teacher = client_for("a1-homeroom")
    answer = teacher.post(new(world), upload(out.getvalue()))
    page = teacher.get(answer["Location"]).content.decode()
    assert "2ページ目には、答えるところが何も印刷されていないので使いません" in page
    assert "使いません" not in teacher.get(answer["Location"].partition("?")[0]).content.decode()
    see_all(world)
    assert Assessment.objects.get().leaves == []


def test_who_may_make_a_test(world: World, client_for: ClientFor) -> None:
    for name in ("a2-head", "b1-head", "a-board", "takahashi-mother", "pupil-hana"):
        assert client_for(name).post(new(world), upload(b"%PDF-1.7")).status_code in {403, 404}, name
    assert Client().post(new(world), upload(b"%PDF-1.7")).status_code in {302, 401}
    see_all(world)
    assert not Assessment.objects.exists()


def test_what_is_no_sheet_is_refused_in_words_and_changes_nothing(
    world: World, client_for: ClientFor, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = "minamo.marking.views.setup.new.apart"  # here and now: nine processes say no more than one
    monkeypatch.setattr(here, lambda _, work, *given: work(*given))
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


def encrypted() -> bytes:
    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(a_sheet())) as book:
        book.save(out, encryption=pikepdf.Encryption(owner="a", user="b"))
    return out.getvalue()


def many(count: int) -> bytes:
    """So many pages with print; empty ones at the end would be left out."""
    out, page = io.BytesIO(), FAMILIES["grid"](71).page
    page.save(out, "PDF", resolution=200, save_all=True, append_images=[page] * (count - 1))
    return out.getvalue()


def picture(size: tuple[int, int], kind: str = "PNG", mode: str = "L") -> bytes:
    out = io.BytesIO()
    Image.new(mode, size).save(out, kind)
    return out.getvalue()


def huge_png() -> bytes:
    """The head of a picture of 30,000 × 30,000 points, without its 900 million points."""
    import struct
    import zlib

    head = struct.pack(">IIBBBBB", 30_000, 30_000, 8, 0, 0, 0, 0)
    chunk = b"IHDR" + head
    return b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + chunk + struct.pack(">I", zlib.crc32(chunk)) + b"\0\0\0\0IDAT"


def test_office_files_go_through_libreoffice_where_there_is_one(
    world: World, client_for: ClientFor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A stand-in for the program: it takes the arguments of soffice and writes the PDF beside the file."""
    (tmp_path / "made.pdf").write_bytes(a_sheet("steps"))
    program = tmp_path / "soffice"
    program.write_text(
        f'#!/bin/sh\nfor last; do :; done\ncp {tmp_path}/made.pdf "${{last%.*}}.pdf"\n'
        f'cp "$HOME/profile/user/registrymodifications.xcu" {tmp_path}/; env > {tmp_path}/env\n'
    )
    program.chmod(0o755)
    monkeypatch.setattr("minamo.marking.office.shutil.which", lambda _: str(program))
    answer = client_for("a1-homeroom").post(new(world), upload(papers.docx(""), "理科.docx"))
    assert answer.status_code == 302, answer.content.decode()[-1500:]
    see_all(world)
    assert Assessment.objects.get(title="理科").blank_name == "理科.docx"
    # What a file from outside names is neither run nor fetched, and nothing of ours is in its environment.
    kept = (tmp_path / "registrymodifications.xcu").read_text()
    assert all(
        name in kept for name in ("BlockUntrustedRefererLinks", "DisableActiveContent", "DisableMacrosExecution")
    )
    seen = (tmp_path / "env").read_text()
    assert "https_proxy=http://127.0.0.1:9" in seen and "DATABASE_URL" not in seen and "SECRET" not in seen


# --- settings ----------------------------------------------------------------------------------------------------------
def test_settings_are_editions_and_an_older_base_is_a_difference(
    world: World, client_for: ClientFor, kept: uuid.UUID
) -> None:
    teacher, head = client_for("a1-homeroom"), client_for("a1-head")
    assert save(teacher, settings()).json()["number"] == 1, "nothing changed is no edition"
    assert save(teacher, settings(full=4)).json()["number"] == 2
    late = save(head, settings(full=5))
    assert late.status_code == 409
    assert late.json()["who"] == "原澤 美咲" and late.json()["number"] == 2
    assert save(head, settings(2, full=5)).json()["number"] == 3
    assert save(teacher, settings(1, full=5)).json()["number"] == 3, "what is there already is no difference"
    see_all(world)
    assert [row.questions[0]["full"] for row in Edition.objects.filter(assessment=ASSESSMENT).order_by("number")] == [
        2,
        4,
        5,
    ]


def test_refused_settings_name_the_question(world: World, client_for: ClientFor, kept: uuid.UUID) -> None:
    teacher = client_for("a1-homeroom")
    for sent, words in (
        ("no json", "読み取れませんでした"), ({"base": True}, "読み取れませんでした"), (settings(full=0), "(1)：配点は"),
        (settings(box=[0, 0, 1, 1]), "枠を引き直して"), (settings(drawing="0" * 64), "手書きの正答が見つかりません"),
        ({**settings(), "questions": []}, "設問が一つもありません"), (settings(alphabet="龍"), "読み取りの対象外"),
    ):  # fmt: skip
        answer = save(teacher, sent)
        assert answer.status_code == 422, sent
        assert words in answer.json()["problems"][0]
    see_all(world)
    assert Edition.objects.filter(assessment=ASSESSMENT).count() == 1


def test_an_earlier_edition_is_taken_up_again_as_a_new_one(
    world: World, client_for: ClientFor, kept: uuid.UUID
) -> None:
    teacher = client_for("a1-homeroom")
    save(teacher, settings(full=4))
    listed = teacher.get(f"{HERE}editions/").content.decode()
    assert "いまの設定" in listed and "原澤 美咲" in listed
    assert teacher.post(f"{HERE}editions/", {"number": "9"}).status_code == 422
    assert teacher.post(f"{HERE}editions/", {"number": "x"}).status_code == 422
    assert teacher.post(f"{HERE}editions/", {"number": "1"}).status_code == 302
    see_all(world)
    rows = Edition.objects.filter(assessment=ASSESSMENT).order_by("number")
    assert [(row.number, row.questions[0]["full"]) for row in rows] == [(1, 2), (2, 4), (3, 2)]


def test_a_drawn_answer_is_kept_small_and_shown_to_who_marks(
    world: World, client_for: ClientFor, kept: uuid.UUID
) -> None:
    teacher = client_for("a1-homeroom")
    sent = teacher.post(f"{HERE}drawings/", picture((720, 360), mode="RGBA"), content_type="image/png")
    digest = sent.json()["drawing"]
    assert len(files.read(digest)) < 5_000
    assert teacher.get(f"{HERE}drawings/{digest}/").status_code == 404, "no edition speaks of it yet"
    assert save(teacher, settings(drawing=digest)).status_code == 200
    for path in (f"{HERE}drawings/{digest}/", f"/marking/sittings/{SITTING}/drawings/{digest}/"):
        assert teacher.get(path)["Content-Type"] == "image/png"
        for name in OUTSIDE:
            assert client_for(name).get(path).status_code in {403, 404}, (name, path)
    for content in (b"\x89PNG\r\n\x1a\n rubbish", b"GIF8", b"", b"\x89PNG\r\n\x1a\n" + b"0" * 300_000, huge_png()):
        assert teacher.post(f"{HERE}drawings/", content, content_type="image/png").status_code == 422


@pytest.mark.parametrize("name", OUTSIDE)
def test_who_stays_outside(world: World, client_for: ClientFor, kept: uuid.UUID, name: str) -> None:
    outsider = client_for(name)
    for path in (HERE, f"{HERE}sheet/", f"{HERE}editions/", f"{HERE}classes/"):
        assert outsider.get(path).status_code in {403, 404}, path
    for path in ("", "drawings/", "editions/", "details/", "copies/", "sharing/", "shelf/"):
        assert outsider.post(f"{HERE}{path}", {}).status_code in {403, 404}, path
    assert outsider.post(f"/marking/sittings/{SITTING}/day/", {"held_on": "2026-11-20"}).status_code in {403, 404}
    see_all(world)
    assert Edition.objects.filter(assessment=ASSESSMENT).count() == 1
    assert Client().get(HERE).status_code in {302, 401}


# --- copy, share, put away ----------------------------------------------------------------------------------------------
def test_a_shared_test_is_read_and_copied_but_not_changed(world: World, client_for: ClientFor, kept: uuid.UUID) -> None:
    teacher, other = client_for("a1-homeroom"), client_for("a1-homeroom2")
    assert teacher.post(f"{HERE}sharing/", {"audience": "everybody"}).status_code == 422
    assert teacher.post(f"{HERE}sharing/", {"audience": "school"}).status_code == 302
    text = other.get(HERE).content.decode()
    assert "見るだけの画面です" in text and "editable" not in text
    assert save(other, settings(full=4)).status_code == 403
    key = str(uuid.uuid4())
    where = other.post(f"{HERE}copies/", {"key": key})["Location"]
    assert other.post(f"{HERE}copies/", {"key": key})["Location"] == where
    assert "editable" in other.get(where).content.decode()
    teacher.post(f"{HERE}sharing/", {"audience": "author"})
    assert other.get(HERE).status_code == 403
    see_all(world)
    copy = Assessment.objects.get(copied_from=ASSESSMENT)
    assert (copy.title, copy.author_label, copy.audience) == ("わり算（写し）", "角田 誠", "author")
    assert copy.editions.get().questions == Edition.objects.get(assessment=ASSESSMENT).questions
    assert not copy.sittings.exists()


def test_names_are_mended_and_tests_put_away_and_taken_out(
    world: World, client_for: ClientFor, kept: uuid.UUID
) -> None:
    teacher = client_for("a1-homeroom")
    assert teacher.post(f"{HERE}details/", {"title": " "}).status_code == 422
    teacher.post(f"{HERE}details/", {"title": "わり算のひっ算", "subject": "算数"})
    assert "わり算のひっ算" in teacher.get("/marking/").content.decode()
    teacher.post(f"{HERE}shelf/", {"away": "1"})
    assert "わり算のひっ算" not in teacher.get("/marking/").content.decode()
    assert "わり算のひっ算" in teacher.get("/marking/?away=1").content.decode()
    teacher.post(f"{HERE}shelf/", {"away": "0"})
    assert "わり算のひっ算" in teacher.get("/marking/").content.decode()


# --- the list ----------------------------------------------------------------------------------------------------------
def test_the_list_says_what_waits(world: World, client_for: ClientFor, kept: uuid.UUID) -> None:
    text = client_for("a1-homeroom").get("/marking/").content.decode()
    assert "いま採点しているテスト" in text and "5年1組" in text
    assert ">3 <" in text.replace("\n", ""), "two papers with two questions, one mark given"
    for words, found in (
        ("わり", True),
        ("算数 2026", True),
        ("令和8", True),
        ("原澤 わり", True),
        ("理科", False),
        ("2025", False),
    ):
        text = client_for("a1-homeroom").get("/marking/", {"q": words}).content.decode()
        assert (f'{HERE}"' in text) == found, words


def test_nobody_else_finds_it_in_the_list(world: World, client_for: ClientFor, kept: uuid.UUID) -> None:
    for name in ("a1-homeroom2", "a1-nurse", "a2-head", "b1-head", "a-board"):
        text = client_for(name).get("/marking/").content.decode()
        assert "わり算" not in text, name
    assert "まだテストがありません" in client_for("a1-homeroom2").get("/marking/").content.decode()
    for name in ("takahashi-mother", "pupil-hana"):
        assert client_for(name).get("/marking/")["Location"] == "/results/"
    assert Client().get("/marking/").status_code in {302, 401}


def test_queries_do_not_grow(world: World, client_for: ClientFor, kept: uuid.UUID, count_queries: Any) -> None:
    teacher = client_for("a1-homeroom")
    for path, most in (
        ("/marking/", 12),
        (HERE, 8),
        (f"{HERE}editions/", 8),
        (f"{HERE}classes/", 10),
        (f"{HERE}sheet/", 6),
    ):
        with count_queries() as asked:
            teacher.get(path)
        assert len(asked) <= most, [q[:90] for q in asked.statements]


# --- classes -----------------------------------------------------------------------------------------------------------
def test_a_sitting_is_opened_once_and_its_day_mended(world: World, client_for: ClientFor, kept: uuid.UUID) -> None:
    head = client_for("a1-head")
    offered = head.get(f"{HERE}classes/").content.decode()
    names = re.findall(r'<button class="btn" aria-label="([^"]+)">([^<]+)<', offered)
    assert f'href="/marking/sittings/{SITTING}/upload/"' in offered and 'data-hotkey="u" autofocus' in offered
    assert re.search(r'name="file"[^>]* autofocus', head.get(new(world)).content.decode())
    assert 'data-hotkey="u">学級で使う' in client_for("a1-homeroom").get(HERE).content.decode()
    assert "5年2組" in offered and names and all(shown in said for said, shown in names), "label in name"
    where, sent = (
        f"/marking/classes/{world.klass('a1-2')}/sittings/",
        {"assessment": str(ASSESSMENT), "held_on": "2026-11-20"},
    )
    for _ in range(2):
        assert head.post(where, sent).status_code == 302
    for spoiled in ("", "x", "2024-01-01", "2028-01-01"):
        answer = head.post(where, sent | {"held_on": spoiled})
        assert answer.status_code == 422 and "実施日" in answer.content.decode()
    assert head.post(where, sent | {"assessment": str(uuid.uuid4())}).status_code == 404
    see_all(world)
    row = Sitting.objects.get(school_class=world.klass("a1-2"))
    assert (row.held_on, row.opened_by_label, row.assessment_id) == (dt.date(2026, 11, 20), "原澤 校長", ASSESSMENT)
    assert head.post(f"/marking/sittings/{row.pk}/day/", {"held_on": "2026-11-24"}).status_code == 302
    assert head.post(f"/marking/sittings/{row.pk}/day/", {"held_on": "2020-11-24"}).status_code == 422
    row.refresh_from_db()
    assert row.held_on == dt.date(2026, 11, 24)


def test_where_no_class_writes_it_yet_the_keys_begin_at_the_first(
    client_for: ClientFor, kept: uuid.UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("minamo.marking.views.setup.classes.sittings_of", lambda *_: {})
    page = client_for("a1-head").get(f"{HERE}classes/").content.decode()
    first = re.findall(r'aria-label="([^"]+この学級で使う)"', page)[0]
    assert f'aria-label="{first}"' in begins(page)


def test_a_class_of_another_teacher_or_school_is_not_opened(
    world: World, client_for: ClientFor, kept: uuid.UUID
) -> None:
    sent = {"assessment": str(ASSESSMENT), "held_on": "2026-11-20"}
    for name, klass, status in (("a1-homeroom", "a1-2", 403), ("a1-homeroom2", "a1-2", 404), ("a2-head", "a2-1", 404),
                                ("b1-head", "a1-2", 404), ("takahashi-mother", "a1-1", 403)):  # fmt: skip
        found = client_for(name).post(f"/marking/classes/{world.klass(klass)}/sittings/", sent).status_code
        assert found == status or {found, status} == {403, 404}, (name, klass, found)
    see_all(world)
    assert Sitting.objects.count() == 1


def test_pages_that_were_read_are_cut_anew_by_the_last_edition(
    world: World, client_for: ClientFor, kept: uuid.UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every edition asks for it, as points may be changed right after a box; the job itself knows whether a box moved."""
    queued: list[tuple[str, str]] = []
    monkeypatch.setattr(
        "minamo.marking.actions.editions.defer", lambda name, *, edition, **more: queued.append((name, edition))
    )
    teacher = client_for("a1-homeroom")
    assert "もう2枚読んでいます" in teacher.get(HERE).content.decode()
    assert save(teacher, settings(box=[100, 100, 300, 190])).json()["number"] == 2
    assert save(teacher, settings(2, full=4, box=[100, 100, 300, 190])).json()["number"] == 3
    where = teacher.post(f"{HERE}copies/", {"key": str(uuid.uuid4())})["Location"]
    assert teacher.post(where, json.dumps(settings(1, full=3)), content_type="application/json").status_code == 200
    see_all(world)
    newest = Edition.objects.filter(assessment=ASSESSMENT).order_by("-number")
    assert queued == [("marking.recut", str(newest[1].pk)), ("marking.recut", str(newest[0].pk))], (
        "and none for the copy"
    )
