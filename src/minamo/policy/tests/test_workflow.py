"""改正: from draft to the next request, and back."""

import datetime as dt
import re
from types import SimpleNamespace

import pytest

from minamo.access.api import DEFAULTS, Denied, may, resource_type, set_scope
from minamo.access.compile import visible_q
from minamo.policy import proving
from minamo.policy.actions import impact, issues, revisions
from minamo.policy.jobs import activate_due, activate_due_everywhere
from minamo.policy.models import Issue, Revision
from minamo.policy.refusals import Refused

pytestmark = pytest.mark.django_db


def limit(value, name="reauth_minutes"):
    """A change of a number."""

    def change(row):
        row.limits = {name: value} if value != DEFAULTS[name] else {}
        row.save()

    return change


def test_a_draft_touches_nothing(board, town, actor_for):
    row = revisions.start_revision(actor=board, town=town, title="再認証 60分", reason="試験のために改めます。")
    revisions.set_limit(actor=board, revision=row, name="reauth_minutes", value=60)
    assert actor_for("a1-head").limits == DEFAULTS
    assert not Issue.objects.exists()


@pytest.mark.parametrize("reason", ["", " ", "短いわけ", "あ" * 1001])
def test_a_revision_says_why(board, town, client_for, reason):
    """What was typed stands in the form again; a draft of before gets its reason before it is handed in."""
    with pytest.raises(Refused, match="字"):
        revisions.start_revision(actor=board, town=town, title="再認証 60分", reason=reason)
    page = f"/municipalities/{town.pk}/policy/revisions/"
    answer = client_for("a-board").post(page, {"title": "再認証 60分", "reason": reason})
    text = answer.content.decode()
    assert answer.status_code == 422 and 'value="再認証 60分"' in text and f">{reason}</textarea>" in text
    assert "10字以上で書いてください" in text or "1000字までです" in text
    set_scope(municipalities=[town.pk], side="school")
    assert not Revision.objects.exists()


def test_a_draft_without_a_reason_is_not_handed_in(board, other, town, client_for, prove):
    row = revisions.start_revision(actor=board, town=town, title="前からの案", reason="試験のために改めます。")
    revisions.set_limit(actor=board, revision=row, name="reauth_minutes", value=10)
    Revision.objects.update(reason="")  # written before reasons were asked for
    row.refresh_from_db()
    with pytest.raises(Refused, match="なぜ改めるのか"):
        revisions.submit(actor=board, revision=row)
    page, client = f"/policy-revisions/{row.pk}/", client_for("a-board")
    refused = client.post(page, {"reason": "短いわけ"})
    assert refused.status_code == 422 and ">短いわけ</textarea>" in refused.content.decode()
    assert client.post(page, {"reason": "共用の端末が増えたからです。"}).status_code == 302
    set_scope(municipalities=[town.pk], side="school")
    row.refresh_from_db()
    revisions.submit(actor=board, revision=row)
    prove(row)
    with pytest.raises(Refused, match="審査に出したあと"):
        revisions.explain(actor=board, revision=row, reason="もうおそい書きなおしです。")
    assert "共用の端末が増えたからです。" in client_for("a-board").get(page).content.decode()
    assert approve(other, row).note == "共用の端末が増えたからです。"


def test_from_draft_to_the_next_request(issued, actor_for):
    issue = issued(limit(60), "再認証 60分")
    assert issue.number == 1 and len(issue.changed) >= 150
    assert actor_for("a1-head").limits["reauth_minutes"] == 60
    assert actor_for("b1-head").limits == DEFAULTS
    assert actor_for("a1-head").policy_digest == issue.edition_digest


def test_only_what_changed_is_listed(issued):
    issued()
    second = issued(limit(30))
    assert second.number == 2
    assert set(second.changed) == {"2.6.7", "4.10"}


def _edits(actor, row):
    revisions.set_limit(actor=actor, revision=row, name="reauth_minutes", value=20)


def _writes(actor, row):
    revisions.write_clause(actor=actor, revision=row, number="2.5.3", title="研修", text="年に二度。", who=[])


def _drops(actor, row):
    revisions.drop_clause(actor=actor, revision=row, number="2.5.14")


def _closes(actor, row):
    revisions.set_overlay(actor=actor, revision=row, text="")


@pytest.mark.parametrize("part", [None, _edits, _writes, _drops, _closes, "submits"])
def test_nobody_approves_what_he_wrote_any_part_of(board, other, third, town, prove, part):
    """The one who began it, changed one thing in it, or handed it in; somebody who did none of that may."""
    row = revisions.start_revision(actor=board, town=town, title="みんなで", reason="試験のために改めます。")
    revisions.write_clause(actor=board, revision=row, number="2.5.14", title="町の約束", text="朝の会。", who=[])
    hand = board if part is None else other
    if callable(part):
        part(other, row)
    revisions.submit(actor=other if part == "submits" else board, revision=row)
    prove(row)
    row.refresh_from_db()
    with pytest.raises(Denied) as refused:
        issues.approve(actor=hand, revision=row, effective_on=board.today)
    assert "自分では承認できません" in refused.value.decision.sentence
    assert not Issue.objects.exists()
    assert approve(third, row).number == 1


def test_the_row_is_read_again_before_an_approval(board, other, town, prove):
    """A page loaded before the officer's own change still knows him as a hand."""
    row = revisions.start_revision(actor=board, town=town, title="古い画面", reason="試験のために改めます。")
    loaded = Revision.objects.get(pk=row.pk)
    _edits(other, row)
    revisions.submit(actor=board, revision=row)
    prove(row)
    with pytest.raises(Denied):
        issues.approve(actor=other, revision=loaded, effective_on=board.today)


def test_the_list_of_what_may_be_approved_is_the_decision(board, other, third, town):
    """SQL says the same as the engine about the hands of a revision."""
    for part in (None, _edits, _writes):
        row = revisions.start_revision(actor=board, town=town, title="一覧", reason="試験のために改めます。")
        if part:
            part(other, row)
    for actor in (board, other, third):
        rows = list(Revision.objects.all())
        q = visible_q(actor, "policy:approve", resource_type("PolicyRevision"))
        listed = set(Revision.objects.filter(q).values_list("pk", flat=True))
        assert listed == {row.pk for row in rows if may(actor, "policy:approve", row)}
    assert len(listed) == 3


def test_a_revision_in_review_cannot_be_changed_but_goes_back(board, other, town):
    row = revisions.start_revision(actor=board, town=town, title="直す", reason="試験のために改めます。")
    revisions.submit(actor=board, revision=row)
    with pytest.raises(Refused, match="差し戻し"):
        revisions.set_limit(actor=board, revision=row, name="reauth_minutes", value=20)
    with pytest.raises(Refused, match="どこを"):
        revisions.send_back(actor=other, revision=row, note=" ")
    revisions.send_back(actor=other, revision=row, note="20分に")
    revisions.set_limit(actor=board, revision=row, name="reauth_minutes", value=20)
    assert revisions.state_now(row) == "draft"


def test_a_revision_without_a_difference_is_not_submitted(issued, board, town):
    issued()
    row = revisions.start_revision(actor=board, town=town, title="なにも", reason="試験のために改めます。")
    with pytest.raises(Refused, match="違うところがありません"):
        revisions.submit(actor=board, revision=row)


@pytest.mark.parametrize(("name", "value"), [("reauth_minutes", 600), ("nothing", 1)])
def test_a_number_that_cannot_be_is_refused(board, town, name, value):
    row = revisions.start_revision(actor=board, town=town, title="数", reason="試験のために改めます。")
    with pytest.raises(Refused, match="。"):
        revisions.set_limit(actor=board, revision=row, name=name, value=value)


def test_clauses_are_changed_added_and_dropped(board, town):
    row = revisions.start_revision(actor=board, town=town, title="条文", reason="試験のために改めます。")
    write = {"actor": board, "revision": row, "who": []}
    revisions.write_clause(number="2.5.3", title="研修", text="年に二度、研修をします。", **write)
    revisions.write_clause(number="2.5.14", title="町の約束", text="朝の会で話します。", **write)
    with pytest.raises(Refused, match="番号"):
        revisions.write_clause(number="二の五", title="x", text="x", **write)
    row.refresh_from_db()
    assert set(row.clauses) == {"2.5.3", "2.5.14"}
    revisions.drop_clause(actor=board, revision=row, number="2.5.14")
    with pytest.raises(Refused, match="変えていません"):
        revisions.drop_clause(actor=board, revision=row, number="2.5.14")


def test_an_overlay_that_opens_is_refused_in_words(board, town):
    row = revisions.start_revision(actor=board, town=town, title="開ける", reason="試験のために改めます。")
    with pytest.raises(Refused, match="閉じる規則だけ"):
        revisions.set_overlay(
            actor=board, revision=row,
            text='@id("overlay.990011-a") @clause("6.1 学籍の閲覧") @ja("あ") permit (principal, action, resource);',
        )  # fmt: skip


def _back(actor, town):
    """Back from what is in force; without anything in force from nothing."""
    now = Issue.objects.filter(municipality=town, activated_at__isnull=False, ended_at=None).first()
    return issues.roll_back(actor=actor, town=town, leaves=now.number if now else 1)


def test_rollback_restores_the_former_edition_at_the_next_request(issued, other, town, actor_for):
    first = issued()
    issued(limit(60))
    assert actor_for("a1-head").limits["reauth_minutes"] == 60
    back = _back(other, town)
    assert actor_for("a1-head").limits == DEFAULTS
    assert back.number == 3 and back.restores == first
    assert back.edition_digest == first.edition_digest
    assert Issue.objects.filter(activated_at__isnull=False, ended_at=None).count() == 1


def test_there_is_nothing_to_go_back_to(issued, other, town):
    with pytest.raises(Refused, match="戻せる版"):
        _back(other, town)
    issued()
    with pytest.raises(Refused, match="はじめの規程"):
        _back(other, town)


def test_the_first_issue_goes_back_to_the_model_once(issued, other, town, actor_for):
    first = issued(limit(60))
    back = _back(other, town)
    assert actor_for("a1-head").limits == DEFAULTS
    assert back.restores is None and set(back.clauses) == set(first.clauses)
    assert set(back.changed) == {"2.6.7", "4.10"}
    with pytest.raises(Refused, match="はじめの規程"):
        _back(other, town)


def test_going_back_twice_goes_further_back(issued, other, town, actor_for):
    issued()
    issued(limit(30))
    issued(limit(60))
    _back(other, town)
    assert actor_for("a1-head").limits["reauth_minutes"] == 30
    _back(other, town)
    assert actor_for("a1-head").limits == DEFAULTS


def test_a_coming_issue_waits_for_its_day(board, other, town, actor_for, prove):
    import time_machine

    row = revisions.start_revision(actor=board, town=town, title="12月から", reason="試験のために改めます。")
    revisions.set_limit(actor=board, revision=row, name="reauth_minutes", value=60)
    revisions.submit(actor=board, revision=row)
    prove(row)
    issue = issues.approve(actor=other, revision=row, effective_on=dt.date(2026, 12, 1))
    assert activate_due(municipality=str(town.pk)) == 0
    with time_machine.travel(dt.datetime(2026, 11, 30, 15, 1, tzinfo=dt.UTC)):
        assert activate_due_everywhere(0) == 1
        assert activate_due_everywhere(0) == 0
    actor_for("a-board")
    issue.refresh_from_db()
    assert issue.activated_by == "施行日の自動処理"
    assert actor_for("a1-head").limits["reauth_minutes"] == 60


@pytest.fixture
def submitted(board, town):
    """A revision in review: 60 minutes."""
    row = revisions.start_revision(actor=board, town=town, title="証明を待つ", reason="試験のために改めます。")
    revisions.set_limit(actor=board, revision=row, name="reauth_minutes", value=60)
    revisions.submit(actor=board, revision=row)
    return row


def test_numbers_beside_the_rules_are_said_in_words(board, town, prove, client_for):
    """No proof about decisions tells how long something lasts, so nothing is never said to change."""
    row = revisions.start_revision(actor=board, town=town, title="時間だけ", reason="試験のために改めます。")
    beside = {
        "session_hours": 24,
        "idle_minutes": 480,
        "posture_hours": 1,
        "break_glass_minutes": 240,
        "break_glass_review_days": 5,
    }
    for name, value in beside.items():
        revisions.set_limit(actor=board, revision=row, name=name, value=value)
    prove(row)
    shown = client_for("a-board").get(f"/policy-revisions/{row.pk}/impacts/").content.decode()
    assert "どの操作も変わりません" not in shown and "下の時間や日数が変わります" in shown
    for words in (
        "サインインから24時間たつと",
        "操作しないで480分たつと",
        "報告は、1時間たつと",
        "連絡先を240分のあいだ",
        "5営業日のうちに",
    ):
        assert words in shown
    assert "連絡先を60分のあいだ" in shown


def approve(other, row):
    return issues.approve(actor=other, revision=row, effective_on=other.today)


def test_nothing_is_approved_before_its_proof(submitted, other):
    with pytest.raises(Refused, match="まだ終わっていません"):
        approve(other, submitted)
    impact.estimate(actor=other, revision=submitted, kind="proof")
    with pytest.raises(Refused, match="まだ終わっていません"):
        approve(other, submitted)
    assert not Issue.objects.exists()


def test_the_page_names_everybody_who_gains(submitted, prove, client_for):
    """Post by post, with the operations; everybody's example below, operation by operation."""
    prove(submitted)
    shown = client_for("a-board").get(f"/policy-revisions/{submitted.pk}/impacts/").content.decode()
    board, heads = (
        re.search(rf'<th scope="row">{who}</th>.*?</tr>', shown)[0] for who in ("教育委員会の職員", "校長・教頭")
    )
    assert "端末を承認する" in board and "端末を承認する" in heads and "秘匿した住所を見る" in heads
    assert "秘匿した住所を見る" not in board and "できなくなることは一つもありません" in shown
    assert "変わる職と関係は、これですべてです" in shown and "書ききれない" not in shown
    assert (
        "教職員（教育委員会の職員）が本人確認から16分のとき、「端末を承認する（台帳の端末）」をできるようになります。"
        in shown
    )
    row = submitted.impacts.get()
    row.result["cut"] = ["device:approve"]
    row.save()
    shown = client_for("a-board").get(f"/policy-revisions/{submitted.pk}/impacts/").content.decode()
    assert "これですべてです" not in shown and "書ききれない職の組み合わせ" in shown


def test_a_proof_of_other_numbers_does_not_count(submitted, other, prove):
    prove(submitted)
    submitted.limits = {"reauth_minutes": 45}
    submitted.save()
    with pytest.raises(Refused, match="規則か数値か手本の規程が変わりました"):
        approve(other, submitted)


def test_a_broken_wall_is_not_approved(submitted, other, prove, monkeypatch):
    """The walls hold for every number; here the gate itself is tried, with a version that opens something."""
    opened = SimpleNamespace(sentence="だれかが何かをできるようになります。")
    proving.here.cache_clear()
    monkeypatch.setattr(proving, "tightens", lambda old, new: opened)
    prove(submitted)
    proving.here.cache_clear()
    with pytest.raises(Refused, match="壁が破れる"):
        approve(other, submitted)


def test_a_proof_that_fails_says_so_and_can_be_asked_again(submitted, other, prove, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(impact, "proof", lambda old, new: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            prove(submitted)
    failed = submitted.impacts.get()
    assert failed.finished_at is not None and "もう一度" in failed.failed
    with pytest.raises(Refused, match="すべての場合を調べる"):
        approve(other, submitted)
    prove(submitted)
    assert approve(other, submitted).number == 1


def test_a_day_gone_by_is_refused(board, other, town):
    row = revisions.start_revision(actor=board, town=town, title="きのうから", reason="試験のために改めます。")
    revisions.submit(actor=board, revision=row)
    with pytest.raises(Refused, match="施行日"):
        issues.approve(actor=other, revision=row, effective_on=board.today - dt.timedelta(days=1))


@pytest.mark.parametrize("who", ["a1-head", "b-board", "a1-teacher"])
def test_only_the_board_of_the_municipality_drafts(actor_for, board, town, who):
    with pytest.raises(Denied):
        revisions.start_revision(actor=actor_for(who), town=town, title="ほかの人", reason="試験のために改めます。")
