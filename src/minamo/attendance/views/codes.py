"""出欠区分の画面: for the board."""

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from minamo.access.api import Actor
from minamo.attendance.actions.codes import DECIDED, NEEDED, CodeEdit, CodeError, save_codes
from minamo.attendance.codes import code_table
from minamo.attendance.models import AttendanceCode


def codes(request: HttpRequest, municipality_id: UUID) -> HttpResponse:
    """The municipality's codes and health items, with a form over all of them."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    municipality = request.loaded.row  # type: ignore[attr-defined]
    table = code_table(municipality.pk)
    error = ""
    awaits = any(not table.codes[code].by_notice(actor.today) for code in DECIDED)
    kept = "teacher" if awaits else "notice"
    if request.method == "POST":
        edits = [
            CodeEdit(code, request.POST[f"label-{code}"], request.POST.get(f"short-{code}", ""),
                     request.POST.get(f"mark-{code}", ""), f"active-{code}" in request.POST or code in NEEDED,
                     request.POST.get("infection", kept) != "teacher")
            for code in table.codes if f"label-{code}" in request.POST
        ]  # fmt: skip
        health = {
            item: (request.POST[f"health-{item}"], f"health-active-{item}" in request.POST)
            for item in table.health
            if f"health-{item}" in request.POST
        }
        try:
            save_codes(actor=actor, municipality=municipality, codes=edits, health=health)
        except CodeError as problem:
            error = str(problem)
        else:
            return redirect("attendance-codes", municipality_id=municipality.pk)
    context: dict[str, Any] = {
        "municipality": municipality, "table": table, "needed": NEEDED, "awaits": request.POST.get("infection", kept) == "teacher", "error": error,
        "counts": dict(AttendanceCode.Counts.choices), "buttons": dict(AttendanceCode.Button.choices),
    }  # fmt: skip
    return render(request, "attendance/codes.html", context, status=422 if error else 200)
