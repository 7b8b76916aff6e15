"""Pages of 緊急の閲覧: to begin one, to end it, and the review by head or board."""

from typing import Any
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from minamo.access.actions import emergency as actions
from minamo.access.emergencies import emergencies_of, own_emergencies
from minamo.access.models import Emergency
from minamo.access.views.proof import target_of
from minamo.access.views.signin import actor_of


def begin(request: HttpRequest, pupil_id: UUID) -> HttpResponse:
    """緊急の閲覧を始める: what it opens, for how long, who is told; the reason."""
    actor, pupil = actor_of(request), request.loaded.row  # type: ignore[attr-defined]
    problem = ""
    if request.method == "POST":
        try:
            actions.open_emergency(actor=actor, pupil=pupil, reason=request.POST.get("reason", ""))
        except actions.NotAccepted as error:
            problem = str(error)
        else:
            return redirect(target_of(request))
    context: dict[str, Any] = {
        "pupil": pupil, "problem": problem, "reason": request.POST.get("reason", ""), "next": target_of(request),
        "minutes": actor.limits["break_glass_minutes"], "days": actor.limits["break_glass_review_days"],
        "running": next((c for c in own_emergencies(actor) if c.row.pupil_id == pupil.pk), None),
    }  # fmt: skip
    return render(request, "access/emergency.html", context, status=422 if problem else 200)


def end(request: HttpRequest, emergency_id: UUID) -> HttpResponse:
    """緊急の閲覧を終える (one's own)."""
    row = Emergency.objects.filter(pk=emergency_id, account_id=actor_of(request).account_id).first()
    if row is None:
        raise Http404
    actions.end_emergency(actor=actor_of(request), emergency=row)
    return redirect(target_of(request))


def school_list(request: HttpRequest, school_id: UUID) -> HttpResponse:
    """緊急の閲覧の点検 of one school."""
    return _list(request, school_id)


def review(request: HttpRequest, emergency_id: UUID) -> HttpResponse:
    """点検の結果."""
    row: Emergency = request.loaded.row  # type: ignore[attr-defined]
    finding = request.POST.get("finding", "")
    if finding not in {"proper", "improper"}:
        return _list(request, row.school_id, "「妥当」か「問題あり」を選んでください。", row)
    verb = actions.correct_review if "correct" in request.POST else actions.review_emergency
    try:
        verb(actor=actor_of(request), emergency=row, proper=finding == "proper", note=request.POST.get("note", ""))
    except actions.NotAccepted as error:
        return _list(request, row.school_id, str(error), row)
    return redirect("access-emergencies", school_id=row.school_id)


def _list(request: HttpRequest, school_id: UUID, problem: str = "", refused: Emergency | None = None) -> HttpResponse:
    """The page; after a refusal with what was written about that one, also where somebody else was quicker."""
    actor = actor_of(request)
    context = {
        "cards": emergencies_of(actor, school=school_id), "problem": problem, "own": actor.account_id,
        "refused": refused.pk if refused else None, "note": request.POST.get("note", "")[:200] if refused else "",
    }  # fmt: skip
    return render(request, "access/emergencies.html", context, status=422 if problem else 200)
