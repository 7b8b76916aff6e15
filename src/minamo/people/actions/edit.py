"""学籍の訂正 and its undoing: every change is a revision with before, after, from which day and why."""

import datetime as dt
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction

from minamo.access.api import Actor, authorise
from minamo.kernel.names import clean_name_input
from minamo.people.actions.record import account_of, locked, record
from minamo.people.models import Pupil, PupilRevision
from minamo.people.rules import Refused

NAME_FIELDS = (
    "official_family", "official_given", "official_middle", "family", "given", "middle",
    "family_kana", "given_kana", "middle_kana",
)  # fmt: skip
EDITABLE = (*NAME_FIELDS, "sex", "birth_date", "student_number")


def edit_pupil(
    *, actor: Actor, pupil_id: UUID, changes: Mapping[str, Any], applies_from: dt.date, reason: str
) -> PupilRevision | None:
    """氏名・ふりがな・性別・生年月日・学籍番号の訂正. Returns the revision, or None when nothing differs.

    Raises Denied, and Refused for a day to come, an unknown field, a number somebody else has, or a name left empty.
    """
    pupil = locked(pupil_id)
    decision = authorise(actor, "pupil:edit", pupil)
    if applies_from > actor.today:
        raise Refused("適用日は、今日までの日にしてください。", "applies_from")
    if unknown := set(changes) - set(EDITABLE):
        raise Refused(f"訂正できない項目です：{'・'.join(sorted(unknown))}")
    revision = _apply(actor, pupil, _cleaned(changes), applies_from, reason)
    if revision is not None:
        record(actor, "pupil:edit", pupil, decision, "edit", revision=revision.id, fields=sorted(revision.after))
    return revision


def undo_edit(*, actor: Actor, revision_id: UUID) -> PupilRevision:
    """訂正を元に戻す: what the record said before comes back, as a new revision. Raises Denied, and Refused when one of
    the fields was changed again since, so that nobody's later correction is lost."""
    undone = PupilRevision.objects.get(pk=revision_id, verb=PupilRevision.Verb.EDIT)
    pupil = locked(undone.pupil_id)
    decision = authorise(actor, "pupil:edit", pupil)
    if any(_stored(getattr(pupil, name)) != value for name, value in undone.after.items()):
        raise Refused("その後に別の訂正があるため、戻せません。内容を確かめて、もう一度訂正してください。")
    revision = _apply(actor, pupil, _loaded(undone.before), actor.today, "訂正を元に戻しました")
    if revision is None:
        raise Refused("すでに元の内容です。")
    record(actor, "pupil:edit", pupil, decision, "undo", revision=revision.id, undone=undone.id)
    return revision


def _apply(
    actor: Actor, pupil: Pupil, changes: Mapping[str, Any], applies_from: dt.date, reason: str
) -> PupilRevision | None:
    before = {name: _stored(getattr(pupil, name)) for name in changes}
    after = {name: _stored(value) for name, value in changes.items()}
    differing = [name for name in changes if before[name] != after[name]]
    if not differing:
        return None
    for name in differing:
        setattr(pupil, name, changes[name])
    if not pupil.display_name:
        raise Refused("表示する氏名を入れてください。", "family")
    pupil.search_key = pupil.name.search_key
    try:
        with transaction.atomic():
            pupil.save(update_fields=[*differing, "search_key"])
    except IntegrityError as error:
        raise Refused("その学籍番号は、ほかの児童生徒が使っています。", "student_number") from error
    return PupilRevision.objects.create(
        municipality_id=pupil.municipality_id, pupil=pupil, changed_by_id=account_of(actor),
        changed_by_label=actor.label, applies_from=applies_from, reason=reason.strip(),
        before={name: before[name] for name in differing}, after={name: after[name] for name in differing},
    )  # fmt: skip


def _cleaned(changes: Mapping[str, Any]) -> dict[str, Any]:
    """Names lose outer blanks and nothing else: the official layer is byte-exact."""
    return {name: clean_name_input(value) if name in NAME_FIELDS else value for name, value in changes.items()}


def _stored(value: Any) -> Any:
    return value.isoformat() if isinstance(value, dt.date) else value


def _loaded(values: Mapping[str, Any]) -> dict[str, Any]:
    born = values.get("birth_date")
    return {**values, **({"birth_date": dt.date.fromisoformat(born)} if born else {})}
