"""月を締める: the head has looked at a class's month; what changes later is a visible correction with a reason."""

import datetime as dt
import hashlib

from minamo.access.api import Actor, authorise
from minamo.attendance.models import MonthClosing
from minamo.attendance.queries.month import Month, month_of_class
from minamo.attendance.queries.month_cells import UNMARKED
from minamo.audit import api as audit
from minamo.people.api import SchoolClass


class ClosingError(ValueError):
    """The month cannot be closed or opened; the message is for the head."""


def digest_of(month: Month) -> str:
    """内容のハッシュ: SHA-256 over pupil, cells and sums in the order of ids; the same content, the same digest."""
    lines = sorted(
        f"{row.pupil.pupil_id} {','.join(row.cells)} {row.summary.school_days} {row.summary.excused}"
        f" {row.summary.absent} {row.summary.late} {row.summary.early}"
        for row in month.rows
    )
    return hashlib.sha256("\n".join([month.first.isoformat(), *lines]).encode()).hexdigest()


def close_month(*, actor: Actor, school_class: SchoolClass, year: int, month: int) -> MonthClosing:
    """月締め. Raises ClosingError while the month is not over, days are unrecorded, or notices and marks disagree."""
    decision = authorise(actor, "register:close", school_class)
    SchoolClass.objects.select_for_update().get(pk=school_class.pk)
    content = month_of_class(school_class, year, month, actor.today)
    if str(school_class.pk) in content.closings:
        raise ClosingError("この月はもう締めてあります。")
    if not content.over:
        raise ClosingError("まだ授業日が残っています。月の最後の授業日の後に締められます。")
    blank = sum(row.cells.count(UNMARKED) for row in content.rows)
    if blank:
        raise ClosingError(f"記録のない日が{blank}件あります。埋めてから締めてください。")
    open_conflicts = sum(len(row.conflicts) for row in content.rows)
    if open_conflicts:
        raise ClosingError(
            f"連絡との食い違いが{open_conflicts}件残っています。どちらを採るか決めてから締めてください。"
        )
    closing = MonthClosing.objects.create(
        municipality_id=school_class.municipality_id, school_id=school_class.school_id, school_class=school_class,
        month=content.first, closed_by_id=actor.account_id, closed_by_label=actor.label[:60], closed_at=actor.now,
        digest=digest_of(content),
    )  # fmt: skip
    audit.append(
        actor=actor, action="register:close", resource_type="SchoolClass", resource_id=str(school_class.pk),
        municipality=school_class.municipality_id, school=school_class.school_id, rules=decision.rules,
        detail={"month": content.first, "digest": closing.digest},
    )  # fmt: skip
    return closing


def reopen_month(*, actor: Actor, school_class: SchoolClass, year: int, month: int) -> MonthClosing:
    """締めを解く: the closing stays as a row with the time it was lifted. Raises ClosingError when it is not closed."""
    decision = authorise(actor, "register:close", school_class)
    closing = (
        MonthClosing.objects.select_for_update()
        .filter(school_class=school_class, month=dt.date(year, month, 1), reopened_at__isnull=True)
        .first()
    )
    if closing is None:
        raise ClosingError("この月は締めてありません。")
    closing.reopened_at = actor.now
    closing.save(update_fields=["reopened_at"])
    audit.append(
        actor=actor, action="register:close", resource_type="SchoolClass", resource_id=str(school_class.pk),
        municipality=school_class.municipality_id, school=school_class.school_id, rules=decision.rules,
        detail={"month": closing.month, "reopened": closing.pk},
    )  # fmt: skip
    return closing
