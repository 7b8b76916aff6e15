"""学級: who sits in which class, under which number, and who teaches it."""

import datetime as dt
from uuid import UUID

from django.db.models import Q

from minamo.access.api import Account, Actor, authorise
from minamo.audit.api import append
from minamo.kernel.schoolyear import SchoolYear
from minamo.people.actions.movement import keep, standing
from minamo.people.actions.record import close_places, locked, place_pointers, record
from minamo.people.models import ClassPupil, ClassStaff, Pupil, SchoolClass
from minamo.people.rules import ONE_DAY, Refused, next_number

HOMEROOM = SchoolClass.Kind.HOMEROOM.value
SUBJECT = SchoolClass.Kind.SUBJECT.value


def seat(pupil: Pupil, school_class: SchoolClass, begins: dt.date, ends: dt.date | None = None) -> ClassPupil:
    """Put a pupil into a class; in a homeroom as the last number (gaps stay). Locks the class. Callers authorise."""
    SchoolClass.objects.select_for_update().get(pk=school_class.pk)
    number = None
    if school_class.kind == HOMEROOM:
        taken = ClassPupil.objects.filter(school_class=school_class).exclude(pupil=pupil)
        former = ClassPupil.objects.filter(school_class=school_class, pupil=pupil).order_by("-begins").first()
        number = former.number if former else next_number(taken.values_list("number", flat=True))
    return ClassPupil.objects.create(
        municipality_id=pupil.municipality_id, school_class=school_class, pupil=pupil, kind=school_class.kind,
        number=number, begins=begins, ends=ends,
    )  # fmt: skip


def change_class(*, actor: Actor, pupil_id: UUID, to: SchoolClass, begins: dt.date) -> ClassPupil:
    """学級の変更 from a day; the old number stays empty, the new one is the last of the class.

    Also the first class of a newcomer. Raises Denied, and Refused for a class of another school or of another year,
    or a pupil who has left.
    """
    pupil = locked(pupil_id)
    decision = authorise(actor, "pupil:edit", pupil)
    _fits(pupil, to, HOMEROOM, begins)
    if pupil.homeroom_id == to.id and pupil.attendance_number is not None:
        raise Refused(f"すでに{to.title}に在籍しています。", "to")
    before = standing(pupil)
    close_places(pupil, begins - ONE_DAY, [HOMEROOM])
    former = pupil.homeroom_id
    place = seat(pupil, to, begins)
    place_pointers(pupil, actor.today)
    keep(actor=actor, pupil=pupil, verb="change_class", before=before, applies_from=begins)
    record(actor, "pupil:edit", pupil, decision, "change_class", former=former, to=to.id, number=place.number)
    return place


def join_class(*, actor: Actor, pupil_id: UUID, school_class: SchoolClass, begins: dt.date) -> ClassPupil:
    """教科の授業・交流学級に入る: beside the homeroom. Raises Denied, and Refused when already in it."""
    pupil = locked(pupil_id)
    decision = authorise(actor, "class:manage", school_class)
    _fits(pupil, school_class, SUBJECT, begins)
    again = Q(ends__isnull=True) | Q(ends__gte=begins)
    if ClassPupil.objects.filter(again, pupil=pupil, school_class=school_class).exists():
        raise Refused(f"すでに{school_class.title}に入っています。")
    place = seat(pupil, school_class, begins)
    record(actor, "class:manage", pupil, decision, "join_class", to=school_class.id)
    return place


def leave_class(*, actor: Actor, pupil_id: UUID, school_class: SchoolClass, last_day: dt.date) -> None:
    """教科の授業・交流学級を離れる: the last day still belongs to it. Raises Denied, Refused when not in it."""
    pupil = locked(pupil_id)
    decision = authorise(actor, "class:manage", school_class)
    if school_class.kind != SUBJECT:
        raise Refused("学級を離れるときは、学級の変更か転学の手続きをしてください。")
    open_places = ClassPupil.objects.filter(pupil=pupil, school_class=school_class, begins__lte=last_day)
    if not open_places.filter(Q(ends__isnull=True) | Q(ends__gt=last_day)).update(ends=last_day):
        raise Refused(f"{school_class.title}には入っていません。")
    record(actor, "class:manage", pupil, decision, "leave_class", former=school_class.id)


def assign_teacher(
    *, actor: Actor, school_class: SchoolClass, account_id: UUID, begins: dt.date, primary: bool = True
) -> ClassStaff:
    """担任・教科担任を決める from a day. A new 担任 follows the former one; others teach beside each other.

    Raises Denied, and Refused for somebody who does not serve the school on that day.
    """
    decision = authorise(actor, "class:manage", school_class)
    SchoolClass.objects.select_for_update().get(pk=school_class.pk)
    serving = Q(memberships__ends__isnull=True) | Q(memberships__ends__gte=begins)
    here = Account.objects.filter(
        serving, pk=account_id, memberships__school=school_class.school_id, memberships__begins__lte=begins
    )
    if not here.exists():
        raise Refused("その日にこの学校に勤めていない人は、担任にできません。", "account")
    open_rows = ClassStaff.objects.filter(Q(ends__isnull=True) | Q(ends__gte=begins), school_class=school_class)
    former = open_rows.filter(primary=True) if primary else open_rows.filter(account=account_id)
    former.filter(begins__gte=begins).delete()
    former.update(ends=begins - ONE_DAY)
    row = ClassStaff.objects.create(
        municipality_id=school_class.municipality_id, school_class=school_class, account_id=account_id,
        primary=primary, begins=begins,
    )  # fmt: skip
    append(
        actor=actor, action="class:manage", resource_type="SchoolClass", resource_id=str(school_class.id),
        municipality=school_class.municipality_id, school=school_class.school_id, rules=decision.rules,
        detail={"verb": "assign_teacher", "account": account_id, "primary": primary, "begins": begins},
    )  # fmt: skip
    return row


def _fits(pupil: Pupil, school_class: SchoolClass, kind: str, begins: dt.date) -> None:
    """The class is of this school and of the school year of the day, and the pupil is enrolled then."""
    if school_class.kind != kind or school_class.school_id != pupil.school_id:
        raise Refused("この学校の学級を選んでください。", "to")
    if SchoolYear.of(begins).year != school_class.year:
        raise Refused("その日は、この学級の年度ではありません。", "begins")
    if pupil.left_on is not None and pupil.left_on < begins:
        raise Refused("その日には在籍していない児童生徒です。", "begins")
