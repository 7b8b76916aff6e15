"""規程の画面: reading, revising, acknowledging; who may, and how many statements."""

import re

import pytest

from minamo.access.api import set_scope
from minamo.policy.clauses import model
from minamo.policy.models import Acknowledgement, Issue, Revision
from minamo.policy.queries.course import course
from minamo.policy.queries.evidence import EVIDENCE, Asked, evidence_of, house
from minamo.policy.quiz.asked import quiz_of
from minamo.policy.quiz.choosing import answer
from minamo.policy.quiz.ground import Ground
from minamo.tenancy.models import School

pytestmark = pytest.mark.django_db


@pytest.fixture
def home(world):
    return f"/municipalities/{world.municipality('A')}/policy/"


@pytest.mark.parametrize("number", ["4.1", "4.10", "1.1", "2.6.11", "2.3.8", "10.5"])
def test_a_clause_shows_its_rules_tests_and_evidence(client_for, home, number):
    page = client_for("a1-teacher").get(f"{home}clauses/{number}/")
    assert page.status_code == 200
    assert model().clauses[number].title in page.content.decode()
    assert client_for("a1-teacher").get(f"{home}clauses/99.1/").status_code == 404


@pytest.mark.parametrize(
    ("who", "status"),
    [("a1-aide", 200), ("a2-head", 200), ("a-board", 200), ("b1-head", 404), ("takahashi-mother", 403), ("pupil-hana", 403),
     ("a1-former", 403)],
)  # fmt: skip
def test_who_of_the_staff_reads_the_policy(client_for, home, who, status):
    """Clause 10.1: everybody on the staff of the town, with the rules and the evidence of each clause."""
    client = client_for(who)
    for page in ("text/", "editions/", "clauses/4.1/"):
        assert client.get(f"{home}{page}").status_code in {status, 404 if status == 403 else status}


@pytest.mark.parametrize(
    ("who", "status"), [("a1-teacher", 200), ("a-board", 200), ("b1-head", 404), ("takahashi-mother", 403)]
)
def test_the_table_of_zero_trust(client_for, home, who, status):
    page = client_for(who).get(f"{home}zero-trust/")
    assert page.status_code == status
    if status == 200:
        assert "minamo がすること" in page.content.decode() and page.content.decode().count("自治体がすること") == 20


def test_the_table_of_zero_trust_is_not_public(client, home):
    assert client.get(f"{home}zero-trust/").status_code == 302


def test_a_clause_shows_what_is_proved_of_it_and_why_where_nothing_is(client_for, home):
    teacher = client_for("a1-teacher")
    page = teacher.get(f"{home}clauses/10.6/").content.decode()
    assert "情報資産を書き、確認するのは、その学校の校長・教頭と教育委員会だけ" in page and "policy.asset-edit" in page
    assert f'href="{home}zero-trust/#proof"' in page
    table = teacher.get(f"{home}zero-trust/").content.decode()
    assert 'id="proof"' in table and "経過時間は0以上" in table and "access/pdp.py" not in table
    through = teacher.get(f"{home}clauses/2.12.1/").content.decode()
    assert (
        "学習用の端末からは、児童生徒向けの画面のほかは何もできない" in through
        and f'href="{home}clauses/4.5/"' in through
    )
    unproved = teacher.get(f"{home}clauses/2.6.5/").content.decode()
    assert model().clauses["2.6.5"].unproved in unproved and model().clauses["2.6.5"].unmeasured in unproved


def test_a_figure_leads_to_its_rows(client_for, home, world):
    """Each to what the person may open: the board to the town's trail, a head to the own school's, a teacher to none."""
    client_for("a1-homeroom").get(f"/pupils/{world.pupil('hana')}/")
    number = "6.1"
    ways = {}
    for who in ("a-board", "a1-head", "a1-teacher"):
        page = client_for(who).get(f"{home}clauses/{number}/").content.decode()
        ways[who] = re.findall(r'<a href="([^"]+)">操作の記録を見る</a>', page)
    assert ways["a1-teacher"] == []
    (board,), (head,) = ways["a-board"], ways["a1-head"]
    assert f"/municipalities/{world.municipality('A')}/trail/?first=" in board
    assert f"/schools/{world.school('a1')}/trail/?first=" in head
    rows = client_for("a1-head").get(head.replace("&amp;", "&")).content.decode()
    assert "学籍　見た" in rows and "6.1 学籍の閲覧" in rows
    other = client_for("a1-head").get(head.replace("&amp;", "&").replace("6.1", "6.5")).content.decode()
    assert "あてはまる記録はありません" in other


@pytest.mark.parametrize("name", sorted(EVIDENCE))
def test_every_evidence_can_be_asked(board, world, name):
    found = evidence_of(Asked(world.municipality("A"), "4.1", board.today, board.now), name)
    assert found is not None and found.sentence.endswith("。") and found.ways


def test_the_database_walls_off_every_table_of_a_town(board, world, monkeypatch):
    """Clause 4.16, asked of the database itself; a table that lost its wall would be said."""
    asked = Asked(world.municipality("A"), "4.16", board.today, board.now)
    assert evidence_of(asked, "walls").good is True
    monkeypatch.setattr(house, "PUBLIC_TABLES", ())
    found = evidence_of(asked, "walls")
    assert found.good is False


def test_evidence_counts_what_was_decided(client_for, board, world, home):
    from minamo.access.api import set_scope
    from minamo.audit.api import decisions_under

    client_for("a1-teacher").get(home)
    since = board.now.replace(year=2025)
    set_scope(municipalities=[world.municipality("A")], side="school")
    assert decisions_under(world.municipality("A"), since, ["policy.read"])["allow"] >= 1


def test_from_draft_to_force_by_the_pages(client_for, home, world):
    client = client_for("a-board")
    for title in (" ", "あ" * 81):
        assert client.post(f"{home}revisions/", {"title": title, "reason": "授業の間に切れるため。"}).status_code == 422
    assert client.post(f"{home}revisions/", {"title": "件\0名"}).status_code == 400  # at the door
    big = client.post(f"{home}revisions/", {"title": "x", "reason": "あ" * 2_700_000})
    assert big.status_code == 400 and "大きすぎるか" in big.content.decode()
    assert client.post(f"{home}activations/", {"number": "abc"}).status_code == 404
    assert client.post(f"{home}activations/", {"number": "9" * 30}).status_code == 404
    made = client.post(f"{home}revisions/", {"title": "再認証を60分に", "reason": "授業の間に切れるため。"})
    page = made["Location"]
    assert client.post(page, {"limit": "reauth_minutes", "value": "x"}).status_code == 422
    assert client.post(page, {"limit": "reauth_minutes", "value": "60"}).status_code == 302
    assert client.post(page, {"limit": "break_glass_minutes", "value": "240"}).status_code == 302
    shown = client.get(page).content.decode()
    assert "施行中 15分、この案 60分" in shown
    assert "</span>15分</del>" in shown and "</span>60分</ins>" in shown and "緩くなる" in shown
    assert client.post(f"{page}submissions/", {"verb": "submit"}).status_code == 302
    assert client.post(f"{page}approvals/", {"effective_on": "2026-11-24"}).status_code == 403
    assert "案を書いた人とは別の" in client.get(page).content.decode()


def test_a_second_officer_approves_by_the_page(client_for, board, town, world, home, prove):
    from minamo.access.api import set_scope
    from minamo.policy.actions import revisions

    row = revisions.start_revision(actor=board, town=town, title="再認証を60分に", reason="試験のために改めます。")
    revisions.set_limit(actor=board, revision=row, name="reauth_minutes", value=60)
    revisions.submit(actor=board, revision=row)
    prove(row)
    somebody = world.account("a1-former")
    Revision.objects.filter(pk=row.pk).update(author_id=somebody, hands=[somebody])
    page = f"/policy-revisions/{row.pk}/"
    late = client_for("a-board", condition="stale")
    shown = late.get(page).content.decode()
    assert "承認して公表する" in shown and "承認できる人を待っています" not in shown
    answer = late.post(f"{page}approvals/", {"effective_on": "2026-11-24"})
    assert answer.status_code == 403 and "/account/proof/?next=" in answer.content.decode()
    client = client_for("a-board")
    assert client.post(f"{page}approvals/", {"effective_on": ""}).status_code == 422
    assert client.post(f"{page}approvals/", {"effective_on": "2026-11-24"}).status_code == 302
    assert client.post(f"{home}activations/", {"number": "1"}).status_code == 302
    assert client.post(f"{home}activations/", {"number": "1"}).status_code == 422
    set_scope(municipalities=[town.pk], side="school")
    assert Issue.objects.get().activated_at is not None
    assert "60分のあいだ" in client.get(f"{home}text/").content.decode()
    shown = client.get(f"{home}activations/").content.decode()
    assert "第1版からはじめの規程（型）に戻す" in shown and 'name="leaves" value="1"' in shown
    assert "</span>60分</del>" in shown and "ほかの職員のホーム" in shown
    assert client.post(f"{home}activations/", {"verb": "rollback"}).status_code == 422
    assert client.post(f"{home}activations/", {"verb": "rollback", "leaves": "1"}).status_code == 302
    assert "60分のあいだ" not in client.get(f"{home}text/").content.decode()
    assert client.post(f"{home}activations/", {"verb": "rollback", "leaves": "1"}).status_code == 422  # pressed twice
    set_scope(municipalities=[town.pk], side="school")
    assert Issue.objects.count() == 2


def answered(actor, issue, numbers, right=True):
    """The form of a part as somebody sends it."""
    ground, quiz = Ground.of(issue), quiz_of(actor, issue, numbers)
    said = {f"q{n}": "yes" if answer(q.key, ground).yes == right else "no" for n, q in enumerate(quiz.asked)}
    return {"issue": issue.number, "numbers": ",".join(numbers), "round": len(quiz.rounds)} | said


def test_somebody_new_reads_part_by_part(client_for, actor_for, issued, home, world):
    issued()
    issue, client = Issue.objects.get(), client_for("a1-homeroom")
    parts = course(actor_for("a1-homeroom"), issue).parts
    shown = client.get(f"{home}reading/").content.decode()
    assert "問い1" in shown and "短い部に分けました" in shown and f"1 / {len(parts)}" in shown
    assert all(f'<span class="num">{n}</span>' in shown for n in parts[0].numbers)
    assert f'<span class="num">{parts[1].numbers[0]}</span>' not in shown
    form = answered(actor_for("a1-homeroom"), issue, parts[0].numbers)
    unanswered = client.post(f"{home}reading/", {"issue": 1, "numbers": form["numbers"], "q0": "yes"})
    assert unanswered.status_code == 422 and "まだ答えていない問い" in unanswered.content.decode()
    assert client.post(f"{home}reading/", {}).status_code == 422
    assert client.post(f"{home}reading/", form | {"issue": 7}).status_code == 422
    assert client.post(f"{home}reading/", form | {"numbers": "9.9.9"}).status_code == 422
    wrong = client.post(f"{home}reading/", answered(actor_for("a1-homeroom"), issue, parts[0].numbers, right=False))
    assert wrong["Location"].endswith("?done=again") and "正しい答え" in client.get(wrong["Location"]).content.decode()
    form = answered(actor_for("a1-homeroom"), issue, parts[0].numbers)
    assert client.post(f"{home}reading/", form)["Location"].endswith("?done=part")
    again = client.post(f"{home}reading/", form)  # a second tap
    assert again.status_code == 422 and "もう確認が済んで" in again.content.decode()
    set_scope(municipalities=[world.municipality("A")], side="school")
    assert Acknowledgement.objects.filter(issue=issue).count() == 1
    shown = client_for("a1-homeroom").get(f"{home}reading/?done=part").content.decode()  # from another device
    assert f"2 / {len(parts)}" in shown and parts[1].title in shown and "残しました" in shown
    for part in parts[1:]:
        sent = client.post(f"{home}reading/", answered(actor_for("a1-homeroom"), issue, part.numbers))
    assert sent["Location"].endswith("?done=all")
    assert "確認は済んでいます" in client.get(f"{home}reading/").content.decode()


def test_the_register_of_who_has_read(issued, client_for, home, world):
    issued()
    board = client_for("a-board")
    assert "まだ" in board.get(f"{home}acknowledged/").content.decode()
    exported = board.get(f"{home}acknowledged/?as=csv")
    assert exported["Content-Type"].startswith("text/csv") and "原澤 美咲" in exported.content.decode("utf-8-sig")
    own = client_for("a1-head").get(f"/schools/{world.school('a1')}/policy/acknowledged/").content.decode()
    assert "原澤 美咲" in own and "本多 担任" not in own
    assert client_for("a1-teacher").get(f"{home}acknowledged/").status_code == 403


def test_the_register_has_the_order_of_the_towns_schools(issued, client_for, home, world):
    """School by school as in the town's own list, each with how many are done; the columns keep their names on a phone."""
    issued()
    School.objects.filter(pk=world.school("a1")).update(position=7)
    School.objects.filter(pk=world.school("a2")).update(position=3)
    text = client_for("a-board").get(f"{home}acknowledged/").content.decode()
    set_scope(municipalities=[world.municipality("A")], side="school")
    schools = School.objects.order_by("position", "code")
    wanted = [s.short_name for s in schools if f"<summary><b>{s.short_name}</b>" in text]
    shown = re.findall(r"<summary><b>(.+?)</b>", text)
    assert shown == ["教育委員会", *wanted] and len(wanted) >= 2
    assert "確認した人 0 / " in text
    rows = re.findall(r"<tr><td.*?</tr>", text)
    for label in ("職", "確認", "まだの条文", "はじめに正しかった問い", "最後の知らせ"):
        assert rows and all(f'data-label="{label}"' in row for row in rows), label
    own = client_for("a1-head").get(f"/schools/{world.school('a1')}/policy/acknowledged/").content.decode()
    assert "原澤 美咲" in own and "<summary><b>" not in own


def test_pages_are_few_statements(issued, client_for, home, count_queries):
    issued()
    client = client_for("a-board")
    for path in ("", "clauses/4.1/", "reading/", "revisions/", "acknowledged/"):
        client.get(f"{home}{path}")
        with count_queries() as asked:
            client.get(f"{home}{path}")
        assert len(asked) <= 12, (path, asked.statements)
