"""臨時休業・学級閉鎖を登録する."""

import datetime as dt
from uuid import UUID

from minamo.access.api import Actor, authorise
from minamo.attendance.actions.announce import announce
from minamo.attendance.models import Closure
from minamo.audit import api as audit
from minamo.people.api import SchoolClass
from minamo.tenancy.api import School

LONGEST = dt.timedelta(days=92)


class ClosureError(ValueError):
    """The closure cannot be; the message is for the person who typed it."""


def add_closure(
    *,
    actor: Actor,
    school: School,
    scope: str,
    begins: dt.date,
    ends: dt.date,
    reason: str,
    class_id: UUID | None = None,
    grade: str = "",
) -> Closure:
    """臨時休業にする: a class (学級閉鎖, counts as 出席停止・忌引等), a grade or the school (left out of 授業日数).

    Marks already made in the period stay in the table; the closure decides how the days count. Raises ClosureError.
    """
    decision = authorise(actor, "attendance:closure", school)
    _check(school, scope, begins, ends, reason, class_id, grade)
    closure = Closure.objects.create(
        municipality_id=school.municipality_id, school=school, scope=scope, begins=begins, ends=ends,
        school_class_id=class_id if scope == Closure.Scope.CLASS else None,
        grade=grade if scope == Closure.Scope.GRADE else "", reason=reason.strip(),
        entered_by_id=actor.account_id, entered_at=actor.now,
    )  # fmt: skip
    audit.append(
        actor=actor, action="attendance:closure", resource_type="School", resource_id=str(school.pk),
        municipality=school.municipality_id, school=school.pk, rules=decision.rules,
        detail={"added": closure.pk, "scope": scope, "class": class_id, "grade": grade, "begins": begins, "ends": ends},
    )  # fmt: skip
    _tell(closure, begins)
    return closure


def withdraw_closure(*, actor: Actor, school: School, closure_id: UUID) -> Closure:
    """臨時休業を取り消す: the row stays, with the time of its withdrawal. Raises Closure.DoesNotExist."""
    decision = authorise(actor, "attendance:closure", school)
    closure = Closure.objects.select_for_update().get(pk=closure_id, school=school, withdrawn_at__isnull=True)
    closure.withdrawn_at = actor.now
    closure.save(update_fields=["withdrawn_at"])
    audit.append(
        actor=actor, action="attendance:closure", resource_type="School", resource_id=str(school.pk),
        municipality=school.municipality_id, school=school.pk, rules=decision.rules,
        detail={"withdrawn": closure.pk},
    )  # fmt: skip
    _tell(closure, actor.today)
    return closure


def _check(
    school: School, scope: str, begins: dt.date, ends: dt.date, reason: str, class_id: UUID | None, grade: str
) -> None:
    if scope not in Closure.Scope.values:
        raise ClosureError("範囲（学級・学年・学校）を選んでください。")
    if ends < begins:
        raise ClosureError("終わりの日が、始まりの日より前になっています。")
    if ends - begins > LONGEST:
        raise ClosureError("期間が長すぎます（およそ3か月まで）。")
    if not reason.strip():
        raise ClosureError("理由を入れてください。")
    if scope == Closure.Scope.GRADE and not grade:
        raise ClosureError("学年を選んでください。")
    ours = class_id is not None and SchoolClass.objects.filter(pk=class_id, school=school).exists()
    if scope == Closure.Scope.CLASS and not ours:
        raise ClosureError("学級を選んでください。")


def _tell(closure: Closure, day: dt.date) -> None:
    announce(closure.school_id, closure.school_class_id, day, "closure")
