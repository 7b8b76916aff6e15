"""見てほしいページの画面と、ページの絵."""

import datetime as dt
import json
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from minamo.access.api import may
from minamo.kernel.ids import id_of
from minamo.marking.actions.behind import BehindRefused, use_all_alone
from minamo.marking.actions.moving import move_page
from minamo.marking.actions.remedies import (
    PageRefused,
    place_page,
    put_aside,
    put_aside_together,
    read_page_again,
    settle_copy,
    take_back,
    take_back_together,
)
from minamo.marking.models import ScanPage, Sitting
from minamo.marking.page_rules import ASIDE, NO_SECOND, REASONS, CornersRefused, checked_corners
from minamo.marking.page_rules import why as words_of
from minamo.marking.points_table import whole_number
from minamo.marking.queries.behind import backs_of
from minamo.marking.queries.moving import moving
from minamo.marking.queries.scans import counts, elsewhere, part, place
from minamo.marking.queries.tray import acts_of, bulk_of, tray
from minamo.marking.views.scan.frame import actor_of, ids_in, sitting_of

NEAR = [[0.04, 0.03], [0.96, 0.03], [0.96, 0.97], [0.04, 0.97]]
REFUSED = (PageRefused, CornersRefused)


def listing(request: HttpRequest, sitting_id: UUID) -> HttpResponse:
    """見てほしいページ."""
    return _tray(request, sitting_of(request))


def _tray(request: HttpRequest, sitting: Sitting, problem: str = "") -> HttpResponse:
    actor = actor_of(request)
    context = {
        "row": sitting, "tray": tray(sitting, request.GET.get("why", ""), whole_number(request.GET.get("page", "")) or 1),
        "aside_words": ASIDE, "counts": counts(sitting), "backs": backs_of(sitting), "elsewhere": [one for one in elsewhere(sitting, actor) if may(actor, "sitting:manage", one)],
        "problem": problem, "place": place, "done": request.GET.get("done", ""),
        "at": whole_number(request.GET.get("at", "")) or 0,
    }  # fmt: skip
    return render(request, "marking/scan_tray.html", context, status=422 if problem else 200)


def aside(request: HttpRequest, sitting_id: UUID) -> HttpResponse:
    """除いたページ (GET); 答案ではない, one page or many (POST)."""
    sitting = sitting_of(request)
    if request.method != "POST":
        acts = acts_of(sitting, whole_number(request.GET.get("page", "")) or 1)
        context = {"row": sitting, "acts": acts, "aside_words": ASIDE, "done": request.GET.get("done", "")}
        return render(request, "marking/scan_aside.html", context)
    pages = ids_in(request.POST.getlist("page"))
    return _done(request, sitting, lambda: put_aside(
        actor=actor_of(request), sitting=sitting, pages=pages, why=request.POST.get("why", "")), "aside")  # fmt: skip


def together(request: HttpRequest, sitting_id: UUID) -> HttpResponse:
    """まとめて除く・まとめて裏のない答案として使う: all pages of a group, shown (GET) and decided about (POST)."""
    sitting, actor = sitting_of(request), actor_of(request)
    group = request.POST.get("why", "") or request.GET.get("why", "")
    problem = ""
    if request.method == "POST":
        seen = request.POST.get("seen", "")
        try:
            if group == NO_SECOND:
                use_all_alone(actor=actor, sitting=sitting, seen=seen)
            else:
                put_aside_together(actor=actor, sitting=sitting, group=group, seen=seen)
        except (PageRefused, BehindRefused) as refused:
            problem = str(refused)
        else:
            return _to_tray(sitting, "alone" if group == NO_SECOND else "aside")
    found = bulk_of(sitting, group, whole_number(request.GET.get("page", "")) or 1)
    if not found.ids and not problem:
        return redirect("marking-tray", sitting_id=sitting.pk)
    context = {"row": sitting, "bulk": found, "problem": problem, "word": ASIDE.get(words_of(group).aside, "")}
    return render(request, "marking/scan_together.html", context, status=422 if problem else 200)


def back_together(request: HttpRequest, sitting_id: UUID) -> HttpResponse:
    """いっしょに除いたページを戻す."""
    sitting = sitting_of(request)
    try:
        at = dt.datetime.fromisoformat(request.POST.get("at", "")).astimezone(dt.UTC)
    except (ValueError, OverflowError):
        return _tray(request, sitting, "戻すページが分かりません。画面を開き直してください。")
    return _done(request, sitting, lambda: take_back_together(actor=actor_of(request), sitting=sitting, at=at), "back")


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
    """ほかの学級へ移す: what goes with the page (GET); move it (POST)."""
    page, actor = _page(request), actor_of(request)
    if request.method != "POST":
        return _moving(request, page)
    wanted = id_of(request.POST.get("to", ""))
    to = Sitting.objects.visible_to(actor).filter(pk=wanted).first() if wanted else None
    if to is None:
        return _moving(request, page, "移す先の学級を選んでください。")
    here, waited = page.sitting_id, page.status == "review"
    try:
        move_page(actor=actor, page=page, to=to, seen=whole_number(request.POST.get("seen", "")))
    except PageRefused as refused:
        return _moving(request, page, str(refused))
    response = redirect("marking-tray" if waited else "marking-check", sitting_id=here)
    response["Location"] += f"?done=moved&page={page.pk}"
    return response


def _moving(request: HttpRequest, page: ScanPage, problem: str = "") -> HttpResponse:
    found = moving(actor_of(request), page)
    context = {
        "page_row": page, "row": page.sitting, "moving": found, "problem": problem or found.problem, "refused": bool(problem),
        "width": (page.places.get("page") or [0, 0, 0, 0])[2], "height": (page.places.get("page") or [0, 0, 0, 0])[3],
    }  # fmt: skip
    return render(request, "marking/scan_move.html", context, status=422 if problem else 200)


def corners(request: HttpRequest, page_id: UUID) -> HttpResponse:
    """四すみを合わせる (GET) and use the page so (POST)."""
    page = _page(request)
    problem = ""
    if request.method == "POST":
        try:
            given = json.loads(request.POST.get("corners", "null"))
            leaf = whole_number(request.POST.get("leaf", ""))
            place_page(actor=actor_of(request), page=page, corners=given, leaf=leaf)
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
        "leaves": page.sitting.assessment.pages,
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
    return _to_tray(sitting, word, request.POST.get("group", ""), whole_number(request.POST.get("at", "")))


def _to_tray(sitting: Sitting, word: str, group: str = "", at: int | None = None) -> HttpResponse:
    """Back to the tray, where it was open at a group to that one; the keys go on where the page decided about was."""
    response = redirect("marking-tray", sitting_id=sitting.pk)
    response["Location"] += (
        f"?done={word}" + (f"&why={group}" if group in REASONS else "") + (f"&at={at}" if at else "")
    )
    return response
