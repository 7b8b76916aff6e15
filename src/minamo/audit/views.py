"""操作記録の画面: for the head of a school (own school) and for the board."""

from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from minamo.audit.queries import NOUNS, OUTCOMES, Filters, export_rows, page_of
from minamo.kernel.tables import write_csv

HEADER = ("時刻", "だれが", "なにを", "対象", "児童生徒ID", "結果", "根拠", "端末", "番号")


def school_trail(request: HttpRequest, school_id: UUID) -> HttpResponse:
    """記録 of one school."""
    return _page(request, Q(school_id=school_id), "この学校の記録")


def municipality_trail(request: HttpRequest, municipality_id: UUID) -> HttpResponse:
    """記録 of a municipality."""
    return _page(request, Q(municipality_id=municipality_id), "自治体の記録")


def school_export(request: HttpRequest, school_id: UUID) -> HttpResponse:
    """CSV of one school."""
    return _export(request, Q(school_id=school_id))


def municipality_export(request: HttpRequest, municipality_id: UUID) -> HttpResponse:
    """CSV of a municipality."""
    return _export(request, Q(municipality_id=municipality_id))


def _page(request: HttpRequest, where: Q, title: str) -> HttpResponse:
    filters = Filters.of(request.GET)
    lines, following = page_of(request.actor, where, filters)  # type: ignore[attr-defined]
    kept = {k: v for k, v in request.GET.items() if v and k != "before"}
    context: dict[str, Any] = {
        "title": title, "lines": lines, "filters": filters, "nouns": [("", "すべて"), *NOUNS.items()],
        "outcomes": [("", "すべて"), *OUTCOMES.items()], "query": urlencode(kept),
        "following": f"?{urlencode({**kept, 'before': following})}" if following else "", "newest": filters.before is None,
    }  # fmt: skip
    return render(request, "audit/trail.html", context)


def _export(request: HttpRequest, where: Q) -> HttpResponse:
    rows = export_rows(request.actor, where, Filters.of(request.GET))  # type: ignore[attr-defined]
    response = HttpResponse(write_csv(rows, HEADER).content, content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="trail.csv"'
    return response
