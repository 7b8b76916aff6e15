"""返却と見直し: what goes home, what is asked, what is answered."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from minamo.access.api import Actor, authorise
from minamo.audit import api as audit
from minamo.kernel.schoolyear import jst_date
from minamo.marking.actions.giving import ask_book
from minamo.marking.keeping import REVIEW_DAYS, Released, refusal, review_until
from minamo.marking.models import Release, Result, ResultPaper, Review, ReviewAnswer
from minamo.marking.queries.results import is_undone

LONGEST = 20  # working days a family may take


class ReleaseRefused(ValueError):
    """It cannot be done like this; `field` is the field of the form ("" = the whole)."""

    def __init__(self, message: str, field: str = "") -> None:
        super().__init__(message)
        self.field = field


def release_result(*, actor: Actor, result: Result, days: int = REVIEW_DAYS, comment: str = "") -> Release:
    """返却する: from now on pupils and guardians see their own papers. Raises ReleaseRefused.

    A test that is not wholly marked does not go home: a family must not read half a total.
    """
    decision = authorise(actor, "result:release", result)
    locked = Result.objects.select_for_update().get(pk=result.pk)
    if (there := locked.releases.filter(withdrawn_at__isnull=True).first()) is not None:
        return there
    if is_undone(locked):
        raise ReleaseRefused("この確定は取りやめてあります。採点を終えて、もう一度確定してから返却してください。")
    if not 1 <= days <= LONGEST:
        raise ReleaseRefused(f"見直しの受付は、1日から{LONGEST}日までで入れてください。", "days")
    if any(None in paper.points for paper in locked.papers.all()):
        raise ReleaseRefused("採点が終わっていない答案があります。すべて採点してから返却してください。")
    release = Release.objects.create(
        municipality_id=locked.municipality_id, result=locked, comment=comment.strip()[:300],
        review_until=review_until(actor.today, days), released_by_id=actor.account_id,
        released_by_label=actor.label[:60], released_at=actor.now,
    )  # fmt: skip
    _note(actor, "result:release", locked, decision.rules, {"release": release.pk, "until": release.review_until})
    return release


def withdraw_release(*, actor: Actor, result: Result) -> Release | None:
    """返却を取りやめる: families no longer see it; reviews already asked stay. None when nothing was given back."""
    decision = authorise(actor, "result:release", result)
    locked = Result.objects.select_for_update().get(pk=result.pk)
    release = locked.releases.filter(withdrawn_at__isnull=True).first()
    if release is None:
        return None
    release.withdrawn_at, release.withdrawn_by_label = actor.now, actor.label[:60]
    release.save(update_fields=["withdrawn_at", "withdrawn_by_label"])
    _note(actor, "result:release", locked, decision.rules, {"withdrawn": release.pk})
    return release


def ask_review(*, actor: Actor, paper: ResultPaper, item: str, text: str) -> Review:
    """採点の見直しを頼む about one question. Raises ReleaseRefused: not given back, too late, asked already, no words."""
    decision = authorise(actor, "paper:review", paper)
    locked = ResultPaper.objects.select_for_update(of=("self",)).select_related("result").get(pk=paper.pk)
    release = locked.result.releases.filter(withdrawn_at__isnull=True).first()
    state = Released(jst_date(release.released_at), release.review_until) if release else Released(None, None)
    asked = locked.reviews.filter(item=item).exists()
    if words := refusal(state, actor.today, asked=asked):
        raise ReleaseRefused(words)
    if locked.absent or item not in {one["id"] for one in locked.result.items}:
        raise ReleaseRefused("設問を選んでください。", "item")
    if not text.strip():
        raise ReleaseRefused("どこを見直してほしいか、ひとこと入れてください。", "text")
    review = Review.objects.create(
        municipality_id=locked.municipality_id, paper=locked, item=item, text=text.strip()[:300],
        asked_by_id=actor.account_id, asked_by_label=actor.label[:60], asked_at=actor.now,
    )  # fmt: skip
    _note(actor, "paper:review", locked.result, decision.rules, {"review": review.pk}, pupil=locked.pupil_id)
    return review


def answer_review(*, actor: Actor, review: Review, points: int, text: str) -> ReviewAnswer:
    """見直しに答える: the points as they are now right, with words for the family. Raises ReleaseRefused.

    The first answer stands; a second one is refused, not written over it.
    """
    decision = authorise(actor, "result:answer", review.paper.result)
    result = Result.objects.select_for_update().get(pk=review.paper.result_id)  # its points may be changing
    paper = ResultPaper.objects.select_for_update().get(pk=review.paper_id)
    if ReviewAnswer.objects.filter(review=review).exists():
        raise ReleaseRefused("この見直しには、もう返事をしました。")
    places = {one["id"]: at for at, one in enumerate(result.items)}
    at = places[review.item]
    if not 0 <= points <= result.items[at]["full"]:
        raise ReleaseRefused(f"点は0から{result.items[at]['full']}までの整数で入れてください。", "points")
    if not text.strip():
        raise ReleaseRefused("家庭が読む返事を入れてください。", "text")
    answer = ReviewAnswer.objects.create(
        municipality_id=review.municipality_id, review=review, before=paper.points[at], after=points,
        text=text.strip()[:300], answered_by_id=actor.account_id, answered_by_label=actor.label[:60],
        answered_at=actor.now,
    )  # fmt: skip
    if answer.before != points:
        paper.points[at] = points
        paper.save(update_fields=["points"])
        ask_book(actor=actor, result=result)
    _note(actor, "result:answer", result, decision.rules, {"review": review.pk, "before": answer.before, "after": points},
          pupil=paper.pupil_id)  # fmt: skip
    return answer


def _note(
    actor: Actor,
    action: str,
    result: Result,
    rules: Sequence[str],
    detail: Mapping[str, object],
    pupil: UUID | None = None,
) -> None:
    audit.append(
        actor=actor, action=action, resource_type="Result", resource_id=str(result.pk),
        municipality=result.municipality_id, school=result.school_id, pupil=pupil, rules=rules, detail=detail,
    )  # fmt: skip
