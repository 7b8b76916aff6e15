"""確認する: somebody has read what concerns the post and answered the questions."""

from collections.abc import Mapping

from minamo.access.api import Actor, authorise
from minamo.audit.api import append
from minamo.policy.models import Acknowledgement, Issue
from minamo.policy.queries.acknowledged import mine, posts_in
from minamo.policy.quiz.choosing import right
from minamo.policy.quiz.ground import Ground
from minamo.policy.refusals import Refused

PASS = 0.8


def acknowledge(*, actor: Actor, issue: Issue, answers: Mapping[str, bool]) -> Acknowledgement:
    """読んで確認した. `answers` maps questions to yes or no as the person believes; what is right
    is asked of the policy in force in the town. Raises Denied, Refused (nothing to
    read, too many wrong)."""
    decision = authorise(actor, "policy:acknowledge", issue.municipality)
    Issue.objects.select_for_update(no_key=True).get(pk=issue.pk)  # a second tap waits, and finds it read
    numbers = mine(actor, issue)
    if not numbers:
        raise Refused("読む条文は残っていません。もう確認が済んでいます。")
    good = right(answers, Ground.of(issue))
    if answers and good < len(answers) * PASS:
        raise Refused(f"{len(answers)}問のうち{good}問でした。条文をもう一度読んで、答え直してください。")
    row = Acknowledgement.objects.create(
        municipality_id=issue.municipality_id, issue=issue, account_id=actor.account_id, clauses=numbers,
        posts=sorted(set(posts_in(actor, issue.municipality_id))), asked=len(answers), right=good, at=actor.now,
    )  # fmt: skip
    append(
        actor=actor, action="policy:acknowledge", resource_type="PolicyIssue", resource_id=str(issue.pk),
        municipality=issue.municipality_id, rules=decision.rules, detail={"clauses": len(numbers), "right": good},
    )  # fmt: skip
    return row
