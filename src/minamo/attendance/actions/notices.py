"""欠席連絡を送る: a family's notice, or a telephone call typed in by the school. Exactly once, however often it comes."""

import datetime as dt
from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid5

from django.db import connection, transaction

from minamo.access.api import Actor, Decision, authorise
from minamo.attendance.actions.announce import announce
from minamo.attendance.models import Notice
from minamo.attendance.notice_content import (
    KINDS,
    AlreadyTold,
    Content,
    Hours,
    NoticeError,
    check_content,
    check_school_days,
    content_of,
    past_deadline,
)
from minamo.attendance.queries.closures import lesson_days
from minamo.audit import api as audit
from minamo.kernel import jobs
from minamo.kernel.schoolyear import JST
from minamo.kernel.wareki import format_ja, format_time
from minamo.people.api import Pupil, guardians_to_notify
from minamo.tenancy.api import School

__all__ = ["AlreadyTold", "NoticeError", "Sent", "send_notices", "take_call_notice"]

PHONE_BACK = dt.timedelta(days=7)  # a call may still speak of the last days
OLDEST_WRITING = dt.timedelta(days=7)  # a device's clock is believed within this
MOST_CHILDREN = 12
CONTENT = (
    "kind", "reason", "begins", "ends", "text", "symptoms", "temperature", "arrives_at", "leaves_at", "returns_on",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Sent:
    """届いた連絡, one per child. `repeated`: the same notice had come before and nothing was changed."""

    notices: tuple[Notice, ...]
    repeated: bool


def send_notices(
    *,
    actor: Actor,
    pupils: Sequence[Pupil],
    kind: str,
    reason: str,
    begins: dt.date,
    ends: dt.date,
    key: UUID,
    text: str = "",
    symptoms: Sequence[str] = (),
    temperature: Decimal | None = None,
    arrives_at: dt.time | None = None,
    leaves_at: dt.time | None = None,
    returns_on: dt.date | None = None,
    written_at: dt.datetime | None = None,
) -> Sent:
    """欠席連絡を送る, for each child (`pupils` with their school loaded). `key` is the sender's idempotency key.

    The same key again gives back the first result, whatever else has changed since. Raises Denied for a child who is
    not the actor's, NoticeError for content that cannot be taken.
    """
    if not pupils or len(pupils) > MOST_CHILDREN:
        raise NoticeError("どのお子さんの連絡かを選んでください。", "pupil")
    decisions = [authorise(actor, "notice:send", pupil) for pupil in pupils]
    content = content_of(
        kind=kind, reason=reason, begins=begins, ends=ends, text=text, symptoms=symptoms, temperature=temperature,
        arrives_at=arrives_at, leaves_at=leaves_at, returns_on=returns_on,
    )  # fmt: skip
    try:
        for pupil in pupils:
            check_content(content, today=actor.today, earliest=actor.today, hours=hours_of(pupil.school))
            check_possible(pupil, content, named=len(pupils) > 1)
    except NoticeError:
        # A repetition after midnight of what was taken before it: the first answer got lost on the way.
        if found := _earlier(actor, pupils, key):
            return Sent(found, True)
        raise
    written = _believed(written_at, actor.now)
    results, told = [], []
    with transaction.atomic() if len(pupils) > 1 else nullcontext():  # all children or none
        for pupil, decision in zip(pupils, decisions, strict=True):
            try:
                results.append(_send(actor, pupil, content, uuid5(key, str(pupil.pk)), written, decision))
            except AlreadyTold as earlier:
                told.append(earlier)
        if told:
            raise _none_sent(told, pupils)
    return Sent(tuple(notice for notice, _ in results), not any(new for _, new in results))


def _none_sent(told: Sequence[AlreadyTold], pupils: Sequence[Pupil]) -> AlreadyTold:
    """Some of several children are told of already: nothing was sent, and of whom that is true, in words."""
    known = {child: notice for earlier in told for child, notice in earlier.told.items()}
    rest = [pupil for pupil in pupils if pupil.pk not in known]
    text = "".join(str(earlier) for earlier in told)
    if rest:
        names = "・".join(f"{pupil.given or pupil.display_name}さん" for pupil in rest)
        text += f"{names}の連絡は、まだ送られていません。もう一度「送る」を押すと、{names}の分だけ送ります。"
    return AlreadyTold(text, known, [pupil.pk for pupil in rest])


def take_call_notice(
    *,
    actor: Actor,
    pupil: Pupil,
    kind: str,
    reason: str,
    begins: dt.date,
    ends: dt.date,
    caller_label: str,
    key: UUID,
    text: str = "",
    arrives_at: dt.time | None = None,
    leaves_at: dt.time | None = None,
) -> Notice:
    """電話の連絡を書き込む, for a family that called (`pupil` with the school loaded); goes the same way as an app notice.

    The same key again gives back the first result. Raises Denied, NoticeError.
    """
    decision = authorise(actor, "notice:take-call", pupil.school)
    content = content_of(
        kind=kind, reason=reason, begins=begins, ends=ends, text=text, arrives_at=arrives_at, leaves_at=leaves_at
    )
    caller = caller_label.strip()
    if not caller or len(caller) > 60:
        raise NoticeError("どなたからの電話かを入れてください（60字まで）。", "caller")
    check_content(content, today=actor.today, earliest=actor.today - PHONE_BACK, hours=hours_of(pupil.school))
    check_possible(pupil, content)
    notice = _new(actor, pupil, content, uuid5(key, str(pupil.pk)), actor.now)
    notice.channel, notice.sender_label, notice.entered_by_label = Notice.Channel.PHONE, caller, actor.label[:60]
    kept, new = _keep(actor, notice, content, pupil)
    if new:
        _tell(actor, kept, "notice:take-call", decision, copies=True)
    return kept


def check_possible(pupil: Pupil, content: Content, *, named: bool = False) -> None:
    """Raise NoticeError for a child who will have left the school by then, and for days without lessons (closures looked
    at). With `named` the sentence says which child. Two queries."""
    name = pupil.given or pupil.display_name
    if pupil.left_on is not None and pupil.left_on < content.begins:
        raise NoticeError(f"{name}さんは、この学校に在籍していません。")
    check_school_days(content, lesson_days(pupil, content.begins, content.ends), name if named else "")


def hours_of(school: School) -> Hours:
    """来る・帰る時刻の範囲 as the school has set it."""
    return Hours(school.first_time, school.last_time)


def already_told(content: Content, pupil: Pupil, *, but: UUID | None = None) -> Notice | None:
    """The notice that speaks of one of these days already, if it is not withdrawn."""
    live = Notice.objects.filter(pupil=pupil.pk, withdrawn_at__isnull=True)
    if but is not None:
        live = live.exclude(pk=but)
    return live.filter(begins__lte=content.ends, ends__gte=content.begins).order_by("begins").first()


def told_before(notice: Notice, pupil: Pupil) -> AlreadyTold:
    """すでに届いています, in words: whose, which days, from whom and when."""
    days = format_ja(notice.begins) + (f"〜{format_ja(notice.ends)}" if notice.ends != notice.begins else "")
    at = format_time(notice.received_at.astimezone(JST))
    who = pupil.given or pupil.display_name
    return AlreadyTold(
        f"{who}さんの{days}は、「{KINDS[notice.kind]}」の連絡がすでに届いています（{notice.sender_label}　{at}）。"
        "変わったことは、その連絡をなおして伝えてください。",
        {pupil.pk: notice.pk},
    )


def days_spoken_of(begins: dt.date, ends: dt.date, today: dt.date) -> dt.date:
    """The day whose screens a notice touches first: today when it holds today, otherwise its first day."""
    return today if begins <= today <= ends else begins


def _send(
    actor: Actor, pupil: Pupil, content: Content, key: UUID, written: dt.datetime, decision: Decision
) -> tuple[Notice, bool]:
    family = guardians_to_notify(pupil.pk, actor.today)
    relation = next((g.relation for g in family if g.account_id == actor.account_id), "")
    notice = _new(actor, pupil, content, key, written)
    notice.channel, notice.sender_label = Notice.Channel.APP, relation or actor.label[:60]
    kept, new = _keep(actor, notice, content, pupil)
    if new:
        others = any(g.account_id is not None and g.account_id != actor.account_id for g in family)
        _tell(actor, kept, "notice:send", decision, copies=others)
    return kept, new


def _new(actor: Actor, pupil: Pupil, content: Content, key: UUID, written: dt.datetime) -> Notice:
    return Notice(
        municipality_id=pupil.municipality_id, school_id=pupil.school_id, pupil_id=pupil.pk,
        homeroom_id=pupil.homeroom_id, kind=content.kind, reason=content.reason, text=content.text,
        symptoms=list(content.symptoms), temperature=content.temperature, begins=content.begins, ends=content.ends,
        arrives_at=content.arrives_at, leaves_at=content.leaves_at, returns_on=content.returns_on,
        sender_id=actor.account_id, key=key, written_at=written, received_at=actor.now,
        after_deadline=past_deadline(content.begins, pupil.school.notice_deadline, actor.today, actor.now),
    )  # fmt: skip


def _keep(actor: Actor, notice: Notice, content: Content, pupil: Pupil) -> tuple[Notice, bool]:
    """Insert, or find what the same key brought before, or the same content from the same person.

    A day that another notice speaks of raises AlreadyTold; a key somebody else has used is refused.
    """
    fields = Notice._meta.concrete_fields
    columns, marks = ", ".join(str(f.column) for f in fields), ", ".join(["%s"] * len(fields))
    values: list[Any] = [f.get_db_prep_save(getattr(notice, f.attname), connection) for f in fields]
    with connection.cursor() as cursor:
        cursor.execute(f"INSERT INTO attendance_notice ({columns}) VALUES ({marks}) ON CONFLICT DO NOTHING", values)
        if cursor.rowcount == 1:
            notice._state.adding = False
            return notice, True
    found = Notice.objects.filter(key=notice.key, sender=actor.account_id).first()
    if found is None and (earlier := already_told(content, pupil)) is not None:
        if earlier.sender_id != actor.account_id or content_of_notice(earlier) != content:
            raise told_before(earlier, pupil)
        found = earlier  # "back", and sent once more
    if found is None:
        raise NoticeError("この連絡は受け付けられませんでした。はじめから入れ直してください。")
    return found, False


def content_of_notice(notice: Notice) -> Content:
    """The content of a notice as it stands."""
    return content_of(**{name: getattr(notice, name) for name in CONTENT})


def _earlier(actor: Actor, pupils: Sequence[Pupil], key: UUID) -> tuple[Notice, ...]:
    """What this key brought before; empty unless it brought one for every child named."""
    keys = [uuid5(key, str(pupil.pk)) for pupil in pupils]
    found = {notice.key: notice for notice in Notice.objects.filter(key__in=keys, sender=actor.account_id)}
    return tuple(found[k] for k in keys) if len(found) == len(keys) else ()


def _believed(written_at: dt.datetime | None, now: dt.datetime) -> dt.datetime:
    """書いた時刻 as the device says, kept within what is possible."""
    return now if written_at is None else min(max(written_at, now - OLDEST_WRITING), now)


def _tell(actor: Actor, notice: Notice, action: str, decision: Decision, *, copies: bool) -> None:
    """The trail, the open screens, and the copy to the other guardians (against impersonation)."""
    audit.append(
        actor=actor, action=action, resource_type="Notice", resource_id=str(notice.pk),
        municipality=notice.municipality_id, school=notice.school_id, pupil=notice.pupil_id, rules=decision.rules,
        detail={"kind": notice.kind, "begins": notice.begins, "ends": notice.ends, "channel": notice.channel},
    )  # fmt: skip
    day = days_spoken_of(notice.begins, notice.ends, actor.today)
    announce(notice.school_id, notice.homeroom_id, day, "notice", [notice.pupil_id])
    if copies:
        jobs.defer(
            "attendance.copy_to_guardians", municipality=str(notice.municipality_id), notice=str(notice.pk), what="new"
        )
