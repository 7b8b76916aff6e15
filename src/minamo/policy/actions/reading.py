"""確認する: somebody has read a part of what concerns the post and answered its questions."""

from collections.abc import Mapping, Sequence

from minamo.access.api import Actor, authorise
from minamo.audit.api import append
from minamo.policy.models import Acknowledgement, Issue, QuizRound
from minamo.policy.queries.acknowledged import posts_in, standing
from minamo.policy.quiz.asked import quiz_of
from minamo.policy.quiz.choosing import wrong
from minamo.policy.quiz.ground import Ground
from minamo.policy.quiz.rounds import Round, right_at_first
from minamo.policy.refusals import Refused


def acknowledge(
    *, actor: Actor, issue: Issue, numbers: Sequence[str], answers: Mapping[str, bool]
) -> Acknowledgement | None:
    """読んで確認した: these clauses, in the words of the issue. `answers` maps the keys of their questions to yes or no as the
    person believes; what is right is said by the policy in force in the town. None when some are wrong: the others are kept, and
    about these something else is asked (see quiz/asked.py).

    Raises Denied, Refused (another issue in force, nothing of it left to read, a question without an answer).
    """
    decision = authorise(actor, "policy:acknowledge", issue.municipality)
    locked = Issue.objects.select_for_update(no_key=True).get(pk=issue.pk)  # a second tap waits, and finds it read
    if locked.activated_at is None or locked.ended_at is not None:
        raise Refused("読んでいるあいだに、別の版が施行されました。いまの版の条文を読んでください。")
    how_far = standing(actor, locked)
    if not numbers or not set(numbers) <= set(how_far.left):
        raise Refused("この部は、もう確認が済んでいます。")
    quiz = quiz_of(actor, locked, numbers, how_far)
    asked = [question.key for question in quiz.asked]
    if set(asked) != answers.keys():
        raise Refused("まだ答えていない問いがあります。")
    missed = wrong(answers, Ground.of(locked))
    QuizRound.objects.create(
        municipality_id=issue.municipality_id, issue=issue, account_id=actor.account_id, clauses=list(numbers), asked=asked,
        wrong=missed, at=actor.now,
    )  # fmt: skip
    append(
        actor=actor, action="policy:acknowledge", resource_type="PolicyIssue", resource_id=str(issue.pk),
        municipality=issue.municipality_id, rules=decision.rules,
        detail={"clauses": len(numbers), "asked": len(asked), "right": len(asked) - len(missed), "round": len(quiz.rounds) + 1},
    )  # fmt: skip
    if missed:
        return None
    rounds = (*quiz.rounds, Round(tuple(asked), ()))
    return Acknowledgement.objects.create(
        municipality_id=issue.municipality_id, issue=issue, account_id=actor.account_id, clauses=list(numbers),
        posts=sorted(set(posts_in(actor, issue.municipality_id))), asked=len(rounds[0].asked),
        right_at_first=right_at_first(rounds), at=actor.now,
    )  # fmt: skip
