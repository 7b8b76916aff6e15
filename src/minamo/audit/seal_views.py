"""記録の封の画面と月例報告, for the board."""

from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from minamo.access.api import Actor
from minamo.audit.report import month_report
from minamo.audit.seal import logs, towns
from minamo.audit.seal_page import months, qr_uri, state
from minamo.kernel.schoolyear import JST


def seal_state(request: HttpRequest, municipality_id: UUID) -> HttpResponse:
    """封のようす: how far, since when, witnessed by whom."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    found = state(actor, municipality_id, actor.now)
    context = {"qr": qr_uri(found.note), "months": months(actor.now, found.began)} if found else {}
    return render(
        request, "audit/seal.html", context | {"state": found, "now": actor.now, "municipality_id": municipality_id}
    )


def seal_report(request: HttpRequest, municipality_id: UUID, year: int, month: int) -> HttpResponse:
    """月例報告 in print."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    today = actor.now.astimezone(JST)
    if not (1 <= month <= 12 and (2000, 1) <= (year, month) <= (today.year, today.month)):
        raise Http404
    log = next((log for log in logs() if log.municipality_id == municipality_id), None)
    made = month_report(log, towns()[municipality_id][1], year, month, actor.now) if log else None
    if made is None:  # nothing was sealed by then; the page says what there is
        return redirect("audit-seal", municipality_id=municipality_id)
    response = HttpResponse(made, content_type="application/pdf")
    response["Content-Disposition"] = f'inline; filename="trail-seal-{year}-{month:02d}.pdf"'
    return response
