"""操作記録の画面: for the head of a school (own school) and for the board."""

import logging
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from minamo.access.api import Resource, offers
from minamo.audit.keys import KeyTrouble
from minamo.audit.private import Unreadable
from minamo.audit.queries import NOUNS, OUTCOMES, Filters, export_rows, line_of, page_of, said_in
from minamo.kernel.tables import write_csv

log = logging.getLogger(__name__)
HEADER = ("時刻（日本時間 +09:00）", "だれが", "なにを", "対象", "児童生徒ID", "結果", "根拠", "端末", "番号")


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


def private_words(request: HttpRequest, school_id: UUID, entry_number: int) -> HttpResponse:
    """秘匿した内容 of one row, for the head: opening it is a row itself."""
    actor, row = request.actor, request.loaded.row  # type: ignore[attr-defined]
    said, trouble = [], ""
    try:
        said = said_in(actor, row)
    except Unreadable as error:
        log.error("private words of row %s: %s", entry_number, error)
        trouble = "この行の内容は、書かれたときのものではありません。だれかが変えたおそれがあります。「事故を知らせる」から知らせてください。"
    except (KeyTrouble, OSError) as error:
        log.error("private words of row %s cannot be opened: %s", entry_number, error)
        trouble = "内容を開く鍵が、この装置にありません。運用の担当に知らせてください（記録そのものは残っています）。"
    labels = list(dict.fromkeys(label for one in said for label in one.words or ()))
    context = {"line": line_of(actor, row), "said": said, "labels": labels, "trouble": trouble, "school_id": school_id}
    return render(request, "audit/words.html", context)


def _page(request: HttpRequest, where: Q, title: str) -> HttpResponse:
    filters = Filters.of(request.GET)
    lines, following = page_of(request.actor, where, filters)  # type: ignore[attr-defined]
    trail: Resource = request.loaded.resource  # type: ignore[attr-defined]
    kept = {k: v for k, v in request.GET.items() if v and k != "before"}
    context: dict[str, Any] = {
        "title": title, "lines": lines, "filters": filters, "nouns": [("", "すべて"), *NOUNS.items()],
        "opens": trail.values["school"] if offers(request.actor, "audit:words", trail) else None,  # type: ignore[attr-defined]
        "outcomes": [("", "すべて"), *OUTCOMES.items()], "query": urlencode(kept),
        "following": f"?{urlencode({**kept, 'before': following})}" if following else "", "newest": filters.before is None,
    }  # fmt: skip
    return render(request, "audit/trail.html", context)


def _export(request: HttpRequest, where: Q) -> HttpResponse:
    rows = export_rows(request.actor, where, Filters.of(request.GET))  # type: ignore[attr-defined]
    response = HttpResponse(write_csv(rows, HEADER).content, content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="trail.csv"'
    return response
