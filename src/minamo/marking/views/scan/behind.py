"""2枚目の画面: whose second page it is, and what is done with a first page that has none."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from minamo.kernel.ids import id_of
from minamo.marking.actions.behind import BehindRefused, put_behind, take_from, use_alone
from minamo.marking.models import ScanPage
from minamo.marking.page_rules import LOOSE, NO_SECOND
from minamo.marking.queries.behind import fronts_for, printed_for
from minamo.marking.queries.scans import place
from minamo.marking.views.scan.frame import actor_of


def behind(request: HttpRequest, page_id: UUID) -> HttpResponse:
    """だれの2枚目か (GET); 決める・外す・1枚だけで使う (POST)."""
    page: ScanPage = request.loaded.row  # type: ignore[attr-defined]
    if request.method != "POST":
        return _show(request, page)
    waited, wish = page.status == "review", request.POST.get("do", "")
    try:
        if wish == "alone":
            use_alone(actor=actor_of(request), page=page)
        elif wish == "take":
            take_from(actor=actor_of(request), page=page)
        else:
            front = id_of(request.POST.get("front", ""))
            if front is None:
                raise BehindRefused("だれの2枚目か、1枚目を選んでください。")
            put_behind(actor=actor_of(request), page=page, front=front)
    except BehindRefused as refused:
        return _show(request, page, str(refused))
    response = redirect("marking-tray" if waited or wish == "take" else "marking-check", sitting_id=page.sitting_id)
    response["Location"] += "?done=behind"
    return response


def _show(request: HttpRequest, page: ScanPage, problem: str = "") -> HttpResponse:
    size = page.places.get("page") or [0, 0, 0, 0]
    context = {
        "page_row": page, "row": page.sitting, "place": place(page), "problem": problem, "second": page.leaf > 0,
        "open": page.reason in (LOOSE, NO_SECOND) or page.status == "leaf",
        "fronts": fronts_for(page) if page.leaf else (), "printed": printed_for(page), "width": size[2], "height": size[3],
    }  # fmt: skip
    return render(request, "marking/scan_behind.html", context, status=422 if problem else 200)
