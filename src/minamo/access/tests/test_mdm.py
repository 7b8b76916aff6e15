"""管理ツール（MDM）の一覧: every mistake with its line and column, shown before it is taken, all of it or nothing."""

import datetime as dt
import io
import re
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from minamo.access.mdm import Known, Line, read_reports
from minamo.access.models import Posture, Terminal
from minamo.access.scope import set_scope
from minamo.audit.models import Entry
from minamo.kernel.tables import read_table
from minamo.tenancy.models import Municipality
from tests.fixtures.world import World, uid

ONE, TWO, THREE = (Known(uuid.UUID(int=n), name) for n, name in ((1, "職員室 1番"), (2, "職員室 2番"), (3, "共用")))
TWIN = Known(uuid.UUID(int=4), "共用")
REGISTER = (ONE, TWO, THREE, TWIN)


def read(text: str) -> Any:
    return read_reports(read_table("mdm.csv", text.encode()), REGISTER)


def told(text: str) -> list[tuple[int, str, str]]:
    found = read(text)
    assert found.lines == ()
    return [(one.record, one.column, one.words) for one in found.problems]


def test_a_list_as_the_tool_writes_it() -> None:
    found = read(f"device,good,os,届け出た日\n{ONE.id},1,ChromeOS 131,2026-04-01\n職員室 ２番,0,,\n")
    assert found.problems == ()
    assert found.lines == (Line(ONE.id, True, {"os": "ChromeOS 131"}), Line(TWO.id, False, {}))


@pytest.mark.parametrize(
    ("word", "good"),
    [("○", True), ("問題なし", True), ("TRUE", True), ("準拠", True), ("×", False), ("要確認", False), ("０", False)],
)
def test_words_of_tools(word: str, good: bool) -> None:
    assert read(f"端末の名前,状態\n職員室 1番,{word}\n").lines == (Line(ONE.id, good, {}),)


def test_every_mistake_is_named_with_line_and_column() -> None:
    text = f"device,good\n{ONE.id},maybe\n校長室,1\n共用,1\n{TWO.id},1\n職員室 2番,0\n,1\n{ONE.id},\n"
    found = told(text)
    assert [(record, column) for record, column, _ in found] == [
        (2, "good"), (3, "device"), (4, "device"), (6, "device"), (7, "device"), (8, "device"), (8, "good"),
    ]  # fmt: skip
    words = {(record, column): said for record, column, said in found}
    assert "「maybe」は読めません" in words[2, "good"]
    assert "「校長室」は、この台帳にありません" in words[3, "device"]
    assert "2台あります。端末の番号で" in words[4, "device"]
    assert "5行目にもあります" in words[6, "device"]
    assert "空です" in words[7, "device"]
    assert "空です" in words[8, "good"]
    assert "2行目にもあります" in words[8, "device"]


def test_what_is_no_such_list() -> None:
    assert told("名前,色\nA,青\n") == [
        (
            0,
            "device",
            "「device」の列がありません。見出しの行に、device・端末の番号・端末の名前・端末 のどれかを書いてください。",
        ),
        (0, "good", "「good」の列がありません。見出しの行に、good・状態・問題なし のどれかを書いてください。"),
    ]
    assert told("device,good\n") == [(0, "device", "端末が1台も書かれていません。")]


@given(
    st.lists(
        st.tuples(
            st.sampled_from([*(str(k.id) for k in REGISTER), "x", "職員室 1番"]), st.sampled_from(["1", "0", "?"])
        ),
        max_size=8,
    )
)
def test_all_lines_or_none(rows: list[tuple[str, str]]) -> None:
    found = read("device,good\n" + "".join(f"{a},{b}\n" for a, b in rows))
    assert bool(found.lines) != bool(found.problems)
    if found.lines:
        assert len(found.lines) == len(rows) == len({line.device for line in found.lines})


# --- pages ------------------------------------------------------------------------------------------------------------
pages = pytest.mark.django_db


def devices(world: World) -> list[Terminal]:
    set_scope(municipalities=[world.municipality("A"), world.municipality("B")], side="school")
    return list(Terminal.objects.filter(municipality_id=world.municipality("A")).order_by("label"))


def town(world: World) -> str:
    return f"/municipalities/{world.municipality('A')}/devices/reports/"


def school(world: World, name: str = "a1") -> str:
    return f"/schools/{world.school(name)}/devices/reports/"


def file(text: str, name: str = "mdm.csv") -> dict[str, Any]:
    return {"file": SimpleUploadedFile(name, text.encode())}


def kept(world: World) -> list[tuple[uuid.UUID, bool]]:
    devices(world)
    return list(Posture.objects.filter(source="mdm").order_by("id").values_list("terminal_id", "good"))


def token_of(page: Any) -> str:
    found = re.search(r'name="list" value="([^"]+)"', page.content.decode())
    assert found is not None
    return found.group(1)


@pages
def test_shown_first_and_then_taken_once(
    client_for: Callable[..., Client], world: World, count_queries: Callable[..., Any]
) -> None:
    first, second = devices(world)[:2]
    board, path = client_for("a-board"), town(world)
    board.get(path)
    with count_queries() as asked:
        page = board.post(path, file(f"device,good,os\n{first.pk},1,131\n{second.pk},0,99\n"))
    assert len(asked) <= 12, asked.statements
    text = page.content.decode()
    assert page.status_code == 200
    assert (
        "まだ何も変わっていません" in text and "要確認になる端末" in text and second.label in text and "os 99" in text
    )
    assert kept(world) == []
    with count_queries() as asked:
        done = board.post(path, {"list": token_of(page)})
    assert len(asked) <= 12, asked.statements
    assert done.status_code == 302
    assert "2台の報告を取り込みました" in board.get(done["Location"]).content.decode()
    assert kept(world) == [(first.pk, True), (second.pk, False)]
    again = board.post(path, {"list": token_of(page)})
    assert "取り込み済み" in board.get(again["Location"]).content.decode()
    assert len(kept(world)) == 2
    row = (
        Entry.objects.filter(action="device:report", outcome="allow").exclude(detail__good=None).order_by("id").first()
    )
    assert row is not None
    assert (row.detail["good"], row.detail["bad"], row.detail["turned_bad"]) == (1, 1, [str(second.pk)])


@pages
def test_a_mistake_takes_nothing(client_for: Callable[..., Client], world: World) -> None:
    first = devices(world)[0]
    page = client_for("a-board").post(town(world), file(f"device,good\n{first.pk},1\nなぞの端末,1\n{uuid.uuid4()},x\n"))
    text = page.content.decode()
    assert page.status_code == 422
    assert "mdm.csv に直すところが3か所あります" in text and "何も取り込んでいません" in text
    assert re.search(r"3行目</td><td>device</td><td class=\"block\">「なぞの端末」は、この台帳にありません", text)
    assert kept(world) == []


@pages
@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("mdm.csv", b"", "ファイルが空です"), ("mdm.exe", b"MZ", "受け取れません"), ("mdm.xlsx", b"no book", "中身が違います"),
        ("mdm.csv", b'device,good\n"x', "引用符"), ("mdm.csv", b"\x00\x01\x02", "文字"),
    ],
)  # fmt: skip
def test_no_list_at_all(client_for: Callable[..., Client], world: World, name: str, content: bytes, words: str) -> None:
    page = client_for("a-board").post(town(world), {"file": SimpleUploadedFile(name, content)})
    assert page.status_code == 422
    assert words in page.content.decode()
    assert client_for("a-board").post(town(world), {}).status_code == 422


@pages
def test_a_school_reports_its_own_devices_only(client_for: Callable[..., Client], world: World) -> None:
    mine, foreign = devices(world)[:2]
    Terminal.objects.filter(pk=mine.pk).update(school_id=world.school("a1"))
    Terminal.objects.filter(pk=foreign.pk).update(school_id=world.school("a2"))
    ict = client_for("a1-ict")
    refused = ict.post(school(world), file(f"device,good\n{mine.pk},1\n{foreign.pk},1\n"))
    assert refused.status_code == 422 and "この台帳にありません" in refused.content.decode()
    shown = ict.post(school(world), file(f"device,good\n{mine.pk},1\n"))
    assert ict.post(school(world), {"list": token_of(shown)}).status_code == 302
    assert kept(world) == [(mine.pk, True)]


@pages
@pytest.mark.parametrize(
    "person", ["a1-head", "a1-homeroom", "a1-clerk", "b-board", "takahashi-mother", "pupil-hana", None]
)
def test_who_stays_outside(client_for: Callable[..., Client], world: World, person: str | None) -> None:
    client = client_for(person) if person else Client()
    for path in (town(world), school(world), f"{town(world)}list.csv"):
        assert client.get(path).status_code in ({403, 404} if person else {302})
    assert client.post(town(world), file("device,good\n")).status_code in ({403, 404} if person else {302})
    assert client_for("a1-ict").get(school(world, "a2")).status_code in {403, 404}
    assert client_for("a1-ict").get(town(world)).status_code in {403, 404}


@pages
def test_the_person_proves_himself_anew(client_for: Callable[..., Client], world: World) -> None:
    answer = client_for("a-board", condition="stale").get(town(world))
    assert answer.status_code == 403
    assert "もう一度、本人の確認" in answer.content.decode()


@pages
def test_a_list_that_was_shown_is_for_one_person_one_register_and_a_quarter_of_an_hour(
    client_for: Callable[..., Client], world: World
) -> None:
    first = devices(world)[0]
    Terminal.objects.filter(pk=first.pk).update(school_id=world.school("a1"))
    board = client_for("a-board")
    token = token_of(board.post(town(world), file(f"device,good\n{first.pk},1\n")))
    assert client_for("a1-ict").post(school(world), {"list": token}).status_code == 409
    assert board.post(school(world), {"list": token}).status_code == 409
    assert board.post(town(world), {"list": f"{token}x"}).status_code == 409
    assert board.post(town(world), {"list": ""}).status_code == 409
    with time_machine.travel(timezone.now() + dt.timedelta(minutes=16)):
        late = client_for("a-board").post(town(world), {"list": token})
    assert late.status_code == 409 and "もう一度選んでください" in late.content.decode()
    assert kept(world) == []


@pages
def test_a_register_that_changed_meanwhile_takes_nothing(client_for: Callable[..., Client], world: World) -> None:
    first, second = devices(world)[:2]
    Terminal.objects.filter(pk__in=[first.pk, second.pk]).update(school_id=world.school("a1"))
    ict = client_for("a1-ict")
    token = token_of(ict.post(school(world), file(f"device,good\n{first.pk},1\n{second.pk},1\n")))
    devices(world)
    Terminal.objects.filter(pk=second.pk).update(school_id=world.school("a2"))
    answer = ict.post(school(world), {"list": token})
    assert answer.status_code == 409 and "台帳が変わりました" in answer.content.decode()
    assert kept(world) == []


@pages
def test_a_bad_report_closes_the_device_at_once(client_for: Callable[..., Client], world: World) -> None:
    teacher, board = client_for("a1-homeroom"), client_for("a-board")
    register = f"/classes/{world.klass('a1-1')}/register/"
    assert teacher.get(register).status_code == 200
    page = board.post(town(world), file(f"device,good\n{uid('terminal', 'A-trusted')},0\n"))
    assert "いま使っているこの端末も「要確認」です" in page.content.decode()
    assert board.post(town(world), {"list": token_of(page)}).status_code == 302
    assert teacher.get(register).status_code == 403


@pages
def test_the_register_as_a_list_goes_out_and_comes_back(client_for: Callable[..., Client], world: World) -> None:
    board = client_for("a-board")
    answer = board.get(f"{town(world)}list.csv")
    assert answer.headers["Content-Disposition"].startswith("attachment")
    table = read_table("devices.csv", answer.content)
    assert {row.values[0] for row in table.rows} == {str(row.pk) for row in devices(world)}
    filled = answer.content.decode("utf-8-sig").replace('","","', '","1","')
    page = board.post(town(world), file(filled, "devices.csv"))
    assert page.status_code == 200 and "一覧にない端末" in page.content.decode()
    assert "MDMの報告を取り込む" in board.get(f"/municipalities/{world.municipality('A')}/devices/").content.decode()


@pages
def test_the_command_reads_the_same_lists(world: World, tmp_path: Path) -> None:
    first, second = devices(world)[:2]
    path, out = tmp_path / "mdm.csv", io.StringIO()
    code = Municipality.objects.get(pk=world.municipality("A")).code
    path.write_text(f"device,good\n{first.pk},1\n{second.pk},2\n")
    with pytest.raises(CommandError, match=r"3行目　good：「2」は読めません"):
        call_command("devices", "report", "--municipality", code, "--file", str(path))
    assert kept(world) == []
    path.write_text(f"device,good,os\n{first.pk},1,131\n{second.pk},0,\n")
    call_command("devices", "report", "--municipality", code, "--file", str(path), stdout=out)
    assert "2台の報告を取り込みました" in out.getvalue()
    assert kept(world) == [(first.pk, True), (second.pk, False)]
