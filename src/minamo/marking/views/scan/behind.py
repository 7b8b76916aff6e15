"""裏の画面: whose second page it is, and what is done with a first page that has none."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from minamo.kernel.ids import id_of
from minamo.marking.actions.behind import BehindRefused, put_all_behind, put_behind, take_from, use_alone
from minamo.marking.models import Pile, ScanPage
from minamo.marking.page_rules import LOOSE, NO_SECOND
from minamo.marking.queries.behind import REVERSED, SAME, backs_of, fronts_for, pairings, printed_for
from minamo.marking.queries.scans import place
from minamo.marking.views.scan.frame import actor_of


def behind(request: HttpRequest, page_id: UUID) -> HttpResponse:
    """だれの裏か (GET); 決める・外す・裏のない答案として使う (POST)."""
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
                raise BehindRefused("だれの裏か、表のページを選んでください。")
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


def backs(request: HttpRequest, pile_id: UUID) -> HttpResponse:
    """裏だけの山: the whole matching, shown in the order that is looked at (GET); まとめて組にする (POST)."""
    pile: Pile = request.loaded.row  # type: ignore[attr-defined]
    problem = ""
    if request.method == "POST":
        try:
            put_all_behind(
                actor=actor_of(request),
                pile=pile,
                order=request.POST.get("order", ""),
                seen=request.POST.get("seen", ""),
            )
        except BehindRefused as refused:
            problem = str(refused)
        else:
            response = redirect("marking-tray", sitting_id=pile.sitting_id)
            response["Location"] += "?done=behind"
            return response
    order = REVERSED if request.GET.get("order") == REVERSED else SAME
    found = backs_of(pile.sitting, pile.pk)
    context = {
        "row": pile.sitting, "pile": pile, "backs": found, "order": order, "problem": problem,
        "lines": pairings(found, order) if found else (),
    }  # fmt: skip
    return render(request, "marking/scan_backs.html", context, status=422 if problem else 200)
