"""月の出席簿の画面と印刷."""

import datetime as dt
from typing import Any
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from minamo.access.api import Actor, offers
from minamo.attendance.actions.closing import ClosingError, close_month, digest_of, reopen_month
from minamo.attendance.month_page import MonthPage, corrections_of, page_of
from minamo.attendance.month_print import month_pdf
from minamo.attendance.queries.month import Month, month_of_class, month_of_school
from minamo.attendance.views.register import may_hear
from minamo.kernel.schoolyear import SchoolYear
from minamo.people.api import SchoolClass, class_card, looked_back
from minamo.tenancy.api import School


def month(request: HttpRequest, class_id: UUID, year: int, month: int) -> HttpResponse:
    """学級の月の出席簿; POST closes or reopens it."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    school_class: SchoolClass = request.loaded.row  # type: ignore[attr-defined]
    _check(year, month)
    error = ""
    if request.method == "POST":
        verb = reopen_month if "reopen" in request.POST else close_month
        try:
            verb(actor=actor, school_class=school_class, year=year, month=month)
        except ClosingError as problem:
            error = str(problem)
        else:
            return redirect("attendance-month", class_id=class_id, year=year, month=month)
    content = month_of_class(school_class, year, month, actor.today)
    closed = content.closings.get(str(school_class.pk))
    context = _context(content, page_of(content)) | {
        "hears": may_hear(actor, school_class),
        "klass": school_class, "error": error, "closed": closed,
        "altered": closed is not None and closed.digest != digest_of(content),
        "may_close": offers(actor, "register:close", school_class), "combined": len(school_class.grades) > 1,
        "corrections": corrections_of(content),
    }  # fmt: skip
    return render(request, "attendance/month.html", context, status=422 if error else 200)


def pdf(request: HttpRequest, class_id: UUID, year: int, month: int) -> HttpResponse:
    """出席簿 in print."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    school_class: SchoolClass = request.loaded.row  # type: ignore[attr-defined]
    _check(year, month)
    content = month_of_class(school_class, year, month, actor.today)
    made = month_pdf(content, class_card(school_class.pk, actor.today), school_class.school.name)
    response = HttpResponse(made, content_type="application/pdf")
    response["Content-Disposition"] = f'inline; filename="shussekibo-{year}-{month:02d}.pdf"'
    return response


def school_month(request: HttpRequest, school_id: UUID, year: int, month: int) -> HttpResponse:
    """学校全体の月の一覧."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    school: School = request.loaded.row  # type: ignore[attr-defined]
    _check(year, month)
    if dt.date(year, month, 1) < SchoolYear.of(actor.today).begins:
        looked_back(actor=actor, action="attendance:board", school=school)
    content = month_of_school(school.municipality_id, school.pk, year, month, actor.today)
    return render(request, "attendance/school_month.html", _context(content, page_of(content)) | {"school": school})


def _check(year: int, month: int) -> None:
    if not (2000 <= year <= 2100 and 1 <= month <= 12):
        raise Http404


def _context(content: Month, page: MonthPage) -> dict[str, Any]:
    before = content.first - dt.timedelta(days=1)
    after = content.last + dt.timedelta(days=1)
    return {"month": content, "page": page, "before": before, "after": after}
