"""配点を変える画面: new points, then every total that would move, then the change."""

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from minamo.access.api import Actor
from minamo.marking.actions.points import PointsRefused, change_points
from minamo.marking.models import Result
from minamo.marking.points_table import MOST_POINTS, whole_number
from minamo.marking.queries.results import Figures, figures_of
from minamo.marking.rescoring import rescored


def points(request: HttpRequest, result_id: UUID) -> HttpResponse:
    """配点を変える. `step=look` shows the differences, `step=take` changes."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    row: Result = request.loaded.row  # type: ignore[attr-defined]
    typed = {item["id"]: request.POST.get(item["id"], str(item["full"])) for item in row.items}
    read = {key: whole_number(text) for key, text in typed.items()}
    full = {key: value for key, value in read.items() if value is not None and 1 <= value <= MOST_POINTS}
    errors = {key: f"1から{MOST_POINTS}まで" for key in typed if key not in full}
    refused = ""
    if request.method == "POST" and request.POST.get("step") == "take" and not errors:
        try:
            change_points(actor=actor, result=row, full=full)
        except PointsRefused as problem:
            refused = str(problem)
        else:
            return redirect("marking-result", result_id=row.pk)
    looked = request.method == "POST" and not errors
    figures = figures_of(row)
    context = {
        "row": row, "typed": typed, "errors": errors, "refused": refused, "release": figures.release,
        "look": _differences(figures, full) if looked else None,
    }  # fmt: skip
    return render(request, "marking/points.html", context, status=422 if errors or refused else 200)


def _differences(figures: Figures, full: dict[str, int]) -> dict[str, Any]:
    """What would move, in class order."""
    found = rescored(figures.results, full)
    labels = {item.id: item.label for item in figures.results.items}
    before, after = found.before.spread.mean, found.after.spread.mean
    return {
        "totals": [(figures.names[shift.pupil], shift.before, shift.after) for shift in found.totals],
        "doubtful": [(figures.names[one.pupil], labels[one.item], one.before) for one in found.doubtful],
        "full": (found.before.results.full, found.after.results.full),
        "means": (f"{before:.1f}", f"{after:.1f}") if before is not None and after is not None else None,
    }  # fmt: skip
