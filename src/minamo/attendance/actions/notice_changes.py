"""連絡を直す・取り消す: freely until the deadline, visibly after it. Nothing is deleted: every earlier content stays."""

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal

from django.db import IntegrityError, transaction

from minamo.access.api import Actor, Decision, authorise
from minamo.attendance.actions.announce import announce
from minamo.attendance.actions.notices import (
    CONTENT,
    PHONE_BACK,
    already_told,
    check_possible,
    content_of_notice,
    days_spoken_of,
    hours_of,
    told_before,
)
from minamo.attendance.models import Notice, NoticeChange
from minamo.attendance.notice_content import (
    Content,
    Hours,
    NoticeError,
    check_content,
    content_of,
    first_day_touched,
    past_deadline,
)
from minamo.audit import api as audit
from minamo.kernel import jobs

_DAY = dt.timedelta(days=1)


def correct_notice(
    *,
    actor: Actor,
    notice: Notice,
    kind: str,
    reason: str,
    begins: dt.date,
    ends: dt.date,
    text: str = "",
    symptoms: Sequence[str] = (),
    temperature: Decimal | None = None,
    arrives_at: dt.time | None = None,
    leaves_at: dt.time | None = None,
    returns_on: dt.date | None = None,
) -> Notice:
    """連絡を直す. A running absence keeps its first day and may be shortened to end yesterday (the child comes today).

    Raises Denied, NoticeError. The same content again changes nothing.
    """
    decision = authorise(actor, "notice:change", notice)
    locked = _locked(notice)
    before = content_of_notice(locked)
    after = content_of(
        kind=kind, reason=reason, begins=begins, ends=ends, text=text, symptoms=symptoms, temperature=temperature,
        arrives_at=arrives_at, leaves_at=leaves_at, returns_on=returns_on,
    )  # fmt: skip
    if after == before:
        return locked
    _check_correction(actor, before, after, hours_of(locked.school))
    if (before.begins, before.ends) != (after.begins, after.ends):
        check_possible(locked.pupil, after)
    _save(locked, after)
    touched = first_day_touched(before, after)
    _record(actor, locked, before, NoticeChange.Kind.CORRECTION, touched, decision)
    _tell(actor, locked, [before, after], "corrected")
    return locked


def withdraw_notice(*, actor: Actor, notice: Notice) -> Notice:
    """連絡を取り消す: the row stays with the time of its withdrawal. Again changes nothing.

    Raises NoticeError for a notice that began on an earlier day: shorten it instead, the past was so.
    """
    decision = authorise(actor, "notice:change", notice)
    locked = Notice.objects.select_for_update(of=("self",)).select_related("school").get(pk=notice.pk)
    if locked.withdrawn_at is not None:
        return locked
    if actor.kind == "guardian" and locked.begins < actor.today:
        raise NoticeError("もう始まった連絡は取り消せません。「なおす」で終わりの日を変えてください。")
    before = content_of_notice(locked)
    locked.withdrawn_at = actor.now
    locked.save(update_fields=["withdrawn_at"])
    _record(actor, locked, before, NoticeChange.Kind.WITHDRAWAL, before.begins, decision)
    _tell(actor, locked, [before], "withdrawn")
    return locked


def _save(notice: Notice, after: Content) -> None:
    """Write the content; days that another notice speaks of are left to that one."""
    for name in CONTENT:
        setattr(notice, name, getattr(after, name))
    notice.symptoms = list(after.symptoms)
    try:
        with transaction.atomic():
            notice.save(update_fields=CONTENT)
    except IntegrityError:
        other = already_told(after, notice.pupil, but=notice.pk)
        if other is None:
            raise
        raise told_before(other, notice.pupil) from None


def _locked(notice: Notice) -> Notice:
    locked = Notice.objects.select_for_update(of=("self",)).select_related("school", "pupil").get(pk=notice.pk)
    if locked.withdrawn_at is not None:
        raise NoticeError("取り消した連絡は直せません。新しく連絡してください。")
    return locked


def _check_correction(actor: Actor, before: Content, after: Content, hours: Hours) -> None:
    today = actor.today
    if actor.kind != "guardian":
        check_content(after, today=today, earliest=min(before.begins, today - PHONE_BACK), hours=hours)
        return
    if before.ends < today:
        raise NoticeError("もう終わった連絡は直せません。学校に電話で伝えてください。")
    running = before.begins < today
    if running and after.begins != before.begins:
        raise NoticeError("始まりの日は、もう過ぎたので変えられません。")
    if running and (after.ends < today - _DAY):
        raise NoticeError("終わりの日は、きのうより前にはできません。")
    check_content(after, today=today, earliest=before.begins if running else today, hours=hours)


def _record(
    actor: Actor, notice: Notice, before: Content, kind: NoticeChange.Kind, touched: dt.date, decision: Decision
) -> None:
    late = past_deadline(touched, notice.school.notice_deadline, actor.today, actor.now)
    change = NoticeChange.objects.create(
        municipality_id=notice.municipality_id, notice=notice, kind=kind, before=before.as_json(),
        changed_by_id=actor.account_id, changed_by_label=actor.label[:60], changed_at=actor.now, after_deadline=late,
    )  # fmt: skip
    audit.append(
        actor=actor, action="notice:change", resource_type="Notice", resource_id=str(notice.pk),
        municipality=notice.municipality_id, school=notice.school_id, pupil=notice.pupil_id, rules=decision.rules,
        detail={"change": change.pk, "what": kind.value, "after_deadline": late},
    )  # fmt: skip


def _tell(actor: Actor, notice: Notice, contents: Sequence[Content], what: str) -> None:
    for day in sorted({days_spoken_of(c.begins, c.ends, actor.today) for c in contents}):
        announce(notice.school_id, notice.homeroom_id, day, "notice", [notice.pupil_id])
    jobs.defer(
        "attendance.copy_to_guardians", municipality=str(notice.municipality_id), notice=str(notice.pk), what=what
    )
