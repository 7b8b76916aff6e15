"""異動: 入学・編入学・転入学・転学・退学・卒業. On every day at most one school, on the way always one."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction

from minamo.access.api import Actor, authorise
from minamo.kernel.names import PersonName, same_person_name
from minamo.kernel.schoolyear import SchoolYear
from minamo.people import rules
from minamo.people.actions.classes import seat
from minamo.people.actions.movement import keep, standing
from minamo.people.actions.record import close_places, locked, place_pointers, record
from minamo.people.models import Enrolment, Pupil, SchoolClass
from minamo.people.rules import Refused, Stay


@dataclass(frozen=True)
class NewPupil:
    """新しく学籍に載せる児童生徒. Sex and number may be unknown; the name must not be empty."""

    name: PersonName
    birth_date: dt.date | None = None
    sex: str = Pupil.Sex.UNSPECIFIED.value
    student_number: str = ""
    master_id: UUID | None = None


def enter(*, actor: Actor, school: Any, who: NewPupil | UUID, grade: str, on: dt.date,
          homeroom: SchoolClass | None = None, grade_note: str = "") -> Pupil:  # fmt: skip
    """入学: the first enrolment; the day is the one the board set, whenever the child first comes."""
    return _arrive(actor, school, who, grade, on, Enrolment.Begin.ENTRANCE, "", homeroom, grade_note)


def admit(*, actor: Actor, school: Any, who: NewPupil | UUID, grade: str, on: dt.date, previous_school: str,
          homeroom: SchoolClass | None = None, grade_note: str = "") -> Pupil:  # fmt: skip
    """編入学: from abroad, from a school outside the system, or after 就学猶予."""
    return _arrive(actor, school, who, grade, on, Enrolment.Begin.ADMISSION, previous_school, homeroom, grade_note)


def transfer_in(*, actor: Actor, school: Any, who: NewPupil | UUID, grade: str, accepted_on: dt.date,
                previous_school: str, homeroom: SchoolClass | None = None, grade_note: str = "") -> Pupil:  # fmt: skip
    """転入学: from another school. A child who was here before keeps the same id (`who` is that id)."""
    begin = Enrolment.Begin.TRANSFER_IN
    return _arrive(actor, school, who, grade, accepted_on, begin, previous_school, homeroom, grade_note)


def transfer_out(*, actor: Actor, pupil_id: UUID, accepted_on: dt.date, last_attended: dt.date | None = None,
                 next_school: str = "", to_school: Any = None) -> Pupil:  # fmt: skip
    """転学: the 転学日 is the day before the new school accepts; `last_attended` is the day the child really left.

    With `to_school` (of the same municipality) the new enrolment begins by the same act, so no day is lost or double.
    Raises Denied, and Refused for impossible dates.
    """
    pupil = locked(pupil_id)
    decision = authorise(actor, "pupil:edit", pupil)
    rows, before = _stays_of(pupil), standing(pupil)
    if to_school is not None:
        _inside(pupil, to_school)
        next_school = to_school.name
    after = rules.leave(_as_stays(rows), accepted_on=accepted_on, last_attended=last_attended)
    last = rows[-1]
    last.ends, last.end_kind = after[-1].ends, Enrolment.End.TRANSFER_OUT
    last.last_attended, last.next_school = last_attended, next_school.strip()
    last.save(update_fields=["ends", "end_kind", "last_attended", "next_school"])
    close_places(pupil, rules.transfer_date(accepted_on))
    if to_school is not None:
        _begin(pupil, to_school, last.grade, accepted_on, Enrolment.Begin.TRANSFER_IN, last.school.name)
    place_pointers(pupil, actor.today)
    keep(actor=actor, pupil=pupil, verb="transfer_out", before=before, applies_from=accepted_on)
    record(actor, "pupil:edit", pupil, decision, "transfer_out", former=last.school_id, ends=last.ends,
           to=to_school.id if to_school else None)  # fmt: skip
    return pupil


def withdraw(*, actor: Actor, pupil_id: UUID, on: dt.date, reason: str = "") -> Pupil:
    """退学 (past the age of compulsory education, or leaving the country): the day still belongs to the school."""
    return _finish(actor, pupil_id, on, Enrolment.End.WITHDRAWAL, reason)


def graduate(*, actor: Actor, pupil_id: UUID, on: dt.date, next_school: str = "") -> Pupil:
    """卒業: at the end of a school's last grade."""
    return _finish(actor, pupil_id, on, Enrolment.End.GRADUATION, next_school)


def _finish(actor: Actor, pupil_id: UUID, on: dt.date, kind: str, then: str) -> Pupil:
    pupil = locked(pupil_id)
    decision = authorise(actor, "pupil:edit", pupil)
    rows, before = _stays_of(pupil), standing(pupil)
    rules.finish(_as_stays(rows), on=on)
    last = rows[-1]
    last.ends, last.end_kind, last.next_school = on, kind, then.strip()
    last.save(update_fields=["ends", "end_kind", "next_school"])
    close_places(pupil, on)
    place_pointers(pupil, actor.today)
    keep(actor=actor, pupil=pupil, verb=kind, before=before, applies_from=on + rules.ONE_DAY)
    record(actor, "pupil:edit", pupil, decision, kind, ends=on)
    return pupil


def _arrive(actor: Actor, school: Any, who: NewPupil | UUID, grade: str, on: dt.date, kind: str, previous: str,
            homeroom: SchoolClass | None, note: str) -> Pupil:  # fmt: skip
    decision = authorise(actor, "people:enrol", school)
    if isinstance(who, UUID):
        pupil = locked(who)
        birth = pupil.birth_date
    else:
        pupil, birth = _new(who, school, grade), who.birth_date
    rows, before = _stays_of(pupil), standing(pupil)
    _inside(pupil, school)
    after = rules.arrive(_as_stays(rows), school=str(school.id), accepted_on=on)
    rules.check_arrival(birth=birth, grade=grade, school_kind=school.kind, on=on, today=actor.today, note=note)
    if rows and after[-2].ends != rows[-1].ends:
        _move_end(pupil, rows[-1], after[-2])
    _begin(pupil, school, grade, on, kind, previous, note)
    if homeroom is not None:
        if homeroom.school_id != school.id or homeroom.year != SchoolYear.of(on).year:
            raise Refused("この学校の、受け入れの日の年度の学級を選ぶか、「あとで決める」にしてください。", "homeroom")
        seat(pupil, homeroom, on)
    place_pointers(pupil, actor.today)
    keep(actor=actor, pupil=pupil, verb=kind, before=before, applies_from=on)
    record(actor, "people:enrol", pupil, decision, kind, begins=on, homeroom=homeroom.id if homeroom else None)
    return pupil


def _move_end(pupil: Pupil, row: Enrolment, stay: Stay) -> None:
    """The former school's 転学日 follows the day of acceptance."""
    assert stay.ends is not None
    row.ends = stay.ends
    row.save(update_fields=["ends"])
    close_places(pupil, stay.ends)


def _new(who: NewPupil, school: Any, grade: str) -> Pupil:
    if not who.name.display:
        raise Refused("表示する氏名を入れてください。", "family")
    name = {field: getattr(who.name, field) for field in PersonName.__dataclass_fields__}
    try:
        with transaction.atomic():
            return Pupil.objects.create(
                municipality_id=school.municipality_id, school_id=school.id, grade=grade, birth_date=who.birth_date,
                sex=who.sex, student_number=who.student_number, master_id=who.master_id, **name,
                search_key=who.name.search_key,
            )  # fmt: skip
    except IntegrityError as error:
        raise Refused("その学籍番号は、ほかの児童生徒が使っています。", "student_number") from error


def _begin(pupil: Pupil, school: Any, grade: str, on: dt.date, kind: str, previous: str, note: str = "") -> Enrolment:
    return Enrolment.objects.create(
        municipality_id=pupil.municipality_id, pupil=pupil, school_id=school.id, grade=grade,
        year=SchoolYear.of(on).year, begins=on, begin_kind=kind, previous_school=previous.strip(),
        grade_note=note.strip(),
    )  # fmt: skip


def _inside(pupil: Pupil, school: Any) -> None:
    if school.municipality_id != pupil.municipality_id:
        raise Refused("ほかの自治体の学校です。学校名を書いて転学にしてください。")


def _stays_of(pupil: Pupil) -> list[Enrolment]:
    return list(Enrolment.objects.filter(pupil=pupil).select_related("school").order_by("begins"))


def _as_stays(rows: Sequence[Enrolment]) -> list[Stay]:
    return [
        Stay(str(row.school_id), row.begins, row.ends, leaving=row.end_kind == Enrolment.End.TRANSFER_OUT)
        for row in rows
    ]


def former_pupils(*, actor: Actor, school: Any, name: PersonName, birth_date: dt.date) -> list[Pupil]:
    """以前に在籍した子: who left a school of the municipality, of that name and birthday: for one who returns."""
    authorise(actor, "people:enrol", school)
    gone = Pupil.objects.filter(municipality=school.municipality_id, birth_date=birth_date, left_on__isnull=False)
    return [pupil for pupil in gone.select_related("school") if same_person_name(pupil.display_name, name.display)]
