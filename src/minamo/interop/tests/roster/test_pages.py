"""The page: upload → check → preview → apply → result; who may open it; one's own town only."""

import io
import re
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from minamo.access.api import set_scope
from minamo.access.models import Account
from minamo.audit.models import Entry
from minamo.interop.models import ImportRun
from minamo.interop.roster.command import import_roster
from minamo.interop.tests.roster.packages import DELTA, SMALL, TOWN, Roster, changed, content, roster
from minamo.people.models import Pupil
from minamo.tenancy.api import municipality_by_code
from minamo.tenancy.models import Membership


@pytest.fixture
def board(village: Any, client_for: Callable[..., Client]) -> Client:
    """A signed-in officer of 花霞村's board."""
    login = "t001@edu.hanagasumi.example.jp"
    assert Account.objects.filter(login_id=login).exists()
    return client_for(login)


def url(name: str, town: Any, **more: Any) -> str:
    return reverse(name, kwargs={"municipality_id": town, **more})


def upload(client: Client, town: Any, data: bytes, name: str = "名簿.zip") -> Any:
    file = io.BytesIO(data)
    file.name = name
    return client.post(url("interop-roster", town), {"file": file})


def corrected() -> bytes:
    def change(r: Roster) -> None:
        row = r.find("users", {"sourcedId": "582501c8-cef1-40f9-a456-6c190c2b0311"})
        r.put("users", row, "familyName", "塚本")

    return changed(change)


def test_from_upload_to_result(village: Any, board: Client) -> None:
    assert "名簿のファイルを選ぶ" in board.get(url("interop-roster", village)).content.decode()
    sent = upload(board, village, corrected())
    assert sent.status_code == 302
    page = board.get(sent["Location"]).content.decode()
    assert "取り込むと変わること" in page
    assert "氏名訂正 1" in page
    set_scope(municipalities=[village], side="school")
    run = ImportRun.objects.get(state="ready")
    assert not Pupil.objects.filter(official_family="塚本").exists()
    target = url("interop-roster-apply", village, run_id=run.id)
    assert board.get(target).status_code in {404, 405}
    done = board.post(target)
    assert done["Location"] == url("interop-roster-run", village, run_id=run.id)
    assert "取り込みました" in board.get(done["Location"]).content.decode()
    set_scope(municipalities=[village], side="school")
    assert Pupil.objects.filter(official_family="塚本").count() == 1
    run.refresh_from_db()
    assert (run.state, run.started_by_label) == (
        "applied",
        Account.objects.get(login_id="t001@edu.hanagasumi.example.jp").label,
    )
    assert board.post(target).status_code == 302  # once more: nothing happens
    assert "塚本" not in str(run.report)
    assert "名簿.zip" in board.get(url("interop-roster", village)).content.decode()


def test_a_refused_file_shows_its_faults(village: Any, board: Client) -> None:
    sent = upload(board, village, changed(lambda r: r.put("users", 3, "familyName", "")))
    page = board.get(sent["Location"]).content.decode()
    assert "取り込めません" in page
    assert "familyName" in page
    set_scope(municipalities=[village], side="school")
    run = ImportRun.objects.get(state="refused")
    csv = board.get(url("interop-roster-problems", village, run_id=run.id))
    assert csv.content.startswith(b"\xef\xbb\xbf")
    assert '"users.csv","4","familyName"' in csv.content.decode("utf-8-sig")
    assert board.post(url("interop-roster-apply", village, run_id=run.id)).status_code == 302
    set_scope(municipalities=[village], side="school")
    run.refresh_from_db()
    assert run.state == "refused"


def test_no_file_and_no_zip(village: Any, board: Client) -> None:
    assert board.post(url("interop-roster", village)).status_code == 400
    refused = upload(board, village, b"hello")
    assert refused.status_code == 400 and "中身が違います" in refused.content.decode()
    sent = upload(board, village, b"PK\x03\x04 but no archive")
    assert "ZIPファイルとして開けません" in board.get(sent["Location"]).content.decode()


def test_another_towns_roster_is_refused(village: Any, board: Client) -> None:
    sent = upload(board, village, content("RO_20260401_480442.zip"))
    assert "ほかの自治体の名簿です" in board.get(sent["Location"]).content.decode()


def test_a_preview_that_is_no_longer_true_is_shown_again(village: Any, board: Client) -> None:
    first = upload(board, village, corrected())
    assert import_roster(corrected(), "meanwhile.zip")["applied"]
    set_scope(municipalities=[village], side="school")
    run = ImportRun.objects.get(state="ready")
    answer = board.post(url("interop-roster-apply", village, run_id=run.id))
    assert answer["Location"].endswith("?stale=1")
    assert "その間に名簿が変わりました" in board.get(answer["Location"]).content.decode()
    assert board.post(url("interop-roster-apply", village, run_id=run.id))["Location"] == first["Location"]
    set_scope(municipalities=[village], side="school")
    run.refresh_from_db()
    assert run.state == "applied"


def test_the_start_page_says_what_waits_until_it_is_applied(village: Any, board: Client, count_queries: Any) -> None:
    assert "取り込みの確認待ち" not in board.get("/").content.decode()
    sent = upload(board, village, corrected())
    with count_queries() as asked:
        page = board.get("/").content.decode()
    assert len(asked) <= 12, asked.statements
    assert "名簿を1件、取り込めます" in page and "氏名訂正 1" in page and sent["Location"] in page
    set_scope(municipalities=[village], side="school")
    run = ImportRun.objects.get(state="ready")
    board.post(url("interop-roster-apply", village, run_id=run.id))
    assert "取り込みの確認待ち" not in board.get("/").content.decode()


def test_a_roster_nobody_wants_is_put_away(village: Any, board: Client) -> None:
    sent = upload(board, village, corrected())
    set_scope(municipalities=[village], side="school")
    run = ImportRun.objects.get(state="ready")
    away = url("interop-roster-dismiss", village, run_id=run.id)
    assert away in board.get(sent["Location"]).content.decode()
    assert board.post(away)["Location"] == url("interop-roster", village)
    assert "取り込みの確認待ち" not in board.get("/").content.decode()
    assert "取り込まないことにしました" in board.get(sent["Location"]).content.decode()
    board.post(url("interop-roster-apply", village, run_id=run.id))
    set_scope(municipalities=[village], side="school")
    run.refresh_from_db()
    assert (run.state, run.report["applied"]) == ("dismissed", False)
    kept = [entry.detail.get("state") for entry in Entry.objects.filter(action="roster:import").order_by("id")]
    assert [state for state in kept if state] == ["ready", "dismissed"]


def test_a_roster_that_changes_nothing_waits_for_nobody(village: Any, board: Client) -> None:
    sent = upload(board, village, content(SMALL))
    page = board.get(sent["Location"]).content.decode()
    assert "もう取り込まれています" in page and "interop-roster-apply" not in page and ">取り込む<" not in page
    assert "取り込みの確認待ち" not in board.get("/").content.decode()
    waiting = upload(board, village, corrected())
    assert import_roster(corrected(), "meanwhile.zip")["applied"]
    assert upload(board, village, corrected())["Location"] == waiting["Location"]  # looked at again: done meanwhile
    assert "取り込みの確認待ち" not in board.get("/").content.decode()


def test_the_same_file_waits_once(village: Any, board: Client) -> None:
    first = upload(board, village, corrected())
    assert upload(board, village, corrected())["Location"] == first["Location"]
    set_scope(municipalities=[village], side="school")
    assert ImportRun.objects.filter(state="ready").count() == 1


def test_posts_are_confirmed_on_a_page(village: Any, board: Client) -> None:
    page = board.get(url("interop-roster-posts", village)).content.decode()
    assert "教頭" in page
    set_scope(municipalities=[village], side="school")
    first = Membership.objects.filter(post="clerk").order_by("account__login_id").first()
    assert first is not None
    assert board.post(url("interop-roster-posts", village), {f"post-{first.id}": "vice_head"}).status_code == 302
    set_scope(municipalities=[village], side="school")
    first.refresh_from_db()
    assert first.post == "vice_head"


def test_the_pages_ask_little(village: Any, board: Client, count_queries: Any) -> None:
    sent = upload(board, village, corrected())
    for page in (url("interop-roster", village), sent["Location"], url("interop-roster-posts", village)):
        with count_queries() as asked:
            board.get(page)
        assert len(asked) <= 12, (page, asked.statements)


NAMES = (
    "interop-roster",
    "interop-roster-posts",
    "interop-roster-run",
    "interop-roster-apply",
    "interop-roster-dismiss",
    "interop-roster-problems",
)
POSTED = {"interop-roster-apply", "interop-roster-dismiss"}


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("who", ["a1-head", "a1-homeroom", "b-board", "takahashi-mother", "pupil-hana", None])
def test_who_may_not(name: str, who: str | None, world: Any, client_for: Callable[..., Client], db: None) -> None:
    client = client_for(who) if who else Client()
    more = {"run_id": uuid.uuid4()} if name not in {"interop-roster", "interop-roster-posts"} else {}
    target = url(name, world.municipality("A"), **more)
    method = client.post if name in POSTED else client.get
    assert method(target).status_code in ({302, 401, 403} if who is None else {403, 404})


@pytest.mark.parametrize("name", NAMES[2:])
def test_a_run_of_another_town(name: str, village: Any, world: Any, client_for: Callable[..., Client]) -> None:
    run = ImportRun.objects.get()
    client = client_for("a-board")
    method = client.post if name in POSTED else client.get
    assert method(url(name, world.municipality("A"), run_id=run.id)).status_code == 404
    assert method(url(name, village, run_id=run.id)).status_code in {403, 404}


def test_rosters_are_for_the_board_on_the_school_side(world: Any, client_for: Callable[..., Client], db: None) -> None:
    assert client_for("a-board").get(url("interop-roster", world.municipality("A"))).status_code == 200
    assert client_for("a-board", side="learning").get(url("interop-roster", world.municipality("A"))).status_code == 403


def test_names_of_the_small_roster_are_what_they_were() -> None:
    assert roster().cell("orgs", 1, "name") == "花霞村教育委員会"
    assert SMALL.endswith("480444.zip")


def test_an_older_whole_roster_says_what_it_would_undo_name_by_name(
    db: None, client_for: Callable[..., Client]
) -> None:
    for name in (TOWN, DELTA):
        assert import_roster(content(name), name)["applied"]
    town = municipality_by_code("480441")
    assert town is not None
    set_scope(municipalities=[town], side="school")
    officer = Membership.objects.filter(municipality=town, post="board").select_related("account").first()
    assert officer is not None
    board = client_for(officer.account.login_id)
    sent = upload(board, town, content(TOWN), TOWN)
    page = board.get(sent["Location"]).content.decode()
    assert "もっと新しい名簿が、もう取り込まれています" in page and DELTA in page
    rows = [" ".join(re.sub(r"<[^>]+>", " ", row).split()) for row in re.findall(r"<tr>.*?</tr>", page, re.DOTALL)]

    def only(label: str) -> str:
        (found,) = [row for row in rows if row.startswith(f"{label} ")]
        return found

    set_scope(municipalities=[town], side="school")
    named = {pupil.pk: f"{pupil.family} {pupil.given}" for pupil in Pupil.objects.all()}
    assert any(only("新しく登録").endswith(f" {name}") for name in named.values())  # who left with the difference
    assert re.search(r"\S+年\S*組 → \S+年\S*組", only("学級替え"))
    before, after = re.search(r"(\S+ \S+) → (\S+ \S+)$", only("氏名訂正")).groups()  # type: ignore[union-attr]
    assert before != after and Pupil.objects.filter(official_family=before.split()[0], official_given=before.split()[1])
    run = ImportRun.objects.get(state="ready")
    assert before not in str(run.report) and after not in str(run.report), "a preview keeps no names"
    board.post(url("interop-roster-apply", town, run_id=run.id))
    done = board.get(sent["Location"]).content.decode()
    assert "もっと新しい名簿" not in done and after in done
