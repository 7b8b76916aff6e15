"""照合のための名簿: the pupils of a school with all writings of their names, for matching lists."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from minamo.kernel.names import PersonName
from minamo.people.models import Pupil, StaffMember


@dataclass(frozen=True, slots=True)
class NamedPupil:
    """A pupil with both layers of the name, part by part (family, middle, given)."""

    id: UUID
    student_number: str
    display: tuple[str, str, str]
    official: tuple[str, str, str]
    grade: str
    class_title: str
    number: int | None
    birth: dt.date | None


def named_pupils(school_id: UUID, on: dt.date) -> list[NamedPupil]:
    """Pupils of a school on a day, in the order of the classes. One query; the caller has decided who may ask."""
    rows = Pupil.objects.filter(school=school_id).exclude(left_on__lt=on).order_by("grade", "attendance_number", "id")
    return [
        NamedPupil(id_, number, (f, m, g), (of, om, og), grade, title or "", seat, birth)
        for id_, number, f, m, g, of, om, og, grade, title, seat, birth in rows.values_list(
            "id", "student_number", "family", "middle", "given", "official_family", "official_middle", "official_given",
            "grade", "homeroom__title", "attendance_number", "birth_date",
        )
    ]  # fmt: skip


def names_of_pupils(pupil_ids: Iterable[UUID]) -> dict[UUID, PersonName]:
    """氏名の三層 by id, as far as the scope goes; unknown ids are missing. One query; the caller has decided who may ask."""
    return {pupil.pk: pupil.name for pupil in Pupil.objects.filter(pk__in=list(pupil_ids))}


def readings_of_staff(municipality: UUID) -> dict[UUID, tuple[str, str]]:
    """氏名のかな of the staff of a municipality by account, to put lists of them in order. One query; the caller has decided who may ask."""
    rows = StaffMember.objects.filter(municipality=municipality)
    return {
        account: (family, given) for account, family, given in rows.values_list("account", "family_kana", "given_kana")
    }
