"""People and things of the room's tests."""

import dataclasses

import pytest

from minamo.access.api import set_scope
from minamo.policy import proving
from minamo.policy.actions import impact, issues, reading, revisions
from minamo.policy.queries.acknowledged import mine
from minamo.policy.quiz.asked import quiz_of
from minamo.policy.quiz.choosing import answer
from minamo.policy.quiz.ground import Ground
from minamo.tenancy.api import Municipality

REASON = "試験のために改めます。"


@pytest.fixture
def board(actor_for):
    """The officer of municipality A."""
    return actor_for("a-board")


@pytest.fixture
def other(board, world):
    """Another officer of the same board."""
    return dataclasses.replace(board, account_id=world.account("a1-clerk"), label="教委 二人目")


@pytest.fixture
def third(board, world):
    """A third officer of the same board."""
    return dataclasses.replace(board, account_id=world.account("a1-head"), label="教委 三人目")


@pytest.fixture
def town(board, world):
    """Municipality A, in scope."""
    return Municipality.objects.get(pk=world.municipality("A"))


@pytest.fixture(autouse=True)
def proofs_here(request, monkeypatch):
    """Proofs are made in this process, where their answers are kept; test_proving asks the process of its own."""
    if "apart" not in request.keywords:
        monkeypatch.setattr(impact, "apart", lambda old, new: proving.here(old, new))


@pytest.fixture
def prove(board, other, town, system_for):
    """What the worker does after a submission: the proof. The board's scope is open again afterwards."""

    def work(row):
        made = impact.estimate(actor=other, revision=row, kind="proof")
        impact.work_out(actor=system_for("A"), impact_id=made.pk)
        set_scope(municipalities=[town.pk], side="school")

    return work


@pytest.fixture
def issued(board, other, town, prove):
    """Drafts, submits, approves and puts in force what `change` does to the draft; returns the issue."""

    def make(change=lambda row: None, title="改正", activate=True, reason=REASON):
        set_scope(municipalities=[town.pk], side="school")
        row = revisions.start_revision(actor=board, town=town, title=title, reason=reason)
        change(row)
        row.refresh_from_db()
        revisions.submit(actor=board, revision=row)
        prove(row)
        issue = issues.approve(actor=other, revision=row, effective_on=board.today)
        return issues.activate_issue(actor=other, issue=issue) if activate else issue

    return make


@pytest.fixture
def read():
    """Somebody reads (all, or these clauses) and answers every question right."""

    def work(actor, issue, numbers=None):
        numbers = mine(actor, issue) if numbers is None else numbers
        asked = quiz_of(actor, issue, numbers).asked
        believed = {q.key: answer(q.key, Ground.of(issue)).yes for q in asked}
        return reading.acknowledge(actor=actor, issue=issue, numbers=numbers, answers=believed)

    return work
