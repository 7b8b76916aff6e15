"""家庭から見た出欠: today of one's children, their notices, a child's month. The school's own notes never come here."""

import datetime as dt
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Max

from minamo.access.api import Actor
from minamo.attendance.codes import CodeTable, code_table
from minamo.attendance.models import Closure, Mark, Notice, Resolution
from minamo.attendance.queries.day import ClosureRow, DayFacts, Place, day_facts
from minamo.attendance.queries.month import month_bounds
from minamo.attendance.queries.month_cells import cell_of
from minamo.attendance.rules import (
    ClosureFact,
    Counts,
    DayState,
    EnrolmentFact,
    MarkFact,
    NoticeFact,
    ResolutionFact,
    Source,
    counts_of,
    effective,
)
from minamo.attendance.sums import Summary, month_summary
from minamo.curriculum.api import CalendarPeriod, calendar_periods, open_on
from minamo.kernel.schoolyear import JST
from minamo.kernel.wareki import format_ja
from minamo.people.api import Child

HISTORY = 60  # notices shown in the list


@dataclass(frozen=True, slots=True)
class Coming:
    """これからの連絡: a notice that still holds, and what a closure does to it, in a sentence (empty when nothing)."""

    notice: Notice
    shut: str


@dataclass(frozen=True, slots=True)
class Today:
    """きょうのようす of one child as the family sees it. `tone` good, warn, bad, stop or empty; `open`: nothing is known
    yet and the day is a school day, so a notice is the next thing to do. `told` speaks of today: what changes is a
    correction of it. `lessons`: today has lessons for the child. `closures` are those of today and to come."""

    child: Child
    text: str
    tone: str
    open: bool
    lessons: bool
    told: Notice | None
    notices: tuple[Coming, ...]
    closures: tuple[ClosureFact, ...]


@dataclass(frozen=True, slots=True)
class ChildDay:
    """月の一日: what the school recorded, in the words of the family. Empty `label`: nothing recorded (yet)."""

    day: dt.date
    label: str
    tone: str
    off: bool


@dataclass(frozen=True, slots=True)
class ChildMonth:
    """一人の月."""

    first: dt.date
    days: tuple[ChildDay, ...]
    summary: Summary


def today_of_children(actor: Actor, children: Sequence[Child]) -> list[Today]:
    """きょうのようす of one's children. One query per school, one for the notices that still hold, one for closures."""
    facts: dict[UUID, DayFacts] = {}
    for child in children:
        if child.school_id not in facts:
            ids = [c.pupil_id for c in children if c.school_id == child.school_id]
            facts[child.school_id] = day_facts(
                municipality_id=child.municipality_id, school_id=child.school_id, pupil_ids=ids, day=actor.today
            )
    holding: dict[UUID, list[Notice]] = defaultdict(list)
    rows = Notice.objects.visible_to(actor).filter(ends__gte=actor.today, withdrawn_at__isnull=True)
    for notice in rows.order_by("begins", "received_at"):
        holding[notice.pupil_id].append(notice)
    shut = _coming_closures(list(facts), actor.today)
    return [
        _today(facts[child.school_id], child, tuple(holding[child.pupil_id]), shut[child.school_id])
        for child in children
    ]


def _coming_closures(school_ids: Sequence[UUID], today: dt.date) -> dict[UUID, list[ClosureRow]]:
    found: dict[UUID, list[ClosureRow]] = defaultdict(list)
    rows = Closure.objects.filter(school__in=school_ids, ends__gte=today, withdrawn_at__isnull=True).order_by("begins")
    for school_id, scope, class_id, grade, begins, ends in rows.values_list(
        "school_id", "scope", "school_class_id", "grade", "begins", "ends"
    ):
        found[school_id].append(ClosureRow(scope, str(class_id) if class_id else None, grade, begins, ends, ""))
    return found


def _shut(notice: Notice, closures: Sequence[ClosureFact]) -> str:
    """休業と重なる連絡: whether the notice is still needed."""
    for closure in closures:
        if closure.begins <= notice.begins and notice.ends <= closure.ends:
            return f"{closure.name}のため、この連絡は要らなくなりました。"
    days = "・".join(
        format_ja(max(c.begins, notice.begins)) + ("" if c.begins == c.ends else f"〜{format_ja(min(c.ends, notice.ends))}")
        + f"は{c.name}です"
        for c in closures if c.begins <= notice.ends and notice.begins <= c.ends
    )  # fmt: skip
    return f"{days}。ほかの日の連絡は、届いています。" if days else ""


def _today(facts: DayFacts, child: Child, notices: tuple[Notice, ...], closed: Sequence[ClosureRow]) -> Today:
    place = Place(child.pupil_id, child.homeroom_id or child.school_id, child.grade, dt.date.min, None)
    state = facts.state(place)
    closures = tuple(ClosureFact(c.scope, c.begins, c.ends) for c in closed if c.touches(place))
    mark = facts.marks.get(str(child.pupil_id))
    since = mark.at if mark else None
    text, tone = _words(state, facts, since, next((n for n in notices if str(n.pk) == state.notice_id), None))
    lessons = state.source not in {Source.CALENDAR, Source.CLOSURE, Source.ENROLMENT}
    told = next((n for n in notices if n.begins <= facts.day <= n.ends), None) if lessons else None
    coming = tuple(Coming(notice, _shut(notice, closures)) for notice in notices)
    return Today(child, text, tone, state.source is Source.NONE, lessons, told, coming, closures)


def _words(state: DayState, facts: DayFacts, since: dt.datetime | None, notice: Notice | None) -> tuple[str, str]:
    """(sentence, tone) for the card."""
    if state.source is Source.NONE:
        return "", ""
    if state.source in {Source.CALENDAR, Source.ENROLMENT}:
        return "きょうは、授業のない日です", ""
    if state.source is Source.CLOSURE:
        return ("きょうは臨時休業です" if state.code == "NOT_REQUIRED" else "きょうは学級閉鎖です"), "stop"
    if state.source is Source.NOTICE and notice is not None:
        return f"{notice.get_kind_display()}の連絡が学校に届いています　{clock(notice.received_at)}", "good"
    if state.conflict:
        return "ご連絡と学校の記録が違っています。学校が確かめています", "warn"
    code = facts.codes.codes[state.code]
    at = f"　{clock(since)}" if since else ""
    if code.counts is Counts.PRESENT:
        if code.late or code.early:
            return f"{code.label}と記録されました{at}", "warn"
        return f"✓ 登校しました{at}", "good"
    return f"「{_plain(code.label)}」と記録されました{at}", "stop" if code.counts is Counts.EXCUSED else "bad"


def clock(moment: dt.datetime) -> str:
    """8:20 in Japanese time."""
    local = moment.astimezone(JST)
    return f"{local.hour}:{local.minute:02d}"


def _plain(label: str) -> str:
    """事故による欠席（…） is the register's word; a family reads 欠席."""
    return "欠席" if "欠席" in label else label


def notices_of_family(actor: Actor) -> list[Notice]:
    """連絡の履歴 of one's children, newest first, with corrections. Two queries."""
    return list(Notice.objects.visible_to(actor).prefetch_related("changes").order_by("-received_at")[:HISTORY])


def notices_by_id(actor: Actor, ids: Sequence[UUID]) -> list[Notice]:
    """The named notices, as far as they are one's own. One query."""
    return list(Notice.objects.visible_to(actor).filter(pk__in=list(ids)).order_by("begins", "id"))


def month_of_child(child: Child, year: int, month: int, until: dt.date) -> ChildMonth:
    """一人の月, up to `until`. The caller has been authorised for the child. Seven queries. Raises ValueError."""
    first, last = month_bounds(year, month)
    table = code_table(child.municipality_id)
    calendar = calendar_periods(child.school_id, first, last)
    marks = {
        day: MarkFact(code, at)
        for day, code, at in Mark.objects.filter(pupil=child.pupil_id, day__range=(first, last)).values_list(
            "day", "code", "marked_at"
        )
    }
    notices = _notices(child.pupil_id, first, last)
    closures = _closures(child, first, last)
    settled = _settled(child.pupil_id, first, last)
    states = [
        _state(first + dt.timedelta(days=n), child, marks, notices, closures, settled, calendar, table)
        for n in range((last - first).days + 1)
    ]
    days = [first + dt.timedelta(days=n) for n in range(len(states))]
    seen = [state for day, state in zip(days, states, strict=True) if day <= until]
    return ChildMonth(
        first,
        tuple(_day(day, state, table, until) for day, state in zip(days, states, strict=True)),
        month_summary(seen, table.codes),
    )


def _notices(pupil_id: UUID, first: dt.date, last: dt.date) -> list[NoticeFact]:
    rows = Notice.objects.filter(pupil=pupil_id, begins__lte=last, ends__gte=first, withdrawn_at__isnull=True)
    return [
        NoticeFact(str(n.pk), n.kind, n.reason, n.begins, n.ends, n.received_at, n.corrected_at or n.received_at)
        for n in rows.annotate(corrected_at=Max("changes__changed_at"))
    ]  # fmt: skip


def _closures(child: Child, first: dt.date, last: dt.date) -> list[ClosureFact]:
    place = Place(child.pupil_id, child.homeroom_id or child.school_id, child.grade, first, None)
    rows = Closure.objects.filter(school=child.school_id, begins__lte=last, ends__gte=first, withdrawn_at__isnull=True)
    found = (
        ClosureRow(r.scope, str(r.school_class_id) if r.school_class_id else None, r.grade, r.begins, r.ends, "")
        for r in rows
    )
    return [ClosureFact(row.scope, row.begins, row.ends) for row in found if row.touches(place)]


def _settled(pupil_id: UUID, first: dt.date, last: dt.date) -> dict[dt.date, list[ResolutionFact]]:
    """食い違いの決着 by day: the calendar of the family says what the register says."""
    found: dict[dt.date, list[ResolutionFact]] = defaultdict(list)
    rows = Resolution.objects.filter(notice__pupil=pupil_id, day__range=(first, last))
    for notice_id, day, holds, at in rows.values_list("notice_id", "day", "holds", "decided_at"):
        found[day].append(ResolutionFact(str(notice_id), holds, at))
    return found


def _state(
    day: dt.date,
    child: Child,
    marks: dict[dt.date, MarkFact],
    notices: Sequence[NoticeFact],
    closures: Sequence[ClosureFact],
    settled: dict[dt.date, list[ResolutionFact]],
    calendar: list[CalendarPeriod],
    table: CodeTable,
) -> DayState:
    return effective(
        day, mark=marks.get(day), notices=notices, closures=closures,
        enrolment=EnrolmentFact(dt.date.min, child.left_on), is_school_day=open_on(day, calendar, child.grade),
        codes=table.codes, resolutions=settled.get(day, ()),
    )  # fmt: skip


def _day(day: dt.date, state: DayState, table: CodeTable, until: dt.date) -> ChildDay:
    fixed = state.source in {Source.CALENDAR, Source.CLOSURE, Source.ENROLMENT}
    if cell_of(state) in {"off", "shut"} or state.source is Source.ENROLMENT:
        return ChildDay(day, "臨時休業" if state.source is Source.CLOSURE else "", "", True)
    if state.code == "" or (day > until and not fixed and state.source is not Source.NOTICE):
        return ChildDay(day, "", "", False)
    code = table.codes[state.code]
    tone = {Counts.PRESENT: "good", Counts.ABSENT: "bad", Counts.EXCUSED: "stop"}.get(counts_of(state, table.codes), "")
    if code.counts is Counts.PRESENT and (code.late or code.early):
        tone = "warn"
    return ChildDay(day, _plain(code.short_label.split("・")[0]) if tone == "bad" else code.short_label, tone, False)
