"""学級・年度を比べる画面, and the same as Excel and in print. `?share=1` holds small classes back, for what is handed on."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from minamo.access.api import Actor
from minamo.kernel.wareki import format_ja
from minamo.marking.analysis.compare import LEAST
from minamo.marking.models import Result
from minamo.marking.queries.comparison import sides_of
from minamo.marking.reports import Title, comparison_book, comparison_pdf
from minamo.marking.reports.compared import Compared, compared, counted, held_back
from minamo.marking.reports.names import percent
from minamo.marking.views.files import XLSX, download


def _view(request: HttpRequest) -> Compared:
    actor: Actor = request.actor  # type: ignore[attr-defined]
    row: Result = request.loaded.row  # type: ignore[attr-defined]
    share = request.GET.get("share") == "1"
    labels = {item["id"]: item["label"] for item in row.items}
    return compared(sides_of(actor, row, share=share), labels, least=LEAST if share else 0)


def comparison(request: HttpRequest, result_id: UUID) -> HttpResponse:
    """比べる."""
    view = _view(request)
    context = {
        "row": request.loaded.row, "share": bool(view.least), "told": held_back(view), "aspects": view.aspects,  # type: ignore[attr-defined]
        "lines": [(side.name, counted(side.n), counted(side.absent), list(map(percent, view.rates(side)))) for side in view.sides],
        "names": [side.name for side in view.sides],
        "rates": [(side.name, side.mean, None) for side in view.sides if side.shown],
        "questions": [(label, list(map(percent, figures))) for label, figures in view.questions],
    }  # fmt: skip
    return render(request, "marking/comparison.html", context)


def book(request: HttpRequest, result_id: UUID) -> HttpResponse:
    """比べたExcel."""
    return download(comparison_book(_view(request)), XLSX, _name(request, "xlsx"))


def printed(request: HttpRequest, result_id: UUID) -> HttpResponse:
    """比べた印刷."""
    row: Result = request.loaded.row  # type: ignore[attr-defined]
    title = Title(row.school.name, row.title, row.school_class.title, format_ja(row.held_on))
    return download(comparison_pdf(_view(request), title), "application/pdf", _name(request, "pdf"), inline=True)


def _name(request: HttpRequest, ending: str) -> str:
    row: Result = request.loaded.row  # type: ignore[attr-defined]
    return f"{row.title}_学級と年度の比べ{'_配る用' if request.GET.get('share') == '1' else ''}.{ending}"
