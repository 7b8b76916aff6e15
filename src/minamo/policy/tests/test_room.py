"""規程の部屋のいま and its navigation: four groups and what waits, for those who lead; who reads goes on to the text."""

import re
from typing import Any

import pytest

from minamo.policy.actions import incidents, revisions
from minamo.policy.queries.waiting import waiting_for
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
    row = revisions.start_revision(actor=other, town=town, title="本人確認 15分→60分")
    revisions.submit(actor=other, revision=row)
    teacher = actor_for("a1-teacher")
    incidents.report(actor=teacher, town=town, kind="lost", school=next(iter(teacher.uuids["serves"])))
    page = client_for("a-board").get(home).content.decode()
    assert "「本人確認 15分→60分」が承認を待っています" in page and "紛失" in page and "見立てがまだです" in page


def test_a_revision_waits_for_whoever_can_act(board: Any, other: Any, town: Any, actor_for: Any) -> None:
    row = revisions.start_revision(actor=other, town=town, title="時間をのばす")
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
