"""臨時休業・学級閉鎖を登録する."""

import datetime as dt
from uuid import UUID

from django.db import connection

from minamo.access.api import Actor, authorise
from minamo.attendance.actions.announce import announce
from minamo.attendance.models import Closure
from minamo.attendance.queries.closures import closed_days, covering, named
from minamo.audit import api as audit
from minamo.kernel.wareki import format_ja
from minamo.people.api import SchoolClass
from minamo.tenancy.api import School

LONGEST = dt.timedelta(days=92)
_LOCK = "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))"


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

    Marks already made in the period stay in the table; the closure decides how the days count. Raises ClosureError, also
    when the period has no school day or when a closure that is already there says the same for one of its days.
    """
    decision = authorise(actor, "attendance:closure", school)
    school_class = _check(school, scope, begins, ends, reason, class_id, grade)
    closure = Closure(
        municipality_id=school.municipality_id, school=school, scope=scope, begins=begins, ends=ends,
        school_class=school_class, grade=grade if scope == Closure.Scope.GRADE else "", reason=reason.strip(),
        entered_by_id=actor.account_id, entered_at=actor.now,
    )  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(_LOCK, [f"closures:{school.pk}"])
    _check_days(school, closure)
    closure.save(force_insert=True)
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


def _check_days(school: School, closure: Closure) -> None:
    period = f"{format_ja(closure.begins)}から{format_ja(closure.ends)}まで"
    if closure.begins == closure.ends:
        period = format_ja(closure.begins)
    if not closed_days(school.pk, [closure])[closure.pk]:
        raise ClosureError(f"{period}には、休みにする授業日がありません。日付を確かめてください。")
    if (there := covering(closure)) is not None:
        raise ClosureError(
            f"{named(there, school.kind)}は、{format_ja(there.begins)}から{format_ja(there.ends)}まで"
            f"（{there.reason}）がもう登録されています。延ばすときは、続きの日だけを登録してください。"
        )


def _check(
    school: School, scope: str, begins: dt.date, ends: dt.date, reason: str, class_id: UUID | None, grade: str
) -> SchoolClass | None:
    """The class of a 学級閉鎖, None for wider scopes."""
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
    if scope != Closure.Scope.CLASS:
        return None
    ours: SchoolClass | None = None
    if class_id is not None:
        ours = SchoolClass.objects.filter(pk=class_id, school=school).first()
    if ours is None:
        raise ClosureError("学級を選んでください。")
    return ours


def _tell(closure: Closure, day: dt.date) -> None:
    announce(closure.school_id, closure.school_class_id, day, "closure")
