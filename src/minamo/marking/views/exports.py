"""テスト結果の書き出し: Excel, CSV for 成績, printed analysis, advice sheets. Each is a row in the trail by its route."""

from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse

from minamo.marking.analysis.whole import analyse
from minamo.marking.queries.results import Figures, figures_of
from minamo.marking.reports import advice_pdf, analysis_book, analysis_pdf, totals_csv
from minamo.marking.views.files import XLSX, download


def _figures(request: HttpRequest) -> Figures:
    return figures_of(request.loaded.row)  # type: ignore[attr-defined]


def _name(found: Figures, what: str, ending: str) -> str:
    return f"{found.title.group}_{found.title.test}_{what}.{ending}"


def book(request: HttpRequest, result_id: UUID) -> HttpResponse:
    """分析のExcel."""
    found = _figures(request)
    return download(analysis_book(analyse(found.results), found.names), XLSX, _name(found, "分析", "xlsx"))


def totals(request: HttpRequest, result_id: UUID) -> HttpResponse:
    """成績のためのCSV."""
    found = _figures(request)
    return download(
        totals_csv(analyse(found.results), found.names), "text/csv; charset=utf-8", _name(found, "得点", "csv")
    )


def printed(request: HttpRequest, result_id: UUID) -> HttpResponse:
    """分析の印刷."""
    found = _figures(request)
    made = analysis_pdf(analyse(found.results), found.names, found.title)
    return download(made, "application/pdf", _name(found, "分析", "pdf"), inline=True)


def advice(request: HttpRequest, result_id: UUID) -> HttpResponse:
    """学習アドバイスの印刷, one page a pupil; 404 while nobody has a total."""
    found = _figures(request)
    if not found.results.whole:
        raise Http404
    made = advice_pdf(analyse(found.results), found.names, found.title)
    return download(made, "application/pdf", _name(found, "学習アドバイス", "pdf"), inline=True)
