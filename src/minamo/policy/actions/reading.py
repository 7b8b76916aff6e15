"""確認する: somebody has read a part of what concerns the post and answered its questions."""

from collections.abc import Mapping, Sequence

from minamo.access.api import Actor, authorise
from minamo.audit.api import append
from minamo.policy.models import Acknowledgement, Issue
from minamo.policy.queries.acknowledged import mine, posts_in
from minamo.policy.quiz.choosing import questions, right
from minamo.policy.quiz.ground import Ground, Question
from minamo.policy.refusals import Refused

PASS = 0.8


def asked_of(actor: Actor, issue: Issue, numbers: Sequence[str]) -> list[Question]:
    """The questions somebody has to answer about these clauses: the same ones each time."""
    return questions(numbers, Ground.of(issue), f"{issue.pk}{actor.account_id}")


def acknowledge(*, actor: Actor, issue: Issue, numbers: Sequence[str], answers: Mapping[str, bool]) -> Acknowledgement:
    """読んで確認した: these clauses, in the words of the issue. `answers` maps the keys of their questions to yes or no as the
    person believes; what is right is said by the policy in force in the town.

    Raises Denied, Refused (another issue in force, nothing of it left to read, a question without an answer, too many wrong).
    """
    decision = authorise(actor, "policy:acknowledge", issue.municipality)
    locked = Issue.objects.select_for_update(no_key=True).get(pk=issue.pk)  # a second tap waits, and finds it read
    if locked.activated_at is None or locked.ended_at is not None:
        raise Refused("読んでいるあいだに、別の版が施行されました。いまの版の条文を読んでください。")
    if not numbers or not set(numbers) <= set(mine(actor, locked)):
        raise Refused("この部は、もう確認が済んでいます。")
    asked = {question.key for question in asked_of(actor, locked, numbers)}
    if asked != answers.keys():
        raise Refused("まだ答えていない問いがあります。")
    good = right(answers, Ground.of(locked))
    if good < len(asked) * PASS:
        raise Refused(f"{len(asked)}問のうち{good}問でした。条文をもう一度読んで、答え直してください。")
    row = Acknowledgement.objects.create(
        municipality_id=issue.municipality_id, issue=issue, account_id=actor.account_id, clauses=list(numbers),
        posts=sorted(set(posts_in(actor, issue.municipality_id))), asked=len(asked), right=good, at=actor.now,
    )  # fmt: skip
    append(
        actor=actor, action="policy:acknowledge", resource_type="PolicyIssue", resource_id=str(issue.pk),
        municipality=issue.municipality_id, rules=decision.rules, detail={"clauses": len(numbers), "right": good},
    )  # fmt: skip
    return row
