"""食い違いを決める: notice and mark disagree; somebody looked and says which holds. Both rows stay, and where the day then
counts differently it is a correction like any other."""

import datetime as dt
from dataclasses import replace
from uuid import UUID

from minamo.access.api import Actor, authorise
from minamo.attendance.actions.announce import announce
from minamo.attendance.actions.marks import MonthClosed, lock_register
from minamo.attendance.models import MarkChange, Notice, Resolution
from minamo.attendance.newer import Newer, NewerRecord, Seen, overtaken
from minamo.attendance.queries.classday import Register, place_of, read_register
from minamo.attendance.queries.day import Correction
from minamo.attendance.rules import ResolutionFact
from minamo.audit import api as audit
from minamo.people.api import SchoolClass

HEARD = "保護者の連絡を採った"


class ResolutionError(ValueError):
    """The disagreement cannot be settled like this; the message is for the teacher."""


def resolve(
    *,
    actor: Actor,
    school_class: SchoolClass,
    day: dt.date,
    notice_id: UUID,
    holds: str,
    reason: str = "",
    seen: Seen | None = None,
) -> Register:
    """どちらを採るか決める: `holds` is mark or notice. Holds until either side changes again. `seen` is what the row showed.

    Raises ResolutionError for a notice that is not about a child of this class on this day, or where nothing disagrees;
    MonthClosed when the month is closed and no reason is given; NewerRecord where somebody else has marked or settled since.
    """
    decision = authorise(actor, "register:mark", school_class)
    if holds not in Resolution.Holds.values:
        raise ResolutionError("先生の記録か、保護者の連絡かを選んでください。")
    lock_register(school_class, day)
    notice = Notice.objects.select_for_update().filter(pk=notice_id, begins__lte=day, ends__gte=day).first()
    register = read_register(school_class, day)
    member = next((p for p in register.roster if notice is not None and p.pupil_id == notice.pupil_id), None)
    if notice is None or member is None:
        raise ResolutionError("この学級の連絡ではありません。画面を開き直してください。")
    state = register.facts.state(place_of(member))
    if not state.mark_code or state.notice_id != str(notice.pk):
        raise ResolutionError("食い違いは、もうありません。画面を開き直してください。")
    closed = str(school_class.pk) in register.facts.closed_classes
    if closed and not reason.strip():
        raise MonthClosed("この月はもう締めてあります。直すときは理由を書いてください。")
    after = state.notice_code if holds == Resolution.Holds.NOTICE else state.mark_code
    touch = register.facts.touched(str(member.pupil_id))
    if touch and (state.conflict or state.code != after) and overtaken(seen, touch.at, touch.by, actor.account_id):
        raise NewerRecord([Newer(member.pupil_id, touch.at)])
    Resolution.objects.create(
        municipality_id=notice.municipality_id, notice=notice, day=day, holds=holds, decided_by_id=actor.account_id,
        decided_by_label=actor.label[:60], decided_at=actor.now,
    )  # fmt: skip
    corrected = _correct(actor, register, notice, (state.code, after), reason.strip(), closed)
    audit.append(
        actor=actor, action="register:mark", resource_type="SchoolClass", resource_id=str(school_class.pk),
        municipality=school_class.municipality_id, school=school_class.school_id, pupil=notice.pupil_id,
        rules=decision.rules,
        detail={"day": day, "notice": notice.pk, "holds": holds, "after_closing": closed},
    )  # fmt: skip
    announce(school_class.school_id, school_class.pk, day, "mark", [notice.pupil_id])
    return _renewed(actor, register, notice, holds, corrected)


def _correct(
    actor: Actor, register: Register, notice: Notice, codes: tuple[str, str], reason: str, closed: bool
) -> Correction | None:
    """訂正として残す, when the day now counts differently."""
    before, after = codes
    if before == after:
        return None
    mark = register.facts.marks[str(notice.pupil_id)]
    row = MarkChange.objects.create(
        municipality_id=notice.municipality_id, pupil_id=notice.pupil_id, day=register.facts.day, before=before,
        after=after, reason=reason or HEARD, after_closing=closed, before_at=mark.at, before_by_label=mark.label,
        changed_by_id=actor.account_id, changed_by_label=actor.label[:60], changed_at=actor.now,
    )  # fmt: skip
    return Correction(
        before, after, row.reason, closed, row.changed_by_label, actor.now, mark.at, mark.label, str(actor.account_id)
    )


def _renewed(actor: Actor, register: Register, notice: Notice, holds: str, corrected: Correction | None) -> Register:
    """The register as it stands after the decision."""
    facts, key = register.facts, str(notice.pupil_id)
    made = ResolutionFact(str(notice.pk), holds, actor.now, actor.label[:60], str(actor.account_id))
    facts.words[key] = [
        replace(word, resolutions=(*word.resolutions, made)) if word.fact.id == made.notice_id else word
        for word in facts.words[key]
    ]
    if corrected is not None:
        facts.corrections[key].append(corrected)
    return Register(register.roster, facts, (notice.pupil_id,))
