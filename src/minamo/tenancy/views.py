"""学校の設定の画面."""

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from minamo.access.api import Actor
from minamo.tenancy.actions import Refused, set_school
from minamo.tenancy.forms import SchoolForm
from minamo.tenancy.models import School


def settings(request: HttpRequest, school_id: UUID) -> HttpResponse:
    """The school's own settings; a POST changes them. What was typed stays when it cannot be taken."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    school: School = request.loaded.row  # type: ignore[attr-defined]
    form = SchoolForm(request.POST if request.method == "POST" else None)
    error = ""
    if request.method == "POST" and form.is_valid():
        try:
            set_school(actor=actor, school=school, **form.cleaned_data)
            return redirect(f"{request.path}?saved=1")
        except Refused as problem:
            error = str(problem)
    context: dict[str, Any] = {
        "school": school, "values": request.POST.dict() if request.method == "POST" else _values(school),
        "errors": {name: texts[0] for name, texts in form.errors.items()}, "error": error,
        "saved": "saved" in request.GET, "terms": [("2", "2学期制"), ("3", "3学期制")],
    }  # fmt: skip
    return render(request, "tenancy/school.html", context, status=422 if error or form.errors else 200)


def _values(school: School) -> dict[str, str]:
    return {
        "notice_deadline": f"{school.notice_deadline:%H:%M}", "first_time": f"{school.first_time:%H:%M}",
        "last_time": f"{school.last_time:%H:%M}", "phone": school.phone, "terms": str(school.terms),
    }  # fmt: skip
