"""郡の定め: an operator lays it before its towns; a town takes it in by a revision, never silently; nor does an update of minamo."""

import datetime as dt
import io

import pytest
from django.core.management import CommandError, call_command

from minamo.access.api import set_scope
from minamo.audit.api import spoken_action
from minamo.audit.models import Entry
from minamo.policy.actions import adopting, issues, merging, revisions
from minamo.policy.models import CountyLayer, Issue, Revision
from minamo.policy.queries import texts
from minamo.policy.queries.grounds import new_ground
from minamo.policy.queries.waiting import waiting_for
from minamo.policy.refusals import Refused
from minamo.tenancy.api import Municipality

pytestmark = pytest.mark.django_db
FILE = """name = "水上野郡の共通の定め"
agreed_on = 2026-11-20
members = [{members}]
[limits]
reauth_minutes = {minutes}
[[clause]]
n = "2.5.14"
title = "郡の研修"
text = "{text}"
"""


@pytest.fixture
def codes(world, town):
    """The codes of the towns A and B."""
    set_scope(municipalities=[world.municipality("A"), world.municipality("B")], side="school")
    rows = {row.pk: row.code for row in Municipality.objects.all()}
    set_scope(municipalities=[town.pk], side="school")
    return rows[world.municipality("A")], rows[world.municipality("B")]


@pytest.fixture
def county(codes, town, tmp_path):
    """Runs the command on a file; the scope of town A is open again afterwards."""

    def run(
        *options, members=codes[:1], minutes=10, text="郡で合同の研修を行います。", county="104400", change=lambda t: t
    ):
        path = tmp_path / "郡.toml"
        written = FILE.format(members=", ".join(f'"{code}"' for code in members), minutes=minutes, text=text)
        path.write_text(change(written), encoding="utf-8")
        out = io.StringIO()
        try:
            call_command("policy", "county", str(path), "--county", county, *options, stdout=out)
        finally:
            set_scope(municipalities=[town.pk], side="school")
        return out.getvalue()

    return run


def lines(actor):
    return [line for line in waiting_for(actor) if "郡の定め" in line.title or "手本の規程" in line.title]


def adopted(board, other, town, prove):
    row = adopting.begin(actor=board, town=town)
    revisions.submit(actor=board, revision=row)
    prove(row)
    return issues.activate_issue(actor=other, issue=issues.approve(actor=other, revision=row, effective_on=board.today))


def test_the_command_shows_first_and_keeps_only_when_told(county, codes, world, town):
    shown = county(members=codes)
    assert "まだ何も変えていません" in shown and "条文（加える）　2.5.14 郡の研修" in shown
    assert (
        "15分 → 10分" in shown and "証明　手本の規程でできないことは" in shown and all(code in shown for code in codes)
    )
    assert not CountyLayer.objects.exists()
    assert "2つの町に置きました" in county("--apply", members=codes)
    set_scope(municipalities=[world.municipality("A"), world.municipality("B")], side="school")
    assert {row.municipality_id for row in CountyLayer.objects.all()} == {
        world.municipality("A"),
        world.municipality("B"),
    }
    rows = Entry.objects.filter(action="policy:county", actor_kind="system")
    assert {row.municipality_id for row in rows} == {world.municipality("A"), world.municipality("B")}
    assert spoken_action("policy:county").endswith("郡の定めを置いた")
    with pytest.raises(CommandError, match="いまの定め（2026-11-20）と同じです"):
        county("--apply", members=codes)


def test_a_loosening_is_refused_with_its_witness(county, town):
    with pytest.raises(
        CommandError, match=r"5行目：limits の reauth_minutes（.*）が、手本の規程の 15分 より緩い 20分"
    ) as refused:
        county("--apply", minutes=20)
    assert "手本の規程ではできないことが、できるようになります：" in str(refused.value)
    assert "分" in str(refused.value).split("できるようになります：")[1]
    county("--apply")
    with pytest.raises(CommandError, match="いまの定めの 10分 より緩い 12分") as refused:
        county("--apply", minutes=12)
    assert "いまの定めではできないことが" in str(refused.value)
    with pytest.raises(
        CommandError, match=r"5行目：limits の idle_minutes（.*）が、手本の規程の 120分 より緩い 200分"
    ):  # no rule reads it
        county("--apply", change=lambda t: t.replace("[limits]", "[limits]\nidle_minutes = 200"))
    assert CountyLayer.objects.count() == 1


def test_mistakes_are_named_with_file_line_and_field(county, codes, tmp_path):
    with pytest.raises(CommandError, match=r"郡\.toml：\n5行目：limits の reauth_minutes：本人確認"):
        county(minutes=600)
    with pytest.raises(CommandError, match=r"郡\.toml：.*\n3行目：members の 999999 は"):
        county(members=(codes[0], "999999"))
    with pytest.raises(CommandError, match="6けた"):
        county(county="郡")
    with pytest.raises(CommandError, match="開けません"):
        call_command("policy", "county", str(tmp_path / "ない.toml"), "--county", "104400")
    (tmp_path / "sjis.toml").write_bytes("name = 郡".encode("cp932"))
    with pytest.raises(CommandError, match="UTF-8"):
        call_command("policy", "county", str(tmp_path / "sjis.toml"), "--county", "104400")


def test_a_town_is_of_one_county_and_is_not_left_out(county, codes):
    county("--apply", members=codes)
    with pytest.raises(CommandError, match="別の郡（104400「水上野郡の共通の定め」）"):
        county("--apply", county="104500")
    with pytest.raises(CommandError, match=f"前の定めで合意した {codes[1]} がありません"):
        county("--apply", text="年に二度。")
    with pytest.raises(CommandError, match="合意した日（2026-11-20）より前"):
        county("--apply", members=codes, change=lambda t: t.replace("2026-11-20", "2026-11-19"))


def test_nothing_changes_in_a_town_until_it_takes_it_in(
    county, issued, board, other, town, prove, actor_for, client_for
):
    first = issued()
    before = client_for("a1-teacher").get(f"/municipalities/{town.pk}/policy/text/").content.decode()
    open_draft = revisions.start_revision(actor=board, town=town, title="前からの案", reason="試験のために改めます。")
    county("--apply")
    assert (
        client_for("a1-teacher").get(f"/municipalities/{town.pk}/policy/text/").content.decode().count("郡の研修") == 0
    )
    assert "郡の研修" not in before and actor_for("a1-head").limits["reauth_minutes"] == 15
    ordinary = revisions.start_revision(actor=board, town=town, title="ほかの案", reason="試験のために改めます。")
    revisions.set_limit(
        actor=board, revision=ordinary, name="reauth_minutes", value=14
    )  # not bound by what is not adopted
    assert ordinary.county is None and open_draft.county is None
    (line,) = lines(actor_for("a-board"))
    assert "「水上野郡の共通の定め」を、まだ取り入れていません" in line.title and "#new-ground" in line.url
    assert not lines(actor_for("a1-head")) and not lines(actor_for("b-board"))
    set_scope(municipalities=[town.pk], side="school")
    second = adopted(board, other, town, prove)
    assert second.clauses["2.5.14"]["title"] == "郡の研修" and second.limits == {"reauth_minutes": 10}
    assert second.county.name == "水上野郡の共通の定め" and second.own == {} and "2.5.14" in second.changed
    assert actor_for("a1-head").limits["reauth_minutes"] == 10 and not lines(actor_for("a-board"))
    set_scope(municipalities=[town.pk], side="school")
    back = issues.roll_back(actor=other, town=town, leaves=2)
    assert (back.county, back.clauses) == (None, first.clauses) and lines(actor_for("a-board"))


def test_adopting_tightens_keeps_the_towns_words_and_makes_a_hand(county, issued, board, other, third, town):
    def change(row):
        revisions.write_clause(
            actor=board, revision=row, number="2.5.14", title="町の研修", text="町で行います。", who=[]
        )
        revisions.set_limit(actor=board, revision=row, name="reauth_minutes", value=30)

    issued(change)
    shown = county()
    assert "取り入れると　本人確認をやり直すまでの時間（重要性分類Ⅰ）が 10分 になります" in shown
    assert "町の文のまま残る条文　2.5.14" in shown
    county("--apply")
    row = revisions.start_revision(actor=board, town=town, title="ほかのこと", reason="試験のために改めます。")
    row = adopting.adopt(actor=other, revision=row)
    assert row.limits == {"reauth_minutes": 10} and row.clauses["2.5.14"]["title"] == "町の研修"
    assert set(row.hands) == {board.account_id, other.account_id}
    with pytest.raises(Refused, match="郡の定め（10分）より緩く"):
        revisions.set_limit(actor=board, revision=row, name="reauth_minutes", value=20)
    with pytest.raises(Refused, match="もう新しい郡の定めの上"):
        adopting.adopt(actor=other, revision=row)
    with pytest.raises(Refused, match="「ほかのこと」の案が、もうあります"):
        adopting.begin(actor=third, town=town)
    revisions.submit(actor=board, revision=row)
    county("--apply", change=lambda t: t.replace("2026-11-20", "2026-11-21"), text="年に二度。")
    with pytest.raises(Refused, match="審査に出したあと"):
        adopting.adopt(actor=other, revision=row)


def test_a_draft_laid_on_an_issue_that_has_adopted_comes_to_lie_on_its_county(
    county, issued, board, other, town, prove
):
    issued()
    late = revisions.start_revision(actor=board, town=town, title="遅れた案", reason="試験のために改めます。")
    county("--apply")
    adopted(board, other, town, prove)
    late = merging.merge(actor=board, revision=Revision.objects.get(pk=late.pk), choices={})
    assert late.county.name == "水上野郡の共通の定め" and late.limits == {"reauth_minutes": 10}
    issued(lambda row: revisions.set_limit(actor=board, revision=row, name="reauth_minutes", value=5))
    back = issues.roll_back(actor=other, town=town, leaves=3)
    assert back.county == late.county and back.limits == {"reauth_minutes": 10} and new_ground(town.pk) is None


def test_an_update_of_the_model_policy_waits_too(issued, board, other, town, prove, monkeypatch, actor_for, client_for):
    issued()
    under_way = revisions.start_revision(actor=board, town=town, title="前からの案", reason="試験のために改めます。")
    revisions.set_limit(actor=board, revision=under_way, name="reauth_minutes", value=14)
    revisions.submit(actor=board, revision=under_way)
    prove(under_way)
    assert new_ground(town.pk) is None
    newer = {**texts.base_texts(), "2.5.3": {"title": "研修", "text": "更新で変わった文。", "who": ["全員"]}}
    monkeypatch.setattr(texts, "base_texts", lambda: newer)
    assert (
        "更新で変わった文"
        not in client_for("a1-teacher").get(f"/municipalities/{town.pk}/policy/text/").content.decode()
    )
    set_scope(municipalities=[town.pk], side="school")
    with pytest.raises(Refused, match="手本の規程が変わりました"):  # what was proved and looked at read otherwise
        issues.approve(actor=other, revision=under_way, effective_on=board.today)
    revisions.withdraw(actor=board, revision=under_way)
    (line,) = lines(actor_for("a-board"))
    assert line.title == "規程：手本の規程が、minamo の更新で1条変わりました"
    set_scope(municipalities=[town.pk], side="school")
    second = adopted(board, other, town, prove)
    assert second.changed == ["2.5.3"] and second.own == {}
    assert new_ground(town.pk) is None
    with pytest.raises(Refused, match="取り入れるものは、もうありません"):
        adopting.begin(actor=board, town=town)


def test_the_pages_offer_it_with_one_button(county, issued, board, town, client_for, count_queries):
    issued()
    ordinary = revisions.start_revision(actor=board, town=town, title="ほかの案", reason="試験のために改めます。")
    revisions.set_limit(actor=board, revision=ordinary, name="reauth_minutes", value=14)
    revisions.submit(actor=board, revision=ordinary)
    county("--apply")
    client = client_for("a-board")
    place = f"/municipalities/{town.pk}/policy/"
    with count_queries() as asked:
        page = client.get(f"{place}revisions/").content.decode()
    assert len(asked) <= 12, asked.statements
    assert 'id="new-ground"' in page and "取り入れる案を起こす" in page and "10分" in page
    for other_page in (place, "/policy-waiting/"):
        with count_queries() as asked:
            assert "まだ取り入れていません" in client.get(other_page).content.decode()
        assert len(asked) <= 12, asked.statements
    gone = client.post(f"{place}revisions/", {"verb": "adopt"})
    assert gone.status_code == 302
    with count_queries() as asked:
        page = client.get(gone["Location"]).content.decode()
    assert len(asked) <= 12, asked.statements
    assert "案に取り入れました" in page and "の上にあります" in page and "郡の研修" in page
    assert client.post(f"{place}revisions/", {"verb": "adopt"}).status_code == 422
    county("--apply", change=lambda t: t.replace("2026-11-20", "2026-11-21"), text="年に二度。")
    draft = Revision.objects.get(county__isnull=False)
    assert "この案に取り入れる" in client.get(f"/policy-revisions/{draft.pk}/").content.decode()
    sent = client.post(f"/policy-revisions/{draft.pk}/submissions/", {"verb": "adopt"})
    assert sent.status_code == 302 and "年に二度" in client.get(sent["Location"]).content.decode()
    assert "まだ取り入れていません" not in client_for("b-board").get("/policy-waiting/").content.decode()


def test_a_first_edition_may_lie_on_it(county, board, other, town, prove):
    county("--apply")
    first = adopted(board, other, town, prove)
    assert first.number == 1 and first.replaced["clauses"]["2.5.14"] is None and first.county_id
    back = issues.roll_back(actor=other, town=town, leaves=1)
    assert back.county is None and back.limits == {} and Issue.objects.count() == 2
    assert dt.date(2026, 11, 20) == CountyLayer.objects.get().agreed_on


def test_the_difference_says_whose_words_are_new(county, issued, board, other, town, prove, client_for, client):
    issued()
    county("--apply")
    row = adopting.begin(actor=board, town=town)
    revisions.write_clause(actor=board, revision=row, number="2.5.3", title="研修", text="町の文。", who=[])
    staff, place = client_for("a-board"), f"/municipalities/{town.pk}/policy/"
    draft = staff.get(f"/policy-revisions/{row.pk}/").content.decode()
    set_scope(municipalities=[town.pk], side="school")
    revisions.withdraw(actor=board, revision=row)
    second = adopted(board, other, town, prove)
    assert second.replaced["whence"]["clauses"]["2.5.14"] == "county"
    assert second.replaced["whence"]["limits"] == {"reauth_minutes": "county"}
    assert (
        draft.count("町の定め</span>") == 1 and draft.count("郡の定め</span>") == 4
    )  # 2.5.14, the number, 2.6.7 and 4.10
    for asks, page in (
        (staff, f"{place}editions/2/"),
        (staff, f"/policy-revisions/{second.revision_id}/"),
        (client, "/policy/990011/editions/2/"),
    ):
        assert "郡の定め</span>" in asks.get(page).content.decode(), page
