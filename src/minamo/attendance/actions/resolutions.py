"""食い違いを決める: notice and mark disagree; somebody looked and says which holds. Both rows stay."""

import datetime as dt
from uuid import UUID

from minamo.access.api import Actor, authorise
from minamo.attendance.actions.announce import announce
from minamo.attendance.models import Notice, Resolution
from minamo.audit import api as audit
from minamo.people.api import SchoolClass, roster_of_class


class ResolutionError(ValueError):
    """The disagreement cannot be settled like this; the message is for the teacher."""


def resolve(*, actor: Actor, school_class: SchoolClass, day: dt.date, notice_id: UUID, holds: str) -> Resolution:
    """どちらを採るか決める: `holds` is mark or notice. Holds until either side changes again.

    Raises ResolutionError for a notice that is not about a child of this class on this day.
    """
    decision = authorise(actor, "register:mark", school_class)
    if holds not in Resolution.Holds.values:
        raise ResolutionError("先生の記録か、保護者の連絡かを選んでください。")
    notice = Notice.objects.select_for_update().filter(pk=notice_id, begins__lte=day, ends__gte=day).first()
    members = {pupil.pupil_id for pupil in roster_of_class(school_class.pk, day)}
    if notice is None or notice.pupil_id not in members:
        raise ResolutionError("この学級の連絡ではありません。画面を開き直してください。")
    row = Resolution.objects.create(
        municipality_id=notice.municipality_id, notice=notice, day=day, holds=holds, decided_by_id=actor.account_id,
        decided_by_label=actor.label[:60], decided_at=actor.now,
    )  # fmt: skip
    audit.append(
        actor=actor, action="register:mark", resource_type="SchoolClass", resource_id=str(school_class.pk),
        municipality=school_class.municipality_id, school=school_class.school_id, pupil=notice.pupil_id,
        rules=decision.rules, detail={"day": day, "notice": notice.pk, "holds": holds},
    )  # fmt: skip
    announce(school_class.school_id, school_class.pk, day, "mark", [notice.pupil_id])
    return row
