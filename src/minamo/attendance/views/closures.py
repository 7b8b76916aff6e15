"""臨時休業・学級閉鎖の画面."""

import datetime as dt
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from minamo.access.api import Actor
from minamo.attendance.actions.closures import ClosureError, add_closure, withdraw_closure
from minamo.attendance.models import Closure
from minamo.attendance.queries.closures import closed_days
from minamo.kernel.age import Grade
from minamo.kernel.schoolyear import SchoolYear
from minamo.people.api import homerooms_of
from minamo.tenancy.api import School


def closures(request: HttpRequest, school_id: UUID) -> HttpResponse:
    """List of this year's closures and the form for a new one."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    school: School = request.loaded.row  # type: ignore[attr-defined]
    error = ""
    if request.method == "POST":
        try:
            _act(request, actor, school)
        except ClosureError as problem:
            error = str(problem)
        else:
            return redirect("attendance-closures", school_id=school.pk)
    year = SchoolYear.of(actor.today)
    homerooms = homerooms_of(school.pk, year.year)
    grades = sorted({grade for card in homerooms for grade in card.grades}, key=lambda g: Grade(g).ordinal)
    found = Closure.objects.filter(school=school, ends__gte=year.begins, begins__lte=year.ends)
    rows = list(found.select_related("school_class").order_by("-begins", "-entered_at"))
    context = {
        "school": school, "rows": rows, "days": closed_days(school.pk, rows), "homerooms": homerooms,
        "grades": [(grade, Grade(grade).label_in(school.kind)) for grade in grades], "today": actor.today,
        "error": error, "values": request.POST.dict(),
    }  # fmt: skip
    return render(request, "attendance/closures.html", context, status=422 if error else 200)


def _act(request: HttpRequest, actor: Actor, school: School) -> None:
    if withdrawn := request.POST.get("withdraw"):
        try:
            withdraw_closure(actor=actor, school=school, closure_id=UUID(withdrawn))
        except (Closure.DoesNotExist, ValueError) as missing:
            raise Http404 from missing
        return
    scope, _, target = request.POST.get("target", "").partition(":")
    try:
        begins = dt.date.fromisoformat(request.POST.get("begins", ""))
        ends = dt.date.fromisoformat(request.POST.get("ends") or request.POST.get("begins", ""))
        class_id = UUID(target) if scope == "class" else None
    except ValueError as problem:
        raise ClosureError("範囲と日付を入れてください。") from problem
    add_closure(
        actor=actor, school=school, scope=scope, begins=begins, ends=ends, reason=request.POST.get("reason", ""),
        class_id=class_id, grade=target if scope == "grade" else "",
    )  # fmt: skip
