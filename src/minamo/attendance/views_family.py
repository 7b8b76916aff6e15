"""家庭の画面: the notice form, what was sent, corrections, and a child's month. Phone first, works without JavaScript."""

import calendar
import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID, uuid4

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.middleware.csrf import get_token
from django.shortcuts import redirect, render
from django.urls import reverse

from minamo.access.api import Actor, offers, waiting_keys
from minamo.attendance.actions.notice_changes import correct_notice, withdraw_notice
from minamo.attendance.actions.notices import Sent, send_notices
from minamo.attendance.family_form import read_content, read_form
from minamo.attendance.models import Notice
from minamo.attendance.notice_content import AHEAD, KINDS, REASONS, SYMPTOMS, AlreadyTold, NoticeError, past_deadline
from minamo.attendance.notice_page import (
    day_choices,
    days_in_words,
    facts_of,
    history_of,
    next_weekday,
    shown_from,
    shown_in_words,
    values_of,
)
from minamo.attendance.queries.closures import lesson_days
from minamo.attendance.queries.family import clock, month_of_child, notices_by_id, notices_of_family
from minamo.kernel.ids import id_of
from minamo.people.api import Child, Pupil, children_of, pupil_card
from minamo.tenancy.api import schools_of

_DAY = dt.timedelta(days=1)
MOST_SHOWN = 12
_NEEDED = (
    "municipality_id", "school_id", "homeroom_id", "left_on", "grade", "family", "middle", "given",
    "school__notice_deadline", "school__first_time", "school__last_time",
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
        return _not_sent(request, actor, error, as_json=as_json)
    where = reverse("attendance-notice-sent") + "?" + "&".join(f"n={notice.pk}" for notice in sent.notices)
    if not as_json:
        return redirect(where)
    received = [{"id": str(n.pk), "pupil": str(n.pupil_id), "received": clock(n.received_at)} for n in sent.notices]
    return JsonResponse({"notices": received, "url": where}, status=200 if sent.repeated else 201)


def _not_sent(request: HttpRequest, actor: Actor, error: NoticeError, *, as_json: bool) -> HttpResponse:
    """Why, which children are told of already (with the way to their notices), and whom one more tap would send."""
    earlier = error if isinstance(error, AlreadyTold) else None
    told = {str(child): _notice_url(number) for child, number in earlier.told.items()} if earlier else {}
    if as_json:
        places: dict[str, Any] = {}
        if earlier:
            places = {"url": _notice_url(earlier.notice), "told": told, "unsent": [str(c) for c in earlier.unsent]}
        return JsonResponse({"error": str(error), "field": error.field, **places}, status=422)
    asked = request.POST.getlist("pupil")
    ticked = [child for child in asked if child not in told] or asked
    return _form_page(request, actor, {**_typed(request), "pupil": ticked}, error=error, told=told)


def _notice_url(notice_id: UUID) -> str:
    return reverse("attendance-notice", kwargs={"notice_id": notice_id})


def _typed(request: HttpRequest) -> dict[str, Any]:
    """What was typed, as it was, lists included."""
    return {**request.POST.dict(), "symptoms": request.POST.getlist("symptoms")}


def notice_sent(request: HttpRequest) -> HttpResponse:
    """届きました: what the school now sees, with the ways to mend it."""
    actor = _guardian(request)
    found = notices_by_id(actor, [key for text in request.GET.getlist("n")[:MOST_SHOWN] if (key := id_of(text))])
    if not found:
        raise Http404
    names = {child.pupil_id: child for child in children_of(actor)}
    spoken = [(row, lesson_days(names.get(row.pupil_id) or row.pupil, row.begins, row.ends)) for row in found]
    stands = [shown_in_words(shown_from(row, days, actor.today), actor.today) for row, days in spoken]
    same = len(set(stands)) == 1
    context = {
        "notices": [(row, days_in_words(row, days), "" if same else where)
                    for (row, days), where in zip(spoken, stands, strict=True)],
        "names": names, "today": actor.today, "stands": stands[0] if same else "",
    }  # fmt: skip
    return render(request, "attendance/family_sent.html", context)


def queue(request: HttpRequest) -> JsonResponse:
    """What a device needs to lock and to send what is written without a line: a fresh token, whose account this is, its keys, which
    children."""
    actor = _guardian(request)
    children = [{"id": str(c.pupil_id), "name": given_name(c), "place": _place(c)} for c in children_of(actor)]
    return JsonResponse({"token": get_token(request), "account": str(actor.account_id), "keys": waiting_keys(actor.account_id),
                         "children": children}, headers={"Cache-Control": "private, no-store"})  # fmt: skip


def notice(request: HttpRequest, notice_id: UUID) -> HttpResponse:
    """一つの連絡: content, how it came, its earlier contents, the form to mend it."""
    return _notice_page(request, request.loaded.row)  # type: ignore[attr-defined]


def corrections(request: HttpRequest, notice_id: UUID) -> HttpResponse:
    """連絡を直す."""
    row: Notice = request.loaded.row  # type: ignore[attr-defined]
    try:
        correct_notice(actor=request.actor, notice=row, **read_content(request.POST))  # type: ignore[attr-defined]
    except NoticeError as error:
        return _notice_page(request, row, error=error, values=_typed(request))
    return redirect("attendance-notice", notice_id=row.pk)


def withdrawal(request: HttpRequest, notice_id: UUID) -> HttpResponse:
    """連絡を取り消す."""
    row: Notice = request.loaded.row  # type: ignore[attr-defined]
    try:
        withdraw_notice(actor=request.actor, notice=row)  # type: ignore[attr-defined]
    except NoticeError as error:
        return _notice_page(request, row, error=error)
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
    request: HttpRequest,
    actor: Actor,
    values: dict[str, Any],
    error: NoticeError | None = None,
    told: Mapping[str, str] | None = None,
) -> HttpResponse:
    children = children_of(actor)
    if len(children) == 1 and not values.get("pupil"):
        values["pupil"] = [str(children[0].pupil_id)]
    names = {str(child.pupil_id): given_name(child) for child in children}
    context = {
        **form_choices(actor.today), "children": [(str(c.pupil_id), given_name(c), _place(c), c.kana.split(" ")[-1]) for c in children],
        "values": values, "error": error, "errors": _at_field(error), "late": _late_schools(actor, children), "account": str(actor.account_id),
        "now": actor.now, "told": [(names.get(child, ""), where) for child, where in (told or {}).items()],
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


def _at_field(error: NoticeError | None) -> dict[str, str]:
    """The sentence by the field it is about."""
    return {error.field: str(error)} if error and not isinstance(error, AlreadyTold) else {}


def _place(card: Child) -> str:
    return f"{card.school_name} {card.homeroom_title}".strip()


def _notice_page(
    request: HttpRequest, row: Notice, error: NoticeError | None = None, values: dict[str, Any] | None = None
) -> HttpResponse:
    actor: Actor = request.actor  # type: ignore[attr-defined]
    days = lesson_days(row.pupil, row.begins, row.ends)
    context = {
        "notice": row, "facts": facts_of(row), "history": history_of(row), "error": error, "errors": _at_field(error),
        "told": error.notice if isinstance(error, AlreadyTold) else None,
        "spoken": days_in_words(row, days),
        "layout": "design/family.html" if actor.kind == "guardian" else "design/staff.html",
        "may_change": row.withdrawn_at is None and offers(actor, "notice:change", row)
        and not (actor.kind == "guardian" and row.ends < actor.today),
        "may_withdraw": actor.kind != "guardian" or row.begins >= actor.today, "values": values or values_of(row, actor.today),
        **form_choices(actor.today),
    }  # fmt: skip
    return render(request, "attendance/family_notice.html", context, status=422 if error else 200)


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
