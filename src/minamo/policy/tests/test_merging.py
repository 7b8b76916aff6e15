"""新しい版に合わせる: no approval undoes what another has decided."""

import datetime as dt

import pytest
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from minamo.access.api import set_scope
from minamo.policy.actions import issues, merging, revisions
from minamo.policy.models import Issue, Revision
from minamo.policy.refusals import Refused
from minamo.policy.rules.merging import MINE, THEIRS, Layer, merged

NUMBERS = st.dictionaries(st.sampled_from("abc"), st.integers(1, 3))
LAYERS = st.builds(Layer, st.dictionaries(st.sampled_from(["2.5.3", "2.5.4"]), st.sampled_from([{"text": "x"}, {"text": "y"}, None])), NUMBERS, st.sampled_from(["", "o", "p"]))  # fmt: skip


@given(base=LAYERS, theirs=LAYERS, mine=LAYERS, choice=st.sampled_from([THEIRS, MINE]))
def test_a_change_of_one_side_is_kept_and_both_sides_are_asked_about(base, theirs, mine, choice):
    keys = {*base.parts, *theirs.parts, *mine.parts}
    found = merged(base, theirs, mine, dict.fromkeys(keys, choice))
    b, t, m, result = base.parts, theirs.parts, mine.parts, found.layer.parts
    both = {one.key for one in found.conflicts}
    for key in keys:
        old, other, own = b.get(key), t.get(key), m.get(key)
        if key in both:
            assert old not in (other, own) and other != own
            assert result.get(key) == (own if choice == MINE else other)
        else:
            assert result.get(key) == (own if other == old else other)
    assert set(found.unsettled({})) == both and found.unsettled(dict.fromkeys(keys, choice)) == []


@given(base=LAYERS, mine=LAYERS)
def test_on_the_same_ground_nothing_changes(base, mine):
    found = merged(base, base, mine, {})
    assert (found.layer, found.conflicts, found.brought) == (mine, (), ())


@pytest.fixture
def draft(board, town):
    """Begins a draft with numbers (and a clause), hands it in."""

    def make(title, submit=True, clause="", **limits):
        row = revisions.start_revision(actor=board, town=town, title=title, reason="試験のために改めます。")
        for name, value in limits.items():
            revisions.set_limit(actor=board, revision=row, name=name, value=value)
        if clause:
            revisions.write_clause(actor=board, revision=row, number="2.2.12", title="連絡網", text=clause, who=[])
        if submit:
            revisions.submit(actor=board, revision=row)
        row.refresh_from_db()
        return row

    return make


def approve(other, row, day=None):
    return issues.activate_issue(
        actor=other, issue=issues.approve(actor=other, revision=row, effective_on=day or other.today)
    )


@pytest.mark.django_db
def test_two_drafts_from_the_same_ground_are_both_in_force_in_the_end(draft, prove, other, town, actor_for):
    x, y = draft("案X", reauth_minutes=5, clause="案Xの文。"), draft("案Y", break_glass_minutes=5)
    prove(x)
    prove(y)
    approve(other, x)
    with pytest.raises(Refused, match="第1版で変えたことが消えます"):
        approve(other, y)
    prove(y)
    with pytest.raises(Refused, match="合わせる"):
        approve(other, y)
    merging.merge(actor=other, revision=y, choices={})
    with pytest.raises(Refused, match="規則か数値か手本の規程が変わりました"):
        approve(other, y)
    prove(y)
    issue = approve(other, y)
    assert issue.limits == {"reauth_minutes": 5, "break_glass_minutes": 5}
    assert issue.own["2.2.12"]["text"] == "案Xの文。"
    assert actor_for("a1-head").limits["reauth_minutes"] == 5


@pytest.mark.django_db
def test_a_proof_against_another_edition_does_not_count(draft, prove, other, town):
    """The ground is named by the proof too, not by the draft alone."""
    x, y = draft("案X", reauth_minutes=5), draft("案Y", break_glass_minutes=5)
    prove(x)
    prove(y)
    first = approve(other, x)
    Revision.objects.filter(pk=y.pk).update(base=first)
    with pytest.raises(Refused, match="規則か数値か手本の規程が変わりました"):
        approve(other, y)


@pytest.mark.django_db
def test_the_same_number_changed_twice_is_chosen_by_a_writer(draft, prove, board, other, town, actor_for):
    x, y = draft("案X", reauth_minutes=5, clause="Xの文。"), draft("案Y", reauth_minutes=10, clause="Yの文。")
    prove(x)
    approve(other, x)
    with pytest.raises(Refused, match="差し戻すと"):
        merging.merge(actor=other, revision=y, choices={"limit:reauth_minutes": MINE, "clause:2.2.12": THEIRS})
    revisions.send_back(actor=other, revision=y, note="合わせてください")
    with pytest.raises(Refused, match="どちらにするか"):
        merging.merge(actor=board, revision=y, choices={"limit:reauth_minutes": MINE})
    before = Revision.objects.get(pk=y.pk)
    assert before.limits == {"reauth_minutes": 10} and before.base_id is None
    merging.merge(actor=other, revision=y, choices={"limit:reauth_minutes": MINE, "clause:2.2.12": THEIRS})
    y.refresh_from_db()
    assert (y.limits, y.clauses["2.2.12"]["text"]) == ({"reauth_minutes": 10}, "Xの文。")
    assert other.account_id in y.hands
    with pytest.raises(Refused, match="合わせてあります"):
        merging.merge(actor=board, revision=y, choices={})


@pytest.mark.django_db
def test_a_merge_that_writes_nothing_makes_nobody_a_hand(draft, prove, other, town):
    x, y = draft("案X", reauth_minutes=5), draft("案Y", idle_minutes=30)
    prove(x)
    approve(other, x)
    merging.merge(actor=other, revision=y, choices={})
    y.refresh_from_db()
    assert other.account_id not in y.hands and y.limits == {"reauth_minutes": 5, "idle_minutes": 30}


@pytest.mark.django_db
def test_a_draft_the_newer_issue_already_says_is_not_approved(draft, prove, other, town):
    x, y = draft("案X", reauth_minutes=5), draft("案Y", reauth_minutes=5)
    prove(x)
    approve(other, x)
    merging.merge(actor=other, revision=y, choices={})
    prove(y)
    with pytest.raises(Refused, match="違うところがありません"):
        approve(other, y)


@pytest.mark.django_db
def test_an_issue_that_is_still_to_come_is_ground_too(draft, prove, other, town):
    x, y = draft("案X", reauth_minutes=5), draft("案Y", idle_minutes=30)
    prove(x)
    issues.approve(actor=other, revision=x, effective_on=dt.date(2026, 12, 1))
    with pytest.raises(Refused, match="第1版"):
        approve(other, y)
    merging.merge(actor=other, revision=y, choices={})
    prove(y)
    with pytest.raises(Refused, match="12月1日 に施行"):
        approve(other, y)
    issue = issues.approve(actor=other, revision=y, effective_on=dt.date(2026, 12, 1))
    assert issue.limits == {"reauth_minutes": 5, "idle_minutes": 30}
    assert Issue.objects.filter(ended_at=None).count() == 2


@pytest.mark.django_db
def test_a_rollback_is_not_undone_by_a_draft_begun_before_it(draft, prove, other, town, issued):
    issued()
    x = draft("案X", reauth_minutes=60)
    prove(x)
    approve(other, x)
    y = draft("案Y", idle_minutes=30)
    prove(y)
    issues.roll_back(actor=other, town=town, leaves=2)
    with pytest.raises(Refused, match="第3版"):
        approve(other, y)
    merging.merge(actor=other, revision=y, choices={})
    y.refresh_from_db()
    assert y.limits == {"idle_minutes": 30}


@pytest.mark.django_db
def test_the_page_shows_both_sides_and_merges(draft, prove, board, other, town, client_for, count_queries):
    x, y = draft("案X", reauth_minutes=5, idle_minutes=30), draft("案Y", submit=False, reauth_minutes=10)
    prove(x)
    approve(other, x)
    client, page = client_for("a-board"), reverse("policy-revision", kwargs={"revision_id": y.pk})
    with count_queries() as asked:
        shown = client.get(page).content.decode()
    assert len(asked) <= 12, asked.statements
    assert "第1版に合わせる" in shown and "この案に入るもの" in shown
    assert "<dt>第1版</dt><dd>5分</dd><dt>この案</dt><dd>10分</dd>" in shown
    assert client.post(f"{page}submissions/", {"verb": "merge"}).status_code == 422
    assert client.post(f"{page}submissions/", {"verb": "merge", "keep-limit:reauth_minutes": "mine"}).status_code == 302
    set_scope(municipalities=[town.pk], side="school")
    y.refresh_from_db()
    assert y.limits == {"reauth_minutes": 10, "idle_minutes": 30}
    assert "第1版に合わせる" not in client.get(page).content.decode()
