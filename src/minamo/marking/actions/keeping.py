"""答案の画像の保管: how long pictures stay, and their removal when due or earlier by hand. Points, readings and the log stay."""

import datetime as dt
import functools
from collections.abc import Collection
from uuid import UUID

from django.db import transaction

from minamo.access.api import Actor, authorise
from minamo.audit import api as audit
from minamo.kernel import files
from minamo.marking.models import ImageRemoval, KeepingRule, MarkedBook, PaperSheet, ScanPage, Sitting
from minamo.marking.queries.keeping import contents_of, kept, needed, said_in
from minamo.marking.retention import refusal
from minamo.tenancy.api import Municipality, School

GONE = "答案の画像は、保管の決まりにより削除されています。点と結果はそのまま見られます。"
SWEPT = dt.timedelta(days=7)


class KeepingRefused(ValueError):
    """It cannot be done like this; the message says why. Nothing has changed."""


def set_days(*, actor: Actor, place: School | Municipality, days: int | None) -> KeepingRule:
    """保管の日数を決める for a school (None = as the municipality says) or a municipality. Raises KeepingRefused."""
    is_school = isinstance(place, School)
    action = "keeping:school" if is_school else "keeping:town"
    decision = authorise(actor, action, place)
    if words := refusal(days) or ("" if is_school or days is not None else "日数を入れてください。"):
        raise KeepingRefused(words)
    town = place.municipality_id if isinstance(place, School) else place.pk
    row = KeepingRule.objects.create(
        municipality_id=town, school_id=place.pk if is_school else None, days=days, set_by_id=actor.account_id,
        set_by_label=actor.label[:60], set_at=actor.now,
    )  # fmt: skip
    audit.append(
        actor=actor, action=action, resource_type="School" if is_school else "Municipality", resource_id=str(place.pk),
        municipality=town, school=place.pk if is_school else None, rules=decision.rules, detail={"days": days},
    )  # fmt: skip
    return row


def remove_images(*, actor: Actor, sitting: Sitting, why: str) -> ImageRemoval:
    """早めに削除する by hand, with a reason that stays. Raises KeepingRefused without one."""
    authorise(actor, "sitting:erase", sitting)
    if not why.strip():
        raise KeepingRefused("削除する理由を入れてください。画像はまだ残っています。")
    due = kept([sitting], said_in(sitting.municipality_id))[0].due
    return _remove(actor, sitting, due, why.strip()[:200])


def remove_due(*, actor: Actor, municipality: UUID) -> int:
    """期限が過ぎた画像を削除する; returns how many tests. What an earlier night left behind on the disk goes as well."""
    waiting = list(Sitting.objects.filter(municipality=municipality, removal__isnull=True))
    found = [one for one in kept(waiting, said_in(municipality)) if one.due < actor.today]
    for one in found:
        _remove(actor, one.sitting, one.due, "保管の期限が過ぎたため")
    for row in ImageRemoval.objects.filter(municipality=municipality, removed_at__gte=actor.now - SWEPT):
        _drop(row.contents)
    return len(found)


def _remove(actor: Actor, sitting: Sitting, due: dt.date, why: str) -> ImageRemoval:
    decision = authorise(actor, "sitting:erase", sitting)
    locked = Sitting.objects.select_for_update().get(pk=sitting.pk)
    if (there := ImageRemoval.objects.filter(sitting=locked).first()) is not None:
        return there
    contents = contents_of(locked)
    ours = {"result__settlement__sitting": locked}
    PaperSheet.objects.filter(**{f"paper__{key}": value for key, value in ours.items()}).update(
        picture="", pdf="", drawn=""
    )
    MarkedBook.objects.filter(**ours).update(content="", refusal=GONE)
    ScanPage.objects.filter(sitting=locked).update(trace=None)
    row = ImageRemoval.objects.create(
        municipality_id=locked.municipality_id, school_id=locked.school_id, sitting=locked, due_on=due, why=why,
        contents=sorted(contents), by_id=None if actor.kind == "system" else actor.account_id, by_label=actor.label[:60],
        removed_at=actor.now,
    )  # fmt: skip
    others = needed(row.contents)
    row.files, row.kept = len(contents - others), len(contents & others)
    row.size = sum(files.size(content) for content in contents - others)
    row.save(update_fields=["files", "kept", "size"])
    audit.append(
        actor=actor, action="sitting:erase", resource_type="Sitting", resource_id=str(locked.pk),
        municipality=locked.municipality_id, school=locked.school_id, rules=decision.rules,
        detail={"removal": row.pk, "files": row.files, "kept": row.kept, "bytes": row.size},
    )  # fmt: skip
    transaction.on_commit(functools.partial(_drop, row.contents))
    return row


def _drop(contents: Collection[str]) -> None:
    """Remove from the storage what nobody needs; asked again here, because the same content may have come back since."""
    left = needed(list(contents))
    for content in contents:
        if content not in left:
            files.drop(content)
