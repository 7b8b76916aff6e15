"""見てほしいページの画面と、ページの絵."""

import json
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from minamo.access.api import may
from minamo.kernel.ids import id_of
from minamo.marking.actions.remedies import (
    PageRefused,
    move_page,
    place_page,
    put_aside,
    read_page_again,
    settle_copy,
    take_back,
)
from minamo.marking.models import ScanPage, Sitting
from minamo.marking.page_rules import ASIDE, CornersRefused, checked_corners
from minamo.marking.queries.scans import elsewhere, part, place, tray
from minamo.marking.views.scan.frame import actor_of, ids_in, sitting_of

NEAR = [[0.04, 0.03], [0.96, 0.03], [0.96, 0.97], [0.04, 0.97]]
REFUSED = (PageRefused, CornersRefused)


def listing(request: HttpRequest, sitting_id: UUID) -> HttpResponse:
    """見てほしいページ."""
    return _tray(request, sitting_of(request))


def _tray(request: HttpRequest, sitting: Sitting, problem: str = "") -> HttpResponse:
    actor = actor_of(request)
    context = {
        "row": sitting, "tray": tray(sitting), "aside_words": ASIDE, "elsewhere": [one for one in elsewhere(sitting, actor) if may(actor, "sitting:manage", one)],
        "problem": problem, "place": place, "done": request.GET.get("done", ""),
    }  # fmt: skip
    return render(request, "marking/scan_tray.html", context, status=422 if problem else 200)


def aside(request: HttpRequest, sitting_id: UUID) -> HttpResponse:
    """答案ではない: one page or many."""
    sitting = sitting_of(request)
    pages = ids_in(request.POST.getlist("page"))
    return _done(request, sitting, lambda: put_aside(
        actor=actor_of(request), sitting=sitting, pages=pages, why=request.POST.get("why", "")), "aside")  # fmt: skip


def back(request: HttpRequest, page_id: UUID) -> HttpResponse:
    """除いたページを戻す."""
    page = _page(request)
    return _done(request, page.sitting, lambda: take_back(actor=actor_of(request), page=page), "back")


def again(request: HttpRequest, page_id: UUID) -> HttpResponse:
    """もう一度読む."""
    page = _page(request)
    return _done(request, page.sitting, lambda: read_page_again(actor=actor_of(request), page=page), "again")


def copy(request: HttpRequest, page_id: UUID) -> HttpResponse:
    """同じ紙のどちらを使うか."""
    page = _page(request)
    keep = request.POST.get("keep", "")
    return _done(request, page.sitting, lambda: settle_copy(actor=actor_of(request), page=page, keep=keep), "copy")


def move(request: HttpRequest, page_id: UUID) -> HttpResponse:
    """ほかの学級へ移す."""
    page = _page(request)
    wanted = id_of(request.POST.get("to", ""))
    to = Sitting.objects.visible_to(actor_of(request)).filter(pk=wanted).first() if wanted else None
    if to is None:
        return _tray(request, page.sitting, "移す先の学級を選んでください。")
    return _done(request, page.sitting, lambda: move_page(actor=actor_of(request), page=page, to=to), "moved")


def corners(request: HttpRequest, page_id: UUID) -> HttpResponse:
    """四すみを合わせる (GET) and use the page so (POST)."""
    page = _page(request)
    problem = ""
    if request.method == "POST":
        try:
            given = json.loads(request.POST.get("corners", "null"))
            place_page(actor=actor_of(request), page=page, corners=given)
            response = redirect("marking-tray", sitting_id=page.sitting_id)
            response["Location"] += "?done=placed"
            return response
        except REFUSED as refused:
            problem = str(refused)
        except json.JSONDecodeError:
            problem = "四すみを読み取れませんでした。置き直してください。"
    return render(request, "marking/scan_corners.html", _corners(page, problem), status=422 if problem else 200)


def _corners(page: ScanPage, problem: str) -> dict[str, object]:
    where = page.places.get("page") or [0, 0, 0, 0]
    return {
        "page_row": page,
        "corners": _start(page),
        "row": page.sitting,
        "place": place(page),
        "problem": problem,
        "width": where[2],
        "height": where[3],
    }


def _start(page: ScanPage) -> str:
    """Where the corners begin: where the eye thinks the sheet lies, else near the rims."""
    flat = page.places.get("corners") or []
    seen = [[flat[at] / 1000, flat[at + 1] / 1000] for at in range(0, len(flat), 2)]
    try:
        return json.dumps(checked_corners(seen))
    except CornersRefused:
        return json.dumps(NEAR)


def picture(request: HttpRequest, page_id: UUID) -> HttpResponse:
    """ページの絵: the whole page, small, as it was cut by the worker."""
    data = part(_page(request), "page")
    if not data:
        raise Http404
    return HttpResponse(data, content_type="image/jpeg", headers={"Cache-Control": "private, no-store"})


def _page(request: HttpRequest) -> ScanPage:
    found: ScanPage = request.loaded.row  # type: ignore[attr-defined]
    return found


def _done(request: HttpRequest, sitting: Sitting, verb: object, word: str) -> HttpResponse:
    try:
        verb()  # type: ignore[operator]
    except REFUSED as problem:
        return _tray(request, sitting, str(problem))
    response = redirect("marking-tray", sitting_id=sitting.pk)
    response["Location"] += f"?done={word}"
    return response
