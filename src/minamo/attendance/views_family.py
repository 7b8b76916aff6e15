"""家庭の画面: the notice form, what was sent, corrections, and a child's month. Phone first, works without JavaScript."""

import calendar
import datetime as dt
from collections.abc import Sequence
from typing import Any
from uuid import UUID, uuid4

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.middleware.csrf import get_token
from django.shortcuts import redirect, render
from django.urls import reverse

from minamo.access.api import Actor, may
from minamo.attendance.actions.notice_changes import correct_notice, withdraw_notice
from minamo.attendance.actions.notices import Sent, send_notices
from minamo.attendance.family_form import read_content, read_form
from minamo.attendance.models import Notice
from minamo.attendance.notice_content import AHEAD, KINDS, REASONS, SYMPTOMS, AlreadyTold, NoticeError, past_deadline
from minamo.attendance.queries.family import clock, month_of_child, notices_by_id, notices_of_family
from minamo.curriculum.api import national_holiday
from minamo.kernel.ids import id_of
from minamo.kernel.schoolyear import JST
from minamo.kernel.wareki import format_ja
from minamo.people.api import Child, Pupil, children_of, pupil_card
from minamo.tenancy.api import schools_of

_DAY = dt.timedelta(days=1)
_SLOW = dt.timedelta(minutes=2)  # from here on 書いた時刻 is worth saying
MOST_SHOWN = 12
_NEEDED = (
    "municipality_id", "school_id", "homeroom_id", "left_on", "grade", "family", "middle", "given", "school__notice_deadline",
)  # fmt: skip


def notice_new(request: HttpRequest) -> HttpResponse:
    """欠席連絡の用紙, with the child, the kind and the day of the button that led here."""
    actor = _guardian(request)
    values = {
        "pupil": request.GET.getlist("child"), "kind": request.GET.get("kind", "absent"),
        "when": "period" if request.GET.get("when") == "later" else actor.today.isoformat(),
        "begins": next_weekday(actor.today).isoformat(), "key": str(uuid4()),
    }  # fmt: skip
    return _form_page(request, actor, values)


def notices(request: HttpRequest) -> HttpResponse:
    """連絡の履歴 (GET); a new notice (POST), as a form or, from the waiting line of a device, as JSON."""
    actor = _guardian(request)
    if request.method != "POST":
        names = {child.pupil_id: child for child in children_of(actor)}
        rows = notices_of_family(actor)
        return render(
            request, "attendance/family_notices.html", {"notices": rows, "names": names, "today": actor.today}
        )
    as_json = request.content_type == "application/json"
    try:
        sent = _send(request, actor)
    except NoticeError as error:
        told = error.notice if isinstance(error, AlreadyTold) else None
        if as_json:
            place = {"url": reverse("attendance-notice", kwargs={"notice_id": told})} if told else {}
            return JsonResponse({"error": str(error), **place}, status=422)
        values = {**request.POST.dict(), "pupil": request.POST.getlist("pupil"),
                  "symptoms": request.POST.getlist("symptoms")}  # fmt: skip
        return _form_page(request, actor, values, error=str(error), told=told)
    where = reverse("attendance-notice-sent") + "?" + "&".join(f"n={notice.pk}" for notice in sent.notices)
    if not as_json:
        return redirect(where)
    received = [{"id": str(n.pk), "pupil": str(n.pupil_id), "received": clock(n.received_at)} for n in sent.notices]
    return JsonResponse({"notices": received, "url": where}, status=200 if sent.repeated else 201)


def notice_sent(request: HttpRequest) -> HttpResponse:
    """届きました: what the school now sees, with the ways to mend it."""
    actor = _guardian(request)
    found = notices_by_id(actor, [key for text in request.GET.getlist("n")[:MOST_SHOWN] if (key := id_of(text))])
    if not found:
        raise Http404
    names = {child.pupil_id: child for child in children_of(actor)}
    return render(request, "attendance/family_sent.html", {"notices": found, "names": names, "today": actor.today})


def queue(request: HttpRequest) -> JsonResponse:
    """What a device needs to send what it wrote without a line: a fresh token, whose account this is, which children."""
    actor = _guardian(request)
    children = [{"id": str(c.pupil_id), "name": given_name(c), "place": _place(c)} for c in children_of(actor)]
    return JsonResponse({"token": get_token(request), "account": str(actor.account_id), "children": children})


def notice(request: HttpRequest, notice_id: UUID) -> HttpResponse:
    """一つの連絡: content, how it came, its earlier contents, the form to mend it."""
    return _notice_page(request, request.loaded.row)  # type: ignore[attr-defined]


def corrections(request: HttpRequest, notice_id: UUID) -> HttpResponse:
    """連絡を直す."""
    row: Notice = request.loaded.row  # type: ignore[attr-defined]
    try:
        correct_notice(actor=request.actor, notice=row, **read_content(request.POST))  # type: ignore[attr-defined]
    except NoticeError as error:
        return _notice_page(request, row, error=str(error), values=request.POST.dict())
    return redirect("attendance-notice", notice_id=row.pk)


def withdrawal(request: HttpRequest, notice_id: UUID) -> HttpResponse:
    """連絡を取り消す."""
    row: Notice = request.loaded.row  # type: ignore[attr-defined]
    try:
        withdraw_notice(actor=request.actor, notice=row)  # type: ignore[attr-defined]
    except NoticeError as error:
        return _notice_page(request, row, error=str(error))
    return redirect("attendance-notice", notice_id=row.pk)


def children(request: HttpRequest) -> HttpResponse:
    """お子さんの出欠: the only child's month, or the choice among several."""
    actor = _guardian(request)
    found = children_of(actor)
    if len(found) == 1:
        return redirect("attendance-child", pupil_id=found[0].pupil_id)
    return render(request, "attendance/family_children.html", {"children": found, "given": given_name})


def child(request: HttpRequest, pupil_id: UUID) -> HttpResponse:
    """子どもの出欠: one month of one's own child."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    first = _month(request.GET.get("month", ""), actor.today)
    card = pupil_card(pupil_id)
    content = month_of_child(card, first.year, first.month, actor.today)
    return render(
        request, "attendance/family_child.html",
        {"child": card, "given": given_name(card), "reading": card.kana.split(" ")[-1], "month": content,
         "today": actor.today, "before": first - _DAY, "after": _next_month(first, actor.today),
         "blank": range((first.weekday() + 1) % 7)},
    )  # fmt: skip


def given_name(card: Child) -> str:
    """名 of a card: what a family calls the child."""
    return card.display_name.split(" ")[-1]


def next_weekday(day: dt.date) -> dt.date:
    """The next day that is neither weekend nor holiday; schools' own days off are known to the family."""
    day += _DAY
    while day.weekday() >= 5 or national_holiday(day):
        day += _DAY
    return day


def day_choices(today: dt.date) -> list[tuple[str, str, str]]:
    """(value, large text, small text) of the days one can tap: today, the next school day, a period."""
    after = next_weekday(today)
    named = "あした" if after == today + _DAY else "つぎの日"
    return [
        (today.isoformat(), "きょう", format_ja(today)), (after.isoformat(), named, format_ja(after)),
        ("period", "日を選ぶ", "期間・先の日"),
    ]  # fmt: skip


def form_choices(today: dt.date) -> dict[str, Any]:
    """Everything one can tap on the form; also for the page shown without a line."""
    return {
        "kinds": list(KINDS.items()), "reasons": list(REASONS.items()), "symptoms": list(SYMPTOMS.items()),
        "days": day_choices(today), "first_day": today.isoformat(), "last_day": (today + AHEAD).isoformat(),
    }  # fmt: skip


def _guardian(request: HttpRequest) -> Actor:
    actor: Actor = request.actor  # type: ignore[attr-defined]
    if actor.kind != "guardian":
        raise Http404
    return actor


def _send(request: HttpRequest, actor: Actor) -> Sent:
    form = read_form(request)
    if form.key is None:
        raise NoticeError("画面が古くなっています。開き直してください。")
    # The busiest request of the morning: only the columns the notice needs.
    pupils = list(Pupil.objects.select_related("school").only(*_NEEDED).filter(pk__in=form.pupils).order_by())
    if len(pupils) != len(form.pupils):
        raise Http404
    return send_notices(actor=actor, pupils=pupils, key=form.key, written_at=form.written_at, **form.content)


def _form_page(
    request: HttpRequest, actor: Actor, values: dict[str, Any], error: str = "", told: UUID | None = None
) -> HttpResponse:
    children = children_of(actor)
    if len(children) == 1 and not values.get("pupil"):
        values["pupil"] = [str(children[0].pupil_id)]
    context = {
        **form_choices(actor.today), "children": [(str(c.pupil_id), given_name(c), _place(c)) for c in children],
        "values": values, "error": error, "late": _late_schools(actor, children), "account": str(actor.account_id),
        "now": actor.now, "told": told,
    }  # fmt: skip
    return render(request, "attendance/family_new.html", context, status=422 if error else 200)


def _late_schools(actor: Actor, children: Sequence[Child]) -> list[tuple[str, dt.time, str]]:
    """Schools whose 締切 for today has passed: (name, deadline, telephone)."""
    ids = {child.school_id for child in children}
    return [
        (school.short_name, school.notice_deadline, school.phone)
        for school in schools_of(actor)
        if school.school_id in ids and past_deadline(actor.today, school.notice_deadline, actor.today, actor.now)
    ]


def _place(card: Child) -> str:
    return f"{card.school_name} {card.homeroom_title}".strip()


def _notice_page(
    request: HttpRequest, row: Notice, error: str = "", values: dict[str, Any] | None = None
) -> HttpResponse:
    actor: Actor = request.actor  # type: ignore[attr-defined]
    context = {
        "notice": row, "facts": _facts(row), "history": _history(row), "error": error,
        "layout": "design/family.html" if actor.kind == "guardian" else "design/staff.html",
        "may_change": row.withdrawn_at is None and may(actor, "notice:change", row)
        and not (actor.kind == "guardian" and row.ends < actor.today),
        "may_withdraw": actor.kind != "guardian" or row.begins >= actor.today, "values": values or _values(row, actor.today),
        **form_choices(actor.today),
    }  # fmt: skip
    return render(request, "attendance/family_notice.html", context, status=422 if error else 200)


def _facts(row: Notice) -> list[tuple[str, str]]:
    """What stands on the page of a notice; what nobody wrote is left out."""
    late = row.received_at - row.written_at > _SLOW
    told = [
        ("学校", f"{row.school.short_name} {row.homeroom.title if row.homeroom else ''}".strip()),
        ("登校の予定", row.arrives_at.isoformat("minutes") if row.arrives_at else ""),
        ("下校の予定", row.leaves_at.isoformat("minutes") if row.leaves_at else ""),
        ("伝えたいこと", row.text), ("症状", "・".join(SYMPTOMS.get(code, code) for code in row.symptoms)),
        ("体温", "" if row.temperature is None else f"{row.temperature}℃"),
        ("登校できそうな日", format_ja(row.returns_on) if row.returns_on else ""),
        ("書いた時刻", _moment(row.written_at) if late else ""), ("届いた時刻", _moment(row.received_at)),
        ("差出人", row.sender_label), ("書き込んだ人", row.entered_by_label),
    ]  # fmt: skip
    return [(term, text) for term, text in told if text]


def _history(row: Notice) -> list[tuple[str, str]]:
    """Earlier contents, newest first: when, who, and what it said before."""
    found = []
    for change in row.changes.order_by("-changed_at"):
        before = change.before
        days = before["begins"] if before["begins"] == before["ends"] else f"{before['begins']}〜{before['ends']}"
        was = f"前は「{KINDS[before['kind']]} {REASONS[before['reason']]} {days}」"
        late = "・締切の後" if change.after_deadline else ""
        found.append(
            (_moment(change.changed_at), f"{change.get_kind_display()}（{change.changed_by_label}{late}）{was}")
        )
    return found


def _moment(at: dt.datetime) -> str:
    return f"{format_ja(at.astimezone(JST).date())} {clock(at)}"


def _values(row: Notice, today: dt.date) -> dict[str, Any]:
    day = row.begins.isoformat()
    tapped = row.begins == row.ends and day in {value for value, _, _ in day_choices(today)}
    return {
        "kind": row.kind, "reason": row.reason, "text": row.text, "symptoms": row.symptoms,
        "when": day if tapped else "period",
        "begins": row.begins.isoformat(), "ends": row.ends.isoformat(),
        "temperature": "" if row.temperature is None else str(row.temperature),
        "arrives_at": row.arrives_at.isoformat("minutes") if row.arrives_at else "",
        "leaves_at": row.leaves_at.isoformat("minutes") if row.leaves_at else "",
        "returns_on": row.returns_on.isoformat() if row.returns_on else "",
    }  # fmt: skip


def _month(text: str, today: dt.date) -> dt.date:
    """The first day of a month in a URL; this month when none is named. 404 for anything else and for months to come."""
    if not text:
        return today.replace(day=1)
    try:
        first = dt.date.fromisoformat(f"{text}-01")
    except ValueError as error:
        raise Http404 from error
    if first > today:
        raise Http404
    return first


def _next_month(first: dt.date, today: dt.date) -> dt.date | None:
    after = first + dt.timedelta(days=calendar.monthrange(first.year, first.month)[1])
    return after if after <= today else None
