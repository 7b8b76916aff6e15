"""証明と戻る道: two towns prove at once, no overlay closes the way back, and an operator can always take it."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from minamo.access.api import composed, decide, set_scope
from minamo.access.enforce import as_resource
from minamo.access.limits import checked
from minamo.policy import proving
from minamo.policy.actions import issues, revisions
from minamo.policy.actions.impact import proof
from minamo.policy.models import Issue
from minamo.policy.overlays import TEMPLATES, text_of
from minamo.policy.queries.waiting import waiting_for
from minamo.policy.refusals import Refused
from minamo.policy.replay import Terms

CODE = "990011"
ALL = '@id("overlay.990011-all") @clause("4.1 自治体の壁") @ja("閉じます。") forbid (principal, action, resource);'
HOME = '@id("overlay.990011-home") @clause("4.6 自分のアカウント") @ja("閉じます。") forbid (principal, action == Action::"own:manage", resource) when { context.hour >= 20 };'  # fmt: skip
LIFELINE = ("policy:draft", "policy:activate")


@pytest.mark.apart
def test_two_towns_prove_at_the_same_time():
    """In threads of one process the solver would break; each proof has its own process."""
    proving._asked.cache_clear()
    now = Terms(checked({}))
    drafts = [Terms(checked({"reauth_minutes": 5})), Terms(checked({"device_proof_minutes": 1}))]
    with ThreadPoolExecutor(2) as pool:
        one, two = pool.map(lambda draft: proof(now, draft), drafts)
    assert {change["gained"] for change in (*one["changes"], *two["changes"])} == {False}
    assert {"pupil:protected"} <= {change["action"] for change in one["changes"]}
    assert len(two["changes"]) > len(one["changes"])
    assert one["base"] == two["base"] != one["terms"] != two["terms"]


@pytest.mark.apart
def test_a_process_that_breaks_is_said(monkeypatch):
    monkeypatch.setattr(proving.sys, "executable", "/bin/false")
    with pytest.raises(proving.ProofFailed, match="1"):
        proving.apart(((), "x"), ((), "y"))


@pytest.mark.django_db
def test_no_overlay_reaches_the_way_back(board, town):
    rules, place = composed((ALL,)), as_resource(town)
    for action in LIFELINE:
        assert decide(board, action, place, rules=rules).allowed
    assert not decide(board, "policy:read", place, rules=rules).allowed
    row = revisions.start_revision(
        actor=replace(board, label="x"), town=town, title="直す", reason="試験のために改めます。"
    )
    assert decide(board, "policy:revise", as_resource(row), rules=rules).allowed


@pytest.mark.django_db
@pytest.mark.parametrize("template", TEMPLATES, ids=lambda template: template.key)
def test_no_template_closes_the_way_back(board, town, template):
    """Also at night, on a holiday, and in a town where devices only speak for themselves."""
    night = board.now.replace(hour=14)
    hard = replace(
        board, posture="unknown", posture_source="self", now=night, authenticated_at=night, device_proved_at=night,
        today=board.today.replace(day=22),
    )  # fmt: skip
    rules = composed((text_of(template, CODE),))
    for action in LIFELINE:
        assert decide(hard, action, as_resource(town), rules=rules).allowed
    row = revisions.start_revision(actor=board, town=town, title="型", reason="試験のために改めます。")
    revisions.set_overlay(actor=board, revision=row, text=text_of(template, CODE))  # its clause is one of the text


@pytest.mark.django_db
def test_an_overlay_that_closes_what_is_needed_every_day_is_not_approved(board, other, town, prove):
    row = revisions.start_revision(actor=board, town=town, title="閉じる", reason="試験のために改めます。")
    revisions.set_overlay(actor=board, revision=row, text=HOME)
    revisions.submit(actor=board, revision=row)
    prove(row)
    (closed,) = row.impacts.get().result["closed"]
    assert closed["clause"] == "4.6" and "自分のアカウント" in closed["example"] and "20時台" in closed["example"]
    with pytest.raises(Refused, match="どうしても要る操作まで閉じる"):
        issues.approve(actor=other, revision=row, effective_on=other.today)
    assert not Issue.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("clause", "word"), [("99.9 なし", "その番号の条文はありません"), ("4.1 ちがう見出し", "見出しは「自治体の壁」")]
)
def test_an_overlay_names_a_clause_of_the_text(board, town, clause, word):
    row = revisions.start_revision(actor=board, town=town, title="条文", reason="試験のために改めます。")
    with pytest.raises(Refused, match=word):
        revisions.set_overlay(actor=board, revision=row, text=ALL.replace("4.1 自治体の壁", clause))


@pytest.mark.django_db
def test_going_back_is_told_to_the_other_officers(issued, board, other, town):
    issued()
    issued(lambda row: None if setattr(row, "limits", {"idle_minutes": 30}) else row.save())
    issues.roll_back(actor=other, town=town, leaves=2, reason="職員室で困ったため")
    with pytest.raises(Refused, match="もう変わっています"):
        issues.roll_back(actor=other, town=town, leaves=2)
    (line,) = [line for line in waiting_for(board) if "戻す" in line.title]
    assert "教委 二人目" in line.text and "職員室で困ったため" in line.text
    assert not [line for line in waiting_for(other) if "戻す" in line.title]


@pytest.mark.django_db
def test_the_operator_goes_back_by_a_command(issued, town, board):
    from minamo.audit.models import Entry

    issued()
    issued(lambda row: None if setattr(row, "limits", {"idle_minutes": 30}) else row.save())
    code = town.code
    for wrong in (["000000", "わけ"], [code, " "]):
        with pytest.raises(CommandError):
            call_command("policy", "rollback", municipality=wrong[0], reason=wrong[1])
    out = StringIO()
    call_command("policy", "rollback", municipality=code, reason="全員が閉め出された", stdout=out)
    assert "第1版に戻す：第2版から戻し、第3版として施行しました" in out.getvalue()
    set_scope(municipalities=[town.pk], side="school")
    row = Issue.objects.get(number=3)
    assert (row.note, row.activated_by) == ("全員が閉め出された", "運用の命令")
    assert Entry.objects.filter(action="policy:activate", resource_id=str(row.pk), actor_kind="system").exists()
