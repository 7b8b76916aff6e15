"""The tray: rows that wait are corrected where they stand in their list, decided on, or left out; nothing typed is lost."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from minamo.audit.models import Entry
from minamo.interop.guardians.flags import FLAGS
from minamo.interop.models import ImportRun, TrayRow
from minamo.interop.tests.guardians.conftest import Office
from minamo.interop.tests.guardians.lists import listing, row
from minamo.people.models import Guardian, GuardianLink, Pupil
from tests.fixtures.world import World

HANA = {"氏名": "髙橋 花", "組": "1", "保護者1氏名": "高橋 陽子", "住所": "架空県水上野町9番地"}
SORA = {"氏名": "佐藤 空", "組": "1", "出席番号": "2", "保護者1氏名": "高橋 陽子", "住所": "架空県水上野町9番地"}
ONE, OTHER, THIRD = "090-1111-1111", "090-2222-2222", "090-3333-3333"


def siblings() -> list[list[str]]:
    """A row without fault, then two children of one mother whose number differs."""
    return [row(), row("hana", **HANA, 保護者1電話=ONE), row("sora", **SORA, 保護者1電話=OTHER)]


def waits(row: TrayRow) -> list[str]:
    """The flags that keep a row back."""
    return [flag for flag in row.flags if FLAGS[flag][2]]


def phones(world: World, pupil: str) -> set[str]:
    """Numbers of a pupil's guardians."""
    return set(GuardianLink.objects.filter(pupil_id=world.pupil(pupil)).values_list("guardian__phone", flat=True))


def test_the_page_from_file_to_tray(office: Office, world: World) -> None:
    lost = row(保護者1電話="9000001111")
    assert "先頭の0" in office.look(listing(lost)).content.decode()
    assert TrayRow.objects.count() == 0  # looking puts nothing aside
    (waiting,) = office.take(lost, row("hana", 氏名="髙橋 花", 組="1", 保護者1氏名="高橋 陽子"))
    assert phones(world, "yui") == set()
    assert office.decide(waiting, v_guardian1_phone="090-0000-1111").status_code == 302
    assert phones(world, "yui") == {"090-0000-1111"}
    waiting.refresh_from_db()
    assert (waiting.state, waiting.mended) == (TrayRow.State.APPLIED, {"guardian1_phone": "090-0000-1111"})
    assert waiting.values["guardian1_phone"] == "9000001111"
    assert office.decide(waiting, dismiss="1").status_code == 404


def test_a_mended_row_is_known_again(office: Office, world: World) -> None:
    lost = row(保護者1電話="9000001111")
    (waiting,) = office.take(lost)
    office.decide(waiting, v_guardian1_phone="090-0000-1111")
    assert office.take(lost) == []
    assert TrayRow.objects.count() == 1


def test_a_row_that_can_be_taken_by_now_leaves_the_tray(office: Office, world: World) -> None:
    """The child came later than the list."""
    early = row("nobody", 学籍番号="4711", 氏名="架場 未来")
    (waiting,) = office.take(early)
    Pupil.objects.filter(pk=world.pupil("yui")).update(student_number="4711", family="架場", given="未来",
                                                       official_family="架場", official_given="未来")  # fmt: skip
    assert office.take(early) == []
    waiting.refresh_from_db()
    assert waiting.state == TrayRow.State.APPLIED


def test_a_row_of_an_unknown_child_cannot_be_forced_in(office: Office) -> None:
    (waiting,) = office.take(row("nobody", 氏名="架場 未来"))
    assert office.decide(waiting).status_code == 422
    assert office.decide(waiting, confirm="UNKNOWN_PUPIL").status_code == 422
    assert office.decide(waiting, dismiss="1").status_code == 302


@pytest.mark.parametrize(
    ("change", "flag"),
    [
        ({"保護者1電話": "", "保護者1メール": ""}, "NO_CONTACT"),
        ({"保護者1電話": "9000001111"}, "PHONE_ZERO_LOST"),
    ],
)
def test_a_row_leaves_the_tray_mended_or_by_a_decision_that_is_kept(
    office: Office, world: World, change: dict[str, str], flag: str
) -> None:
    (waiting,) = office.take(row(**change))
    unchanged = office.decide(waiting)
    assert unchanged.status_code == 422 and "まだ取り込んでいません" in unchanged.content.decode()
    assert office.decide(waiting, confirm="UNKNOWN_PUPIL").status_code == 422  # another decision is none
    assert not GuardianLink.objects.filter(pupil_id=world.pupil("yui")).exists()
    assert office.decide(waiting, confirm=flag).status_code == 302
    assert GuardianLink.objects.filter(pupil_id=world.pupil("yui")).exists()
    assert Entry.objects.filter(resource_type="TrayRow").latest("id").detail["as_it_stands"] == [flag]


def test_a_mended_row_needs_no_decision(office: Office) -> None:
    (waiting,) = office.take(row(保護者1電話="", 保護者1メール=""))
    assert office.decide(waiting, v_guardian1_phone="090-1234-5678").status_code == 302


@pytest.mark.parametrize(
    ("sent", "status", "kept"),
    [
        ({}, 422, None),
        ({"confirm": "NO_CONTACT"}, 422, None),
        ({"v_guardian1_phone": THIRD}, 422, None),  # still another number than the sibling's
        ({"v_guardian1_phone": ONE}, 302, ONE),
        ({"v_guardian1_phone": THIRD, "confirm": "SIBLING_CONFLICT"}, 302, THIRD),
        ({"confirm": "SIBLING_CONFLICT"}, 302, OTHER),
    ],
)
def test_a_difference_from_a_sibling_is_seen_where_the_row_stands(
    office: Office, world: World, sent: dict[str, str], status: int, kept: str | None
) -> None:
    (waiting,) = office.take(*siblings())
    assert waits(waiting) == ["SIBLING_CONFLICT"]
    assert office.decide(waiting, **sent).status_code == status
    waiting.refresh_from_db()
    assert waiting.state == (TrayRow.State.WAITING if kept is None else TrayRow.State.APPLIED)
    assert (kept in phones(world, "sora")) is (kept is not None)


def test_the_sibling_stands_beside_the_difference(office: Office) -> None:
    office.take(*siblings())
    page = office.client.get(office.tray).content.decode()
    beside = page.split("きょうだい（3行目）")[1][:400]
    assert "5年1組 1番" in beside and "高橋" in beside and ONE in beside
    assert "5年1組 1番" in office.look(listing(*siblings(), row("ren", 氏名="渡邉 蓮"))).content.decode()


def test_a_sibling_mended_meanwhile_counts_as_mended(office: Office, world: World) -> None:
    """Both rows wait: the elder's number lost its zero. Mending it to the younger's ends the difference."""
    rows = [row("hana", **HANA, 保護者1電話="9022222222"), row("sora", **SORA, 保護者1電話=OTHER, 保護者1続柄="")]
    elder, younger = office.take(*rows, row("yui"))
    assert (waits(elder), waits(younger)) == (["PHONE_ZERO_LOST"], ["RELATION_BLANK"])
    office.decide(elder, v_guardian1_phone=THIRD)
    assert office.decide(younger, v_guardian1_relation="母").status_code == 422
    assert "きょうだい（2行目）" in office.decide(younger, v_guardian1_relation="母").content.decode()
    assert office.decide(younger, v_guardian1_relation="母", v_guardian1_phone=THIRD).status_code == 302


def test_a_sibling_left_out_counts_no_more(office: Office, world: World) -> None:
    rows = [row("hana", **HANA, 保護者1電話=ONE, 保護者1続柄=""), row("sora", **SORA, 保護者1電話=OTHER)]
    elder, younger = office.take(*rows)
    assert waits(younger) == ["SIBLING_CONFLICT"]
    assert office.decide(younger).status_code == 422
    office.decide(elder, dismiss="1")
    assert "きょうだい（" not in office.client.get(office.tray).content.decode()
    assert office.decide(younger).status_code == 302
    assert OTHER in phones(world, "sora")


def test_the_same_child_twice_is_asked_about(office: Office, world: World) -> None:
    (waiting,) = office.take(row(), row(保護者1続柄="祖母"))
    assert (waiting.record, waiting.flags) == (3, ["PUPIL_TWICE"])
    assert "2行目" in office.client.get(office.tray).content.decode()
    assert office.decide(waiting).status_code == 422
    assert office.decide(waiting, confirm="PUPIL_TWICE").status_code == 302
    assert [link.relation for link in GuardianLink.objects.filter(pupil_id=world.pupil("yui"))] == ["祖母"]


def test_a_refused_correction_keeps_what_was_typed_and_says_where(office: Office) -> None:
    first, second = office.take(row(保護者1電話="12345", 備考="元の備考"), row("hana", **HANA, 保護者1電話="67890"))
    page = office.decide(
        first,
        v_guardian1_phone="090-12",
        v_note="打った備考",
        v_guardian1_name="打った 名前",
        confirm="PHONE_ZERO_LOST",
    ).content.decode()
    mine, other = page.split(f'id="r-{second.pk}"')
    for text in ('value="090-12"', 'value="打った備考"', 'value="打った 名前"'):
        assert text in mine and text not in other
    assert 'value="67890"' in other and page.count("autofocus") == 1
    assert 'aria-invalid="true"' not in other
    field = re.search(rf'<input type="text" id="v-{first.pk}-guardian1_phone"[^>]*>', page)
    assert field and "autofocus" in field[0] and f'aria-describedby="v-{first.pk}-guardian1_phone-error"' in field[0]
    assert "電話番号が読めません" in page.split(f'id="v-{first.pk}-guardian1_phone-error"')[1][:60]
    first.refresh_from_db()
    assert first.values["note"] == "元の備考"


def test_a_choice_made_stays_made_when_something_else_is_refused(office: Office) -> None:
    (waiting,) = office.take(row(保護者1電話="9000001111", 保護者1続柄=""))
    page = office.decide(waiting, confirm="PHONE_ZERO_LOST").content.decode()
    assert re.search(r'value="PHONE_ZERO_LOST" checked', page) and "090-0000-1111" in page
    assert f'id="v-{waiting.pk}-guardian1_relation-error"' in page


def test_a_list_that_is_gone_is_said_and_nothing_is_guessed(office: Office, world: World) -> None:
    (waiting,) = office.take(*siblings())
    ImportRun.objects.update(sha256="0" * 64)
    page = office.decide(waiting, v_guardian1_phone=ONE)
    assert page.status_code == 422 and "もとの一覧を開けません" in page.content.decode()
    assert f'value="{ONE}"' in page.content.decode()
    assert office.client.get(office.tray).status_code == 200
    assert office.decide(waiting, dismiss="1").status_code == 302
    assert Guardian.objects.filter(phone=OTHER).count() == 0


def test_a_long_list_asks_as_little_as_a_short_one(office: Office, count_queries: Callable[..., Any]) -> None:
    """Also when many rows that waited leave the tray, and when it is only looked at."""
    asked: list[int] = []
    for number in (3, 40):
        waiting = [row(f"nobody{number}-{n}", 氏名=f"架場 {n}", 学籍番号=f"{number}{n:03}") for n in range(number)]
        with count_queries() as queries:
            office.look(listing(row(), *waiting))
        asked.append(len(queries))
    assert asked[0] == asked[1] <= 25, asked


def test_the_tray_asks_little(office: Office, count_queries: Callable[..., Any]) -> None:
    office.take(*siblings(), *[row(f"nobody{n}", 氏名=f"架場 {n}") for n in range(20)])
    with count_queries() as asked:
        office.client.get(office.tray)
    assert len(asked) <= 12, asked.statements


@pytest.mark.parametrize(
    ("who", "told"),
    [("a1-clerk", True), ("a1-head", True), ("a1-coordinator", True), ("a-board", True), ("a1-homeroom", False),
     ("a12-nurse", False), ("a1-teacher", False), ("a2-head", False), ("b1-head", False), ("takahashi-mother", False)],
)  # fmt: skip
def test_the_start_page_says_how_many_rows_wait(
    office: Office, client_for: Callable[..., Client], who: str, told: bool, count_queries: Callable[..., Any]
) -> None:
    client = client_for(who)
    assert "取り込みの確認待ち" not in client.get("/").content.decode()
    office.take(
        row(保護者1続柄=""),
        row("hana", **HANA, 保護者1電話="67890"),
        row("sora", **SORA, 保護者1電話=ONE, 備考="支援措置"),
    )
    with count_queries() as asked:
        page = client.get("/").content.decode()
    assert len(asked) <= 12, asked.statements
    assert ("保護者一覧の2行" in page and office.tray in page) is told
    assert ("取り込みの確認待ち" in page) is told
    if who == "a1-clerk":
        for waiting in office.waiting():
            office.decide(waiting, dismiss="1")
        assert "取り込みの確認待ち" not in client.get("/").content.decode()


@pytest.mark.parametrize("who", ["a1-homeroom", "a2-head", "b1-head", "takahashi-mother"])
def test_the_tray_is_for_officers_of_the_school(
    office: Office, client_for: Callable[..., Client], world: World, who: str
) -> None:
    (waiting,) = office.take(row(保護者1続柄=""))
    kwargs = {"school_id": world.school("a1"), "row_id": waiting.pk}
    stranger = client_for(who)
    assert stranger.get(office.tray).status_code in {403, 404}
    assert stranger.post(reverse("interop-guardians-decisions", kwargs=kwargs), {"dismiss": "1"}).status_code in {
        403,
        404,
    }
    assert Client().get(office.tray).status_code == 302
    assert len(office.waiting()) == 1


def test_a_row_of_another_school_is_no_row(office: Office, client_for: Callable[..., Client], world: World) -> None:
    (waiting,) = office.take(row(保護者1続柄=""))
    kwargs = {"school_id": world.school("a2"), "row_id": waiting.pk}
    board = client_for("a-board")
    assert board.post(reverse("interop-guardians-decisions", kwargs=kwargs), {"dismiss": "1"}).status_code == 404
    assert len(office.waiting()) == 1
