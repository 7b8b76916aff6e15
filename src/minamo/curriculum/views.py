"""行事予定の画面."""

import datetime as dt
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from minamo.access.api import Actor, offers
from minamo.curriculum.actions import CalendarError, add_entry, remove_entry
from minamo.curriculum.models import CalendarEntry
from minamo.curriculum.queries import calendar_periods, days_of
from minamo.kernel.age import Grade
from minamo.kernel.schoolyear import SchoolYear
from minamo.tenancy.api import School


def calendar(request: HttpRequest, school_id: UUID) -> HttpResponse:
    """This year's calendar of a school: entries, school days per month, and the form (for those who may)."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    school: School = request.loaded.row  # type: ignore[attr-defined]
    error = ""
    if request.method == "POST":
        try:
            _act(request, actor, school)
        except CalendarError as problem:
            error = str(problem)
        else:
            return redirect("curriculum-calendar", school_id=school.pk)
    year = SchoolYear.of(actor.today)
    periods = calendar_periods(school.pk, year.begins, year.ends)
    months = [(first, len(days_of(first, _last(first), periods))) for first in year.months()]
    entries = CalendarEntry.objects.filter(school=school, begins__lte=year.ends, ends__gte=year.begins)
    context = {
        "school": school, "year": year, "entries": entries.order_by("begins", "position"), "months": months,
        "total": sum(count for _, count in months), "kinds": CalendarEntry.Kind.choices, "error": error,
        "may_edit": offers(actor, "calendar:edit", school), "values": request.POST.dict(),
        "grades": [(grade.value, grade.label_in(school.kind)) for grade in grades_of(school.kind)],
    }  # fmt: skip
    return render(request, "curriculum/calendar.html", context, status=422 if error else 200)


def grades_of(kind: str) -> list[Grade]:
    """Grades a school of this kind can have."""
    letters = {"elementary": "P", "lower_secondary": "J"}.get(kind, "PJ")
    return [grade for grade in Grade if grade.value[0] in letters]


def _last(first: dt.date) -> dt.date:
    return (first.replace(day=28) + dt.timedelta(days=4)).replace(day=1) - dt.timedelta(days=1)


def _act(request: HttpRequest, actor: Actor, school: School) -> None:
    if removed := request.POST.get("remove"):
        try:
            remove_entry(actor=actor, school=school, entry_id=UUID(removed))
        except (CalendarEntry.DoesNotExist, ValueError) as missing:
            raise Http404 from missing
        return
    try:
        begins = dt.date.fromisoformat(request.POST.get("begins", ""))
        ends = dt.date.fromisoformat(request.POST.get("ends") or request.POST.get("begins", ""))
    except ValueError as problem:
        raise CalendarError("日付を入れてください。") from problem
    allowed = {grade.value for grade in grades_of(school.kind)}
    add_entry(
        actor=actor, school=school, begins=begins, ends=ends, kind=request.POST.get("kind", ""),
        title=request.POST.get("title", ""), grades=[g for g in request.POST.getlist("grades") if g in allowed],
    )  # fmt: skip
