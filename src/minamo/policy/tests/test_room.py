"""規程の部屋のいま and its navigation: four groups and what waits, for those who lead; who reads goes on to the text."""

import datetime as dt
import re
from typing import Any

import pytest
import time_machine

from minamo.policy.actions import exceptions, incidents, revisions, services
from minamo.policy.models import CountyLayer
from minamo.policy.queries.waiting import waiting_for
from minamo.policy.tests.test_exceptions import typed
from minamo.policy.tests.test_outside import TYPED as SITE
from minamo.policy.views.tabs import GROUPS, tabs

pytestmark = pytest.mark.django_db
BOARD = {
    "いま": ["いま"],
    "規程": ["条文", "過去の版", "改正と版", "確認の状況", "ゼロトラスト"],
    "台帳": ["情報資産", "外部サービス", "例外"],
    "事故": ["事故"],
    "点検": ["自己点検"],
}
HEAD = BOARD | {"規程": ["条文", "過去の版", "確認の状況", "ゼロトラスト"]}
STAFF = {"規程": ["条文", "過去の版", "ゼロトラスト"], "台帳": BOARD["台帳"], "事故": ["事故"]}


@pytest.fixture
def home(world: Any) -> str:
    return f"/municipalities/{world.municipality('A')}/policy/"


@pytest.mark.parametrize(("who", "shown"), [("a-board", BOARD), ("a1-head", HEAD), ("a1-teacher", STAFF)])
def test_the_groups_and_their_pages(who: str, shown: dict[str, list[str]], actor_for: Any, world: Any) -> None:
    found = tabs(actor_for(who), world.municipality("A"), "services")
    assert {group["label"]: [page["label"] for page in group["pages"]] for group in found} == shown
    assert [group["label"] for group in found if group["active"]] == ["台帳"]


@pytest.mark.parametrize("who", ["a-board", "a1-head", "a1-teacher"])
def test_every_page_named_can_be_opened(who: str, actor_for: Any, client_for: Any, world: Any) -> None:
    for group in tabs(actor_for(who), world.municipality("A"), "text"):
        for page in group["pages"]:
            answer = client_for(who).get(page["url"])
            assert answer.status_code == 200, page
            word = page["label"] if len(group["pages"]) > 1 else group["label"]
            assert f'aria-current="page">{word}' in answer.content.decode(), page


def test_the_first_row_fits_a_phone() -> None:
    assert all(len(group.label) == 2 for group in GROUPS) and len(GROUPS) <= 5


def test_who_leads_nothing_goes_on_to_the_text(client_for: Any, home: str) -> None:
    assert client_for("a1-teacher").get(home)["Location"] == f"{home}text/"


@pytest.mark.parametrize(("who", "status"), [("b-board", 404), ("takahashi-mother", 403), ("pupil-hana", 403)])
def test_nobody_else(who: str, status: int, client_for: Any, home: str) -> None:
    assert client_for(who).get(home).status_code == status


def test_who_is_signed_out_is_asked_to_sign_in(client: Any, home: str) -> None:
    assert client.get(home).status_code == 302


def test_cards_say_what_waits(client_for: Any, home: str, board: Any, other: Any, town: Any, actor_for: Any) -> None:
    calm = client_for("a1-head").get(home).content.decode()
    assert "対応中の事故はありません" in calm and "改正と版" not in calm
    row = revisions.start_revision(actor=other, town=town, title="本人確認 15分→60分", reason="試験のために改めます。")
    revisions.submit(actor=other, revision=row)
    teacher = actor_for("a1-teacher")
    incidents.report(actor=teacher, town=town, kind="lost", school=next(iter(teacher.uuids["serves"])))
    page = client_for("a-board").get(home).content.decode()
    assert "「本人確認 15分→60分」が承認を待っています" in page and "紛失" in page and "見立てがまだです" in page


def test_a_revision_waits_for_whoever_can_act(board: Any, other: Any, town: Any, actor_for: Any) -> None:
    row = revisions.start_revision(actor=other, town=town, title="時間をのばす", reason="試験のために改めます。")
    assert not [line for line in waiting_for(board) if "時間をのばす" in line.title], "a draft is nobody else's"
    revisions.submit(actor=other, revision=row)
    (line,) = [line for line in waiting_for(board) if "時間をのばす" in line.title]
    assert line.group == "policy" and "審査に出しました" in line.text
    assert not [line for line in waiting_for(other) if "時間をのばす" in line.title], "nobody waits for himself"
    revisions.send_back(actor=board, revision=row, note="理由を書いてください")
    (line,) = [line for line in waiting_for(other) if "時間をのばす" in line.title]
    assert "差し戻されました" in line.title and line.text == "理由を書いてください"
    assert not [line for line in waiting_for(actor_for("a1-head")) if "時間をのばす" in line.title]


def test_the_page_is_few_statements(client_for: Any, home: str, issued: Any, count_queries: Any) -> None:
    issued()
    for who in ("a-board", "a1-head"):
        client = client_for(who)
        with count_queries() as asked:
            assert client.get(home).status_code == 200
        assert len(asked) <= 12, (who, len(asked), asked.statements)


def test_the_rail_shows_where_one_is(client_for: Any, home: str, world: Any, actor_for: Any, town: Any) -> None:
    from minamo.policy.actions import assets
    from minamo.policy.tests.test_assets import TYPED

    line = assets.add(actor=actor_for("a1-head"), town=town.pk, school=world.school("a1"), sent=TYPED)
    head = client_for("a1-head")
    for path in (
        home,
        f"{home}services/",
        f"/policy-assets/{line.pk}/",
        f"/municipalities/{town.pk}/incidents/",
        f"/schools/{world.school('a1')}/policy/inspections/",
    ):
        assert re.search(rf'<a class="item" href="{home}"[^>]* aria-current="page"', head.get(path).content.decode()), (
            path
        )
    assert not re.search(rf'<a class="item" href="{home}"[^>]* aria-current="page"', head.get("/").content.decode())


def everything_waits(issued: Any, read: Any, board: Any, other: Any, town: Any, world: Any, actor_for: Any) -> None:
    """Two editions of which the people have read the first, a revision in review, a county's agreement, an exception asked for, an
    incident, a register: more than a town has at once."""
    first = issued()
    for name in ("a-board", "a1-head"):
        read(actor_for(name), first)
    issued(lambda row: revisions.write_clause(actor=board, revision=row, number="2.4.3", title="紙の保管", text="金庫に。", who=["教職員"]))  # fmt: skip
    row = revisions.start_revision(actor=other, town=town, title="時間をのばす", reason="試験のために改めます。")
    revisions.set_limit(actor=other, revision=row, name="reauth_minutes", value=14)
    revisions.submit(actor=other, revision=row)
    CountyLayer.objects.create(
        municipality=town, county="104400", name="郡の定め", limits={"idle_minutes": 60}, agreed_on=board.today
    )
    head = actor_for("a1-head")
    exceptions.request(actor=head, town=town.pk, school=world.school("a1"), sent=typed(template="roll", person=world.account("a2-homeroom")))  # fmt: skip
    services.add(actor=board, town=town, sent=SITE)
    teacher = actor_for("a1-teacher")
    incidents.report(actor=teacher, town=town, kind="lost", school=next(iter(teacher.uuids["serves"])))


@pytest.mark.parametrize("who", ["a-board", "a1-head"])
def test_in_january_the_pages_are_few_statements_too(
    who: str, client_for: Any, home: str, issued: Any, read: Any, board: Any, other: Any, town: Any, world: Any,
    actor_for: Any, count_queries: Any,
) -> None:  # fmt: skip
    """Then the yearly self-inspection waits as well."""
    everything_waits(issued, read, board, other, town, world, actor_for)
    with time_machine.travel(dt.datetime(2027, 1, 12, 1, tzinfo=dt.UTC)):
        client = client_for(who)
        for page in (home, "/policy-waiting/"):
            with count_queries() as asked:
                text = client.get(page).content.decode()
            assert "今年度の点検が、まだ終わっていません" in text and "読んで確認する条文" in text, page
            assert len(asked) <= 12, (page, len(asked), asked.statements)
