"""裏を表のうしろに置く: which second page belongs to which first one, as the codes of printed sheets say, else the order of the
piles, or as a person does.

Marks and binding are the first page's. Nothing that was decided by a person is moved by the machine, and a second page whose questions
are marked already is taken from its paper by nobody: it would leave its marks behind.
"""

from collections.abc import Mapping, Sequence
from uuid import UUID

from minamo.access.api import Actor, authorise
from minamo.marking.actions.trail import note
from minamo.marking.leaves import coded, paired
from minamo.marking.models import Binding, Pile, ScanPage, Sitting
from minamo.marking.page_rules import ALONE, BACK, DUPLICATE, LOOSE, NO_SECOND, SWAPPED, UNSURE
from minamo.marking.queries.behind import REVERSED, SAME, backs_of, marks_behind
from minamo.marking.queries.marks import SETTLED, settled
from minamo.marking.queries.tray import bulk_of
from minamo.marking.sheet_codes import whose
from minamo.people.api import roster_of_class

LEAF = "leaf"
MARKED = "裏の設問に、もう採点がついています。先にその採点を取り消してから、組を変えてください。何も変わっていません。"
CHANGED = "見ているあいだに、表か裏のページが変わりました。見てほしいページの画面から、もう一度開いてください。"
GONE = "このページは、もう決まっています。画面を開き直してください。"


class BehindRefused(ValueError):
    """組を変えられない; the message says why and what to do."""


def lay_behind(sitting: Sitting) -> None:
    """組にする: second pages that lie behind none yet are laid behind their fronts; what finds no partner goes to the tray. The sitting
    is held by the caller."""
    if len(sitting.assessment.pages) < 2:
        return
    rows = list(
        ScanPage.objects.filter(sitting=sitting).defer("trace", "readings", "places")
        .order_by("pile__sent_at", "pile_id", "index")
    )  # fmt: skip
    aside = set(
        Binding.objects.filter(sitting=sitting, replaced_at__isnull=True, pupil__isnull=True)
        .values_list("page_id", flat=True)
    )  # fmt: skip
    bound = set(
        Binding.objects.filter(sitting=sitting, replaced_at__isnull=True, pupil__isnull=False)
        .values_list("page_id", flat=True)
    )  # fmt: skip
    taken = {row.front_id for row in rows}
    waiting = {row.pk for row in rows if row.pk not in aside and row.pk not in taken and _waits(row)}
    papers = [row for row in rows if row.pk not in aside and not _empty(row)]
    bearers = _bearers(sitting, papers)
    for one, other in coded([(row.leaf, bearers.get(row.pk)) for row in papers]):
        front, behind = papers[one], papers[other]
        if front.pk in waiting and behind.pk in waiting:
            lay(front, behind, "")
            waiting -= {front.pk, behind.pk}
    for pile in dict.fromkeys(row.pile_id for row in rows):
        pages = [row for row in papers if row.pile_id == pile]
        signed = [bearers.get(row.pk) for row in pages]
        apart = [at for at, one in enumerate(signed[:-1]) if one and signed[at + 1] and one != signed[at + 1]]
        places = {row.pk: at for at, row in enumerate(pages)}
        decided = [(places[row.front_id], places[row.pk]) for row in pages if row.front_id in places]
        near = [(front, behind) for front, behind in decided if abs(front - behind) == 1]
        for pair in paired([row.leaf if row.pk in waiting else None for row in pages], apart, near):
            front, behind = pages[pair.front], pages[pair.behind]
            lay(front, behind, SWAPPED if pair.swapped else "" if pair.sure else UNSURE)
            waiting -= {front.pk, behind.pk}
    for row in rows:
        if row.pk in waiting and row.pk not in bound:
            row.status, row.reason, row.message = "review", LOOSE if row.leaf else NO_SECOND, ""
            row.save(update_fields=["status", "reason", "message"])


def _bearers(sitting: Sitting, rows: Sequence[ScanPage]) -> Mapping[UUID, UUID | str]:
    """だれの用紙か by the page itself: the pupil its code was printed for, or the number that was filled in beside a code without a name."""
    pupils: dict[int, dict[str, UUID]] = {}
    if any(row.code for row in rows):
        roster = [one.pupil_id for one in roster_of_class(sitting.school_class_id, sitting.held_on)]
        pupils = {leaf: whose(sitting.pk, roster, leaf) for leaf in {row.leaf for row in rows}}
    found: dict[UUID, UUID | str] = {}
    for row in rows:
        pupil = pupils.get(row.leaf, {}).get(row.code)
        if pupil is not None:
            found[row.pk] = pupil
        elif len(row.numbers) == 1 and row.numbers[0][1] == 1.0:
            found[row.pk] = str(row.numbers[0][0])
    return found


def _waits(row: ScanPage) -> bool:
    """A page that may find its partner: read, with none yet, and not said to be alone."""
    if row.leaf:
        return row.front_id is None and (row.status == LEAF or row.reason == LOOSE)
    return (row.status == "ok" and row.reason != ALONE) or row.reason == NO_SECOND


def _empty(row: ScanPage) -> bool:
    """Paper that parts no pair: white backs, and second scans."""
    return row.status == "review" and row.reason in ("blank", BACK, DUPLICATE)


def lay(front: ScanPage, behind: ScanPage, reason: str) -> None:
    if front.status == "review":
        front.status, front.reason, front.message = "ok", "", ""
        front.save(update_fields=["status", "reason", "message"])
    behind.front, behind.status, behind.reason, behind.message = front, LEAF, reason, ""
    behind.save(update_fields=["front", "status", "reason", "message"])


def use_alone(*, actor: Actor, page: ScanPage) -> None:
    """裏のない答案として使う: nothing lies behind this first page. Raises BehindRefused."""
    decision = authorise(actor, "sitting:manage", page.sitting)
    held = _held(page)
    if held.reason != NO_SECOND:
        raise BehindRefused(GONE)
    held.status, held.reason = "ok", ALONE
    held.save(update_fields=["status", "reason"])
    note(actor, page.sitting, decision.rules, {"alone": page.pk})


def use_all_alone(*, actor: Actor, sitting: Sitting, seen: str) -> int:
    """まとめて裏のない答案として使う: nothing lies behind any of the first pages that wait for a second one. `seen`: what was shown
    (`queries.tray.Bulk.seen`). Returns how many; raises BehindRefused when others have come or gone since."""
    decision = authorise(actor, "sitting:manage", sitting)
    _unsettled(Sitting.objects.select_for_update().get(pk=sitting.pk))
    found = bulk_of(sitting, NO_SECOND)
    if not found.ids or found.seen != seen:
        raise BehindRefused(CHANGED)
    done = ScanPage.objects.filter(sitting=sitting, pk__in=found.ids, reason=NO_SECOND).update(
        status="ok", reason=ALONE
    )
    note(actor, sitting, decision.rules, {"alone": list(found.ids)})
    return done


def put_behind(*, actor: Actor, page: ScanPage, front: UUID) -> None:
    """この人の裏とする: a second page goes behind a front that has none (to the one it lies behind again: that is right so).
    Raises BehindRefused."""
    decision = authorise(actor, "sitting:manage", page.sitting)
    held = _held(page)
    _loose(held)
    wanted = ScanPage.objects.select_for_update().filter(pk=front, sitting=page.sitting_id, leaf=0).first()
    if wanted is None or not (wanted.status == "ok" or wanted.reason == NO_SECOND):
        raise BehindRefused("表のページを選んでください。")
    if ScanPage.objects.filter(front=wanted).exclude(pk=held.pk).exists():
        raise BehindRefused("その答案には、もう裏があります。先にそちらの組を外してください。")
    if held.front_id != wanted.pk:
        _unmarked(held)
    before = held.front_id
    lay(wanted, held, "")
    if wanted.reason == ALONE:
        ScanPage.objects.filter(pk=wanted.pk).update(reason="")
    left(before, wanted.pk)
    note(actor, page.sitting, decision.rules, {"behind": page.pk, "front": wanted.pk})


def put_all_behind(*, actor: Actor, pile: Pile, order: str, seen: str) -> int:
    """裏だけの山をまとめて組にする: every page of the pile behind one paper, in the order that was shown (`same` or `reversed`) and said to
    be right. Returns how many; raises BehindRefused when the pages are no longer those that were shown."""
    decision = authorise(actor, "sitting:manage", pile.sitting)
    sitting = Sitting.objects.select_for_update(of=("self",)).select_related("assessment").get(pk=pile.sitting_id)
    _unsettled(sitting)
    found = backs_of(sitting, pile.pk)
    if order not in (SAME, REVERSED):
        raise BehindRefused("同じ順か逆の順か、選んでください。")
    if found is None or found.seen != seen:
        raise BehindRefused(CHANGED)
    for front, behind in found.pairs(order):
        lay(front, behind, "")
    note(actor, sitting, decision.rules, {"matched": pile.pk, "pairs": len(found.fronts), "order": order})
    return len(found.fronts)


def take_from(*, actor: Actor, page: ScanPage) -> None:
    """組を外す: a second page goes back to the tray, its front as well unless it is somebody's already. Raises BehindRefused."""
    decision = authorise(actor, "sitting:manage", page.sitting)
    held = _held(page)
    _loose(held)
    if held.front_id is None:
        raise BehindRefused(GONE)
    _unmarked(held)
    before = held.front_id
    held.front, held.status, held.reason = None, "review", LOOSE
    held.save(update_fields=["front", "status", "reason"])
    left(before, None)
    note(actor, page.sitting, decision.rules, {"taken": page.pk, "front": before})


def left(front: UUID | None, now: UUID | None) -> None:
    """A front whose second page has gone waits for another one, unless a person has said whose it is."""
    if front is not None and front != now:
        owned = Binding.objects.filter(page=front, replaced_at__isnull=True).exists()
        ScanPage.objects.filter(pk=front).update(
            **({} if owned else {"status": "review"}), reason="" if owned else NO_SECOND
        )


def _held(page: ScanPage) -> ScanPage:
    _unsettled(Sitting.objects.select_for_update().get(pk=page.sitting_id))
    held = ScanPage.objects.select_for_update().defer("trace").get(pk=page.pk)
    if Binding.objects.filter(page=held, replaced_at__isnull=True, pupil__isnull=True).exists():
        raise BehindRefused(GONE)
    return held


def _unsettled(sitting: Sitting) -> None:
    """Papers are what was settled: none gets or loses a page then. Raises BehindRefused."""
    if settled(sitting):
        raise BehindRefused(f"{SETTLED}何も変わっていません。")


def _loose(held: ScanPage) -> None:
    if not (held.status == LEAF or held.reason == LOOSE):
        raise BehindRefused(GONE)


def _unmarked(behind: ScanPage) -> None:
    """No mark of its questions hangs on the front it would leave. Raises BehindRefused."""
    if behind.front_id is None:
        return
    if marks_behind(behind.sitting, [behind.front_id]).exists():
        raise BehindRefused(MARKED)
