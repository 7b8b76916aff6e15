"""見てほしいページの動詞: what a person decides about a page the machine did not dare to use. Nothing is thrown away: a page
that is no paper is put aside with a name and a reason, and can be taken back."""

import datetime as dt
from collections.abc import Sequence
from uuid import UUID

from django.db.models import QuerySet

from minamo.access.api import Actor, authorise
from minamo.kernel.jobs import defer
from minamo.marking.actions.behind import LEAF, lay_behind
from minamo.marking.actions.trail import note
from minamo.marking.models import Assessment, Binding, ScanPage, Sitting, Stroke
from minamo.marking.page_rules import (
    AGAIN,
    ASIDE,
    BULK,
    DUPLICATE,
    LOOSE,
    ON_THE_WAY,
    PLACING,
    checked_corners,
    spanned,
    turned_back,
    turns_of,
)
from minamo.marking.page_rules import why as words_of
from minamo.marking.queries.marks import SETTLED, settled
from minamo.marking.queries.tray import bulk_of

THIS, OTHER, BOTH = "this", "other", "both"


class PageRefused(ValueError):
    """ページをそうできない; the message says why and what to do."""


def put_aside(*, actor: Actor, sitting: Sitting, pages: Sequence[UUID], why: str) -> int:
    """答案ではないとする: pages without an owner are put aside in the actor's name. Raises PageRefused; returns how many."""
    decision = authorise(actor, "sitting:manage", sitting)
    if why not in ASIDE:
        raise PageRefused("除く理由を選んでください。")
    held = _held(sitting, pages)
    said = dict(_current(sitting).filter(page__in=pages).values_list("page_id", "pupil_id"))
    if any(pupil is not None for pupil in said.values()):
        raise PageRefused("だれの答案か決まったページは除けません。先に、だれの答案かの画面で外してください。")
    if any(page.front_id is not None for page in held):
        raise PageRefused("表のページと組になっています。先に組を外してください。")
    free = [page for page in held if page.pk not in said]
    ScanPage.objects.filter(front__in=free).update(front=None, status="review", reason=LOOSE, message="")
    Binding.objects.bulk_create(
        Binding(
            municipality_id=sitting.municipality_id, sitting=sitting, page=page, why=why, how="aside",
            bound_by_id=actor.account_id, bound_by_label=actor.label[:60], bound_at=actor.now,
        )
        for page in free
    )  # fmt: skip
    note(actor, sitting, decision.rules, {"aside": [page.pk for page in free], "why": why})
    return len(free)


def take_back(*, actor: Actor, page: ScanPage) -> None:
    """除いたページを戻す to where it was. Raises PageRefused for one that went with its whole pile."""
    decision = authorise(actor, "sitting:manage", page.sitting)
    held = Sitting.objects.select_for_update(of=("self",)).select_related("assessment").get(pk=page.sitting_id)
    aside = _current(page.sitting).filter(page=page, pupil__isnull=True)
    if aside.filter(page__pile__removed_at__isnull=False).exists():
        raise PageRefused("山ごと除いたページです。「答案の山」から、山を戻してください。")
    ended = aside.update(replaced_at=actor.now)
    lay_behind(held)
    note(actor, page.sitting, decision.rules, {"back": page.pk if ended else None})


def take_back_together(*, actor: Actor, sitting: Sitting, at: dt.datetime) -> int:
    """いっしょに除いたページを戻す: all that went aside in one go (`at`). Returns how many; raises PageRefused when nothing is left."""
    decision = authorise(actor, "sitting:manage", sitting)
    held = Sitting.objects.select_for_update(of=("self",)).select_related("assessment").get(pk=sitting.pk)
    aside = _current(sitting).filter(pupil__isnull=True, bound_at=at, page__pile__removed_at__isnull=True)
    back = list(aside.values_list("page_id", flat=True))
    if not back:
        raise PageRefused("このページは、もう戻してあります。画面を開き直してください。")
    aside.update(replaced_at=actor.now)
    lay_behind(held)
    note(actor, sitting, decision.rules, {"back": back})
    return len(back)


def put_aside_together(*, actor: Actor, sitting: Sitting, group: str, seen: str) -> int:
    """同じ理由のページをまとめて除く: all of a group that may be no paper (`page_rules.BULK`), in one go. `seen`: what was shown
    (`queries.tray.Bulk.seen`). Raises PageRefused when others have come or gone since."""
    authorise(actor, "sitting:manage", sitting)
    Sitting.objects.select_for_update().get(pk=sitting.pk)
    found = bulk_of(sitting, group)
    if not found.ids or group not in BULK:
        raise PageRefused("まとめて除くページは、もうありません。")
    if found.seen != seen:
        raise PageRefused("見ているあいだに、ページが増えたか減りました。下のページを、もう一度見てください。")
    return put_aside(actor=actor, sitting=sitting, pages=found.ids, why=words_of(group).aside)


def place_page(*, actor: Actor, page: ScanPage, corners: object, leaf: int | None = None) -> ScanPage:
    """四すみを合わせて使う: corners of the sheet (左上・右上・右下・左下) as shares of the upright picture; the reading follows in
    a job. `leaf`: which page of the test it is, where that was not seen. Raises CornersRefused, PageRefused."""
    decision = authorise(actor, "sitting:manage", page.sitting)
    points = checked_corners(corners)
    held = _reviewed(page)
    test: Assessment = page.sitting.assessment
    seen = test.pages[held.leaf]
    there = turned_back(points, turns_of(held.homography, seen.width, seen.height))
    if leaf is not None and 0 <= leaf < len(test.pages):
        held.leaf = leaf
    sheet = test.pages[held.leaf]
    held.homography = spanned(there, sheet.width, sheet.height)
    held.reason, held.message = PLACING, f"{actor.label}が四すみを合わせました"[:300]
    held.save(update_fields=["homography", "leaf", "reason", "message"])
    _ask(page.sitting, held)
    note(actor, page.sitting, decision.rules, {"placed": page.pk})
    return held


def read_page_again(*, actor: Actor, page: ScanPage) -> ScanPage:
    """もう一度読む from the file. Raises PageRefused."""
    decision = authorise(actor, "sitting:manage", page.sitting)
    held = _reviewed(page)
    held.reason, held.message = AGAIN, ""
    held.save(update_fields=["reason", "message"])
    _ask(page.sitting, held)
    note(actor, page.sitting, decision.rules, {"again": page.pk})
    return held


def settle_copy(*, actor: Actor, page: ScanPage, keep: str) -> None:
    """同じ紙のどちらを使うか: `this` one, the `other` one it is a copy of, or `both` (they are two papers). Raises PageRefused."""
    decision = authorise(actor, "sitting:manage", page.sitting)
    held = _reviewed(page)
    if held.reason != DUPLICATE or held.copy_of_id is None or keep not in {THIS, OTHER, BOTH}:
        raise PageRefused("どちらを使うか選んでください。")
    if keep == OTHER:
        _aside(actor, held, "double")
    else:
        if keep == THIS:
            _give_way(actor, held)
        held.status, held.reason, held.message = LEAF if held.leaf else "ok", "", ""
        held.save(update_fields=["front", "status", "reason", "message"])
        lay_behind(page.sitting)
    note(actor, page.sitting, decision.rules, {"copy": page.pk, "keep": keep})


def _give_way(actor: Actor, page: ScanPage) -> None:
    """The other one is put aside; its pupil, if it has one, gets this page. Marks stay with their paper, so a marked one stays, and
    after the settlement every one."""
    if settled(page.sitting):
        raise PageRefused(f"{SETTLED}何も変わっていません。")
    other = ScanPage.objects.select_for_update().defer("trace").get(pk=page.copy_of_id or "")
    behind, other.front_id = other.front_id, None
    if behind is not None:  # the paper keeps its marks and gets this second page
        other.status, other.reason = "review", LOOSE
        other.save(update_fields=["front", "status", "reason"])
        page.front_id = behind
    ScanPage.objects.filter(front=other).update(front=page)
    if Stroke.objects.filter(page=other).exists():
        raise PageRefused(f"{other.index + 1}ページ目には、もう採点がついています。そちらを使ってください。")
    owner = _current(page.sitting).filter(page=other).first()
    _current(page.sitting).filter(page=other).update(replaced_at=actor.now)
    _aside(actor, other, "double")
    if owner is not None and owner.pupil_id is not None:
        Binding.objects.create(
            municipality_id=page.municipality_id, sitting_id=page.sitting_id, page=page, pupil_id=owner.pupil_id,
            number=owner.number, how="copy", bound_by_id=actor.account_id, bound_by_label=actor.label[:60],
            bound_at=actor.now,
        )  # fmt: skip


def _aside(actor: Actor, page: ScanPage, why: str) -> None:
    Binding.objects.create(
        municipality_id=page.municipality_id, sitting_id=page.sitting_id, page=page, why=why, how="aside",
        bound_by_id=actor.account_id, bound_by_label=actor.label[:60], bound_at=actor.now,
    )  # fmt: skip


def _held(sitting: Sitting, pages: Sequence[UUID]) -> list[ScanPage]:
    Sitting.objects.select_for_update().get(pk=sitting.pk)
    held = list(ScanPage.objects.select_for_update().filter(sitting=sitting, pk__in=pages))
    if not held or len(held) != len(set(pages)):
        raise PageRefused("このページは、もうここにありません。画面を開き直してください。")
    return held


def _reviewed(page: ScanPage) -> ScanPage:
    """The page, still waiting for a decision."""
    Sitting.objects.select_for_update().get(pk=page.sitting_id)
    held = ScanPage.objects.select_for_update().get(pk=page.pk)
    if held.status != "review" or held.reason in ON_THE_WAY or _current(page.sitting).filter(page=held).exists():
        raise PageRefused("このページは、もう決まっています。画面を開き直してください。")
    return held


def _current(sitting: Sitting) -> "QuerySet[Binding]":
    return Binding.objects.filter(sitting=sitting, replaced_at__isnull=True)


def _ask(sitting: Sitting, page: ScanPage) -> None:
    defer(
        "marking.read_again", one_at_a_time=f"marking-{sitting.pk}", municipality=str(page.municipality_id),
        page=str(page.pk),
    )  # fmt: skip
