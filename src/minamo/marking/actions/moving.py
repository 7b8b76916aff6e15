"""ほかの学級へ移す: a page goes to another sitting of the same test, and what was marked on it goes with it.

The log is only added to: here a stroke ends each mark (`gone`), there one says it again in the name of who gave it (`came`). Back it
goes the same way.
"""

from collections.abc import Sequence
from uuid import uuid4

from django.db.models import Max

from minamo.access.api import Actor, authorise
from minamo.marking.actions.remedies import PageRefused
from minamo.marking.actions.trail import note
from minamo.marking.marks_rules import CAME, FIRST, GONE, SECOND
from minamo.marking.models import AnswerMark, Binding, ScanPage, Sitting, Stroke
from minamo.marking.page_rules import DUPLICATE
from minamo.marking.queries.marks import rounds_of
from minamo.marking.queries.moving import newest, standing_in_the_way

MARKED = "この答案には採点がついています。いっしょに移るものを見てから、移してください。"
SEEN = "見ているあいだに、この答案の採点が変わりました。移るものを、もう一度見てください。"
SAME_HAND = (
    "移す先の学級では、この答案の1回目をつけた先生が2回目の採点をしています。2回目の採点が終わってから移してください。"
)


def move_page(*, actor: Actor, page: ScanPage, to: Sitting, seen: int | None = None) -> ScanPage:
    """ほかの学級の答案として移す, with its marks; whose it is ends here and is said anew there. The actor answers for both classes.

    `seen`: the newest stroke of the page that stood on the screen; without it only a page nobody has marked goes. Raises
    PageRefused; then nothing is changed.
    """
    decision = authorise(actor, "sitting:manage", page.sitting)
    there = authorise(actor, "sitting:manage", to)
    Sitting.objects.select_for_update().filter(pk__in=[page.sitting_id, to.pk]).order_by("pk").count()
    held = ScanPage.objects.select_for_update(of=("self",)).select_related("sitting").get(pk=page.pk)
    held.second = ScanPage.objects.filter(front=held).defer("trace").first()
    here = held.sitting
    if held.front_id is not None:
        raise PageRefused("裏だけは移せません。表を移すと、いっしょに移ります。")
    if to.assessment_id != here.assessment_id or to.pk == here.pk or held.sitting_id != page.sitting_id:
        raise PageRefused("同じテストの学級を選んでください。")
    if newest(held) != (seen or 0):
        raise PageRefused(SEEN if seen is not None else MARKED)
    problem = standing_in_the_way(held, here, to)
    if problem:
        raise PageRefused(problem)
    marks = list(AnswerMark.objects.filter(page=held))
    _by_two(to, marks)
    Binding.objects.filter(sitting=here, page=held, replaced_at__isnull=True).update(replaced_at=actor.now)
    _marks_go(actor, held, to, marks)
    held.sitting, held.copy_of = to, None
    if held.reason == DUPLICATE:
        held.status, held.reason, held.message = "ok", "", ""
    held.save(update_fields=["sitting", "copy_of", "status", "reason", "message"])
    ScanPage.objects.filter(front=held).update(sitting=to)
    note(actor, here, decision.rules, {"moved": page.pk, "to": to.pk, "marks": len(marks)})
    note(actor, to, there.rules, {"moved": page.pk, "from": here.pk, "marks": len(marks)})
    return held


def _by_two(to: Sitting, marks: Sequence[AnswerMark]) -> None:
    """Where the other class is marked twice, nobody becomes both markers of one answer. Raises PageRefused."""
    rounds = rounds_of(to)
    for mark in marks:
        others = {FIRST: rounds.seconds, SECOND: rounds.firsts}.get(mark.round, {})
        if mark.question in rounds.twice and str(mark.marker_id) in others.get(mark.question, frozenset()):
            raise PageRefused(SAME_HAND)


def _marks_go(actor: Actor, page: ScanPage, to: Sitting, marks: Sequence[AnswerMark]) -> None:
    """Both logs, then the state. A mark that was in the other log before goes on from there."""
    if not marks:
        return
    came, gone = uuid4(), uuid4()
    log = Stroke.objects.filter(sitting=to, page=page, overtaken=False).order_by()
    before = {(row[0], row[1]): row[2] for row in log.values_list("question", "round").annotate(Max("order"))}
    common = {"municipality_id": page.municipality_id, "page": page, "struck_at": actor.now, "at": actor.now}
    leaving = [
        Stroke(**common, key=uuid4(), sitting_id=page.sitting_id, question=one.question, round=one.round, points=None, base=one.stroke,
               how=GONE, act=gone, marker_id=actor.account_id, marker_label=actor.label[:60])
        for one in marks
    ]  # fmt: skip
    arriving = [
        Stroke(**common, key=uuid4(), sitting=to, question=one.question, round=one.round, points=one.points, comment=one.comment,
               criteria=one.criteria, reading=_reading(page, one.question), base=before.get((one.question, one.round)), how=CAME,
               act=came, marker_id=one.marker_id, marker_label=one.marker_label)
        for one in marks
    ]  # fmt: skip
    Stroke.objects.bulk_create([*leaving, *arriving])
    for mark, stroke in zip(marks, arriving, strict=True):
        mark.sitting, mark.stroke = to, stroke.order
    AnswerMark.objects.bulk_update(marks, ["sitting", "stroke"])


def _reading(page: ScanPage, question: str) -> dict[str, object] | None:
    found = page.reading(question)
    return {"text": found[0], "confidence": found[1], "reader": page.reader} if found else None
