"""夜の検証: kept for each municipality, said on the page, on the start page of the board and in the monthly report."""

import datetime as dt
from collections.abc import Callable
from typing import Any

import pypdfium2
import pytest
from django.db import DatabaseError, connection, transaction
from django.test import Client
from django.urls import reverse

from minamo.audit import checked, jobs
from minamo.audit.checked import last_checks
from minamo.audit.nightly import KEPT, check_all
from minamo.audit.seal import as_sealer
from minamo.audit.tests.settled import seal_all
from minamo.audit.tests.test_seal import entry_of
from minamo.kernel import clock
from minamo.kernel.schoolyear import JST
from tests.fixtures.world import World

pytestmark = pytest.mark.real_clock


@pytest.fixture
def sealed(own_database: str, write: Callable[..., None], settings: Any, tmp_path: Any) -> Callable[..., None]:
    """Nine sealed rows: three of A, of B and of none."""
    settings.VAR_DIR = tmp_path
    write(9)
    seal_all()
    return write


def signed_in(name: str = "a-board") -> Client:
    from conftest import sign_in

    with transaction.atomic():
        return sign_in(Client(), name)


def page(world: World, client: Client) -> str:
    where = reverse("audit-seal", kwargs={"municipality_id": world.municipality("A")})
    return client.get(where).content.decode()


def alter(tamper: Callable[..., None], code: str = "990011", who: str = "別人") -> int:
    entry = entry_of(code, 1)
    tamper(f"UPDATE audit_entry SET actor_label = '{who}', at = '2026-11-24 08:20:12+09' WHERE id = {entry}")
    return entry


def results(*towns: Any) -> dict[Any, Any]:
    with transaction.atomic():
        as_sealer()
        return last_checks(towns)


def test_a_night_without_findings(sealed: Callable[..., None], world: World) -> None:
    board = signed_in()
    assert "まだ確かめていません" in page(world, board)
    assert jobs.check(timestamp=0) == 0
    text = page(world, board)
    assert "食い違いはありません" in text and "行をすべて計算しなおして確かめました" in text
    assert "検証のよりどころが足りません" not in text and "違っていた行" not in text
    assert "封をしたときと違います" not in board.get("/").content.decode()


def test_an_altered_row_is_an_alarm_for_its_board(
    sealed: Callable[..., None], world: World, tamper: Callable[..., None], count_queries: Callable[..., Any]
) -> None:
    entry = alter(tamper)
    board, neighbour = signed_in(), signed_in("b-board")
    assert check_all() == 1
    with count_queries() as asked:
        text = page(world, board)
    assert len(asked) <= 12, [q[:90] for q in asked.statements]
    assert "記録が、封をしたときと違います（1件）" in text and "事故として報告" in text
    assert text.index("封をしたときと違います") < text.index("いまのチェックポイント")
    trail = reverse("audit-municipality", kwargs={"municipality_id": world.municipality("A")})
    assert f'<a href="{trail}?number={entry}">{entry}</a>' in text
    assert "2026-11-24 08:20:12" in text and "学籍　見た" in text and "別人" in text
    assert "操作記録が、封をしたときと違います（1件）" in board.get("/").content.decode()
    assert "封をしたときと違います" not in neighbour.get("/").content.decode()
    today = dt.datetime.now(JST)
    report = reverse("audit-seal-report", kwargs={"municipality_id": world.municipality("A"), "year": today.year,
                                                  "month": today.month})  # fmt: skip
    printed = pypdfium2.PdfDocument(board.get(report).content)[0].get_textpage().get_text_range()
    assert "食い違いが 1 件あります" in printed.replace("\r\n", "")
    kept = results(world.municipality("A"), world.municipality("B"))
    assert [one.found for one in kept.values()].count(1) == 1 and kept[world.municipality("B")].ok


def test_what_belongs_to_no_municipality_is_a_count_without_rows(
    sealed: Callable[..., None], world: World, tamper: Callable[..., None]
) -> None:
    alter(tamper, "instance", "よその人")
    assert check_all() == 1
    text = page(world, signed_in())
    assert "自治体に属さない記録" in text and "よその人" not in text
    for one in results(world.municipality("A"), world.municipality("B")).values():
        assert (one.found, one.elsewhere, one.findings) == (0, 1, [])


def test_rows_taken_out_and_put_in_are_told_to_their_board(
    sealed: Callable[..., None], world: World, tamper: Callable[..., None]
) -> None:
    entry, own = entry_of("990022", 0), entry_of("990011", 0)
    tamper(f"DELETE FROM audit_entry WHERE id = {entry}",
           "INSERT INTO audit_entry (id, at, xid, municipality_id, actor_kind, actor_label, action, resource_type, resource_id, outcome,"
           " rules, policy_digest, detail) OVERRIDING SYSTEM VALUE SELECT id, at + interval '1 second', xid, municipality_id, actor_kind,"
           " '差し込み', action, resource_type, resource_id, outcome, rules, policy_digest, detail FROM audit_entry"
           f" WHERE id = {own}")  # fmt: skip
    assert check_all() == 2
    kept = results(world.municipality("A"), world.municipality("B"))
    [gone], [strange] = kept[world.municipality("B")].findings, kept[world.municipality("A")].findings
    assert (gone.entry, gone.deed) == (entry, "") and "ありません" in gone.text
    assert (strange.entry, strange.who) == (own, "差し込み") and "差し込まれました" in strange.text
    assert kept[world.municipality("A")].elsewhere == 0


def test_a_night_that_did_not_come_is_said(sealed: Callable[..., None], world: World, settings: Any) -> None:
    check_all()
    settings.CLOCK_OFFSET = checked.OVERDUE + dt.timedelta(minutes=1)
    assert last_checks([]) == {}
    [one] = results(world.municipality("A")).values()
    assert one.overdue(clock.now())


def test_many_findings_are_counted_and_the_first_are_kept(
    sealed: Callable[..., None], world: World, tamper: Callable[..., None]
) -> None:
    sealed(40, ("A",))
    seal_all()
    town = world.municipality("A")
    tamper(f"UPDATE audit_entry SET outcome = 'deny' WHERE municipality_id = '{town}'")
    assert check_all() == 43
    one = results(town)[town]
    assert (one.found, len(one.findings)) == (43, KEPT)
    assert "ほかに 23 件あります" in page(world, signed_in())


def test_the_wall_and_that_nothing_is_changed(sealed: Callable[..., None], world: World) -> None:
    check_all()
    both = [world.municipality("A"), world.municipality("B")]
    assert last_checks(both) == {}
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "SELECT set_config('minamo.municipalities', %s, true), set_config('minamo.side', 'school', true)",
            [str(both[0])],
        )
        assert list(last_checks(both)) == both[:1]
        cursor.execute("SELECT set_config('minamo.side', 'home', true)")
        assert last_checks(both) == {}
    for statement in ("UPDATE audit_check SET found = 0", "DELETE FROM audit_check"):
        with (
            pytest.raises(DatabaseError, match="permission denied"),
            transaction.atomic(),
            connection.cursor() as cursor,
        ):
            cursor.execute(statement)
