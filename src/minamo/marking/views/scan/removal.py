"""山を除く画面: what goes with a pile, taking it back, and putting it back."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from minamo.marking.actions.pile_removal import RemovalRefused, put_back, remove_pile
from minamo.marking.models import Pile
from minamo.marking.queries.pile_removal import removal_of_pile
from minamo.marking.views.scan.frame import actor_of


def removal(request: HttpRequest, pile_id: UUID) -> HttpResponse:
    """除くものを見る (GET); 除く (POST)."""
    pile = _pile(request)
    if request.method != "POST":
        return _show(request, pile)
    try:
        remove_pile(actor=actor_of(request), pile=pile, seen=request.POST.get("seen", ""))
    except RemovalRefused as refused:
        return _show(request, pile, str(refused))
    return _to_sitting(pile, "removed")


def back(request: HttpRequest, pile_id: UUID) -> HttpResponse:
    """山を戻す."""
    pile = _pile(request)
    try:
        put_back(actor=actor_of(request), pile=pile)
    except RemovalRefused as refused:
        return _show(request, pile, str(refused))
    return _to_sitting(pile, "returned")


def _show(request: HttpRequest, pile: Pile, problem: str = "") -> HttpResponse:
    found = removal_of_pile(pile)
    context = {
        "row": pile.sitting, "pile": pile, "removal": found, "problem": problem or ("" if pile.removed_at else found.problem),
        "refused": bool(problem),
    }  # fmt: skip
    return render(request, "marking/scan_removal.html", context, status=422 if problem else 200)


def _pile(request: HttpRequest) -> Pile:
    found: Pile = request.loaded.row  # type: ignore[attr-defined]
    return found


def _to_sitting(pile: Pile, word: str) -> HttpResponse:
    response = redirect("marking-sitting", sitting_id=pile.sitting_id)
    response["Location"] += f"?done={word}"
    return response
