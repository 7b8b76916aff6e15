"""異動の履歴 and its undoing: what enrolments and places were before a movement and after it.

A movement (入学・編入学・転入学・転学・退学・卒業・学級の変更) is taken back as long as no later fact rests on it. What it said
stays in the history; the taking back is a row of its own.
"""

import datetime as dt
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.db import IntegrityError, models, transaction

from minamo.access.api import Actor, authorise
from minamo.people.actions.record import account_of, locked, place_pointers, record
from minamo.people.models import ClassPupil, Enrolment, Pupil, PupilRevision, SchoolClass
from minamo.people.ports import TakenBack, obstacles_of
from minamo.people.rules import ONE_DAY, Refused, Stay, lost_days

HOMEROOM = SchoolClass.Kind.HOMEROOM.value
STAY_FIELDS = (
    "id", "school_id", "grade", "year", "begins", "begin_kind", "previous_school", "grade_note", "ends", "end_kind",
    "last_attended", "next_school",
)  # fmt: skip
PLACE_FIELDS = ("id", "school_class_id", "kind", "number", "begins", "ends")
Rows = list[dict[str, Any]]


def standing(pupil: Pupil) -> dict[str, Rows]:
    """いまの在籍と学級: all enrolments and places as plain values, in order."""
    return {
        "stays": _plain(Enrolment.objects.filter(pupil=pupil).order_by("begins").values(*STAY_FIELDS)),
        "places": _plain(ClassPupil.objects.filter(pupil=pupil).order_by("begins", "id").values(*PLACE_FIELDS)),
    }


def keep(
    *, actor: Actor, pupil: Pupil, verb: str, before: dict[str, Rows], applies_from: dt.date, reason: str = ""
) -> PupilRevision:
    """履歴に残す: the movement just made, from how things stood before it. The caller has authorised and locked."""
    return PupilRevision.objects.create(
        municipality_id=pupil.municipality_id, pupil=pupil, changed_by_id=account_of(actor), verb=verb,
        changed_by_label=actor.label, applies_from=applies_from, before=before, after=standing(pupil), reason=reason,
    )  # fmt: skip


def take_back(*, actor: Actor, revision_id: UUID) -> PupilRevision:
    """異動の取り消し: enrolments and places stand again as before, as a new row of the history.

    Raises Denied, and Refused with the fact that stands in the way (a later movement, marks or notices of days that would
    fall away, a month closed since) and what to do about it.
    """
    undone = PupilRevision.objects.get(pk=revision_id)
    pupil = locked(undone.pupil_id)
    decision = authorise(actor, "pupil:edit", pupil)
    now = standing(pupil)
    _nothing_moved_since(undone, now)
    _nothing_rests_on_it(undone)
    _restore(pupil, undone, now)
    _point(pupil, undone, actor.today)
    reason = f"「{undone.get_verb_display()}」を取り消しました"
    kept = keep(actor=actor, pupil=pupil, verb=PupilRevision.Verb.TAKEN_BACK, before=now,
                applies_from=undone.applies_from, reason=reason)  # fmt: skip
    record(actor, "pupil:edit", pupil, decision, "take_back", revision=kept.id, undone=undone.id, movement=undone.verb)
    return kept


def _nothing_moved_since(undone: PupilRevision, now: dict[str, Rows]) -> None:
    later = PupilRevision.objects.filter(pupil=undone.pupil_id, changed_at__gt=undone.changed_at)
    last = later.exclude(verb=PupilRevision.Verb.EDIT).order_by("-changed_at").first()
    if last is not None:
        raise Refused(
            f"そのあとに「{last.get_verb_display()}」（{_ja(last.applies_from)}から、{last.changed_by_label}）が登録されています。"
            "先にそれを取り消してください。"
        )
    if now["stays"] != undone.after["stays"] or _homerooms(now) != _homerooms(undone.after):
        raise Refused(
            "そのあとに、名簿の取り込みなどで在籍か学級が変わっています。いまの内容を確かめて、正しい異動を登録してください。"
        )
    known = {row["id"] for row in undone.after["places"]}
    added = [row["school_class_id"] for row in now["places"] if row["id"] not in known and row["ends"] is None]
    if added and undone.verb != PupilRevision.Verb.CHANGE_CLASS:
        titles = "・".join(SchoolClass.objects.filter(pk__in=added).values_list("title", flat=True))
        raise Refused(f"そのあとに{titles}に入っています。先に、その授業から外してください。")


def _nothing_rests_on_it(undone: PupilRevision) -> None:
    before, after = undone.before, undone.after
    changed = [row for row in (*before["places"], *after["places"]) if row["kind"] == HOMEROOM]
    kept = [row for row in before["places"] if row in after["places"]]
    said = obstacles_of(
        TakenBack(
            pupil_id=undone.pupil_id, lost=lost_days(_stays(after["stays"]), _stays(before["stays"])),
            class_ids=sorted({UUID(row["school_class_id"]) for row in changed if row not in kept}),
            from_day=undone.applies_from, since=undone.changed_at,
        )
    )  # fmt: skip
    if said:
        raise Refused("".join(said))


def _restore(pupil: Pupil, undone: PupilRevision, now: dict[str, Rows]) -> None:
    """Rows that came go, rows that changed change back, rows that went come again under their own id."""
    same = {"municipality_id": pupil.municipality_id, "pupil_id": pupil.id}
    places = _wanted_places(undone, now)
    try:
        with transaction.atomic():
            _put(Enrolment, same, now["stays"], undone.before["stays"])
            _put(ClassPupil, same, now["places"], places)
    except IntegrityError as error:
        raise Refused("ほかの学校の在籍と日が重なります。いまの在籍を確かめてください。") from error
    _numbers_are_free(pupil, now["places"], places)


def _wanted_places(undone: PupilRevision, now: dict[str, Rows]) -> Rows:
    """The places of before; lessons joined or left since stay as they are, unless they fall away with an arrival."""
    known = {row["id"] for row in undone.after["places"]}
    changed = [row for row in now["places"] if row not in undone.after["places"]]
    class_only = undone.verb == PupilRevision.Verb.CHANGE_CLASS
    kept = {row["id"]: row for row in changed if row["id"] in known or class_only}
    return [row for row in undone.before["places"] if row["id"] not in kept] + list(kept.values())


def _put(model: type[models.Model], same: dict[str, UUID], now: Rows, wanted: Rows) -> None:
    table, have = model._default_manager, {row["id"]: row for row in now}
    table.filter(pk__in=set(have) - {row["id"] for row in wanted}).delete()
    for row in wanted:
        if row["id"] not in have:
            table.create(**same, **row)
        elif row != have[row["id"]]:
            table.filter(pk=row["id"]).update(**{name: value for name, value in row.items() if name != "id"})


def _numbers_are_free(pupil: Pupil, now: Rows, wanted: Rows) -> None:
    """A place that comes back keeps its number only while nobody else has been given it."""
    known = {row["id"] for row in now}
    for row in (row for row in wanted if row["id"] not in known and row["number"] is not None):
        SchoolClass.objects.select_for_update().get(pk=row["school_class_id"])
        others = ClassPupil.objects.filter(school_class=row["school_class_id"], number=row["number"])
        if others.exclude(pupil=pupil).exists():
            raise Refused(f"出席番号{row['number']}番は、いまはほかの子の番号です。学級の変更を登録してください。")


def _point(pupil: Pupil, undone: PupilRevision, today: dt.date) -> None:
    """A child whose only arrival was taken back was never here: no class, no number, on no list."""
    if undone.before["stays"]:
        return place_pointers(pupil, today)
    first = dt.date.fromisoformat(undone.after["stays"][0]["begins"])
    pupil.homeroom_id, pupil.attendance_number, pupil.left_on = None, None, first - ONE_DAY
    pupil.save(update_fields=["homeroom", "attendance_number", "left_on"])
    return None


def _homerooms(standing: dict[str, Rows]) -> Rows:
    return [row for row in standing["places"] if row["kind"] == HOMEROOM]


def _stays(rows: Rows) -> list[Stay]:
    day = dt.date.fromisoformat
    return [Stay(row["school_id"], day(row["begins"]), day(row["ends"]) if row["ends"] else None) for row in rows]


def _plain(rows: Sequence[dict[str, Any]] | Any) -> Rows:
    return [{name: _value(value) for name, value in row.items()} for row in rows]


def _value(value: Any) -> Any:
    return value.isoformat() if isinstance(value, dt.date) else str(value) if isinstance(value, UUID) else value


def _ja(day: dt.date) -> str:
    return f"{day.month}月{day.day}日"
