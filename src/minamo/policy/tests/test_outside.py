"""外部サービスと委託先の台帳: what is due and why, the verbs of the board, what the staff reads, the files."""

import datetime as dt
import io

import openpyxl
import pytest

from minamo.access.api import Denied, set_scope
from minamo.policy.actions import services as verbs
from minamo.policy.models import OutsideService, RegisterEntry
from minamo.policy.queries.services import services_due
from minamo.policy.refusals import Refused
from minamo.policy.rules.deadlines import confirm_due
from minamo.policy.rules.services import reasons_due

TODAY = dt.date(2026, 11, 24)
TYPED = {
    "name": "学校ホームページ", "provider": "水上ウェブ", "kind": "cloud", "purpose": "学校だよりの公開", "given": "行事の写真",
    "grade": "III", "place": "日本（東京）", "contract_begins": "2026-04-01", "contract_ends": "2027-03-31", "ismap": "no",
    "iso27001": "yes", "iso27017": "unknown", "privacy_mark": "unknown", "subcontracting": "none", "subcontract": "",
    "contact": "0278-00-0000 窓口",
}  # fmt: skip
QUIET = {"subcontracting": "none", "ismap": "yes"}


def test_a_service_not_checked_for_a_year_is_due():
    assert confirm_due(None, dt.date(2026, 11, 24))
    assert confirm_due(dt.date(2024, 2, 29), dt.date(2025, 2, 28))


@pytest.mark.parametrize(
    ("given", "said"),
    [({}, []), ({"checked_on": None}, ["まだ確かめていません"]), ({"checked_on": dt.date(2025, 11, 24)}, ["年に一度"]),
     ({"contract_ends": TODAY + dt.timedelta(60)}, ["60日で終わります"]), ({"contract_ends": TODAY + dt.timedelta(61)}, []),
     ({"contract_ends": TODAY}, ["0日で終わります"]), ({"contract_ends": TODAY - dt.timedelta(1)}, ["過ぎています"]),
     ({"answers": QUIET | {"subcontracting": "open"}}, ["同意がまだ"]), ({"answers": QUIET | {"subcontracting": "unknown"}}, []),
     ({"grade": "II", "answers": {}}, ["認証などの答え"]),
     ({"grade": "II", "answers": {"subcontracting": "unknown", "ismap": "no"}}, ["再委託の有無"])],
)  # fmt: skip
def test_why_it_is_due(given, said):
    found = reasons_due(**{"checked_on": TODAY, "contract_ends": None, "today": TODAY, "grade": "III", "answers": QUIET} | given)  # fmt: skip
    assert len(found) == len(said) and all(word in text for word, text in zip(said, found, strict=True))


@pytest.fixture
def home(world):
    return f"/municipalities/{world.municipality('A')}/policy/services/"


@pytest.fixture
def site(db, board, town):
    """The schools' web pages, with a company."""
    return verbs.add(actor=board, town=town, sent=TYPED)


def test_the_board_adds_checks_changes_and_ends(client_for, home, world, db):
    board = client_for("a-board")
    answer = board.post(f"{home}new/", TYPED)
    assert answer.status_code == 302
    page = answer["Location"]
    assert "まだ確かめていません" in board.get(page).content.decode()
    assert board.post(page, {"verb": "check", "text": " "}).status_code == 422
    assert board.post(page, {"verb": "check", "text": "報告書を見た"}).status_code == 302
    assert "まだ確かめていません" not in board.get(page).content.decode()
    assert board.post(page, TYPED | {"verb": "change"}).status_code == 422  # nothing differs
    assert board.post(page, TYPED | {"verb": "change", "place": "日本（大阪）"}).status_code == 302
    assert "日本（東京）</del>" in (text := board.get(page).content.decode()) and "日本（大阪）</ins>" in text
    assert board.post(page, {"verb": "end"}).status_code == 422
    assert board.post(page, {"verb": "end", "why": "CSVで受け取り、消去の証明を受領"}).status_code == 302
    assert board.post(page, {"verb": "check", "text": "もう一度"}).status_code == 422
    assert "学校ホームページ" not in board.get(home).content.decode()
    assert "学校ホームページ" in board.get(f"{home}?ended=1").content.decode()
    set_scope(municipalities=[world.municipality("A")], side="school")
    assert list(RegisterEntry.objects.values_list("kind", flat=True)) == ["added", "checked", "changed", "ended"]


@pytest.mark.parametrize(
    ("sent", "field"),
    [({"name": ""}, "name"), ({"kind": "x"}, "kind"), ({"contract_ends": "2026-03-31"}, "contract_ends"),
     ({"contract_begins": "きのう"}, "contract_begins"), ({"kind": "terms"}, "grade"), ({"contact": ""}, "contact"),
     ({"subcontracting": "open"}, "subcontract"), ({"ismap": ""}, "ismap"), ({"given": "写" * 201}, "given")],
)  # fmt: skip
def test_bad_input_is_told_at_its_field(client_for, home, world, db, sent, field):
    answer = client_for("a-board").post(f"{home}new/", TYPED | sent)
    assert answer.status_code == 422
    shown = answer.content.decode()
    assert f'id="{field}-error"' in shown and "水上ウェブ" in shown
    set_scope(municipalities=[world.municipality("A")], side="school")
    assert not OutsideService.objects.exists()


def test_a_name_stands_once(board, town, site):
    with pytest.raises(Refused, match="同じ名称"):
        verbs.add(actor=board, town=town, sent=TYPED)


def test_everybody_on_the_staff_reads_and_only_the_board_writes(client_for, home, site, actor_for, town):
    page = f"/policy-services/{site.pk}/"
    for who in ("a1-teacher", "a1-head", "a2-homeroom"):
        assert "学校ホームページ" in client_for(who).get(home).content.decode()
        shown = client_for(who).get(page)
        assert shown.status_code == 200 and "確かめたことを残す" not in shown.content.decode()
        assert client_for(who).post(page, {"verb": "check", "text": "見た"}).status_code == 403
        assert client_for(who).get(f"{home}new/").status_code == 403
    with pytest.raises(Denied):
        verbs.check(actor=actor_for("a1-head"), service=site, text="見た")
    for who in ("b-board", "b1-head", "takahashi-mother"):
        assert client_for(who).get(page).status_code == 404
    assert client_for("b-board").get(home).status_code == 404


def test_who_is_signed_out_sees_nothing(client, home, site):
    assert client.get(home).status_code == 302 and client.get(f"/policy-services/{site.pk}/").status_code == 302


def test_the_start_page_of_the_board_hears_of_it(site, actor_for):
    assert [line.row.pk for line in services_due(actor_for("a-board"))] == [site.pk]
    assert services_due(actor_for("a1-head")) == []
    verbs.check(actor=actor_for("a-board"), service=site, text="報告書を見た")
    assert services_due(actor_for("a-board")) == []


def test_search_and_files(client_for, home, site):
    teacher = client_for("a1-teacher")
    assert "学校ホームページ" in teacher.get(f"{home}?q=写真&kind=cloud&due=1").content.decode()
    for query in ("q=給食", "kind=contractor"):
        assert "水上ウェブ" not in teacher.get(f"{home}?{query}").content.decode()
    book = openpyxl.load_workbook(io.BytesIO(teacher.get(f"{home}book.xlsx").content)).active
    rows = list(book.iter_rows(values_only=True))
    assert rows[1][0] == "学校ホームページ" and rows[1][10] == "ある" and rows[1][-1] == "まだ確かめていません"
    assert teacher.get(f"{home}print.pdf").content.startswith(b"%PDF")


def test_a_service_used_no_more_says_so_in_the_book(client_for, board, home, site):
    verbs.end(actor=board, service=site, text="消去の証明を受領")
    site.refresh_from_db()
    book = openpyxl.load_workbook(io.BytesIO(client_for("a-board").get(f"{home}book.xlsx?ended=1").content)).active
    head, row = list(book.iter_rows(values_only=True))
    assert dict(zip(head, row, strict=True))["次の確かめ"] == f"{site.ended_on} にやめた"


@pytest.mark.parametrize("typed", ["0026-12-31", "2206-12-31"])
def test_a_year_that_cannot_be_is_asked_about(board, town, db, typed):
    with pytest.raises(Refused, match="西暦の4けた") as refused:
        verbs.add(actor=board, town=town, sent=TYPED | {"contract_begins": "", "contract_ends": typed})
    assert refused.value.field == "contract_ends"


def test_pages_are_few_statements(client_for, home, site, count_queries):
    board = client_for("a-board")
    for path in (home, f"{home}new/", f"/policy-services/{site.pk}/"):
        board.get(path)
        with count_queries() as asked:
            assert board.get(path).status_code == 200
        assert len(asked) <= 12, (path, asked.statements)
