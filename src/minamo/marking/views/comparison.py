"""学級・年度を比べる画面."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from minamo.access.api import Actor
from minamo.marking.analysis.compare import LEAST, Side
from minamo.marking.models import Result
from minamo.marking.queries.comparison import sides_of
from minamo.marking.reports.names import percent


def comparison(request: HttpRequest, result_id: UUID) -> HttpResponse:
    """比べる; `?share=1` holds small classes back, for a sheet that is handed on."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    row: Result = request.loaded.row  # type: ignore[attr-defined]
    share = request.GET.get("share") == "1"
    sides = sides_of(actor, row, share=share)
    aspects = list(dict.fromkeys(name for side in sides for name in side.aspects))
    mine = {item["id"]: item["label"] for item in row.items}
    asked = {name for side in sides for name in side.questions}
    context = {
        "row": row, "share": share, "least": LEAST, "aspects": aspects, "hidden": sum(not side.shown for side in sides),
        "lines": [_line(side, aspects) for side in sides], "names": [side.name for side in sides],
        "rates": [(side.name, side.mean, None) for side in sides if side.shown],
        "questions": [
            (label, [percent(side.questions.get(name)) for side in sides]) for name, label in mine.items() if name in asked
        ],
    }  # fmt: skip
    return render(request, "marking/comparison.html", context)


def _line(side: Side, aspects: list[str]) -> tuple[str, str, list[str]]:
    """Name, number of pupils, figures."""
    figures = [side.mean, side.median, side.deviation, *(side.aspects.get(name) for name in aspects)]
    return side.name, f"{side.n}人" if side.shown else "—", [percent(value) for value in figures]
