"""山を除く・山を戻す: a pile that should not be here (another test, another class, a bad scan) is taken back as a whole.

Nothing is thrown away. Every page of it is put aside in the actor's name, so that it counts nowhere; the owners it had are said no
more; marks stay on their pages, out of sight. Put back, the pile is what it was, as far as nobody has decided otherwise meanwhile:
a pupil who has got another paper since keeps that one. What had waited because of the pile (second scans of its pages, pages
behind them) is looked at again, by a worker: the web compares no pictures. A page that went to another class is that class's and stays there.
"""

from collections.abc import Sequence
from uuid import UUID

from minamo.access.api import Actor, authorise
from minamo.kernel.jobs import defer
from minamo.marking.actions.behind import LEAF, lay, lay_behind, left
from minamo.marking.actions.trail import note
from minamo.marking.models import Absence, Binding, Pile, ScanPage, Sitting
from minamo.marking.page_rules import DUPLICATE, LOOSE, WHOLE_PILE
from minamo.marking.queries.marks import SETTLED, settled
from minamo.marking.queries.pile_removal import outside, pages_here, removal_of_pile

SEEN = "見ているあいだに、この山の答案が変わりました。除くものを、もう一度見てください。"


class RemovalRefused(ValueError):
    """山を除けない・戻せない; the message says why and what to do. Nothing has changed."""


def remove_pile(*, actor: Actor, pile: Pile, seen: str) -> Pile:
    """この山を除く. `seen`: what stood on the page that showed what goes (`Removal.seen`). Twice is once. Raises RemovalRefused."""
    decision = authorise(actor, "sitting:manage", pile.sitting)
    sitting, held = _held(pile)
    if held.removed_at is not None:
        return held
    found = removal_of_pile(held)
    if found.problem:
        raise RemovalRefused(found.problem)
    if found.seen != seen:
        raise RemovalRefused(SEEN)
    pages = pages_here(held)
    held.parted = _part(pages)
    Binding.objects.filter(page__in=[page.pk for page in pages], replaced_at__isnull=True, pupil__isnull=False).update(
        replaced_at=actor.now
    )
    _put_aside(actor, held, pages)
    held.removed_at, held.removed_by_id, held.removed_by_label = actor.now, actor.account_id, actor.label[:60]
    if held.stopped_at is None and (held.pages is None or found.pages + found.elsewhere < held.pages):
        held.stopped_at, held.stopped_by_label = actor.now, actor.label[:60]
    held.save(
        update_fields=["removed_at", "removed_by", "removed_by_label", "stopped_at", "stopped_by_label", "parted"]
    )
    _set_free(pages)
    lay_behind(sitting)
    detail = {"removed": held.pk, "pages": found.pages, "owners": len(found.owners), "marks": found.marks}
    note(actor, sitting, decision.rules, detail)
    return held


def put_back(*, actor: Actor, pile: Pile) -> Pile:
    """山を戻す, with its owners and marks where nobody has decided otherwise since. Raises RemovalRefused."""
    decision = authorise(actor, "sitting:manage", pile.sitting)
    sitting, held = _held(pile)
    if held.removed_at is None:
        return held
    if settled(sitting) is not None:
        raise RemovalRefused(SETTLED)
    pages = pages_here(held)
    ended = Binding.objects.filter(page__in=[page.pk for page in pages], replaced_at__isnull=True, how=WHOLE_PILE)
    free = set(ended.values_list("page_id", flat=True))
    ended.update(replaced_at=actor.now)
    again = _bind_again(actor, sitting, held, free)
    _join(held.parted)
    held.removed_at, held.removed_by, held.removed_by_label, held.parted = None, None, "", []
    held.save(update_fields=["removed_at", "removed_by", "removed_by_label", "parted"])
    defer("marking.compare", one_at_a_time=f"marking-{sitting.pk}", municipality=str(sitting.municipality_id),
          sitting=str(sitting.pk))  # fmt: skip
    note(actor, sitting, decision.rules, {"returned": held.pk, "pages": len(free), "owners": again})
    return held


def _held(pile: Pile) -> tuple[Sitting, Pile]:
    sitting = Sitting.objects.select_for_update(of=("self",)).select_related("assessment").get(pk=pile.sitting_id)
    held = Pile.objects.select_for_update().get(pk=pile.pk)
    held.sitting = sitting
    return sitting, held


def _put_aside(actor: Actor, pile: Pile, pages: Sequence[ScanPage]) -> None:
    """All that is not aside already; what was put aside by itself keeps its reason, also when the pile comes back."""
    already = set(
        Binding.objects.filter(page__in=[page.pk for page in pages], replaced_at__isnull=True).values_list(
            "page_id", flat=True
        )
    )
    Binding.objects.bulk_create(
        Binding(
            municipality_id=pile.municipality_id, sitting_id=pile.sitting_id, page=page, why=WHOLE_PILE, how=WHOLE_PILE,
            bound_by_id=actor.account_id, bound_by_label=actor.label[:60], bound_at=actor.now,
        )
        for page in pages
        if page.pk not in already
    )  # fmt: skip


def _part(pages: Sequence[ScanPage]) -> list[list[str]]:
    """Pairs over two piles part: the half that stays waits for its other one. Returns [behind, front] of each."""
    inside = {page.pk for page in pages}
    over = [page for page in pages if page.front_id is not None and page.front_id not in inside]
    stay = outside(list(inside))
    ScanPage.objects.filter(pk__in=[page.pk for page in (*over, *stay)]).update(
        front=None, status="review", reason=LOOSE, message=""
    )
    for page in over:
        left(page.front_id, None)
    return [[str(page.pk), str(page.front_id)] for page in (*over, *stay)]


def _set_free(pages: Sequence[ScanPage]) -> None:
    """What waited as a second scan of a page that has gone is a paper."""
    gone = [page.pk for page in pages]
    waiting = ScanPage.objects.filter(copy_of__in=gone, status="review", reason=DUPLICATE).exclude(pk__in=gone)
    second = list(waiting.filter(leaf__gt=0).values_list("pk", flat=True))
    waiting.update(status="ok", reason="", message="", copy_of=None)
    ScanPage.objects.filter(pk__in=second).update(status=LEAF)


def _bind_again(actor: Actor, sitting: Sitting, pile: Pile, free: set[UUID]) -> int:
    """Whose the pages were when the pile went, where the pupil has no other paper and is not said to be absent."""
    before = Binding.objects.filter(page__in=free, replaced_at=pile.removed_at, pupil__isnull=False)
    taken = set(
        Binding.objects.filter(sitting=sitting, replaced_at__isnull=True, pupil__isnull=False).values_list("pupil_id", flat=True)
    ) | set(Absence.objects.filter(sitting=sitting, ended_at__isnull=True).values_list("pupil_id", flat=True))  # fmt: skip
    rows = [
        Binding(
            municipality_id=sitting.municipality_id, sitting=sitting, page_id=one.page_id, pupil_id=one.pupil_id,
            number=one.number, how="returned", bound_by_id=actor.account_id, bound_by_label=actor.label[:60],
            bound_at=actor.now,
        )
        for one in before
        if one.pupil_id not in taken
    ]  # fmt: skip
    Binding.objects.bulk_create(rows)
    return len(rows)


def _join(parted: Sequence[Sequence[str]]) -> None:
    """Pairs over two piles, where both halves still wait."""
    for behind, front in parted:
        half = ScanPage.objects.filter(pk=behind, front__isnull=True, reason=LOOSE).defer("trace").first()
        first = ScanPage.objects.filter(pk=front, leaf=0, behind__isnull=True).defer("trace").first()
        aside = Binding.objects.filter(page__in=[behind, front], replaced_at__isnull=True, pupil__isnull=True)
        if half is not None and first is not None and not aside.exists():
            lay(first, half, "")
